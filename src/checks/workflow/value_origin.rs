//! Whether a value in a workflow comes from the event's payload or from elsewhere.
//!
//! For a key of `client_payload`, this finds the places that take an input of a given name, each with the origin of
//! its value. Expressions are followed through `env` and through outputs of jobs and steps; in scripts, only names
//! are searched for.

use crate::source::Span;
use crate::source::shell::{Script, programs_of};
use crate::source::spliced::Spliced;
use crate::source::workflow::{Job, Setting, Step, Term, Workflow, expressions_in};
use crate::source::yaml::Path;

/// How far outputs of outputs are followed.
const MAX_DEPTH: usize = 12;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::checks) enum Origin {
    /// From elsewhere.
    Elsewhere,
    /// Undecidable.
    Unknown,
    /// From the payload, at least sometimes.
    Payload,
}

/// The origins of values in one workflow.
pub(in crate::checks) struct Trace<'w> {
    workflow: &'w Workflow,
    payload: String,
}

/// Where an expression is, which determines what its names mean.
#[derive(Clone, Copy)]
struct Scope<'w> {
    job: &'w Job,
    step: Option<&'w Step>,
    depth: usize,
}

impl<'w> Trace<'w> {
    pub(in crate::checks) fn new(workflow: &'w Workflow, payload: &str) -> Self {
        Self { workflow, payload: payload.to_lowercase() }
    }

    /// Every place that takes an input or build argument of this name, with the origin of its value.
    pub(in crate::checks) fn sinks(&self, input: &str) -> Vec<(&'w Job, Span, Origin)> {
        let mut found = Vec::new();
        for job in &self.workflow.jobs {
            let scope = Scope { job, step: None, depth: 0 };
            if let Some(setting) = job.with(input).filter(|_| job.uses.is_some()) {
                found.push((job, setting.value_span, self.of_setting(setting, scope)));
            }
            for step in &job.steps {
                let scope = Scope { step: Some(step), ..scope };
                for (span, origin) in self.sinks_of_step(step, input, scope) {
                    found.push((job, span, origin));
                }
            }
        }
        found
    }

    fn sinks_of_step(&self, step: &Step, input: &str, scope: Scope<'w>) -> Vec<(Span, Origin)> {
        let mut found = Vec::new();
        for setting in step.with.iter().filter(|_| step.uses.is_some()) {
            if setting.key.text.eq_ignore_ascii_case(input) {
                found.push((setting.value_span, self.of_setting(setting, scope)));
            } else if setting.key.text.eq_ignore_ascii_case("build-args") {
                let value = setting.value.as_deref().unwrap_or_default();
                let arguments = value.lines().filter_map(|line| line.trim().split_once('='));
                let named = arguments.filter(|(name, _)| name.eq_ignore_ascii_case(input));
                found.extend(
                    named.map(|(_, value)| (setting.value_span, self.of_text(value, scope))),
                );
            }
        }
        if let Some(run) = &step.run {
            let arguments = build_arguments(&run.text, input);
            found.extend(arguments.into_iter().map(|argument| {
                let origin = match argument {
                    BuildArgument::FromEnvironment(name) => self.of_variable(&name, scope),
                    BuildArgument::Value { text, variables } => variables
                        .iter()
                        .map(|name| self.of_variable(name, scope))
                        .fold(self.of_text(&text, scope), Origin::max),
                };
                (run.span, origin)
            }));
        }
        found
    }

    fn of_setting(&self, setting: &Setting, scope: Scope<'w>) -> Origin {
        setting.value.as_deref().map_or(Origin::Unknown, |value| self.of_text(value, scope))
    }

    /// The origin of a text that contains expressions: the highest of their origins.
    fn of_text(&self, text: &str, scope: Scope<'w>) -> Origin {
        let expressions = expressions_in(text).into_iter();
        let origins = expressions.map(|(_, expression)| match Term::parse(expression) {
            Some(term) => {
                let names = term.yields().into_iter();
                names.map(|names| self.of_name(names, scope)).max().unwrap_or(Origin::Elsewhere)
            }
            None => Origin::Unknown,
        });
        origins.max().unwrap_or(Origin::Elsewhere)
    }

