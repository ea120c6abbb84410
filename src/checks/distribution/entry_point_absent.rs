//! An entry point whose target does not exist.

use super::Subject;
use super::declared::{Dependencies, Origin};
use crate::checks::{Finding, Rule, Severity};
use crate::package::symbols::Presence;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP871",
    id: "entry-point-absent",
    severity: Severity::Error,
    summary: "Every entry point names a module and a name that the package has.",
    protects: "users: the command is installed and fails at its first start.",
    details: "The module and the first part of the attribute are looked up in the package's symbol table. Where the \
              module is open (a module `__getattr__`, an extension module and so on) the finding is an information with the \
              reason. An entry point into another distribution must be of one that is declared.",
    fails: ("ini", "[console_scripts]\nacme = acme.main:run     # acme/main.py defines main"),
    passes: ("ini", "[console_scripts]\nacme = acme.main:main"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(document) = &subject.distribution.entry_points else { return };
    if subject.distribution.incomplete || subject.modules.files.is_empty() {
        return;
    }
    let dependencies = Dependencies::of(subject);
    for entry in &document.value.entries {
        let Some(reference) = &entry.reference else { continue };
        let module = reference.module.as_str();
        let tell = |message: String| {
            let span = entry.value_span;
            Finding::new(&RULE, message).at(document.path.clone(), &document.text, span)
        };
        if !subject.symbols.owns(module) {
            if matches!(dependencies.origin(subject, module), Origin::Undeclared(_)) {
                let message =
                    format!("`{}` refers to `{module}`, which is not in the package", entry.name);
                findings.push(tell(message).help("add the module, or correct the entry point"));
            }
            continue;
        }
        let first = reference.attribute.as_deref().and_then(|path| path.split('.').next());
        let presence = match first {
            Some(name) => subject.symbols.lookup(module, name),
            None => subject.symbols.find(module),
        };
        match presence {
            Presence::Present => {}
            Presence::NoModule => {
                let message =
                    format!("`{}` refers to `{module}`, which is not in the package", entry.name);
                findings.push(tell(message).help("add the module, or correct the entry point"));
            }
            Presence::Absent => {
                let name = first.unwrap_or_default();
                let message =
                    format!("`{}` refers to `{name}`, which `{module}` does not have", entry.name);
                let help = format!("define `{name}` there, or correct the entry point");
                findings.push(tell(message).help(help));
            }
            Presence::Maybe(doubt) => {
                let message = format!("`{}` may not resolve: {doubt}", entry.name);
                let finding = tell(message).severity(Severity::Info);
                findings.push(finding.help("run it once in a fresh environment"));
            }
        }
    }
}
