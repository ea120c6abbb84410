//! Walks the folder once: what is included, and what is not listed.

use std::collections::{BTreeMap, BTreeSet};

use super::patterns::Patterns;
use super::{ALWAYS_OUT, Drift, DriftKind, MODULES_FILE, Planned, TYPED_FILE};
use crate::package::Description;
use crate::package::name::{is_importable, shadows_standard_library};
use crate::snapshot::{Astray, Entry, EntryKind, RepoPath, Snapshot};

/// Suffixes of compiled code.
const COMPILED: [&str; 5] = [".so", ".pyd", ".dll", ".dylib", ".a"];

pub(super) struct Collector<'a> {
    pub(super) description: &'a Description,
    pub(super) source: &'a Snapshot,
    always_out: Patterns,
    excluded: Patterns,
    data: Patterns,
    own: BTreeSet<String>,
    modules: BTreeMap<&'a str, usize>,
    subpackages: BTreeMap<&'a str, usize>,
    /// Modules that were found.
    pub(super) seen: BTreeSet<&'a str>,
    /// Subpackages in which a module was found.
    pub(super) entered: BTreeSet<&'a str>,
    /// Listed names of which something is excluded.
    pub(super) shut_out: BTreeSet<&'a str>,
    /// Folders that no list has, and whether they contain modules.
    pub(super) strays: BTreeMap<&'a str, bool>,
    pub(super) files: Vec<Planned>,
    pub(super) drift: Vec<Drift>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(description: &'a Description, source: &'a Snapshot) -> Self {
        let index = |names: &'a [String]| {
            names.iter().enumerate().map(|(index, name)| (name.as_str(), index)).collect()
        };
        Self {
            description,
            source,
            always_out: Patterns::of(ALWAYS_OUT),
            excluded: Patterns::of(description.exclude.iter().map(String::as_str)),
            data: Patterns::of(description.data.iter().map(String::as_str)),
            own: super::own_files(description),
            modules: index(&description.modules),
            subpackages: index(&description.subpackages),
            seen: BTreeSet::new(),
            entered: BTreeSet::new(),
            shut_out: BTreeSet::new(),
            strays: BTreeMap::new(),
            files: Vec::new(),
            drift: Vec::new(),
        }
    }

    pub(super) fn entries(&mut self) {
        for problem in &self.source.problems {
            if !self.is_out(problem.path.as_str()) {
                let help = "make it a file that can be read, or add it to `exclude`";
                let path =
                    if problem.path.as_str().is_empty() { "." } else { problem.path.as_str() };
                // The message is about the entry at the path, which has to be named since there is no position.
                let what = problem.message.trim_start_matches("the folder ");
                self.add(DriftKind::Unread, path, format!("`{path}` {what}"), help);
            }
        }
        let source = self.source;
        for (path, entry) in source.entries.iter() {
            let text = path.as_str();
            if self.always_out.meet(text) {
                continue;
            }
            if self.excluded.meet(text) {
                self.note_excluded(text);
                continue;
            }
            match text.split_once('/') {
                None => self.top_level_file(path, *entry),
                Some((folder, _)) => self.file_below(folder, path, *entry),
            }
        }
    }

    fn is_out(&self, path: &str) -> bool {
        !path.is_empty() && (self.always_out.meet(path) || self.excluded.meet(path))
    }

    /// Records whether an excluded path is one that a list names.
    fn note_excluded(&mut self, path: &'a str) {
        let (first, below) = match path.split_once('/') {
            Some((folder, _)) => (folder, true),
            None => (path.strip_suffix(".py").unwrap_or(path), false),
        };
        let list = if below { &self.subpackages } else { &self.modules };
        if list.contains_key(first) {
            self.shut_out.insert(first);
        }
    }

    fn top_level_file(&mut self, path: &'a RepoPath, entry: Entry) {
        let name = path.as_str();
        if let Some(stem) = python_stem(name) {
            if stem != "__init__" && !self.modules.contains_key(stem) {
                // Listing it would not help, since it cannot be packed.
                match entry.kind {
                    EntryKind::Link if self.followed(path, entry).is_err() => {
                        self.plan(path, entry, true);
                    }
                    _ => self.unlisted_module(name, stem),
                }
                return;
            }
            if name.ends_with(".py") {
                self.seen.insert(stem);
            }
            self.plan(path, entry, true);
        } else if name == TYPED_FILE || self.data.meet(name) {
            self.plan_data(path, entry);
        } else if !self.own.contains(name) {
            let message = format!("the file `{name}` is neither listed nor excluded");
            self.add(DriftKind::StrayFile, name, message, "add it to `data` or `exclude`");
        }
    }

    fn unlisted_module(&mut self, name: &str, stem: &str) {
        if !is_importable(stem) {
            let message = not_importable(name);
            let help = "rename it and list it, or add it to `exclude`";
            self.add(DriftKind::NotImportable, name, message, help);
            return;
        }
        if name.ends_with(".pyi") && !self.has_module(stem) {
            let message = format!("the stub `{name}` is in the folder without its module");
            let help = format!("restore `{stem}.py`, or add the stub to `exclude`");
            self.add(DriftKind::StrayFile, name, message, help);
            return;
        }
        let message = format!("the module `{stem}` is in the folder but not in the list");
        let help = if shadows_standard_library(stem) {
            "rename it, because it shadows a standard library module; or add it to `exclude`"
        } else {
            "add it to `modules` (`shipshape package init --update` does), or to `exclude`"
        };
        self.add(DriftKind::ModuleUnlisted, name, message, help);
    }

    /// Whether the folder has the file of a top-level module and does not exclude it.
    fn has_module(&self, stem: &str) -> bool {
        let file = format!("{stem}.py");
        self.source.entry(&file).is_some() && !self.excluded.meet(&file)
    }

    fn file_below(&mut self, folder: &'a str, path: &'a RepoPath, entry: Entry) {
        let name = path.as_str();
        let python = python_stem(path.file_name());
        if self.subpackages.contains_key(folder) {
            match python {
                None => self.plan_data(path, entry),
                Some(stem) => {
                    let mut folders = path.parent().split('/');
                    if !is_importable(stem) || !folders.all(is_importable) {
                        let message = not_importable(name);
                        let help = "rename it, or add it to `exclude`";
                        self.add(DriftKind::NotImportable, name, message, help);
                        return;
                    }
                    self.entered.insert(folder);
                    self.plan(path, entry, true);
                }
            }
        } else if self.data.meet(name) {
            self.plan_data(path, entry);
        } else if !self.own.contains(name) {
            *self.strays.entry(folder).or_default() |= python.is_some();
        }
    }

    fn plan_data(&mut self, path: &RepoPath, entry: Entry) {
        let name = path.as_str();
        if name == MODULES_FILE {
            let message = format!("the build itself creates a file `{name}`");
            self.add(DriftKind::Reserved, name, message, "rename it, or add it to `exclude`");
        } else if COMPILED.iter().any(|ending| name.ends_with(ending)) || name.contains(".so.") {
            let message = format!("`{name}` is compiled, but the wheel is for every platform");
            let help = "add it to `exclude`, and provide it in a separate package";
            self.add(DriftKind::Compiled, name, message, help);
        } else {
            self.plan(path, entry, false);
        }
    }

    fn plan(&mut self, path: &RepoPath, entry: Entry, is_python: bool) {
        let name = path.as_str();
        if !path.is_sound() || name.contains(['\\', '\n', '\r', ':']) {
            let message = format!("no archive can hold `{}` for every system", name.escape_debug());
            self.add(DriftKind::Unread, name, message, "rename it");
            return;
        }
        match entry.kind {
            EntryKind::File | EntryKind::Executable => {
                self.files.push(Planned { path: path.clone(), entry, is_python });
            }
            EntryKind::Submodule => {
                let message =
                    format!("`{name}` is a separate repository, whose files are not here");
                self.add(DriftKind::Submodule, name, message, "add it to `exclude`");
            }
            EntryKind::Link => match self.followed(path, entry) {
                Ok(entry) => self.files.push(Planned { path: path.clone(), entry, is_python }),
                Err(message) => {
                    let help = "replace it with the file itself, or add it to `exclude`";
                    self.add(DriftKind::Link, name, message, help);
                }
            },
        }
    }

    /// The file in the folder that a link leads to.
    fn followed(&self, path: &RepoPath, entry: Entry) -> Result<Entry, String> {
        self.source.followed(path, entry).map_err(|astray| match astray {
            Astray::Unread(error) => format!("the link {error}"),
            Astray::Outside(target) => {
                format!("`{path}` is a link to `{}`, outside the folder", target.escape_debug())
            }
            Astray::NoFile(next) => {
                format!("`{path}` is a link to `{next}`, which is not a file of the folder")
            }
            Astray::Circle => format!("`{path}` is a circular link"),
        })
    }

    pub(super) fn add(
        &mut self,
        kind: DriftKind,
        path: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.drift.push(Drift {
            kind,
            path: RepoPath::new(path),
            listed: None,
            message: message.into(),
            help: help.into(),
        });
    }
}

/// The name of the module in a file.
pub(super) fn python_stem(file: &str) -> Option<&str> {
    file.strip_suffix(".py").or_else(|| file.strip_suffix(".pyi"))
}

/// Python normalises names outside ASCII, and file systems and indexes disagree on them.
fn not_importable(name: &str) -> String {
    match name.is_ascii() {
        true => format!("Python cannot import a file named `{name}`"),
        false => format!("a module whose name is not ASCII cannot be packaged: `{name}`"),
    }
}
