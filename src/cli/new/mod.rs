//! `shipshape new`: the wizard of a new repository.

mod asker;
mod local;
mod register;
mod said;
mod show;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::{Context, Exit, counted, decisions, judging, targets};
use crate::drift::judge;
use crate::drift::survey::{Origin, Target};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::fleet::manifest::{Kind, Visibility};
use crate::scaffold::answers::AnswersFile;
use crate::scaffold::derive::{self, Answer, derive};
use crate::scaffold::draft::{Draft, draft};
use crate::scaffold::interview::{self, Asker, Next, Prompt, Reply};
use crate::scaffold::question::Choice;
use crate::scaffold::{Ground, Subject, Typed};
use crate::shape::manifest::ValueForm;
use asker::Somebody;
use local::Place;
use register::Joining;

/// Make a new repository of the fleet: a wizard that asks only what it cannot derive.
///
/// It renders the shape with the answers, shows the resulting tree and its difference to the starter, judges
/// it by every rule, and only then makes it. Every question has an option here and a key in the file of
/// --answers; at the end the command is shown that makes the same without a question. In the wizard, `<` goes
/// back a question: later answers that nobody typed are derived again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape new gemini-cli --local gemini-cli             asks, shows, and makes the folder
  shipshape new gemini-cli --local gemini-cli --defaults  asks nothing
  shipshape new --answers gemini.yaml --local gemini-cli --git --register
  shipshape new gemini-cli --local x --defaults --dry-run --set model=google:gemini-2.5-pro")]
pub(crate) struct Arguments {
    /// The short name of what it is for: lowercase words with single hyphens.
    #[arg(value_name = "RUNTIME")]
    runtime: Option<String>,

    /// Make only this folder, a new or an empty one.
    #[arg(long, value_name = "DIR")]
    local: Option<PathBuf>,

    /// Make the folder a git repository with everything in one commit.
    #[arg(long, requires = "local")]
    git: bool,

    /// Add the member to fleet.yaml and to the lists that lie beside it.
    #[arg(long, requires = "local")]
    register: bool,

    /// A file of answers; `shipshape schema answers` prints what it may hold.
    #[arg(long, value_name = "FILE", help_heading = "Answers")]
    answers: Option<PathBuf>,

    /// A variable of the shape; may be given again. `@FILE` takes the file's text.
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment, help_heading = "Answers")]
    set: Vec<(String, String)>,

    /// The kind of the new member, in a fleet with several.
    #[arg(long, value_name = "NAME", help_heading = "Answers")]
    kind: Option<String>,

    /// The repository, instead of the kind's prefix with the short name.
    #[arg(long, value_name = "NAME", help_heading = "Answers")]
    repository: Option<String>,

    /// The profile of the shape that it follows.
    #[arg(long, value_name = "NAME", help_heading = "Answers")]
    profile: Option<String>,

    /// Who owns it: a team or a person.
    #[arg(long, value_name = "TEAM", help_heading = "Answers")]
    owner: Option<String>,

    /// Who can see the repository.
    #[arg(long, value_enum, value_name = "WHO", help_heading = "Answers")]
    visibility: Option<Visibility>,

    /// What the forge says that it is.
    #[arg(long, value_name = "TEXT", help_heading = "Answers")]
    description: Option<String>,

    /// Another name that the member is known by; may be given again.
    #[arg(long, value_name = "NAME", help_heading = "Answers")]
    alias: Vec<String>,

    /// Take what is derived, and ask nothing.
    #[arg(long, conflicts_with = "ask")]
    defaults: bool,

    /// Ask on standard input line by line, even where it is no terminal.
    #[arg(long)]
    ask: bool,

    /// Make it without asking whether it is right.
    #[arg(long, short)]
    yes: bool,

    /// Show what would be made, and make nothing.
    #[arg(long)]
    dry_run: bool,

    /// A folder with a shape pack, instead of the fleet's or the embedded one.
    #[arg(long, value_name = "FOLDER")]
    shape: Option<PathBuf>,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Everything that would be made.
