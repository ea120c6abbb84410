//! The names that the modules of a package offer to each other and to importers, determined without running them.
//!
//! From the summaries of modules and the paths of unreadable ones (extension modules, files that do not parse), builds
//! a [`SymbolTable`], which says whether a module has a name, and lists the [`Reference`]s of a module to others.
//!
//! Nothing is guessed: a module whose names are not all known is *open*, with the reason and its place, and whatever it
//! does not visibly have is [`Presence::Maybe`]. `__all__` limits only star imports. Whether an absence matters is for
//! rules to decide.

mod attribute;
mod doubt;
mod names;
mod place;
mod reference;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

pub use doubt::{Doubt, Opening, Presence, Unread, Why};
pub use place::Place;
pub use reference::{Reference, ReferenceKind, references};

use crate::snapshot::RepoPath;
use crate::source::python::Module;

/// The kind of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleKind {
    /// A single file.
    Module,
    /// A folder with `__init__`.
    Package,
    /// A folder without `__init__`, which is a namespace package.
    Namespace,
}

/// The names of a module, as other modules see them.
#[derive(Clone, Debug)]
pub struct ModuleSymbols {
    /// Its dotted name.
    pub dotted: String,
    /// Its file; `None` for a namespace package.
    pub path: Option<RepoPath>,
    /// Its kind.
    pub kind: ModuleKind,
    /// Its summary (classes with methods, functions with signatures); `None` if its file could not be read.
    pub module: Option<Arc<Module>>,
    /// Reasons that its names are not all known; empty for a closed module.
    pub openings: Vec<Opening>,
    /// The names of its direct submodules.
    pub submodules: BTreeSet<String>,
    names: HashMap<Arc<str>, bool>,
    set_by: BTreeMap<String, String>,
}

/// The modules of a package, or of a whole distribution.
#[derive(Clone, Debug, Default)]
pub struct SymbolTable {
    modules: BTreeMap<String, ModuleSymbols>,
}

impl SymbolTable {
    /// Builds the table of these modules. Paths are relative to the folder that Python searches; files that no import
    /// statement can name are left out. A source takes precedence over a binary of the same name, and a package over a
    /// module.
    pub fn of(
        files: impl IntoIterator<Item = (RepoPath, Arc<Module>)>,
        unread: impl IntoIterator<Item = (RepoPath, Unread)>,
    ) -> Self {
        let mut table = Self::default();
        for (path, why) in unread {
            table.add(path, Err(why));
        }
        for (path, module) in files {
            table.add(path, Ok(module));
        }
        table.link_submodules();
        names::follow_stars(&mut table.modules);
        table.note_names_set_from_outside();
        table
    }

    /// The module with this dotted name.
    #[must_use]
    pub fn module(&self, dotted: &str) -> Option<&ModuleSymbols> {
        self.modules.get(dotted)
    }

    /// The modules, sorted by dotted name.
    pub fn modules(&self) -> impl Iterator<Item = &ModuleSymbols> {
        self.modules.values()
    }

    /// The top-level names, which `import NAME` finds.
    pub fn top_level(&self) -> impl Iterator<Item = &str> {
        self.modules.keys().map(String::as_str).filter(|dotted| !dotted.contains('.'))
    }

    /// Whether a dotted name belongs to one of the top-level packages here, whether or not it exists.
    #[must_use]
    pub fn owns(&self, dotted: &str) -> bool {
        self.modules.contains_key(dotted.split('.').next().unwrap_or_default())
    }

    /// Whether `import DOTTED` finds a module: never [`Presence::Absent`].
    #[must_use]
    pub fn find(&self, dotted: &str) -> Presence {
        if self.modules.contains_key(dotted) {
            return Presence::Present;
        }
        let mut above = dotted;
        let mut nearest = true;
        while let Some((parent, _)) = above.rsplit_once('.') {
            above = parent;
            let Some(module) = self.modules.get(above) else { continue };
            if let Some(opening) = module.reroute() {
                return Presence::Maybe(Doubt::Open(above.to_owned(), opening.clone()));
            }
            // Other distributions cannot add to a regular package.
            if nearest && module.kind == ModuleKind::Namespace && self.is_shared(above) {
                return Presence::Maybe(Doubt::Namespace(above.to_owned()));
            }
            nearest = false;
        }
        Presence::NoModule
    }

    /// Whether `from DOTTED import NAME` finds the name; a direct submodule counts.
    #[must_use]
    pub fn lookup(&self, dotted: &str, name: &str) -> Presence {
        match self.modules.get(dotted) {
            Some(module) => match module.presence(name) {
                Presence::Absent => match self.find(&format!("{dotted}.{name}")) {
                    Presence::NoModule => Presence::Absent,
                    doubt => doubt,
                },
                presence => presence,
            },
            None => self.find(dotted),
        }
    }

    fn add(&mut self, path: RepoPath, read: Result<Arc<Module>, Unread>) {
        let Some(place) = Place::of(&path) else { return };
        let kind = if place.is_package { ModuleKind::Package } else { ModuleKind::Module };
        let beaten = self
            .modules
            .get(&place.dotted)
            .is_some_and(|known| known.kind == ModuleKind::Package && kind == ModuleKind::Module);
        if beaten {
            return;
        }
        let module = ModuleSymbols::read(place.dotted.clone(), path, kind, read);
        self.modules.insert(place.dotted, module);
    }

