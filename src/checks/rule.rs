//! What a rule is: its code, its name and its own documentation.

use super::Severity;

/// A rule, with all that `shipshape explain` prints.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable code, `SHP` and three digits. A code is never given to another rule.
    pub code: &'static str,
    /// Readable name, in kebab-case; also the name of the file that holds the check.
    pub id: &'static str,
    /// Severity unless fleet.yaml says otherwise.
    pub severity: Severity,
    /// What holds when the rule is satisfied: one sentence.
    pub summary: &'static str,
    /// Who is hurt when it does not hold, and how: one sentence.
    pub protects: &'static str,
    /// How it decides, what it leaves out, and the source of the demand: Markdown.
    pub details: &'static str,
    /// A small file that fails, as Markdown text with its language: `("dockerfile", "FROM …")`.
    pub fails: (&'static str, &'static str),
    /// The same, mended.
    pub passes: (&'static str, &'static str),
}
