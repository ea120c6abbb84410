//! Finds the `[project]` table that a package has already, for `package init`.

use std::path::Path;

use crate::cli::Context;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::package::init::project_table::{self, Declared, FILE, Whereabouts};
use crate::package::license_files;
use crate::source::Text;

/// The nearest one: in the source folder, or above it within the repository; without a repository, within the folder of
/// the description. None, if a nearer file describes a package in another way. Both folders are absolute.
pub(super) fn nearest(source: &Path, whole: &Path, context: &Context) -> Result<Option<Declared>> {
    let top = whole.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(whole);
    for folder in source.ancestors() {
        let file = folder.join(FILE);
        if let Some(bytes) = whole_file::read(&file)? {
            let shown = shown(&file);
            let text = Text::decode(&bytes).map_err(|error| {
                Error::usage(format!("the file {error}")).in_file(&shown).hint(MEND)
            })?;
            let whereabouts = whereabouts(folder, whole, shown.clone());
            let has = |path: &str| license_files::has(whole, path);
            let read = project_table::read(&text, &whereabouts, &has);
            let read = read.map_err(|error| {
                let what = format!("this is not TOML: {}", error.message);
                Error::usage(what).at(&shown, &text, error.span).hint(MEND)
            })?;
            if read.is_some() {
                return Ok(read);
            }
            // What is above it describes another project.
            if project_table::describes_otherwise(&text) {
                context.terminal.note(&format!(
                    "nothing is taken from {shown}, which has no `[project]` table"
                ));
                return Ok(None);
            }
        }
        if folder == top {
            break;
        }
    }
    Ok(None)
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
