//! Whether the runtime's own modules are imported under the names they have in the image.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::FileEdit;
use crate::checks::pytest::is_test;
use crate::checks::{Check, Finding, Fix, Repository, Rule, Severity};
use crate::shape::demands::python::Demand;
use crate::source::python::{Import, ImportContext, Imported, Lookup, Module, When, prefix_import};
use crate::source::{Span, Text, TextEdit};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP307",
    id: "bare-runtime-import",
    severity: Severity::Error,
    summary: "Modules of the runtime are imported from its package.",
    protects: "the container, in which the module has no such name: lazy imports fail in the first conversation.",
    details: "In the repository where the runtime is developed, its modules are at the top level; in the published \
              package they are submodules. Imports at any depth and look-ups by a literal name are read in every \
              `*.py` of the repository. A module of the same name in the repository is legal: beside the importing \
              file, or at the root where the adapter is, unless the Dockerfile certainly leaves it out of the image. \
              An import whose failure is caught is a warning; one in the handler of a failed import of the same \
              module from the package is a fallback, and legal. The fix puts the package in front and keeps the bound \
              names; it is safe but for tests and for imports whose failure is caught. Imports for type checkers are \
              not checked. Source: `demands.python.package` and `modules` of the shape.",
    fails: ("python", "from plugins import load_plugins"),
    passes: ("python", "from acme_runtime.plugins import load_plugins"),
};

/// The check.
#[derive(Debug)]
pub struct BareRuntimeImport;

impl Check for BareRuntimeImport {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        let demand = &repository.pack.manifest.demands.python;
        if demand.modules.is_empty() {
            return;
        }
        let modules: BTreeSet<&str> = demand.modules.iter().map(String::as_str).collect();
        let paths = repository.snapshot.entries.keys().map(|path| path.as_str());
        for path in paths.filter(|path| path.ends_with(".py")) {
            let (Some(text), Some(module)) = (repository.text(path), repository.python(path))
            else {
                continue;
            };
            let file = File { repository, demand, modules: &modules, path, text: &text };
            file.check(&module, findings);
        }
    }
}

/// Where a module of the repository is, from the point of view of a file that imports its name.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sibling {
    Nowhere,
    InImage,
    LeftOut(String),
}

struct File<'a> {
    repository: &'a Repository<'a>,
    demand: &'a Demand,
    modules: &'a BTreeSet<&'a str>,
    path: &'a str,
    text: &'a Text,
}

