//! The answers from the command line and the answers file: combining them, and recording them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::Context;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::Member;
use crate::scaffold::answers::{AnswersFile, SCHEMA};
use crate::scaffold::derive::{self, Answer};
use crate::scaffold::{ChosenKind, Listed, Subject, Typed, slug};
use crate::shape::manifest::{ValueForm, Variable};
use crate::source::Text;
use crate::source::typed::{self, Node, Step, nearest};

use super::Arguments;
use super::prepare::Wanting;

/// The file name that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// The answers from the command line, the answers file, and a person since then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// The answers by subject.
    pub(super) typed: Typed,
    /// Aliases of the member, which no question asks for.
    pub(super) aliases: Vec<String>,
    /// What fleet.yaml said of the member when a run that is continued began.
    pub(super) listed: Option<Listed>,
    /// Whether what has errors is created all the same, except for those that nobody can want.
    pub(super) anyway: bool,
}

impl Said {
    /// All given answers. The command line takes precedence over the file.
    pub(super) fn of(
        arguments: &Arguments,
        file: &AnswersRead,
        chosen: &ChosenKind,
    ) -> Result<Self> {
        let aliases = [&arguments.said.aliases[..], &file.value.aliases[..]].concat();
        let typed = typed(arguments, file, chosen)?;
        Ok(Self { typed, aliases, listed: None, anyway: arguments.anyway })
    }

    /// The recorded input of an operation: two runs with the same input are the same operation.
    pub(super) fn record(&self, chosen: &ChosenKind) -> Value {
        let answers = written(&self.typed);
        let mut input =
            json!({ "answers": answers, "aliases": self.aliases, "kind": chosen.kind_name });
        if let (Some(Listed { answers, variables }), Some(input)) =
            (&chosen.listed, input.as_object_mut())
        {
            let listed = json!({ "answers": written(answers), "variables": variables });
            input.insert("listed".to_owned(), listed);
        }
        input
    }

    /// The answers from an operation's recorded input.
    pub(super) fn recorded(input: &Value) -> Self {
        let text =
            |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
        let listed = input.get("listed").map(|listed| Listed {
            answers: answers_in(listed),
            variables: {
                let variables = listed.get("variables").and_then(Value::as_object);
                variables.into_iter().flatten().filter_map(text).collect()
            },
        });
        let aliases = input.get("aliases").and_then(Value::as_array).into_iter().flatten();
        Self {
            typed: answers_in(input),
            aliases: aliases.filter_map(|it| it.as_str().map(str::to_owned)).collect(),
            listed,
            anyway: false,
        }
    }

    /// The name of an answer that differs from an earlier one. Answers not given now do not count.
    pub(super) fn other_than(&self, before: &Self) -> Option<&str> {
        let is_other = |(subject, value): &(&Subject, &String)| {
            **subject != Subject::Slug && before.typed.get(subject) != Some(value)
        };
        let other = self.typed.iter().find(is_other).map(|(subject, _)| subject.label());
        let has_others = !self.aliases.is_empty() && self.aliases != before.aliases;
        other.or(has_others.then_some("alias"))
    }

    /// The same with those that were left empty as proposed, of which fleet.yaml has nothing: they would be asked for again.
    pub(super) fn with_empty(mut self, answers: &[Answer]) -> Self {
        let is_empty = |answer: &&Answer| answer.is_open() && answer.text().is_empty();
        for answer in answers.iter().filter(is_empty) {
            self.typed.entry(answer.question.subject.clone()).or_default();
        }
        self
    }

    /// Only the answers that name the repository.
    pub(super) fn names(&self) -> Self {
        let is_name = |subject: &Subject| matches!(subject, Subject::Slug | Subject::Repository);
        let names = self.typed.iter().filter(|(subject, _)| is_name(subject));
        let typed = names.map(|(subject, value)| (subject.clone(), value.clone())).collect();
        Self { typed, anyway: self.anyway, ..Self::default() }
    }
}

/// Answers as they are recorded.
fn written(answers: &Typed) -> serde_json::Map<String, Value> {
    answers.iter().map(|(subject, value)| (subject.key(), value.clone().into())).collect()
}