struct Plan {
    answers: Vec<Answer>,
    draft: Draft,
    joining: Option<Joining>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let Some(folder) = &arguments.local else {
        return Err(
            Error::usage("nothing says where to make it").hint("name a folder: --local DIR")
        );
    };
    local::is_free(folder)?;
    let file = said::answers_file(context, arguments.answers.as_deref())?;
    let mut asker = asker(arguments, context);
    let fleet = context.fleet(None)?.map(Arc::new);
    if arguments.register && fleet.is_none() {
        return Err(Error::usage("there is no fleet to register the member in")
            .hint("leave --register out, or name the manifest with --fleet FILE"));
    }
    let ground = ground(arguments, context, fleet, &file, asker.as_mut())?;
    let mut typed = said::typed(arguments, &file, &ground)?;
    let aliases = [&arguments.alias[..], &file.aliases[..]].concat();
    match &mut asker {
        Some(asker) => interview::interview(&ground, &mut typed, asker)?,
        None => answered(arguments, &derive(&ground, &typed))?,
    }
    let plan = loop {
        let plan = plan(arguments, context, &ground, &typed, &aliases)?;
        tell(arguments, context, &ground, &plan)?;
        let Some(asker) = asker.as_mut().filter(|_| !arguments.yes && !arguments.dry_run) else {
            break plan;
        };
        let words = format!("Make {}?", visible_line(&folder.display().to_string()));
        match interview::decide(&words, asker)? {
            Next::Make => break plan,
            Next::Change => interview::change(&ground, &mut typed, asker)?,
            Next::Leave => {
                context.terminal.note("Nothing was made.");
                return Ok(Exit::Clean);
            }
        }
    };
    let exit = if show::is_clean(&plan.draft.report) { Exit::Clean } else { Exit::Findings };
    let repeat = said::command(arguments, context, &ground, &typed);
    if arguments.dry_run {
        context
            .terminal
            .note(&format!("Nothing was made. The same without --dry-run:\n  {repeat}"));
        return Ok(exit);
    }
    make(arguments, context, folder, &plan)?;
    context.terminal.note(&format!("\nThe same without a question:\n  {repeat}"));
    Ok(exit)
}

fn asker<'a>(arguments: &Arguments, context: &'a Context) -> Option<Somebody<'a>> {
    if arguments.defaults {
        None
    } else if arguments.ask {
        Some(Somebody::Lines(asker::Lines::new(&context.terminal)))
    } else {
        let person = || Somebody::Person(asker::Person::new(&context.terminal));
        context.terminal.can_ask().then(person)
    }
}

fn ground(
    arguments: &Arguments,
    context: &Context,
    fleet: Option<Arc<Fleet>>,
    file: &AnswersFile,
    asker: Option<&mut Somebody<'_>>,
) -> Result<Ground> {
    let named = arguments.kind.as_ref().or(file.kind.as_ref());
    let kind_name = match &fleet {
        None => String::new(),
        Some(fleet) => kind_name(fleet, named, asker)?,
    };
    let kind = fleet.as_ref().and_then(|fleet| fleet.manifest.kinds.get(&kind_name)).cloned();
    let pack = targets::shape(context, fleet.as_deref(), &kind_name, arguments.shape.as_deref(), None)?;
    Ok(Ground { fleet, kind_name, kind: kind.unwrap_or_else(Kind::default), pack })
}

/// The kind that was named, the only one, or the one that is picked.
fn kind_name(
    fleet: &Fleet,
    named: Option<&String>,
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
        Error::usage("the fleet has several kinds, and nothing says of which the new member is")
            .hint(format!("name one of {} with --kind NAME", names.join(", ")))
    };
    let asker = asker.ok_or_else(unsaid)?;
    let choice = |(name, kind): (&String, &Kind)| Choice {
        value: name.clone(),
        meaning: kind.prefix.as_ref().map(|prefix| format!("{prefix}…")).unwrap_or_default(),
    };
    let choices: Vec<Choice> = kinds.iter().map(choice).collect();
    let prompt = Prompt {
        words: "Of which kind is it?",
        flag: "--kind NAME".to_owned(),
        form: ValueForm::Line,
        choices: &choices,
        default: choices.first().map(|choice| choice.value.as_str()),
        example: None,
        problem: None,
        can_go_back: false,
    };
    match asker.ask(&prompt)? {
        Reply::Value(name) if kinds.contains_key(&name) => Ok(name),
        Reply::Default => choices.into_iter().next().map(|it| it.value).ok_or_else(unsaid),
        Reply::Value(_) | Reply::Back => Err(unsaid()),
    }
}

/// Requires that nothing is left to ask, where nobody can be asked.
fn answered(arguments: &Arguments, answers: &[Answer]) -> Result<()> {
    let said = |answer: &&Answer| answer.problem.is_some() && !answer.text().is_empty();
    if let Some(answer) = answers.iter().find(said)
        && let Some(problem) = &answer.problem
    {
        let error = Error::usage(&problem.message).hint(&problem.hint);
        let derived = answer.question.subject != Subject::Slug
            && answer.origin == crate::scaffold::Origin::Derived;
        return Err(if derived {
            error.hint(format!("answer it with {}", answer.question.subject.flag()))
        } else {
            error
        });
    }
    // Without a slug nothing else derives, and that is no question of its own.
    let nameless = derive::answer(answers, &Subject::Slug).is_empty();
    let open = answers.iter().filter(|answer| {
        let question = &answer.question;
        let follows = nameless && question.subject != Subject::Slug;
        let wanting = answer.problem.is_some() || answer.value.is_none();
        let open = if arguments.defaults { wanting } else { answer.is_open() };
        open && !question.is_settled && !(follows && !question.default_is_a_guess)
    });
    let flags: Vec<String> = open.map(|answer| answer.question.subject.flag()).collect();
    if flags.is_empty() {
        return Ok(());
    }
    let error = Error::usage(format!(
        "{} not answered, and nobody can be asked here",
        if let [_] = flags[..] {
            "1 question is".to_owned()
        } else {
            format!("{} questions are", flags.len())
        }
    ))
    .hint(format!("answer with {}", flags.join(", ")));
    Err(if arguments.defaults {
        error
    } else {
        error.hint("or with --answers FILE, or take what is derived with --defaults")
    })
}

