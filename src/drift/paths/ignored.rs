//! Which line of a repository's `.gitignore` files keeps a path out of git.

use std::fmt;

use super::structured::managed_lines;
use crate::snapshot::Snapshot;
use crate::source::ignore_lines::{Kind, Reach, without_blanks};

/// A line of a `.gitignore`.
pub(super) struct IgnoringLine {
    pub(super) file: String,
    number: usize,
    pub(super) text: String,
}

impl fmt::Display for IgnoringLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, number, text } = self;
        write!(f, "line {number} of `{file}` (`{text}`)")
    }
}

/// The line by which git ignores a file that it does not have, given the files of the tree.
pub(super) fn line_for(path: &str, tree: &Snapshot) -> Option<IgnoringLine> {
    let folders = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
    // A file in an ignored folder cannot be taken back.
    folders
        .map(|folder| (folder, Kind::Folder))
        .chain([(path, Kind::File)])
        .find_map(|(path, kind)| at(path, kind, tree))
}

/// The line that ignores what is at a path, whatever is said of the folders around it.
fn at(path: &str, kind: Kind, tree: &Snapshot) -> Option<IgnoringLine> {
    let ends = path.rmatch_indices('/').map(|(end, _)| end + 1);
    let mut starts: Vec<usize> = ends.collect();
    starts.push(0);
    // The nearest file with a word on it decides.
    starts.into_iter().find_map(|start| decided(path, start, kind, tree))?
}

/// Whether a line might match a path, by the last part of both. Most lines do not, and need not be compiled.
fn may_match(line: &str, path: &str) -> bool {
    fn last(text: &str) -> &str {
        text.rsplit('/').next().unwrap_or_default()
    }
    let (name, wanted) = (last(path), last(line.trim_start_matches('!').trim_end_matches('/')));
    let ending = wanted.trim_start_matches('*');
    if ending.contains(['*', '?', '[', '\\']) {
        return true;
    }
    if ending.len() == wanted.len() { name == wanted } else { name.ends_with(ending) }
}

/// What the `.gitignore` of the folder whose path ends at `start` says; `Some(None)` if it takes the path back.
fn decided(path: &str, start: usize, kind: Kind, tree: &Snapshot) -> Option<Option<IgnoringLine>> {
    let (folder, inside) = path.split_at_checked(start)?;
    let file = format!("{folder}.gitignore");
    let bytes = tree.read(tree.entry(&file)?.id).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let is_about = |line: &str| {
        if !may_match(without_blanks(line), inside) {
            return None;
        }
        let is_managed = managed_lines(line).next().is_some();
        Reach::of(without_blanks(line)).filter(|reach| is_managed && reach.is_at(inside, kind))
    };
    let lines: Vec<&str> = text.lines().collect();
    let (at, reach) =
        lines.iter().enumerate().rev().find_map(|(at, line)| Some((at, is_about(line)?)))?;
    let text = without_blanks(lines.get(at)?).to_owned();
    Some((!reach.takes_back).then_some(IgnoringLine { file, number: at + 1, text }))
}
