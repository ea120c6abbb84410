//! Resolves a use of a name: whether it refers to the renamed one, and through which import.

use crate::source::python::import::{ImportStatement, Imported, ImportedName};
use crate::source::python::scopes::{ScopeId, Scopes, Site, Use};

/// A dotted name, and its parts before and after the last dot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dotted<'n> {
    pub(super) whole: &'n str,
    pub(super) module: &'n str,
    pub(super) name: &'n str,
}

impl<'n> Dotted<'n> {
    pub(super) fn of(whole: &'n str) -> Option<Self> {
        let (module, name) = whole.rsplit_once('.')?;
        Some(Self { whole, module, name })
    }

    /// Returns the rest of another dotted name that starts with this one; empty if they are equal,
    /// `None` if it does not.
    pub(super) fn within<'o>(&self, other: &'o str) -> Option<&'o str> {
        let rest = other.strip_prefix(self.whole)?;
        (rest.is_empty() || rest.starts_with('.')).then_some(rest)
    }
}

/// A dotted use that refers to the old name or something below it.
pub(super) struct Meant {
    /// What the root refers to.
    pub(super) origin: String,
    /// How many attributes it takes to reach the old name.
    pub(super) length: usize,
    /// Whether the root is bound by `import a.b`, as `a`.
    pub(super) plain: bool,
    /// Whether nothing else binds the root.
    pub(super) certain: bool,
    /// The index of a statement that binds the root.
    pub(super) statement: usize,
}

/// Resolves a use of a name that `owner` binds; `None` if it refers to something else.
pub(super) fn meant(scopes: &Scopes, owner: ScopeId, used: &Use, old: Dotted<'_>) -> Option<Meant> {
    let sites = scopes.sites(owner, &used.name);
    let mut found: Option<Meant> = None;
    let mut certain = true;
    for site in sites {
        let Site::Import { statement, name } = *site else {
            certain &= *site == Site::Nothing;
            continue;
        };
        let Some((origin, plain)) = origin(scopes, statement, name) else {
            certain = false;
            continue;
        };
        let behind = old.whole.strip_prefix(&origin).and_then(|it| it.strip_prefix('.'));
        let length = behind.and_then(|behind| {
            let parts: Vec<&str> = behind.split('.').collect();
            let leads = parts.len() <= used.path.len()
                && parts.iter().zip(&used.path).all(|(part, (taken, _))| part == taken);
            leads.then_some(parts.len())
        });
        match (&found, length) {
            (None, Some(length)) => {
                found = Some(Meant { origin, length, plain, certain: true, statement });
            }
            (Some(known), Some(_)) if known.origin == origin => {}
            _ => certain = false,
        }
    }
    found.map(|found| Meant { certain, ..found })
}

/// Returns what a name of an import statement refers to, and whether only its first part is bound.
fn origin(scopes: &Scopes, statement: usize, name: usize) -> Option<(String, bool)> {
    let (_, ImportStatement { imported, .. }) = scopes.imports.get(statement)?;
    match imported {
        Imported::Modules(names) => {
            let name = names.get(name)?;
            match name.alias {
                Some(_) => Some((name.name.clone(), false)),
                None => Some((name.bound().to_owned(), true)),
            }
        }
        Imported::From { module, level: 0, names, .. } => {
            Some((format!("{module}.{}", names.get(name)?.name), false))
        }
        Imported::From { .. } => None,
    }
}

/// Returns the names of an `import` statement.
pub(super) fn modules(scopes: &Scopes, statement: usize) -> Option<&[ImportedName]> {
    match scopes.imports.get(statement)? {
        (_, ImportStatement { imported: Imported::Modules(names), .. }) => Some(names),
        _ => None,
    }
}

/// Returns a use as written, without blanks.
pub(super) fn dotted(used: &Use) -> String {
    let parts = used.path.iter().map(|(part, _)| part.as_str());
    std::iter::once(used.name.as_str()).chain(parts).collect::<Vec<_>>().join(".")
}

/// Whether a module still uses a name, by an import or otherwise.
pub(super) fn still_taken(scopes: &Scopes, old: Dotted<'_>) -> bool {
    let by_import = scopes.imports.iter().any(|(_, import)| match &import.imported {
        Imported::Modules(names) => names.iter().any(|name| old.within(&name.name).is_some()),
        Imported::From { module, level: 0, names, star, .. } => {
            let named = || names.iter().any(|name| name.name == old.name) || star.is_some();
            old.within(module).is_some() || module == old.module && named()
        }
        Imported::From { .. } => false,
    });
    by_import
        || scopes.uses.iter().any(|used| {
            let owner = scopes.owner(used.scope, &used.name);
            owner.is_some_and(|owner| meant(scopes, owner, used, old).is_some())
        })
}
