//! Auto-merge: merges a pull request as soon as its requirements are met.

use serde_json::Value;

use super::execute::{Execution, Failure};
use super::node::{Node, Payload};
use crate::sandbox::call::text;
use crate::sandbox::world::{AutoMerge, How, MergeState, Method, Permission, standing};

impl Execution<'_> {
    pub(super) fn enable_auto_merge(
        &mut self,
        input: &Value,
    ) -> Result<Vec<(&'static str, Payload)>, Failure> {
        let (id, number) = self.pull_named(input)?;
        let call = self.writable(id, &[Permission::Contents])?;
        self.writable(id, &[Permission::PullRequests])?;
        let refused = |message: &str| Failure::new("UNPROCESSABLE", message);
        let repository = self.world.repository(id)?;
        let pull = repository.pull(number).ok_or_else(|| refused("Pull request is closed"))?;
        if !repository.settings.allow_auto_merge {
            return Err(refused("Auto merge is not allowed for this repository"));
        }
        let named = text(input, "mergeMethod")?.unwrap_or("MERGE");
        let method = Method::named(named).ok_or_else(|| refused("no such merge method"))?;
        method.permitted(repository)?;
        if text(input, "expectedHeadOid")?.is_some_and(|head| head != pull.head_sha) {
            return Err(Failure::new("STALE_DATA", "Head branch was modified."));
        }
        let store = repository.store()?;
        let state = standing(repository, &store, pull, self.world.now)?.state;
        // A pull request that can be merged now does not wait, and neither does one that never can
        // be.
        if !matches!(state, MergeState::Blocked | MergeState::Behind) {
            let word = state.name().to_lowercase();
            return Err(refused(&format!("Pull request Pull request is in {word} status")));
        }
        let how = How {
            method,
            title: text(input, "commitHeadline")?.map(str::to_owned),
            message: text(input, "commitBody")?.map(str::to_owned),
        };
        let (by, since) = (call.identity(self.world)?, self.world.seconds());
        let login = by.login.clone();
        if let Some(pull) = self.world.repository_mut(id)?.pull_mut(number) {
            pull.auto_merge = Some(AutoMerge { how, by, since });
            pull.note("auto_merge_enabled", &login, since);
        }
        Ok(vec![("pullRequest", Payload::Node(Node::Pull(id, number)))])
    }

    pub(super) fn disable_auto_merge(
        &mut self,
        input: &Value,
    ) -> Result<Vec<(&'static str, Payload)>, Failure> {
        let (id, number) = self.pull_named(input)?;
        let call = self.writable(id, &[Permission::PullRequests])?;
        let (by, now) = (call.identity(self.world)?.login, self.world.seconds());
        let pull = self.world.repository_mut(id)?.pull_mut(number);
        let waits = pull.filter(|pull| pull.auto_merge.is_some());
        let message = "Can't disable auto-merge for this pull request";
        let pull = waits.ok_or_else(|| Failure::new("UNPROCESSABLE", message))?;
        pull.auto_merge = None;
        pull.note("auto_merge_disabled", &by, now);
        Ok(vec![("pullRequest", Payload::Node(Node::Pull(id, number)))])
    }
}
