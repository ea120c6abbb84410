//! The outcome of trying an image, as values and as JSON, and its evaluation. Pure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checks::smoke::in_words;
use crate::edge::terminal::visible_line;
use crate::images::engine::trial::Course;
use crate::package::smoke::{Outcome, Plan, Problem, Task};
use crate::source::secrets::masked;

/// Name and version of the document; see `schemas/images-smoke.schema.json`.
pub(super) const SCHEMA: &str = "shipshape/images-smoke/1";

/// Maximum number of problems to list; the total is counted.
const NAMED: usize = 100;

/// The result of trying an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Smoked {
    /// Name and version of this form.
    pub schema: &'static str,
    /// When the report was made, RFC 3339 in UTC.
    pub generated_at: String,
    /// The container engine and its address.
    pub engine: String,
    /// The image, as requested.
    pub image: String,
    /// The engine's id of its content.
    pub content: String,
    /// The version of the runtime package in its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The overall result.
    pub verdict: State,
    /// Whether it starts with its own command.
    pub boot: Step,
    /// Whether its modules can be imported.
    pub imports: Imports,
    /// Whether the program of `images.smoke.execute` succeeds.
    pub execute: Step,
}

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It works.
    Well,
    /// It does not work.
    Broken,
    /// It could not be tried.
    Unchecked,
    /// fleet.yaml does not define it.
    Undeclared,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    /// Its state.
    pub state: State,
    /// The reason, or what was observed, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The last lines of the container's output, if it does not work.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<String>,
}

/// The modules of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Imports {
    /// The result of all of them.
    pub state: State,
    /// Why nothing could be imported, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The version of the image's Python.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub python: Option<String>,
    /// Number of modules that were imported.
    pub imported: usize,
    /// Modules that were not imported, at most a hundred.
    pub problems: Vec<ModuleProblem>,
    /// Number of all modules that were not imported.
    pub failed: usize,
    /// Modules that fleet.yaml skips, and programs.
    pub skipped: Vec<ModuleProblem>,
}

/// A module with a problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ModuleProblem {
    /// Its name, with dots.
    pub module: String,
    /// The reason, in one line.
    pub why: String,
}

impl Step {
    pub(super) fn new(state: State, why: Option<String>) -> Self {
        Self { state, why: why.map(|why| line(&why)), said: Vec::new() }
    }

    pub(super) fn having_said(mut self, words: &[String]) -> Self {
        self.said = words.iter().map(|word| line(word)).collect();
        self
    }
}

impl Imports {
    pub(super) fn of(state: State, why: Option<String>) -> Self {
        Self {
            state,
            why: why.map(|why| line(&why)),
            python: None,
            imported: 0,
            problems: Vec::new(),
            failed: 0,
            skipped: Vec::new(),
        }
    }
}

/// Sanitizes text from a container: one line of limited length, without terminal escapes or credentials.
pub(super) fn line(text: &str) -> String {
    let short: String = text.trim().chars().take(600).collect();
    visible_line(&masked(&short))
}

/// Evaluates how a container started.
pub(super) fn boot(course: Course, ends: bool, seconds: u32) -> Step {
    let (state, why) = match (course, ends) {
        (Course::Running, false) => (State::Well, format!("it is still running after {seconds} s")),
        (Course::Running, true) => (State::Broken, format!("it has not ended after {seconds} s")),
        (Course::Ended(0), true) => (State::Well, "it ended by itself".to_owned()),
        (Course::Ended(0), false) => (
            State::Broken,
            format!("it ended within {seconds} s, with 0, but should have kept running"),
        ),
        (Course::Ended(code), _) => {
            (State::Broken, format!("it ended within {seconds} s, with {code}"))
        }
    };
    Step::new(state, Some(why))
}

/// The modules found by the program in the container.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Found {
    pub(super) python: String,
    pub(super) modules: Vec<String>,
    problems: Vec<FoundProblem>,
}

#[derive(Clone, Debug, Deserialize)]
struct FoundProblem {
    name: String,
    why: String,
}

/// Evaluates the outcomes of the modules.
pub(super) fn imports(found: &Found, plan: &Plan, outcomes: &[Outcome]) -> Imports {
    let mut imports = Imports::of(State::Well, None);
    imports.python = Some(line(&found.python));
    let mut problems: Vec<ModuleProblem> = found
        .problems
        .iter()
        .map(|it| ModuleProblem { module: line(&it.name), why: line(&it.why) })
        .collect();
    let mut untried = 0;
    for (id, task) in plan.tasks.iter().enumerate() {
        let Task::Module { module } = task else { continue };
        let problem = match outcomes.iter().find(|outcome| outcome.id == id) {
            None => {
                untried += 1;
                continue;
            }
            Some(Outcome { problem: None, .. }) => {
                imports.imported += 1;
                continue;
            }
            Some(Outcome { problem: Some(problem), .. }) => problem,
        };
        problems.push(ModuleProblem { module: line(module), why: line(&in_words(problem)) });
    }
    imports.skipped = plan
        .skipped
        .iter()
        .map(|it| ModuleProblem { module: line(&it.module), why: line(&it.reason) })
        .collect();
    imports.failed = problems.len();
    if !problems.is_empty() {
        imports.state = State::Broken;
    } else if untried > 0 || imports.imported == 0 {
        imports.state = State::Unchecked;
    }
    if untried > 0 {
        imports.why = Some(format!("{untried} were not tried: the run ended first"));
    } else if imports.imported == 0 && problems.is_empty() {
        imports.why = Some("there is nothing to import".to_owned());
    }
    problems.truncate(NAMED);
    imports.problems = problems;
    imports
}

