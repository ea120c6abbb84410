//! Pull requests follow their branches: new commits, no commits left, merged in another way,
//! deleted branches.

use super::actions::{Started, Trigger};
use super::{RepositoryId, ReviewState, World};
use crate::sandbox::git::Store;

impl World {
    /// Updates the head of pull requests from a branch; closes those without any commits left.
    pub(super) fn pulls_moved(
        &mut self,
        id: RepositoryId,
        branch: &str,
        sha: &str,
        actor: &str,
    ) -> Vec<(RepositoryId, u64)> {
        let now = self.seconds();
        let mut changed = Vec::new();
        for (owner, repository) in &mut self.repositories {
            let dismisses = repository.settings.dismiss_stale_reviews;
            let git = &repository.git;
            for pull in &mut repository.pulls {
                let is_its = pull.head_repository == id && pull.head == branch;
                if !pull.is_open() || !is_its || pull.head_sha == sha {
                    continue;
                }
                sha.clone_into(&mut pull.head_sha);
                pull.note("synchronize", actor, now);
                if dismisses {
                    let approved =
                        pull.reviews.iter_mut().filter(|it| it.state == ReviewState::Approved);
                    approved.for_each(|review| review.state = ReviewState::Dismissed);
                }
                // Opened only here: of a thousand repositories few have a pull request from this branch.
                let store = Store::open(git).ok();
                let base = store.as_ref().and_then(|store| store.branch(&pull.base).ok().flatten());
                let ahead = store.zip(base).and_then(|(store, base)| {
                    store.ahead(base, git2::Oid::from_str(sha).ok()?).ok()
                });
                let is_left = ahead.is_some_and(|ahead| ahead.is_empty());
                // GitHub compares again when the head moves: what the base has by then is not part of the pull request.
                if let Some(base) = base.filter(|_| !is_left) {
                    pull.base_sha = base.to_string();
                }
                if is_left {
                    pull.close(actor, now);
                } else {
                    changed.push((*owner, pull.number));
                }
            }
        }
        changed
    }

    /// Marks pull requests as merged if their head has reached the base in another way.
    pub(super) fn pulls_contained(&mut self, id: RepositoryId, base: &str, sha: &str, actor: &str) {
        let now = self.seconds();
        let Some(repository) = self.repositories.get_mut(&id) else { return };
        let (Ok(store), Ok(top)) = (repository.store(), git2::Oid::from_str(sha)) else { return };
        for pull in &mut repository.pulls {
            let head = git2::Oid::from_str(&pull.head_sha).ok();
            let contained = head.is_some_and(|head| {
                store.kind(head).is_some() && store.is_fast_forward(head, top).unwrap_or(false)
            });
            if pull.is_open() && pull.base == base && contained {
                pull.close_merged(sha, actor, now);
            }
        }
    }

    /// Handles a pull request that is new or whose head moved.
    pub(in crate::sandbox) fn pull_changed(&mut self, id: RepositoryId, number: u64, actor: &str) {
        let pull = self.repositories.get(&id).and_then(|repository| repository.pull(number));
        let Some(pull) = pull else { return };
        let started = Started {
            on: Trigger::PullRequest,
            branch: pull.head.clone(),
            sha: pull.head_sha.clone(),
            actor: actor.to_owned(),
            title: pull.title.clone(),
            pull: Some(number),
            payload: None,
        };
        self.start_runs(id, &started);
    }

    /// Closes the pull requests from and to a deleted branch.
    pub(in crate::sandbox) fn branch_deleted(&mut self, id: RepositoryId, branch: &str, by: &str) {
        let now = self.seconds();
        for (owner, repository) in &mut self.repositories {
            for pull in &mut repository.pulls {
                let from = pull.head_repository == id && pull.head == branch;
                let to = *owner == id && pull.base == branch;
                if pull.is_open() && (from || to) {
                    pull.close(by, now);
                }
            }
        }
    }
}
