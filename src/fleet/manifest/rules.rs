//! `rules`: severities that differ in this fleet.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::checks::Severity;
use crate::fleet::Date;

/// How one rule counts in this fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSetting {
    /// The severity that its findings have here; the rule's own when absent.
    pub severity: Option<RuleSeverity>,
    /// The day from when on it counts in full; before it, errors and warnings are told as info.
    pub enforce_from: Option<Date>,
}

/// A severity, or none at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleSeverity {
    /// The rule is not applied. In quotes for readers of YAML 1.1, to whom a bare `off` is false.
    Off,
    /// Worth knowing; fails nothing by default.
    Info,
    /// Will hurt somebody later.
    Warning,
    /// Hurts now.
    Error,
}

impl RuleSeverity {
    /// Returns the severity; `None` if the rule is off.
    #[must_use]
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}