    fn of_name(&self, names: &[String], scope: Scope<'w>) -> Origin {
        if scope.depth >= MAX_DEPTH {
            return Origin::Unknown;
        }
        let scope = Scope { depth: scope.depth + 1, ..scope };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match names.as_slice() {
            ["github", "event", "client_payload", key, ..] if *key == self.payload => {
                Origin::Payload
            }
            ["github"] | ["github", "event"] => Origin::Unknown,
            ["github", "event", "client_payload"]
            | ["github", "event", "client_payload", "*", ..] => Origin::Unknown,
            ["needs", job, "outputs", output] => self.of_job_output(job, output, scope),
            ["needs", ..] | ["steps"] | ["steps", _] | ["steps", _, "outputs"] => Origin::Unknown,
            ["steps", id, "outputs", output] => {
                let named = |step: &&Step| {
                    step.id.as_ref().is_some_and(|own| own.text.eq_ignore_ascii_case(id))
                };
                let step = scope.job.steps.iter().find(named);
                step.map_or(Origin::Elsewhere, |step| self.of_step(step, output, scope))
            }
            ["env", name] => self.of_variable(name, scope),
            ["env"] | ["matrix", ..] => Origin::Unknown,
            _ => Origin::Elsewhere,
        }
    }

    fn of_job_output(&self, id: &str, output: &str, scope: Scope<'w>) -> Origin {
        let mut jobs = self.workflow.jobs.iter();
        let Some(job) = jobs.find(|job| job.id.text.eq_ignore_ascii_case(id)) else {
            return Origin::Elsewhere;
        };
        if job.uses.is_some() {
            return Origin::Unknown;
        }
        let outputs = self.workflow.document().at(&Path::keys(["jobs", &job.id.text, "outputs"]));
        let value = outputs.and_then(|outputs| {
            outputs
                .entries()
                .find(|entry| {
                    entry.key.scalar_text().is_some_and(|key| key.eq_ignore_ascii_case(output))
                })
                .and_then(|entry| entry.value.scalar_text())
        });
        let scope = Scope { job, step: None, ..scope };
        value.map_or(Origin::Elsewhere, |value| self.of_text(value, scope))
    }

    /// The origin of what a step writes under a name, as an output or into the environment.
    fn of_step(&self, step: &'w Step, output: &str, scope: Scope<'w>) -> Origin {
        let scope = Scope { step: Some(step), ..scope };
        if step.uses.is_some() {
            let given = step.with.iter().chain(&step.env);
            let origin = given
                .map(|setting| match &setting.value {
                    Some(value) if self.reads_payload(value) => Origin::Payload,
                    _ => self.of_setting(setting, scope),
                })
                .max();
            // An action may read the event itself.
            return origin.unwrap_or(Origin::Unknown).max(Origin::Unknown);
        }
        let Some(run) = &step.run else { return Origin::Elsewhere };
        let script = run.text.as_str();
        let direct =
            if self.reads_payload(script) { Origin::Payload } else { self.of_text(script, scope) };
        let named = |setting: &&Setting| has_word(script, &setting.key.text);
        let settings = step.env.iter().chain(&scope.job.env).chain(&self.workflow.env);
        let through = settings.filter(named).map(|setting| self.of_setting(setting, scope)).max();
        let origin = direct.max(through.unwrap_or(Origin::Elsewhere));
        let runs_other_scripts = || {
            let script = Script::parse(&Spliced::new(script, 0));
            programs_of(&script).iter().any(|program| {
                let words = std::iter::once(&program.word).chain(&program.arguments);
                let is_script = |word: &str| {
                    word.starts_with("./") || word.ends_with(".sh") || word.ends_with(".py")
                };
                words.map(|word| word.as_str()).any(is_script)
            })
        };
        match origin {
            Origin::Payload if !script.to_lowercase().contains(output) => Origin::Unknown,
            Origin::Elsewhere if script.contains("GITHUB_EVENT_PATH") || runs_other_scripts() => {
                Origin::Unknown
            }
            origin => origin,
        }
    }

    /// Whether a script reads the value from the event itself.
    fn reads_payload(&self, script: &str) -> bool {
        let is_read = |line: &str| {
            line.contains("client_payload") && has_word(&line.to_lowercase(), &self.payload)
        };
        // Names in expressions are followed exactly; this is about `jq` and JavaScript.
        script.lines().filter(|line| !line.contains("${{")).any(is_read)
    }

