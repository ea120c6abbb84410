//! The results of a run, as rendered by every output format.

use serde::Serialize;

use crate::checks::Finding;
use crate::counted::counted_as;
use crate::drift::RepositoryVerdict;
use crate::shape::{PathVerdict, Policy};
use crate::snapshot::{BlobId, RepoPath};

/// Name and version of the JSON report; see `schemas/report.schema.json`.
pub const SCHEMA: &str = "shipshape/report/1";

/// The results of a run over one or more repositories.
#[derive(Clone, Debug)]
pub struct Report {
    /// The command that was run: `validate`, `drift`, …
    pub command: &'static str,
    /// When the run took place: RFC 3339, in UTC.
    pub generated_at: String,
    /// The shape that the repositories were compared with.
    pub shape: ShapeName,
    /// The repositories, sorted by name.
    pub repositories: Vec<RepositoryReport>,
    /// The fleet that they belong to, if any.
    pub fleet: Option<FleetName>,
    /// Findings about the fleet itself: its manifest, registrations and waivers. The location's path
    /// is relative to the folder of fleet.yaml, or starts with `<repository>:`.
    pub fleet_findings: Vec<Finding>,
    /// Paths that set few repositories apart from the others.
    pub outliers: Vec<Outlier>,
    /// The last recorded runs, oldest first; empty without a history.
    pub trend: Vec<TrendPoint>,
    /// What a reader has to know of the repositories that were judged: which are not members, for example.
    pub notes: Vec<String>,
    /// Suggestions for the next command to run, most useful first.
    pub next: Vec<String>,
}

/// The fleet whose repositories were judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetName {
    /// Its name in fleet.yaml.
    pub name: String,
    /// Prefixes of the repository names of its kinds; the rest of a name is its slug.
    pub prefixes: Vec<String>,
    /// Where the folder of fleet.yaml lies in its git repository; `None` if not needed, or if the members were read from
    /// the forge.
    pub tree: Option<WorkTree>,
}

/// The shape that repositories were compared with.
#[derive(Clone, Debug, Serialize)]
pub struct ShapeName {
    /// Its name in shape.yaml.
    pub name: String,
    /// `embedded`, a folder, or a repository and commit.
    pub source: String,
}

/// The results for one repository.
#[derive(Clone, Debug)]
pub struct RepositoryReport {
    /// Its name as given in the manifest or by the command.
    pub name: String,
    /// Where it was read from, in words.
    pub origin: String,
    /// The commit that it was read from, if any.
    pub commit: Option<String>,
    /// Where it lies in its git repository, for formats that show paths from the root; `None` if not needed.
    pub tree: Option<WorkTree>,
    /// Its profile, if it has one.
    pub profile: Option<String>,
    /// Its owner according to the manifest.
    pub owner: Option<String>,
    /// The name of its shape; empty if it has none.
    pub shape: String,
    /// Whether it is archived, and so cannot be fixed in place.
    pub is_archived: bool,
    /// The verdict.
    pub verdict: RepositoryVerdict,
    /// Why it could not be judged at all, if so.
    pub error: Option<String>,
    /// The paths, in byte order.
    pub paths: Vec<PathReport>,
    /// The findings, by path and position.
    pub findings: Vec<Finding>,
}

/// The location in a git repository of what was judged or of fleet.yaml, since a member may be a folder of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkTree {
    /// Identifies the repository: its root on this machine, or its name on the forge.
    pub root: String,
    /// The folder in the repository; empty for the root.
    pub folder: String,
}

/// The results for one path of a repository.
#[derive(Clone, Debug)]
pub struct PathReport {
    /// The path.
    pub path: RepoPath,
    /// Its policy in the shape; `None` if the shape does not know the path.
    pub policy: Option<Policy>,
    /// The verdict.
    pub verdict: PathVerdict,
    /// How many versions of the canon it is behind, for `stale` and, where known, `modified`.
    pub behind: Option<u32>,
    /// The id of the content found there.
    pub actual: Option<BlobId>,
    /// The canonical text and the text found, for formats that show differences; `None` if equal, binary or too large.
    pub difference: Option<Box<Difference>>,
}

/// The two sides of a difference.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The canonical text.
    pub canonical: String,
    /// The text found.
    pub actual: String,
}

