//! Workflow runs, simulated by scripts: nothing is executed.
//!
//! For a workflow file and an event, a [`Script`] defines the statuses of a run and their times.
//! The status of a run is computed from the clock, so that every reader sees the same at a given
//! time.

use std::collections::BTreeMap;

use super::Repository;
use super::workflow_file::WorkflowFile;
use crate::sandbox::index::Index;
use crate::sandbox::registry::Holds;

/// The event that starts a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Trigger {
    Push,
    PullRequest,
    /// `repository_dispatch`, of one type or of any.
    Dispatch(Option<String>),
}

impl Trigger {
    pub(in crate::sandbox) fn event(&self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::PullRequest => "pull_request",
            Self::Dispatch(_) => "repository_dispatch",
        }
    }
}

/// A script for runs.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Script {
    /// The workflow's path, or its end.
    pub(in crate::sandbox) workflow: String,
    pub(in crate::sandbox) on: Trigger,
    /// How many runs use it, before the next script of this workflow and event does.
    pub(in crate::sandbox) times: Option<u32>,
    pub(in crate::sandbox) stages: Vec<Stage>,
    pub(in crate::sandbox) jobs: Vec<String>,
    /// The conclusion of a rerun of failed jobs.
    pub(in crate::sandbox) rerun: String,
    /// The image that exists once the run has succeeded.
    pub(in crate::sandbox) publishes: Option<Image>,
}

/// An image published by a run.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Image {
    pub(in crate::sandbox) package: String,
    pub(in crate::sandbox) tags: Vec<String>,
    pub(in crate::sandbox) public: bool,
    pub(in crate::sandbox) labels: BTreeMap<String, String>,
    pub(in crate::sandbox) installs: Option<Installs>,
}

/// A distribution of the package index that is installed in an image.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Installs {
    pub(in crate::sandbox) distribution: String,
    /// The key of a dispatch's payload that contains its version.
    pub(in crate::sandbox) payload: Option<String>,
    /// The label that states its version.
    pub(in crate::sandbox) label: Option<String>,
}

impl Image {
    /// Builds the content of the image, with the requested or else the newest version installed.
    /// Returns `None` if the index has no such version.
    pub(in crate::sandbox) fn built(&self, index: &Index, version: Option<&str>) -> Option<Holds> {
        let mut holds = Holds::labelled(&self.labels);
        if let Some(Installs { distribution, label, .. }) = &self.installs {
            let (version, wheel) = index.wheel(distribution, version)?;
            holds.install(wheel)?;
            if let Some(label) = label {
                holds.labels.insert(label.clone(), version.to_owned());
            }
        }
        Some(holds)
    }
}

/// A status, from some time after the start.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Stage {
    pub(in crate::sandbox) after: f64,
    /// `queued`, `in_progress`, `completed`, …
    pub(in crate::sandbox) status: String,
    pub(in crate::sandbox) conclusion: Option<String>,
}

/// What started a run.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Started {
    pub(in crate::sandbox) on: Trigger,
    pub(in crate::sandbox) branch: String,
    pub(in crate::sandbox) sha: String,
    pub(in crate::sandbox) actor: String,
    pub(in crate::sandbox) title: String,
    pub(in crate::sandbox) pull: Option<u64>,
    /// The payload of a dispatch.
    pub(in crate::sandbox) payload: Option<serde_json::Value>,
}

/// A run of a workflow.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Run {
    pub(in crate::sandbox) id: u64,
    pub(in crate::sandbox) number: u64,
    pub(in crate::sandbox) attempt: u64,
    pub(in crate::sandbox) workflow: Workflow,
    pub(in crate::sandbox) started: Started,
    pub(in crate::sandbox) created: f64,
    /// When this attempt began.
    pub(in crate::sandbox) began: f64,
    pub(in crate::sandbox) stages: Vec<Stage>,
    pub(in crate::sandbox) jobs: Vec<(u64, String)>,
    pub(in crate::sandbox) rerun: String,
    pub(in crate::sandbox) status: String,
    pub(in crate::sandbox) conclusion: Option<String>,
    pub(in crate::sandbox) updated: f64,
    pub(in crate::sandbox) publishes: Option<Image>,
    /// Whether the image has been published.
    pub(in crate::sandbox) published: bool,
}

/// A workflow file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Workflow {
    pub(in crate::sandbox) id: u64,
    pub(in crate::sandbox) path: String,
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) file: WorkflowFile,
}

impl Run {
    /// Updates the status of this attempt to a point in time.
    fn advance(&mut self, now: f64) {
        let reached = self.stages.iter().rev().find(|stage| self.began + stage.after <= now);
        let Some(stage) = reached else { return };
        if stage.status != self.status || stage.conclusion != self.conclusion {
            self.status.clone_from(&stage.status);
            self.conclusion.clone_from(&stage.conclusion);
            self.updated = self.began + stage.after;
        }
    }

    pub(in crate::sandbox) fn has_failed(&self) -> bool {
        self.status == "completed" && self.conclusion.as_deref() != Some("success")
    }

    /// Fails despite the script, because the image to publish cannot be built.
    pub(super) fn fail(&mut self) {
        let failure = Some("failure".to_owned());
        if let Some(last) = self.stages.last_mut() {
            last.conclusion.clone_from(&failure);
        }
        self.conclusion = failure;
    }

    /// Returns the version to install in its image, as given by the dispatch.
    pub(super) fn dispatched_version(&self) -> Option<&str> {
        let key = self.publishes.as_ref()?.installs.as_ref()?.payload.as_deref()?;
        self.started.payload.as_ref()?.get(key)?.as_str()
    }

    /// Reruns the failed jobs.
    pub(in crate::sandbox) fn rerun(&mut self, now: f64) {
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
    pub(in crate::sandbox) fn advance_runs(&mut self, now: f64) {
        for run in &mut self.runs {
            run.advance(now);
        }
    }
}

/// Returns the script for a workflow and an event; one that is used up gives way to the next.
pub(super) fn take_script(scripts: &mut [Script], path: &str, on: &Trigger) -> Option<Script> {
    let script = scripts.iter_mut().find(|script| {
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
