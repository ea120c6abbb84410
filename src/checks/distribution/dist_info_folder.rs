//! The `.dist-info` folder of a wheel.

use super::Subject;
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::Kind;
use crate::source::requirements::normalize;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP839",
    id: "dist-info-folder",
    severity: Severity::Error,
    summary: "A wheel has one `.dist-info` folder, named like the file.",
    protects: "users: an installer that finds none, or two, refuses the wheel.",
    details: "`NAME-VERSION.dist-info` at the top of the archive, with the name and version of the file (PEP 427). \
              Case and the kind of separator are not compared. An archive that was not read whole is not judged.",
    fails: (
        "text",
        "acme-1.0-py3-none-any.whl\n  acme-1.0.dist-info/METADATA\n  other-2.0.dist-info/METADATA",
    ),
    passes: ("text", "acme-1.0-py3-none-any.whl\n  acme-1.0.dist-info/METADATA"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let distribution = subject.distribution;
    if distribution.kind != Kind::Wheel {
        return;
    }
    let own = match &distribution.info {
        Some(own) => own,
        None if distribution.incomplete => return,
        None => {
            let help =
                "build it again with a wheel builder: a wheel without metadata cannot be installed";
            findings.push(Finding::new(&RULE, "the wheel has no `.dist-info` folder").help(help));
            return;
        }
    };
    for other in distribution.dist_infos.iter().filter(|info| *info != own) {
        let message = format!("the wheel has a second `.dist-info` folder, `{other}`");
        findings.push(Finding::new(&RULE, message).in_file(other.as_str()).help("leave it out"));
    }
    let Ok(name) = distribution.name() else { return };
    let wanted = format!("{}-{}", name.distribution(), name.version().unwrap_or_default());
    let stem = own.trim_end_matches(".dist-info");
    if normalize(stem) != normalize(&wanted) {
        let message =
            format!("the folder `{own}` is not named like the file, `{wanted}.dist-info`");
        let help = "build it again: do not rename a wheel manually";
        findings.push(Finding::new(&RULE, message).in_file(own.as_str()).help(help));
    }
}
