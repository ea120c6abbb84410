//! Finds how a package is described already, for `package init`: its `[project]` table, or another way.

use std::path::Path;

use crate::cli::Context;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::package::init;
use crate::package::init::project_table::{self, Declared, FILE, Whereabouts};
use crate::package::license_files;
use crate::source::Text;

/// How the package is described already.
#[derive(Default)]
pub(super) struct Described {
    /// What its `[project]` table declares.
    pub(super) declared: Option<Declared>,
    /// Whether it is described in the folder that was named, or in the one whose `src` was named.
    pub(super) is_project: bool,
}

/// The nearest description: in the source folder, or above it within the repository; without a repository, within the
/// folder of package.yaml. Nothing is declared, if a nearer file describes a package in another way. Both folders are
/// absolute.
pub(super) fn nearest(source: &Path, whole: &Path, context: &Context) -> Result<Described> {
    let top = whole.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(whole);
    for folder in source.ancestors() {
        let is_own = is_of(source, folder);
        let text = text(&folder.join(FILE))?;
        if let Some(text) = &text
            && let Some(mut declared) = table(folder, whole, text)?
        {
            declared.is_own = is_own;
            return Ok(Described { declared: Some(declared), is_project: is_own });
        }
        // What is above it describes another project.
        if let Some(why) = otherwise(folder, text.as_ref()) {
            context.terminal.note(&format!("nothing is taken from {why}"));
            return Ok(Described { declared: None, is_project: is_own });
        }
        if folder == top {
            break;
        }
    }
    Ok(Described::default())
}

/// Whether a source folder is that of a project in this folder: itself, or its `src`.
pub(super) fn is_of(source: &Path, folder: &Path) -> bool {
    source == folder || source == folder.join("src")
}

/// The file that describes a package in a folder without a `[project]` table, and why nothing can be taken from it.
fn otherwise(folder: &Path, text: Option<&Text>) -> Option<String> {
    if text.is_some_and(project_table::describes_otherwise) {
        return Some(format!("{}, which has no `[project]` table", shown(&folder.join(FILE))));
    }
    let setup = folder.join("setup.py");
    is_setup(&setup).then(|| format!("{}, which is a program", shown(&setup)))
}

fn is_setup(file: &Path) -> bool {
    let bytes = whole_file::read(file).ok().flatten();
    let text = bytes.and_then(|bytes| Text::decode(&bytes).ok());
    text.is_some_and(|text| init::is_setup(&text))
}

fn text(file: &Path) -> Result<Option<Text>> {
    let Some(bytes) = whole_file::read(file)? else { return Ok(None) };
    let text = Text::decode(&bytes).map_err(|error| {
        Error::usage(format!("the file {error}")).in_file(shown(file)).hint(MEND)
    })?;
    Ok(Some(text))
}

/// The `[project]` table of the file in a folder.
fn table(folder: &Path, whole: &Path, text: &Text) -> Result<Option<Declared>> {
    let shown = shown(&folder.join(FILE));
    let whereabouts = whereabouts(folder, whole, shown.clone());
    let has = |path: &str| license_files::has(whole, path);
    project_table::read(text, &whereabouts, &has).map_err(|error| {
        let what = format!("this is not TOML: {}", error.message);
        Error::usage(what).at(&shown, text, error.span).hint(MEND)
    })
}

const MEND: &str = "mend it first: the name and the metadata of the package are taken from it";

/// The path below the current folder, as a person would write it; the whole path if it is elsewhere.
fn shown(file: &Path) -> String {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    let below = here.and_then(|here| file.strip_prefix(here).ok().map(Path::to_owned));
    below.as_deref().unwrap_or(file).display().to_string()
}

fn whereabouts(folder: &Path, whole: &Path, file: String) -> Whereabouts {
    let between = |one: &Path, other: &Path| -> String {
        let Ok(rest) = one.strip_prefix(other) else { return String::new() };
        let rest = rest.to_string_lossy().replace('\\', "/");
        if rest.is_empty() { rest } else { format!("{rest}/") }
    };
    Whereabouts { file, below: between(folder, whole), above: between(whole, folder) }
}
