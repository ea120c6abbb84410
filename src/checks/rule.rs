//! What a rule is: its code, its name and its documentation.

use super::Severity;

/// A rule, with everything that `shipshape explain` prints.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable code: `SHP` and three digits. A code is never reused for another rule.
    pub code: &'static str,
    /// Readable name in kebab-case, usually also the name of the file that holds the check.
    pub id: &'static str,
    /// Severity unless fleet.yaml says otherwise.
    pub severity: Severity,
    /// What holds when the rule is satisfied: one sentence.
    pub summary: &'static str,
    /// Who is hurt when it does not hold, and how: one sentence.
    pub protects: &'static str,
    /// How the rule is decided, what it leaves out, and where the demand comes from, as Markdown.
    pub details: &'static str,
    /// A small example that fails, with its language for a Markdown code block: `("dockerfile", "FROM …")`.
    pub fails: (&'static str, &'static str),
    /// The same example, fixed.
    pub passes: (&'static str, &'static str),
}
