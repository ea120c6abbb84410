//! The references of a module to others: imports, names after `from`, dotted uses, and lookups by a literal.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Place;
use super::names::absolute;
use crate::source::Span;
use crate::source::python::{
    Binding, Bound, Import, ImportContext, Imported, ImportedName, Lookup, Module, Versions, When,
};

/// How many of the statements that were tried before a fallback are kept: the last ones.
const MOST_TRIED: usize = 16;

/// How many names of each of them are kept.
const MOST_NAMES: usize = 256;

/// The kind of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceKind {
    /// `import module`.
    Import,
    /// `from module import name`.
    From,
    /// `from module import *`.
    Star,
    /// `m.name`, where `m` is a module that was imported or looked up.
    Attribute {
        /// The parent and the name, if `m` was imported by `from parent import name`.
        taken_from: Option<(String, String)>,
    },
    /// A lookup by a string literal.
    Dynamic(Lookup),
}

/// A reference of a module to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its kind.
    pub kind: ReferenceKind,
    /// The other module, absolute; `None` if the dots lead out of the outermost package.
    pub module: Option<String>,
    /// The referenced name; dotted for [`ReferenceKind::Attribute`].
    pub name: Option<String>,
    /// The number of leading dots, as written.
    pub level: u32,
    /// The span of the name, or else that of the module.
    pub span: Span,
    /// The span of the module's name; the same as `span` if the module is named only by dots, or not at all.
    pub module_span: Span,
    /// When it runs.
    pub when: When,
    /// Whether a failure of it is caught.
    pub guarded: bool,
    /// Whether it is in a branch, a loop or a handler.
    pub conditional: bool,
    /// Whether the name is assigned there, so that it need not exist before.
    pub stored: bool,
    /// For an import in a handler of failed imports: the statements that were tried before, each as what it refers to.
    pub instead_of: Arc<[Arc<[Reference]>]>,
}

/// The references of a module, in source order. Without a place, as for a file outside of any package, relative imports
/// have no target.
#[must_use]
pub fn references(module: &Module, place: Option<&Place>) -> Vec<Reference> {
    let mut found: Vec<Reference> = Vec::new();
    let statements = statements(module, place);
    for import in &module.imports {
        let first = found.len();
        of_import(import, place, &mut found);
        let tried = tried_before(import, &statements);
        for reference in found.iter_mut().skip(first) {
            reference.instead_of = Arc::clone(&tried);
        }
    }
    for lookup in &module.dynamic_imports {
        // Leading dots are relative to a package that the call names.
        if !lookup.module.starts_with('.') {
            let kind = ReferenceKind::Dynamic(lookup.lookup);
            found.push(Reference {
                module: Some(lookup.module.clone()),
                ..reference(kind, lookup.span, lookup.context)
            });
        }
    }
    let roots = roots(module, place);
    for used in &module.attribute_uses {
        let Some(Some(root)) = roots.get(used.root.as_str()) else { continue };
        let kind = ReferenceKind::Attribute { taken_from: root.taken_from.clone() };
        let versions = Versions::default();
        let context =
            ImportContext { when: used.when, guarded: false, conditional: false, versions };
        found.push(Reference {
            module: Some(root.module.clone()),
            name: Some(used.path.clone()),
            stored: used.stored,
            ..reference(kind, used.span, context)
        });
    }
    found.sort_by_key(|reference| reference.span);
    found
}

fn reference(kind: ReferenceKind, span: Span, context: ImportContext) -> Reference {
    Reference {
        kind,
        module: None,
        name: None,
        level: 0,
        span,
        module_span: span,
        when: context.when,
        guarded: context.guarded,
        conditional: context.conditional,
        stored: false,
        instead_of: Arc::from([]),
    }
}

/// What each import statement of a module refers to, by its number; nothing if none is a fallback for another.
fn statements(module: &Module, place: Option<&Place>) -> Vec<Arc<[Reference]>> {
    if module.imports.iter().all(|import| import.instead_of.is_empty()) {
        return Vec::new();
    }
    let read = |import: &Import| {
        let mut found = Vec::new();
        of_import(import, place, &mut found);
        found.truncate(MOST_NAMES);
        Arc::from(found)
    };
    module.imports.iter().map(read).collect()
}

