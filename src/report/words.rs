//! What a report calls its subjects: usually the repositories of a fleet, for some commands the distributions of a
//! package.

use crate::drift::model::Report;

/// The words for one kind of subject.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    /// The singular.
    pub(super) one: &'static str,
    /// The plural.
    pub(super) many: &'static str,
    /// The plural, capitalised for a heading.
    pub(super) heading: &'static str,
    /// The heading for findings about no single subject, such as those about the manifest or waivers.
    pub(super) whole: &'static str,
}

impl Words {
    pub(super) fn of(report: &Report) -> Self {
        match report.command {
            "package check" | "package smoke" => Self {
                one: "distribution",
                many: "distributions",
                heading: "Distributions",
                whole: "The package itself",
            },
            "package compat" => {
                Self { whole: "What they are compared with", ..Self::of_repositories() }
            }
            _ => Self::of_repositories(),
        }
    }

    fn of_repositories() -> Self {
        Self {
            one: "repository",
            many: "repositories",
            heading: "Repositories",
            whole: "The fleet itself",
        }
    }
}
