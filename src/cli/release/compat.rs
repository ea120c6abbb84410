//! Which members a release would break: `package compat` over the fleet, with the source at the commit.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use pep440_rs::Version;

use crate::checks::compatibility::{self, Question};
use crate::cli::Context;
use crate::cli::shared;
use crate::cli::shared::forge::Session;
use crate::edge::checkout;
use crate::edge::private_files::temporary_folder;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member, RepositoryName};
use crate::forge::ForgeError;
use crate::forge::scan::{Place, Scan};
use crate::package::description;
use crate::package::interface::Offer;
use crate::release::Subject;
use crate::release::plan::Suits;
use crate::shape::Pack;
use crate::snapshot::{EntryKind, Snapshot};

/// The input of [`ask`].
pub(super) struct Asked<'a> {
    pub(super) fleet: &'a Fleet,
    pub(super) subject: &'a Subject,
    pub(super) commit: &'a str,
    pub(super) version: &'a Version,
    /// The source on this machine, instead of that at the commit.
    pub(super) source: Option<&'a Path>,
}

/// Checks every member.
pub(super) fn ask(context: &Context, session: &Session, asked: &Asked<'_>) -> Result<Vec<Suits>> {
    let members: Vec<&Member> = asked.fleet.active().collect();
    let runtime = runtime(context, session, asked)?.at_version(asked.version.clone());
    let question = |packs: &[&Pack]| Ok(Question::new(runtime, Vec::new(), packs));
    shared::compatibility::ask(
        context,
        session,
        asked.fleet,
        &members,
        question,
        compatibility::judge,
    )
}

/// Refuses a token that may not read the members, before anything is reserved: the gate could not check them, so that
/// the run would stop half-way. What else keeps a member from being read may pass, and is left to the gate.
pub(super) fn can_read(session: &Session, fleet: &Fleet) -> Result<()> {
    let names = Fleet::by_repository(fleet.active()).into_iter().map(|(repository, _)| repository);
    let names: Vec<&RepositoryName> = names.collect();
    let place = |name: &&RepositoryName| Place { name: (*name).clone(), reference: None };
    let places: Vec<Place> = names.iter().map(place).collect();
    let heads = session.run(Scan::new(session.client(), []).heads(&places, &|_| {}));
    let why = |head: Result<_, ForgeError>| head.err()?.out_of_sight();
    let unread: Vec<(&RepositoryName, String)> =
        names.into_iter().zip(heads).filter_map(|(name, head)| Some((name, why(head)?))).collect();
    let Some(((first, why), others)) = unread.split_first() else { return Ok(()) };
    let others = match others.len() {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    Err(Error::failed("the token cannot read all members, so nothing was done")
        .caused_by(format!("`{first}`{others}: {why}"))
        .hint("permit it `contents: read` in the repositories of the members: `shipshape doctor` shows which it cannot read")
        .hint("or skip the check of the members: --no-compat"))
}

/// The runtime as it would be built.
fn runtime(context: &Context, session: &Session, asked: &Asked<'_>) -> Result<Offer> {
    let import = asked.fleet.manifest.runtime_package.as_ref().map(|it| it.import.clone());
    let import = import.unwrap_or_default();
    if let Some(folder) = asked.source {
        if !folder.is_dir() {
            return Err(Error::usage("there is no such folder").in_file(folder));
        }
        return offer(context, folder, folder, &import);
    }
    let base = temporary_folder("shipshape-source-")
        .map_err(|error| Error::failed("there is no temporary folder").caused_by(error))?;
    let tree = source(session, asked.subject, asked.commit)?;
    checkout::write(base.path(), &tree)?;
    offer(context, base.path(), &base.path().join(&asked.subject.path), &import)
}

/// The runtime built from a folder, as described by the nearest package.yaml from the source upwards.
fn offer(context: &Context, root: &Path, source: &Path, import: &str) -> Result<Offer> {
    let above = source.ancestors().take_while(|folder| folder.starts_with(root));
    let mut files = above.map(|folder| folder.join(description::FILE));
    let found = match files.find(|file| file.is_file()) {
        Some(file) => Offer::of_package(&file),
        None => Offer::of_source(source, import),
    };
    let mut offer = context.all(found)?;
    // The name of a temporary folder means nothing to users.
    if root != source || offer.distribution.is_empty() {
        offer.label = format!("{import} of the source");
    }
    Ok(offer)
}

/// The source folder at the commit, with the files in folders above it: package.yaml, the readme, the licence.
pub(super) fn source(session: &Session, subject: &Subject, commit: &str) -> Result<Snapshot> {
    let Subject { repository, path, .. } = subject;
    let mut scan = Scan::new(session.client(), []);
    let place = Place { name: repository.clone(), reference: Some(commit.to_owned()) };
    let unread = |cause: &dyn std::fmt::Display| {
        Error::failed(format!("cannot read the source in `{repository}`"))
            .caused_by(cause)
            .hint("name a checkout: `--source DIR`; or skip the check: --no-compat")
    };
    let found = session.run(scan.snapshots(&[place], &|_| {})).pop();
    let whole: Snapshot = match found {
        Some(Ok(whole)) => whole,
        Some(Err(error)) => return Err(unread(&error)),
        None => return Err(unread(&"it was not requested")),
    };
    let wanted = |file: &str| match file.rsplit_once('/') {
        // Inside the source folder, or in a folder above it.
        Some((folder, _)) => {
            let within = |outer: &str, inner: &str| {
                inner
                    .strip_prefix(outer)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            within(path, folder) || within(folder, path)
        }
        None => true,
    };
    let entries: BTreeMap<_, _> = whole
        .entries
        .iter()
        .filter(|(file, entry)| entry.kind != EntryKind::Submodule && wanted(file.as_str()))
        .map(|(file, entry)| (file.clone(), *entry))
        .collect();
    let mut tree = whole;
    tree.entries = Arc::new(entries);
    // Request everything first, so that it is fetched in few documents.
    for entry in tree.entries.values() {
        let _ = tree.read(entry.id);
    }
    session.run(scan.fetch_wanted());
    Ok(tree)
}
