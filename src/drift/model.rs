//! What a run found, as values that every format renders.

use serde::Serialize;

use crate::checks::Finding;
use crate::counted::counted_as;
use crate::drift::RepositoryVerdict;
use crate::shape::{PathVerdict, Policy};
use crate::snapshot::{BlobId, RepoPath};

/// Name and version of the JSON report, see `schemas/report.schema.json`.
pub const SCHEMA: &str = "shipshape/report/1";

/// One run over one or many repositories.
#[derive(Clone, Debug)]
pub struct Report {
    /// The command that made it: `validate`, `drift`, …
    pub command: &'static str,
    /// When, RFC 3339 in UTC.
    pub generated_at: String,
    /// The shape that was wanted.
    pub shape: ShapeName,
    /// Repositories in the order of their names.
    pub repositories: Vec<RepositoryReport>,
    /// The fleet that they belong to, where there is one.
    pub fleet: Option<FleetName>,
    /// Findings about the fleet itself: its manifest, registrations and waivers. The location's path
    /// is relative to the folder of fleet.yaml, or starts with `<repository>:`.
    pub fleet_findings: Vec<Finding>,
    /// Paths that only few repositories have or lack.
    pub outliers: Vec<Outlier>,
    /// What the last recorded runs found, oldest first; empty without a history.
    pub trend: Vec<TrendPoint>,
    /// The two or three commands that are most useful next.
    pub next: Vec<String>,
}

/// Whose repositories were judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetName {
    /// Its name in fleet.yaml.
    pub name: String,
    /// What the repositories of its kinds begin with: what is left of a name is its slug.
    pub prefixes: Vec<String>,
}

/// Which shape was wanted.
#[derive(Clone, Debug, Serialize)]
pub struct ShapeName {
    /// Name in shape.yaml.
    pub name: String,
    /// `embedded`, a folder, or a repository and commit.
    pub source: String,
}

/// One repository.
#[derive(Clone, Debug)]
pub struct RepositoryReport {
    /// Its name, as the manifest or the command gave it.
    pub name: String,
    /// Where it was read from, for a person.
    pub origin: String,
    /// The commit, when it was read from one.
    pub commit: Option<String>,
    /// The repository that it lies in, for forms that show paths from its root; `None` where nobody asked.
    pub tree: Option<WorkTree>,
    /// Its profile, when it has one.
    pub profile: Option<String>,
    /// Who owns it, as the manifest says.
    pub owner: Option<String>,
    /// What the shape is called that it is held to; empty where none is.
    pub shape: String,
    /// Whether it can be read only: nobody can mend it where it is.
    pub is_archived: bool,
    /// How it stands.
    pub verdict: RepositoryVerdict,
    /// Why it could not be judged at all.
    pub error: Option<String>,
    /// Paths, in byte order.
    pub paths: Vec<PathReport>,
    /// Findings, by path and position.
    pub findings: Vec<Finding>,
}

/// Where what was judged lies in a repository of git: a member may be a folder of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkTree {
    /// What tells the repository from others: its root on this machine, or its name on the forge.
    pub root: String,
    /// The folder in it; empty for the root.
    pub folder: String,
}

/// One path of a repository against the shape.
#[derive(Clone, Debug)]
pub struct PathReport {
    /// The path.
    pub path: RepoPath,
    /// The policy that the shape has for it; `None` for a path that the shape does not know.
    pub policy: Option<Policy>,
    /// How it stands.
    pub verdict: PathVerdict,
    /// By how many versions of the canon it is behind, for `stale` and, where known, `modified`.
    pub behind: Option<u32>,
    /// What was found there.
    pub actual: Option<BlobId>,
    /// The canonical text and the one found, for formats that show a difference; absent when equal,
    /// binary or too large.
    pub difference: Option<Box<Difference>>,
}

/// The two sides of a difference.
#[derive(Clone, Debug)]
pub struct Difference {
    /// What is wanted.
    pub canonical: String,
    /// What was found.
    pub actual: String,
}

/// A path that sets few repositories apart from the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outlier {
    /// The path.
    pub path: String,
    /// Repositories that have it.
    pub present_in: Vec<String>,
    /// Of how many repositories that were judged.
    pub of: usize,
    /// What to consider: "adopt or waive?".
    pub question: String,
}

/// One run of the past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct TrendPoint {
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// Repositories judged.
    pub repositories: u32,
    /// How many were conformant.
    pub conformant: u32,
    /// How many had drifted.
    pub drifted: u32,
    /// How many were broken.
    pub broken: u32,
    /// How many could not be checked.
    pub unchecked: u32,
    /// How many of those could not even be read.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unread: u32,
    /// Findings that no waiver covers.
    pub findings: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
fn is_none(number: &u32) -> bool {
    *number == 0
}

impl TrendPoint {
    /// The first run, the one before the last, and the last one in words; of how many repositories, where that is not the
    /// same of all three.
    #[must_use]
    pub fn in_words(points: &[Self]) -> Vec<String> {
        let before_last = points.len().checked_sub(2).filter(|index| *index > 0);
        let shown = [Some(0), before_last, points.len().checked_sub(1).filter(|index| *index > 0)];
        let shown: Vec<&Self> =
            shown.into_iter().flatten().filter_map(|index| points.get(index)).collect();
        let grew = shown
            .windows(2)
            .any(|pair| matches!(pair, [one, other] if one.repositories != other.repositories));
        let words = shown.into_iter().enumerate().map(|(index, point)| {
            let (findings, repositories) = (point.findings as usize, point.repositories as usize);
            let (findings, repositories) = match index {
                0 => (
                    counted_as(findings, "finding", "findings"),
                    counted_as(repositories, "repository", "repositories"),
                ),
                _ => (findings.to_string(), repositories.to_string()),
            };
            let of = if grew { format!(" in {repositories}") } else { String::new() };
            format!("{findings}{of} on {}", point.day())
        });
        words.collect()
    }

    /// The day of the run, and how much of it nobody knows: `2026-11-22 (2 of 9 unchecked)`.
    #[must_use]
    pub fn day(&self) -> String {
        let day = self.at.get(..10).unwrap_or(&self.at);
        match self.unchecked {
            0 => day.to_owned(),
            some => format!("{day} ({some} of {} unchecked)", self.repositories),
        }
    }

    /// Whether its number of findings says something: what one half of a fleet comes to, when the other could not be read,
    /// is no point of a line.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.unread * 2 < self.repositories.max(1)
    }
}
