//! Modules that stand beside each other in a repository, and what a name of one amounts to when the
//! imports between them are followed.
//!
//! In: the folder that imports start from, and the Dockerfile that says what stands beside what in the
//! image. Out: [`Meaning`]s. What is not in the repository is [`What::Foreign`]: neither the standard
//! library nor installed packages are looked at.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::checks::{Found, Repository};
use crate::source::dockerfile::Dockerfile;
use crate::source::python::{
    Binding, Bound, ClassId, FunctionId, Imported, Lookup, Module, Value, When,
};
use crate::source::{Span, Text};

/// Imports and aliases are followed this far. Real chains have three links.
const MAX_LINKS: usize = 16;

/// This many names are looked at in one search; alternatives multiply along a chain.
const MAX_VISITS: usize = 256;

/// A module of the repository.
#[derive(Debug)]
pub struct Sibling {
    /// Its file.
    pub path: String,
    /// The name that it is imported by.
    pub dotted: String,
    /// Whether it is a package's `__init__.py`.
    pub is_package: bool,
    /// Its text.
    pub text: Text,
    /// Its summary.
    pub module: Arc<Module>,
}

impl Sibling {
    /// The package that its relative imports start from; empty for a module outside of packages.
    #[must_use]
    pub fn package(&self) -> &str {
        if self.is_package {
            return &self.dotted;
        }
        self.dotted.rsplit_once('.').map_or("", |(package, _)| package)
    }

    /// Whether names may be bound in it that its summary does not list: `globals()`, PEP 562's
    /// `__getattr__`.
    #[must_use]
    pub fn may_bind(&self, name: &str) -> bool {
        !self.module.escapes.is_empty()
            || self.module.globals.iter().any(|global| global == name)
            || self.module.bindings_of("__getattr__").next().is_some()
    }
}

/// Where a module is.
#[derive(Clone, Debug)]
pub enum Target {
    /// In the repository.
    Inside(Rc<Sibling>),
    /// In the repository, and it cannot be read; other rules say so.
    Unreadable,
    /// Not in the repository.
    Outside,
}

/// What a name amounts to.
#[derive(Clone, Debug)]
pub enum What {
    /// A class of the repository.
    Class(Rc<Sibling>, ClassId),
    /// A function of the repository.
    Function(Rc<Sibling>, FunctionId),
    /// What an assignment in this module gives it.
    Value(Rc<Sibling>, Value),
    /// A module, of the repository or not.
    Module(String),
    /// Something from outside the repository, or what cannot be followed.
    Foreign {
        /// The dotted module; empty when it is not known.
        module: String,
        /// The name in it.
        name: String,
    },
    /// Something of a file that cannot be read.
    Unreadable,
}

/// One thing that a name may be.
#[derive(Clone, Debug)]
pub struct Meaning {
    /// What it is.
    pub what: What,
    /// What binds it, in the module where the search began.
    pub span: Span,
}

/// The modules beside an adapter.
#[derive(Debug)]
pub struct Siblings<'r> {
    repository: &'r Repository<'r>,
    /// The folder that top-level modules stand in; empty, or ending in a slash.
    root: String,
    dockerfile: Option<Arc<Dockerfile>>,
    /// Last components of the names of all modules in the repository.
    names: BTreeSet<&'r str>,
    known: RefCell<HashMap<String, Target>>,
}

impl<'r> Siblings<'r> {
    /// The modules that are imported from a folder of the repository (empty, or ending in a slash),
    /// or from the working directory of an image.
    #[must_use]
    pub fn new(
        repository: &'r Repository<'r>,
        root: &str,
        dockerfile: Option<Arc<Dockerfile>>,
    ) -> Self {
        let names = repository.snapshot.entries.keys().filter_map(|path| {
            let stem = path.as_str().strip_suffix(".py")?;
            let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
            stem.rsplit('/').next()
        });
        let root = root.to_owned();
        Self { repository, root, dockerfile, names: names.collect(), known: RefCell::default() }
    }

    /// Moves the folder that top-level modules stand in.
    pub(super) fn rooted_at(self, root: &str) -> Self {
        Self { root: root.to_owned(), known: RefCell::default(), ..self }
    }

    /// The module of a dotted name. As for Python, a package comes before a module of its name.
    #[must_use]
    pub fn find(&self, dotted: &str) -> Target {
        let last = dotted.rsplit('.').next().unwrap_or_default();
        if !self.names.contains(last) {
            return Target::Outside;
        }
        if let Some(known) = self.known.borrow().get(dotted) {
            return known.clone();
        }
        let found = self.search(dotted);
        self.known.borrow_mut().insert(dotted.to_owned(), found.clone());
        found
    }

    fn search(&self, dotted: &str) -> Target {
        let file = dotted.replace('.', "/");
        let forms = [(format!("{file}/__init__.py"), true), (format!("{file}.py"), false)];
        for (relative, is_package) in forms {
            let view = self.dockerfile.as_ref().map(|dockerfile| dockerfile.final_stage());
            let copied = view.map(|stage| stage.context_paths_of(&relative)).unwrap_or_default();
            let mut places = copied.into_iter().chain([format!("{}{relative}", self.root)]);
            if let Some(path) = places.find(|path| self.repository.has(path)) {
                return self.read(path, dotted, is_package);
            }
        }
        Target::Outside
    }

