//! Workflow runs, played by scripts: nothing is executed here.
//!
//! A [`Script`] says, for a workflow file and an event, through which statuses a run goes and when. A
//! run's status is computed from the clock, so that it is the same for every reader at a moment.

use std::collections::BTreeMap;

use super::Repository;
use super::workflow_file::WorkflowFile;
use crate::sandbox::index::Index;
use crate::sandbox::registry::Holds;

/// What starts a run.
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

/// What a run is to look like.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Script {
    /// The workflow's path, or its end.
    pub(in crate::sandbox) workflow: String,
    pub(in crate::sandbox) on: Trigger,
    /// How many times it is played before the next script of this workflow and event counts.
    pub(in crate::sandbox) times: Option<u32>,
    pub(in crate::sandbox) stages: Vec<Stage>,
    pub(in crate::sandbox) jobs: Vec<String>,
    /// What a rerun of failed jobs ends with.
    pub(in crate::sandbox) rerun: String,
    /// An image that is there once the run has succeeded.
    pub(in crate::sandbox) publishes: Option<Image>,
}

/// An image that a run publishes.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Image {
    pub(in crate::sandbox) package: String,
    pub(in crate::sandbox) tags: Vec<String>,
    pub(in crate::sandbox) public: bool,
    pub(in crate::sandbox) labels: BTreeMap<String, String>,
    pub(in crate::sandbox) installs: Option<Installs>,
}

/// A distribution of the package index that an image has installed.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Installs {
    pub(in crate::sandbox) distribution: String,
    /// The key of a dispatch's payload that names its version.
    pub(in crate::sandbox) payload: Option<String>,
    /// The label that says its version.
    pub(in crate::sandbox) label: Option<String>,
}

impl Image {
    /// What a build of it holds: the version that is asked for installed, or else the newest. `None` when the index
    /// has none to install.
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

/// A status, from a moment after the start on.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Stage {
    pub(in crate::sandbox) after: f64,
    /// `queued`, `in_progress`, `completed`, …
    pub(in crate::sandbox) status: String,
    pub(in crate::sandbox) conclusion: Option<String>,
}

/// What a run was started by.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Started {
    pub(in crate::sandbox) on: Trigger,
    pub(in crate::sandbox) branch: String,
    pub(in crate::sandbox) sha: String,
    pub(in crate::sandbox) actor: String,
    pub(in crate::sandbox) title: String,
    pub(in crate::sandbox) pull: Option<u64>,
    /// What a dispatch carried.
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
    /// Whether the image is there.
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

    pub(in crate::sandbox) fn has_failed(&self) -> bool {
        self.status == "completed" && self.conclusion.as_deref() != Some("success")
    }

    /// Ends otherwise than its script says: what it was to publish cannot be built.
    pub(super) fn fail(&mut self) {
        let failure = Some("failure".to_owned());
        if let Some(last) = self.stages.last_mut() {
            last.conclusion.clone_from(&failure);
        }
        self.conclusion = failure;
    }

    /// The version of what its image installs, as its dispatch named it.
    pub(super) fn dispatched_version(&self) -> Option<&str> {
        let key = self.publishes.as_ref()?.installs.as_ref()?.payload.as_deref()?;
        self.started.payload.as_ref()?.get(key)?.as_str()
    }

    /// Starts the failed jobs again.
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

/// The script that plays a workflow for an event; one that is used up makes room for the next.
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
