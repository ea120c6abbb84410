//! What is known before the first question, and who answers.

use std::sync::Arc;

use globset::Glob;

use super::Arguments;
use super::asker::{self, Somebody};
use super::given::AnswersRead;
use super::within::Within;
use crate::cli::Context;
use crate::cli::shared::options::Form;
use crate::cli::shared::targets;
use crate::error::{Error, Result};
use crate::fleet::manifest::{Kind, Select};
use crate::fleet::{Fleet, is_slug, kin};
use crate::scaffold::derive::{self, Answer};
use crate::scaffold::interview::{Asker as _, Prompt, Reply};
use crate::scaffold::questions::Choice;
use crate::scaffold::{ChosenKind, Origin, Subject};
use crate::shape::manifest::ValueForm;

/// The source of answers; `None` if there is no terminal or no questions are to be asked.
pub(super) fn asker<'a>(arguments: &Arguments, context: &'a Context) -> Option<Somebody<'a>> {
    if arguments.defaults || arguments.format == Form::Json {
        None
    } else if arguments.ask {
        Some(Somebody::Lines(asker::Lines::new(&context.terminal)))
    } else {
        let person = || Somebody::Person(asker::Person::new(&context.terminal));
        context.terminal.can_ask().then(person)
    }
}

/// The kind of the new member, which may be named already, and its shape.
pub(super) fn chosen(
    arguments: &Arguments,
    context: &Context,
    fleet: Option<Arc<Fleet>>,
    file: &AnswersRead,
    named: Option<&String>,
    asker: Option<&mut Somebody<'_>>,
    remote: Option<targets::RemotePack<'_>>,
) -> Result<ChosenKind> {
    let kind_name = match &fleet {
        None => String::new(),
        Some(fleet) => {
            let slug = arguments.said.slug.as_ref().or(file.value.slug.as_ref());
            kind_name(fleet, named, slug, asker)?
        }
    };
    let kind = fleet.as_ref().and_then(|fleet| fleet.manifest.kinds.get(&kind_name)).cloned();
    let pack =
        targets::shape(context, fleet.as_deref(), &kind_name, arguments.shape.as_deref(), remote)?;
    let kind = kind.unwrap_or_else(Kind::default);
    let chosen = ChosenKind { fleet, kind_name, kind, pack, listed: None, around: None };
    let around = Within::of(arguments, &chosen).map(|within| within.repository);
    Ok(ChosenKind { around, ..chosen })
}

/// The kind that was named, the only one, or the one that is chosen.
fn kind_name(
    fleet: &Fleet,
    named: Option<&String>,
    slug: Option<&String>,
    asker: Option<&mut Somebody<'_>>,
) -> Result<String> {
    let kinds = &fleet.manifest.kinds;
    let names: Vec<&str> = kinds.keys().map(String::as_str).collect();
    if let Some(name) = named {
        if kinds.contains_key(name) {
            return Ok(name.clone());
        }
        return Err(Error::usage(format!("the fleet has no kind `{name}`"))
            .in_file(&fleet.file)
            .hint(format!("kinds are {}", names.join(", "))));
    }
    if let [only] = names[..] {
        return Ok(only.to_owned());
    }
    let unsaid = || {
        let error = Error::usage(
            "the fleet has several kinds, and the kind of the new member is not given",
        );
        match slug.and_then(|slug| kin::of_name(kinds, slug)) {
            Some((kind, of)) => {
                let rest = of.prefix.as_deref().and_then(|prefix| slug?.strip_prefix(prefix));
                error.hint(match rest.filter(|rest| is_slug(rest)) {
                    // With the prefix it would be refused, too.
                    Some(slug) => format!(
                        "its name is that of a repository of the kind `{kind}`, whose slug is `{slug}`: `shipshape new \
                         {slug} --kind {kind}`"
                    ),
                    None => format!("its name is that of the kind `{kind}`: `--kind {kind}`"),
                })
            }
            None => error.hint(format!("name one of {} with --kind NAME", names.join(", "))),
        }
    };
    let asker = asker.ok_or_else(unsaid)?;
    let choice = |(name, kind): (&String, &Kind)| Choice {
        value: name.clone(),
        meaning: match (&kind.prefix, &kind.select) {
            (Some(prefix), _) => format!("{prefix}…"),
            (None, Some(Select::Glob(glob))) => glob.clone(),
            (None, _) => String::new(),
        },
    };
    let choices: Vec<Choice> = kinds.iter().map(choice).collect();
    // The default is the kind whose glob matches the name, if exactly one does.
    let fits = |slug: &String| {
        let mut fitting = kinds.iter().filter(|(_, kind)| selects(kind, slug));
        let first = fitting.next().map(|(name, _)| name.as_str());
        first.filter(|_| fitting.next().is_none())
    };
    let likely = slug.and_then(fits);
    let prompt = Prompt {
        words: "Which kind is it?",
        label: "kind",
        place: None,
        flag: "--kind NAME".to_owned(),
        form: ValueForm::Line,
        choices: &choices,
        is_typed: false,
        default: likely,
        example: None,
        problem: None,
        variable: None,
    };
    match asker.ask(&prompt)? {
        Reply::Value(name) if kinds.contains_key(&name) => Ok(name),
        Reply::Default => likely.map(str::to_owned).ok_or_else(unsaid),
        Reply::Value(_) | Reply::Back | Reply::BackFrom(_) => Err(unsaid()),
    }
}

