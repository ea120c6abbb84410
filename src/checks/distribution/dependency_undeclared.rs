//! An import of a module that no dependency provides.

use std::collections::{BTreeMap, BTreeSet};

use super::Subject;
use super::declared::{Dependencies, Origin};
use super::import_excluded::excluded;
use super::{known_modules, loaded, unrewritten_module_name};
use crate::checks::pytest::is_test;
use crate::checks::{Finding, Rule, Severity};
use crate::package::modules::PythonFile;
use crate::package::symbols::{self, Doubt, ModuleKind, Presence, Reference, ReferenceKind};
use crate::source::python::{Lookup, When};

/// Folders of vendored code that a package may add to Python's search path.
const VENDORED: [&str; 5] = ["_vendor", "vendor", "_vendored", "vendored", "extern"];

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP879",
    id: "dependency-undeclared",
    severity: Severity::Error,
    summary: "Every module that the package imports from elsewhere comes from a declared dependency.",
    protects: "users: in a fresh environment the module is not there, while the author's has had it for years.",
    details: "Modules of the standard library of any version since 3.8 are ignored. A dependency provides the module \
              of its own name; known exceptions are built into the program (`yaml` is `PyYAML`), and `--wheels` reads \
              them from wheels. Dependencies of extras count. An error when the module is imported at the top of one \
              of the package, a warning when that happens in a function, under a condition, in a module that is named \
              after the dependency (an integration) or that importing the package does not load while it loads \
              others, an information when it is guarded or in a test. Where a declared dependency might provide the \
              module, because its modules are not known, an error is a warning. One finding for each module, at the \
              gravest place.",
    fails: ("python", "import yaml  # Requires-Dist: httpx"),
    passes: ("python", "import yaml  # Requires-Dist: PyYAML"),
};

/// The most severe import of a module, and how many others there are.
struct Place<'s> {
    file: &'s PythonFile,
    reference: &'s Reference,
    severity: Severity,
    others: usize,
}

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let loaded = loaded::by_importing(subject);
    let mut places: BTreeMap<&str, Place<'_>> = BTreeMap::new();
    for (file, references) in subject.wanting() {
        for reference in references {
            let Some(top) = foreign(subject, file, reference) else { continue };
            let severity = match loaded.as_ref() {
                Some(loaded) if !is_loaded(loaded, file) => {
                    severity(file, reference, top).min(Severity::Warning)
                }
                _ => severity(file, reference, top),
            };
            let place = places.entry(top).or_insert(Place { file, reference, severity, others: 0 });
            if std::ptr::eq(place.reference, reference) {
                continue;
            }
            place.others += 1;
            if severity > place.severity {
                (place.file, place.reference, place.severity) = (file, reference, severity);
            }
        }
    }
    let dependencies = Dependencies::of(subject);
    for (top, place) in places {
        let dotted = place.reference.module.as_deref().unwrap_or(top);
        let origin = dependencies.origin(subject, dotted);
        findings.extend(finding(subject, top, &place, &origin));
    }
}

/// The top-level module of an import that is not from this distribution.
fn foreign<'r>(
    subject: &Subject<'_>,
    file: &PythonFile,
    reference: &'r Reference,
) -> Option<&'r str> {
    let is_import = match reference.kind {
        ReferenceKind::Import | ReferenceKind::From | ReferenceKind::Star => true,
        ReferenceKind::Dynamic(lookup) => lookup != Lookup::FindSpec,
        ReferenceKind::Attribute { .. } => false,
    };
    if !is_import || reference.level > 0 || reference.when == When::TypeChecking {
        return None;
    }
    let module = reference.module.as_deref()?;
    let sometimes =
        reference.guarded || reference.conditional || reference.when != When::ImportTime;
    if sometimes && known_modules::is_of_python_2(module.split('.').next().unwrap_or(module)) {
        return None;
    }
    let elsewhere = match subject.symbols.owns(module) {
        // Another distribution may contribute to a namespace that this one shares.
        true => matches!(subject.symbols.find(module), Presence::Maybe(Doubt::Namespace(_))),
        false => true,
    };
    (elsewhere && excluded(subject, file, reference).is_none())
        .then(|| module.split('.').next().unwrap_or(module))
}

fn is_loaded(loaded: &BTreeSet<String>, file: &PythonFile) -> bool {
    symbols::Place::of(&file.site).is_some_and(|place| loaded.contains(&place.dotted))
}

fn severity(file: &PythonFile, reference: &Reference, top: &str) -> Severity {
    let site = file.site.as_str();
    let testing = site.split('/').any(|part| matches!(part, "testing" | "test" | "tests"));
    let named_after = site.to_lowercase().contains(&top.trim_matches('_').to_lowercase());
    if is_test(site) || testing || reference.guarded {
        Severity::Info
    } else if reference.when != When::ImportTime
        || reference.conditional
        || named_after
        || matches!(reference.kind, ReferenceKind::Dynamic(_))
    {
        Severity::Warning
    } else {
        Severity::Error
    }
}

fn finding(
    subject: &Subject<'_>,
    top: &str,
    place: &Place<'_>,
    origin: &Origin,
) -> Option<Finding> {
    let text = place.file.text.as_ref()?;
    let package = place.file.site.as_str().split('/').next().unwrap_or_default();
    let own = format!("{package}.{top}");
    let inside = subject.symbols.module(&own).filter(|module| module.kind != ModuleKind::Namespace);
    let (message, help, severity) = match origin {
        Origin::Declared => return None,
        _ if inside.is_some()
            && matches!(place.reference.kind, ReferenceKind::Dynamic(_))
            && unrewritten_module_name::covers(subject, package, top) =>
        {
            return None;
        }
        _ if inside.is_some() && known_modules::distributions(top).is_empty() => (
            format!("`{top}` is imported by its bare name, but the package has it as `{own}`"),
            format!("add `{top}` to the list of modules that are rewritten"),
            place.severity,
        ),
        _ if is_vendored(subject, top) => (
            format!("`{top}` is not declared; the package contains a copy of it"),
            "no action is needed if the package finds its copy".to_owned(),
            Severity::Info,
        ),
        Origin::Perhaps(names) => (
            format!("no declared dependency is known to provide `{top}`"),
            format!("declare it, unless it comes with {}", list(names)),
            place.severity.min(Severity::Warning),
        ),
        Origin::Undeclared(known) => {
            let help = match known {
                Some(name) => format!("add `{name}` to the dependencies"),
                None => "add the distribution that provides it to the dependencies".to_owned(),
            };
            (format!("no declared dependency provides `{top}`"), help, place.severity)
        }
    };
    let more = match place.others {
        0 => String::new(),
        1 => " (once more in the package)".to_owned(),
        others => format!(" ({others} more times in the package)"),
    };
    let finding = Finding::new(&RULE, message + &more);
    let finding = finding.at(place.file.path.clone(), text, place.reference.module_span);
    Some(finding.severity(severity).help(help))
}

fn list(names: &[String]) -> String {
    const LISTED: usize = 3;
    let mut listed: Vec<String> =
        names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    if names.len() > LISTED {
        listed.push(format!("{} others", names.len() - LISTED));
    }
    listed.join(", ")
}

/// Whether a folder for vendored code contains a copy of the module.
fn is_vendored(subject: &Subject<'_>, top: &str) -> bool {
    subject.symbols.modules().any(|module| {
        let mut parts = module.dotted.rsplit('.');
        parts.next() == Some(top) && parts.next().is_some_and(|folder| VENDORED.contains(&folder))
    })
}
