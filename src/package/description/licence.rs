//! The licence of a package: an SPDX expression, as PEP 639 demands.

use spdx::{Expression, ParseMode};

/// What is wrong with an expression, and what was probably meant.
pub(super) fn problem(expression: &str) -> Option<(String, String)> {
    // Unknown and outdated names are told apart from a text that is no expression at all.
    let strict = ParseMode { allow_deprecated: true, ..ParseMode::STRICT };
    let Err(error) = Expression::parse_mode(expression, strict) else { return None };
    let word = expression.get(error.span.clone()).unwrap_or(expression);
    let message = format!(
        "`{}` is not an SPDX licence expression: {}",
        expression.escape_debug(),
        error.reason
    );
    Some((message, hint(word)))
}

/// Ids that are taken for another licence's, and what people write for licences.
fn hint(word: &str) -> String {
    let meant = match word.to_ascii_lowercase().as_str() {
        "bsl-1.1" | "bsl" | "bsl1.1" | "busl" => {
            return "the Business Source License is `BUSL-1.1`; `BSL-1.0` is the Boost licence"
                .to_owned();
        }
        "proprietary" | "commercial" | "unlicensed" => {
            return "a licence of your own is `LicenseRef-Proprietary`, with its text in `license-files`"
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
            "LicenseRef-Acme",
            "GPL-3.0-only WITH Classpath-exception-2.0",
        ] {
            assert_eq!(problem(fine), None, "{fine}");
        }
    }

    #[test]
    fn the_business_source_licence_has_another_id() {
        let (message, hint) = problem("BSL-1.1").expect("no such id");
        assert!(message.contains("`BSL-1.1`"), "{message}");
        assert!(hint.contains("`BUSL-1.1`"), "{hint}");
        let hint = |text: &str| problem(text).expect(text).1;
        assert_eq!(hint("mit"), "did you mean `MIT`?");
        assert!(hint("proprietary").contains("LicenseRef-"));
        assert!(problem("").is_some() && problem("MIT AND").is_some());
    }
}
