//! SHP891: what a template uses of other distributions exists in the newest version that it admits.

use super::Subject;
use super::usage::{instead, missing};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP891",
    id: "third-party-symbol-missing",
    severity: Severity::Error,
    summary: "What a template uses of a third-party distribution is in the newest available version that its pin admits.",
    protects: "the next build, which installs that version.",
    details: "Judged for distributions whose wheels are available (`--wheels`) and which the template requires by name. Of \
              the wheels that its requirement admits, the one of the highest version is taken, as an installer would. \
              What is not certainly absent is not called missing. That older ones lack a name is for \
              `pin-admits-too-old` to say.",
    fails: ("python", "from httpx import OldClient  # httpx>=0.20, and 0.28 has none"),
    passes: ("python", "from httpx import Client"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let question = subject.question;
    for pin in subject.pins.iter().filter(|pin| pin.installs) {
        let name = &pin.requirement.normalized;
        if *name == question.runtime.distribution {
            continue;
        }
        let versions = question.versions(name).iter().rev();
        let mut admitted = versions.filter(|offer| {
            let version = offer.version.as_ref();
            version.and_then(|version| pin.requirement.admits(version)) == Some(true)
        });
        let Some(newest) = admitted.next() else { continue };
        for used in &subject.uses {
            let Some(missing) = missing(&newest.table, used) else { continue };
            let message = format!(
                "breaks `{}` {}: {} in {}, which `{}` admits",
                subject.called(),
                used.moment(),
                missing.in_words(),
                newest.label,
                pin.written()
            );
            let finding = used.finding(&RULE, message, used.place_of(&missing));
            let mut finding = finding.related(pin.location.clone(), "required here");
            finding.help = instead(&newest.table, &missing);
            findings.push(finding);
        }
    }
}
