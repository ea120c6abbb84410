//! Adds the new member to the manifest and to the lists next to it.

use std::path::PathBuf;

use crate::change::diff_of_file;
use crate::edge::turn::Turn;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::enrol::{self, Enrolled};
use crate::fleet::manifest::FullMember;
use crate::fleet::registrations::Left;
use crate::fleet::{Fleet, registrations};
use crate::snapshot::RepoPath;
use crate::source::Text;

/// A change to a file.
#[derive(Clone, Debug)]
pub(super) struct FileChange {
    /// The file.
    pub(super) file: PathBuf,
    /// The name shown to people.
    pub(super) name: String,
    before: Vec<u8>,
    after: Vec<u8>,
}

impl FileChange {
    /// The change as a unified diff.
    pub(super) fn difference(&self) -> String {
        diff_of_file(&RepoPath::new(&self.name), &self.before, &self.after)
    }

    /// Writes it, unless the file has changed since it was read.
    pub(super) fn write(&self) -> Result<()> {
        let turn = Turn::at(&self.file)?;
        if turn.read()?.as_deref() != Some(&self.before[..]) {
            return Err(Error::failed("the file has changed since it was read")
                .in_file(&self.file)
                .hint("run the command again"));
        }
        turn.replace(&self.after)
    }
}

/// Where the manifest is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ManifestChange {
    /// On this machine.
    Here,
    /// Where it is kept: on the forge, if it has a `home`.
    AtHome,
}

/// The changes for joining the fleet.
#[derive(Clone, Debug)]
pub(super) struct Joining {
    /// The manifest with the new member.
    pub(super) enrolled: Enrolled,
    /// The lists next to the manifest, then the manifest itself, so that a run which is interrupted in between can be
    /// repeated.
    pub(super) changes: Vec<FileChange>,
    /// The files on this machine that list the member, or will.
    pub(super) files: Vec<String>,
    /// Whether the manifest on this machine lists the member already.
    pub(super) is_listed: bool,
    /// The lists that are elsewhere or cannot be changed, each with the reason.
    pub(super) left: Vec<(String, String)>,
}

impl Joining {
    /// Whether the manifest on this machine will list the member only once a pull request in `home` is merged.
    pub(super) fn waits_for_entry(&self) -> bool {
        self.enrolled.fleet.manifest.home.is_some() && !self.is_listed
    }
}

/// Computes the changes without writing anything.
pub(super) fn joining(
    fleet: &Fleet,
    member: &FullMember,
    manifest: ManifestChange,
) -> Result<Joining, Vec<Error>> {
    let bytes = whole_file::read(&fleet.file).map_err(|error| vec![error])?.unwrap_or_default();
    // An earlier run may have added the member to the file, while `fleet` was loaded without it.
    let listed = enrol::enrolled(&fleet.file, &bytes, member);
    let is_listed = listed.is_some();
    let enrolled = match listed {
        Some(enrolled) => enrolled,
        None => enrol::enrol(&fleet.file, &bytes, member)?,
    };
    let (mut changes, mut files, mut left) = (Vec::new(), Vec::new(), Vec::new());
    let member = &enrolled.member;
    for registration in &fleet.manifest.registrations {
        if !registration.is_of(member) || registration.excuses(member) {
            continue;
        }
        if let Some(repository) = &registration.repository {
            left.push((registration.name.clone(), format!("is in the repository `{repository}`")));
            continue;
        }
        let file = fleet.beside(&registration.path);
        // Two lists may be in one file, so each change starts from the result of the previous one.
        let known = changes.iter().position(|change: &FileChange| change.file == file);
        let before = match known.and_then(|index| changes.get(index)) {
            Some(change) => change.after.clone(),
            None => whole_file::read(&file).map_err(|error| vec![error])?.unwrap_or_default(),
        };
        let added = Text::decode(&before)
            .map_err(|why| why.to_string())
            .and_then(|text| registrations::add(&enrolled.fleet, registration, &text, member));
        match added {
            Err(why) => left.push((registration.name.clone(), why)),
            Ok(added) => {
                let words = |it: &Left| (registration.name.clone(), it.to_string());
                left.extend(added.left.iter().map(words));
                if !files.contains(&registration.path) {
                    files.push(registration.path.clone());
                }
                if added.edits.is_empty() {
                    continue;
                }
                let after = added.text.to_bytes();
                match known.and_then(|index| changes.get_mut(index)) {
                    Some(change) => change.after = after,
                    None => {
                        let name = registration.path.clone();
                        changes.push(FileChange { file, name, before, after });
                    }
                }
            }
        }
    }
    let name = fleet.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let after = enrolled.bytes.clone();
    if manifest == ManifestChange::Here || fleet.manifest.home.is_none() {
        files.push(name.clone());
        if after != bytes {
            changes.push(FileChange { file: fleet.file.clone(), name, before: bytes, after });
        }
    }
    Ok(Joining { enrolled, changes, files, is_listed, left })
}
