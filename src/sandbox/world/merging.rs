//! Whether a pull request can be merged, and merging it: on request, or automatically once its
//! requirements are met.
//!
//! Unlike on GitHub, nobody can bypass a rule, not even administrators.

use git2::Oid;

use super::checks::{Outcome, rollup};
use super::reviews::{ReviewState, latest};
use super::{Pull, Repository, RepositoryId, World};
use crate::sandbox::git::{Changes, Identity, Store};
use crate::sandbox::refusal::{Answer, Refusal};

/// The method of a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Method {
    Merge,
    Squash,
    Rebase,
}

impl Method {
    /// Parses the name used by REST or by GraphQL.
    pub(in crate::sandbox) fn named(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "merge" => Some(Self::Merge),
            "squash" => Some(Self::Squash),
            "rebase" => Some(Self::Rebase),
            _ => None,
        }
    }

    pub(in crate::sandbox) fn name(self) -> &'static str {
        match self {
            Self::Merge => "MERGE",
            Self::Squash => "SQUASH",
            Self::Rebase => "REBASE",
        }
    }

    /// Refuses a method that a repository does not allow.
    pub(in crate::sandbox) fn permitted(self, repository: &Repository) -> Answer<()> {
        let settings = &repository.settings;
        let (allowed, what) = match self {
            Self::Merge => (settings.allow_merge_commit, "Merge commits"),
            Self::Squash => (settings.allow_squash_merge, "Squash merges"),
            Self::Rebase => (settings.allow_rebase_merge, "Rebase merges"),
        };
        let refused = || Refusal::new(405, format!("{what} are not allowed on this repository."));
        if allowed { Ok(()) } else { Err(refused()) }
    }
}

/// The details of a merge.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct How {
    pub(in crate::sandbox) method: Method,
    pub(in crate::sandbox) title: Option<String>,
    pub(in crate::sandbox) message: Option<String>,
}

/// A pending auto-merge.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct AutoMerge {
    pub(in crate::sandbox) how: How,
    pub(in crate::sandbox) by: Identity,
    pub(in crate::sandbox) since: i64,
}

/// GitHub's name for the merge status of a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum MergeState {
    Unknown,
    Dirty,
    Draft,
    Behind,
    Blocked,
    Unstable,
    Clean,
}

impl MergeState {
    pub(in crate::sandbox) fn name(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Dirty => "DIRTY",
            Self::Draft => "DRAFT",
            Self::Behind => "BEHIND",
            Self::Blocked => "BLOCKED",
            Self::Unstable => "UNSTABLE",
            Self::Clean => "CLEAN",
        }
    }
}

/// The merge status of a pull request.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Standing {
    pub(in crate::sandbox) state: MergeState,
    /// Why it cannot be merged, in GitHub's words.
    pub(in crate::sandbox) why: Vec<String>,
}

impl Standing {
    fn new(state: MergeState, why: &str) -> Self {
        Self { state, why: vec![why.to_owned()] }
    }

    pub(in crate::sandbox) fn may_merge(&self) -> bool {
        matches!(self.state, MergeState::Clean | MergeState::Unstable)
    }
}

/// Returns the merge status of a pull request at a point in time.
pub(in crate::sandbox) fn standing(
    repository: &Repository,
    store: &Store,
    pull: &Pull,
    now: f64,
) -> Answer<Standing> {
    const NOT: &str = "Pull Request is not mergeable";
    let base = store.branch(&pull.base)?;
    let (Some(base), true) = (base, pull.is_open()) else {
        return Ok(Standing::new(MergeState::Unknown, NOT));
    };
    let head = Oid::from_str(&pull.head_sha)?;
    if store.kind(head).is_none() || store.merged_tree(base, head)?.is_none() {
        return Ok(Standing::new(MergeState::Dirty, NOT));
    }
    if pull.draft {
        return Ok(Standing::new(MergeState::Draft, "Pull Request is still a draft"));
    }
    let contexts = repository.contexts(&pull.head_sha, now);
    let mut why = unreviewed(repository, pull);
    for name in repository.settings.checks_of(&pull.base) {
        let of_name = contexts.iter().filter(|context| context.name == name);
        let outcomes: Vec<Outcome> = of_name.map(super::Context::outcome).collect();
        let is = if outcomes.is_empty() {
            "is expected"
        } else if outcomes.contains(&Outcome::Failure) {
            "is failing"
        } else if outcomes.contains(&Outcome::Pending) {
            "is pending"
        } else {
            continue;
        };
        why.push(format!("Required status check \"{name}\" {is}."));
    }
    if !why.is_empty() {
        return Ok(Standing { state: MergeState::Blocked, why });
    }
    if repository.settings.strict_checks && !store.is_fast_forward(base, head)? {
        let behind = "The head branch is not up to date with the base branch.";
        return Ok(Standing::new(MergeState::Behind, behind));
    }
    let state = match rollup(&contexts) {
        Some(Outcome::Failure | Outcome::Pending) => MergeState::Unstable,
        _ => MergeState::Clean,
    };
    Ok(Standing { state, why: Vec::new() })
}

/// Returns the merge status as clients see it: unknown for a while after something moved.
pub(in crate::sandbox) fn told(
    repository: &Repository,
    store: &Store,
    pull: &Pull,
    now: f64,
) -> Answer<MergeState> {
    let base = store.branch(&pull.base)?.map(|base| base.to_string());
    let ends = [Some(pull.head_sha.as_str()), base.as_deref()];
    let moved = ends.into_iter().flatten().filter_map(|sha| repository.head_since(sha));
    let moved = moved.fold(0.0, f64::max);
    if now < moved + repository.settings.mergeable_after {
        return Ok(MergeState::Unknown);
    }
    Ok(standing(repository, store, pull, now)?.state)
}

