//! What a wheel has that can be imported: modules by name, entry points.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zip::ZipArchive;

use super::Task;
use crate::error::{Error, Result};
use crate::source::Text;

/// A module of a wheel larger than this is not shown.
const MAX_TEXT: u64 = 1 << 20;

/// What can be imported.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// The distribution's name in the file's name.
    pub distribution: String,
    /// Dotted names of modules, sorted.
    pub modules: BTreeSet<String>,
    /// Their first parts.
    pub roots: BTreeSet<String>,
    /// Entry points as tasks.
    pub entry_points: Vec<Task>,
    /// Texts of Python files by path, for those who show a line of one.
    pub texts: BTreeMap<String, Text>,
}

impl Contents {
    /// Reads a wheel's list of files, and the texts of its modules.
    ///
    /// # Errors
    /// When it is not a file that can be read as a wheel.
    pub fn read(wheel: &Path) -> Result<Self> {
        let failed = |why: &dyn std::fmt::Display| {
            Error::failed("cannot read the wheel").in_file(wheel).caused_by(why)
        };
        let name = wheel.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let distribution = name.strip_suffix(".whl").and_then(|stem| stem.split('-').next());
        let Some(distribution) = distribution else {
            return Err(Error::usage("this is no wheel")
                .in_file(wheel)
                .hint("a wheel's name ends in `.whl`"));
        };
        let file = File::open(wheel).map_err(|error| failed(&error))?;
        let mut archive = ZipArchive::new(file).map_err(|error| failed(&error))?;
        let names: Vec<String> =
            archive.file_names().flatten().map(|name| name.into_owned()).collect();
        let mut contents = Self { distribution: distribution.to_owned(), ..Self::default() };
        for name in &names {
            if name.ends_with(".dist-info/entry_points.txt") {
                let text = read_text(&mut archive, name).unwrap_or_default();
                contents.entry_points = entry_points(&text);
            }
            let Some(module) = module_of(name) else { continue };
            let root = module.split('.').next().unwrap_or_default().to_owned();
            contents.roots.insert(root);
            contents.modules.insert(module);
            if let Some(text) = read_text(&mut archive, name) {
                contents.texts.insert(name.clone(), Text::new(&text));
            }
        }
        Ok(contents)
    }
}

fn read_text(archive: &mut ZipArchive<File>, name: &str) -> Option<String> {
    let entry = archive.by_name(name).ok()?;
    let mut bytes = Vec::new();
    entry.take(MAX_TEXT).read_to_end(&mut bytes).ok()?;
    String::from_utf8(bytes).ok()
}

/// The dotted name of the module that a path of a wheel is; `None` for other files.
#[must_use]
pub fn module_of(path: &str) -> Option<String> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let (stem, end) = file.split_once('.')?;
    let is_module = end == "py" || end.ends_with("so") && end != "so" || end == "so" || end.ends_with("pyd");
    if !is_module {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    if stem != "__init__" {
        parts.push(stem);
    }
    let is_name = |part: &&str| {
        let mut characters = part.chars();
        characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
            && characters.all(|character| character.is_alphanumeric() || character == '_')
    };
    // What stands in `x.dist-info` or `x.data` is not imported from there.
    (!parts.is_empty() && parts.iter().all(is_name)).then(|| parts.join("."))
}

/// Entry points (<https://packaging.python.org/specifications/entry-points/>), as tasks.
#[must_use]
pub fn entry_points(text: &str) -> Vec<Task> {
    let mut group = String::new();
    let mut found = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.trim().clone_into(&mut group);
        } else if let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with(['#', ';'])) {
            let object = value.split('[').next().unwrap_or_default();
            let (module, attribute) = object.split_once(':').unwrap_or((object, ""));
            found.push(Task::EntryPoint {
                callable: matches!(group.as_str(), "console_scripts" | "gui_scripts"),
                group: group.clone(),
                name: name.trim().to_owned(),
                module: module.trim().to_owned(),
                attribute: attribute.trim().to_owned(),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_modules() {
        for (path, name) in [
            ("acme/__init__.py", Some("acme")),
            ("acme/a/b.py", Some("acme.a.b")),
            ("single.py", Some("single")),
            ("acme/_fast.cpython-311-x86_64-linux-gnu.so", Some("acme._fast")),
            ("acme/_fast.pyd", Some("acme._fast")),
            ("acme/data.json", None),
            ("acme/not-a-name.py", None),
            ("acme-1.0.dist-info/METADATA", None),
            ("acme-1.0.data/scripts/run.py", None),
            ("__init__.py", None),
            ("acme/py.typed", None),
        ] {
            assert_eq!(module_of(path).as_deref(), name, "{path}");
        }
    }

    #[test]
    fn entry_points_by_group() {
        let tasks = entry_points("[console_scripts]\nacme = acme.main:main_sync [fast]\n; no\n[acme.plugins]\nx=acme.x\n");
        let [Task::EntryPoint { module, attribute, callable: true, .. }, Task::EntryPoint { name, callable: false, .. }] = tasks.as_slice() else {
            panic!("{tasks:?}");
        };
        assert_eq!((module.as_str(), attribute.as_str(), name.as_str()), ("acme.main", "main_sync", "x"));
    }
}
