//! A licence expression that is none.

use spdx::{Expression, ParseMode};

use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP864",
    id: "licence-expression",
    severity: Severity::Error,
    summary: "`License-Expression` is an SPDX expression.",
    protects: "users who must know the licence, and whoever publishes: the index refuses what is none.",
    details: "Identifiers of the SPDX list, `AND`, `OR`, `WITH`, `LicenseRef-…` (PEP 639). Case does not count. \
              `BSL-1.1` is no identifier: the Business Source License is `BUSL-1.1`, and `BSL-1.0` the Boost licence.",
    fails: ("text", "License-Expression: BSL-1.1"),
    passes: ("text", "License-Expression: BUSL-1.1"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    let Some(field) = metadata.value.one("License-Expression") else { return };
    let Some(reason) = fault(&field.value) else { return };
    let message = format!("`{}` is not an SPDX expression: {reason}", field.value);
    let help = if field.value.contains("BSL-1.1") {
        "the Business Source License is `BUSL-1.1`".to_owned()
    } else {
        match spdx::imprecise_license_id(&field.value) {
            Some((meant, _)) => format!("did you mean `{}`?", meant.name),
            None => {
                "use identifiers of the SPDX list, or `LicenseRef-NAME` for your own".to_owned()
            }
        }
    };
    findings.push(at_field(&RULE, metadata, field, message).help(help));
}

/// What is wrong with an expression; nothing for one that an index takes.
fn fault(expression: &str) -> Option<String> {
    // Deprecated identifiers are on the list and taken; operators may be in any case.
    let mode = ParseMode { allow_deprecated: true, ..ParseMode::STRICT };
    let spelled: Vec<String> = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .split_whitespace()
        .map(canonical)
        .collect();
    match Expression::parse_mode(&spelled.join(" "), mode) {
        Ok(_) => None,
        Err(error) => Some(error.reason.to_string()),
    }
}

/// A word of an expression in the spelling of the SPDX list.
fn canonical(word: &str) -> String {
    let upper = word.to_ascii_uppercase();
    if matches!(upper.as_str(), "AND" | "OR" | "WITH") {
        return upper;
    }
    let (id, plus) = match word.strip_suffix('+') {
        Some(id) => (id, "+"),
        None => (word, ""),
    };
    let known =
        spdx::identifiers::LICENSES.iter().find(|license| license.name.eq_ignore_ascii_case(id));
    known.map_or_else(|| word.to_owned(), |license| format!("{}{plus}", license.name))
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn expressions_are_told_from_other_texts() {
        for expression in [
            "MIT",
            "mit or Apache-2.0",
            "(MIT AND BSD-3-Clause) OR LicenseRef-Acme",
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "BUSL-1.1",
            "GPL-2.0",
        ] {
            assert_eq!(fault(expression), None, "{expression}");
        }
        for expression in ["BSL-1.1", "MIT License", "", "MIT AND", "Proprietary", "MIT, BSD"] {
            assert!(fault(expression).is_some(), "{expression}");
        }
    }
}
