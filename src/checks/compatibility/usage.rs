//! What the Python files of a repository use of other distributions, and whether a symbol table has it.

use std::collections::BTreeSet;

use crate::checks::pytest::is_test;
use crate::checks::{Finding, Repository, Rule, Severity};
use crate::package::symbols::{Doubt, Presence, Reference, ReferenceKind, SymbolTable, references};
use crate::source::python::attributes::Tolerance;
use crate::source::python::{Lookup, When};
use crate::source::{Span, Text};

/// One use of another distribution.
#[derive(Clone, Debug)]
pub struct Use {
    /// The file.
    pub path: String,
    /// Its text.
    pub text: Text,
    /// What is used.
    pub reference: Reference,
}

impl Use {
    /// The top-level package or module that is used.
    #[must_use]
    pub fn root(&self) -> &str {
        let module = self.reference.module.as_deref().unwrap_or_default();
        module.split('.').next().unwrap_or_default()
    }

    /// Whether a failure stops the container: nothing catches it, and it is not in a test or in code that only runs
    /// as a program.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        !self.reference.guarded && self.reference.when != When::Main && !is_test(&self.path)
    }

    /// When it fails, as words that follow "breaks".
    #[must_use]
    pub fn moment(&self) -> String {
        let path = &self.path;
        match self.reference.when {
            When::ImportTime | When::TypeChecking => format!("when `{path}` is imported"),
            When::Lazy => "when the function is called".to_owned(),
            When::Main => format!("when `{path}` is run"),
        }
    }

    /// The span that names what is missing.
    #[must_use]
    pub fn place_of(&self, missing: &Missing) -> Span {
        match missing {
            Missing::Module(_) => self.reference.module_span,
            Missing::Name(..) => self.reference.span,
        }
    }

    /// A finding about this use: information if its failure is caught, a warning if it fails elsewhere than in the
    /// container.
    pub(super) fn finding(&self, rule: &'static Rule, message: String, at: Span) -> Finding {
        let finding = Finding::new(rule, message).at(self.path.as_str(), &self.text, at);
        match self.is_fatal() {
            true => finding,
            false if self.reference.guarded => finding.severity(Severity::Info),
            false => finding.severity(Severity::Warning),
        }
    }
}

/// The uses in a repository, in the order of its files. Modules of the repository itself are left out; files that
/// cannot be read are reported by `compatibility-unread`.
pub(super) fn of(repository: &Repository<'_>) -> Vec<Use> {
    parted(repository).0
}

/// The same, and apart from them the uses of what may be modules of the repository itself: those of a folder at its root
/// that is no package. A package or a module there is the repository's own, as Python finds it first.
pub(super) fn parted(repository: &Repository<'_>) -> (Vec<Use>, Vec<Use>) {
    let (mut found, mut of_its_own) = (Vec::new(), Vec::new());
    let paths: Vec<&str> = repository.snapshot.entries.keys().map(|path| path.as_str()).collect();
    let own: BTreeSet<&str> = paths
        .iter()
        .filter_map(|path| match path.split_once('/') {
            None => path.strip_suffix(".py"),
            Some((folder, rest)) => rest.ends_with(".py").then_some(folder),
        })
        .collect();
    let at_root: BTreeSet<&str> = paths.iter().filter_map(|path| package_or_module(path)).collect();
    for path in paths.into_iter().filter(|path| path.ends_with(".py")) {
        let (Some(text), Some(module)) = (repository.text(path), repository.python(path)) else {
            continue;
        };
        for reference in references(&module, None) {
            let never = reference.when == When::TypeChecking || reference.stored;
            let asks = reference.kind == ReferenceKind::Dynamic(Lookup::FindSpec);
            let used = Use { path: path.to_owned(), text: text.clone(), reference };
            if never || asks || used.reference.level != 0 || used.root().is_empty() {
                continue;
            }
            match own.contains(used.root()) {
                true if at_root.contains(used.root()) => {}
                true => of_its_own.push(used),
                false => found.push(used),
            }
        }
    }
    (found, of_its_own)
}

/// The package or module at the root of a repository that this path makes.
fn package_or_module(path: &str) -> Option<&str> {
    let name = path.strip_suffix("/__init__.py").or_else(|| path.strip_suffix(".py"))?;
    (!name.contains('/')).then_some(name)
}

/// What a symbol table lacks of a use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// The module.
    Module(String),
    /// A name in it.
    Name(String, String),
}

impl Missing {
    /// What is missing, as one dotted name.
    #[must_use]
    pub fn dotted(&self) -> String {
        match self {
            Self::Module(module) => module.clone(),
            Self::Name(module, name) => format!("{module}.{name}"),
        }
    }