    /// Adds the namespace packages, and records the direct submodules of each package.
    fn link_submodules(&mut self) {
        let mut below: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for dotted in self.modules.keys() {
            let mut child = dotted.as_str();
            while let Some((parent, name)) = child.rsplit_once('.') {
                if !below.entry(parent.to_owned()).or_default().insert(name.to_owned()) {
                    break;
                }
                child = parent;
            }
        }
        for (parent, submodules) in below {
            let module = self
                .modules
                .entry(parent)
                .or_insert_with_key(|dotted| ModuleSymbols::namespace(dotted));
            module.submodules = submodules;
        }
    }

    /// Whether other distributions may add to a namespace package: it is not in a regular package.
    fn is_shared(&self, dotted: &str) -> bool {
        let mut above = dotted;
        while let Some((parent, _)) = above.rsplit_once('.') {
            above = parent;
            if self.modules.get(above).is_some_and(|module| module.kind != ModuleKind::Namespace) {
                return false;
            }
        }
        true
    }

    fn note_names_set_from_outside(&mut self) {
        let mut set: Vec<(String, String, String)> = Vec::new();
        for module in self.modules.values() {
            let Some(summary) = &module.module else { continue };
            if !summary.attribute_uses.iter().any(|used| used.stored) {
                continue;
            }
            for reference in references(summary, module.place().as_ref()) {
                if reference.stored
                    && let Some((target, name, _)) = self.attribute(&reference)
                {
                    set.push((target.dotted.clone(), name, module.dotted.clone()));
                }
            }
        }
        for (target, name, by) in set {
            if let Some(target) = self.modules.get_mut(&target) {
                target.set_by.entry(name).or_insert(by);
            }
        }
    }
}

/// Stands for a name that is set by `setattr` but not written literally.
const ANY_NAME: &str = "*";

/// Names that every module has before its first statement runs.
const IMPLICIT: [&str; 12] = [
    "__annotations__",
    "__builtins__",
    "__cached__",
    "__class__",
    "__dict__",
    "__doc__",
    "__file__",
    "__loader__",
    "__name__",
    "__package__",
    "__path__",
    "__spec__",
];

impl ModuleSymbols {
    fn read(
        dotted: String,
        path: RepoPath,
        kind: ModuleKind,
        read: Result<Arc<Module>, Unread>,
    ) -> Self {
        let (module, names, openings) = match read {
            Ok(module) => {
                let names = names::bound(&module);
                let openings = names::openings(&module);
                (Some(module), names, openings)
            }
            Err(why) => (None, HashMap::new(), vec![Opening { why: Why::Unread(why), span: None }]),
        };
        let submodules = BTreeSet::new();
        let set_by = BTreeMap::new();
        Self { dotted, path: Some(path), kind, module, openings, submodules, names, set_by }
    }

    fn namespace(dotted: &str) -> Self {
        Self {
            dotted: dotted.to_owned(),
            path: None,
            kind: ModuleKind::Namespace,
            module: None,
            openings: Vec::new(),
            submodules: BTreeSet::new(),
            names: HashMap::new(),
            set_by: BTreeMap::new(),
        }
    }

    /// Whether it may have names that are not visible.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.names_opening().is_some()
    }

    /// The names bound at module level, including by star imports, in no order, and whether each is certain.
    pub fn names(&self) -> impl Iterator<Item = (&str, bool)> {
        self.names.iter().map(|(name, certain)| (&**name, *certain))
    }

    /// The place that relative imports in it start from; `None` for a namespace package.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        let is_package = match self.kind {
            ModuleKind::Module => false,
            ModuleKind::Package => true,
            ModuleKind::Namespace => return None,
        };
        Some(Place { dotted: self.dotted.clone(), is_package, is_binary: false })
    }

    /// Whether a name is there; a direct submodule counts.
    #[must_use]
    pub fn presence(&self, name: &str) -> Presence {
        let certain = self.names.get(name);
        if certain == Some(&true) || self.submodules.contains(name) || IMPLICIT.contains(&name) {
            return Presence::Present;
        }
        if certain.is_some() {
            return Presence::Maybe(Doubt::Conditional);
        }
        if let Some(by) = self.set_by.get(name).or_else(|| self.set_by.get(ANY_NAME)) {
            return Presence::Maybe(Doubt::SetBy(by.clone()));
        }
        let globals = self.module.as_ref().map(|module| module.globals.as_slice());
        if globals.unwrap_or_default().iter().any(|global| global == name) {
            return Presence::Maybe(Doubt::Global);
        }
        match self.names_opening() {
            Some(opening) => Presence::Maybe(Doubt::Open(self.dotted.clone(), opening.clone())),
            None => Presence::Absent,
        }
    }

    /// The first reason that it may have names that are not visible.
    fn names_opening(&self) -> Option<&Opening> {
        self.openings.iter().find(|opening| opening.why != Why::Reroute)
    }

    /// The first reason that it may have submodules without a file.
    fn reroute(&self) -> Option<&Opening> {
        self.openings.iter().find(|opening| matches!(opening.why, Why::Reroute | Why::Unread(_)))
    }
}
