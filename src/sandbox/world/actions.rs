//! Workflow runs, played by scripts: nothing is executed here.
//!
//! A [`Script`] says, for a workflow file and an event, through which statuses a run goes and when. A
//! run's status is computed from the clock, so that it is the same for every reader at a moment.

use super::Repository;

/// What starts a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    Push,
    PullRequest,
    /// `repository_dispatch`, of one type or of any.
    Dispatch(Option<String>),
}

impl Trigger {
    pub(crate) fn event(&self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::PullRequest => "pull_request",
            Self::Dispatch(_) => "repository_dispatch",
        }
    }
}

/// What a run is to look like.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// The workflow's path, or its end.
    pub(crate) workflow: String,
    pub(crate) on: Trigger,
    /// How many times it is played before the next script of this workflow and event counts.
    pub(crate) times: Option<u32>,
    pub(crate) stages: Vec<Stage>,
    pub(crate) jobs: Vec<String>,
    /// What a rerun of failed jobs ends with.
    pub(crate) rerun: String,
    /// An image that is there once the run has succeeded.
    pub(crate) publishes: Option<Image>,
}

/// An image that a run publishes.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    pub(crate) package: String,
    pub(crate) tags: Vec<String>,
    pub(crate) public: bool,
}

/// A status, from a moment after the start on.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) after: f64,
    /// `queued`, `in_progress`, `completed`, …
    pub(crate) status: String,
    pub(crate) conclusion: Option<String>,
}

/// What a run was started by.
#[derive(Clone, Debug)]
pub(crate) struct Started {
    pub(crate) on: Trigger,
    pub(crate) branch: String,
    pub(crate) sha: String,
    pub(crate) actor: String,
    pub(crate) title: String,
    pub(crate) pull: Option<u64>,
}

/// A run of a workflow.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) id: u64,
    pub(crate) number: u64,
    pub(crate) attempt: u64,
    pub(crate) workflow: Workflow,
    pub(crate) started: Started,
    pub(crate) created: f64,
    /// When this attempt began.
    pub(crate) began: f64,
    pub(crate) stages: Vec<Stage>,
    pub(crate) jobs: Vec<(u64, String)>,
    pub(crate) rerun: String,
    pub(crate) status: String,
    pub(crate) conclusion: Option<String>,
    pub(crate) updated: f64,
    pub(crate) publishes: Option<Image>,
    /// Whether the image is there.
    pub(crate) published: bool,
}

/// A workflow file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Workflow {
    pub(crate) id: u64,
    pub(crate) path: String,
    pub(crate) name: String,
}

impl Run {
    /// The stage of this attempt at a moment.
    fn advance(&mut self, now: f64) {
        let reached = self.stages.iter().rev().find(|stage| self.began + stage.after <= now);
        let Some(stage) = reached else { return };
        if stage.status != self.status || stage.conclusion != self.conclusion {
            self.status.clone_from(&stage.status);
            self.conclusion.clone_from(&stage.conclusion);
            self.updated = self.began + stage.after;
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.status == "completed" && self.conclusion.as_deref() != Some("success")
    }

    /// Starts the failed jobs again.
    pub(crate) fn rerun(&mut self, now: f64) {
        self.attempt += 1;
        self.began = now;
        let conclusion = Some(self.rerun.clone());
        let middle = self.stages.last().map_or(0.0, |stage| stage.after);
        self.stages = vec![
            Stage { after: 0.0, status: "queued".to_owned(), conclusion: None },
            Stage { after: middle, status: "completed".to_owned(), conclusion },
        ];
        self.advance(now);
    }
}

impl Repository {
    pub(crate) fn advance_runs(&mut self, now: f64) {
        for run in &mut self.runs {
            run.advance(now);
        }
    }

    /// The script that plays a workflow for an event; one that is used up makes room for the next.
    pub(crate) fn take_script(&mut self, path: &str, on: &Trigger) -> Option<Script> {
        let script = self.scripts.iter_mut().find(|script| {
            script.times != Some(0)
                && path.ends_with(&script.workflow)
                && match (&script.on, on) {
                    (Trigger::Dispatch(wanted), Trigger::Dispatch(event)) => {
                        wanted.is_none() || wanted == event
                    }
                    (wanted, event) => wanted == event,
                }
        })?;
        if let Some(times) = &mut script.times {
            *times -= 1;
        }
        Some(script.clone())
    }
}
