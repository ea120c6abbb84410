//! SHP884: what a template uses of the runtime exists.

use std::collections::BTreeSet;

use super::Subject;
use super::absent_module::{self, Absence};
use super::usage::{Use, instead, missing};
use crate::checks::{Finding, Rule, Severity};
use crate::package::interface::Offer;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP884",
    id: "runtime-symbol-missing",
    severity: Severity::Error,
    summary: "Every module and name that a template uses of the runtime is in the runtime.",
    protects: "the templates, which break with the next image, at start or in the first conversation.",
    details: "Imports at any depth, names behind `from`, dotted uses of imported modules and look-ups by a literal \
              name are read in every `*.py` of the repository, and searched for in the runtime's modules. A name \
              that is bound under a condition, or in a module whose names are not all known (a module `__getattr__`, \
              a star of something unknown), is never called missing. A version that has no module at all by the name \
              that the runtime is imported by (`runtime_package.import` of fleet.yaml, or the name in another \
              version) lacks what is imported from it. That is not checked where the module may come from elsewhere: \
              a requirement that is named after it, a folder of the repository, another part of a namespace package; \
              nor where it is imported under a condition. A use in a test, or one that runs only with the file as a \
              program, is a warning; an import whose failure is caught is reported as information, and one in \
              `except ImportError:` is not reported if the runtime has what was tried before it. Imports for type \
              checkers are not checked, and neither are attributes that the file tests with `hasattr` or expects to \
              be absent.",
    fails: (
        "python",
        "from acme_runtime.plugins import load_plugin  # the runtime has load_plugins",
    ),
    passes: ("python", "from acme_runtime.plugins import load_plugins"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let runtime = &subject.question.runtime;
    let (mut told, mut broken) = (BTreeSet::new(), BTreeSet::new());
    for used in &subject.uses {
        let missing = match absent_module::of(subject, used) {
            Some(Absence::Certain(missing)) => Some(missing),
            Some(Absence::Doubtful(..)) => None,
            None => missing(&runtime.table, used),
        };
        let Some(missing) = missing else { continue };
        if used.is_fatal() {
            broken.insert(missing.dotted());
        }
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
    doubtful(subject, broken, findings);
}

/// Reports, once each, the modules that the runtime does not have and that may come from elsewhere, or not be needed.
/// Only what may stop the container is unchecked. Modules that were told already are left out.
fn doubtful(subject: &Subject<'_>, mut told: BTreeSet<String>, findings: &mut Vec<Finding>) {
    let uses = subject.uses.iter().chain(&subject.own_uses);
    let mut uses: Vec<&Use> = uses.filter(|used| !used.reference.guarded).collect();
    uses.sort_by_key(|used| !used.is_fatal());
    for used in uses {
        let Some(Absence::Doubtful(module, why)) = absent_module::of(subject, used) else {
            continue;
        };
        if !told.insert(module.clone()) {
            continue;
        }
        let message = format!(
            "whether `{}` works with {} is not known: it has no module `{module}`, but {why}",
            subject.called(),
            subject.question.runtime.label
        );
        let at = used.reference.module_span;
        let finding = used.finding(&RULE, message, at);
        findings.push(match used.is_fatal() {
            true => finding.unchecked(),
            false => finding.severity(Severity::Info),
        });
    }
}

/// The newest other version that has what is missing.
fn last_with<'q>(subject: &Subject<'q>, used: &Use) -> Option<&'q str> {
    let versions = subject.question.versions(&subject.question.runtime.distribution);
    let has =
        |offer: &&Offer| offer.table.owns(used.root()) && missing(&offer.table, used).is_none();
    let had = versions.iter().rev().find(has);
    had.map(|offer| offer.label.as_str())
}
