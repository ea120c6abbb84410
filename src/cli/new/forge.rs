//! Creates a draft on the forge through the journal: if interrupted and run again, it is created once.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::begun::{
    Rejoined, begun, close, given_up, has_made, kind_known_as, rejoined, tell_left, unfinished,
};
use super::committed::committed;
use super::found::{Before, starter, taken};
use super::given::Said;
use super::plan::{self, Plan, Stage, Wish};
use super::register::{self, Joining, ManifestChange};
use super::{Arguments, document, ending, given, prepare, repeated};
use crate::cli::shared::forge::{READ_ONLY, Session};
use crate::cli::shared::interruption::LastWords;
use crate::cli::shared::next;
use crate::cli::shared::options::Form;
use crate::cli::shared::{journal, observing, registry};
use crate::cli::{Context, Exit};
use crate::edge::network::Limits;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Kind, Result};
use crate::fleet::manifest::ShapeRepository;
use crate::fleet::{Fleet, Member, RepositoryName};
use crate::forge::WriteScope;
use crate::forge::calls::actions::Run;
use crate::journal::Journal;
use crate::registry::{Options, Registry};
use crate::scaffold::ChosenKind;
use crate::scaffold::creation::{Creation, Failure, NewFile, OnForge, State};
use crate::scaffold::interview::Next;
use crate::scaffold::publish::{
    self, NewImage, Patience, Publication, Published, operation, seen_as, written_to,
};

pub(super) fn run(
    arguments: &Arguments,
    context: &Context,
    last_words: &LastWords,
) -> Result<Exit> {
    let fleet = context.fleet_to_fill(None)?.map(Arc::new);
    let fleet = fleet.ok_or_else(|| {
        Error::usage("no fleet.yaml says where to create it")
            .hint("create only a folder: --local DIR")
            .hint("or write a manifest first: `shipshape init`")
    })?;
    let reading = arguments.forge.session(context, Some(&fleet), WriteScope::none())?;
    let file = given::answers_file(context, arguments.answers.as_deref())?;
    let mut asker = prepare::asker(arguments, context);
    let owner = fleet.manifest.forge.owner.clone();
    let remote = |shape: &ShapeRepository| observing::remote_pack(&reading, &owner, shape);
    let journal = journal::open(arguments.state.as_deref(), context, &fleet, &reading)?;
    let named = match arguments.said.kind.as_ref().or(file.value.kind.as_ref()) {
        Some(named) => Some(named.clone()),
        None => kind_known_as(arguments, &file, &journal, &fleet)?,
    };
    let chosen = prepare::chosen(
        arguments,
        context,
        Some(Arc::clone(&fleet)),
        &file,
        named.as_ref(),
        asker.as_mut(),
        Some(&remote),
    )?;
    let mut said = Said::of(arguments, &file, &chosen)?;
    let begun = begun(arguments, context, &journal, &chosen, &mut said)?;
    let Rejoined { chosen, is_made, entry } =
        rejoined(&reading, chosen, &mut said, begun.is_some())?;
    let (stage, may_be_of_others) = match (begun, is_made) {
        (Some(begun), _) => (Stage::Begun, !begun.has_repository),
        (None, true) => (Stage::Made, false),
        (None, false) => (Stage::New, true),
    };
    if stage == Stage::Made && said.typed.len() > 1 {
        let note = "It was created before: answers change nothing that exists already.";
        context.terminal.note(note);
    }
    let asker = asker.filter(|_| stage == Stage::New);
    let question = format!("Create it on {}?", reading.client().address());
    let is_taken = |slug: &str, name: &RepositoryName| {
        let begun = match arguments.start_over {
            true => None,
            false => unfinished(&journal, &fleet, name, slug)?,
        };
        Ok(begun.or(taken(&reading, &chosen, slug, name)?))
    };
    let wish = Wish {
        arguments,
        context,
        chosen: &chosen,
        file: &file,
        question: &question,
        forge: Some(reading.client().address().to_string()),
        stage,
        taken: Some(&is_taken),
        enter: Next::Change,
        last_words,
    };
    let before = Before {
        session: &reading,
        chosen: &chosen,
        arguments,
        stage,
        may_be_of_others,
        entry: entry.as_ref(),
    };
    let look = |plan: Plan| before.look(plan);
    let plan = match plan::settle(&wish, &mut said, asker, &look)? {
        ControlFlow::Continue(plan) => plan,
        ControlFlow::Break(exit) => return Ok(exit),
    };
    let repeat = repeated::command(arguments, context, &chosen, &said);
    let again = repeated::going_on(arguments, context, &chosen, &said);
    if arguments.dry_run || arguments.forge.read_only {
        return not_made(arguments, &reading, &chosen, &plan, [&repeat, &again]);
    }
    let input = said.record(&chosen);
    // Before anything is created, so that it is known how to continue after an interruption.
    context.terminal.note(&format!("The same without a question:\n  {repeat}\n"));
    last_words.are(format!("Interrupted. To continue:\n  {}", visible_line(&again)));
    let (exit, made) = match make(arguments, &reading, &chosen, &journal, &plan, &input) {
        Ok(made) => made,
        Err(error) if has_made(&journal, &plan.draft.repository) => {
            broken_off(arguments, &reading, &journal, &plan, &error, &again)?;
            return Err(error.hint(format!("once that is fixed, continue with: {again}")));
        }
        Err(error) => return Err(unmade(error, &repeat)),
    };
    let again = (exit == Exit::Unchecked).then(|| rest(arguments, context, &chosen, &said));
    lead_on(arguments, context, made, ending::steps(context, &plan, again.as_ref()))?;
    Ok(exit)
}