impl File<'_> {
    fn check(&self, module: &Module, findings: &mut Vec<Finding>) {
        let package = self.demand.package.as_deref();
        let right = package.map(|package| imports_from(module, package)).unwrap_or_default();
        for import in &module.imports {
            let roots = roots(import);
            let bare: Vec<&str> = roots.into_iter().filter(|root| self.is_bare(root)).collect();
            if bare.is_empty() || is_for_types(import.context) || is_fallback(import, &bare, &right)
            {
                continue;
            }
            let mut finding = self.finding(&bare, import.span, import.context);
            if let Some(package) = package {
                let edits = prefix_import(import, package, |root| self.is_bare(root));
                finding = finding.help(self.written(import, package, edits.as_deref().ok()));
                finding.fix = edits.ok().map(|edits| self.repair(import, package, edits));
            }
            findings.push(finding);
        }
        for import in &module.dynamic_imports {
            let root = import.module.split('.').next().unwrap_or_default();
            if root.is_empty() || !self.is_bare(root) || is_for_types(import.context) {
                continue;
            }
            let mut finding = self.finding(&[root], import.span, import.context);
            if import.lookup == Lookup::FindSpec {
                finding = finding.severity(Severity::Warning);
            }
            if let Some(package) = package {
                finding = finding.help(format!("look up `{package}.{}`", import.module));
            }
            findings.push(finding);
        }
    }

    fn is_bare(&self, root: &str) -> bool {
        self.modules.contains(root) && self.sibling(root) != Sibling::InImage
    }

    fn finding(&self, bare: &[&str], span: Span, context: ImportContext) -> Finding {
        let names: Vec<String> = bare.iter().map(|name| format!("`{name}`")).collect();
        let (verb, owner) = match self.demand.package.as_deref() {
            Some(package) if bare.len() == 1 => ("is", format!("a module of `{package}`")),
            Some(package) => ("are", format!("modules of `{package}`")),
            None if bare.len() == 1 => ("is", "a module of the runtime".to_owned()),
            None => ("are", "modules of the runtime".to_owned()),
        };
        let mut message =
            format!("{} {verb} {owner}, which has no such name in the image", names.join(", "));
        for name in bare {
            if let Sibling::LeftOut(path) = self.sibling(name) {
                message.push_str(&format!("; `{path}` is not copied into it"));
            }
        }
        match context.when {
            When::Lazy => message.push_str("; it fails when the function is called"),
            When::Main => message.push_str("; it fails when the file is run"),
            When::ImportTime | When::TypeChecking => {}
        }
        let finding = Finding::new(&RULE, message).at(self.path, self.text, span);
        if context.guarded { finding.severity(Severity::Warning) } else { finding }
    }

    /// What to write in a statement's place, by the edits that repair it.
    fn written(&self, import: &Import, package: &str, edits: Option<&[TextEdit]>) -> String {
        let repaired = edits.and_then(|edits| self.edited(import.span, edits));
        let instead = match (&import.imported, repaired) {
            (Imported::From { module, .. }, _) => format!("from {package}.{module} import …"),
            (Imported::Modules(_), Some(statement)) => statement,
            (Imported::Modules(_), None) => format!("from {package} import …"),
        };
        format!("write `{instead}`")
    }

    /// A part of the file with edits in it.
    fn edited(&self, part: Span, edits: &[TextEdit]) -> Option<String> {
        let moved = |at: usize| at.checked_sub(part.start);
        let within = |edit: &TextEdit| {
            let span = Span::new(moved(edit.span.start)?, moved(edit.span.end)?);
            Some(TextEdit::replace(span, edit.replacement.clone()))
        };
        let edits = edits.iter().map(within).collect::<Option<Vec<_>>>()?;
        let edited = Text::new(self.text.slice(part)).edited(&edits).ok()?;
        Some(edited.as_str().to_owned())
    }

    fn repair(&self, import: &Import, package: &str, edits: Vec<TextEdit>) -> Fix {
        let edits = vec![FileEdit::text(self.path, edits)];
        let title = format!("import it from `{package}`");
        let is_safe = !import.context.guarded && !is_test(self.path);
        if is_safe { Fix::safe(title, edits) } else { Fix::risky(title, edits) }
    }

    /// Where the repository has a module of this name that the file may be importing.
    fn sibling(&self, root: &str) -> Sibling {
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut left_out = None;
        for folder in [folder, ""] {
            let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            for path in [format!("{prefix}{root}.py"), format!("{prefix}{root}/__init__.py")] {
                if path == self.path || !self.repository.has(&path) {
                    continue;
                }
                if is_test(self.path) || self.may_be_in_image(&path) {
                    return Sibling::InImage;
                }
                left_out = Some(path);
            }
        }
        left_out.map_or(Sibling::Nowhere, Sibling::LeftOut)
    }

    /// Whether a file may be in the image: a COPY includes it, or it is not known what is copied.
    fn may_be_in_image(&self, path: &str) -> bool {
        let named = self.demand.adapters.iter().find_map(|adapter| adapter.named_by.as_ref());
        let dockerfile = named.and_then(|named| self.repository.dockerfile(&named.dockerfile));
        let Some(dockerfile) = dockerfile else { return true };
        let stage = dockerfile.final_stage();
        let is_open = stage.copies().any(|(_, copy)| {
            copy.from.is_some()
                || copy.absolute.is_none()
                || copy.sources.iter().any(|source| source.text.is_none())
        });
        let mounts = stage.runs().any(|(_, run)| run.mounts().next().is_some());
        is_open
            || mounts
            || stage.copied().iter().any(|copied| {
                let name = path.rsplit('/').next().unwrap_or(path);
                let destination = copied.destination.trim_end_matches('/');
                copied.source.is_empty()
                    || copied.source.contains(['*', '?', '['])
                    || copied.source == path
                    || path
                        .strip_prefix(copied.source.as_str())
                        .is_some_and(|rest| rest.starts_with('/'))
                    || destination.ends_with(&format!("/{name}"))
            })
    }
}

