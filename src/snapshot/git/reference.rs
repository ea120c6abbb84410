//! Resolves branches, tags and ids to commits.
//!
//! References are read here instead of through libgit2: its repository handle reads the user's and the system's
//! configuration, and refuses partial clones because of an extension that does not matter for reading.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use git2::{ObjectType, Oid};

use super::layout::read_pointer;
use super::revision::Form;
use super::{GitDirectory, revision};
use crate::error::{Error, Obstacle, Result};

/// A longer chain of symbolic references is treated as a loop.
const MAX_INDIRECTIONS: usize = 10;
/// The longest chain of annotated tags that is followed.
const MAX_TAGS: usize = 10;
/// Maximum number of bytes of `packed-refs` to read: 64 MiB, a million references.
const MAX_PACKED_BYTES: u64 = 64 << 20;
/// Maximum number of branches to name in a hint.
const BRANCHES_SHOWN: usize = 8;
/// The depth to which folders of loose references are listed.
const MAX_REFERENCE_DEPTH: usize = 16;

/// Prefixes and suffixes by which a short name is looked up; the first match wins:
/// <https://git-scm.com/docs/gitrevisions#Documentation/gitrevisions.txt-refname>.
const PLACES: [(&str, &str); 6] = [
    ("", ""),
    ("refs/", ""),
    ("refs/tags/", ""),
    ("refs/heads/", ""),
    ("refs/remotes/", ""),
    ("refs/remotes/", "/HEAD"),
];

/// The value of a reference.
enum Value {
    Id(Oid),
    Symbolic(String),
}

/// Resolves `name`, a full or abbreviated id, a reference or a revision that begins at one, to a commit.
pub(super) fn resolve(directory: &GitDirectory, name: &str) -> Result<Oid> {
    let named = match named_object(directory, name)? {
        None => revision::object(directory, name)?,
        found => found,
    };
    if let Some(id) = named {
        return peel(directory, name, id);
    }
    let missing = if name == "HEAD" { unborn(directory) } else { missing(directory, name) };
    Err(missing)
}

pub(super) fn named_object(directory: &GitDirectory, name: &str) -> Result<Option<Oid>> {
    if name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Oid::from_str(name).map(Some).map_err(|cause| directory.failure(name, &cause));
    }
    for (before, after) in PLACES {
        if let Some(id) = follow(directory, &format!("{before}{name}{after}"))? {
            return Ok(Some(id));
        }
    }
    abbreviated(directory, name)
}

/// The full name of a reference; `None` if there is none of this name.
pub(super) fn whole_name(directory: &GitDirectory, name: &str) -> Result<Option<String>> {
    for (before, after) in PLACES {
        let whole = format!("{before}{name}{after}");
        if look_up(directory, &whole)?.is_some() {
            return Ok(Some(whole));
        }
    }
    Ok(None)
}

/// The branch that `HEAD` is on, or else `HEAD` itself.
pub(super) fn current(directory: &GitDirectory) -> Result<String> {
    Ok(match look_up(directory, "HEAD")? {
        Some(Value::Symbolic(branch)) => branch,
        Some(Value::Id(_)) | None => "HEAD".to_owned(),
    })
}

/// Follows symbolic references; `None` if one of them does not exist.
pub(super) fn follow(directory: &GitDirectory, name: &str) -> Result<Option<Oid>> {
    let mut name = name.to_owned();
    for _ in 0..MAX_INDIRECTIONS {
        match look_up(directory, &name)? {
            None => return Ok(None),
            Some(Value::Id(id)) => return Ok(Some(id)),
            Some(Value::Symbolic(next)) => name = next,
        }
    }
    let message = format!("`{name}` is a symbolic reference that never ends");
    Err(Error::failed(message).in_file(&directory.path))
}

fn look_up(directory: &GitDirectory, name: &str) -> Result<Option<Value>> {
    // Also prevents `..` and absolute paths from being joined to a folder.
    if !git2::Reference::is_valid_name(name) {
        return Ok(None);
    }
    let home = if name.starts_with("refs/") {
        &directory.layout.common_dir
    } else {
        &directory.layout.git_dir
    };
    if let Some(text) = read_pointer(&home.join(name)) {
        let text = text.trim_end();
        if let Some(target) = text.strip_prefix("ref:") {
            return Ok(Some(Value::Symbolic(target.trim().to_owned())));
        }
        // FETCH_HEAD has more text after the id.
        return match text.get(..40).and_then(|id| Oid::from_str(id).ok()) {
            Some(id) => Ok(Some(Value::Id(id))),
            None => {
                let message = format!("the reference `{name}` is damaged");
                Err(Error::failed(message).in_file(home.join(name)))
            }
        };
    }
    let mut found = None;
    each_packed(&directory.layout.common_dir, |id, packed| {
        if packed == name {
            found = Some(id);
        }
        found.is_none()
    });
    Ok(found.map(Value::Id))
}

/// Calls `visit` for each packed reference until it returns `false`.
fn each_packed(common_dir: &Path, mut visit: impl FnMut(Oid, &str) -> bool) {
    let packed = common_dir.join("packed-refs");
    // Reading a pipe would block forever.
    if !packed.metadata().is_ok_and(|found| found.is_file()) {
        return;
    }
    let Ok(file) = File::open(packed) else { return };
    let mut lines = BufReader::new(file.take(MAX_PACKED_BYTES));
    let mut line = String::new();
    loop {
        line.clear();
        if !lines.read_line(&mut line).is_ok_and(|read| read > 0) {
            return;
        }
        // Other lines are comments and peeled ids of tags.
        let Some((id, name)) = line.trim_end().split_once(' ') else { continue };
        let Ok(id) = Oid::from_str(id) else { continue };
        if !visit(id, name) {
            return;
        }
    }
}

