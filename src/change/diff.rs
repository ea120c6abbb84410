//! Unified diffs of change sets. `git apply` accepts them unless a file is binary.

use std::fmt::Write as _;
use std::ops::Range;

use similar::{DiffOp, group_diff_ops};

use super::compose::mode_of;
use super::lines::{compare, lines};
use super::{Change, ChangeSet, Mode};
use crate::snapshot::{RepoPath, Snapshot};
use crate::source::{Text, is_hidden};

/// Lines of context around each difference.
const CONTEXT: usize = 3;

/// The start of git's line for binary contents.
const BINARY: &str = "Binary files ";

/// The start of the line for an old content that could not be read.
const UNREAD: &str = "The old content of ";

/// The diff of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDiff {
    /// The path in the snapshot.
    pub path: RepoPath,
    /// Header and hunks, in git's format. It contains the repository's bytes unescaped: escape them for the output.
    pub text: String,
}

impl FileDiff {
    /// Whether the diff says that the file differs without showing how.
    #[must_use]
    pub fn is_unshown(&self) -> bool {
        let last = self.text.lines().last();
        last.is_some_and(|line| line.starts_with(BINARY) || line.starts_with(UNREAD))
    }
}

impl ChangeSet {
    /// The diff of each changed path, in byte order.
    #[must_use]
    pub fn diff(&self, snapshot: &Snapshot) -> Vec<FileDiff> {
        self.diff_from_root(snapshot, "")
    }

    /// The same, with paths from the root of a work tree in which the snapshot is this folder; empty for the root.
    #[must_use]
    pub fn diff_from_root(&self, snapshot: &Snapshot, folder: &str) -> Vec<FileDiff> {
        let diff = |(path, change): (&RepoPath, &Change)| {
            let old = snapshot
                .entry(path.as_str())
                .and_then(|entry| Some((mode_of(entry.kind)?, entry.id)));
            let old_mode = old.map(|(mode, _)| mode);
            let old = match old {
                Some((_, id)) => snapshot.read(id).map(|bytes| bytes.to_vec()),
                None => Ok(Vec::new()),
            };
            let old = old.as_deref().map_err(|_| ());
            let (new_mode, new) = match change {
                Change::Write { bytes, mode, .. } => (Some(*mode), &bytes[..]),
                Change::Delete { .. } => (None, &[][..]),
            };
            let from_root = match folder {
                "" => path.clone(),
                folder => RepoPath::new(&format!("{folder}/{path}")),
            };
            let text = render(&from_root, (old_mode, old), (new_mode, new));
            FileDiff { path: path.clone(), text }
        };
        self.changes.iter().map(diff).collect()
    }
}

/// The diff between two contents of one file.
#[must_use]
pub fn diff_of_file(path: &RepoPath, old: &[u8], new: &[u8]) -> String {
    render(path, (Some(Mode::File), Ok(old)), (Some(Mode::File), new))
}

fn digits(mode: Mode) -> &'static str {
    match mode {
        Mode::File => "100644",
        Mode::Executable => "100755",
        Mode::Link => "120000",
    }
}

fn render(
    path: &RepoPath,
    (old_mode, old): (Option<Mode>, Result<&[u8], ()>),
    (new_mode, new): (Option<Mode>, &[u8]),
) -> String {
    let (a, b) = (quoted("a/", path), quoted("b/", path));
    let mut output = format!("diff --git {a} {b}\n");
    match (old_mode, new_mode) {
        (None, Some(mode)) => header(&mut output, "new file mode", mode),
        (Some(mode), None) => header(&mut output, "deleted file mode", mode),
        (Some(old), Some(new)) if old != new => {
            header(&mut output, "old mode", old);
            header(&mut output, "new mode", new);
        }
        _ => {}
    }
    if old == Ok(new) {
        return output;
    }
    let a = if old_mode.is_some() { a } else { "/dev/null".to_owned() };
    let b = if new_mode.is_some() { b } else { "/dev/null".to_owned() };
    let Ok(old) = old else {
        output.push_str(&format!("{UNREAD}{a} could not be read\n"));
        return output;
    };
    match (readable(old), readable(new)) {
        (Some(old), Some(new)) => {
            output.push_str(&format!("--- {a}\n+++ {b}\n"));
            hunks(&mut output, old, new);
        }
        _ => output.push_str(&format!("{BINARY}{a} and {b} differ\n")),
    }
    output
}

fn header(output: &mut String, words: &str, mode: Mode) {
    // Writing to a string cannot fail.
    let _ = writeln!(output, "{words} {}", digits(mode));
}

/// The content as text, if it can be shown as lines.
fn readable(bytes: &[u8]) -> Option<&str> {
    Text::decode(bytes).ok()?;
    std::str::from_utf8(bytes).ok()
}

/// A path as git writes it in a diff: quoted if it would be ambiguous. Invisible characters are quoted as well, so that
/// renderers need no escapes of their own, which git would not accept.
fn quoted(prefix: &str, path: &RepoPath) -> String {
    let path = path.as_str();
    let plain = |character: char| !is_hidden(character) && !matches!(character, '"' | '\\');
    if path.chars().all(plain) {
        return format!("{prefix}{path}");
    }
    let mut output = format!("\"{prefix}");
    for character in path.chars() {
        match character {
            '"' | '\\' => output.extend(['\\', character]),
            '\n' => output.push_str("\\n"),
            '\t' => output.push_str("\\t"),
            _ if plain(character) => output.push(character),
            _ => {
                let mut buffer = [0; 4];
                for byte in character.encode_utf8(&mut buffer).bytes() {
                    let _ = write!(output, "\\{byte:03o}");
                }
            }
        }
    }
    output.push('"');
    output
}

fn hunks(output: &mut String, old: &str, new: &str) {
    let (old, new) = (lines(old), lines(new));
    for group in group_diff_ops(compare(&old, &new), CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let old_range = range(first.old_range().start..last.old_range().end);
        let new_range = range(first.new_range().start..last.new_range().end);
        let _ = writeln!(output, "@@ -{old_range} +{new_range} @@");
        for operation in &group {
            if matches!(operation, DiffOp::Equal { .. }) {
                push(output, ' ', &old, operation.old_range());
            } else {
                push(output, '-', &old, operation.old_range());
                push(output, '+', &new, operation.new_range());
            }
        }
    }
}

fn push(output: &mut String, sign: char, lines: &[&str], range: Range<usize>) {
    for line in lines.get(range).unwrap_or_default() {
        output.push(sign);
        output.push_str(line);
        if !line.ends_with('\n') {
            output.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// `start,length` as in a hunk header: lines count from 1, and an empty range names the line before it.
fn range(lines: Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        length => format!("{},{length}", lines.start + 1),
    }
}

#[cfg(test)]
mod tests;