/// The answers that were recorded in this part of an input.
fn answers_in(recorded: &Value) -> Typed {
    let answers = recorded.get("answers").and_then(Value::as_object).into_iter().flatten();
    let read =
        |(key, value): (&String, &Value)| Some((Subject::of_key(key)?, value.as_str()?.to_owned()));
    answers.filter_map(read).collect()
}

/// The answers file; empty if there is none.
#[derive(Debug, Default)]
pub(super) struct AnswersRead {
    /// The parsed answers.
    pub(super) value: AnswersFile,
    /// The file, its text, and the positions of everything in it.
    place: Option<(PathBuf, Text, Node)>,
}

impl AnswersRead {
    /// The error about an answer, with its position if the file gave it.
    pub(super) fn placed(
        &self,
        arguments: &Arguments,
        chosen: &ChosenKind,
        wanting: &Wanting,
    ) -> Error {
        match &wanting.given {
            Some(subject) if !is_said(arguments, chosen, subject) => {
                self.at(subject, wanting.error.clone())
            }
            _ => wanting.error.clone(),
        }
    }

    /// Rejects an alias that cannot be one, or that another member has: fleet.yaml would not be valid with it.
    pub(super) fn check_aliases(
        &self,
        arguments: &Arguments,
        chosen: &ChosenKind,
        said: &Said,
    ) -> Result<()> {
        let Some(fleet) = &chosen.fleet else { return Ok(()) };
        let new = Member {
            slug: said.typed.get(&Subject::Slug).cloned().unwrap_or_default(),
            kind: chosen.kind_name.clone(),
            ..Member::default()
        };
        let mut judged = said.aliases.iter().filter_map(|alias| {
            let problem = slug::alias_problem(fleet, &new, alias)?;
            Some((alias, problem))
        });
        let Some((alias, problem)) = judged.next() else { return Ok(()) };
        let error = Error::usage(problem.message).hint(problem.hint);
        let index = self.value.aliases.iter().position(|it| it == alias);
        Err(match index.filter(|_| !arguments.said.aliases.contains(alias)) {
            Some(index) => self.at_path(&["aliases".into(), index.into()], error),
            None => error,
        })
    }

    fn at(&self, subject: &Subject, error: Error) -> Error {
        let path: Vec<Step> = match subject {
            Subject::Variable(name) => vec!["variables".into(), name.as_str().into()],
            other => vec![other.label().into()],
        };
        self.at_path(&path, error)
    }

    fn at_path(&self, path: &[Step], error: Error) -> Error {
        match &self.place {
            Some((file, text, root)) => error.at(file, text, root.span_of(path)),
            None => error,
        }
    }

    /// Adds the position of the name of a variable that the shape does not have.
    fn at_name(&self, name: &str, error: Error) -> Error {
        match &self.place {
            Some((file, text, root)) => {
                error.at(file, text, root.key_span_of(&["variables".into(), name.into()]))
            }
            None => error,
        }
    }
}

/// Whether the command line gives this answer.
fn is_said(arguments: &Arguments, chosen: &ChosenKind, subject: &Subject) -> bool {
    match subject {
        Subject::Variable(name) => arguments.set.iter().any(|(known, _)| known == name),
        fixed => arguments.said.on(fixed, chosen).is_some(),
    }
}

/// Reads the answers file, if there is one.
pub(super) fn answers_file(context: &Context, file: Option<&Path>) -> Result<AnswersRead> {
    let Some(file) = file else { return Ok(AnswersRead::default()) };
    let bytes = if file == Path::new(STANDARD_INPUT) {
        whole_file::read_standard_input()?
    } else {
        whole_file::read(file)?.ok_or_else(|| {
            Error::usage("this file of answers does not exist")
                .in_file(file)
                .hint("`shipshape schema answers` prints what it may contain")
        })?
    };
    let read = typed::read::<AnswersFile>(file, &bytes, SCHEMA);
    let read = context.all(read)?;
    if !read.problems.is_empty() {
        let hinted = |error: Error| error.hint("variables of the shape go below `variables`");
        return context.all(Err(read.problems.into_iter().map(hinted).collect()));
    }
    let place = Some((file.to_owned(), read.text, read.root));
    Ok(AnswersRead { value: read.value, place })
}

