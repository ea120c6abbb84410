//! How a finding can be accepted: by a baseline with everything else, by a waiver of its own, or not at all.
//!
//! What is accepted has to be known. A finding that hides others would take along whatever comes to be behind it.

use super::hygiene::is_about_credentials;
use super::{Finding, syntax_error};

/// The most that can be done to accept a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Acceptance {
    /// Nothing: what would be accepted is unknown.
    Never,
    /// A waiver, which names it; a baseline takes findings without anybody having seen them.
    ByWaiver,
    /// A waiver, or the baseline.
    ByBaseline,
}

impl Acceptance {
    /// How a finding can be accepted.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        if finding.unchecked || finding.conceals_demands {
            Self::Never
        } else if is_about_credentials(finding.rule) || finding.rule.code == syntax_error::RULE.code
        {
            Self::ByWaiver
        } else {
            Self::ByBaseline
        }
    }
}