fn is_for_types(context: ImportContext) -> bool {
    context.when == When::TypeChecking
}

/// Whether a statement only runs where the import of the same modules from the package has failed, as it does where the
/// runtime is developed. `right` are those imports.
fn is_fallback(import: &Import, bare: &[&str], right: &BTreeMap<&str, Vec<usize>>) -> bool {
    let tried = &import.instead_of;
    bare.iter().all(|root| {
        let numbers = right.get(root).map(Vec::as_slice).unwrap_or_default();
        let next = numbers.partition_point(|number| *number < tried.start);
        numbers.get(next).is_some_and(|number| tried.contains(number))
    })
}

/// The imports of a package's modules, by module: the numbers of the statements, in order.
fn imports_from<'m>(module: &'m Module, package: &str) -> BTreeMap<&'m str, Vec<usize>> {
    let inside = |name: &'m str| {
        let rest = name.strip_prefix(package)?.strip_prefix('.')?;
        rest.split('.').next()
    };
    let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, import) in module.imports.iter().enumerate() {
        let names: Vec<&str> = match &import.imported {
            Imported::Modules(names) => names.iter().filter_map(|it| inside(&it.name)).collect(),
            Imported::From { module, level: 0, names, .. } if module == package => {
                names.iter().map(|name| name.name.as_str()).collect()
            }
            Imported::From { module, level: 0, .. } => inside(module).into_iter().collect(),
            Imported::From { .. } => Vec::new(),
        };
        for name in names {
            found.entry(name).or_default().push(number);
        }
    }
    found
}

