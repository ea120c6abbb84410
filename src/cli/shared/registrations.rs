//! The other lists of members: reading, judging and repairing them.

use std::path::{Path, PathBuf};

use crate::checks::Finding;
use crate::cli::shared::next::quoted_place;
use crate::cli::{Context, Exit, counted};
use crate::drift::survey::Target;
use crate::edge::terminal::{visible, visible_line};
use crate::edge::turn::Turn;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::registration::Registration;
use crate::fleet::registrations::{self as lists, ListFinding, Whose};
use crate::fleet::{Fleet, RepositoryName};
use crate::snapshot::{self, git};
use crate::source::Text;

/// Findings about differences between the fleet's registrations and its members. `holders` are local repositories to
/// read registrations from.
pub(in crate::cli) fn judge(fleet: &Fleet, holders: &[PathBuf]) -> Vec<ListFinding> {
    lists::judge_each(fleet, &|registration| read(fleet, registration, holders))
}

/// The command that shows repairs of the lists, reading other repositories from these folders.
pub(in crate::cli) fn command(context: &Context, fleet: &Fleet, folders: &[PathBuf]) -> String {
    let mut command = "fleet registrations --diff".to_owned();
    if !folders.is_empty() {
        let folders = folders.iter().map(|folder| quoted_place(folder)).collect::<Vec<_>>();
        command.push_str(&format!(" --local {}", folders.join(" ")));
    }
    // Lists beside fleet.yaml are read there, whichever repositories were judged.
    let has_holders = fleet.manifest.registrations.iter().any(|it| it.repository.is_some());
    match has_holders {
        true => context.command(&context.given.carried_to(&command)),
        false => context.command(&context.given.without("local").carried_to(&command)),
    }
}

/// All findings about lists.
pub(in crate::cli) fn all(found: Vec<ListFinding>) -> Vec<Finding> {
    found.into_iter().map(|listing| listing.finding).collect()
}

/// The findings about these targets, or that affect all entries of a list. Notes how many are about others.
pub(in crate::cli) fn about(
    context: &Context,
    targets: &[Target],
    found: Vec<ListFinding>,
) -> Vec<Finding> {
    let is_meant = |whose: &Whose| match whose {
        Whose::Member(name) => targets
            .iter()
            .any(|target| target.identity.slug == *name || target.names.contains(name)),
        Whose::Nobody => false,
        Whose::All => true,
    };
    let (meant, others): (Vec<ListFinding>, Vec<ListFinding>) =
        found.into_iter().partition(|listing| is_meant(&listing.whose));
    if !others.is_empty() {
        let (verb, command) =
            (if others.len() == 1 { "is" } else { "are" }, context.command("fleet registrations"));
        context.terminal.note(&format!(
            "{} in the lists of members {verb} about other members: `{command}` shows all of them",
            counted(others.len(), "finding")
        ));
    }
    all(meant)
}

fn read(fleet: &Fleet, registration: &Registration, holders: &[PathBuf]) -> Result<Text, String> {
    if let Some(repository) = &registration.repository {
        let holder = holder(fleet, repository, holders)?;
        let snapshot =
            snapshot::on_disk(holder).map_err(|error| format!("cannot be read: {error}"))?;
        return lists::read(&snapshot, &registration.path);
    }
    beside(fleet, registration)
}

/// The text of a registration next to fleet.yaml.
pub(in crate::cli) fn beside(fleet: &Fleet, registration: &Registration) -> Result<Text, String> {
    let bytes = whole_file::read(&fleet.beside(&registration.path))
        .map_err(|error| format!("cannot be read: {error}"))?;
    let bytes = bytes.ok_or("is not there")?;
    Text::decode(&bytes).map_err(|error| error.to_string())
}

fn holder<'a>(fleet: &Fleet, repository: &str, holders: &'a [PathBuf]) -> Result<&'a Path, String> {
    let wanted = RepositoryName::parse(repository, &fleet.manifest.forge.owner);
    let name = wanted.as_ref().map_or(repository, |wanted| wanted.name.as_str());
    let found = holders.iter().find(|holder| {
        let folder = holder.canonicalize().ok();
        let folder = folder
            .as_deref()
            .and_then(Path::file_name)
            .map(|name| name.to_string_lossy().into_owned());
        git::origin_name(holder).as_deref() == Some(name)
            || folder.is_some_and(|folder| folder.trim_end_matches(".git") == name)
    });
    found
        .map(PathBuf::as_path)
        .ok_or_else(|| format!("is in `{repository}`, and no checkout of it was named"))
}

/// Shows how those next to fleet.yaml would be repaired.
pub(in crate::cli) fn show_beside(context: &Context, fleet: &Fleet) -> Result<Exit> {
    let beside = fleet.manifest.registrations.iter().filter(|it| it.repository.is_none());
    mend_each(context, fleet, beside, &[], true)
}

/// Repairs the registrations in local files: next to fleet.yaml, or in the work trees among `holders`.
pub(in crate::cli) fn mend(
    context: &Context,
    fleet: &Fleet,
    holders: &[PathBuf],
    dry: bool,
) -> Result<Exit> {
    mend_each(context, fleet, fleet.manifest.registrations.iter(), holders, dry)
}

fn mend_each<'f>(
    context: &Context,
    fleet: &Fleet,
    registrations: impl Iterator<Item = &'f Registration>,
    holders: &[PathBuf],
    dry: bool,
) -> Result<Exit> {
    let mut exit = Exit::Clean;
    for registration in registrations {
        let name = visible(&registration.name);
        let file = match &registration.repository {
            None => fleet.beside(&registration.path),
            Some(repository) => match holder(fleet, repository, holders) {
                Ok(holder) => holder.join(&registration.path),
                Err(why) => {
                    context.terminal.note(&format!("{name}: left alone: the file {why}"));
                    exit = exit.worse(Exit::Unchecked);
                    continue;
                }
            },
        };
        // Kept until the file is replaced.
        let turn = Turn::at(&file)?;
        let text = match read(fleet, registration, holders) {
            Ok(text) => text,
            Err(why) => {
                context.terminal.note(&format!("{name}: left alone: the file {}", visible(&why)));
                exit = exit.worse(Exit::Unchecked);
                continue;
            }
        };
        let repaired = match lists::repair(fleet, registration, &text, lists::Scope::Removals) {
            Ok(repaired) => repaired,
            Err(why) => {
                context.terminal.note(&format!("{name}: left alone: {}", visible(&why)));
                exit = exit.worse(Exit::Unchecked);
                continue;
            }
        };
        for left in &repaired.left {
            context.terminal.note(&format!("{name}: {}", visible_line(&left.to_string())));
            exit = exit.worse(Exit::Findings);
        }
        if repaired.edits.is_empty() {
            continue;
        }
        if dry {
            let (before, after) = (text.as_str(), repaired.text.as_str());
            let diff = similar::TextDiff::from_lines(before, after);
            let path = registration.path.as_str();
            let diff =
                diff.unified_diff().header(&format!("a/{path}"), &format!("b/{path}")).to_string();
            context.terminal.output(&visible(&diff))?;
        } else if file.is_file() {
            turn.replace(&repaired.text.to_bytes())?;
            context.terminal.note(&format!("{name}: repaired {}", file.display()));
        } else {
            return Err(Error::usage("a bare repository has no files to repair").in_file(file));
        }
    }
    Ok(exit)
}
