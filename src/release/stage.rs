//! The stages of a release, their order, and the steps that group them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A stage of a release. The stages run in this order.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Choose the version.
    Plan,
    /// Reserve the version with a tag.
    Tag,
    /// Build the files.
    Build,
    /// Check that an index accepts the files, and that they are consistent.
    Check,
    /// Import every module.
    Smoke,
    /// Check that no member breaks.
    Compat,
    /// Upload the files.
    Publish,
    /// Wait until the index serves the files.
    Wait,
    /// Write the package to the mirror.
    Mirror,
    /// Notify the members.
    Cascade,
    /// Wait until the members' images contain the version.
    Images,
    /// Check which version consumers run.
    Consumers,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 12] = [
        Self::Plan,
        Self::Tag,
        Self::Build,
        Self::Check,
        Self::Smoke,
        Self::Compat,
        Self::Publish,
        Self::Wait,
        Self::Mirror,
        Self::Cascade,
        Self::Images,
        Self::Consumers,
    ];

    /// The gates that files must pass before they are published, in order.
    pub const GATES: [Self; 3] = [Self::Check, Self::Smoke, Self::Compat];

    /// Its name in documents and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Tag => "tag",
            Self::Build => "build",
            Self::Check => "check",
            Self::Smoke => "smoke",
            Self::Compat => "compat",
            Self::Publish => "publish",
            Self::Wait => "wait",
            Self::Mirror => "mirror",
            Self::Cascade => "cascade",
            Self::Images => "images",
            Self::Consumers => "consumers",
        }
    }

    /// What it does, for a table of what is to come.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Plan => "decide which version comes next",
            Self::Tag => "reserve it by a tag",
            Self::Build => "build its files, and keep them",
            Self::Check => "check what an index would refuse",
            Self::Smoke => "import every module",
            Self::Compat => "check which members it breaks",
            Self::Publish => "upload the files",
            Self::Wait => "until the index serves them",
            Self::Mirror => "show the built package in the mirror",
            Self::Cascade => "notify every member",
            Self::Images => "until each image contains it",
            Self::Consumers => "see what really runs",
        }
    }

    /// Whether it can be skipped on request.
    pub(in crate::release) fn is_optional(self) -> bool {
        Self::GATES.contains(&self)
    }
}

/// A group of stages that run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Decide on the version.
    Plan,
    /// Reserve it.
    Tag,
    /// Build, check and upload the files, and wait for the index.
    Publish,
    /// Write the built package to the mirror.
    Mirror,
    /// Notify members, and follow them.
    Cascade,
    /// Check what runs.
    Consumers,
}

impl Step {
    /// All steps, in order.
    pub const ALL: [Self; 6] =
        [Self::Plan, Self::Tag, Self::Publish, Self::Mirror, Self::Cascade, Self::Consumers];

    /// The stages of this step.
    #[must_use]
    pub fn stages(self) -> &'static [Stage] {
        match self {
            Self::Plan => &[Stage::Plan],
            Self::Tag => &[Stage::Tag],
            Self::Publish => &[
                Stage::Build,
                Stage::Check,
                Stage::Smoke,
                Stage::Compat,
                Stage::Publish,
                Stage::Wait,
            ],
            Self::Mirror => &[Stage::Mirror],
            Self::Cascade => &[Stage::Cascade, Stage::Images],
            Self::Consumers => &[Stage::Consumers],
        }
    }

    /// Whether later steps need it: a mirror that cannot be written does not stop a release.
    pub(in crate::release) fn carries_the_rest(self) -> bool {
        matches!(self, Self::Plan | Self::Tag | Self::Publish)
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_have_one_order() {
        let mut sorted = Stage::ALL;
        sorted.sort();
        assert_eq!(sorted, Stage::ALL);
        let of_steps: Vec<Stage> =
            Step::ALL.into_iter().flat_map(|step| step.stages().to_vec()).collect();
        assert_eq!(of_steps, Stage::ALL);
        for stage in Stage::ALL {
            assert_eq!(serde_json::json!(stage), stage.as_str());
        }
    }
}