/// The top-level names that a statement imports absolutely.
fn roots(import: &Import) -> Vec<&str> {
    let first = |module: &'_ str| module.split('.').next().map_or(0, str::len);
    match &import.imported {
        Imported::Modules(names) => {
            names.iter().filter_map(|name| name.name.get(..first(&name.name))).collect()
        }
        Imported::From { module, level: 0, .. } => {
            module.get(..first(module)).into_iter().collect()
        }
        Imported::From { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;
    use crate::checks::{Safety, Severity};

    const SHAPE: &str = "demands:\n  python:\n    package: acme\n    modules: [plugins, config]\n    \
        adapters: [{ path: adapter.py, name: A, named_by: { dockerfile: Dockerfile, environment: M } }]\n";

    fn case(source: &str) -> Case {
        Case::with_shape(SHAPE).file("x.py", source)
    }

    fn said(source: &str) -> String {
        case(source).said("bare-runtime-import")
    }

    #[test]
    fn a_bare_import_is_found_at_any_depth() {
        for source in [
            "import plugins\n",
            "import json, plugins.x\n",
            "from plugins import x\n",
            "def f():\n    from plugins import x\n",
            "import importlib\nimportlib.import_module('plugins.x')\n",
            "__import__('plugins')\n",
        ] {
            assert!(said(source).contains("`plugins` is a module of `acme`"), "{source}");
        }
        assert!(said("def f():\n    import plugins\n").ends_with("when the function is called\n"));
        assert!(said("import plugins, config\n").contains("`plugins`, `config` are modules of"));
    }

    #[test]
    fn other_imports_are_silent() {
        for source in [
            "from acme.plugins import x\n",
            "from .plugins import x\n",
            "from . import plugins\n",
            "import plugins_of_mine\n",
            "# import plugins\n",
            "'''\nimport plugins\n'''\n",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import plugins\n",
        ] {
            assert_eq!(said(source), "", "{source}");
        }
        assert_eq!(Case::conformant().said("bare-runtime-import"), "");
    }

    #[test]
    fn a_sibling_of_that_name_is_legal_when_it_is_in_the_image() {
        let beside = case("import plugins\n").file("plugins.py", "");
        assert_eq!(beside.said("bare-runtime-import"), "");
        let package = case("import plugins\n").file("plugins/__init__.py", "");
        assert_eq!(package.said("bare-runtime-import"), "");
        let deeper = Case::with_shape(SHAPE).file("a/x.py", "import plugins\n");
        assert_eq!(deeper.file("a/plugins.py", "").said("bare-runtime-import"), "");
        let elsewhere = case("import plugins\n").file("other/plugins.py", "");
        assert_ne!(elsewhere.said("bare-runtime-import"), "");
    }

    #[test]
    fn a_sibling_that_is_not_copied_does_not_help() {
        let with = |copy: &str| {
            case("import plugins\n")
                .file("plugins.py", "")
                .file("Dockerfile", format!("FROM python\nWORKDIR /app\n{copy}\n"))
                .said("bare-runtime-import")
        };
        assert!(with("COPY x.py .").ends_with("`plugins.py` is not copied into it\n"));
        for copy in ["COPY . .", "COPY x.py plugins.py ./", "COPY *.py ./", "ARG A\nCOPY $A ."] {
            assert_eq!(with(copy), "", "{copy}");
        }
    }

    #[test]
    fn the_fix_keeps_the_bound_names() {
        let source = "import plugins\r\nfrom config import a, b\r\n\r\nprint(plugins)\r\n";
        assert_eq!(
            case(source).fixed("bare-runtime-import", "x.py"),
            "import acme.plugins as plugins\r\nfrom acme.config import a, b\r\n\r\nprint(plugins)\r\n"
        );
    }

    #[test]
    fn the_fix_leaves_legal_siblings_alone() {
        let fixed = case("import plugins, config\n")
            .file("config.py", "")
            .fixed("bare-runtime-import", "x.py");
        assert_eq!(fixed, "import acme.plugins as plugins, config\n");
    }

    #[test]
    fn the_help_writes_the_statement_with_the_names_that_it_binds() {
        for (source, help) in [
            ("import plugins\n", "write `import acme.plugins as plugins`"),
            ("import os, plugins as p\n", "write `import os, acme.plugins as p`"),
            ("def f():\n    import plugins.x as p\n", "write `import acme.plugins.x as p`"),
            ("from plugins.x import (\n  a,\n)\n", "write `from acme.plugins.x import …`"),
            ("lazy import plugins.x\n", "write `from acme import …`"),
        ] {
            let found = case(source).findings("bare-runtime-import");
            assert_eq!(found[0].help.as_deref(), Some(help), "{source}");
        }
    }

    #[test]
    fn a_fallback_for_the_right_import_is_legal() {
        let tried = |right: &str, handler: &str| {
            said(&format!("try:\n    {right}\n{handler}:\n    from plugins import load\n"))
        };
        for right in [
            "from acme.plugins import load",
            "import acme.plugins",
            "from acme import config, plugins",
            "from acme.plugins.x import load",
        ] {
            for handler in ["except ImportError", "except (OSError, ModuleNotFoundError) as e"] {
                assert_eq!(tried(right, handler), "", "{right} {handler}");
            }
        }
        for other in ["import acme", "from acme.config import plugins", "import acme_plugins"] {
            assert_ne!(tried(other, "except ImportError"), "", "{other}");
        }
        assert_ne!(tried("from acme.plugins import load", "except KeyError"), "");
        let other =
            "try:\n    import acme.plugins\nexcept ImportError:\n    import plugins, config\n";
        assert_ne!(said(other), "");
    }

    #[test]
    fn what_is_caught_is_a_warning_and_its_fix_a_persons_decision() {
        let source = "try:\n    import plugins\nexcept ImportError:\n    plugins = None\n";
        let findings = case(source).findings("bare-runtime-import");
        assert_eq!(findings[0].severity, Severity::Warning);
        assert_eq!(findings[0].fix.as_ref().map(|fix| fix.safety), Some(Safety::Unsafe));
        let test = Case::with_shape(SHAPE).file("tests/test_x.py", "import plugins\n");
        let findings = test.findings("bare-runtime-import");
        assert_eq!(findings[0].fix.as_ref().map(|fix| fix.safety), Some(Safety::Unsafe));
    }
}
