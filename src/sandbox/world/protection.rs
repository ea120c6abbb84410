//! What branch protection and rulesets keep from being pushed.
//!
//! A branch that requires approvals or checks only changes by pull requests. Administrators can
//! bypass branch protection, as implied by its `enforce_admins: false`, but not rulesets. Nobody
//! can rewrite or delete such a branch.

use super::checks::Outcome;
use super::{Repository, Settings};

/// The effect of a push on a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Push<'a> {
    /// Fast-forwards it to this commit.
    On(&'a str),
    /// Resets it to this commit.
    Elsewhere(&'a str),
    /// Deletes it.
    Away,
}

impl Settings {
    /// Whether branch protection applies to a branch.
    pub(in crate::sandbox) fn is_protected(&self, branch: &str) -> bool {
        self.required_checks.contains_key(branch) || of(&self.required_approvals, branch) > 0
    }

    /// Whether protection or a ruleset applies to a branch.
    pub(in crate::sandbox) fn guards(&self, branch: &str) -> bool {
        self.is_protected(branch)
            || self.ruleset_checks.contains_key(branch)
            || of(&self.ruleset_approvals, branch) > 0
    }
}

fn of(approvals: &std::collections::BTreeMap<String, u64>, branch: &str) -> u64 {
    approvals.get(branch).copied().unwrap_or_default()
}

impl Repository {
    /// Returns why a push to a branch is refused, in GitHub's words; `None` if it is allowed.
    pub(in crate::sandbox) fn refuses(
        &self,
        branch: &str,
        push: Push<'_>,
        is_administrator: bool,
        now: f64,
    ) -> Option<String> {
        let settings = &self.settings;
        if !settings.guards(branch) {
            return None;
        }
        let commit = match push {
            Push::Away => return Some("Cannot delete this branch".to_owned()),
            Push::Elsewhere(_) => return Some("Cannot force-push to this branch".to_owned()),
            Push::On(commit) => commit,
        };
        let is_held =
            |protection: u64, ruleset: u64| ruleset > 0 || (protection > 0 && !is_administrator);
        let approvals = (&settings.required_approvals, &settings.ruleset_approvals);
        if is_held(of(approvals.0, branch), of(approvals.1, branch)) {
            return Some("Changes must be made through a pull request.".to_owned());
        }
        let protection = settings.required_checks.get(branch).filter(|_| !is_administrator);
        let required = protection.into_iter().chain(settings.ruleset_checks.get(branch)).flatten();
        let contexts = self.contexts(commit, now);
        let is_green = |name: &String| {
            let mut of_name = contexts.iter().filter(|context| context.name == *name).peekable();
            of_name.peek().is_some() && of_name.all(|context| context.outcome() == Outcome::Success)
        };
        let mut missing = required.filter(|name| !is_green(name));
        missing.next().map(|name| format!("Required status check \"{name}\" is expected."))
    }
}