fn abbreviated(directory: &GitDirectory, name: &str) -> Result<Option<Oid>> {
    let digits = name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !(4..40).contains(&name.len()) || !digits {
        return Ok(None);
    }
    let padded = format!("{name:0<40}");
    let found = Oid::from_str(&padded).and_then(|prefix| {
        let objects = directory.objects()?;
        objects.odb()?.exists_prefix(prefix, name.len())
    });
    match found {
        Ok(id) => Ok(Some(id)),
        Err(cause) if cause.code() == git2::ErrorCode::NotFound => Ok(None),
        Err(cause) if cause.code() == git2::ErrorCode::Ambiguous => {
            let message = format!("`{name}` is the prefix of more than one id");
            Err(Error::usage(message).in_file(&directory.path).hint("give more digits"))
        }
        Err(cause) => Err(directory.failure(name, &cause)),
    }
}

/// Follows annotated tags to a commit.
fn peel(directory: &GitDirectory, name: &str, id: Oid) -> Result<Oid> {
    let objects = directory.objects().map_err(|cause| directory.failure(name, &cause))?;
    let mut id = id;
    for _ in 0..MAX_TAGS {
        let object = objects.find_object(id, None).map_err(|cause| {
            let error = directory.failure(name, &cause);
            if directory.is_shallow() {
                error.hint("the clone is shallow: fetch more of it with `git fetch --unshallow`")
            } else {
                error
            }
        })?;
        match object.kind() {
            Some(ObjectType::Commit) => return Ok(id),
            Some(ObjectType::Tag) => match object.as_tag() {
                Some(tag) => id = tag.target_id(),
                None => break,
            },
            kind => {
                let kind = kind.map_or("an object of unknown kind", |kind| kind.str());
                let message = format!("`{name}` is a {kind}, not a commit");
                return Err(Error::usage(message).in_file(&directory.path));
            }
        }
    }
    let message = format!("the tag `{name}` does not point to a commit");
    Err(Error::failed(message).in_file(&directory.path))
}

fn unborn(directory: &GitDirectory) -> Error {
    let branches = names(directory, "refs/heads/");
    if branches.is_empty() {
        let error = Error::failed("the repository has no commits yet").in_file(&directory.path);
        return error.hint("commit something, or clone it again if it should have commits");
    }
    let head = read_pointer(&directory.layout.git_dir.join("HEAD")).unwrap_or_default();
    let target = head.strip_prefix("ref:").map_or("nothing", str::trim);
    let message = format!("HEAD points to `{}`, which does not exist", target.escape_debug());
    let error = Error::failed(message).in_file(&directory.path);
    hint_branches(error, "give one of its branches with `--ref`: ", &branches)
}

fn missing(directory: &GitDirectory, name: &str) -> Error {
    let form = revision::form(name);
    let shown = name.escape_debug();
    let message = match form {
        // Reports show the sentence without hints.
        Form::NotRead => format!(
            "revisions of the form of `{shown}` are not supported: give the id that `git rev-parse` prints for it"
        ),
        Form::Name | Form::Steps => format!("there is no branch, tag or commit `{shown}`"),
    };
    let error = Error::failed(message).in_file(&directory.path).stopped_by(Obstacle::NoReference);
    match form {
        Form::NotRead => error,
        Form::Steps if directory.is_shallow() => {
            error.hint("the clone is shallow: fetch more of it with `git fetch --unshallow`")
        }
        Form::Steps | Form::Name => {
            // The name may have come from an option or from a file.
            let branches = names(directory, "refs/heads/");
            let is_one = branches.len() == 1;
            let before = if is_one { "its only branch is " } else { "its branches are " };
            hint_branches(error, before, &branches)
        }
    }
}

fn hint_branches(error: Error, before: &str, branches: &BTreeMap<String, Oid>) -> Error {
    if branches.is_empty() {
        return error;
    }
    let shown: Vec<_> =
        branches.keys().take(BRANCHES_SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if branches.len() > BRANCHES_SHOWN { ", …" } else { "" };
    error.hint(format!("{before}{}{more}", shown.join(", ")))
}

/// References below a prefix such as `refs/heads/`, by name without the prefix. Symbolic and damaged references are
/// left out.
pub(super) fn names(directory: &GitDirectory, prefix: &str) -> BTreeMap<String, Oid> {
    let common_dir = &directory.layout.common_dir;
    let mut found = BTreeMap::new();
    each_packed(common_dir, |id, name| {
        if let Some(short) = name.strip_prefix(prefix) {
            found.insert(short.to_owned(), id);
        }
        true
    });
    let mut pending = vec![(String::new(), 0)];
    while let Some((folder, depth)) = pending.pop() {
        let Ok(entries) = fs::read_dir(common_dir.join(prefix).join(&folder)) else { continue };
        for entry in entries.flatten() {
            let (Ok(kind), Some(name)) =
                (entry.file_type(), entry.file_name().to_str().map(str::to_owned))
            else {
                continue;
            };
            let short = format!("{folder}{name}");
            if kind.is_dir() && depth < MAX_REFERENCE_DEPTH {
                pending.push((format!("{short}/"), depth + 1));
            } else if let Ok(Some(Value::Id(id))) = look_up(directory, &format!("{prefix}{short}"))
            {
                found.insert(short, id);
            }
        }
    }
    found
}