    /// Reads a module's file.
    pub(super) fn read(&self, path: String, dotted: &str, is_package: bool) -> Target {
        let Found::File(blob) = self.repository.find(&path) else { return Target::Unreadable };
        let (Ok(text), Ok(module)) = (blob.documents.text(), blob.documents.python()) else {
            return Target::Unreadable;
        };
        let (text, dotted) = (text.clone(), dotted.to_owned());
        Target::Inside(Rc::new(Sibling { path, dotted, is_package, text, module }))
    }

    /// The dotted name that `from` refers to in a module; `None` when its dots lead out of every
    /// package. A module outside of packages counts as one in a package of its folder.
    #[must_use]
    pub fn absolute(sibling: &Sibling, module: &str, level: u32) -> Option<String> {
        if level == 0 {
            return Some(module.to_owned());
        }
        let mut parts: Vec<&str> =
            sibling.package().split('.').filter(|part| !part.is_empty()).collect();
        for _ in 1..level {
            parts.pop()?;
        }
        parts.extend(module.split('.').filter(|part| !part.is_empty()));
        Some(parts.join("."))
    }

    /// What a dotted name amounts to once a module has run, or when execution has reached an offset.
    #[must_use]
    pub fn meanings(
        &self,
        sibling: &Rc<Sibling>,
        dotted: &str,
        before: Option<usize>,
    ) -> Vec<Meaning> {
        let mut search = Search { siblings: self, open: HashSet::new(), budget: MAX_VISITS };
        search.dotted(sibling, dotted, before, MAX_LINKS)
    }

    /// The modules of the repository whose code runs while a module is imported, and under which
    /// circumstances: parent packages, imported modules, imported submodules.
    #[must_use]
    pub fn imported_by(&self, sibling: &Rc<Sibling>) -> Vec<(Rc<Sibling>, Circumstances)> {
        let mut found = Vec::new();
        let mut add = |dotted: &str, circumstances| {
            for (at, _) in dotted.match_indices('.').chain([(dotted.len(), "")]) {
                let prefix = dotted.get(..at).unwrap_or(dotted);
                if let Target::Inside(target) = self.find(prefix) {
                    found.push((target, circumstances));
                }
            }
        };
        for import in &sibling.module.imports {
            if import.context.when != When::ImportTime || import.lazy_keyword {
                continue;
            }
            let circumstances = Circumstances {
                conditional: import.context.conditional,
                guarded: import.context.guarded,
            };
            match &import.imported {
                Imported::Modules(names) => {
                    for name in names {
                        add(&name.name, circumstances);
                    }
                }
                Imported::From { module, level, names, .. } => {
                    let Some(dotted) = Self::absolute(sibling, module, *level) else { continue };
                    add(&dotted, circumstances);
                    for name in names {
                        add(&joined(&dotted, &name.name), circumstances);
                    }
                }
            }
        }
        for import in &sibling.module.dynamic_imports {
            if import.context.when == When::ImportTime && import.lookup != Lookup::FindSpec {
                let circumstances = Circumstances {
                    conditional: import.context.conditional,
                    guarded: import.context.guarded,
                };
                add(&import.module, circumstances);
            }
        }
        found
    }
}

/// Under which circumstances one module imports another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// In a branch.
    pub conditional: bool,
    /// Where an `ImportError` is caught.
    pub guarded: bool,
}

/// `module.name`, or the name alone.
pub(super) fn joined(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") }
}

/// One search for what a name amounts to.
struct Search<'s, 'r> {
    siblings: &'s Siblings<'r>,
    /// Names, each with its module, whose meaning is being sought: circles end there.
    open: HashSet<(String, String)>,
    budget: usize,
}

impl Search<'_, '_> {
    fn dotted(
        &mut self,
        sibling: &Rc<Sibling>,
        dotted: &str,
        before: Option<usize>,
        links: usize,
    ) -> Vec<Meaning> {
        let Some((first, rest)) = dotted.split_once('.') else {
            return self.name(sibling, dotted, before, links);
        };
        let mut found = Vec::new();
        for meaning in self.name(sibling, first, before, links) {
            match meaning.what {
                What::Module(module) => {
                    let inner = self.member(&module, rest, links);
                    found.extend(inner.into_iter().map(|what| Meaning { what, ..meaning }));
                }
                What::Foreign { module, name } => {
                    let what = foreign(&joined(&module, &name), rest);
                    found.push(Meaning { what, ..meaning });
                }
                What::Unreadable => found.push(meaning),
                _ => found.push(Meaning { what: foreign(first, rest), ..meaning }),
            }
        }
        found
    }

    fn name(
        &mut self,
        sibling: &Rc<Sibling>,
        name: &str,
        before: Option<usize>,
        links: usize,
    ) -> Vec<Meaning> {
        let key = (sibling.path.clone(), name.to_owned());
        if links == 0 || self.budget == 0 || self.open.contains(&key) {
            let what = foreign(&sibling.dotted, name);
            return vec![Meaning { what, span: Span::default() }];
        }
        self.budget -= 1;
        self.open.insert(key.clone());
        let found = self.bindings(sibling, name, before, links);
        self.open.remove(&key);
        found
    }

