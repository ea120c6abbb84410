//! A draft made on the forge, through the journal: killed anywhere and run again, it is made once.

use std::sync::Arc;

use serde_json::{Value, json};

use super::plan::{self, Plan, Stage, Wish};
use super::{Arguments, ending, prepare, said, show};
use crate::cli::forge::Session;
use crate::cli::last_words::LastWords;
use crate::cli::next;
use crate::cli::{Context, Exit, counted, journal, observing, registry};
use crate::edge::network::Limits;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::manifest::ShapeRepository;
use crate::fleet::{Fleet, Member, RepositoryName, enrol};
use crate::forge::Writes;
use crate::journal::{Journal, OperationName};
use crate::scaffold::publish::{
    self, Existing, NewImage, Patience, Publication, Published, Sought, kept_of, seen_as,
    written_to,
};
use crate::scaffold::slug::Problem;
use crate::scaffold::{Ground, Subject, Typed};

pub(super) fn run(
    arguments: &Arguments,
    context: &Context,
    last_words: &LastWords,
) -> Result<Exit> {
    let fleet = context.fleet(None)?.map(Arc::new);
    let fleet = fleet.ok_or_else(|| {
        Error::usage("there is no fleet.yaml that says where to make it")
            .hint("make only a folder: --local DIR")
            .hint("or write a manifest first: `shipshape init`")
    })?;
    let reading = arguments.forge.session(context, Some(&fleet), Writes::none())?;
    let file = said::answers_file(context, arguments.answers.as_deref())?;
    let mut asker = prepare::asker(arguments, context);
    let owner = fleet.manifest.forge.owner.clone();
    let remote = |shape: &ShapeRepository| observing::remote_pack(&reading, &owner, shape);
    let ground = prepare::ground(
        arguments,
        context,
        Some(Arc::clone(&fleet)),
        &file,
        asker.as_mut(),
        Some(&remote),
    )?;
    let mut typed = said::typed(arguments, &file, &ground)?;
    let mut aliases = [&arguments.alias[..], &file.value.aliases[..]].concat();
    let journal = journal::open(arguments.state.as_deref(), context, &fleet, &reading)?;
    let begun = begun(arguments, context, &journal, &ground, &mut typed, &mut aliases)?;
    let (ground, is_ours) = rejoined(&reading, ground, &typed, begun)?;
    let stage = match (begun, is_ours) {
        (true, _) => Stage::Begun,
        (false, true) => Stage::Made,
        (false, false) => Stage::New,
    };
    if stage == Stage::Made && typed.len() > 1 {
        let note = "It was made before: answers change nothing in what is there.";
        context.terminal.note(note);
    }
    let asker = asker.filter(|_| stage == Stage::New);
    let question = format!("Make it on {}?", reading.client().address());
    let is_taken = |slug: &str, name: &RepositoryName| taken(&reading, &ground, slug, name);
    let wish = Wish {
        arguments,
        context,
        ground: &ground,
        aliases: &aliases,
        file: &file,
        question: &question,
        stage,
        taken: Some(&is_taken),
    };
    let look = |plan: Plan| on_forge(&reading, &ground, arguments, plan, stage);
    let Some(plan) = plan::settle(&wish, &mut typed, asker, &look)? else { return Ok(Exit::Clean) };
    let repeat = said::command(arguments, context, &ground, (&typed, &aliases));
    if arguments.dry_run || arguments.forge.read_only {
        context.terminal.note(&format!("Nothing was made. To make it:\n  {repeat}"));
        return Ok(if show::is_clean(&plan.draft.report) { Exit::Clean } else { Exit::Findings });
    }
    let input = input(&typed, &aliases, &ground);
    // Before anything is made: who is cut off in the middle wants to know how to go on.
    let note = "The same without a question, and what goes on with it should it be cut off:";
    context.terminal.note(&format!("{note}\n  {repeat}\n"));
    last_words.are(format!("Cut off. It goes on with:\n  {}", visible_line(&repeat)));
    let exit = make(arguments, &reading, &ground, &journal, &plan, &input)?;
    let again = (exit == Exit::Unchecked).then_some(&repeat);
    next::note(context, ending::steps(context, &plan, again));
    Ok(exit)
}

fn operation(repository: &RepositoryName) -> OperationName {
    OperationName::new("new", repository.to_string().to_lowercase())
}

/// What the operation is begun with: two runs with the same are one.
fn input(typed: &Typed, aliases: &[String], ground: &Ground) -> Value {
    let answers: serde_json::Map<String, Value> =
        typed.iter().map(|(subject, value)| (subject.key(), value.clone().into())).collect();
    json!({ "answers": answers, "aliases": aliases, "kind": ground.kind_name })
}

/// The repository that the answers so far are about.
fn named(ground: &Ground, typed: &Typed) -> Option<RepositoryName> {
    let slug = typed.get(&Subject::Slug)?;
    let usual = ground.repository_name(slug);
    ground.repository(typed.get(&Subject::Repository).unwrap_or(&usual))
}

