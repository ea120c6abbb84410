//! A licence file that the metadata names but the distribution lacks.

use super::metadata_field::numbers;
use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::Kind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP865",
    id: "licence-file-missing",
    severity: Severity::Error,
    summary: "Every `License-File` is in the distribution.",
    protects: "users who must pass the licence's text on, and whoever publishes: the index refuses the file.",
    details: "In a wheel below `*.dist-info/licenses/`, in an sdist below its root (PEP 639). Before version 2.4 of the \
              metadata builders put the text elsewhere: then any place in `*.dist-info` will do, and its absence is a \
              warning. A path must stay in its folder and is no pattern.",
    fails: ("text", "License-File: LICENSE\nacme-1.0.dist-info/ has no licenses/LICENSE"),
    passes: ("text", "License-File: LICENSE\nacme-1.0.dist-info/licenses/LICENSE"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let distribution = subject.distribution;
    let (Some(metadata), Some(info)) = (&distribution.metadata, &distribution.info) else { return };
    let stated = metadata.value.one("Metadata-Version").and_then(|field| numbers(&field.value));
    let is_new = stated.is_some_and(|stated| stated >= (2, 4));
    for field in metadata.value.all("License-File") {
        let path = field.value.as_str();
        let leaves = path.starts_with('/') || path.split('/').any(|part| part == "..");
        if leaves || path.contains(['*', '\\']) {
            let message = format!("`{path}` is not a valid licence file path");
            let help = "give a path within the project, with `/` and without patterns";
            findings.push(at_field(&RULE, metadata, field, message).help(help));
            continue;
        }
        let is_there = |path: &str| {
            distribution.files.contains_key(path) || distribution.withheld.contains(path)
        };
        let file_name = path.rsplit('/').next().unwrap_or(path);
        let there = match distribution.kind {
            // A tree does not contain yet what the build will add.
            Kind::Tree => continue,
            Kind::Sdist => is_there(&format!("{info}/{path}")),
            Kind::Wheel if is_new => is_there(&format!("{info}/licenses/{path}")),
            Kind::Wheel => distribution.files.keys().any(|known| {
                known.as_str().starts_with(info.as_str()) && known.file_name() == file_name
            }),
        };
        if !there && !distribution.incomplete {
            let severity = if is_new { Severity::Error } else { Severity::Warning };
            let message = format!("the licence file `{path}` is not in the distribution");
            let finding = at_field(&RULE, metadata, field, message).severity(severity);
            findings.push(finding.help("add it, or remove its name from the metadata"));
        }
    }
}