/// A path that the shape does not know and only some repositories have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outlier {
    /// The path.
    pub path: String,
    /// The repositories that have it.
    pub present_in: Vec<String>,
    /// How many repositories were compared.
    pub of: usize,
    /// The decision to make, such as "adopt, waive or remove?".
    pub question: String,
}

/// An earlier run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct TrendPoint {
    /// When the run took place, RFC 3339 in UTC.
    pub at: String,
    /// Number of repositories checked.
    pub repositories: u32,
    /// Number of conformant repositories.
    pub conformant: u32,
    /// Number of drifted repositories.
    pub drifted: u32,
    /// Number of broken repositories.
    pub broken: u32,
    /// Number of repositories that could not be checked.
    pub unchecked: u32,
    /// Number of these that could not be read at all.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unread: u32,
    /// Number of findings in repositories that no waiver covers; those of the fleet itself are not counted.
    pub findings: u32,
    /// Number of findings in repositories that a waiver covers.
    #[serde(default, skip_serializing_if = "is_none")]
    pub waived: u32,
    /// Number of findings in repositories that the baseline covers.
    #[serde(default, skip_serializing_if = "is_none")]
    pub baseline: u32,
    /// Number of repositories with findings that can be fixed automatically; absent if an earlier version recorded the
    /// run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<u32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
fn is_none(number: &u32) -> bool {
    *number == 0
}

impl TrendPoint {
    /// Describes the first run, the last but one, and the last; with their numbers of repositories if these differ.
    #[must_use]
    pub fn in_words(points: &[Self]) -> Vec<String> {
        let before_last = points.len().checked_sub(2).filter(|index| *index > 0);
        let shown = [Some(0), before_last, points.len().checked_sub(1).filter(|index| *index > 0)];
        let shown: Vec<&Self> =
            shown.into_iter().flatten().filter_map(|index| points.get(index)).collect();
        let grew = shown
            .windows(2)
            .any(|pair| matches!(pair, [one, other] if one.repositories != other.repositories));
        let words = shown.iter().enumerate().map(|(index, point)| {
            let (findings, repositories) = (point.findings as usize, point.repositories as usize);
            let (findings, repositories) = match index {
                0 => (
                    counted_as(findings, "finding", "findings"),
                    counted_as(repositories, "repository", "repositories"),
                ),
                _ => (findings.to_string(), repositories.to_string()),
            };
            let of = if grew { format!(" in {repositories}") } else { String::new() };
            let aside = point.aside();
            format!("{findings}{of} on {}{aside}", point.when(shown.iter().copied()))
        });
        words.collect()
    }

    /// The day of the run; with the time if others of these runs were on the same day: `2026-11-22 at 09:30 UTC`.
    #[must_use]
    pub fn when<'a>(&self, runs: impl IntoIterator<Item = &'a Self>) -> String {
        let day = self.day();
        let is_other = |run: &&Self| run.day() == day && run.at != self.at;
        match self.at.get(11..16).filter(|_| runs.into_iter().any(|run| is_other(&run))) {
            Some(time) => format!("{day} at {time} UTC"),
            None => day.to_owned(),
        }
    }

    fn day(&self) -> &str {
        self.at.get(..10).unwrap_or(&self.at)
    }

    /// What its number of findings leaves out, in brackets: ` (103 in the baseline, 2 of 9 unchecked)`.
    fn aside(&self) -> String {
        let unchecked = format!("of {} unchecked", self.repositories);
        let aside: Vec<String> = self
            .covered()
            .into_iter()
            .chain((self.unchecked > 0).then(|| format!("{} {unchecked}", self.unchecked)))
            .collect();
        if aside.is_empty() { String::new() } else { format!(" ({})", aside.join(", ")) }
    }

    /// The findings that do not count, in words: `3 waived`, `103 in the baseline`.
    #[must_use]
    pub fn covered(&self) -> Vec<String> {
        let all = [(self.waived, "waived"), (self.baseline, "in the baseline")];
        let some = all.into_iter().filter(|(number, _)| *number > 0);
        some.map(|(number, word)| format!("{number} {word}")).collect()
    }

    /// Whether the number of findings is meaningful, that is, more than half of the repositories could be read.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.unread * 2 < self.repositories.max(1)
    }
}