/// Whether an earlier run began it. Its answers count then; others are no longer asked.
fn begun(
    arguments: &Arguments,
    context: &Context,
    journal: &Journal,
    ground: &Ground,
    typed: &mut Typed,
    aliases: &mut Vec<String>,
) -> Result<bool> {
    let Some(repository) = named(ground, typed) else { return Ok(false) };
    let name = operation(&repository);
    if arguments.start_over {
        journal.abandon(&name, &context.clock.rfc3339())?;
        return Ok(false);
    }
    let Some(unfinished) = journal.unfinished(&name)? else { return Ok(false) };
    if unfinished.effects.is_empty() {
        return Ok(false);
    }
    let strings = |value: &Value| -> Vec<String> {
        let items = value.as_array().into_iter().flatten();
        items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let recorded: Typed = unfinished
        .input
        .get("answers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((Subject::of_key(key)?, value.as_str()?.to_owned())))
        .collect();
    let other = typed.iter().find(|(subject, value)| {
        **subject != Subject::Slug && recorded.get(subject) != Some(value)
    });
    let known = unfinished.input.get("aliases").map(strings).unwrap_or_default();
    let kind = unfinished.input.get("kind").and_then(Value::as_str);
    let other = match other {
        Some((subject, _)) => Some(subject.label()),
        None if !aliases.is_empty() && *aliases != known => Some("alias"),
        None if kind.is_some_and(|kind| kind != ground.kind_name) => Some("kind"),
        None => None,
    };
    if let Some(label) = other {
        return Err(Error::usage(format!(
            "`new {repository}` was begun at {} with another {label}, and is not finished",
            unfinished.begun_at,
        ))
        .hint("run it again without other answers to finish it as it was begun")
        .hint("or give it up with --start-over; what it has made so far stays"));
    }
    context.terminal.note(&format!(
        "Going on with what was begun at {}: {} so far.",
        unfinished.begun_at,
        counted(unfinished.effects.len(), "step")
    ));
    *typed = recorded;
    *aliases = known;
    Ok(true)
}

/// The ground without the new member, where an earlier run of this very command has enrolled it; and whether one has.
fn rejoined(
    session: &Session,
    mut ground: Ground,
    typed: &Typed,
    begun: bool,
) -> Result<(Ground, bool)> {
    let Some(fleet) = &ground.fleet else { return Ok((ground, false)) };
    let (Some(slug), Some(repository)) = (typed.get(&Subject::Slug), named(&ground, typed)) else {
        return Ok((ground, false));
    };
    let joined = |member: &&crate::fleet::Member| {
        member.slug == *slug && member.repository.same(&repository) && member.retired.is_none()
    };
    if !fleet.members.iter().any(|member| joined(&member)) {
        return Ok((ground, false));
    }
    let ours = begun || session.run(is_marked(session, &repository))?;
    if ours && let Some(before) = enrol::without(fleet, slug) {
        ground.fleet = Some(Arc::new(before));
    }
    Ok((ground, ours))
}

/// Whether the newest commit of a repository says that this command made it.
async fn is_marked(session: &Session, repository: &RepositoryName) -> Result<bool> {
    let client = session.client();
    let Some(found) = client.find_repository(repository).await? else { return Ok(false) };
    let head = client.branch_head(repository, &found.default_branch).await?;
    let Some(head) = head else { return Ok(false) };
    let commit = client.commit(repository, &head).await?;
    Ok(commit.message.contains(&publish::trailer(repository)))
}

/// The image that a new member publishes.
fn new_image(context: &Context, fleet: &Fleet, member: &Member) -> Option<NewImage> {
    let name = fleet.image(member)?;
    let tag = fleet.manifest.images.as_ref()?.tag.clone();
    Some(NewImage { name, tag, registry: registry::of_fleet(context, fleet, Limits::default()) })
}

fn publication<'a>(
    (arguments, context): (&Arguments, &Context),
    ground: &'a Ground,
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
        visibility: draft.visibility,
        description: draft.description.clone(),
        draft,
        pack: Arc::clone(&ground.pack),
        fleet,
        home,
        image: joined.and_then(|joining| {
            new_image(context, &joining.enrolled.fleet, &joining.enrolled.member)
        }),
        patience: Patience { seconds: arguments.wait },
    }
}

/// What on the forge keeps a name from being taken: it is asked as soon as the name is known, before other questions.
fn taken(
    session: &Session,
    ground: &Ground,
    slug: &str,
    repository: &RepositoryName,
) -> Result<Option<Problem>> {
    let member = Member {
        slug: slug.to_owned(),
        repository: repository.clone(),
        kind: ground.kind_name.clone(),
        ..Member::default()
    };
    let fleet = ground.fleet.as_ref();
    let image = fleet.and_then(|fleet| new_image(&session.context, fleet, &member));
    let starter = starter(ground);
    let (starter, image) = (starter.as_ref(), image.as_ref());
    let sought = Sought { repository, starter, image };
    let existing = session.run(publish::existing(&sought, session.client(), false))?;
    Ok(existing.problem(&sought))
}

