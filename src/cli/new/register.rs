//! The new member in the manifest and in the lists that lie beside it.

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

/// A file that is to say something else.
#[derive(Clone, Debug)]
pub(super) struct FileChange {
    /// The file.
    pub(super) file: PathBuf,
    /// As it is named to a person.
    pub(super) name: String,
    before: Vec<u8>,
    after: Vec<u8>,
}

impl FileChange {
    /// As a unified diff.
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

/// What joining the fleet takes.
#[derive(Clone, Debug)]
pub(super) struct Joining {
    /// The manifest with the new member.
    pub(super) enrolled: Enrolled,
    /// Lists beside the manifest first, the manifest itself last: a run that dies in between can be
    /// repeated.
    pub(super) changes: Vec<FileChange>,
    /// Lists that are elsewhere or cannot be changed, each with the reason.
    pub(super) left: Vec<(String, String)>,
}

/// Works out what joining takes; writes nothing.
pub(super) fn joining(fleet: &Fleet, member: &FullMember) -> Result<Joining, Vec<Error>> {
    let bytes = whole_file::read(&fleet.file).map_err(|error| vec![error])?.unwrap_or_default();
    // A run that goes on may have enrolled it: the fleet that it is given does not have it.
    let enrolled = match enrol::enrolled(&fleet.file, &bytes, member) {
        Some(enrolled) => enrolled,
        None => enrol::enrol(&fleet.file, &bytes, member)?,
    };
    let (mut changes, mut left) = (Vec::new(), Vec::new());
    let slug = &enrolled.member.slug;
    for registration in &fleet.manifest.registrations {
        let of_kind = registration.of.as_ref().is_none_or(|kind| *kind == enrolled.member.kind);
        if !of_kind || registration.without.contains(slug) {
            continue;
        }
        if let Some(repository) = &registration.repository {
            left.push((registration.name.clone(), format!("is in the repository `{repository}`")));
            continue;
        }
        let file = fleet.beside(&registration.path);
        // Two lists may stand in one file: each change begins where the last one ended.
        let known = changes.iter().position(|change: &FileChange| change.file == file);
        let before = match known.and_then(|index| changes.get(index)) {
            Some(change) => change.after.clone(),
            None => whole_file::read(&file).map_err(|error| vec![error])?.unwrap_or_default(),
        };
        let added = Text::decode(&before)
            .map_err(|why| why.to_string())
            .and_then(|text| registrations::add(&enrolled.fleet, registration, &text, slug));
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
