//! Runs a command of a campaign in a real checkout of a tree, and reports what it changed there.
//!
//! The tree is written into a temporary folder with a git repository of its own. The command gets the environment that
//! the caller gives, no standard input, limited time and output, no view of other processes where the system supports
//! it ([`isolation`]), and no network unless it is trusted. Changes are those that git would see: new files are
//! included, ignored ones are not, and modes and links are kept. It is not a sandbox for hostile programs: other files
//! are protected only by the user's permissions.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::fs::write_change_set;
use super::isolation;
use super::process::{self, Ended, Program};
use crate::change::ChangeSet;
use crate::snapshot::{EntryKind, RepoPath, Snapshot, folder};

/// A command to run in a checkout.
#[derive(Clone, Debug)]
pub struct Task<'a> {
    /// The program and its arguments.
    pub command: &'a [String],
    /// Its whole environment; `HOME` and `TMPDIR` are set to folders of its own.
    pub environment: &'a BTreeMap<OsString, OsString>,
    /// The time after which it is killed.
    pub time_limit: Duration,
    /// Whether it may use the network.
    pub trusted: bool,
}

/// Why a command has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What happened, in one line.
    pub why: String,
    /// The last lines of the command's output.
    pub tail: Vec<String>,
    /// What to do about it.
    pub hint: Option<&'static str>,
}

impl Failure {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), tail: Vec::new(), hint: None }
    }
}

/// How many of the last lines of output are kept.
const TAIL: usize = 20;

/// Runs a command in a checkout of a tree and returns what it changed.
///
/// # Errors
/// When the tree cannot be written; when the command cannot be run, fails, or takes too long; and when it wrote beside
/// the checkout or damaged its `.git`.
pub fn changed_by(task: &Task<'_>, tree: &Snapshot) -> Result<ChangeSet, Failure> {
    let cannot = |what: &str, why: &dyn std::fmt::Display| Failure::new(format!("{what}: {why}"));
    let base = super::private_files::temporary_folder("shipshape-checkout-")
        .map_err(|error| cannot("no temporary folder", &error))?;
    let room = Room::make(base.path()).map_err(|error| cannot("no temporary folder", &error))?;
    write_tree(&room.checkout, tree)?;
    let head =
        commit(&room.checkout).map_err(|error| cannot("git refused the checkout", &error))?;
    let ended = run(task, &room)?;
    if ended.status.is_none() {
        let why = format!("the command took longer than {} s", task.time_limit.as_secs());
        return Err(Failure { tail: ended.last_words(TAIL), ..Failure::new(why) });
    }
    if !ended.succeeded() {
        let why = format!("the command failed: {}", ended.in_words());
        return Err(Failure { tail: ended.last_words(TAIL), ..Failure::new(why) });
    }
    if git2::Repository::open(&room.checkout).ok().and_then(|git| head_of(&git)) != Some(head) {
        return Err(Failure::new("the command damaged `.git`, or committed"));
    }
    if !room.is_alone() {
        return Err(Failure::new("the command wrote outside of its checkout"));
    }
    let after = folder::on_disk(&room.checkout)
        .map_err(|error| cannot("what the command left cannot be read", &error))?;
    if let Some(problem) = after.problems.first() {
        let why = format!("`{}` {}", problem.path, problem.message);
        return Err(cannot("what the command left cannot be read", &why));
    }
    changes(tree, &after)
}

/// The folders of one run.
struct Room {
    base: PathBuf,
    checkout: PathBuf,
    home: PathBuf,
    scratch: PathBuf,
}

impl Room {
    fn make(base: &Path) -> std::io::Result<Self> {
        let base = base.canonicalize()?;
        let room = Self {
            checkout: base.join("checkout"),
            home: base.join("home"),
            scratch: base.join("tmp"),
            base,
        };
        for folder in [&room.checkout, &room.home, &room.scratch] {
            fs::create_dir(folder)?;
        }
        Ok(room)
    }

    /// Whether nothing was created beside the known folders.
    fn is_alone(&self) -> bool {
        let known = [&self.checkout, &self.home, &self.scratch];
        let is_known = |entry: std::io::Result<fs::DirEntry>| {
            entry.is_ok_and(|entry| known.into_iter().any(|folder| *folder == entry.path()))
        };
        fs::read_dir(&self.base).is_ok_and(|mut entries| entries.all(is_known))
    }
}

/// Writes a tree into an empty folder.
///
/// # Errors
/// When a part of it cannot be read or written; nothing is written then.
pub fn write(folder: &Path, tree: &Snapshot) -> crate::Result<()> {
    write_tree(folder, tree).map_err(|failure| crate::Error::failed(failure.why))
}

