//! Modules next to each other in a repository: where each is found, and which of them run when another is imported.
//!
//! Modules are found from the folder that imports start from, and through the Dockerfile, which determines what is
//! next to what in the image. Whatever is not in the repository is [`Target::Outside`]: neither the standard library
//! nor installed packages are considered. What a name refers to is determined in `meaning`.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::meaning::{self, Meaning};
use crate::checks::Repository;
use crate::checks::python::image_python::{Answer, ImagePython};
use crate::source::Text;
use crate::source::dockerfile::Dockerfile;
use crate::source::python::{ImportContext, Imported, Lookup, Module, When, is_builtin};
use crate::source::typed::nearest;

/// A module of the repository.
#[derive(Debug)]
pub struct Sibling {
    /// Its file.
    pub path: String,
    /// The name under which it is imported.
    pub dotted: String,
    /// Whether it is a package's `__init__.py`.
    pub is_package: bool,
    /// Its text.
    pub text: Text,
    /// Its parsed summary.
    pub module: Arc<Module>,
}

impl Sibling {
    /// The package that its relative imports start from; empty for a module that is not in a package.
    #[must_use]
    pub fn package(&self) -> &str {
        if self.is_package {
            return &self.dotted;
        }
        self.dotted.rsplit_once('.').map_or("", |(package, _)| package)
    }

    /// Whether a name may be bound in it without its summary listing that: by `globals()`, a `global` statement or
    /// PEP 562's `__getattr__`.
    #[must_use]
    pub fn may_bind(&self, name: &str) -> bool {
        !self.module.escapes.is_empty()
            || self.module.globals.iter().any(|global| global == name)
            || self.module.bindings_of("__getattr__").next().is_some()
    }

    /// The help for a name that nothing binds and that is read at an offset: suggests `meant`, if it is known, or else
    /// a similar name that is bound by then, other than `own`, which is the one being bound.
    #[must_use]
    pub fn remedy_for_undefined(
        &self,
        name: &str,
        offset: usize,
        own: &str,
        meant: Option<&str>,
    ) -> String {
        let others = self.module.bindings.iter().filter(|it| it.span.start < offset);
        let others = others.map(|it| it.name.as_str());
        match meant.or_else(|| nearest(name, others.filter(|it| *it != own))) {
            Some(meant) => format!("did you mean `{meant}`, or is an import of `{name}` missing?"),
            None => format!("import `{name}`"),
        }
    }
}

/// Where a module is.
#[derive(Clone, Debug)]
pub enum Target {
    /// In the repository.
    Inside(Rc<Sibling>),
    /// In the repository but not readable, which other rules report.
    Unreadable,
    /// Not in the repository.
    Outside,
}

/// The modules next to an adapter.
#[derive(Debug)]
pub struct Siblings<'r> {
    repository: &'r Repository<'r>,
    /// The folder of top-level modules; empty, or ending in a slash.
    root: String,
    dockerfile: Option<Arc<Dockerfile>>,
    /// The last components of all module names in the repository.
    names: BTreeSet<&'r str>,
    known: RefCell<HashMap<String, Target>>,
}

impl<'r> Siblings<'r> {
    /// The modules that are imported from a folder of the repository (empty, or ending in a slash), or from the
    /// working directory of an image.
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

    /// Changes the folder of top-level modules.
    pub(super) fn rooted_at(self, root: &str) -> Self {
        Self { root: root.to_owned(), known: RefCell::default(), ..self }
    }

    /// The module with a dotted name. As in Python, a package takes precedence over a module of the same name.
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
        let Some(module) = self.repository.python(&path) else { return Target::Unreadable };
        let Some(text) = self.repository.text(&path) else { return Target::Unreadable };
        let dotted = dotted.to_owned();
        Target::Inside(Rc::new(Sibling { path, dotted, is_package, text, module }))
    }

    /// Whether a module is a package that has a submodule of this name. Python binds it there when it is imported, by
    /// whichever module.
    #[must_use]
    pub fn has_submodule(&self, package: &Sibling, name: &str) -> bool {
        package.is_package && !matches!(self.find(&joined(&package.dotted, name)), Target::Outside)
    }

    /// Whether nothing binds a name that a module reads, so that Python raises a `NameError`.
    #[must_use]
    pub fn is_undefined(&self, sibling: &Sibling, name: &str) -> bool {
        sibling.module.bindings_of(name).next().is_none() && !self.may_be_bound(sibling, name)
    }

    /// Where a module binds a name first that it reads at an offset, if only behind it: Python raises a `NameError`.
    #[must_use]
    pub fn bound_only_behind(&self, sibling: &Sibling, name: &str, offset: usize) -> Option<usize> {
        let first = sibling.module.bindings_of(name).map(|it| it.span.start).min()?;
        (first > offset && !self.may_be_bound(sibling, name)).then_some(first)
    }

    /// Whether a name may be bound in a module although no binding of it is seen.
    fn may_be_bound(&self, sibling: &Sibling, name: &str) -> bool {
        is_builtin(name)
            || sibling.may_bind(name)
            || sibling.module.may_bind_more()
            || self.has_submodule(sibling, name)
    }

    /// The absolute name that a `from` import refers to in a module; `None` if its dots lead out of every package. A
    /// module that is not in a package is treated as if its folder were one.
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

    /// What a dotted name refers to once a module has run, or when execution has reached the offset `before`.
    #[must_use]
    pub fn meanings(
        &self,
        sibling: &Rc<Sibling>,
        dotted: &str,
        before: Option<usize>,
    ) -> Vec<Meaning> {
        meaning::meanings(self, sibling, dotted, before)
    }

    /// The modules of the repository whose code runs when a module is imported, and under which circumstances: parent
    /// packages, imported modules, imported submodules. What no Python imports that the image may have is left out.
    #[must_use]
    pub(in crate::checks::python) fn imported_by(
        &self,
        sibling: &Rc<Sibling>,
        python: Option<&ImagePython>,
    ) -> Vec<(Rc<Sibling>, Circumstances)> {
        let mut found = Vec::new();
        let mut add = |dotted: &str, circumstances| {
            for (at, _) in dotted.match_indices('.').chain([(dotted.len(), "")]) {
                let prefix = dotted.get(..at).unwrap_or(dotted);
                if let Target::Inside(target) = self.find(prefix) {
                    found.push((target, circumstances));
                }
            }
        };
        let circumstances = |context: ImportContext| {
            let runs = ImagePython::runs(python, context.versions);
            let is_imported = context.when == When::ImportTime && runs != Answer::No;
            is_imported.then_some(Circumstances {
                conditional: context.conditional,
                guarded: context.guarded,
                doubted: runs == Answer::Perhaps,
            })
        };
        for import in sibling.module.imports.iter().filter(|import| !import.lazy_keyword) {
            let Some(circumstances) = circumstances(import.context) else { continue };
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
            let circumstances = circumstances(import.context);
            if let Some(circumstances) = circumstances.filter(|_| import.lookup != Lookup::FindSpec)
            {
                add(&import.module, circumstances);
            }
        }
        found
    }
}

/// The circumstances under which one module imports another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Whether it is in a branch.
    pub conditional: bool,
    /// Whether an `ImportError` is caught.
    pub guarded: bool,
    /// Whether only some of the Pythons do so that the image may have.
    pub doubted: bool,
}

/// `module.name`, or just the name if `module` is empty.
pub(in crate::checks::python) fn joined(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") }
}
