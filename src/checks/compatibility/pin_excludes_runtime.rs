//! SHP888: a template's requirement admits the runtime that is about to be published.

use super::Subject;
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP888",
    id: "pin-excludes-runtime",
    severity: Severity::Warning,
    summary: "Every template's requirement admits the version that is about to be published.",
    protects: "the release: a template whose pin excludes it is built again with the old runtime, and nothing says so.",
    details: "Requirements on the runtime's distribution are read in the requirements files that the shape names (else \
              `requirements.txt`), with those that they include, and in the Dockerfile where a `pip install` names it in \
              plain words. Judged when the version is known: that of a wheel, of an index, or `--version`.",
    fails: ("text", "acme-runtime==0.1.4  # 0.2.0 is about to be published"),
    passes: ("text", "acme-runtime>=0.1.4"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let runtime = &subject.question.runtime;
    let Some(version) = &runtime.version else { return };
    for pin in &subject.pins {
        let is_runtime = pin.requirement.normalized == runtime.distribution;
        if is_runtime && pin.requirement.admits(version) == Some(false) {
            let message = format!(
                "`{}` will not get {}: it requires `{}`",
                subject.called(),
                runtime.label,
                pin.written()
            );
            findings.push(
                pin.at(Finding::new(&RULE, message))
                    .help("widen it when the template is compatible"),
            );
        }
    }
}