/// The result as reported by the program.
#[derive(Clone, Debug, Deserialize)]
struct ProgramReport {
    problem: Option<Problem>,
    #[serde(default)]
    line: Option<u32>,
}

/// Evaluates a run of the program; `told` is the report that it left, if any.
pub(super) fn execute(course: Course, told: Option<&[u8]>, seconds: u32) -> Step {
    let account = told.and_then(|told| serde_json::from_slice::<ProgramReport>(told).ok());
    match (account, course) {
        (_, Course::Running) => {
            let why = format!("it did not end within {seconds} s");
            Step::new(State::Broken, Some(why))
        }
        (Some(ProgramReport { problem: None, .. }), Course::Ended(0)) => {
            Step::new(State::Well, None)
        }
        (Some(ProgramReport { problem: Some(problem), line }), _) => {
            let at = line.map(|line| format!("line {line}: ")).unwrap_or_default();
            Step::new(State::Broken, Some(format!("{at}it {}", in_words(&problem))))
        }
        (_, Course::Ended(code)) => {
            Step::new(State::Broken, Some(format!("it ended with {code}, without a message")))
        }
    }
}

/// Returns the overall state: broken takes precedence over unchecked.
pub(super) fn verdict(states: [State; 3]) -> State {
    let any = |state| states.contains(&state);
    if any(State::Broken) {
        State::Broken
    } else if any(State::Unchecked) {
        State::Unchecked
    } else {
        State::Well
    }
}

impl Smoked {
    /// Returns why the image must not be used, in one line; `None` if it is well.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        if self.verdict == State::Well {
            return None;
        }
        let wanted = |state: State| state == self.verdict;
        let step = |what: &str, step: &Step| {
            let why = step.why.as_deref().unwrap_or("it could not be tried");
            wanted(step.state).then(|| format!("{what}: {why}"))
        };
        let imports = || {
            let first = self.imports.problems.first();
            let why = first.map(|first| format!("`{}` {}", first.module, first.why));
            let why = why.or_else(|| self.imports.why.clone()).unwrap_or_default();
            wanted(self.imports.state).then(|| format!("importing: {why}"))
        };
        step("beginning", &self.boot).or_else(imports).or_else(|| step("executing", &self.execute))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::package::description::Smoke;
    use crate::package::smoke::contents::Contents;

    #[test]
    fn an_image_goes_on_or_ends_as_it_is_meant_to() {
        let stands = |course, ends| boot(course, ends, 10).state;
        assert_eq!(stands(Course::Running, false), State::Well);
        assert_eq!(stands(Course::Running, true), State::Broken);
        assert_eq!(stands(Course::Ended(0), true), State::Well);
        assert_eq!(stands(Course::Ended(0), false), State::Broken);
        assert_eq!(stands(Course::Ended(1), true), State::Broken);
    }

    #[test]
    fn a_module_without_an_outcome_was_not_imported() {
        let found =
            Found { python: "3.11.7".to_owned(), modules: Vec::new(), problems: Vec::new() };
        let contents = Contents {
            modules: ["acme", "acme.a", "acme.b"].map(str::to_owned).into(),
            ..Contents::default()
        };
        let skip = BTreeMap::from([("acme.b".to_owned(), "it listens".to_owned())]);
        let plan = Plan::new(&contents, None, &Smoke { skip, ..Smoke::default() });
        let well = |id| Outcome { id, ..Outcome::default() };
        let all = imports(&found, &plan, &[well(0), well(1)]);
        assert_eq!((all.state, all.imported, all.skipped.len()), (State::Well, 2, 1));
        let part = imports(&found, &plan, &[well(0)]);
        assert_eq!((part.state, part.imported), (State::Unchecked, 1));
        let raises = Problem { kind: "ValueError".to_owned(), message: "\u{1b}[31m no".to_owned() };
        let broken = Outcome { problem: Some(raises), ..well(1) };
        let broken = imports(&found, &plan, &[well(0), broken]);
        assert_eq!((broken.state, broken.failed), (State::Broken, 1));
        assert_eq!(broken.problems[0].why, "raises `ValueError: \\u{1b}[31m no`");
        let nothing =
            imports(&found, &Plan::new(&Contents::default(), None, &Smoke::default()), &[]);
        assert_eq!(nothing.state, State::Unchecked);
        let gone =
            FoundProblem { name: "acme".to_owned(), why: "there is no such module".to_owned() };
        let found = Found { problems: vec![gone], ..found };
        assert_eq!(imports(&found, &plan, &[well(0), well(1)]).state, State::Broken);
    }

    #[test]
    fn only_an_account_that_says_so_is_well() {
        let stands =
            |course, told: Option<&str>| execute(course, told.map(str::as_bytes), 60).state;
        assert_eq!(stands(Course::Ended(0), Some("{\"problem\": null}")), State::Well);
        assert_eq!(stands(Course::Ended(1), Some("{\"problem\": null}")), State::Broken);
        assert_eq!(stands(Course::Ended(0), None), State::Broken);
        assert_eq!(stands(Course::Ended(0), Some("no JSON")), State::Broken);
        assert_eq!(stands(Course::Running, None), State::Broken);
        let told = br#"{"problem": {"kind": "KeyError", "message": "'x'"}, "line": 3}"#;
        let step = execute(Course::Ended(0), Some(told), 60);
        assert_eq!(step.why.as_deref(), Some("line 3: it raises `KeyError: 'x'`"));
    }

    #[test]
    fn what_could_not_be_tried_is_never_well() {
        use State::{Broken, Unchecked, Undeclared, Well};
        assert_eq!(verdict([Well, Undeclared, Undeclared]), Well);
        assert_eq!(verdict([Well, Unchecked, Well]), Unchecked);
        assert_eq!(verdict([Unchecked, Broken, Well]), Broken);
    }
}