/// The starter of the kind, when the fleet has one.
fn starter(ground: &Ground) -> Option<RepositoryName> {
    RepositoryName::parse(ground.kind.starter.as_deref()?, ground.forge_owner())
}

/// Looks at the forge before anything is made: whether the name is free, and what the starter brings along.
fn on_forge(
    session: &Session,
    ground: &Ground,
    arguments: &Arguments,
    mut plan: Plan,
    stage: Stage,
) -> Result<Plan> {
    let client = session.client();
    let starter = starter(ground);
    let asked = (arguments, &session.context);
    let wanted = publication(asked, ground, &plan, starter.clone());
    let sought = wanted.sought();
    let existing = session.run(publish::existing(&sought, client, stage == Stage::Begun))?;
    if let Some(Problem { message, hint }) = existing.problem(&sought) {
        return Err(Error::usage(message).hint(hint));
    }
    let mut remarks = vec![match (&existing, &starter) {
        (Existing::Ours, _) if stage == Stage::Made => {
            format!("go on with {}: its files stay as they are", wanted.repository)
        }
        (Existing::Ours, _) => format!("go on with {}", wanted.repository),
        (_, Some(starter)) => format!("generate {} from {starter}", wanted.repository),
        (_, None) => format!("make {}", wanted.repository),
    }];
    remarks.push(format!("{}; one commit on top", wanted.visibility.as_str()));
    remarks.extend(publish::offers_in_words(&wanted));
    drop(wanted);
    plan.remarks = remarks;
    let Some(starter) = starter else { return Ok(plan) };
    let base = session.run(starter_tree(session, &starter, ground, &plan))?;
    let draft = plan.draft.over(&ground.pack, base)?;
    let report = plan::settled(&session.context, ground, &draft, draft.report.clone())?;
    plan.draft = crate::scaffold::draft::Draft { report, ..draft };
    Ok(plan)
}

/// The starter's files as far as they stay.
async fn starter_tree(
    session: &Session,
    starter: &RepositoryName,
    ground: &Ground,
    plan: &Plan,
) -> Result<crate::snapshot::Snapshot> {
    let client = session.client();
    let failed = |error: Error| error.hint(format!("the starter of the kind is `{starter}`"));
    let found = client.repository(starter).await.map_err(|error| failed(error.into()))?;
    if !found.is_template {
        return Err(Error::failed(format!(
            "`{starter}` is no template, so nothing can be generated from it"
        ))
        .hint("make it one in its settings, or take `starter` out of fleet.yaml"));
    }
    let head = client.branch_head(starter, &found.default_branch).await?;
    let head = head.ok_or_else(|| {
        Error::failed(format!("the starter `{starter}` is empty"))
            .hint("`shipshape starter sync` offers it the shape")
    })?;
    let profile = ground.pack.profile(plan.draft.identity.profile.as_deref());
    let keeps = |path: &str| {
        profile.as_ref().is_none_or(|profile| kept_of(path, &plan.draft, &ground.pack, profile))
    };
    seen_as(client, starter, &head, &plan.draft.files, &keeps).await
}

fn make(
    arguments: &Arguments,
    reading: &Session,
    ground: &Ground,
    journal: &Journal,
    plan: &Plan,
    input: &Value,
) -> Result<Exit> {
    let wanted = publication((arguments, &reading.context), ground, plan, starter(ground));
    let written = written_to(&wanted.repository, wanted.fleet, &ground.kind_name, &wanted.slug);
    let writes = arguments.forge.writes(&written);
    let context = &reading.context;
    let mut session = arguments.forge.session(context, ground.fleet.as_deref(), writes)?;
    reading.tell_for(&mut session);
    let client = session.client();
    let told = |line: &str| context.terminal.note(&visible_line(line));
    let now = context.clock.rfc3339();
    let operation = journal.begin(&operation(&wanted.repository), input, &now)?;
    let mut published = session.run(publish::publish(&wanted, client, &operation, &told))?;
    for change in plan.joining.iter().flat_map(|joining| &joining.changes) {
        change.write()?;
        told(&format!("added it to {}", change.file.display()));
    }
    session.run(publish::conclude(&mut published, &wanted, client, &operation, &told))?;
    let (made, draft) = (&published.made, &plan.draft);
    let tree = session.run(seen_as(client, &made.name, &made.commit, &draft.files, &|_| true))?;
    let report = plan::settled(context, ground, draft, draft.judge(&ground.pack, &tree)?)?;
    let is_complete = published.is_complete();
    ending::tell(context, &wanted, &published, plan, &report)?;
    for (what, error) in &published.left {
        context.terminal.note(&format!("{}:", visible_line(what)));
        context.terminal.error(error);
    }
    if is_complete {
        operation.finish()?;
    }
    Ok(exit(&published, show::is_clean(&report)))
}

fn exit(published: &Published, is_clean: bool) -> Exit {
    // What could not be watched may have failed.
    if !published.is_complete() || published.first.unwatched.is_some() {
        Exit::Unchecked
    } else if is_clean {
        Exit::Clean
    } else {
        Exit::Findings
    }
}
