//! Resolves dotted uses: `m.text.upper` leads from module to module, through names that are bound to modules.

use super::{ModuleSymbols, Presence, Reference, ReferenceKind, SymbolTable, names};
use crate::source::python::Bound;

/// The longest chain of renamings that is followed.
const MAX_RENAMINGS: usize = 16;

impl SymbolTable {
    /// Resolves a dotted use to the module that a name is taken from, that name, and whether it is there. `None` if the
    /// reference is not such a use, or its root is not certainly a module.
    #[must_use]
    pub fn attribute(&self, reference: &Reference) -> Option<(&ModuleSymbols, String, Presence)> {
        let ReferenceKind::Attribute { taken_from } = &reference.kind else { return None };
        let mut module = match taken_from {
            Some((parent, name)) if self.modules.contains_key(parent) => {
                // `from parent import name` takes what the parent binds, which need not be the module.
                self.module_named(self.modules.get(parent)?, name)?
            }
            _ => self.modules.get(reference.module.as_deref()?)?,
        };
        let mut parts = reference.name.as_deref()?.split('.').peekable();
        while let Some(part) = parts.next() {
            let leads_on = parts.peek().is_some() || !module.names.contains_key(part);
            if leads_on && let Some(inner) = self.module_named(module, part) {
                module = inner;
                continue;
            }
            let typing = module.module.as_ref().map(|summary| summary.typing_names.as_slice());
            if !reference.stored && typing.unwrap_or_default().iter().any(|name| name == part) {
                // Only an annotation may use it, and annotations need not be evaluated.
                return None;
            }
            let presence = self.lookup(&module.dotted, part);
            return Some((module, part.to_owned(), presence));
        }
        None
    }

    /// The module that a name of a module certainly is: a submodule, or one that all imports of that name lead to.
    fn module_named(&self, module: &ModuleSymbols, name: &str) -> Option<&ModuleSymbols> {
        let mut dotted = format!("{}.{name}", module.dotted);
        let (mut module, mut name) = (module, name.to_owned());
        for _ in 0..MAX_RENAMINGS {
            if !module.names.contains_key(&*name) {
                return module.submodules.contains(&name).then(|| self.modules.get(&dotted))?;
            }
            let target = module.imported_as(&name)?;
            match target.rsplit_once('.') {
                // `from . import name` in the package itself: the submodule, which is bound to that name.
                _ if target == dotted => return self.modules.get(&dotted),
                Some((parent, last)) => {
                    module = self.modules.get(parent)?;
                    name = last.to_owned();
                    dotted = target;
                }
                None => return self.modules.get(&target),
            }
        }
        None
    }
}

impl ModuleSymbols {
    /// The dotted name, possibly of a module, that every binding of a name imports; `None` if one of them does
    /// something else.
    fn imported_as(&self, name: &str) -> Option<String> {
        let place = self.place();
        let summary = self.module.as_ref()?;
        if self.set_by.contains_key(name) || summary.globals.iter().any(|global| global == name) {
            return None;
        }
        let mut found = None;
        for binding in summary.bindings_of(name) {
            let target = match &binding.bound {
                Bound::Import { module, name, level } => {
                    let parent = names::absolute(place.as_ref(), *level, module)?;
                    format!("{parent}.{name}")
                }
                Bound::ImportModule { module, renamed: true } => module.clone(),
                Bound::ImportModule { module, renamed: false } => {
                    module.split('.').next()?.to_owned()
                }
                Bound::Class(_) | Bound::Function(_) | Bound::Assigned(_) | Bound::Deleted => {
                    return None;
                }
            };
            if found.as_ref().is_some_and(|known| *known != target) {
                return None;
            }
            found = Some(target);
        }
        found
    }
}
