//! `campaigns`: requirements for all campaigns.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings that apply to every campaign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Campaigns {
    /// Whether another person must approve each plan. A campaign may be stricter, not laxer.
    pub approval: Approval,
}

/// Whether another person must approve a plan.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Approval {
    /// Never.
    #[default]
    Never,
    /// If the plan changes a workflow.
    Workflows,
    /// Always.
    Always,
}
