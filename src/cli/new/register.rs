//! Adds the new member to the manifest and to the lists next to it.

use std::path::{Path, PathBuf};

use super::plan::Plan;
use crate::change::diff_of_file;
use crate::cli::Context;
use crate::edge::turn::Turn;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::enrol::{self, Enrolled};
use crate::fleet::manifest::FullMember;
use crate::fleet::registrations::Left;
use crate::fleet::{Fleet, registrations};
use crate::scaffold::{ChosenKind, slug};
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

    /// Writes it, and returns whether it did: not if the file has changed since it was read.
    fn write(&self) -> Result<bool> {
        let turn = Turn::at(&self.file)?;
        if turn.read()?.as_deref() != Some(&self.before[..]) {
            return Ok(false);
        }
        turn.replace(&self.after)?;
        Ok(true)
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
    /// Whether the changes that were computed anew do what these would have done, so that what was said of them is true.
    fn is_repeated_by(&self, anew: &Self) -> bool {
        self.enrolled.member == anew.enrolled.member && self.left == anew.left
    }

    /// Whether the manifest on this machine will list the member only once a pull request in `home` is merged.
    pub(super) fn waits_for_entry(&self) -> bool {
        self.enrolled.fleet.manifest.home.is_some() && !self.is_listed
    }
}

/// How often the changes are computed anew where the files were changed meanwhile: each time, another run has made its own.
const MAX_TRIES: usize = 20;

/// Makes the changes of a plan for joining the fleet, and tells each file. Where one was changed meanwhile, as by another run
/// of `new`, they are computed anew, unless the same slug has joined as another member, or other lists are left to a person.
pub(super) fn joined(
    context: &Context,
    chosen: &ChosenKind,
    plan: &Plan,
    manifest: ManifestChange,
    told: &dyn Fn(&Path),
) -> Result<()> {
    let (Some(fleet), Some(computed)) = (&chosen.fleet, &plan.joining) else { return Ok(()) };
    let mut changes = computed.changes.clone();
    let mut tries = 0;
    while let Some(changed) = written(&changes, told)? {
        tries += 1;
        let anew = context.all(joining(fleet, &plan.draft.member, manifest))?;
        if tries == MAX_TRIES || !computed.is_repeated_by(&anew) {
            return Err(has_changed(&changed));
        }
        changes = anew.changes;
    }
    Ok(())
}

/// Writes changes in order, up to the first file that has changed since it was read. Returns that file.
fn written(changes: &[FileChange], told: &dyn Fn(&Path)) -> Result<Option<PathBuf>> {
    for change in changes {
        if !change.write()? {
            return Ok(Some(change.file.clone()));
        }
        told(&change.file);
    }
    Ok(None)
}

fn has_changed(file: &Path) -> Error {
    Error::failed("the file has changed since it was read")
        .in_file(file)
        .hint("run the same command again: it starts from what the file says now")
}

/// The problem that a new member would by now be confused with another, which joined after the answers were checked.
fn met_since(before: &Fleet, enrolled: &Enrolled) -> Option<Error> {
    let others = enrol::without(&enrolled.fleet, &enrolled.member)?;
    let problem = slug::collision_since(before, &others, &enrolled.member)?;
    Some(
        Error::failed(problem.message)
            .in_file(&enrolled.fleet.file)
            .caused_by("the file has changed since the answers were checked")
            .hint(problem.hint),
    )
}

/// Computes the changes without writing anything.
///
/// # Errors
/// When a file cannot be read or changed, or the member would be confused with one that `fleet` does not have yet.
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
        None => {
            let enrolled = enrol::enrol(&fleet.file, &bytes, member)?;
            if let Some(met) = met_since(fleet, &enrolled) {
                return Err(vec![met]);
            }
            enrolled
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: t- } }\nmembers:\n  \
                            - t-alpha\nregistrations:\n  - { name: list, path: l.txt, language: text, form: array }\n";

    fn new(slug: &str) -> FullMember {
        FullMember { slug: Some(slug.to_owned()), ..FullMember::default() }
    }

    #[test]
    fn who_joins_meanwhile_is_not_joined_by_one_that_is_mistaken_for_it() {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("fleet.yaml");
        let write = |text: &str| std::fs::write(&file, text).expect("writable");
        write(MANIFEST);
        let fleet = Fleet::load(&file).expect("sound");
        let joining = |slug: &str| joining(&fleet, &new(slug), ManifestChange::Here);
        assert!(joining("foo-bar").is_ok());
        write(&MANIFEST.replace("- t-alpha", "- t-alpha\n  - t-foobar"));
        let errors = joining("foo-bar").expect_err("mistaken for `foobar`");
        let said = errors[0].to_string();
        assert!(
            said.contains("`foo-bar` and the member `foobar` differ only in hyphens"),
            "{said}"
        );
        assert!(joining("beta").is_ok());
        // The same member has joined by another run.
        assert!(joining("foobar").is_ok_and(|joining| joining.is_listed));
    }

    #[test]
    fn what_is_left_only_by_the_second_computation_is_no_repetition() {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("fleet.yaml");
        std::fs::write(&file, MANIFEST).expect("writable");
        std::fs::write(home.path().join("l.txt"), "alpha\n").expect("writable");
        let fleet = Fleet::load(&file).expect("sound");
        let joining = || joining(&fleet, &new("beta"), ManifestChange::Here).expect("computed");
        let before = joining();
        assert!(before.left.is_empty(), "{:?}", before.left);
        assert!(before.is_repeated_by(&joining()));
        std::fs::write(home.path().join("l.txt"), [0xff, 0xfe, 0xff]).expect("writable");
        let after = joining();
        assert!(!after.left.is_empty());
        assert!(!before.is_repeated_by(&after));
    }
}
