//! Which modules are loaded by importing a package.

use std::collections::BTreeSet;

use super::Subject;
use crate::package::symbols::{ModuleKind, Reference, ReferenceKind};
use crate::snapshot::RepoPath;
use crate::source::python::When;

/// The modules that are loaded by importing the distribution's packages and starting its commands. `None` if no
/// package loads another module of its own, because users then import its modules one by one.
pub(super) fn by_importing(subject: &Subject<'_>) -> Option<BTreeSet<String>> {
    let tops: Vec<String> = roots(subject);
    let loads_more = |top: &String| wanted(subject, top).any(|module| module != *top);
    if tops.is_empty() || !tops.iter().any(loads_more) {
        return None;
    }
    let commands = subject.distribution.entry_points.iter().flat_map(|document| {
        let references = document.value.entries.iter().filter_map(|entry| entry.reference.as_ref());
        references.map(|reference| reference.module.clone())
    });
    let mut waiting: Vec<String> = tops.into_iter().chain(commands).collect();
    let mut loaded = BTreeSet::new();
    while let Some(module) = waiting.pop() {
        if subject.symbols.module(&module).is_none() || !loaded.insert(module.clone()) {
            continue;
        }
        waiting.extend(module.rsplit_once('.').map(|(parent, _)| parent.to_owned()));
        waiting.extend(wanted(subject, &module));
    }
    Some(loaded)
}

/// The outermost modules and packages, including those in namespaces.
fn roots(subject: &Subject<'_>) -> Vec<String> {
    let is_namespace = |dotted: &str| {
        subject.symbols.module(dotted).is_some_and(|module| module.kind == ModuleKind::Namespace)
    };
    // A folder without `__init__` inside a package is not somewhere that imports begin.
    let outermost = |dotted: &str| {
        let mut above = dotted.match_indices('.').filter_map(|(end, _)| dotted.get(..end));
        above.all(is_namespace)
    };
    let modules = subject.symbols.modules();
    modules
        .filter(|module| module.kind != ModuleKind::Namespace && outermost(&module.dotted))
        .map(|module| module.dotted.clone())
        .collect()
}

/// The modules of this distribution that a module loads when it is imported.
fn wanted<'s>(subject: &'s Subject<'_>, dotted: &str) -> impl Iterator<Item = String> + use<'s> {
    let path = subject.symbols.module(dotted).and_then(|module| module.path.clone());
    let references = path.and_then(|path: RepoPath| subject.references.get(&path));
    references.into_iter().flatten().filter(|reference| loads(reference)).flat_map(|reference| {
        let module = reference.module.clone().unwrap_or_default();
        let below = reference.name.as_ref().map(|name| format!("{module}.{name}"));
        let known = |dotted: &String| subject.symbols.module(dotted).is_some();
        [Some(module), below].into_iter().flatten().filter(known).collect::<Vec<_>>()
    })
}

fn loads(reference: &Reference) -> bool {
    let kind = !matches!(reference.kind, ReferenceKind::Attribute { .. });
    kind && reference.when == When::ImportTime
}
