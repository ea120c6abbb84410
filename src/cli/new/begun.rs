//! What an earlier run of the same command has begun or finished, according to the journal, fleet.yaml and the forge.

use std::sync::Arc;

use serde_json::Value;

use super::Arguments;
use super::ending::settings_of_the_forge;
use super::given::{AnswersRead, Said};
use crate::cli::shared::forge::Session;
use crate::cli::{Context, counted};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member, RepositoryName, enrol, kin};
use crate::forge::calls::repositories::Repository;
use crate::journal::{Journal, OperationName, Unfinished};
use crate::scaffold::derive::derive;
use crate::scaffold::publish::{
    self, Recorded, has_committed, has_repository, is_finished, made_by, operation, recorded,
    waits_for_entry,
};
use crate::scaffold::slug::Problem;
use crate::scaffold::{ChosenKind, Listed, Origin, Subject, Typed};

/// The runs that one which starts over abandons: those of its repository, and of the one that its slug usually names.
pub(super) fn given_up(
    chosen: &ChosenKind,
    slug: &str,
    repository: &RepositoryName,
) -> Vec<OperationName> {
    let usual = chosen.repository(&chosen.repository_name(slug));
    let usual = usual.filter(|usual| !usual.same(repository));
    usual.iter().chain([repository]).map(operation).collect()
}

/// Says what a run has created that is given up for one of another repository: nothing names that afterwards.
pub(super) fn tell_left(context: &Context, journal: &Journal, name: &OperationName) -> Result<()> {
    let made = journal.unfinished(name)?.map(|begun| made_by(&begun)).unwrap_or_default();
    if !made.is_empty() {
        context.terminal.note(&visible_line(&format!(
            "gave up the run for {}; what it created stays: {}",
            name.key,
            made.join("; ")
        )));
    }
    Ok(())
}

/// The problem that an earlier run under this name was interrupted. Its answers are recorded, so new ones would be
/// ignored.
pub(super) fn unfinished(
    journal: &Journal,
    fleet: &Fleet,
    repository: &RepositoryName,
    slug: &str,
) -> Result<Option<Problem>> {
    let name = operation(repository);
    let found = journal.unfinished(&name)?;
    let is_open = |it: &Unfinished| !it.effects.is_empty() && !is_finished(it, &name, fleet);
    Ok(found.filter(is_open).map(|it| Problem {
        message: format!("`{slug}` was started at {} and is not finished", it.begun_at),
        hint: format!(
            "`shipshape new {slug}` continues it without questions; or choose another slug"
        ),
    }))
}

/// Whether an unfinished run may have created something. If that is not known, it may have.
pub(super) fn has_made(journal: &Journal, repository: &RepositoryName) -> bool {
    let found = journal.unfinished(&operation(repository));
    found.map_or(true, |found| found.is_some_and(|it| !it.effects.is_empty()))
}

/// Closes the record of a run that only waited for its entry in fleet.yaml, which has it by now.
pub(super) fn close(journal: &Journal, name: &OperationName, now: &str) -> Result<()> {
    match journal.unfinished(name)?.filter(waits_for_entry) {
        Some(waited) => journal.begin(name, &waited.input, now)?.finish(),
        None => Ok(()),
    }
}

/// The kind of the run that these answers continue, or else of the member of fleet.yaml that they name.
pub(super) fn kind_known_as(
    arguments: &Arguments,
    file: &AnswersRead,
    journal: &Journal,
    fleet: &Fleet,
) -> Result<Option<String>> {
    let (said, of_file) = (&arguments.said, &file.value);
    let slug = said.slug.as_ref().or(of_file.slug.as_ref());
    let repository = said.repository.as_ref().or(of_file.repository.as_ref());
    let begun_as = match arguments.start_over {
        true => None,
        false => kind_begun_as(journal, fleet, slug, repository)?,
    };
    Ok(begun_as.or_else(|| kind_listed_as(fleet, slug, repository)))
}

/// The kind of the unfinished runs that these answers continue, if they are of one: the name alone continues such a run.
/// One whose repository has another name than these answers give is not continued, and says nothing.
fn kind_begun_as(
    journal: &Journal,
    fleet: &Fleet,
    slug: Option<&String>,
    repository: Option<&String>,
) -> Result<Option<String>> {
    let Some(slug) = slug else { return Ok(None) };
    let is_continued = |run: &Recorded, name: &String| {
        let Some(kind) = fleet.manifest.kinds.get(name) else { return false };
        let called = repository.cloned().unwrap_or_else(|| kin::repository_name(kind, slug));
        RepositoryName::parse(&called, &fleet.manifest.forge.owner)
            .is_some_and(|called| run.operation == operation(&called))
    };
    let runs = recorded(journal, fleet)?;
    let mut kinds =
        runs.iter().filter_map(|run| run.kind.as_ref().filter(|kind| is_continued(run, kind)));
    let first = kinds.next();
    Ok(first.filter(|first| kinds.all(|kind| kind == *first)).cloned())
}

