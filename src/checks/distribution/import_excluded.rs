//! An import of a module that is in the workspace but not in the package.

use std::collections::BTreeSet;

use super::Subject;
use super::declared::{Dependencies, Origin};
use crate::checks::{Finding, Rule, Severity};
use crate::package::modules::PythonFile;
use crate::package::symbols::{Presence, Reference, ReferenceKind};
use crate::source::python::{Lookup, When, is_standard};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP877",
    id: "import-excluded",
    severity: Severity::Error,
    summary: "No module imports what the workspace has and the package leaves out.",
    protects: "users: what works in the workspace fails once installed, and a guard hides it.",
    details: "Needs the workspace: that of package.yaml, or `--source`. An import, a name behind `from` or a look-up \
              by a string literal of a module that is in the workspace but not in the package: it is missing from the \
              list of modules, or in an excluded folder. A guard makes no difference: the import was written for a \
              module that exists. Modules of the standard library and of declared dependencies are not reported.",
    fails: ("python", "from lib.pre_stop import save  # lib/ is excluded from the package"),
    passes: ("python", "from acme.pre_stop import save"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.around.workspace.is_none() {
        return;
    }
    let dependencies = Dependencies::of(subject);
    for (file, references) in subject.wanting() {
        let Some(text) = &file.text else { continue };
        let mut told = BTreeSet::new();
        for reference in references {
            let Some(bare) = excluded(subject, file, reference) else { continue };
            let module = reference.module.as_deref().unwrap_or_default();
            let foreign = !subject.symbols.owns(module)
                && dependencies.origin(subject, module) == Origin::Declared;
            if foreign || !told.insert((bare.clone(), reference.module_span)) {
                continue;
            }
            let message = format!("`{bare}` is in the workspace but not in the package");
            let help = "add it to the package's list, or do not import it in shipped code";
            let finding =
                Finding::new(&RULE, message).at(file.path.clone(), text, reference.module_span);
            findings.push(finding.help(help));
        }
    }
}

/// The bare name of the imported module, if the workspace has it and the package does not.
pub(super) fn excluded(
    subject: &Subject<'_>,
    file: &PythonFile,
    reference: &Reference,
) -> Option<String> {
    let workspace = subject.around.workspace?;
    let never = matches!(
        reference.kind,
        ReferenceKind::Attribute { .. } | ReferenceKind::Dynamic(Lookup::FindSpec)
    );
    if never || reference.when == When::TypeChecking {
        return None;
    }
    let module = reference.module.as_deref()?;
    let package = file.site.as_str().split('/').next().unwrap_or_default();
    let bare = match module.strip_prefix(package) {
        Some("") => None,
        Some(rest) if rest.starts_with('.') => rest.strip_prefix('.'),
        _ if subject.symbols.owns(module) || is_standard(module.split('.').next()?) => return None,
        _ => Some(module),
    };
    let left_out = |bare: &str| {
        let own = format!("{package}.{bare}");
        workspace.has(bare) && subject.symbols.find(&own) == Presence::NoModule
    };
    if let Some(bare) = bare
        && left_out(bare)
    {
        return Some(bare.to_owned());
    }
    // `from package import module`
    let name = reference.name.as_deref()?;
    let below = bare.map_or_else(|| name.to_owned(), |bare| format!("{bare}.{name}"));
    let bound = subject.symbols.lookup(module, name);
    (matches!(bound, Presence::Absent) && left_out(&below)).then_some(below)
}
