//! Checks of commits: reported ones, the jobs of runs, and those that a seed simulates.
//!
//! Simulated checks are computed from the clock, so that every reader sees the same at a given
//! time.

use std::collections::BTreeMap;

use super::Repository;

/// The checks of a repository.
#[derive(Clone, Debug, Default)]
pub(in crate::sandbox) struct Checks {
    pub(in crate::sandbox) runs: Vec<CheckRun>,
    pub(in crate::sandbox) statuses: Vec<Status>,
    pub(in crate::sandbox) scripts: Vec<CheckScript>,
    /// Since when a commit has been a head, and whether of the default branch.
    heads: BTreeMap<String, (f64, bool)>,
}

/// A check that an App reported.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct CheckRun {
    pub(in crate::sandbox) id: u64,
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) sha: String,
    /// `queued`, `in_progress` or `completed`.
    pub(in crate::sandbox) status: String,
    pub(in crate::sandbox) conclusion: Option<String>,
    pub(in crate::sandbox) details: Option<String>,
    pub(in crate::sandbox) started: i64,
}

/// A reported status.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Status {
    pub(in crate::sandbox) id: u64,
    pub(in crate::sandbox) context: String,
    pub(in crate::sandbox) sha: String,
    /// `error`, `failure`, `pending` or `success`.
    pub(in crate::sandbox) state: String,
    pub(in crate::sandbox) description: Option<String>,
    pub(in crate::sandbox) target: Option<String>,
    pub(in crate::sandbox) by: String,
    pub(in crate::sandbox) created: i64,
}

/// A check that every new head gets.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct CheckScript {
    pub(in crate::sandbox) name: String,
    /// Its conclusion; `None` if it never ends.
    pub(in crate::sandbox) conclusion: Option<String>,
    /// Its conclusion on the default branch.
    pub(in crate::sandbox) base: Option<String>,
    pub(in crate::sandbox) seconds: f64,
    /// Whether it is a status rather than a check.
    pub(in crate::sandbox) is_status: bool,
}

/// The progress of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Outcome {
    Pending,
    Success,
    Failure,
}

/// A check or a status of a commit, whatever its origin.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Context {
    pub(in crate::sandbox) id: u64,
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) is_status: bool,
    /// For a check as in [`CheckRun`]; for a status its state.
    pub(in crate::sandbox) status: String,
    pub(in crate::sandbox) conclusion: Option<String>,
    pub(in crate::sandbox) description: Option<String>,
    pub(in crate::sandbox) target: Option<String>,
    pub(in crate::sandbox) started: i64,
}

impl Context {
    pub(in crate::sandbox) fn outcome(&self) -> Outcome {
        let word = match (self.is_status, self.status.as_str()) {
            (true, state) => state,
            (false, "completed") => self.conclusion.as_deref().unwrap_or_default(),
            (false, _) => return Outcome::Pending,
        };
        match word {
            "success" | "neutral" | "skipped" => Outcome::Success,
            "pending" | "expected" => Outcome::Pending,
            _ => Outcome::Failure,
        }
    }
}

/// Combines all checks of a commit; `None` if there are none.
pub(in crate::sandbox) fn rollup(contexts: &[Context]) -> Option<Outcome> {
    let has = |outcome| contexts.iter().any(|context| context.outcome() == outcome);
    let all = [Outcome::Failure, Outcome::Pending, Outcome::Success];
    all.into_iter().find(|outcome| has(*outcome))
}

impl Repository {
    /// Records that a commit has become the head of a branch.
    pub(in crate::sandbox) fn became_head(&mut self, branch: &str, sha: &str, now: f64) {
        let base = branch == self.default_branch;
        let entry = self.checks.heads.entry(sha.to_owned()).or_insert((now, base));
        if base && !entry.1 {
            *entry = (now, true);
        }
    }

    /// Returns since when a commit has been a head, if known.
    pub(in crate::sandbox) fn head_since(&self, sha: &str) -> Option<f64> {
        self.checks.heads.get(sha).map(|(since, _)| *since)
    }

    /// Returns the checks and statuses of a commit at a point in time.
    pub(in crate::sandbox) fn contexts(&self, sha: &str, now: f64) -> Vec<Context> {
        let mut found: Vec<Context> = self.jobs(sha);
        found.extend(self.played(sha, now));
        let checks = &self.checks;
        for run in checks.runs.iter().filter(|run| run.sha == sha) {
            found.retain(|other| other.is_status || other.name != run.name);
            found.push(Context {
                id: run.id,
                name: run.name.clone(),
                is_status: false,
                status: run.status.clone(),
                conclusion: run.conclusion.clone(),
                description: None,
                target: run.details.clone(),
                started: run.started,
            });
        }
        for status in checks.statuses.iter().filter(|status| status.sha == sha) {
            found.retain(|other| !other.is_status || other.name != status.context);
            found.push(Context {
                id: status.id,
                name: status.context.clone(),
                is_status: true,
                status: status.state.clone(),
                conclusion: None,
                description: status.description.clone(),
                target: status.target.clone(),
                started: status.created,
            });
        }
        found
    }

    /// Returns the jobs of the newest runs of each workflow, which GitHub shows as checks.
    fn jobs(&self, sha: &str) -> Vec<Context> {
        let of_commit = || self.runs.iter().filter(|run| run.started.sha == sha);
        let is_newest = |id: u64, path: &str, event: &str| {
            let same =
                |run: &&super::Run| run.workflow.path == path && run.started.on.event() == event;
            of_commit().rfind(same).is_some_and(|run| run.id == id)
        };
        let mut found = Vec::new();
        for run in of_commit() {
            if !is_newest(run.id, &run.workflow.path, run.started.on.event()) {
                continue;
            }
            found.extend(run.jobs.iter().map(|(id, name)| Context {
                id: *id,
                name: name.clone(),
                is_status: false,
                status: run.status.clone(),
                conclusion: run.conclusion.clone(),
                description: None,
                target: None,
                started: whole(run.began),
            }));
        }
        found
    }

    fn played(&self, sha: &str, now: f64) -> Vec<Context> {
        let Some((since, base)) = self.checks.heads.get(sha) else { return Vec::new() };
        let scripts = self.checks.scripts.iter();
        let context = |script: &CheckScript| {
            let end = if *base { &script.base } else { &script.conclusion };
            let end = end.clone().filter(|_| now >= since + script.seconds);
            let status = match (script.is_status, &end) {
                (true, Some(end)) => end.clone(),
                (true, None) => "pending".to_owned(),
                (false, Some(_)) => "completed".to_owned(),
                (false, None) => "in_progress".to_owned(),
            };
            Context {
                id: number(sha, &script.name),
                name: script.name.clone(),
                is_status: script.is_status,
                status,
                conclusion: end.filter(|_| !script.is_status),
                description: None,
                target: None,
                started: whole(*since),
            }
        };
        scripts.map(context).collect()
    }
}

/// Rounds a time down to whole seconds.
fn whole(seconds: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "times are small")]
    let whole = seconds.floor() as i64;
    whole
}

/// Returns a number that is stable for a check of a commit.
fn number(sha: &str, name: &str) -> u64 {
    let [a, b, c, d, ..] = sha1_smol::Sha1::from(format!("{sha}/{name}")).digest().bytes();
    u64::from(u32::from_be_bytes([a, b, c, d]))
}