/// The kind of the member of fleet.yaml that these answers name, if they name one: `new` creates its repository, or does
/// the rest for it.
fn kind_listed_as(
    fleet: &Fleet,
    slug: Option<&String>,
    repository: Option<&String>,
) -> Option<String> {
    let slug = slug?;
    let is_it = |member: &&Member| {
        let called = fleet.manifest.kinds.get(&member.kind).and_then(|kind| {
            let called = repository.cloned().unwrap_or_else(|| kin::repository_name(kind, slug));
            RepositoryName::parse(&called, &fleet.manifest.forge.owner)
        });
        member.slug == *slug
            && member.retired.is_none()
            && called.is_some_and(|called| called.same(&member.repository))
    };
    let mut listed = fleet.members.iter().filter(is_it);
    let first = listed.next()?;
    listed.all(|other| other.kind == first.kind).then(|| first.kind.clone())
}

/// The repository that the answers so far refer to.
fn named(chosen: &ChosenKind, typed: &Typed) -> Option<RepositoryName> {
    let slug = typed.get(&Subject::Slug)?;
    let usual = chosen.repository_name(slug);
    chosen.repository(typed.get(&Subject::Repository).unwrap_or(&usual))
}

/// A run that is continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Begun {
    /// Whether it is known to have a repository. Otherwise one that is there by now may be another's.
    pub(super) has_repository: bool,
}

/// The earlier run that this one continues, if it does. If so, `said` is replaced by its answers. With `--start-over`,
/// the earlier run is abandoned later, when the new one begins.
pub(super) fn begun(
    arguments: &Arguments,
    context: &Context,
    journal: &Journal,
    chosen: &ChosenKind,
    said: &mut Said,
) -> Result<Option<Begun>> {
    let Some(repository) = named(chosen, &said.typed).filter(|_| !arguments.start_over) else {
        return Ok(None);
    };
    let name = operation(&repository);
    let Some(unfinished) = journal.unfinished(&name)? else { return Ok(None) };
    let fleet = chosen.fleet.as_ref();
    let is_finished = fleet.is_some_and(|fleet| is_finished(&unfinished, &name, fleet));
    if unfinished.effects.is_empty() || is_finished {
        return Ok(None);
    }
    let recorded = Said::recorded(&unfinished.input);
    let kind = unfinished.input.get("kind").and_then(Value::as_str);
    let other_kind = kind.filter(|kind| *kind != chosen.kind_name).map(|_| "kind");
    if let Some(label) = said.other_than(&recorded).or(other_kind) {
        return Err(Error::usage(format!(
            "`new {repository}` was started at {} with another answer to `{label}`, and is not finished",
            unfinished.begun_at,
        ))
        .hint("run it again without other answers to finish it as it was started")
        .hint(match has_committed(&unfinished) || chosen.kind.starter.is_none() {
            true => format!(
                "or give it up: --start-over, with another --repository or once `{repository}` is deleted"
            ),
            // The starter's files are all that it has.
            false => format!(
                "or give it up: --start-over commits the files of the new answers to `{repository}`, whose {} stay",
                settings_of_the_forge()
            ),
        })
        .hint(format!(
            "`{}` only forgets it, and lists what it created",
            context.command(&format!("new {} --forget", said.typed.get(&Subject::Slug).map_or("NAME", String::as_str)))
        )));
    }
    context.terminal.note(&format!(
        "Continuing what was started at {}: {} so far.",
        unfinished.begun_at,
        counted(unfinished.effects.len(), "step")
    ));
    // Whether errors are accepted is said each time.
    *said = Said { anyway: said.anyway, ..recorded };
    Ok(Some(Begun { has_repository: has_repository(&unfinished) }))
}

/// What fleet.yaml and the forge know of the new member already.
pub(super) struct Rejoined {
    /// The fleet without the member, if fleet.yaml lists it.
    pub(super) chosen: ChosenKind,
    /// Whether an earlier run of this command created the repository.
    pub(super) is_made: bool,
    /// What fleet.yaml says now of a member whose run is continued.
    pub(super) entry: Option<Listed>,
}

impl Rejoined {
    fn new(chosen: ChosenKind) -> Self {
        Self { chosen, is_made: false, entry: None }
    }
}

