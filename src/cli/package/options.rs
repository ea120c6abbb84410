//! What the subcommands of `package` share: choosing the package, and showing a build.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::shared::options::Form;
use crate::cli::{Context, counted, json_text};
use crate::digest::hexadecimal;
use crate::error::{Error, Result};
use crate::package::archive::EPOCH;
use crate::package::build::document::{About, Document};
use crate::package::build::{Artefact, Built, Kind};
use crate::package::project::{Place, Project};
use crate::package::rewrite::RewriteReport;

/// Selects a package.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct SubjectOptions {
    /// The package's description (default: package.yaml here or in a folder above).
    #[arg(long, value_name = "FILE", help_heading = "Subject")]
    pub(in crate::cli) package: Option<PathBuf>,

    /// The folder with the modules, instead of the description's `source`.
    #[arg(long, value_name = "DIR", help_heading = "Subject")]
    pub(in crate::cli) source: Option<PathBuf>,

    /// A branch, tag or commit to read everything from, instead of what is on disk.
    #[arg(long = "ref", value_name = "REF", help_heading = "Subject")]
    pub(in crate::cli) reference: Option<String>,
}

impl SubjectOptions {
    /// Loads the project.
    pub(in crate::cli) fn project(&self, context: &Context) -> Result<Project> {
        if let (Some(source), None) = (&self.source, &self.reference) {
            present(source, "source folder")?;
        }
        context.all(Project::load(Place {
            description: self.package.as_deref(),
            source: self.source.as_deref(),
            reference: self.reference.as_deref(),
        }))
    }
}

/// Notes files that a package takes along with a folder, and probably should not.
pub(super) fn note_leftovers(project: &Project, context: &Context) {
    let mut leftovers = project.inventory.leftovers();
    let Some(first) = leftovers.next() else { return };
    let more = match leftovers.count() {
        0 => String::new(),
        more => format!(" and {} like it", counted(more, "file")),
    };
    context.terminal.note(&format!(
        "the package takes along `{first}`{more}; put it into `exclude` if it is not of the package"
    ));
}

/// Requires that a path given on the command line exists.
///
/// # Errors
/// "there is no such …", with a hint if it is a pattern that a shell did not expand.
pub(in crate::cli) fn present(path: &Path, what: &str) -> Result<()> {
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    Err(hinted(Error::usage(format!("there is no such {what}")).in_file(path), path))
}

/// Adds a hint for a pattern that matched nothing, so that the shell passed it on.
pub(super) fn hinted(error: Error, path: &Path) -> Error {
    match path.to_string_lossy().contains(['*', '?', '[']) {
        true => error.hint("no file matches this pattern, so the shell passed it on unchanged"),
        false => error,
    }
}

/// Refuses a second argument where a command takes one.
///
/// # Errors
/// When there is more than one.
pub(super) fn only_one(more: &[PathBuf], what: &str, hint: &str) -> Result<()> {
    match more {
        [] => Ok(()),
        [second, ..] => {
            Err(Error::usage(format!("this is one {what} too many")).in_file(second).hint(hint))
        }
    }
}

/// The modification time of files in archives, in seconds since 1970.
pub(in crate::cli) fn epoch(context: &Context) -> Result<u64> {
    let Some(text) = context.source_date_epoch.as_deref().filter(|text| !text.is_empty()) else {
        return Ok(EPOCH);
    };
    text.parse().map_err(|_| {
        Error::usage(format!("SOURCE_DATE_EPOCH is `{}`", text.escape_debug()))
            .hint("give seconds since 1970, such as `git log -1 --format=%ct` prints, or unset it")
    })
}

/// The output of a build.
pub(super) fn shown(form: Form, about: About, built: &Built, members: bool) -> Result<String> {
    match form {
        Form::Json => json_text(&Document::of(about, built, members)),
        Form::Human => Ok(human(&about, built, members)),
    }
}

fn human(about: &About, built: &Built, members: bool) -> String {
    let mut text = String::new();
    if let Some(rewrites) = &built.rewrites {
        text.push_str(&rewritten(rewrites));
        text.push('\n');
    }
    text.push_str(&format!("{} {}\n", about.distribution, about.version));
    for artefact in &built.artefacts {
        text.push_str(&format!("\n{}\n", headline(about, artefact)));
        if let Some(hash) = artefact.sha256 {
            text.push_str(&format!("  sha256 {}\n", hexadecimal(&hash)));
        }
        for member in artefact.members.iter().filter(|_| members) {
            let mark = if member.executable { "*" } else { " " };
            let hash = hexadecimal(&member.sha256);
            let hash = hash.get(..12).unwrap_or_default();
            text.push_str(&format!("  {:>9} {hash} {mark}{}\n", member.size, member.path));
        }
    }
    text
}

fn headline(about: &About, artefact: &Artefact) -> String {
    let what = match artefact.kind {
        Kind::Wheel => "wheel",
        Kind::Sdist => "sdist",
        Kind::Tree => "tree ",
    };
    let place = match (&about.out, artefact.kind) {
        (Some(out), Kind::Tree) => out.clone(),
        (Some(out), _) => format!("{out}/{}", artefact.path),
        (None, Kind::Tree) => "the sdist's content as files".to_owned(),
        (None, _) => artefact.path.rsplit('/').next().unwrap_or_default().to_owned(),
    };
    let files = counted(artefact.members.len(), "file");
    format!("{what}  {place}  {} bytes, {files}", grouped(artefact.size))
}

/// A number with thousands separators.
pub(in crate::cli) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// All edits file by file, and all names that were left unchanged.
fn rewritten(report: &RewriteReport) -> String {
    let insertions: usize = report.files.iter().map(|file| file.insertions).sum();
    let edited = report.files.iter().filter(|file| file.insertions > 0).count();
    let mut text = format!(
        "rewrote {} in {} for `{}`\n",
        counted(insertions, "place"),
        counted(edited, "file"),
        report.package
    );
    for file in &report.files {
        text.push_str(&format!("\n{}\n", file.path));
        for line in &file.lines {
            text.push_str(&format!("  {}:{}\n", line.line, line.column));
            text.push_str(&format!("    - {}\n    + {}\n", line.before.trim(), line.after.trim()));
        }
        for mention in &file.mentions {
            let why = if mention.breaks { "left, and breaks" } else { "left" };
            text.push_str(&format!(
                "  {}:{} {why}: `{}` ({})\n",
                mention.line, mention.column, mention.name, mention.kind
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            ["0", "999", "1,000", "1,234,567"],
            [0, 999, 1_000, 1_234_567].map(grouped).each_ref().map(String::as_str)
        );
    }
}