/// The command for what is left once the files are there, so that there is nothing to accept any more.
fn rest(arguments: &Arguments, context: &Context, chosen: &ChosenKind, said: &Said) -> String {
    let said = Said { anyway: false, ..said.clone() };
    repeated::going_on(arguments, context, chosen, &said)
}

/// The error of a run that has created nothing.
fn unmade(error: Error, repeat: &str) -> Error {
    match error.kind() {
        // Such an error already says which other words to use.
        Kind::Usage => error,
        // Nothing is recorded, so the answers have to be given again.
        Kind::Failed => error.hint(format!("once that is fixed, run: {repeat}")),
    }
}

/// Says what comes next or, to programs, what was created too.
fn lead_on(
    arguments: &Arguments,
    context: &Context,
    made: Creation,
    steps: Vec<String>,
) -> Result<()> {
    match arguments.format {
        Form::Human => {
            next::note(context, steps);
            Ok(())
        }
        Form::Json => {
            let next = steps.into_iter().map(|step| next::command(context, step)).collect();
            document::print(context, &Creation { next, ..made })
        }
    }
}

/// Prints for programs what a run has created before it failed. For a person, the error says how to go on.
fn broken_off(
    arguments: &Arguments,
    session: &Session,
    journal: &Journal,
    plan: &Plan,
    error: &Error,
    again: &str,
) -> Result<()> {
    if arguments.format != Form::Json {
        return Ok(());
    }
    let repository = &plan.draft.repository;
    let begun = journal.unfinished(&operation(repository))?;
    let is_there = begun.as_ref().is_some_and(publish::has_repository);
    let address = session.client().address();
    let failed = Failure { what: format!("creating {repository}"), error: error.to_string() };
    let forge = OnForge {
        url: is_there.then(|| address.page(repository)),
        failed: vec![failed],
        ..document::on_forge(address.to_string(), plan)
    };
    let made = begun.map(|begun| publish::made_by(&begun)).unwrap_or_default();
    let created = Creation {
        state: State::Unfinished,
        forge: Some(forge),
        left: made.into_iter().map(|made| format!("created before the failure: {made}")).collect(),
        next: vec![again.to_owned()],
        ..document::of(arguments, plan)
    };
    document::print(&session.context, &created)
}

/// Ends a run that creates nothing.
fn not_made(
    arguments: &Arguments,
    session: &Session,
    chosen: &ChosenKind,
    plan: &Plan,
    [repeat, again]: [&str; 2],
) -> Result<Exit> {
    let context = &session.context;
    let (words, command) = match plan.stage {
        Stage::Made => ("Nothing was done: it exists already. Its status:", again),
        Stage::Begun => ("Nothing was done. To continue:", again),
        Stage::New => ("Nothing was created. To create it:", repeat),
    };
    context.terminal.note(&format!("{words}\n  {}", visible_line(command)));
    let is_unknown = session.client().is_anonymous();
    if is_unknown {
        context.terminal.note(
            "No token was found: whether the name is free is not known, and nothing can be created without a token.",
        );
    }
    if arguments.forge.read_only {
        context.terminal.note(READ_ONLY);
    }
    if arguments.format == Form::Json {
        let forge = document::on_forge(session.client().address().to_string(), plan);
        let next = vec![command.to_owned()];
        let left = ending::foreseen(chosen, plan);
        let planned = Creation { forge: Some(forge), left, next, ..document::of(arguments, plan) };
        document::print(context, &planned)?;
    }
    Ok(if is_unknown {
        Exit::Unchecked
    } else if plan.is_clean(&plan.draft.report) {
        Exit::Clean
    } else {
        Exit::Findings
    })
}

/// The image that a new member publishes.
pub(super) fn new_image(context: &Context, fleet: &Fleet, member: &Member) -> Option<NewImage> {
    let name = fleet.image(member)?;
    let tag = fleet.manifest.images.as_ref()?.tag.clone();
    // What is said of the registry's credentials is true only where it is asked.
    let registry = match NewImage::is_reported(&name) {
        true => Registry::new(Options::default()),
        false => registry::of_fleet(context, fleet, Limits::default()),
    };
    Some(NewImage { name, tag, registry })
}

