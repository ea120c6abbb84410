//! A dependency that installers cannot parse.

use super::declared::requirement;
use super::metadata_name::is_name;
use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP859",
    id: "requirement-invalid",
    severity: Severity::Error,
    summary: "Every `Requires-Dist` is a requirement by PEP 508.",
    protects: "users: an installer stops at the first one that it cannot read, and the index refuses the file.",
    details: "A name, extras, version specifiers and a marker. `Provides-Extra` must be a name as well, and the \
              grammar of a marker is checked, not what it asks for.",
    fails: ("text", "Requires-Dist: httpx >= 0.27.*"),
    passes: ("text", "Requires-Dist: httpx>=0.27; python_version < '3.13'"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    for name in ["Requires-Dist", "Provides-Dist", "Obsoletes-Dist"] {
        for field in metadata.value.all(name) {
            if let Err(reason) = requirement(&field.value) {
                let message = format!("`{}` is not a requirement: {reason}", field.value);
                let help = "write it like `name[extra]>=1.0; marker`";
                findings.push(at_field(&RULE, metadata, field, message).help(help));
            }
        }
    }
    for field in metadata.value.all("Provides-Extra") {
        if !is_name(&field.value) {
            let message = format!("`{}` is not the name of an extra", field.value);
            let help = "use letters, digits, `-`, `_` and `.`";
            findings.push(at_field(&RULE, metadata, field, message).help(help));
        }
    }
}
