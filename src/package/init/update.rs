//! Updates the lists of a description to match the folder, keeping comments and order.

use super::classify::{Belongs, belongs};
use super::render::NOT_DECIDED;
use super::{INIT, why_apart};
use crate::error::{Error, Result};
use crate::package::description::Document;
use crate::package::inventory::{Drift, DriftKind};
use crate::package::name::shadows_standard_library;
use crate::snapshot::Snapshot;
use crate::source::yaml::edit::{Edits, Placement, append_item, insert_entry, remove_entry};
use crate::source::yaml::{self, Dialect, Path, quote_scalar};
use crate::source::{Text, TextEdit};

/// An updated description.
#[derive(Clone, Debug)]
pub struct Update {
    /// Its text.
    pub text: Text,
    /// What was changed, one line each.
    pub done: Vec<String>,
    /// Differences that are left to a person.
    pub left: Vec<Drift>,
}

/// Fixes what can be fixed: added or removed modules and subpackages of the source folder. Anything that does not look
/// like part of a package (tests, scripts) is added to `exclude`. The dependencies are those of a build.
///
/// # Errors
/// When the text cannot be edited without changing anything else.
pub fn update(
    document: &Document,
    source: &Snapshot,
    drift: &[Drift],
    dependencies: &[String],
) -> Result<Update> {
    // Modules that are beside each other hide a dependency already.
    let hidden = if source.entry(INIT).is_some() { dependencies } else { &[] };
    let mut update = Update { text: document.text.clone(), done: Vec::new(), left: Vec::new() };
    // Backwards, so that the remaining items keep their indices.
    let mut gone: Vec<&Drift> = drift
        .iter()
        .filter(|drift| {
            matches!(drift.kind, DriftKind::ModuleMissing | DriftKind::SubpackageMissing)
        })
        .collect();
    gone.sort_by_key(|drift| {
        std::cmp::Reverse(drift.listed.as_ref().map_or(0, |listed| listed.index))
    });
    for drift in gone {
        let Some(listed) = &drift.listed else { continue };
        let path = Path::root().key(listed.list).index(listed.index);
        update.edit(document, |text| remove_entry(text, &path))?;
        let name = drift.path.as_str().trim_end_matches(".py");
        update.done.push(format!("removed `{name}` from `{}`", listed.list));
    }
    for drift in drift {
        let name = drift.path.as_str();
        match drift.kind {
            DriftKind::ModuleUnlisted | DriftKind::SubpackageUnlisted => {
                let is_folder = drift.kind == DriftKind::SubpackageUnlisted;
                match belongs(name, is_folder, true) {
                    Belongs::Out(pattern) => update.add(document, "exclude", &pattern)?,
                    _ => match why_left(document, drift, hidden) {
                        Some(why) => update.left.push(Drift { help: why, ..drift.clone() }),
                        None => update.list(document, drift, is_folder)?,
                    },
                }
            }
            DriftKind::ModuleMissing | DriftKind::SubpackageMissing => {}
            DriftKind::StrayFile | DriftKind::StrayFolder => {
                match belongs(name, drift.kind == DriftKind::StrayFolder, false) {
                    Belongs::Out(pattern) => update.add(document, "exclude", &pattern)?,
                    _ => update.left.push(drift.clone()),
                }
            }
            _ => update.left.push(drift.clone()),
        }
    }
    update.forget(document)?;
    Ok(update)
}

/// Why a module or folder cannot be listed as it is, like in a proposal; the help of the difference, if that says it.
fn why_left(document: &Document, drift: &Drift, dependencies: &[String]) -> Option<String> {
    let name = module_of(drift);
    if shadows_standard_library(name) {
        return Some(drift.help.clone());
    }
    let why = why_apart(name, &document.description.package, dependencies)?;
    Some(format!("it {why}"))
}

fn module_of(drift: &Drift) -> &str {
    drift.path.as_str().trim_end_matches(".pyi").trim_end_matches(".py")
}

impl Update {
    /// Removes what [`super::Proposal::render`] noted of files that nothing is to be decided about any more.
    fn forget(&mut self, document: &Document) -> Result<()> {
        let text = self.text.clone();
        let line = |number: u32| text.slice(text.line_span(number)).trim_end();
        let Some(head) = (1..=text.line_count()).find(|number| line(*number) == NOT_DECIDED) else {
            return Ok(());
        };
        let is_open = |name: &str| {
            let mut paths = self.left.iter().map(|drift| drift.path.as_str());
            paths.any(|path| path == name || path.strip_suffix(".py") == Some(name))
        };
        let (mut edits, mut remain) = (Vec::new(), false);
        for number in head + 1..=text.line_count() {
            let Some((name, _)) =
                line(number).strip_prefix("#   ").and_then(|noted| noted.split_once(": "))
            else {
                break;
            };
            if is_open(name) {
                remain = true;
            } else {
                edits.push(TextEdit::remove(text.whole_lines(text.line_span(number))));
                self.done.push(format!(
                    "removed the comment on `{name}`: nothing is to be decided about it"
                ));
            }
        }
        if !remain {
            // The empty line above it was written with it.
            let first = if head > 1 && line(head - 1).is_empty() { head - 1 } else { head };
            let above = text.line_span(first).to(text.line_span(head));
            edits.push(TextEdit::remove(text.whole_lines(above)));
        }
        let edited = text.edited(&edits);
        self.text = edited.map_err(|_| {
            Error::failed("the comments cannot be removed here").in_file(&document.file)
        })?;
        Ok(())
    }

    fn list(&mut self, document: &Document, drift: &Drift, is_folder: bool) -> Result<()> {
        self.add(document, if is_folder { "subpackages" } else { "modules" }, module_of(drift))
    }

    fn add(&mut self, document: &Document, list: &str, item: &str) -> Result<()> {
        let line = format!("added `{item}` to `{list}`");
        if self.done.contains(&line) {
            return Ok(());
        }
        let fragment = quote_scalar(item).into_owned();
        self.edit(document, |text| {
            if text.root().get(list).is_some() {
                append_item(text, &Path::root().key(list), &fragment)
            } else {
                insert_entry(text, &Path::root(), list, &format!("- {fragment}"), Placement::End)
            }
        })?;
        self.done.push(line);
        Ok(())
    }

    fn edit(
        &mut self,
        document: &Document,
        edits: impl Fn(&yaml::Document) -> Edits,
    ) -> Result<()> {
        let refused = |why: String| {
            let error = Error::failed("the lists cannot be repaired here").in_file(&document.file);
            error.caused_by(why).hint("edit the file manually")
        };
        let read = yaml::Document::parse(&self.text, Dialect::Yaml12);
        let read = read.map_err(|error| refused(error.message))?;
        let edits = edits(&read).map_err(|error| refused(error.message))?;
        let edited = self.text.edited(&edits);
        self.text = edited.map_err(|_| refused("two edits overlap".to_owned()))?;
        Ok(())
    }
}
