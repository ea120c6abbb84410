//! Which repositories get the very same change: it is looked at once.

use std::collections::{BTreeMap, HashMap};

use super::Plan;
use crate::change::FileDiff;

/// Repositories whose differences are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The difference, as the first of them has it.
    pub diff: String,
    /// The repositories, by their positions.
    pub members: Vec<usize>,
    /// Whether the lines around the change are not the same in all of them, as far as is known.
    pub differs_around: bool,
}

/// What is shown of one repository's change.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its difference.
    pub files: Vec<FileDiff>,
    /// What it amounts to, see [`change_digest`](crate::campaign::identity::change_digest).
    pub digest: String,
}

/// Groups differences: the largest group first, then in the order of their first repository. Where in a file
/// lines stand makes no other difference; what no lines show is equal only where all of the change is.
#[must_use]
pub fn clusters(diffs: &[Option<Shown>]) -> Vec<Cluster> {
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut clusters: Vec<Cluster> = Vec::new();
    for (index, diff) in diffs.iter().enumerate() {
        let Some(diff) = diff else { continue };
        let whole: String = diff.files.iter().map(|file| file.text.as_str()).collect();
        let mut key = essence(&whole);
        if diff.files.iter().any(FileDiff::is_unshown) {
            key.push_str(&diff.digest);
        }
        let at = *known.entry(key).or_insert_with(|| {
            let (diff, members) = (whole.clone(), Vec::new());
            clusters.push(Cluster { diff, members, differs_around: false });
            clusters.len() - 1
        });
        if let Some(cluster) = clusters.get_mut(at) {
            cluster.differs_around |= !placeless(&whole).eq(placeless(&cluster.diff));
            cluster.members.push(index);
        }
    }
    clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.members.len()));
    clusters
}

/// The groups of a plan that was kept: differences are not kept with it.
#[must_use]
pub fn clusters_of(plan: &Plan) -> Vec<Cluster> {
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, item) in plan.items.iter().enumerate() {
        if let Some(change) = item.change.as_ref().filter(|_| item.action.writes_change()) {
            groups.entry(change.cluster).or_default().push(index);
        }
    }
    let cluster = |members| Cluster { diff: String::new(), members, differs_around: false };
    groups.into_values().map(cluster).collect()
}

/// A difference without the lines around it and without where they stand.
fn essence(diff: &str) -> String {
    let counts = |line: &&str| !line.starts_with("@@") && !line.starts_with(' ');
    diff.split_inclusive('\n').filter(counts).collect()
}

/// The lines of a difference without where they stand.
fn placeless(diff: &str) -> impl Iterator<Item = &str> {
    diff.lines().filter(|line| !line.starts_with("@@"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::RepoPath;

    fn shown(text: &str, digest: &str) -> Option<Shown> {
        let files = vec![FileDiff { path: RepoPath::new("a"), text: text.to_owned() }];
        Some(Shown { files, digest: digest.to_owned() })
    }

    fn diff(text: &str) -> Option<Shown> {
        shown(text, text)
    }

    #[test]
    fn contents_that_are_not_shown_are_equal_only_where_they_are() {
        let binary = "diff --git a/a b/a\nBinary files a/a and b/a differ\n";
        let groups = clusters(&[shown(binary, "1"), shown(binary, "2"), shown(binary, "1")]);
        let members: Vec<&[usize]> = groups.iter().map(|group| &group.members[..]).collect();
        assert_eq!(members, [&[0, 2][..], &[1][..]]);
    }

    #[test]
    fn equal_changes_are_one_group_wherever_they_stand() {
        let one = "--- a\n+++ b\n@@ -1,2 +1,3 @@\n above\n+new\n";
        let moved = "--- a\n+++ b\n@@ -7,2 +7,3 @@\n other\n+new\n";
        let other = "--- a\n+++ b\n@@ -1,2 +1,3 @@\n above\n+newer\n";
        let groups = clusters(&[diff(other), None, diff(one), diff(moved)]);
        let members: Vec<&[usize]> = groups.iter().map(|group| &group.members[..]).collect();
        assert_eq!(members, [&[2, 3][..], &[0][..]]);
        assert!(groups[0].differs_around && !groups[1].differs_around);
        let below = one.replace("-1,2 +1,3", "-9,2 +9,3");
        assert!(!clusters(&[diff(one), diff(&below)])[0].differs_around);
    }
}
