//! A name that one of the package's modules takes from another which does not have it.

use std::collections::{BTreeMap, BTreeSet};

use super::Subject;
use super::import_excluded::excluded;
use crate::checks::pytest::is_test;
use crate::checks::{Finding, Rule, Severity};
use crate::package::modules::PythonFile;
use crate::package::symbols::{Doubt, Presence, Reference, ReferenceKind, Unread, Why};
use crate::source::python::When;

/// How many names one informational finding lists.
const LISTED: usize = 5;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP878",
    id: "symbol-absent",
    severity: Severity::Error,
    summary: "Every name that a module takes from another one of the package is there.",
    protects: "users: an ImportError at the start, or an AttributeError in the middle of the work.",
    details: "Names behind `from … import`, lazy ones too, against the table of what each module binds; stars are \
              followed, `__all__` limits stars only. A guarded or conditional one is a warning, one in a test an \
              information. Dotted uses (`module.name`) are warnings: a test for the attribute may precede them. A \
              module is open, and never said to lack a name, when it has a module `__getattr__`, takes a star from a \
              module that is not known, reaches its own namespace (`globals()`, `exec`, `sys.modules`), or is an \
              extension module; one information for each such module reports what could not be proven and why.",
    fails: ("python", "from acme.main import run  # acme/main.py defines main"),
    passes: ("python", "from acme.main import main"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.distribution.incomplete {
        return;
    }
    let mut doubtful: BTreeMap<String, (Doubt, BTreeSet<String>)> = BTreeMap::new();
    for (file, references) in subject.wanting() {
        for reference in references {
            if reference.when == When::TypeChecking || reference.stored {
                continue;
            }
            match wanted(subject, reference) {
                Some((module, name, Presence::Absent))
                    if excluded(subject, file, reference).is_none() =>
                {
                    findings.extend(absent(file, reference, &module, &name));
                }
                Some((module, name, Presence::Maybe(doubt))) => {
                    let names = doubtful.entry(module).or_insert_with(|| (doubt, BTreeSet::new()));
                    names.1.insert(name);
                }
                _ => {}
            }
        }
    }
    // A file that cannot be parsed is reported by another rule.
    let unread = |doubt: &Doubt| matches!(doubt, Doubt::Open(_, opening) if opening.why == Why::Unread(Unread::Unparsable));
    doubtful.retain(|_, (doubt, _)| !unread(doubt));
    for (module, (doubt, names)) in doubtful {
        findings.push(unproven(subject, &module, &doubt, &names));
    }
}

/// The module and name that a reference needs, and whether the name exists.
fn wanted(subject: &Subject<'_>, reference: &Reference) -> Option<(String, String, Presence)> {
    if matches!(reference.kind, ReferenceKind::Attribute { .. }) {
        let (module, name, presence) = subject.symbols.attribute(reference)?;
        return Some((module.dotted.clone(), name, presence));
    }
    if reference.kind != ReferenceKind::From {
        return None;
    }
    let (module, name) = (reference.module.as_deref()?, reference.name.as_deref()?);
    let there = subject.symbols.module(module).is_some();
    there.then(|| (module.to_owned(), name.to_owned(), subject.symbols.lookup(module, name)))
}

fn absent(file: &PythonFile, reference: &Reference, module: &str, name: &str) -> Option<Finding> {
    let text = file.text.as_ref()?;
    let used = matches!(reference.kind, ReferenceKind::Attribute { .. });
    let severity = if is_test(file.site.as_str()) {
        Severity::Info
    } else if used || reference.guarded || reference.conditional {
        Severity::Warning
    } else {
        Severity::Error
    };
    let later = if reference.when == When::Lazy { ", when the function is called" } else { "" };
    let message = format!("`{module}` has no `{name}`{later}");
    let help = format!("define `{name}` in `{module}`, or import it from where it is defined");
    let finding = Finding::new(&RULE, message).at(file.path.clone(), text, reference.span);
    Some(finding.severity(severity).help(help))
}

/// The finding for names of a module that may exist, placed where the doubt arises.
fn unproven(
    subject: &Subject<'_>,
    module: &str,
    doubt: &Doubt,
    names: &BTreeSet<String>,
) -> Finding {
    let mut listed: Vec<String> =
        names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    if names.len() > LISTED {
        listed.push(format!("{} more", names.len() - LISTED));
    }
    let message = format!("not proven that `{module}` has {}: {doubt}", listed.join(", "));
    let finding = Finding::new(&RULE, message).severity(Severity::Info);
    let finding = finding.help("no action is needed; importing everything once would prove it");
    let path = subject.symbols.module(module).and_then(|module| module.path.as_ref());
    let file = path.and_then(|path| subject.modules.files.get(path));
    let span = match doubt {
        Doubt::Open(_, opening) => opening.span,
        _ => None,
    };
    match (file, file.and_then(|file| file.text.as_ref()), span) {
        (Some(file), Some(text), Some(span)) => finding.at(file.path.clone(), text, span),
        (Some(file), ..) => finding.in_file(file.path.clone()),
        _ => finding,
    }
}
