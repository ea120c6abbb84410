//! SHP890: some version satisfies both what the runtime requires and what a template pins.

use super::Subject;
use crate::checks::{Finding, Rule, Severity};
use crate::source::requirements::range::{Meeting, meeting};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP890",
    id: "dependency-ranges-disjoint",
    severity: Severity::Error,
    summary: "What the runtime requires and what a template pins can be installed together.",
    protects: "the image's build, in which pip finds no set of versions and gives up.",
    details: "Each requirement of the runtime (`Requires-Dist` of a wheel, `dependencies` of package.yaml) is \
              compared with the template's own requirements on that distribution, by PEP 440's order of versions. \
              Requirements with an environment marker are a warning, since the two may be for different machines; \
              those of extras are ignored. What cannot be compared (`===`, local versions, a URL) is reported as \
              information. Whether an index has a version in the remaining range is not known.",
    fails: ("text", "httpx<0.25  # the runtime requires httpx>=0.27"),
    passes: ("text", "httpx>=0.25,<0.29"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let runtime = &subject.question.runtime;
    for required in runtime.requires.iter().flatten() {
        for pin in subject.pins.iter().filter(|it| it.requirement.normalized == required.normalized)
        {
            let (wanted, pinned) = (&required.specifiers, &pin.requirement.specifiers);
            let meeting = match (wanted, pinned) {
                (Some(wanted), Some(pinned)) => meeting(wanted, pinned),
                _ => Meeting::Unknown,
            };
            let shown =
                wanted.as_ref().map(ToString::to_string).unwrap_or_default().replace(' ', "");
            let both = format!("{} requires `{}{shown}`", runtime.label, required.name);
            let finding = match meeting {
                Meeting::Overlapping => continue,
                Meeting::Disjoint => {
                    let message = format!(
                        "breaks the build of `{}`: {both}, and no version of it is also `{}`",
                        subject.called(),
                        pin.written()
                    );
                    let finding = Finding::new(&RULE, message)
                        .help("change one of the two ranges so that they overlap");
                    let is_conditional =
                        required.marker.is_some() || pin.requirement.marker.is_some();
                    if is_conditional { finding.severity(Severity::Warning) } else { finding }
                }
                Meeting::Unknown => {
                    let message =
                        format!("{both}, which cannot be compared with the requirement here");
                    Finding::new(&RULE, message).severity(Severity::Info)
                }
            };
            findings.push(pin.at(finding));
        }
    }
}