/// Returns which reviews a pull request lacks.
fn unreviewed(repository: &Repository, pull: &Pull) -> Vec<String> {
    let wanted = repository.settings.approvals_of(&pull.base);
    if wanted == 0 {
        return Vec::new();
    }
    let opinions = latest(pull);
    let count = |state| opinions.iter().filter(|review| review.state == state).count() as u64;
    if count(ReviewState::ChangesRequested) > 0 {
        return vec!["Changes have been requested by reviewers with write access.".to_owned()];
    }
    if count(ReviewState::Approved) < wanted {
        let (noun, is) = if wanted == 1 { ("review", "is") } else { ("reviews", "are") };
        return vec![format!(
            "At least {wanted} approving {noun} {is} required by reviewers with write access."
        )];
    }
    Vec::new()
}

impl World {
    /// Merges a pull request; returns the new commit on its base.
    pub(in crate::sandbox) fn merge(
        &mut self,
        id: RepositoryId,
        number: u64,
        how: &How,
        by: &Identity,
    ) -> Answer<Oid> {
        let (now, seconds) = (self.now, self.seconds());
        let repository = self.repository(id)?;
        let pull = repository.pull(number).ok_or_else(Refusal::not_found)?.clone();
        let store = repository.store()?;
        how.method.permitted(repository)?;
        let standing = standing(repository, &store, &pull, now)?;
        if !standing.may_merge() {
            return Err(Refusal::new(405, standing.why.join(" ")));
        }
        let not = || Refusal::new(405, "Pull Request is not mergeable");
        let base = store.branch(&pull.base)?.ok_or_else(not)?;
        let head = Oid::from_str(&pull.head_sha)?;
        let mut commits = store.ahead(base, head)?;
        commits.reverse();
        let who = by.at(seconds);
        let made = match how.method {
            Method::Rebase => {
                let conflict = || Refusal::new(405, "This branch can't be rebased");
                store.rebased(base, &commits, &who)?.ok_or_else(conflict)?
            }
            method => {
                let squashed = method == Method::Squash;
                let source = self.repository(pull.head_repository)?;
                let message = if squashed {
                    squash_message(&store, &pull, &commits, how)?
                } else {
                    merge_message(source, &pull, how)
                };
                let parents = if squashed { vec![base] } else { vec![base, head] };
                let tree = store.merged_tree(base, head)?.ok_or_else(not)?;
                let (author, committer) = (who.clone(), who);
                store.create_commit(&Changes { tree, parents, message, author, committer })?
            }
        };
        store.set_reference(&format!("refs/heads/{}", pull.base), made)?;
        let deletes = repository.settings.delete_branch_on_merge;
        let found = self.repository_mut(id)?.pull_mut(number).ok_or_else(Refusal::not_found)?;
        found.close_merged(&made.to_string(), &by.login, seconds);
        if deletes && pull.head_repository == id && store.branch(&pull.head)? == Some(head) {
            store.delete_reference(&format!("refs/heads/{}", pull.head))?;
            self.branch_deleted(id, &pull.head, &by.login);
        }
        self.branch_moved(id, &pull.base, &made.to_string(), &by.login);
        Ok(made)
    }

    /// Merges the pull requests with auto-merge whose requirements are met.
    pub(in crate::sandbox) fn merge_what_waits(&mut self) {
        let mut due = Vec::new();
        for repository in self.repositories.values() {
            let waiting = repository.pulls.iter().filter(|pull| pull.auto_merge.is_some());
            for pull in waiting {
                let Ok(store) = repository.store() else { continue };
                let standing = standing(repository, &store, pull, self.now);
                // Checks that are not required are not waited for.
                if standing.is_ok_and(|standing| standing.may_merge()) {
                    due.push((repository.id, pull.number, pull.auto_merge.clone()));
                }
            }
        }
        for (id, number, auto) in due {
            if let Some(AutoMerge { how, by, .. }) = auto {
                // If another merge made this one impossible, it stays pending, as on GitHub.
                let _ = self.merge(id, number, &how, &by);
            }
        }
    }
}

fn merge_message(source: &Repository, pull: &Pull, how: &How) -> String {
    let title = how.title.clone().unwrap_or_else(|| {
        format!("Merge pull request #{} from {}/{}", pull.number, source.owner, pull.head)
    });
    joined(&title, how.message.as_ref().unwrap_or(&pull.title))
}

fn squash_message(store: &Store, pull: &Pull, commits: &[Oid], how: &How) -> Answer<String> {
    let messages: Vec<String> =
        commits.iter().map(|id| Ok(store.commit(*id)?.message)).collect::<Answer<Vec<_>>>()?;
    let (title, body) = match messages.as_slice() {
        // For a single commit, GitHub uses its message.
        [only] => {
            let (title, body) = only.split_once('\n').unwrap_or((only, ""));
            (title.to_owned(), body.trim().to_owned())
        }
        all => {
            let lines = all.iter().map(|message| format!("* {}\n\n", message.trim()));
            (pull.title.clone(), lines.collect::<String>().trim().to_owned())
        }
    };
    let title = how.title.clone().unwrap_or_else(|| format!("{title} (#{})", pull.number));
    Ok(joined(&title, how.message.as_ref().unwrap_or(&body)))
}

fn joined(title: &str, body: &str) -> String {
    if body.is_empty() { title.to_owned() } else { format!("{title}\n\n{body}") }
}
