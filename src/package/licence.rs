//! Validates the licence of a package: an SPDX expression, as PEP 639 demands.
//!
//! Reports what is wrong with an expression, and what was probably meant. An index accepts identifiers in any case;
//! what a person writes should have the spelling of the SPDX list.

use spdx::{Expression, ParseError, ParseMode};

/// A problem with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Why it is invalid.
    pub reason: String,
    /// What was probably meant.
    pub hint: String,
}

/// The problem with an expression; `None` if it is valid and spelled as in the SPDX list.
#[must_use]
pub fn fault(expression: &str) -> Option<Fault> {
    parse(expression).err().map(|error| Fault::of(expression, &error))
}

/// The problem with an expression in any case; `None` if an index accepts it.
#[must_use]
pub fn fault_in_any_case(expression: &str) -> Option<Fault> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    let spelled: Vec<String> = spaced.split_whitespace().map(canonical).collect();
    let spelled = spelled.join(" ");
    parse(&spelled).err().map(|error| Fault::of(&spelled, &error))
}

fn parse(expression: &str) -> Result<Expression, ParseError> {
    // Strict mode distinguishes unknown names from texts that are not expressions. Deprecated names are in the list and
    // accepted.
    Expression::parse_mode(expression, ParseMode { allow_deprecated: true, ..ParseMode::STRICT })
}

impl Fault {
    fn of(expression: &str, error: &ParseError) -> Self {
        let word = expression.get(error.span.clone()).unwrap_or(expression);
        Self { reason: error.reason.to_string(), hint: hint(word) }
    }
}

/// A word of an expression in the SPDX list's spelling.
fn canonical(word: &str) -> String {
    let upper = word.to_ascii_uppercase();
    if matches!(upper.as_str(), "AND" | "OR" | "WITH") {
        return upper;
    }
    let (id, plus) = match word.strip_suffix('+') {
        Some(id) => (id, "+"),
        None => (word, ""),
    };
    known_in_another_case(id).map_or_else(|| word.to_owned(), |name| format!("{name}{plus}"))
}

/// A hint for ids that are mistaken for another licence's, and for what people write instead of ids.
fn hint(word: &str) -> String {
    let meant = match word.to_ascii_lowercase().as_str() {
        "bsl-1.1" | "bsl" | "bsl1.1" | "busl" => {
            return "the Business Source License is `BUSL-1.1`; `BSL-1.0` is the Boost licence"
                .to_owned();
        }
        "proprietary" | "commercial" | "unlicensed" => {
            return "write `LicenseRef-Proprietary` for your own licence, with its text in `license-files`"
                .to_owned();
        }
        other => spdx::imprecise_license_id(other)
            .map(|(id, _)| id.name)
            .or_else(|| known_in_another_case(other)),
    };
    match meant {
        Some(name) => format!("did you mean `{name}`?"),
        None => "spdx.org/licenses lists the ids; `LicenseRef-Name` is one of your own".to_owned(),
    }
}

fn known_in_another_case(lower: &str) -> Option<&'static str> {
    let mut known = spdx::identifiers::LICENSES.iter().map(|license| license.name);
    known.find(|name| name.eq_ignore_ascii_case(lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_of_known_licences_pass() {
        for fine in [
            "MIT",
            "MIT OR Apache-2.0",
            "BUSL-1.1",
            "GPL-2.0",
            "LicenseRef-Acme",
            "(MIT AND BSD-3-Clause) OR LicenseRef-Acme",
            "GPL-3.0-only WITH Classpath-exception-2.0",
        ] {
            assert_eq!((fault(fine), fault_in_any_case(fine)), (None, None), "{fine}");
        }
        assert_eq!(fault_in_any_case("mit or Apache-2.0"), None);
        assert!(fault("mit or Apache-2.0").is_some());
    }

    #[test]
    fn what_is_no_expression_says_what_was_meant() {
        for faulty in ["", "MIT License", "MIT AND", "Proprietary", "MIT, BSD", "BSL-1.1"] {
            assert!(fault(faulty).is_some() && fault_in_any_case(faulty).is_some(), "{faulty}");
        }
        let hint = |text: &str| fault(text).expect(text).hint;
        assert!(hint("BSL-1.1").contains("`BUSL-1.1`"), "{}", hint("BSL-1.1"));
        assert_eq!(fault_in_any_case("MIT OR BSL-1.1").expect("none").hint, hint("BSL-1.1"));
        assert_eq!(hint("mit"), "did you mean `MIT`?");
        assert!(hint("proprietary").contains("LicenseRef-"));
    }
}
