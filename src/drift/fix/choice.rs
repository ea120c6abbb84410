//! Which fixes to make.

use crate::checks::{Finding, Safety};

use super::Recoverable;

/// Which fixes to make.
pub struct Choice<'a> {
    /// Whether to make fixes that a person should review.
    pub risky: bool,
    /// Rules (codes or ids) whose fixes to make; empty means all.
    pub rules: &'a [String],
    /// Whether a content can be recovered because git has it at this path.
    pub recoverable: &'a Recoverable<'a>,
}

impl Choice<'_> {
    /// Whether to make a finding's fix.
    #[must_use]
    pub fn takes(&self, finding: &Finding) -> bool {
        finding.waived.is_none() && self.wants(finding)
    }

    /// Whether to make a finding's fix if no waiver and no baseline covers it.
    #[must_use]
    pub fn wants(&self, finding: &Finding) -> bool {
        let chosen = self.rules.is_empty()
            || self.rules.iter().any(|name| {
                name.eq_ignore_ascii_case(finding.rule.code)
                    || name.eq_ignore_ascii_case(finding.rule.id)
            });
        let permitted =
            finding.fix.as_ref().is_some_and(|fix| self.risky || fix.safety == Safety::Safe);
        chosen && permitted
    }
}

impl std::fmt::Debug for Choice<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Choice").field("risky", &self.risky).finish_non_exhaustive()
    }
}