/// The answers from the options and the file.
fn typed(arguments: &Arguments, file: &AnswersRead, chosen: &ChosenKind) -> Result<Typed> {
    let mut typed = file.value.typed(chosen);
    typed.extend(arguments.said.typed(chosen));
    let mut again: BTreeSet<&str> = BTreeSet::new();
    for (name, value) in &arguments.set {
        let (subject, value) = (Subject::Variable(name.clone()), value_of(name, value, chosen)?);
        let value = match again.insert(name) {
            true => value,
            false => joined(name, typed.get(&subject).map_or("", String::as_str), &value, chosen)?,
        };
        typed.insert(subject, value);
    }
    let known: Vec<&str> =
        chosen.pack.manifest.variables.iter().map(|(name, _)| name.as_str()).collect();
    let unknown = typed.keys().find_map(|subject| match subject {
        Subject::Variable(name) if !known.contains(&name.as_str()) => Some(name),
        _ => None,
    });
    match unknown {
        None => Ok(typed),
        Some(name) => {
            let error = Error::usage(format!("the shape has no variable `{name}`"));
            let subject = Subject::Variable(name.clone());
            let error = if is_said(arguments, chosen, &subject) {
                error
            } else {
                file.at_name(name, error)
            };
            Err(match nearest(name, known.iter().copied()) {
                Some(meant) => error.hint(format!("did you mean `{meant}`?")),
                None if known.is_empty() => error.hint("the shape has no variables"),
                None => error.hint(format!("the shape has {}", known.join(", "))),
            })
        }
    }
}

/// Joins the values of an option that was repeated, if the variable takes several.
fn joined(name: &str, before: &str, more: &str, chosen: &ChosenKind) -> Result<String> {
    let variables = &chosen.pack.manifest.variables;
    let form = variables.iter().find(|(known, _)| known == name).map(|(_, known)| known.form);
    match form {
        Some(ValueForm::Lines) => Ok(format!("{before}\n{more}")),
        Some(ValueForm::Words) => Ok(format!("{before} {more}")),
        _ => Err(Error::usage(format!("`{name}` is given twice, but takes one value"))
            .hint(format!("leave one of the two `--set {name}=…` out"))),
    }
}

/// A value, or the text of the file that it names: `--set prompt=@prompt.md`. `@@` escapes a value that begins with
/// `@`. If there is no such file, `@…` is accepted as a value only if the variable's pattern permits it, such as the
/// npm package name `@acme/x`. A value of several lines is a text, never the name of a file.
pub(super) fn value_of(name: &str, value: &str, chosen: &ChosenKind) -> Result<String> {
    let Some(said) = value.strip_prefix('@') else { return Ok(value.to_owned()) };
    if said.starts_with('@') {
        return Ok(said.to_owned());
    }
    if value.contains('\n') {
        return Ok(value.to_owned());
    }
    let Some(file) = file_of(value) else {
        return if takes(name, value, chosen) {
            Ok(value.to_owned())
        } else {
            Err(Error::usage(format!("the file for `{name}` does not exist"))
                .in_file(said)
                .hint("name one that exists, or write `@@` for a value that starts with an `@`"))
        };
    };
    let bytes = whole_file::read(file)?.unwrap_or_default();
    let text = String::from_utf8(bytes)
        .map_err(|cause| Error::usage("the file is not text").in_file(file).caused_by(cause))?;
    Ok(text.trim_end_matches('\n').to_owned())
}

/// The file whose text a value stands for, if it exists.
pub(super) fn file_of(value: &str) -> Option<&Path> {
    let name = value.strip_prefix('@').filter(|name| !name.contains('\n'))?;
    Some(Path::new(name)).filter(|file| file.is_file())
}

/// Whether a variable accepts a value that begins like this. Unknown variables are rejected later.
pub(super) fn takes(name: &str, value: &str, chosen: &ChosenKind) -> bool {
    let variables = &chosen.pack.manifest.variables;
    let Some((_, variable)) = variables.iter().find(|(known, _)| known == name) else {
        return true;
    };
    accepts(name, variable, value)
}

/// Whether a variable has choices or a pattern, which accept a value.
pub(super) fn accepts(name: &str, variable: &Variable, value: &str) -> bool {
    let is_restricted = variable.pattern.is_some() || variable.choices.is_some();
    is_restricted && variable.is_choice(value) && derive::misfit(name, variable, value).is_none()
}
