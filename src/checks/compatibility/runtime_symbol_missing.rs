//! SHP884: what a template uses of the runtime exists.

use std::collections::BTreeSet;

use super::Subject;
use super::usage::{self, instead, missing};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP884",
    id: "runtime-symbol-missing",
    severity: Severity::Error,
    summary: "Every module and name that a template uses of the runtime is in the runtime.",
    protects: "the templates, which break with the next image, at start or in the first conversation.",
    details: "Imports at any depth, names behind `from`, dotted uses of imported modules and look-ups by a literal \
              name are read in every `*.py` of the repository, and searched for in the runtime's modules. A name that \
              is bound under a condition, or in a module whose names are not all known (a module `__getattr__`, a \
              star of something unknown), is never called missing. A use in a test, or one that runs only with the \
              file as a program, is a warning; an import whose failure is caught is reported as information. Imports \
              for type checkers are not checked, and neither are attributes that the file tests with `hasattr` or \
              expects to be absent.",
    fails: (
        "python",
        "from acme_runtime.plugins import load_plugin  # the runtime has load_plugins",
    ),
    passes: ("python", "from acme_runtime.plugins import load_plugins"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let runtime = &subject.question.runtime;
    let mut told = BTreeSet::new();
    for used in &subject.uses {
        let Some(missing) = missing(&runtime.table, used) else { continue };
        let place = used.place_of(&missing);
        let line = used.text.position(place.start).line;
        // A statement that imports several names from a missing module is reported once.
        if !told.insert((used.path.as_str(), line, missing.clone())) {
            continue;
        }
        let name = subject.called();
        let effect = if used.reference.guarded {
            format!("`{name}` works without it")
        } else {
            format!("breaks `{name}` {}", used.moment())
        };
        let message = format!("{effect}: {} in {}", missing.in_words(), runtime.label);
        let mut finding = used.finding(&RULE, message, place);
        let last = last_with(subject, used);
        finding.help = match (instead(&runtime.table, &missing), last) {
            (Some(instead), _) => Some(instead),
            (None, Some(last)) => {
                Some(format!("{last} had it: keep it in the runtime, or change the template first"))
            }
            (None, None) => Some("keep it in the runtime, or change the template first".to_owned()),
        };
        findings.push(finding);
    }
}

/// The newest other version that has what is missing.
fn last_with<'q>(subject: &Subject<'q>, used: &usage::Use) -> Option<&'q str> {
    let versions = subject.question.versions(&subject.question.runtime.distribution);
    let had = versions.iter().rev().find(|offer| missing(&offer.table, used).is_none());
    had.map(|offer| offer.label.as_str())
}