fn plan(
    arguments: &Arguments,
    context: &Context,
    ground: &Ground,
    typed: &Typed,
    aliases: &[String],
) -> Result<Plan> {
    let answers = derive(ground, typed);
    let mut draft = draft(ground, &answers, aliases)?;
    if let Some(folder) = &arguments.local {
        local::place(folder, &draft)?;
    }
    let joining = match &ground.fleet {
        Some(fleet) => Some(context.all(register::joining(fleet, &draft.member))?),
        None => None,
    };
    let target = Target {
        label: draft.identity.name.clone(),
        names: joining.as_ref().map_or_else(
            || vec![draft.identity.name.clone()],
            |joining| joining.enrolled.member.names(),
        ),
        identity: draft.identity.clone(),
        origin: Origin::Local(PathBuf::from(&draft.identity.name)),
        reference: None,
        folder: None,
        shape: Arc::clone(&ground.pack),
    };
    let mut reports = [draft.report];
    decisions::apply_to_some(context, ground.fleet.as_deref(), &[&target], &mut reports)?;
    let [mut report] = reports;
    judge::settle(&mut report);
    draft.report = report;
    Ok(Plan { answers, draft, joining })
}

/// Shows everything that would be made.
fn tell(arguments: &Arguments, context: &Context, ground: &Ground, plan: &Plan) -> Result<()> {
    let terminal = &context.terminal;
    let draft = &plan.draft;
    let name = draft.repository.to_string();
    let mut text = format!("{}\n\n", visible_line(name.trim_start_matches('/')));
    // Only a forge says who sees a repository, and what it is.
    let of_forge =
        |it: &Answer| matches!(it.question.subject, Subject::Visibility | Subject::Description);
    let relevant = plan.answers.iter().filter(|it| arguments.local.is_none() || !of_forge(it));
    text.push_str(&show::answers(&relevant.collect::<Vec<_>>()));
    text.push_str(&format!("\n{}\n", counted(draft.files.changes.len(), "file")));
    text.push_str(&show::tree(&draft.files, terminal.unicode()));
    text.push_str("\nWhat the answers make of the starter\n");
    text.push_str(&show::painted(&show::difference(draft), terminal));
    if let Some(joining) = &plan.joining {
        text.push_str("\nWhat joining the fleet takes\n");
        for change in &joining.changes {
            text.push_str(&show::painted(&change.difference(), terminal));
        }
        for (name, why) in &joining.left {
            text.push_str(&visible_line(&format!("  by hand: {name}: {why}")));
            text.push('\n');
        }
    }
    let shape = format!("{} ({})", ground.pack.manifest.name, ground.pack.source);
    text.push_str(&format!("\n{}", show::judgement(&draft.report, &shape)));
    terminal.output(&text)
}

fn make(arguments: &Arguments, context: &Context, folder: &Path, plan: &Plan) -> Result<()> {
    let shown = folder.display();
    let message = format!("Make {} from the starter", plan.draft.identity.slug);
    if local::place(folder, &plan.draft)? == Place::Made {
        context.terminal.note(&format!("{shown} is there already, as it is wanted"));
    } else {
        let message = Some(message.as_str()).filter(|_| arguments.git);
        let note = local::make(context, folder, &plan.draft, message)?;
        context.terminal.note(&format!("made {shown}"));
        note.iter().for_each(|note| context.terminal.note(note));
    }
    let Some(joining) = &plan.joining else {
        context.terminal.note(&next(folder, plan));
        return Ok(());
    };
    if arguments.register {
        for change in &joining.changes {
            change.write()?;
            context.terminal.note(&format!("added it to {}", change.file.display()));
        }
    } else {
        context.terminal.note(&format!(
            "not in the fleet yet: --register adds it to fleet.yaml, or add this to `members`: {}",
            joining.enrolled.entry
        ));
    }
    context.terminal.note(&next(folder, plan));
    Ok(())
}

fn next(folder: &Path, plan: &Plan) -> String {
    let quoted = judging::quoted(&folder.display().to_string());
    let slug = &plan.draft.identity.slug;
    let build = format!("docker build -t {slug} {quoted}");
    format!("\nTry next:\n  shipshape validate {quoted} --slug {slug}\n  {build}")
}