/// Looks the new member up in fleet.yaml and on the forge. A listed member without a repository was created in a folder and added by hand or with `--register`.
/// What the entry says are the answers, unless the run has recorded its own.
pub(super) fn rejoined(
    session: &Session,
    mut chosen: ChosenKind,
    said: &mut Said,
    begun: bool,
) -> Result<Rejoined> {
    if begun {
        chosen.listed.clone_from(&said.listed);
    }
    let Some(fleet) = chosen.fleet.clone() else { return Ok(Rejoined::new(chosen)) };
    let repository = named(&chosen, &said.typed);
    let (Some(slug), Some(repository)) = (said.typed.get(&Subject::Slug), repository) else {
        return Ok(Rejoined::new(chosen));
    };
    let joined = |member: &&Member| {
        member.slug == *slug && member.repository.same(&repository) && member.retired.is_none()
    };
    let Some(joined) = fleet.members.iter().find(joined) else { return Ok(Rejoined::new(chosen)) };
    let found = session.run(session.client().find_repository(&repository))?;
    let newest = match &found {
        Some(found) if !begun => session.run(newest(session, &repository, found))?,
        _ => None,
    };
    let is_made = begun || newest.as_ref().is_some_and(|message| is_marked(message, &repository));
    let note = match (&found, &newest) {
        _ if begun => None,
        (None, _) => Some(format!(
            "`{slug}` is in fleet.yaml already, but {repository} was not found: it will be created. Answers that its \
             entry does not have, such as those for a folder of --local, must be given again."
        )),
        (Some(_), None) => Some(format!(
            "`{slug}` is in fleet.yaml already, and {repository} is empty: push a first commit to it."
        )),
        (Some(_), Some(_)) => None,
    };
    if let Some(note) = note {
        session.context.terminal.note(&visible_line(&note));
    }
    let mut entry = None;
    if (is_made || found.is_none())
        && let Some(before) = enrol::without(&fleet, joined)
    {
        if begun {
            entry = Some(Listed::of(joined, &chosen.kind));
        } else {
            let listed = Listed::of(joined, &chosen.kind);
            check_listed(&fleet, joined, &listed, said)?;
            said.aliases.clone_from(&joined.aliases);
            chosen.listed = Some(listed);
            chosen = match is_made {
                true => chosen.without_questions(&said.typed),
                false => sound(&fleet, joined, chosen, &said.typed)?,
            };
        }
        chosen.fleet = Some(Arc::new(before));
    }
    Ok(Rejoined { chosen, is_made, entry })
}

/// Rejects answers that contradict the member's entry in fleet.yaml: the repository would be judged by that.
fn check_listed(fleet: &Fleet, member: &Member, listed: &Listed, said: &Said) -> Result<()> {
    let is_other = |(subject, value): &(&Subject, &String)| {
        listed.answers.get(subject).is_some_and(|known| known != *value)
    };
    let other = said.typed.iter().find(is_other).map(|(subject, _)| subject.label());
    let is_new = |alias: &String| !member.aliases.contains(alias);
    let Some(label) = other.or(said.aliases.iter().any(is_new).then_some("alias")) else {
        return Ok(());
    };
    Err(Error::usage(format!(
        "`{}` is in fleet.yaml already, with another answer to `{label}`",
        member.slug
    ))
    .in_file(&fleet.file)
    .hint("leave that answer out: what the entry says is used")
    .hint("or change the entry in fleet.yaml first"))
}

/// Requires that what the member's entry in fleet.yaml says can be answers.
fn sound(fleet: &Fleet, member: &Member, chosen: ChosenKind, typed: &Typed) -> Result<ChosenKind> {
    let is_listed = |it: &crate::scaffold::Answer| it.origin == Origin::Listed;
    let answers = derive(&chosen, typed);
    let mut listed = answers.iter().filter(|it| is_listed(it) && !it.text().is_empty());
    match listed.find_map(|it| it.problem.as_ref()) {
        None => Ok(chosen),
        Some(problem) => Err(Error::usage(&problem.message)
            .in_file(&fleet.file)
            .hint(&problem.hint)
            .hint(format!("change the entry of `{}` in fleet.yaml", member.slug))),
    }
}

/// The message of the newest commit of a repository; `None` if it is empty.
async fn newest(
    session: &Session,
    repository: &RepositoryName,
    found: &Repository,
) -> Result<Option<String>> {
    let client = session.client();
    let Some(head) = client.branch_head(repository, &found.default_branch).await? else {
        return Ok(None);
    };
    Ok(Some(client.commit(repository, &head).await?.message))
}

/// Whether a commit's message says that this command made the repository.
fn is_marked(message: &str, repository: &RepositoryName) -> bool {
    message.contains(&publish::trailer(repository))
}
