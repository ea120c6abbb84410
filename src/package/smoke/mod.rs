//! Tests a wheel in a fresh environment: every module is imported, entry points are loaded, invariants evaluated.
//!
//! From a wheel and what must hold for it (`smoke` in package.yaml), produces one [`Outcome`] for each task. A small
//! program (`driver.py`) does the work with the Python of that environment; each module is imported in a process of its
//! own. Which outcome is a finding is for `checks::smoke` to decide.
//!
//! Imported code is untrusted: it gets a home of its own, no credentials, and a time limit. It is not sandboxed:
//! smoking a wheel takes as much trust as installing it. The installer is the user's own, with the user's home and
//! proxies; [`environment`] says what it gets, and why it builds no sdist unless allowed to.

pub mod contents;
pub mod environment;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::description::Smoke;
use contents::Contents;

/// The program that runs the tasks.
pub(crate) const DRIVER: &str = include_str!("driver.py");

/// The program that ends the others if this process is killed.
pub(crate) const TETHER: &str = include_str!("tether.py");

/// A task to run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "what", rename_all_fields = "snake_case")]
pub enum Task {
    /// Imports a module.
    #[serde(rename = "module")]
    Module {
        /// Its dotted name.
        module: String,
    },
    /// Loads an entry point.
    #[serde(rename = "entry point")]
    EntryPoint {
        /// Its group: `console_scripts`.
        group: String,
        /// Its name.
        name: String,
        /// The module.
        module: String,
        /// The attribute; empty for the module itself.
        attribute: String,
        /// Whether users call it.
        callable: bool,
    },
    /// Evaluates an invariant.
    #[serde(rename = "invariant")]
    Invariant {
        /// Its description.
        name: String,
        /// The expression.
        expression: String,
    },
}

/// A module that is not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its dotted name.
    pub module: String,
    /// The reason.
    pub reason: String,
}

/// The tasks for a wheel.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The package that invariants are about.
    pub package: String,
    /// The top-level names of the wheel.
    pub roots: BTreeSet<String>,
    /// The tasks, in order.
    pub tasks: Vec<Task>,
    /// The modules that are left out.
    pub skipped: Vec<Skipped>,
    /// Entries of `smoke.skip` that are not modules of the wheel.
    pub unknown: Vec<String>,
    /// Environment variables that imports need.
    pub environment: BTreeMap<String, String>,
}

impl Plan {
    /// Creates the plan for a wheel with these contents.
    #[must_use]
    pub fn new(contents: &Contents, package: Option<&str>, smoke: &Smoke) -> Self {
        let mut tasks = Vec::new();
        let mut skipped = Vec::new();
        for module in &contents.modules {
            let is_program = module.rsplit('.').next() == Some("__main__");
            let reason = match smoke.skip.get(module) {
                Some(reason) => Some(reason.clone()),
                None => is_program.then(|| "it is a program that is run, not imported".to_owned()),
            };
            let module = module.clone();
            match reason {
                Some(reason) => skipped.push(Skipped { module, reason }),
                None => tasks.push(Task::Module { module }),
            }
        }
        tasks.extend(contents.entry_points.iter().cloned());
        tasks.extend(smoke.invariants.iter().map(|(name, expression)| Task::Invariant {
            name: name.clone(),
            expression: expression.clone(),
        }));
        let is_known = |module: &&String| contents.modules.contains(*module);
        let package = package.map(str::to_owned).or_else(|| contents.roots.first().cloned());
        Self {
            package: package.unwrap_or_default(),
            roots: contents.roots.clone(),
            tasks,
            skipped,
            unknown: smoke.skip.keys().filter(|module| !is_known(module)).cloned().collect(),
            environment: smoke.environment.clone(),
        }
    }

    /// The plan in the driver's format.
    pub(crate) fn to_json(&self, round: &Round, limit: Duration) -> serde_json::Value {
        let left = self.tasks.iter().enumerate().filter(|(id, _)| round.left.contains(id));
        let tasks = left.map(|(id, task)| {
            let mut value = serde_json::to_value(task).unwrap_or_default();
            value["id"] = id.into();
            value
        });
        let modules: Vec<&str> = self
            .tasks
            .iter()
            .filter_map(|task| match task {
                Task::Module { module } => Some(module.as_str()),
                _ => None,
            })
            .collect();
        serde_json::json!({
            "package": self.package,
            "roots": self.roots,
            "modules": modules,
            "stubs": round.stubs,
            "alone": round.alone,
            "limit": limit.as_secs_f64(),
            "tasks": tasks.collect::<Vec<_>>(),
        })
    }
}

/// One run of the driver over the remaining tasks.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    /// The tasks without an outcome, by index in the plan.
    pub(crate) left: BTreeSet<usize>,
    /// Whether stubs replace missing modules.
    pub(crate) stubs: bool,
    /// Whether tasks run one at a time, so that the last one begun is the one that killed the driver.
    pub(crate) alone: bool,
}

