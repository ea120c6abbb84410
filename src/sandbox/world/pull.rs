//! Pull requests.

use super::RepositoryId;
use super::merging::AutoMerge;
use super::reviews::{Comment, Review};

/// The state of a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum PullState {
    Open,
    Closed,
    Merged,
}

/// A pull request.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Pull {
    pub(in crate::sandbox) id: u64,
    pub(in crate::sandbox) number: u64,
    pub(in crate::sandbox) title: String,
    pub(in crate::sandbox) body: Option<String>,
    pub(in crate::sandbox) state: PullState,
    pub(in crate::sandbox) draft: bool,
    pub(in crate::sandbox) author: String,
    /// The repository of the head branch.
    pub(in crate::sandbox) head_repository: RepositoryId,
    pub(in crate::sandbox) head: String,
    /// The last known commit of the head branch.
    pub(in crate::sandbox) head_sha: String,
    pub(in crate::sandbox) base: String,
    pub(in crate::sandbox) base_sha: String,
    /// The names of its labels.
    pub(in crate::sandbox) labels: Vec<String>,
    pub(in crate::sandbox) reviewers: Vec<String>,
    pub(in crate::sandbox) team_reviewers: Vec<String>,
    pub(in crate::sandbox) created: i64,
    pub(in crate::sandbox) updated: i64,
    pub(in crate::sandbox) closed: Option<i64>,
    pub(in crate::sandbox) merged: Option<i64>,
    pub(in crate::sandbox) merge_commit: Option<String>,
    pub(in crate::sandbox) maintainer_can_modify: bool,
    pub(in crate::sandbox) reviews: Vec<Review>,
    pub(in crate::sandbox) comments: Vec<Comment>,
    pub(in crate::sandbox) auto_merge: Option<AutoMerge>,
    /// Its events, oldest first.
    pub(in crate::sandbox) events: Vec<Event>,
}

/// An event of a pull request.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Event {
    /// GitHub's name for it: `opened`, `synchronize`, `closed`, `reopened`, `merged`, `submitted`,
    /// …
    pub(in crate::sandbox) what: &'static str,
    pub(in crate::sandbox) by: String,
    pub(in crate::sandbox) at: i64,
}

impl Pull {
    /// Creates a pull request without texts, from one branch to another.
    pub(in crate::sandbox) fn opened(
        (id, number): (u64, u64),
        author: &str,
        (head_repository, head, head_sha): (RepositoryId, &str, git2::Oid),
        (base, base_sha): (&str, git2::Oid),
        now: i64,
    ) -> Self {
        Self {
            id,
            number,
            title: String::new(),
            body: None,
            state: PullState::Open,
            draft: false,
            author: author.to_owned(),
            head_repository,
            head: head.to_owned(),
            head_sha: head_sha.to_string(),
            base: base.to_owned(),
            base_sha: base_sha.to_string(),
            labels: Vec::new(),
            reviewers: Vec::new(),
            team_reviewers: Vec::new(),
            created: now,
            updated: now,
            closed: None,
            merged: None,
            merge_commit: None,
            maintainer_can_modify: false,
            reviews: Vec::new(),
            comments: Vec::new(),
            auto_merge: None,
            events: vec![Event { what: "opened", by: author.to_owned(), at: now }],
        }
    }

    /// Records an event.
    pub(in crate::sandbox) fn note(&mut self, what: &'static str, by: &str, now: i64) {
        self.events.push(Event { what, by: by.to_owned(), at: now });
        self.updated = now;
    }

    /// Closes it without merging.
    pub(in crate::sandbox) fn close(&mut self, by: &str, now: i64) {
        self.state = PullState::Closed;
        self.closed = Some(now);
        self.auto_merge = None;
        self.note("closed", by, now);
    }

    /// Closes it as merged.
    pub(in crate::sandbox) fn close_merged(&mut self, commit: &str, by: &str, now: i64) {
        self.state = PullState::Merged;
        self.closed = Some(now);
        self.merged = Some(now);
        self.merge_commit = Some(commit.to_owned());
        self.auto_merge = None;
        self.note("merged", by, now);
    }

    /// Returns the last event of a kind.
    pub(in crate::sandbox) fn last(&self, what: &str) -> Option<&Event> {
        self.events.iter().rev().find(|event| event.what == what)
    }

    pub(in crate::sandbox) fn node_id(&self) -> String {
        format!("PR_{}", self.id)
    }

    pub(in crate::sandbox) fn is_open(&self) -> bool {
        self.state == PullState::Open
    }
}
