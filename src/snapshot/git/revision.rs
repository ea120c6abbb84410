//! Revisions in git's notation that begin at a reference or an id: `HEAD~2`, `v1^2`, `@`, `main@{1}`, `HEAD^{commit}`:
//! <https://git-scm.com/docs/gitrevisions>.
//!
//! The beginning is resolved as every other reference is; libgit2 takes the steps from there, for which it needs only
//! objects. Of the forms with `@{…}`, numbers are read, which are in the log of the reference; dates and upstreams are
//! not. Neither are searches (`:/text`), which could take any time.

use std::fs;
use std::path::Path;

use git2::{ErrorCode, Oid};

use super::{GitDirectory, reference};
use crate::error::Result;

/// A longer revision is not read, in bytes.
const MAX_BYTES: usize = 1 << 10;

/// A larger log of a reference is not read, in bytes.
const MAX_LOG_BYTES: u64 = 64 << 20;

/// What a name is by its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A name or an id, and nothing more.
    Name,
    /// A revision that is read.
    Steps,
    /// A revision of a form that is not read.
    NotRead,
}

/// What a name is by its form.
pub(super) fn form(name: &str) -> Form {
    let is_name = name != "@" && !name.contains(['~', '^', ':']) && !name.contains("@{");
    match parts(name) {
        _ if is_name => Form::Name,
        Some(_) => Form::Steps,
        None => Form::NotRead,
    }
}

/// Where a revision begins.
enum Start<'n> {
    /// A reference or an id.
    Name(&'n str),
    /// What a reference was before so many changes; an empty name is the branch that `HEAD` is on.
    Before(&'n str, usize),
}

/// Where a revision begins, and the steps from there; `None` if it is of a form that is not read.
fn parts(name: &str) -> Option<(Start<'_>, &str)> {
    if name.len() > MAX_BYTES || name.starts_with('-') || name.contains("{/") {
        return None;
    }
    let (start, steps) = name.split_at(name.find(['~', '^']).unwrap_or(name.len()));
    let start = match start.split_once("@{") {
        None if start == "@" => Start::Name("HEAD"),
        None => Start::Name(start),
        Some(("@", changes)) => Start::Before("HEAD", number(changes)?),
        Some((name, changes)) => Start::Before(name, number(changes)?),
    };
    let is_read = !matches!(start, Start::Name(name) if name.is_empty() || name.contains(':'));
    is_read.then_some((start, steps))
}

fn number(changes: &str) -> Option<usize> {
    let digits = changes.strip_suffix('}')?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// The object that a revision names; `None` if there is none, or it is of a form that is not read.
pub(super) fn object(directory: &GitDirectory, name: &str) -> Result<Option<Oid>> {
    let Some((start, steps)) = parts(name).filter(|_| form(name) == Form::Steps) else {
        return Ok(None);
    };
    let start = match start {
        Start::Name(name) => reference::named_object(directory, name)?,
        Start::Before(name, changes) => before(directory, name, changes)?,
    };
    let Some(id) = start else { return Ok(None) };
    if steps.is_empty() {
        return Ok(Some(id));
    }
    let whole = format!("{id}{steps}");
    let found = directory.objects().and_then(|objects| Ok(objects.revparse_single(&whole)?.id()));
    match found {
        Ok(id) => Ok(Some(id)),
        Err(cause) => match cause.code() {
            ErrorCode::NotFound | ErrorCode::InvalidSpec | ErrorCode::Peel => Ok(None),
            _ => Err(directory.failure(name, &cause)),
        },
    }
}

/// What a reference was before so many changes, by its log.
fn before(directory: &GitDirectory, name: &str, changes: usize) -> Result<Option<Oid>> {
    let whole = match name {
        "" => Some(reference::current(directory)?),
        name => reference::whole_name(directory, name)?,
    };
    let Some(whole) = whole else { return Ok(None) };
    if changes == 0 {
        return reference::follow(directory, &whole);
    }
    let layout = &directory.layout;
    let home = if whole.starts_with("refs/") { &layout.common_dir } else { &layout.git_dir };
    Ok(in_log(&home.join("logs").join(whole), changes))
}

/// An id of a log, counted from its end: each line has the id before and after a change.
fn in_log(log: &Path, changes: usize) -> Option<Oid> {
    // Reading a pipe would block forever.
    let is_log = |found: fs::Metadata| found.is_file() && found.len() <= MAX_LOG_BYTES;
    let text = log.metadata().is_ok_and(is_log).then(|| fs::read(log).ok())??;
    let text = String::from_utf8_lossy(&text);
    let ids = |line: &str| {
        let mut words = line.split(' ').map(str::to_owned);
        Some((words.next()?, words.next()?))
    };
    let mut back = text.lines().rev();
    let id = match back.nth(changes) {
        Some(line) => ids(line)?.1,
        // What it was before its first change.
        None => text.lines().rev().nth(changes - 1).and_then(ids)?.0,
    };
    Oid::from_str(&id).ok().filter(|id| !id.is_zero())
}
