//! What a report calls what was judged: most judge repositories of a fleet, some distributions of a package.

use crate::drift::model::Report;

/// The words for one kind of subject.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    /// One of them.
    pub(super) one: &'static str,
    /// Several.
    pub(super) many: &'static str,
    /// The same, where a heading begins with it.
    pub(super) heading: &'static str,
    /// What stands beside them: manifest, waivers.
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
            "package compat" => Self { whole: "What they are held to", ..Self::of_repositories() },
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
