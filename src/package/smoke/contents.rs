//! What can be imported from a wheel: modules by name, entry points.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Task;
use crate::error::{Error, Result};
use crate::package::distribution::{self, EntryPoints, FileName};
use crate::package::modules::Modules;
use crate::package::symbols::Place;
use crate::source::Text;

/// The importable contents of a wheel.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// The distribution's name in the file name.
    pub distribution: String,
    /// The dotted names of modules, sorted.
    pub modules: BTreeSet<String>,
    /// The first parts of these names.
    pub roots: BTreeSet<String>,
    /// Entry points as tasks.
    pub entry_points: Vec<Task>,
    /// Texts of Python files by path, for quoting lines.
    pub texts: BTreeMap<String, Text>,
}

impl Contents {
    /// Reads a wheel's list of files and the texts of its modules.
    ///
    /// # Errors
    /// When it cannot be read as a wheel, or should not be installed.
    pub fn read(wheel: &Path) -> Result<Self> {
        let read = distribution::open_safe(wheel)?;
        let Ok(FileName::Wheel(name)) = read.name() else {
            return Err(Error::usage("this is not a wheel").in_file(wheel).hint(
                "the file name of a wheel begins with the name and version and ends in `.whl`",
            ));
        };
        let modules = Modules::of(&read);
        let mut contents = Self { distribution: name.distribution.clone(), ..Self::default() };
        if let Some(document) = &read.entry_points {
            contents.entry_points = entry_points(&document.value);
        }
        for site in modules.files.keys().chain(&modules.binaries) {
            let Some(place) = Place::of(site) else { continue };
            let root = place.dotted.split('.').next().unwrap_or_default().to_owned();
            contents.roots.insert(root);
            contents.modules.insert(place.dotted);
        }
        let texts = modules.files.into_iter();
        contents.texts =
            texts.filter_map(|(site, file)| Some((site.as_str().to_owned(), file.text?))).collect();
        Ok(contents)
    }
}

impl Contents {
    /// Whether a dotted name is a module or a top-level name of the wheel.
    #[must_use]
    pub fn has(&self, dotted: &str) -> bool {
        self.modules.contains(dotted) || self.roots.contains(dotted)
    }
}

/// Entry points as tasks. Invalid ones are left to `package check`.
fn entry_points(read: &EntryPoints) -> Vec<Task> {
    let task = |entry: &distribution::EntryPoint| {
        let reference = entry.reference.as_ref()?;
        Some(Task::EntryPoint {
            callable: matches!(entry.group.as_str(), "console_scripts" | "gui_scripts"),
            group: entry.group.clone(),
            name: entry.name.clone(),
            module: reference.module.clone(),
            attribute: reference.attribute.clone().unwrap_or_default(),
        })
    };
    read.entries.iter().filter_map(task).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_points_by_group() {
        let text =
            Text::new("[console_scripts]\nacme = acme.main:main_sync\n[acme.plugins]\nx=acme.x\n");
        let tasks = entry_points(&EntryPoints::parse(&text));
        let [
            Task::EntryPoint { module, attribute, callable: true, .. },
            Task::EntryPoint { name, callable: false, .. },
        ] = tasks.as_slice()
        else {
            panic!("{tasks:?}");
        };
        assert_eq!(
            (module.as_str(), attribute.as_str(), name.as_str()),
            ("acme.main", "main_sync", "x")
        );
    }
}
