//! Which of the files that list a new member are still to be committed. A run that was cut off wrote some of them without
//! saying so, and what the next one writes is only the rest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::register::Joining;
use crate::fleet::{Fleet, Member, registrations};
use crate::snapshot::{self, EntryKind, Snapshot};
use crate::source::Text;

/// Whether the last commit of each file lists the member, by the name that people are shown. A file of which git knows
/// nothing is left out.
pub(super) type Committed = BTreeMap<String, bool>;

/// Looks into the repositories around the files of a member that has joined.
pub(super) fn committed(joining: &Joining) -> Committed {
    let fleet = &joining.enrolled.fleet;
    let mut commits = Commits::default();
    let known = |name: &String| {
        let file = if is_manifest(fleet, name) { fleet.file.clone() } else { fleet.beside(name) };
        let lists = match commits.content(&file) {
            Content::Unknown => return None,
            Content::Absent => false,
            Content::Of(content) => lists(joining, name, &content)?,
        };
        Some((name.clone(), lists))
    };
    joining.files.iter().filter_map(known).collect()
}

fn is_manifest(fleet: &Fleet, name: &str) -> bool {
    fleet.file.file_name().is_some_and(|file| file.to_string_lossy() == name)
}

/// Whether a file with this content lists the member; `None` where that cannot be told.
fn lists(joining: &Joining, name: &str, content: &[u8]) -> Option<bool> {
    let (fleet, member) = (&joining.enrolled.fleet, &joining.enrolled.member);
    if is_manifest(fleet, name) {
        let before = Fleet::parse(&fleet.file, content).ok()?;
        let is_it = |it: &Member| it.slug == member.slug && it.kind == member.kind;
        return Some(before.members.iter().any(is_it));
    }
    let text = Text::decode(content).ok()?;
    let of_member = fleet.manifest.registrations.iter().filter(|it| {
        it.repository.is_none() && it.path == name && it.is_of(member) && !it.excuses(member)
    });
    for registration in of_member {
        let added = registrations::add(fleet, registration, &text, member).ok()?;
        if !added.edits.is_empty() {
            return Some(false);
        }
    }
    Some(true)
}

/// What a commit has of a file.
enum Content {
    /// Git knows nothing of it: there is no repository or no commit, or the file cannot be read there.
    Unknown,
    /// There is no such file.
    Absent,
    /// The file.
    Of(Arc<[u8]>),
}

/// The last commits of repositories, each read once.
#[derive(Default)]
struct Commits(BTreeMap<PathBuf, Option<Snapshot>>);

impl Commits {
    /// What the last commit of the repository around a file has of it.
    fn content(&mut self, file: &Path) -> Content {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let around = snapshot::work_tree_around(folder).filter(|_| !snapshot::is_ignored(folder));
        let (Some((root, inside)), Some(name)) = (around, file.file_name()) else {
            return Content::Unknown;
        };
        let read = |root: &PathBuf| snapshot::open(root, Some("HEAD")).ok();
        let Some(commit) = self.0.entry(root).or_insert_with_key(read) else {
            return Content::Unknown;
        };
        let path = inside.join(name);
        let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
        let path = parts.join("/");
        match commit.entry(&path) {
            None if commit.may_hide(&path) => Content::Unknown,
            None => Content::Absent,
            Some(entry) => match entry.kind {
                EntryKind::File | EntryKind::Executable => {
                    commit.read(entry.id).map_or(Content::Unknown, Content::Of)
                }
                EntryKind::Link | EntryKind::Submodule => Content::Unknown,
            },
        }
    }
}

/// The files that a person still has to commit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ToCommit<'a> {
    /// Those that are known to wait for it.
    pub(super) certain: Vec<&'a str>,
    /// Those that may be committed already.
    pub(super) perhaps: Vec<&'a str>,
}

/// Which of a member's files are to be committed. `written` are those that this run wrote, and `was_cut_off` says whether
/// an earlier one may have written others.
pub(super) fn to_commit<'a>(
    files: &'a [String],
    written: &[&str],
    committed: &Committed,
    was_cut_off: bool,
) -> ToCommit<'a> {
    let is_known = |name: &str| committed.get(name).copied();
    let is_certain = |name: &str| is_known(name).map_or(written.contains(&name), |lists| !lists);
    let names = || files.iter().map(String::as_str);
    let perhaps = |name: &&str| was_cut_off && is_known(name).is_none() && !is_certain(name);
    ToCommit {
        certain: names().filter(|name| is_certain(name)).collect(),
        perhaps: names().filter(perhaps).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(written: &[&str], committed: &[(&str, bool)], was_cut_off: bool) -> String {
        let files = ["a.go", "b.json", "fleet.yaml"].map(str::to_owned);
        let committed = committed.iter().map(|(name, it)| ((*name).to_owned(), *it)).collect();
        let ToCommit { certain, perhaps } = to_commit(&files, written, &committed, was_cut_off);
        format!("{}; {}", certain.join(" "), perhaps.join(" "))
    }

    #[test]
    fn what_an_earlier_run_wrote_is_to_be_committed_too() {
        let rest = ["b.json", "fleet.yaml"];
        let known = [("a.go", false), ("b.json", false), ("fleet.yaml", false)];
        assert_eq!(told(&rest, &known, true), "a.go b.json fleet.yaml; ");
        assert_eq!(told(&[], &known, false), "a.go b.json fleet.yaml; ");
        assert_eq!(told(&rest, &[("a.go", true)], true), "b.json fleet.yaml; ");
    }

    #[test]
    fn without_git_only_what_was_written_now_is_certain() {
        let rest = ["b.json", "fleet.yaml"];
        assert_eq!(told(&rest, &[], true), "b.json fleet.yaml; a.go");
        assert_eq!(told(&rest, &[], false), "b.json fleet.yaml; ");
        assert_eq!(told(&[], &[], true), "; a.go b.json fleet.yaml");
    }

    #[test]
    fn what_is_committed_already_is_not_asked_for() {
        let known = [("a.go", true), ("b.json", true), ("fleet.yaml", true)];
        assert_eq!(told(&["fleet.yaml"], &known, true), "; ");
    }
}
