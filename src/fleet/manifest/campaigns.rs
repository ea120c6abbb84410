//! `campaigns`: requirements for all campaigns.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is asked of every campaign, whatever its file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Campaigns {
    /// Whether somebody else has to approve each plan first. A campaign may ask for more, not for less.
    pub approval: Approval,
}

/// Whether somebody else has to approve a plan.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Approval {
    /// No.
    #[default]
    Never,
    /// When it changes a workflow.
    Workflows,
    /// Yes.
    Always,
}
