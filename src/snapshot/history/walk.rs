//! Walks the ancestors of commits, newest first.

use std::collections::{BinaryHeap, HashMap, HashSet};

use git2::{Oid, Repository};

/// A commit of a history.
#[derive(Debug)]
pub(super) struct Commit {
    pub(super) id: Oid,
    /// The root tree.
    pub(super) tree: Oid,
    /// Committer time, seconds since 1970.
    pub(super) time: i64,
    /// The trees of its parents, without those of missing parents.
    pub(super) parent_trees: Vec<Oid>,
}

/// Commits, and whether they are all.
#[derive(Debug)]
pub(super) struct Ancestry {
    /// Every commit precedes its parents.
    pub(super) commits: Vec<Commit>,
    pub(super) complete: bool,
}

struct Node {
    tree: Oid,
    time: i64,
    parents: Vec<Oid>,
    children: usize,
}

/// Returns some commits and all of their ancestors, at most `limit`.
///
/// Not libgit2's walk, which fails on the first missing parent, and every shallow clone has some. Among commits that
/// are not each other's ancestors, the one with the later committer time comes first.
pub(super) fn ancestry(
    objects: &Repository,
    from: &[Oid],
    limit: usize,
) -> Result<Ancestry, git2::Error> {
    let mut nodes: HashMap<Oid, Node> = HashMap::new();
    let mut queued: HashSet<Oid> = HashSet::new();
    let mut pending = BinaryHeap::new();
    let mut complete = true;
    for id in from {
        let time = objects.find_commit(*id)?.time().seconds();
        if queued.insert(*id) {
            pending.push((time, *id));
        }
    }
    while let Some((time, id)) = pending.pop() {
        if nodes.len() >= limit {
            complete = false;
            break;
        }
        let commit = objects.find_commit(id)?;
        let mut parents = Vec::new();
        for parent in commit.parent_ids() {
            match objects.find_commit(parent) {
                Ok(found) => {
                    parents.push(parent);
                    if queued.insert(parent) {
                        pending.push((found.time().seconds(), parent));
                    }
                }
                Err(_) => complete = false,
            }
        }
        nodes.insert(id, Node { tree: commit.tree_id(), time, parents, children: 0 });
    }
    Ok(Ancestry { commits: in_order(nodes), complete })
}

/// Orders children before parents, latest first (Kahn's algorithm).
fn in_order(mut nodes: HashMap<Oid, Node>) -> Vec<Commit> {
    let edges: Vec<Oid> = nodes.values().flat_map(|node| node.parents.iter().copied()).collect();
    for parent in edges {
        if let Some(node) = nodes.get_mut(&parent) {
            node.children += 1;
        }
    }
    let mut ready: BinaryHeap<(i64, Oid)> = nodes
        .iter()
        .filter(|(_, node)| node.children == 0)
        .map(|(id, node)| (node.time, *id))
        .collect();
    let mut commits = Vec::with_capacity(nodes.len());
    while let Some((time, id)) = ready.pop() {
        let Some(node) = nodes.get(&id) else { continue };
        let (tree, parents) = (node.tree, node.parents.clone());
        let mut parent_trees = Vec::with_capacity(parents.len());
        for parent in parents {
            let Some(node) = nodes.get_mut(&parent) else { continue };
            parent_trees.push(node.tree);
            node.children -= 1;
            if node.children == 0 {
                ready.push((node.time, parent));
            }
        }
        commits.push(Commit { id, tree, time, parent_trees });
    }
    commits
}
