//! The status of a fleet's members, one row each.
//!
//! Answers of the forge, the registry and the shape are collected into a [`Status`], which is written as JSON too. What
//! could not be read is listed in the row's `unread`, so that it does not look fine. Requests and display are for
//! `cli`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::drift::RepositoryVerdict;
use crate::drift::worst::Need;
use crate::forge::ForgeError;
use crate::forge::calls::actions::Run;
use crate::registry::{Image, Refusal, RefusalKind};

/// Name and version of the document, see `schemas/status.schema.json`.
pub const SCHEMA: &str = "shipshape/status/1";

/// The status of a fleet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Status {
    /// Name and version of this form.
    pub schema: &'static str,
    /// When the report was made, RFC 3339 in UTC.
    pub generated_at: String,
    /// The selected members, by name unless they are sorted otherwise.
    pub members: Vec<Row>,
}

/// The status of one member. What is absent was not requested, or is listed in `unread`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Row {
    /// Its name in reports.
    pub name: String,
    /// Its repository on the forge.
    pub repository: String,
    /// Its owner in fleet.yaml: a team or a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The versions of the runtime package that it requires: `>=0.1.0`, or `any`; several if its places differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// Its image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageStanding>,
    /// Whether it is archived on the forge, and so read-only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_archived: bool,
    /// Whether fleet.yaml says that it is retired.
    #[serde(skip)]
    pub is_retired: bool,
    /// Its verdict against the shape.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<RepositoryVerdict>,
    /// Number of findings that no waiver covers, without remarks (`info`).
    pub findings: usize,
    /// How much it needs a person; `None` if it could not be judged.
    #[serde(skip)]
    pub need: Option<Need>,
    /// Number of open pull requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_pulls: Option<u64>,
    /// The latest workflow run on the default branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_run: Option<RunStanding>,
    /// Failed runs on the default branch without a later success of the same workflow.
    pub failed_runs: Vec<RunStanding>,
    /// What could not be read, with the reason, one line each.
    #[schemars(with = "Vec<String>")]
    pub unread: Vec<Unread>,
    /// Why the token keeps something from being read, if it does.
    #[serde(skip)]
    pub denied: Option<Denied>,
}

/// What could not be read of a member, with the reason, in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Unread {
    /// Its image: `the image …: …`.
    Image(String),
    /// Another thing: `the pin: …`.
    Thing(String),
    /// A sentence, which itself says what was not read or decided.
    Sentence(String),
}

impl Unread {
    /// Returns the line as reports contain it.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Image(text) | Self::Thing(text) | Self::Sentence(text) => text,
        }
    }
}

/// How a token keeps something from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denied {
    /// It may not see the repository, or that does not exist.
    Hidden,
    /// It lacks a permission.
    Permission,
}

/// An image in its registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImageStanding {
    /// Its name with its tag.
    pub name: String,
    /// The digest of the tag. Absent if there is no such image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// When it was created, according to its builder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
}

/// A run of a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunStanding {
    /// Its number.
    pub id: u64,
    /// Name of the workflow, or its file.
    pub workflow: String,
    /// The event that started it.
    pub event: String,
    /// `success`, `failure`, … once it has ended; otherwise `queued`, `in_progress`, ….
    pub outcome: String,
    /// When it started, RFC 3339.
    pub created: String,
    /// The URL of its page.
    pub page: String,
}

impl RunStanding {
    fn of(run: &Run) -> Self {
        let outcome = run.conclusion.clone().or_else(|| run.status.clone());
        let workflow = run.name.clone().filter(|name| !name.is_empty());
        Self {
            id: run.id,
            workflow: workflow.unwrap_or_else(|| run.path.clone()),
            event: run.event.clone(),
            outcome: outcome.unwrap_or_else(|| "unknown".to_owned()),
            created: run.created_at.clone(),
            page: run.html_url.clone(),
        }
    }
}

impl Row {
    /// Adds what could not be read of the forge, and why: of a repository that the token may not see, once. The reason
    /// is the same for all members with this cause.
    pub fn not_read(&mut self, what: &str, error: &ForgeError) {
        let thing = |why: String| Unread::Thing(format!("{what}: {why}"));
        let (denied, line) = match (error.of_permission(), error.out_of_sight()) {
            (Some(why), _) => (Some(Denied::Permission), thing(why)),
            (None, Some(why)) => (Some(Denied::Hidden), Unread::Sentence(why)),
            (None, None) => (None, thing(error.to_string())),
        };
        self.denied = self.denied.max(denied);
        if !self.unread.contains(&line) {
            self.unread.push(line);
        }
    }

    /// Adds workflow runs, which come newest first.
    pub fn ran(&mut self, runs: &[Run]) {
        self.last_run = runs.first().map(RunStanding::of);
        let mut seen: Vec<&str> = Vec::new();
        for run in runs {
            // Only the newest run of each workflow counts.
            if !seen.contains(&run.path.as_str()) {
                seen.push(&run.path);
                if run.is_over() && run.has_failed() {
                    self.failed_runs.push(RunStanding::of(run));
                }
            }
        }
    }

    /// Whether its image was asked for, and the registry's answer is not known.
    #[must_use]
    pub fn has_unread_image(&self) -> bool {
        self.image.is_none() && self.unread.iter().any(|it| matches!(it, Unread::Image(_)))
    }

    /// Adds the registry's answer about an image; a missing image is an answer too.
    pub fn has_image(&mut self, name: String, answered: Result<Image, Refusal>) {
        let (digest, created) = match answered {
            Ok(image) => (Some(image.digest), image.created),
            Err(refusal) if refusal.kind == RefusalKind::Absent => (None, None),
            Err(refusal) => {
                let line = format!("the image `{name}`: {}", refusal.why);
                self.unread.push(Unread::Image(line));
                return;
            }
        };
        self.image = Some(ImageStanding { name, digest, created });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(id: u64, path: &str, status: &str, conclusion: Option<&str>) -> Run {
        let run = serde_json::json!({
            "id": id, "path": path, "status": status, "conclusion": conclusion, "event": "push"
        });
        serde_json::from_value(run).expect("a run")
    }

    #[test]
    fn a_failure_that_was_followed_by_a_success_is_over() {
        let mut row = Row::default();
        row.ran(&[
            run(5, "ci.yml", "in_progress", None),
            run(4, "publish.yml", "completed", Some("failure")),
            run(3, "ci.yml", "completed", Some("failure")),
            run(2, "publish.yml", "completed", Some("success")),
            run(1, "scan.yml", "completed", Some("success")),
        ]);
        assert_eq!(
            row.last_run.map(|run| (run.id, run.outcome)),
            Some((5, "in_progress".to_owned()))
        );
        assert_eq!(row.failed_runs.iter().map(|run| run.id).collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn an_image_that_is_not_there_is_known_and_one_that_may_not_be_seen_is_not() {
        let refusal =
            |kind| Refusal { kind, image: "r/x".to_owned(), why: "it answered".to_owned() };
        let mut row = Row::default();
        row.has_image("r/x".to_owned(), Err(refusal(RefusalKind::Absent)));
        assert!(row.unread.is_empty() && row.image.as_ref().is_some_and(|it| it.digest.is_none()));
        let mut row = Row::default();
        row.has_image("r/x".to_owned(), Err(refusal(RefusalKind::Denied)));
        assert_eq!((row.image, row.unread.len()), (None, 1));
    }
}