    /// What is missing, in words: "`a.b` has no `c`".
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Module(module) => format!("there is no module `{module}`"),
            Self::Name(module, name) => format!("`{module}` has no `{name}`"),
        }
    }
}

/// What a table certainly lacks of a use; `None` if the table has it, may have it, or does not own the module, and for
/// a fallback that is not needed.
#[must_use]
pub fn missing(table: &SymbolTable, used: &Use) -> Option<Missing> {
    let reference = &used.reference;
    if !matches!(reference.kind, ReferenceKind::Attribute { .. }) {
        return not_importable(table, reference).filter(|_| !is_spare(table, used));
    }
    if !table.owns(reference.module.as_deref()?) {
        return None;
    }
    let (module, name, presence) = table.attribute(reference)?;
    let gone = matches!(presence, Presence::Absent | Presence::NoModule);
    // Computed only here, since almost everything that is used exists.
    let is_missed = gone && !Tolerance::of(&used.text).covers(&name, reference.span);
    is_missed.then(|| Missing::Name(module.dotted.clone(), name))
}

/// The same where another version is asked for what this one has: it may have no module at all of that name.
pub(super) fn missing_or_foreign(table: &SymbolTable, used: &Use) -> Option<Missing> {
    if table.owns(used.root()) {
        return missing(table, used);
    }
    (!is_spare(table, used)).then(|| Missing::Module(used.root().to_owned()))
}

/// What a table certainly lacks of an import.
fn not_importable(table: &SymbolTable, reference: &Reference) -> Option<Missing> {
    let module = reference.module.as_deref()?;
    if !table.owns(module) {
        return None;
    }
    let presence = match reference.name.as_deref() {
        Some(name) => table.lookup(module, name),
        None => table.find(module),
    };
    match (presence, reference.name.as_deref()) {
        (Presence::NoModule, _) => Some(Missing::Module(module.to_owned())),
        (Presence::Absent, Some(name)) => Some(Missing::Name(module.to_owned(), name.to_owned())),
        (Presence::Absent | Presence::Present | Presence::Maybe(_), _) => None,
    }
}

/// Whether a use is a fallback that never runs with these modules, since an import that is tried before it does not
/// fail: a template that is prepared for a new name works with the old one and with the new one.
pub(super) fn is_spare(table: &SymbolTable, used: &Use) -> bool {
    let owned = |tried: &Reference| tried.module.as_deref().is_some_and(|it| table.owns(it));
    let runs =
        |tried: &Reference| tried.when == When::ImportTime || tried.when == used.reference.when;
    used.reference.instead_of.iter().any(|statement| {
        statement.iter().any(owned)
            && statement.iter().all(|tried| runs(tried) && not_importable(table, tried).is_none())
    })
}

/// The dotted name that a use needs and why it is uncertain whether a table has it; `None` if it is certain, or the
/// table does not own the module.
#[must_use]
pub fn doubt(table: &SymbolTable, used: &Use) -> Option<(String, Doubt)> {
    let reference = &used.reference;
    let module = reference.module.as_deref()?;
    if !table.owns(module) {
        return None;
    }
    let (dotted, presence) = match &reference.kind {
        ReferenceKind::Import | ReferenceKind::Star | ReferenceKind::Dynamic(_) => {
            (module.to_owned(), table.find(module))
        }
        ReferenceKind::From => {
            let name = reference.name.as_deref()?;
            (format!("{module}.{name}"), table.lookup(module, name))
        }
        ReferenceKind::Attribute { .. } => {
            let (module, name, presence) = table.attribute(reference)?;
            (format!("{}.{name}", module.dotted), presence)
        }
    };
    match presence {
        Presence::Maybe(doubt) => Some((dotted, doubt)),
        Presence::Present | Presence::Absent | Presence::NoModule => None,
    }
}

/// A suggestion: where a name has moved to, or which one may have been meant.
#[must_use]
pub fn instead(table: &SymbolTable, missing: &Missing) -> Option<String> {
    match missing {
        Missing::Name(module, name) => {
            let certain = |dotted: &str| table.lookup(dotted, name) == Presence::Present;
            let elsewhere = table
                .modules()
                .filter(|other| other.dotted != *module && other.names().any(|(it, _)| it == name))
                .find(|other| certain(&other.dotted));
            if let Some(other) = elsewhere {
                return Some(format!("`{}` has it", other.dotted));
            }
            let names = table.module(module)?.names().map(|(name, _)| name);
            let near = crate::source::typed::nearest(name, names)?;
            Some(format!("was it renamed to `{near}`?"))
        }
        Missing::Module(module) => {
            let last = module.rsplit('.').next()?;
            let other =
                table.modules().find(|other| other.dotted.rsplit('.').next() == Some(last))?;
            Some(format!("did it move to `{}`?", other.dotted))
        }
    }
}
