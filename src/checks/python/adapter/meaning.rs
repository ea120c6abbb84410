//! What a name of a module refers to when the imports between modules are followed.
//!
//! The result is one [`Meaning`] for each possibility. Whatever is not in the repository is [`What::Foreign`].

use std::collections::HashSet;
use std::rc::Rc;

use super::sibling::{Sibling, Siblings, Target, joined};
use crate::source::Span;
use crate::source::python::{Binding, Bound, ClassId, FunctionId, Value, When};

/// How many imports and aliases are followed. Real chains have three links.
const MAX_LINKS: usize = 16;

/// How many names are visited in one search, since alternatives multiply along a chain.
const MAX_VISITS: usize = 256;

/// What a name refers to.
#[derive(Clone, Debug)]
pub enum What {
    /// A class of the repository.
    Class(Rc<Sibling>, ClassId),
    /// A function of the repository.
    Function(Rc<Sibling>, FunctionId),
    /// The value that an assignment in this module gives it.
    Value(Rc<Sibling>, Value),
    /// A module, of the repository or not.
    Module(String),
    /// Something that is not in the repository, or cannot be followed.
    Foreign {
        /// The dotted module; empty if it is not known.
        module: String,
        /// The name in that module.
        name: String,
    },
    /// Something in a file that cannot be read.
    Unreadable,
}

/// One thing that a name may refer to.
#[derive(Clone, Debug)]
pub struct Meaning {
    /// What it is.
    pub what: What,
    /// The span of the binding in the module where the search began.
    pub span: Span,
}

/// What a dotted name refers to once a module has run, or when execution has reached the offset `before`.
pub(super) fn meanings(
    siblings: &Siblings<'_>,
    sibling: &Rc<Sibling>,
    dotted: &str,
    before: Option<usize>,
) -> Vec<Meaning> {
    let mut search = Search { siblings, open: HashSet::new(), budget: MAX_VISITS };
    search.dotted(sibling, dotted, before, MAX_LINKS)
}

/// One search for what a name refers to.
struct Search<'s, 'r> {
    siblings: &'s Siblings<'r>,
    /// Names, each with its module, that are being resolved, which ends cycles.
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
        let what = |meanings: Vec<Meaning>| -> Vec<What> {
            meanings.into_iter().map(|found| found.what).collect()
        };
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
                let found = what(self.dotted(sibling, dotted, before, links - 1));
                match found.is_empty() {
                    // Nothing binds the first part of the dotted name.
                    true => {
                        vec![What::Value(Rc::clone(sibling), Value::Attribute(dotted.clone()))]
                    }
                    false => found,
                }
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

    /// What a dotted path refers to when it is looked up in a module.
    fn member(&mut self, module: &str, path: &str, links: usize) -> Vec<What> {
        if links == 0 {
            return vec![foreign(module, path)];
        }
        let parts: Vec<&str> = path.split('.').collect();
        // The longest prefix that is a module of the repository is the one that has the name.
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