impl Round {
    /// The round after one in which the driver was killed, and the outcome of the task that did it. No round if another
    /// one would not get any further.
    pub(crate) fn after(&self, told: &DriverReport) -> (Option<Self>, Option<Outcome>) {
        let mut left = self.left.clone();
        left.retain(|id| !told.outcomes.iter().any(|outcome| outcome.id == *id));
        let killer = told.begun.iter().rev().find(|id| left.contains(id)).copied();
        let outcome = match (self.alone, killer) {
            (true, Some(id)) => {
                left.remove(&id);
                let problem = Problem { kind: "watcher".to_owned(), message: String::new() };
                Some(Outcome { id, problem: Some(problem), ..Outcome::default() })
            }
            // The driver itself cannot be run.
            (true, None) => return (None, None),
            (false, _) => None,
        };
        let next = (!left.is_empty()).then(|| Self { left, alone: true, ..self.clone() });
        (next, outcome)
    }
}

/// A problem with a task.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// The exception's name, or `late`, `signal`, `exit`, `missing`, `false`, `watcher`.
    pub kind: String,
    /// The message.
    pub message: String,
}

/// The outcome of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Outcome {
    /// The task's index in the plan.
    pub id: usize,
    /// What went wrong; `None` if nothing did.
    pub problem: Option<Problem>,
    /// The place in the package: a file of the wheel and a line, counted from 1.
    pub frame: Option<(String, u32)>,
    /// The module that is not installed, if that is the problem.
    pub missing: Option<String>,
    /// Third-party packages that stubs replaced.
    #[serde(default)]
    pub stubbed: Vec<String>,
}

/// The output of the driver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DriverReport {
    /// Tasks that were begun, in order.
    pub(crate) begun: Vec<usize>,
    /// Outcomes of the tasks that ended.
    pub(crate) outcomes: Vec<Outcome>,
}

impl DriverReport {
    /// Parses the driver's lines. Invalid ones are skipped: their tasks have no outcome and count as not tried.
    #[must_use]
    pub(crate) fn read(lines: &str) -> Self {
        #[derive(Deserialize)]
        struct Begun {
            begun: usize,
        }
        let mut told = Self::default();
        for line in lines.lines() {
            if let Ok(Begun { begun }) = serde_json::from_str(line) {
                told.begun.push(begun);
            } else if let Ok(outcome) = serde_json::from_str(line) {
                told.outcomes.push(outcome);
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(modules: &[&str]) -> Contents {
        Contents {
            modules: modules.iter().map(|name| (*name).to_owned()).collect(),
            roots: BTreeSet::from(["acme".to_owned()]),
            ..Contents::default()
        }
    }

    #[test]
    fn what_is_skipped_has_a_reason_and_exists() {
        let contents = contents(&["acme", "acme.__main__", "acme.server"]);
        let smoke = Smoke {
            skip: BTreeMap::from([
                ("acme.server".to_owned(), "it listens".to_owned()),
                ("acme.gone".to_owned(), "once".to_owned()),
            ]),
            ..Smoke::default()
        };
        let plan = Plan::new(&contents, None, &smoke);
        assert_eq!(plan.tasks, [Task::Module { module: "acme".to_owned() }]);
        let skipped: Vec<&str> = plan.skipped.iter().map(|it| it.module.as_str()).collect();
        assert_eq!(skipped, ["acme.__main__", "acme.server"]);
        assert_eq!(plan.unknown, ["acme.gone"]);
        assert_eq!(plan.package, "acme");
    }

    #[test]
    fn what_kills_the_driver_is_found_by_trying_one_at_a_time() {
        let done = |id| Outcome { id, ..Outcome::default() };
        let first = Round { left: BTreeSet::from([0, 1, 2]), stubs: false, alone: false };
        let told = DriverReport { begun: vec![0, 1], outcomes: vec![done(0)] };
        let (second, outcome) = first.after(&told);
        assert_eq!(outcome, None, "another one may have run beside it");
        let second = second.expect("a round");
        assert_eq!((second.left.clone(), second.alone), (BTreeSet::from([1, 2]), true));
        let (third, outcome) = second.after(&DriverReport { begun: vec![1], outcomes: Vec::new() });
        let outcome = outcome.expect("the one");
        assert_eq!((outcome.id, outcome.problem.expect("one").kind.as_str()), (1, "watcher"));
        let third = third.expect("a round");
        assert_eq!(third.left, BTreeSet::from([2]));
        assert!(third.after(&DriverReport::default()).0.is_none(), "nothing was begun at all");
        assert!(third.after(&DriverReport { begun: vec![2], outcomes: vec![done(2)] }).0.is_none());
    }

    #[test]
    fn a_line_that_is_cut_off_is_no_outcome() {
        let told = "{\"begun\": 0}\n{\"id\": 0, \"stubbed\": [\"httpx\"]}\n{\"id\": 1, \"problem\": {\"kind\": \
                    \"late\", \"message\": \"\"}, \"frame\": [\"a.py\", 3]}\n{\"id\": 2";
        let DriverReport { begun, outcomes } = DriverReport::read(told);
        assert_eq!((begun.len(), outcomes.len()), (1, 2));
        assert_eq!(outcomes[0].stubbed, ["httpx"]);
        assert_eq!(outcomes[1].frame, Some(("a.py".to_owned(), 3)));
    }
}
