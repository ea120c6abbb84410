//! A licence expression that is not valid.

use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};
use crate::package::licence;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP864",
    id: "licence-expression",
    severity: Severity::Error,
    summary: "`License-Expression` is an SPDX expression.",
    protects: "users who must know the licence, and whoever publishes: the index refuses anything else.",
    details: "Identifiers of the SPDX list, `AND`, `OR`, `WITH`, `LicenseRef-…` (PEP 639). Case does not count. \
              `BSL-1.1` is no identifier: the Business Source License is `BUSL-1.1`, and `BSL-1.0` the Boost licence.",
    fails: ("text", "License-Expression: BSL-1.1"),
    passes: ("text", "License-Expression: BUSL-1.1"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    let Some(field) = metadata.value.one("License-Expression") else { return };
    let Some(fault) = licence::fault_in_any_case(&field.value) else { return };
    let message = format!("`{}` is not an SPDX expression: {}", field.value, fault.reason);
    findings.push(at_field(&RULE, metadata, field, message).help(fault.hint));
}
