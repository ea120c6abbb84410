//! Merges and rebases as git would do them, without touching any reference.

use git2::{Index, Oid};

use super::{Changes, Store, Who};
use crate::sandbox::refusal::Answer;

impl Store {
    /// Returns the tree of a merge of two commits; `None` if they conflict.
    pub(in crate::sandbox) fn merged_tree(&self, base: Oid, head: Oid) -> Answer<Option<Oid>> {
        let (base, head) = (self.0.find_commit(base)?, self.0.find_commit(head)?);
        self.tree_of(self.0.merge_commits(&base, &head, None)?)
    }

    /// Rebases commits, oldest first; returns `None` if one conflicts or is a merge itself.
    pub(in crate::sandbox) fn rebased(
        &self,
        onto: Oid,
        commits: &[Oid],
        committer: &Who,
    ) -> Answer<Option<Oid>> {
        let mut top = onto;
        for id in commits {
            let (picked, beneath) = (self.0.find_commit(*id)?, self.0.find_commit(top)?);
            if picked.parent_count() > 1 {
                return Ok(None);
            }
            let index = self.0.cherrypick_commit(&picked, &beneath, 0, None)?;
            let Some(tree) = self.tree_of(index)? else { return Ok(None) };
            let commit = self.commit(*id)?;
            top = self.create_commit(&Changes {
                tree,
                parents: vec![top],
                message: commit.message,
                author: commit.author,
                committer: committer.clone(),
            })?;
        }
        Ok(Some(top))
    }

    fn tree_of(&self, mut index: Index) -> Answer<Option<Oid>> {
        if index.has_conflicts() {
            return Ok(None);
        }
        Ok(Some(index.write_tree_to(&self.0)?))
    }
}
