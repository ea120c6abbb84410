//! `rules`: severities that differ in this fleet.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::checks::Severity;
use crate::fleet::Date;

/// Settings of one rule in this fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSetting {
    /// Severity of its findings. Default: the rule's own.
    pub severity: Option<RuleSeverity>,
    /// The day from which the severity applies, `2026-01-31`. Before it, errors and warnings are reported as
    /// info.
    pub enforce_from: Option<Date>,
}

/// A severity, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleSeverity {
    /// The rule is not applied. Write `"off"` in quotes for readers of YAML 1.1, which read `off` as false.
    Off,
    /// For information; does not fail a run by default.
    Info,
    /// Will cause a problem later.
    Warning,
    /// Causes a problem now.
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