    /// The origin of an environment variable: from the innermost `env` that has it, or else from steps that write it
    /// into `$GITHUB_ENV` and from the script itself.
    fn of_variable(&self, name: &str, scope: Scope<'w>) -> Origin {
        if scope.depth >= MAX_DEPTH {
            return Origin::Unknown;
        }
        let scope = Scope { depth: scope.depth + 1, ..scope };
        let own = scope.step.map(|step| step.env.as_slice()).unwrap_or_default();
        let mut settings = own.iter().chain(&scope.job.env).chain(&self.workflow.env);
        if let Some(setting) = settings.find(|setting| setting.key.text.eq_ignore_ascii_case(name))
        {
            return self.of_setting(setting, scope);
        }
        let writes = |step: &&Step| {
            let run = step.run.as_ref().map(|run| run.text.as_str()).unwrap_or_default();
            let here = scope.step.is_some_and(|own| own.span == step.span);
            has_word(&run.to_lowercase(), &name.to_lowercase())
                && (here || run.contains("GITHUB_ENV"))
        };
        let lower = name.to_lowercase();
        let steps = scope.job.steps.iter().filter(writes);
        steps.map(|step| self.of_step(step, &lower, scope)).max().unwrap_or(Origin::Elsewhere)
    }
}

/// Whether a name occurs in a text as a word of its own.
fn has_word(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        })
}

/// The value that a `--build-arg` of a script passes.
enum BuildArgument {
    /// `--build-arg NAME`.
    FromEnvironment(String),
    /// `--build-arg NAME=text`, with the shell variables in the text.
    Value { text: String, variables: Vec<String> },
}

/// The build arguments of a given name that a script passes to `docker build` and similar programs.
fn build_arguments(script: &str, name: &str) -> Vec<BuildArgument> {
    // Most scripts build nothing and need not be parsed. Quotes and escapes may split the word.
    let unquoted = |c: &char| !matches!(c, '"' | '\'' | '\\' | '\n' | '\r');
    if !script.chars().filter(unquoted).collect::<String>().contains("--build-arg") {
        return Vec::new();
    }
    // `${{ … }}` is not shell syntax, so each expression is replaced by a placeholder while the script is parsed.
    let mut readable = String::with_capacity(script.len());
    let mut expressions = Vec::new();
    let mut done = 0;
    for (range, _) in expressions_in(script) {
        readable.push_str(script.get(done..range.start).unwrap_or_default());
        readable.push_str(&format!("{PLACE}{}{PLACE}", expressions.len()));
        expressions.push(script.get(range.clone()).unwrap_or_default());
        done = range.end;
    }
    readable.push_str(script.get(done..).unwrap_or_default());
    let script = Script::parse(&Spliced::new(&readable, 0));
    let variables = |span: Span| {
        let within =
            script.expansions.iter().filter(move |expansion| span.contains(expansion.span));
        within.map(|expansion| expansion.name.clone()).collect()
    };
    let mut found = Vec::new();
    for program in programs_of(&script) {
        if !program.is_of_images() {
            continue;
        }
        let mut words = program.arguments.iter();
        while let Some(word) = words.next() {
            let (argument, span) = match word.as_str().strip_prefix("--build-arg") {
                Some("") => match words.next() {
                    Some(next) => (next.as_str(), next.span),
                    None => break,
                },
                Some(rest) => (rest.strip_prefix('=').unwrap_or_default(), word.span),
                None => continue,
            };
            match argument.split_once('=') {
                Some((key, value)) if key.eq_ignore_ascii_case(name) => {
                    let mut text = value.to_owned();
                    for (index, expression) in expressions.iter().enumerate() {
                        text = text.replace(&format!("{PLACE}{index}{PLACE}"), expression);
                    }
                    found.push(BuildArgument::Value { text, variables: variables(span) });
                }
                None if argument.eq_ignore_ascii_case(name) => {
                    found.push(BuildArgument::FromEnvironment(argument.to_owned()));
                }
                _ => {}
            }
        }
    }
    found
}

/// Encloses the number of an expression; it does not occur in scripts.
const PLACE: char = '\u{e000}';
