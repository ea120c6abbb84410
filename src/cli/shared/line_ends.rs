//! Files whose line ends git would see as edited after a `.gitattributes` was written, and the commands that settle it.

use std::path::Path;

use crate::change::Unsettled;
use crate::cli::shared::next::{quoted, quoted_path, quoted_place};
use crate::cli::{Context, counted};
use crate::edge::terminal::visible_line;
use crate::snapshot::RepoPath;

/// The most files that are named.
const NAMED: usize = 3;

/// The most files that are in a command.
const PASTED: usize = 20;

/// Notes for a repository what git would see as edited. `root` is where the paths of its files begin.
pub(in crate::cli) fn tell(context: &Context, name: &str, root: &Path, unsettled: &Unsettled) {
    let git = format!("git -C {}", quoted_place(root));
    let note = |text: String| context.terminal.note(&visible_line(&format!("{name}: {text}")));
    let Unsettled { stored, on_disk } = unsettled;
    if !stored.is_empty() {
        let (files, named) = (counted(stored.len(), "other file"), named(stored));
        let them = if stored.len() == 1 { "it" } else { "them" };
        note(format!(
            "git has {files} with CRLF and would store {them} with LF under the new `.gitattributes` ({named}): \
             {}",
            staging(&git, stored)
        ));
    }
    if !on_disk.is_empty() {
        let (files, named) = (counted(on_disk.len(), "other file"), named(on_disk));
        let verb = if on_disk.len() == 1 { "is" } else { "are" };
        note(format!(
            "{files} {verb} on disk with CRLF, which git would store under the new `.gitattributes` ({named}): \
             to check a file out again, delete it and run `{git} checkout -- FILE`"
        ));
    }
}

/// The command that stages the line ends of these files and nothing else: a `.` would stage all that a person edited.
fn staging(git: &str, stored: &[RepoPath]) -> String {
    if stored.len() > PASTED {
        return format!(
            "`{git} add --renormalize -- FILES` stages that; `{git} ls-files --eol` lists them as `i/crlf` or `i/mixed`"
        );
    }
    let files: Vec<String> = stored.iter().map(|path| quoted(path.as_str())).collect();
    format!("`{git} add --renormalize -- {}` stages that", files.join(" "))
}

fn named(paths: &[RepoPath]) -> String {
    let mut named: Vec<String> =
        paths.iter().take(NAMED).map(|path| quoted_path(path.as_str())).collect();
    if paths.len() > NAMED {
        named.push(format!("and {} more", paths.len() - NAMED));
    }
    named.join(", ")
}