fn write_tree(checkout: &Path, tree: &Snapshot) -> Result<(), Failure> {
    // No folder can have this name, so this is the empty tree.
    let all = ChangeSet::between(&tree.below("\0"), tree);
    let unwritten = tree.entries.iter().find(|(path, entry)| {
        entry.kind != EntryKind::Submodule && !all.changes.contains_key(path.as_str())
    });
    if let Some((path, _)) = unwritten {
        return Err(Failure::new(format!("`{path}` cannot be read, so nothing was checked out")));
    }
    write_change_set(checkout, &all)
        .map_err(|error| Failure::new(format!("the tree cannot be checked out: {error}")))
}

/// Turns a checkout into a repository with one commit, so that git's commands work in it.
fn commit(checkout: &Path) -> Result<git2::Oid, git2::Error> {
    let mut options = git2::RepositoryInitOptions::new();
    options.external_template(false).initial_head("main");
    let git = git2::Repository::init_opts(checkout, &options)?;
    let mut index = git.index()?;
    // Files of the tree that are ignored are tracked, as in the original repository.
    index.add_all(["*"], git2::IndexAddOption::FORCE, None)?;
    index.write()?;
    let tree = git.find_tree(index.write_tree()?)?;
    let when = git2::Time::new(0, 0);
    let who = git2::Signature::new("shipshape", "shipshape@localhost", &when)?;
    git.commit(Some("HEAD"), &who, &who, "Before", &tree, &[])
}

fn head_of(git: &git2::Repository) -> Option<git2::Oid> {
    git.head().ok()?.target()
}

fn run(task: &Task<'_>, room: &Room) -> Result<Ended, Failure> {
    let path = task.environment.get(OsStr::new("PATH")).map(OsString::as_os_str);
    let Some((name, arguments)) = task.command.split_first() else {
        return Err(Failure::new("no command is given"));
    };
    let mut command: Vec<OsString> = Vec::new();
    if !task.trusted {
        let offline = isolation::from_network(task.environment).ok_or_else(|| Failure {
            hint: Some("use --trust if it may reach the network"),
            ..Failure::new("nothing on this machine can keep a command off the network")
        })?;
        command.extend(offline.iter().cloned());
    }
    command.push(name.into());
    command.extend(arguments.iter().map(OsString::from));
    let Some((first, rest)) = command.split_first() else {
        return Err(Failure::new("no command is given"));
    };
    let is_path = Path::new(first).components().count() > 1;
    let file = match is_path {
        true => Some(room.checkout.join(first)),
        false => process::which(&first.to_string_lossy(), path),
    };
    let file = file.ok_or_else(|| {
        Failure::new(format!("there is no program `{}`", first.to_string_lossy()))
    })?;
    let mut program = Program::new(file, &room.checkout)
        .arguments(rest.iter().cloned())
        .time_limit(task.time_limit);
    program.environment.clone_from(task.environment);
    let program = program.variable("HOME", &room.home).variable("TMPDIR", &room.scratch);
    // Without a network it is in a user namespace of its own already.
    let program = if task.trusted { isolation::kept(program) } else { program };
    process::run(&program)
        .map_err(|error| Failure::new(format!("the command cannot be started: {error}")))
}

/// The changes from a tree to the checkout. Reads their bytes, since the folder is about to be removed.
fn changes(before: &Snapshot, after: &Snapshot) -> Result<ChangeSet, Failure> {
    let mut found = ChangeSet::between(before, after);
    // Submodules are not checked out, so their absence is not a change.
    found.changes.retain(|path, _| {
        before.entry(path.as_str()).is_none_or(|entry| entry.kind != EntryKind::Submodule)
    });
    for (path, entry) in after.entries.iter() {
        if entry.kind != EntryKind::Submodule
            && let Some(submodule) = submodule_around(before, path)
        {
            let why = "whose content is in another repository: change it there";
            return Err(Failure::new(format!(
                "`{path}` was written into the submodule `{submodule}`, {why}"
            )));
        }
        let unread = before.entry(path.as_str()) != Some(*entry)
            && entry.kind != EntryKind::Submodule
            && !found.changes.contains_key(path.as_str());
        if unread {
            return Err(Failure::new(format!("`{path}` is too large, or cannot be read")));
        }
        if entry.kind == EntryKind::Submodule && before.entry(path.as_str()).is_none() {
            return Err(Failure::new(format!("`{path}` became a separate repository")));
        }
    }
    Ok(found)
}

/// The submodule that is at a path of the tree, or in which the path is.
fn submodule_around<'p>(tree: &Snapshot, path: &'p RepoPath) -> Option<&'p str> {
    let path = path.as_str();
    let folders = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
    let is_submodule = |it: &&str| tree.entry(it).is_some_and(|it| it.kind == EntryKind::Submodule);
    folders.chain([path]).find(is_submodule)
}

#[cfg(all(test, unix))]
mod tests;
