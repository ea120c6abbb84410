//! An import of one of the package's own modules that does not exist.

use std::collections::BTreeSet;

use super::Subject;
use super::import_excluded::excluded;
use crate::checks::pytest::is_test;
use crate::checks::{Finding, Rule, Severity};
use crate::package::symbols::{Place, Presence, Reference, ReferenceKind};
use crate::source::python::{Lookup, When};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP876",
    id: "import-unresolved",
    severity: Severity::Error,
    summary: "Every module that the package imports from itself is in it.",
    protects: "users: the import fails at the start, or in the middle of the work when it is a lazy one.",
    details: "Relative imports, and absolute ones whose first name is one of the distribution's own packages, at any \
              depth. A guarded or conditional one is a warning, one in a test an information, one under \
              `TYPE_CHECKING` nothing. A look-up by a string literal is a warning. Nothing is reported where a \
              package changes where its modules are imported from, or in namespace packages.",
    fails: ("python", "from acme.heartbeat import beat  # the wheel has no acme/heartbeat.py"),
    passes: ("python", "from acme.heartbeat import beat"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.distribution.incomplete {
        return;
    }
    for (file, references) in subject.wanting() {
        let Some(text) = &file.text else { continue };
        let mut told = BTreeSet::new();
        // A script whose name cannot be imported is not a module, so relative imports in it have no known base.
        let is_module = Place::of(&file.site).is_some();
        for reference in references.iter().filter(|reference| concerns(subject, reference)) {
            let (message, help) = match &reference.module {
                None if !is_module => continue,
                None => (
                    "this relative import leaves the package".to_owned(),
                    "remove a dot, or name the package",
                ),
                Some(module) if subject.symbols.find(module) == Presence::NoModule => {
                    if excluded(subject, file, reference).is_some() {
                        continue;
                    }
                    (
                        format!("`{module}` is not in the package"),
                        "add the module to the package, or remove the import",
                    )
                }
                Some(_) => continue,
            };
            if !told.insert((message.clone(), severity(reference))) {
                continue;
            }
            let test = is_test(file.site.as_str());
            let severity = if test { Severity::Info } else { severity(reference) };
            let finding =
                Finding::new(&RULE, message).at(file.path.clone(), text, reference.module_span);
            findings.push(finding.severity(severity).help(help));
        }
    }
}

/// Whether a reference is an import of the package's own modules that can fail.
fn concerns(subject: &Subject<'_>, reference: &Reference) -> bool {
    let is_import = match reference.kind {
        ReferenceKind::Import | ReferenceKind::From | ReferenceKind::Star => true,
        ReferenceKind::Dynamic(lookup) => lookup != Lookup::FindSpec,
        ReferenceKind::Attribute { .. } => false,
    };
    let own = reference.module.as_deref().is_none_or(|module| subject.symbols.owns(module));
    is_import && own && reference.when != When::TypeChecking
}

fn severity(reference: &Reference) -> Severity {
    let dynamic = matches!(reference.kind, ReferenceKind::Dynamic(_));
    let mild = reference.guarded || reference.conditional || dynamic;
    if mild { Severity::Warning } else { Severity::Error }
}
