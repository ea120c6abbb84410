//! Adds the new member to the manifest and to the lists next to it.

use std::path::PathBuf;

use crate::change::diff_of_file;
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
        if whole_file::read(&self.file)?.as_deref() != Some(&self.before[..]) {
            return Err(Error::failed("the file has changed since it was read")
                .in_file(&self.file)
                .hint("run the command again"));
        }
        whole_file::replace(&self.file, &self.after)
    }
}

/// The changes for joining the fleet.
#[derive(Clone, Debug)]
pub(super) struct Joining {
    /// The manifest with the new member.
    pub(super) enrolled: Enrolled,
    /// The lists next to the manifest, then the manifest itself, so that a run which is interrupted in between can be
    /// repeated.
    pub(super) changes: Vec<FileChange>,
    /// The lists that are elsewhere or cannot be changed, each with the reason.
    pub(super) left: Vec<(String, String)>,
}

/// Computes the changes without writing anything.
pub(super) fn joining(fleet: &Fleet, member: &FullMember) -> Result<Joining, Vec<Error>> {
    let bytes = whole_file::read(&fleet.file).map_err(|error| vec![error])?.unwrap_or_default();
    // An earlier run may have added the member to the file, while `fleet` was loaded without it.
    let enrolled = match enrol::enrolled(&fleet.file, &bytes, member) {
        Some(enrolled) => enrolled,
        None => enrol::enrol(&fleet.file, &bytes, member)?,
    };
    let (mut changes, mut left) = (Vec::new(), Vec::new());
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
    // A manifest that is kept on the forge is changed there.
    if after != bytes && fleet.manifest.home.is_none() {
        changes.push(FileChange { file: fleet.file.clone(), name, before: bytes, after });
    }
    Ok(Joining { enrolled, changes, left })
}
