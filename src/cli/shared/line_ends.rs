//! Files whose line ends git would see as edited after a `.gitattributes` was written, and the commands that settle it.

use crate::change::Unsettled;
use crate::cli::shared::next::quoted_path;
use crate::cli::{Context, counted};
use crate::edge::terminal::visible_line;
use crate::snapshot::RepoPath;

/// The most files that are named.
const NAMED: usize = 3;

/// Notes for a repository what git would see as edited.
pub(in crate::cli) fn tell(context: &Context, name: &str, unsettled: &Unsettled) {
    let note = |text: String| context.terminal.note(&visible_line(&format!("{name}: {text}")));
    let Unsettled { stored, on_disk } = unsettled;
    if !stored.is_empty() {
        let (files, named) = (counted(stored.len(), "other file"), named(stored));
        let them = if stored.len() == 1 { "it" } else { "them" };
        note(format!(
            "git has {files} with CRLF and would store {them} with LF under the new `.gitattributes` ({named}): \
             `git add --renormalize .` stages that"
        ));
    }
    if !on_disk.is_empty() {
        let (files, named) = (counted(on_disk.len(), "other file"), named(on_disk));
        let verb = if on_disk.len() == 1 { "is" } else { "are" };
        note(format!(
            "{files} {verb} on disk with CRLF, which git would store under the new `.gitattributes` ({named}): \
             to check a file out again, delete it and run `git checkout -- FILE`"
        ));
    }
}

fn named(paths: &[RepoPath]) -> String {
    let mut named: Vec<String> =
        paths.iter().take(NAMED).map(|path| quoted_path(path.as_str())).collect();
    if paths.len() > NAMED {
        named.push(format!("and {} more", paths.len() - NAMED));
    }
    named.join(", ")
}
