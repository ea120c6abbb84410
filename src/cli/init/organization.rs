//! The repositories of an owner on the forge, read without cloning.

use super::Arguments;
use crate::cli::shared::forge::Session;
use crate::cli::{Context, Exit};
use crate::error::{Error, Result};
use crate::fleet::RepositoryName;
use crate::fleet::draft::{self, Observed, Seen};
use crate::forge::calls::repositories_of_owner::Listed;
use crate::forge::scan::{Place, Scan};
use crate::forge::{ForgeError, ForgeErrorKind, WriteScope};

/// Lists the repositories of an organisation or user. Reads files of likely members, to guess from.
pub(super) fn observe(
    arguments: &Arguments,
    context: &Context,
    owner: &str,
    exit: &mut Exit,
) -> Result<Observed> {
    let session = arguments.forge.session(context, None, WriteScope::none())?;
    let bar = context.terminal.counter("listing repositories");
    let step = |count| bar.inc(count);
    let found = session.run(session.client().repositories_of(owner, &step)).map_err(|error| {
        let what = format!("cannot list the repositories of `{owner}`");
        if error.kind == ForgeErrorKind::NotFound {
            // The usual hint is about fleet.yaml, which does not exist yet.
            Error::failed(what).caused_by(error).hint(
                "is the name correct? The forge gives the same answer if the token may not see it",
            )
        } else {
            Error::from(error).within(what)
        }
    })?;
    bar.finish_and_clear();
    if found.is_empty() {
        return Err(none_visible(owner, session.client().is_anonymous()));
    }
    let mut repositories: Vec<Seen> = found.iter().map(seen).collect();
    read_files(&session, context, &arguments.prefix, &mut repositories, exit)?;
    let noun = if repositories.len() == 1 { "repository" } else { "repositories" };
    let source = format!("{} {noun} of {owner}", repositories.len());
    Ok(Observed { source, repositories, ..Observed::default() })
}

fn seen(repository: &Listed) -> Seen {
    let name = repository.name.clone();
    let states = [
        (repository.is_archived, "it is archived"),
        (repository.is_disabled, "the forge has disabled it"),
        (repository.is_fork, "it is a fork"),
        (repository.is_empty, "it is empty"),
    ];
    let aside = states.iter().find(|(holds, _)| *holds).map(|(_, why)| (*why).to_owned());
    let branch = repository.default_branch.clone();
    let is_template = repository.is_template;
    Seen { name: name.name, owner: Some(name.owner), branch, aside, is_template, ..Seen::default() }
}

/// The most repositories whose files are read; more would not improve the guesses.
const MOST_READ: usize = 100;

/// The most rounds in which texts are fetched.
const ROUNDS: usize = 4;

fn read_files(
    session: &Session,
    context: &Context,
    prefixes: &[String],
    repositories: &mut [Seen],
    exit: &mut Exit,
) -> Result<()> {
    let likely = draft::likely_members(repositories, prefixes);
    let places: Vec<Place> = likely
        .iter()
        .take(MOST_READ)
        .filter_map(|index| {
            let seen = repositories.get(*index)?;
            let name = RepositoryName::new(seen.owner.clone()?, seen.name.clone());
            Some(Place { name, reference: None })
        })
        .collect();
    let mut scan = Scan::new(session.client(), []);
    let bar = context.terminal.progress(places.len(), "reading");
    let snapshots = session.run(scan.snapshots(&places, &|count| bar.inc(count)));
    bar.finish_and_clear();
    for _ in 0..ROUNDS {
        snapshots.iter().flatten().for_each(|snapshot| drop(draft::observe(snapshot)));
        if session.run(scan.fetch_wanted()).is_empty() {
            break;
        }
    }
    // What is written without having read anything would be a guess that nothing supports; empty ones say nothing.
    if snapshots.iter().all(std::result::Result::is_err) {
        let errors = snapshots.iter().filter_map(|it| it.as_ref().err());
        let unread: Vec<&ForgeError> = errors.filter(|error| !is_empty(error)).collect();
        if let Some(why) = unread.first() {
            return Err(none_readable(unread.len(), why));
        }
    }
    for ((index, place), snapshot) in likely.iter().zip(&places).zip(snapshots) {
        let Some(seen) = repositories.get_mut(*index) else { continue };
        match snapshot {
            Ok(snapshot) => seen.contents = Some(draft::observe(&snapshot)),
            Err(error) if is_empty(&error) => {
                seen.aside = Some("it is empty".to_owned());
            }
            Err(error) => {
                let failed = Error::from(error);
                let failed = failed.within(format!("cannot read `{}` to infer from", place.name));
                context.terminal.error(&failed);
                *exit = Exit::Unchecked;
            }
        }
    }
    Ok(())
}

/// Whether a repository cannot be read since there is nothing in it.
fn is_empty(error: &ForgeError) -> bool {
    error.kind == ForgeErrorKind::Conflict
}

fn none_visible(owner: &str, is_anonymous: bool) -> Error {
    let (message, hint) = match is_anonymous {
        true => (
            format!("`{owner}` has no public repositories"),
            "without a token only public repositories are visible; `shipshape doctor` shows where a token is taken from",
        ),
        false => (
            format!("the repositories of `{owner}` are missing or hidden from this token"),
            "`shipshape doctor` shows where the token is taken from; a fine-grained token and an App see only the \
             repositories that they were given",
        ),
    };
    Error::failed(message).hint(hint)
}

fn none_readable(count: usize, why: &ForgeError) -> Error {
    let error = Error::failed(format!(
        "no likely member could be read, of {count}, so there is nothing to infer fleet.yaml from"
    ))
    .caused_by(why);
    // Another token changes nothing about a forge that does not answer.
    let is_of_permission = !matches!(
        why.kind,
        ForgeErrorKind::Limited
            | ForgeErrorKind::Unreachable
            | ForgeErrorKind::Unavailable
            | ForgeErrorKind::Unintelligible
            | ForgeErrorKind::Interrupted
    );
    match is_of_permission {
        true => {
            error.hint("`shipshape doctor --permissions 'init --owner'` lists what the token needs")
        }
        false => error,
    }
}