    fn bindings(
        &mut self,
        sibling: &Rc<Sibling>,
        name: &str,
        before: Option<usize>,
        links: usize,
    ) -> Vec<Meaning> {
        let module = &sibling.module;
        let resolution = match before {
            Some(offset) => module.resolve_before(name, offset),
            None => module.resolve(name),
        };
        if resolution.candidates.is_empty() {
            return self.starred(sibling, name, links);
        }
        let mut found = Vec::new();
        for binding in resolution.candidates {
            let what = self.bound(sibling, binding, links);
            found.extend(what.into_iter().map(|what| Meaning { what, span: binding.span }));
        }
        found
    }

    fn bound(&mut self, sibling: &Rc<Sibling>, binding: &Binding, links: usize) -> Vec<What> {
        let what = |meanings: Vec<Meaning>| meanings.into_iter().map(|found| found.what).collect();
        match &binding.bound {
            Bound::Class(id) => vec![What::Class(Rc::clone(sibling), *id)],
            Bound::Function(id) => vec![What::Function(Rc::clone(sibling), *id)],
            Bound::Import { module, name, level } => {
                match Siblings::absolute(sibling, module, *level) {
                    Some(dotted) => self.member(&dotted, name, links - 1),
                    None => vec![foreign(module, name)],
                }
            }
            Bound::ImportModule { module, renamed } => {
                let first = module.split('.').next().unwrap_or_default();
                vec![What::Module(if *renamed { module.clone() } else { first.to_owned() })]
            }
            Bound::Assigned(Value::Attribute(dotted)) => {
                let before = Some(binding.span.start);
                what(self.dotted(sibling, dotted, before, links - 1))
            }
            Bound::Assigned(Value::Name(name)) if self.has_stars(sibling) => {
                what(self.starred(sibling, name, links - 1))
            }
            Bound::Assigned(value) => vec![What::Value(Rc::clone(sibling), value.clone())],
            Bound::Deleted => Vec::new(),
        }
    }

    fn has_stars(&self, sibling: &Sibling) -> bool {
        sibling.module.star_imports.iter().any(|star| star.context.when == When::ImportTime)
    }

    fn starred(&mut self, sibling: &Rc<Sibling>, name: &str, links: usize) -> Vec<Meaning> {
        let mut found = Vec::new();
        for star in &sibling.module.star_imports {
            if star.context.when != When::ImportTime || links == 0 {
                continue;
            }
            let dotted = Siblings::absolute(sibling, &star.module, star.level);
            let target = dotted.as_deref().map_or(Target::Outside, |name| self.siblings.find(name));
            let what = match target {
                Target::Inside(target) => {
                    let exports = target.module.exports.as_ref().filter(|exports| exports.exact);
                    let offered = match exports {
                        Some(exports) => exports.names.iter().any(|(offered, _)| offered == name),
                        None => !name.starts_with('_'),
                    };
                    if !offered {
                        continue;
                    }
                    let inner = self.name(&target, name, None, links - 1);
                    inner.into_iter().map(|found| found.what).collect()
                }
                Target::Unreadable => vec![What::Unreadable],
                Target::Outside => vec![foreign(&star.module, name)],
            };
            found.extend(what.into_iter().map(|what| Meaning { what, span: star.span }));
        }
        found
    }

    /// What a dotted path amounts to that is taken of a module.
    fn member(&mut self, module: &str, path: &str, links: usize) -> Vec<What> {
        if links == 0 {
            return vec![foreign(module, path)];
        }
        let parts: Vec<&str> = path.split('.').collect();
        // The longest prefix that is a module of the repository is the one whose name is meant.
        for taken in (0..parts.len()).rev() {
            let prefix = parts.get(..taken).unwrap_or_default().join(".");
            let dotted =
                if prefix.is_empty() { module.to_owned() } else { joined(module, &prefix) };
            let rest = parts.get(taken..).unwrap_or_default();
            match self.siblings.find(&dotted) {
                Target::Inside(target) => {
                    let [name] = rest else { break };
                    let inner = self.name(&target, name, None, links - 1);
                    if !inner.is_empty() {
                        return inner.into_iter().map(|found| found.what).collect();
                    }
                    break;
                }
                Target::Unreadable => return vec![What::Unreadable],
                Target::Outside => {}
            }
        }
        match self.siblings.find(&joined(module, path)) {
            Target::Inside(target) => vec![What::Module(target.dotted.clone())],
            Target::Unreadable => vec![What::Unreadable],
            Target::Outside => vec![foreign(module, path)],
        }
    }
}

fn foreign(module: &str, path: &str) -> What {
    match path.rsplit_once('.') {
        Some((inner, name)) => {
            What::Foreign { module: joined(module, inner), name: name.to_owned() }
        }
        None => What::Foreign { module: module.to_owned(), name: path.to_owned() },
    }
}
