//! A string that names a module by the name it had in the workspace.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::Subject;
use crate::checks::{Finding, Rule, Severity};
use crate::package::modules::PythonFile;
use crate::package::rewrite::{Effect, MAX_MODULE_BYTES};
use crate::package::symbols::Presence;
use crate::source::python::{Mention, MentionKind, References};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP820",
    id: "unrewritten-module-name",
    severity: Severity::Error,
    summary: "No text looks a module up by the name that it had in the workspace.",
    protects: "users: imports were moved under the package and texts were not, so the look-up fails once installed.",
    details: "Needs the names that were moved: those of `_runtime_modules.json` in the package, or of the workspace. \
              Meant are literals in `import_module`, `__import__`, `find_spec`, `resolve_name`, `run_module`, \
              `importlib.resources`, `sys.modules`, `patch` and `monkeypatch.setattr`, `-m NAME` in an argument list \
              or a command, and paths that end in `/NAME.py`; of an f-string or a sum its first part. A line `>>> \
              import NAME` in a docstring is reported as information. A name that the distribution also has at its \
              top is right as it is. Texts are never rewritten: what is meant may be another program's module. Names \
              in messages, loggers and annotations look nothing up and are not reported.",
    fails: (
        "python",
        "module = importlib.import_module(\"plugins.registry\")  # installed as acme.plugins.registry",
    ),
    passes: ("python", "module = importlib.import_module(\".plugins.registry\", __package__)"),
};

/// The list of moved modules that the build adds to a package.
const MODULES_FILE: &str = "_runtime_modules.json";

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let listed = listed(subject);
    let judged = subject.modules.files.par_iter().flat_map_iter(|(_, file)| {
        let package = file.site.as_str().split_once('/').map(|(package, _)| package);
        let is_moved = |root: &str| {
            let Some(package) = package else { return false };
            let is_named = listed.contains(&(package.to_owned(), root.to_owned()))
                || subject.around.workspace.is_some_and(|workspace| workspace.has(root));
            is_named
                && !subject.symbols.owns(root)
                && subject.symbols.find(&format!("{package}.{root}")) == Presence::Present
        };
        of_file(file, package.unwrap_or_default(), &is_moved)
    });
    findings.extend(judged.collect::<Vec<_>>());
}

fn of_file(file: &PythonFile, package: &str, is_moved: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    // Another rule reports files that do not parse.
    let Some(text) = &file.text else { return Vec::new() };
    let Ok(references) = References::read(text.as_str(), MAX_MODULE_BYTES, is_moved) else {
        return Vec::new();
    };
    let told = references.mentions.into_iter().map(|mention| {
        let finding = Finding::new(&RULE, message(&mention, package));
        let finding =
            finding.at(file.path.clone(), text, mention.span).help(help(&mention, package));
        match Effect::of(mention.kind) {
            Effect::Documents => finding.severity(Severity::Info),
            _ => finding,
        }
    });
    told.collect()
}

fn message(mention: &Mention, package: &str) -> String {
    let Mention { kind, name, root, .. } = mention;
    let effect = Effect::of(*kind).describe();
    format!("`{name}` names the module that is installed as `{package}.{root}`, {effect}")
}

fn help(mention: &Mention, package: &str) -> String {
    let Mention { name, root, .. } = mention;
    match mention.kind {
        MentionKind::Path => "locate the file relative to the package: `Path(__file__)`".to_owned(),
        MentionKind::Command => format!("run it as `-m {package}.{root}`"),
        MentionKind::Doctest => format!("write `{package}.{root}`"),
        _ => format!("name it `{package}.{name}`, or relative to `__package__`"),
    }
}

/// Whether this rule applies to strings that name `root`, a module that was moved into `package`.
pub(super) fn covers(subject: &Subject<'_>, package: &str, root: &str) -> bool {
    listed(subject).contains(&(package.to_owned(), root.to_owned()))
        || subject.around.workspace.is_some_and(|workspace| workspace.has(root))
}

/// The package and the moved name, for every package of the distribution that has such a list.
fn listed(subject: &Subject<'_>) -> BTreeSet<(String, String)> {
    let mut names = BTreeSet::new();
    for (site, _, bytes) in subject.distribution.site_files() {
        let Some(package) = site.as_str().strip_suffix(MODULES_FILE) else { continue };
        let Some(package) = package.strip_suffix('/') else { continue };
        let Ok(list) = serde_json::from_slice::<serde_json::Value>(bytes) else { continue };
        let of = |key: &str| list.get(key).and_then(|names| names.as_array()).cloned();
        let all = ["modules", "subpackages"].into_iter().filter_map(of).flatten();
        names.extend(all.filter_map(|name| Some((package.to_owned(), name.as_str()?.to_owned()))));
    }
    names
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Surroundings, Workspace};
    use super::*;
    use crate::package::Distribution;
    use crate::snapshot::RepoPath;

    const LIST: &str = r#"{"modules": ["tools"], "subpackages": ["plugins"]}"#;

    fn said(files: &[(&str, &str)], workspace: Option<&Workspace>) -> Vec<String> {
        let files =
            files.iter().map(|(path, text)| (RepoPath::new(path), Arc::from(text.as_bytes())));
        let metadata = "Metadata-Version: 2.4\nName: acme\nVersion: 1\n";
        let tree = Distribution::of_tree("acme-1", files, metadata, None);
        let around = Surroundings { workspace, ..Surroundings::default() };
        let mut findings = Vec::new();
        check(&Subject::of(&tree, around), &mut findings);
        findings.into_iter().map(|finding| finding.message).collect()
    }

    const CODE: &str =
        "import importlib\nimportlib.import_module(\"plugins.a\")\n\">>> import tools\"\n";

    fn package(list: &str) -> Vec<(&str, &str)> {
        vec![
            ("acme/__init__.py", ""),
            ("acme/_runtime_modules.json", list),
            ("acme/main.py", CODE),
            ("acme/tools.py", ""),
            ("acme/plugins/__init__.py", ""),
            ("acme/plugins/a.py", ""),
        ]
    }

    #[test]
    fn a_name_that_was_moved_is_found_where_it_is_looked_up() {
        assert_eq!(
            said(&package(LIST), None),
            [
                "`plugins.a` names the module that is installed as `acme.plugins`, so this fails",
                "`tools` names the module that is installed as `acme.tools`, so a reader cannot import it",
            ]
        );
    }

    #[test]
    fn the_workspace_says_as_well_what_was_moved() {
        let workspace = Workspace::of([&RepoPath::new("plugins/__init__.py")]);
        assert_eq!(said(&package("{}"), Some(&workspace)).len(), 1);
        assert_eq!(said(&package("{}"), None).len(), 0);
        assert_eq!(said(&package("no JSON"), None).len(), 0);
    }

    #[test]
    fn a_name_that_the_distribution_has_at_its_top_is_right() {
        let mut files = package(LIST);
        files.extend([("plugins/__init__.py", ""), ("plugins/a.py", ""), ("tools.py", "")]);
        assert_eq!(said(&files, None).len(), 0);
    }

    #[test]
    fn what_names_nothing_of_the_package_or_does_not_parse_is_passed_over() {
        let mut files = package(LIST);
        files[2].1 = "import importlib\nimportlib.import_module('.plugins', __package__)\nprint('plugins')\n";
        files.push(("acme/broken.py", "import_module('plugins'"));
        assert_eq!(said(&files, None).len(), 0);
    }
}