/// What is published of a plan.
pub(super) fn publication<'a>(
    arguments: &Arguments,
    context: &Context,
    chosen: &'a ChosenKind,
    plan: &'a Plan,
    starter: Option<RepositoryName>,
) -> Publication<'a> {
    let draft = &plan.draft;
    let joined = plan.joining.as_ref();
    let fleet = joined.map(|joining| &joining.enrolled.fleet);
    let home = fleet.and_then(|fleet| {
        let home = fleet.manifest.home.as_ref()?;
        let name = RepositoryName::parse(&home.repository, &fleet.manifest.forge.owner)?;
        Some((name, home.path.clone()))
    });
    Publication {
        repository: draft.repository.clone(),
        slug: draft.identity.slug.clone(),
        starter,
        draft,
        pack: Arc::clone(&chosen.pack),
        fleet,
        home,
        image: joined.and_then(|joining| {
            new_image(context, &joining.enrolled.fleet, &joining.enrolled.member)
        }),
        patience: Patience { seconds: arguments.wait },
    }
}

fn make(
    arguments: &Arguments,
    reading: &Session,
    chosen: &ChosenKind,
    journal: &Journal,
    plan: &Plan,
    input: &Value,
) -> Result<(Exit, Creation)> {
    let wanted = publication(arguments, &reading.context, chosen, plan, starter(chosen));
    let written = written_to(&wanted.repository, wanted.fleet, &chosen.kind_name, &wanted.slug);
    let writes = arguments.forge.writes(&written);
    let context = &reading.context;
    let mut session = arguments.forge.session(context, chosen.fleet.as_deref(), writes)?;
    reading.tell_for(&mut session);
    let client = session.client();
    let told = |line: &str| context.terminal.note(&visible_line(line));
    let now = context.clock.rfc3339();
    let name = operation(&wanted.repository);
    if arguments.start_over {
        for given_up in given_up(chosen, &wanted.slug, &wanted.repository) {
            if given_up != name {
                tell_left(context, journal, &given_up)?;
            }
            journal.abandon(&given_up, &now)?;
        }
    }
    if plan.stage != Stage::Begun {
        close(journal, &name, &now)?;
    }
    let operation = journal.begin(&name, input, &now)?;
    let mut published = session.run(publish::publish(&wanted, client, &operation, &told))?;
    let written = |file: &Path| told(&format!("added it to {}", file.display()));
    register::joined(context, chosen, plan, ManifestChange::AtHome, &written)?;
    session.run(publish::conclude(&mut published, &wanted, client, &operation, &told))?;
    let (made, draft) = (&published.made, &plan.draft);
    let tree = session.run(seen_as(client, &made.name, &made.commit, &draft.files, &|_| true))?;
    let there = draft.clone().found(&chosen.pack, tree)?;
    let report = plan::settled(context, chosen, &there, there.report.clone())?;
    let is_complete = published.is_complete();
    let committed = plan.joining.as_ref().map(committed).unwrap_or_default();
    let left = ending::left_to_a_person(&wanted, &published, plan, &committed);
    if arguments.format == Form::Human {
        ending::tell(context, &wanted, &published, &left, &report)?;
    }
    for (what, error) in &published.left {
        context.terminal.note(&format!("{}:", visible_line(what)));
        context.terminal.error(error);
    }
    if is_complete {
        match plan.joining.as_ref().is_some_and(Joining::waits_for_entry) {
            true => published.wait_for_entry(&operation)?,
            false => operation.finish()?,
        }
    }
    let is_seen_as_wanted = ending::is_seen_as_wanted(&published, plan);
    let is_declined = published.declined(plan.was_listed).next().is_some();
    let may_be_merged = !is_declined && !published.is_conflicting();
    let is_clean = plan.is_clean(&report) && is_seen_as_wanted && may_be_merged;
    let forge = document::on_forge(client.address().to_string(), plan);
    let exit = exit(&published, wanted.image.is_some(), is_clean);
    let made = Creation {
        state: if exit == Exit::Unchecked { State::Unfinished } else { State::Created },
        forge: Some(forge.done(&published, wanted.image.as_ref())),
        files: NewFile::of(&there),
        findings: document::found(&report),
        left,
        ..document::of(arguments, plan)
    };
    Ok((exit, made))
}

fn exit(published: &Published, has_image: bool, is_clean: bool) -> Exit {
    let first = &published.first;
    // What could not be watched, or not to its end, may have failed.
    let is_watched = first.unwatched.is_none() && !first.are_cut_off;
    let is_open = !is_watched || (has_image && !first.image_is_there);
    let has_failed = first.runs.iter().any(Run::has_failed);
    if is_open || !published.is_complete() {
        Exit::Unchecked
    } else if is_clean && !has_failed {
        Exit::Clean
    } else {
        Exit::Findings
    }
}
