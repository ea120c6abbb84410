//! Rules as a JSON document, for programs that show or choose rules.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Rule, Severity};

/// Rules, ordered by code.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Listing {
    /// `shipshape/rules/1`.
    pub schema: &'static str,
    /// The rules.
    pub rules: Vec<Listed>,
}

/// One rule.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ListedRule")]
pub struct Listed {
    /// Its code: `SHP` and three digits.
    pub code: &'static str,
    /// Its name.
    pub id: &'static str,
    /// Its severity unless fleet.yaml or the shape says otherwise.
    pub severity: Severity,
    /// What holds when the rule is satisfied.
    pub summary: &'static str,
    /// Who is hurt when it does not hold, and how.
    pub protects: &'static str,
    /// How it is decided, what it leaves out, and where the demand comes from, as Markdown.
    pub details: &'static str,
    /// An example that fails.
    pub fails: Example,
    /// An example that passes.
    pub passes: Example,
}

/// An example of a rule.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RuleExample")]
pub struct Example {
    /// Its language, as Markdown names it.
    pub language: &'static str,
    /// The example.
    pub text: &'static str,
}

impl Listing {
    /// Lists rules, in whatever order they are given.
    #[must_use]
    pub fn of(rules: &[&'static Rule]) -> Self {
        let mut rules = rules.to_vec();
        rules.sort_by_key(|rule| rule.code);
        Self { schema: "shipshape/rules/1", rules: rules.into_iter().map(listed).collect() }
    }
}

fn listed(rule: &'static Rule) -> Listed {
    let Rule { code, id, severity, summary, protects, details, fails, passes } = rule;
    let example = |(language, text): (&'static str, &'static str)| Example {
        language,
        text: text.trim_matches('\n'),
    };
    Listed {
        code,
        id,
        severity: *severity,
        summary,
        protects,
        details: details.trim(),
        fails: example(*fails),
        passes: example(*passes),
    }
}
