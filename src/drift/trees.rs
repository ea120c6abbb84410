//! Compares two trees: which files of a mirror drifted from its source?

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::snapshot::{Entry, EntryKind, RepoPath, Snapshot};

/// How a path differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Only the first tree has it.
    OnlyLeft,
    /// Only the second tree has it.
    OnlyRight,
    /// Both have it, with different content or of a different kind.
    Content,
    /// Both have it with the same content, and only the executable bit differs.
    Mode,
    /// Only the first tree has it; the second has the same content and mode at this path instead.
    Moved(RepoPath),
}

/// The result of comparing two trees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The paths that differ, in byte order.
    pub differences: BTreeMap<RepoPath, Difference>,
    /// Parts of either tree that could not be read, with the reason.
    pub unchecked: Vec<(RepoPath, String)>,
    /// The number of distinct paths in both trees.
    pub paths: usize,
}

/// Compares two trees by their paths, modes and blob ids; no content is read.
#[must_use]
pub fn compare(left: &Snapshot, right: &Snapshot) -> Comparison {
    let paths: BTreeSet<&RepoPath> = left.entries.keys().chain(right.entries.keys()).collect();
    let mut comparison = Comparison { paths: paths.len(), ..Comparison::default() };
    for problem in left.problems.iter().chain(&right.problems) {
        comparison.unchecked.push((problem.path.clone(), problem.message.clone()));
    }
    for path in paths {
        let difference = match (left.entry(path.as_str()), right.entry(path.as_str())) {
            (Some(_), None) => Difference::OnlyLeft,
            (None, Some(_)) => Difference::OnlyRight,
            (Some(one), Some(other)) if one == other => continue,
            (Some(one), Some(other))
                if one.id == other.id && is_file(one.kind) && is_file(other.kind) =>
            {
                Difference::Mode
            }
            _ => Difference::Content,
        };
        comparison.differences.insert(path.clone(), difference);
    }
    find_moves(left, right, &mut comparison.differences);
    comparison
}

fn is_file(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::File | EntryKind::Executable)
}

/// Detects moves: one path gone and one path new with the same content and mode, and no other candidates.
fn find_moves(left: &Snapshot, right: &Snapshot, differences: &mut BTreeMap<RepoPath, Difference>) {
    let mut gone: HashMap<Entry, Vec<RepoPath>> = HashMap::new();
    let mut new: HashMap<Entry, Vec<RepoPath>> = HashMap::new();
    for (path, difference) in differences.iter() {
        match difference {
            Difference::OnlyLeft => {
                gone.entry(left.entries[path]).or_default().push(path.clone());
            }
            Difference::OnlyRight => {
                new.entry(right.entries[path]).or_default().push(path.clone());
            }
            _ => {}
        }
    }
    for (id, from) in gone {
        if let ([from], Some([to])) = (from.as_slice(), new.get(&id).map(Vec::as_slice)) {
            differences.remove(to);
            differences.insert(from.clone(), Difference::Moved(to.clone()));
        }
    }
}

/// A comparison of two trees.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document {
    /// `shipshape/trees/1`.
    schema: &'static str,
    /// The first tree, as given.
    left: String,
    /// The second tree, as given.
    right: String,
    /// Number of distinct paths in both trees.
    paths: usize,
    /// Paths that differ, in byte order.
    differences: Vec<DifferenceEntry>,
    /// Parts that could not be read.
    unchecked: Vec<UncheckedEntry>,
}

/// One path that differs.
#[derive(Debug, Serialize, JsonSchema)]
struct DifferenceEntry {
    path: String,
    /// `only_left`, `only_right`, `content`, `mode` or `moved`.
    difference: &'static str,
    /// The path in the second tree, if the content was moved.
    to: Option<String>,
}

/// A part that could not be read.
#[derive(Debug, Serialize, JsonSchema)]
struct UncheckedEntry {
    path: String,
    reason: String,
}

impl Document {
    /// Creates the document of a comparison of the trees at these paths.
    #[must_use]
    pub fn new(left: &Path, right: &Path, comparison: &Comparison) -> Self {
        let entry = |(path, difference): (&RepoPath, &Difference)| {
            let (difference, to) = match difference {
                Difference::OnlyLeft => ("only_left", None),
                Difference::OnlyRight => ("only_right", None),
                Difference::Content => ("content", None),
                Difference::Mode => ("mode", None),
                Difference::Moved(to) => ("moved", Some(to.to_string())),
            };
            DifferenceEntry { path: path.to_string(), difference, to }
        };
        let unchecked = |(path, reason): &(RepoPath, String)| UncheckedEntry {
            path: path.to_string(),
            reason: reason.clone(),
        };
        Self {
            schema: "shipshape/trees/1",
            left: left.display().to_string(),
            right: right.display().to_string(),
            paths: comparison.paths,
            differences: comparison.differences.iter().map(entry).collect(),
            unchecked: comparison.unchecked.iter().map(unchecked).collect(),
        }
    }
}