/// The statements that were tried before an import.
fn tried_before(import: &Import, statements: &[Arc<[Reference]>]) -> Arc<[Arc<[Reference]>]> {
    let end = import.instead_of.end;
    let start = import.instead_of.start.max(end.saturating_sub(MOST_TRIED));
    Arc::from(statements.get(start..end).unwrap_or_default())
}

fn of_import(import: &Import, place: Option<&Place>, found: &mut Vec<Reference>) {
    let context = match import.lazy_keyword && import.context.when == When::ImportTime {
        true => ImportContext { when: When::Lazy, ..import.context },
        false => import.context,
    };
    match &import.imported {
        Imported::Modules(names) => {
            for name in names {
                let module = Some(name.name.clone());
                let kind = ReferenceKind::Import;
                found.push(Reference { module, ..reference(kind, name.name_span, context) });
            }
        }
        Imported::From { module, module_span, level, names, star } => {
            let absolute = absolute(place, *level, module);
            let of = |kind: ReferenceKind, name: Option<&ImportedName>, span: Span| Reference {
                module: absolute.clone(),
                name: name.map(|name| name.name.clone()),
                level: *level,
                module_span: if module_span.is_empty() { span } else { *module_span },
                ..reference(kind, span, context)
            };
            if star.is_some() {
                found.push(of(ReferenceKind::Star, None, *module_span));
            }
            let named =
                names.iter().map(|name| of(ReferenceKind::From, Some(name), name.name_span));
            found.extend(named);
        }
    }
}

/// What an imported name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Root {
    module: String,
    taken_from: Option<(String, String)>,
}

fn bound_names(import: &Import) -> impl Iterator<Item = &str> {
    let names = match &import.imported {
        Imported::Modules(names) | Imported::From { names, .. } => names,
    };
    names.iter().map(ImportedName::bound)
}

/// What each imported name stands for; `None` for one that may stand for several things.
fn roots<'m>(module: &'m Module, place: Option<&Place>) -> HashMap<&'m str, Option<Root>> {
    let mut roots: HashMap<&str, Option<Root>> = HashMap::new();
    let mut note = |bound: &'m str, root: Option<Root>| {
        let known = roots.entry(bound).or_insert_with(|| root.clone());
        if *known != root {
            *known = None;
        }
    };
    for import in &module.imports {
        if import.context.when == When::TypeChecking {
            // It is only for annotations, which need not be evaluated.
            bound_names(import).for_each(|name| note(name, None));
            continue;
        }
        match &import.imported {
            Imported::Modules(names) => {
                for name in names {
                    let dotted = match name.alias {
                        Some(_) => name.name.as_str(),
                        None => name.bound(),
                    };
                    let root = Root { module: dotted.to_owned(), taken_from: None };
                    note(name.bound(), Some(root));
                }
            }
            Imported::From { module, level, names, .. } => {
                let parent = absolute(place, *level, module);
                for name in names {
                    let root = parent.clone().map(|parent| Root {
                        module: format!("{parent}.{}", name.name),
                        taken_from: Some((parent, name.name.clone())),
                    });
                    note(name.bound(), root);
                }
            }
        }
    }
    let mut looked_up: HashSet<Span> = HashSet::new();
    for lookup in &module.dynamic_imports {
        let Some((bound, span)) = &lookup.bound else { continue };
        looked_up.insert(*span);
        note(bound, Some(Root { module: lookup.module.clone(), taken_from: None }));
    }
    let is_import = |binding: &Binding| {
        matches!(binding.bound, Bound::Import { .. } | Bound::ImportModule { .. })
            || looked_up.contains(&binding.span)
    };
    let rebound = module.bindings.iter().filter(|binding| !is_import(binding));
    let rebound: HashSet<&str> = rebound.map(|binding| binding.name.as_str()).collect();
    let globals = module.globals.iter().map(String::as_str);
    for name in rebound.into_iter().chain(globals) {
        if let Some(root) = roots.get_mut(name) {
            *root = None;
        }
    }
    roots
}
