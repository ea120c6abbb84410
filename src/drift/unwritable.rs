//! Repairs that git would not keep where a tree was read: they are not offered, and the finding says what to do.
//!
//! Attributes and settings of a work tree convert what is written there, and with `core.fileMode=false` git does not see
//! the executable bit. Pure.

use crate::change::{FileEdit, Mode};
use crate::checks::Finding;
use crate::snapshot::{Conversion, EntryKind, Snapshot};
use crate::source::shell::quoted;

/// Removes the fix of a finding if git would not keep what it writes.
pub(super) fn leave(finding: &mut Finding, tree: &Snapshot) {
    if tree.work_tree.is_none() {
        return;
    }
    let mut edits = finding.fix.iter().flat_map(|fix| &fix.edits);
    let help = edits.find_map(|edit| instead(edit, tree));
    if let Some(help) = help {
        finding.fix = None;
        finding.help = Some(help);
    }
}

/// What a person can do instead of an edit whose result git would not keep.
fn instead(edit: &FileEdit, tree: &Snapshot) -> Option<String> {
    let path = edit.path().as_str();
    let work_tree = tree.work_tree.as_ref()?;
    let conversion = work_tree.conversion(path);
    let FileEdit::Write { bytes, mode, .. } = edit else {
        return match (edit, conversion) {
            (FileEdit::Text { .. }, Conversion::Other(word)) => Some(only_git(path, &word)),
            _ => None,
        };
    };
    if *mode == Mode::Link {
        return None;
    }
    if work_tree.has_plain_link(path) {
        return Some(format!(
            "`{path}` is a link in git and a file on disk (`core.symlinks=false`), so git would store what is written as the \
             link's target: run `git rm --cached {}` first, then `shipshape fix --unsafe-fixes`",
            quoted(path)
        ));
    }
    let kept = match tree.as_git_keeps(path, bytes) {
        Ok(kept) => kept,
        Err(word) => return Some(only_git(path, &word)),
    };
    if kept != *bytes {
        return Some(format!(
            "`.gitattributes` or `core.autocrlf` makes git store `{path}` with LF here, and the canon has CRLF, so no repair is \
             available: add the line `{path} -text` to `.gitattributes`"
        ));
    }
    let entry = tree.entry(path)?;
    let has_content = tree.read(entry.id).is_ok_and(|present| present == kept);
    let is_executable = match entry.kind {
        EntryKind::File => false,
        EntryKind::Executable => true,
        EntryKind::Link | EntryKind::Submodule => return None,
    };
    let wants_bit = *mode == Mode::Executable;
    (has_content && !tree.heeds_modes() && wants_bit != is_executable).then(|| {
        let sign = if wants_bit { '+' } else { '-' };
        format!(
            "`git add --chmod={sign}x {}` changes it: with `core.fileMode=false`, git does not see the bit on disk",
            quoted(path)
        )
    })
}

fn only_git(path: &str, word: &str) -> String {
    format!(
        "`{path}` has `{word}` in `.gitattributes`, so only git can write it, and no repair is available: change it manually"
    )
}