/// Whether a kind's glob matches a repository name.
fn selects(kind: &Kind, name: &str) -> bool {
    let Some(Select::Glob(glob)) = &kind.select else { return false };
    Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(name))
}

/// An answer that is invalid or missing.
#[derive(Debug)]
pub(super) struct Wanting {
    /// The answer's subject, if it was given rather than derived.
    pub(super) given: Option<Subject>,
    /// What is wrong with it.
    pub(super) error: Error,
}

/// Requires that no question is open, for a run in which nobody can be asked.
pub(super) fn answered(
    arguments: &Arguments,
    defaults: bool,
    answers: &[Answer],
) -> Result<(), Box<Wanting>> {
    // Check given answers first: a derived one may be wrong only because of them.
    let is_given = |answer: &&Answer| answer.origin == Origin::Typed && answer.problem.is_some();
    // What fleet.yaml says was checked before.
    let said = |answer: &&Answer| {
        answer.problem.is_some() && !answer.text().is_empty() && answer.origin != Origin::Listed
    };
    if let Some(answer) = answers.iter().find(is_given).or_else(|| answers.iter().find(said))
        && let Some(problem) = &answer.problem
    {
        let error = Error::usage(&problem.message).hint(&problem.hint);
        let subject = &answer.question.subject;
        if *subject != Subject::Slug && answer.origin == Origin::Derived {
            let error = error.hint(format!("answer it with {}", subject.flag()));
            return Err(Box::new(Wanting { given: None, error }));
        }
        return Err(Box::new(Wanting { given: Some(subject.clone()), error }));
    }
    // Without a slug nothing else can be derived, so only ask for the slug.
    let nameless = derive::answer(answers, &Subject::Slug).is_empty();
    let open = answers.iter().filter(|answer| {
        let question = &answer.question;
        let follows = nameless && question.subject != Subject::Slug && !question.default_is_a_guess;
        let wanting = answer.problem.is_some() || answer.value.is_none();
        let open = if defaults { wanting } else { answer.is_open() };
        open && !question.is_settled && !follows
    });
    let flags: Vec<String> = open.map(|answer| answer.question.subject.flag()).collect();
    if flags.is_empty() {
        return Ok(());
    }
    let error = Error::usage(format!(
        "{} not answered, and {}",
        if let [_] = flags[..] {
            "1 question is".to_owned()
        } else {
            format!("{} questions are", flags.len())
        },
        arguments.unasked()
    ))
    .hint(format!("answer with {}", flags.join(", ")));
    let error = if defaults {
        error
    } else {
        error.hint("or with --answers FILE, or accept the derived values with --defaults")
    };
    Err(Box::new(Wanting { given: None, error }))
}
