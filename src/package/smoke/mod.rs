//! A wheel in a fresh environment: every module imported, entry points loaded, invariants evaluated.
//!
//! In: a wheel, and what must hold of it (`smoke` of package.yaml). Out: [`Outcome`]s, one for each
//! thing that was tried. The work is done by a small program for the Python of that environment
//! (`driver.py`); each module is imported in a process of its own. Which outcome is a finding is for
//! `checks::smoke` to say.
//!
//! Imported code is a stranger's: it gets a home of its own, no credentials and a limit of time. It is
//! not locked up: who smokes a wheel trusts it as much as who installs it. The installer is the user's own
//! and has the user's home and proxies; [`environment`] says what it is given, and why it builds no sdist
//! unless told to.

pub mod contents;
pub mod environment;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::description::Smoke;
use contents::Contents;

/// The program that does the work.
pub(crate) const DRIVER: &str = include_str!("driver.py");

/// The program that ends the others when this process is killed.
pub(crate) const TETHER: &str = include_str!("tether.py");

/// One thing that is tried.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "what", rename_all_fields = "snake_case")]
pub enum Task {
    /// A module is imported.
    #[serde(rename = "module")]
    Module {
        /// Its dotted name.
        module: String,
    },
    /// An entry point is loaded.
    #[serde(rename = "entry point")]
    EntryPoint {
        /// `console_scripts`.
        group: String,
        /// The command's name.
        name: String,
        /// The module.
        module: String,
        /// What is taken of it; empty for the module itself.
        attribute: String,
        /// Whether it is called by its users.
        callable: bool,
    },
    /// An invariant is evaluated.
    #[serde(rename = "invariant")]
    Invariant {
        /// What it says.
        name: String,
        /// The expression.
        expression: String,
    },
}

/// A module that is not imported, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its dotted name.
    pub module: String,
    /// The reason.
    pub reason: String,
}

/// All that is tried with a wheel.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The package that invariants speak of.
    pub package: String,
    /// Top-level names that the wheel brings.
    pub roots: BTreeSet<String>,
    /// What is tried, in order.
    pub tasks: Vec<Task>,
    /// What is not.
    pub skipped: Vec<Skipped>,
    /// Entries of `smoke.skip` that are no modules of the wheel.
    pub unknown: Vec<String>,
    /// Variables that importing needs.
    pub environment: BTreeMap<String, String>,
}

impl Plan {
    /// What is tried with a wheel of these contents.
    #[must_use]
    pub fn new(contents: &Contents, package: Option<&str>, smoke: &Smoke) -> Self {
        let mut tasks = Vec::new();
        let mut skipped = Vec::new();
        for module in &contents.modules {
            let is_program = module.rsplit('.').next() == Some("__main__");
            let reason = match smoke.skip.get(module) {
                Some(reason) => Some(reason.clone()),
                None => {
                    is_program.then(|| "it is a program, to be run and not imported".to_owned())
                }
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

    /// The plan as the driver reads it.
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

/// One run of the driver over what is left to be tried.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    /// The tasks that have no outcome yet, by their places in the plan.
    pub(crate) left: BTreeSet<usize>,
    /// Whether stubs stand for what is missing.
    pub(crate) stubs: bool,
    /// One task at a time: whichever was begun last is the one that killed the driver.
    pub(crate) alone: bool,
}

impl Round {
    /// What comes behind a round that was broken off, with what is to be said of the task that did it;
    /// nothing when a further round would lead no further.
    pub(crate) fn after(&self, told: &Told) -> (Option<Self>, Option<Outcome>) {
        let mut left = self.left.clone();
        left.retain(|id| !told.outcomes.iter().any(|outcome| outcome.id == *id));
        let killer = told.begun.iter().rev().find(|id| left.contains(id)).copied();
        let outcome = match (self.alone, killer) {
            (true, Some(id)) => {
                left.remove(&id);
                let problem = Problem { kind: "watcher".to_owned(), message: String::new() };
                Some(Outcome { id, problem: Some(problem), ..Outcome::default() })
            }
            // The driver itself cannot run.
            (true, None) => return (None, None),
            (false, _) => None,
        };
        let next = (!left.is_empty()).then(|| Self { left, alone: true, ..self.clone() });
        (next, outcome)
    }
}

/// What kept something from being as it should.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// The exception's name, or `late`, `signal`, `exit`, `missing`, `false`, `watcher`.
    pub kind: String,
    /// What it says.
    pub message: String,
}

/// What became of one thing that was tried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Outcome {
    /// Which task, by its place in the plan.
    pub id: usize,
    /// What went wrong; nothing when all is well.
    pub problem: Option<Problem>,
    /// Where in the package: a file of the wheel and a line, from 1.
    pub frame: Option<(String, u32)>,
    /// The module that is not installed, when that is the problem.
    pub missing: Option<String>,
    /// Third-party packages that stubs stood for.
    #[serde(default)]
    pub stubbed: Vec<String>,
}

/// What the driver told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Tasks that it began, in order.
    pub(crate) begun: Vec<usize>,
    /// What became of those that came to an end.
    pub(crate) outcomes: Vec<Outcome>,
}

impl Told {
    /// Reads its lines. Those that are none are left out: their tasks have no outcome, and count as not tried.
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
        let told = Told { begun: vec![0, 1], outcomes: vec![done(0)] };
        let (second, outcome) = first.after(&told);
        assert_eq!(outcome, None, "another one may have run beside it");
        let second = second.expect("a round");
        assert_eq!((second.left.clone(), second.alone), (BTreeSet::from([1, 2]), true));
        let (third, outcome) = second.after(&Told { begun: vec![1], outcomes: Vec::new() });
        let outcome = outcome.expect("the one");
        assert_eq!((outcome.id, outcome.problem.expect("one").kind.as_str()), (1, "watcher"));
        let third = third.expect("a round");
        assert_eq!(third.left, BTreeSet::from([2]));
        assert!(third.after(&Told::default()).0.is_none(), "nothing was begun at all");
        assert!(third.after(&Told { begun: vec![2], outcomes: vec![done(2)] }).0.is_none());
    }

    #[test]
    fn a_line_that_is_cut_off_is_no_outcome() {
        let told = "{\"begun\": 0}\n{\"id\": 0, \"stubbed\": [\"httpx\"]}\n{\"id\": 1, \"problem\": {\"kind\": \"late\", \"message\": \"\"}, \"frame\": [\"a.py\", 3]}\n{\"id\": 2";
        let Told { begun, outcomes } = Told::read(told);
        assert_eq!((begun.len(), outcomes.len()), (1, 2));
        assert_eq!(outcomes[0].stubbed, ["httpx"]);
        assert_eq!(outcomes[1].frame, Some(("a.py".to_owned(), 3)));
    }
}
