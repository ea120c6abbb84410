//! Which repositories get the very same change: it is looked at once.

use std::collections::HashMap;

use crate::change::FileDiff;

/// Repositories whose differences are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The difference, as the first of them has it.
    pub diff: String,
    /// The repositories, by their positions.
    pub members: Vec<usize>,
}

/// Groups differences: the largest group first, then in the order of their first repository. Where in a file
/// lines stand makes no other difference.
#[must_use]
pub fn clusters(diffs: &[Option<Vec<FileDiff>>]) -> Vec<Cluster> {
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut clusters: Vec<Cluster> = Vec::new();
    for (index, diff) in diffs.iter().enumerate() {
        let Some(diff) = diff else { continue };
        let whole: String = diff.iter().map(|file| file.text.as_str()).collect();
        let at = *known.entry(essence(&whole)).or_insert_with(|| {
            clusters.push(Cluster { diff: whole, members: Vec::new() });
            clusters.len() - 1
        });
        if let Some(cluster) = clusters.get_mut(at) {
            cluster.members.push(index);
        }
    }
    clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.members.len()));
    clusters
}

/// A difference without the lines around it and without where they stand.
fn essence(diff: &str) -> String {
    let counts = |line: &&str| {
        !line.starts_with("@@") && !line.starts_with(' ') && !line.starts_with("index ")
    };
    diff.split_inclusive('\n').filter(counts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::RepoPath;

    fn diff(text: &str) -> Option<Vec<FileDiff>> {
        Some(vec![FileDiff { path: RepoPath::new("a"), text: text.to_owned() }])
    }

    #[test]
    fn equal_changes_are_one_group_wherever_they_stand() {
        let one = "--- a\n+++ b\n@@ -1,2 +1,3 @@\n above\n+new\n";
        let moved = "--- a\n+++ b\n@@ -7,2 +7,3 @@\n other\n+new\n";
        let other = "--- a\n+++ b\n@@ -1,2 +1,3 @@\n above\n+newer\n";
        let groups = clusters(&[diff(other), None, diff(one), diff(moved)]);
        let members: Vec<&[usize]> = groups.iter().map(|group| &group.members[..]).collect();
        assert_eq!(members, [&[2, 3][..], &[0][..]]);
    }
}
