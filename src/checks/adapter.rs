//! The module and the class that a pack demands as an adapter: where they are in a repository.
//!
//! In: a repository, and `demands.python.adapters` of its pack. Out: [`Located`]. What is wanted of the
//! class is decided by the checks `adapter_*`, each in its own file.

pub mod ancestry;
pub mod sibling;

use std::rc::Rc;
use std::sync::Arc;

use super::{Location, Repository};
use crate::shape::demands::python::{Adapter as Demand, NamedBy};
use crate::source::Span;
use crate::source::python::{Class, ClassId};

use ancestry::Ancestry;
use sibling::{Sibling, Siblings, Target, What};

/// Where a demanded adapter is.
#[derive(Debug)]
pub enum Located<'r> {
    /// In the repository.
    Here(Adapter<'r>),
    /// What names the module has a value that is known only when the image is built.
    Undecided(&'r NamedBy, Location),
    /// Its file is absent or cannot be read; other rules speak of that.
    Nowhere,
}

/// A module that must offer a class.
#[derive(Debug)]
pub struct Adapter<'r> {
    /// What is demanded of it.
    pub demand: &'r Demand,
    /// The module.
    pub module: Rc<Sibling>,
    /// The modules beside it.
    pub siblings: Siblings<'r>,
}

/// A class that the demanded name may be.
#[derive(Clone, Debug)]
pub struct AdapterClass {
    /// The module that defines it.
    pub sibling: Rc<Sibling>,
    /// Which class it is.
    pub id: ClassId,
    /// What it inherits.
    pub ancestry: Ancestry,
}

impl AdapterClass {
    /// The class.
    #[must_use]
    pub fn class(&self) -> Option<&Class> {
        self.sibling.module.class(self.id)
    }

    /// Where its name stands.
    #[must_use]
    pub fn name_span(&self) -> Span {
        self.class().map(|class| class.name_span).unwrap_or_default()
    }
}

/// The adapters that the pack demands of a repository.
pub fn located<'r>(repository: &'r Repository<'r>) -> impl Iterator<Item = Located<'r>> {
    let demands = &repository.pack.manifest.demands.python.adapters;
    demands.iter().map(move |demand| locate(repository, demand))
}

/// The adapters that are in a repository and can be read.
pub fn adapters<'r>(repository: &'r Repository<'r>) -> impl Iterator<Item = Adapter<'r>> {
    located(repository).filter_map(|located| match located {
        Located::Here(adapter) => Some(adapter),
        Located::Undecided(..) | Located::Nowhere => None,
    })
}

fn locate<'r>(repository: &'r Repository<'r>, demand: &'r Demand) -> Located<'r> {
    let named_by = demand.named_by.as_ref();
    let dockerfile = named_by.and_then(|named| repository.dockerfile(&named.dockerfile));
    let mut dotted = None;
    if let (Some(named), Some(dockerfile)) = (named_by, &dockerfile)
        && let Some(pair) = dockerfile.final_stage().environment().get(named.environment.as_str())
    {
        let Some(value) = &pair.value.text else {
            let Some(text) = repository.text(&named.dockerfile) else { return Located::Nowhere };
            let place = Location::span(named.dockerfile.as_str(), &text, pair.value.span);
            return Located::Undecided(named, place);
        };
        dotted = Some(value.clone());
    }
    let (siblings, target) = match &dotted {
        Some(dotted) => {
            let siblings = Siblings::new(repository, "", dockerfile.as_ref().map(Arc::clone));
            let target = siblings.find(dotted);
            (siblings, target)
        }
        None => {
            let (root, dotted, is_package) = module_at(&demand.path);
            let siblings = Siblings::new(repository, &root, None);
            let target = match repository.has(&demand.path) {
                true => siblings.read(demand.path.clone(), &dotted, is_package),
                false => Target::Outside,
            };
            (siblings, target)
        }
    };
    let Target::Inside(module) = target else { return Located::Nowhere };
    let suffix = match module.is_package {
        true => format!("{}/__init__.py", module.dotted.replace('.', "/")),
        false => format!("{}.py", module.dotted.replace('.', "/")),
    };
    let root = module.path.strip_suffix(&suffix).unwrap_or_default().to_owned();
    Located::Here(Adapter { demand, module, siblings: siblings.rooted_at(&root) })
}

/// The folder that imports start from, the module's name, and whether it is a package.
fn module_at(path: &str) -> (String, String, bool) {
    let stem = path.strip_suffix(".py").unwrap_or(path);
    let package = stem.strip_suffix("/__init__");
    let dotted = package.unwrap_or(stem);
    let (root, name) = match dotted.rsplit_once('/') {
        Some((root, name)) => (format!("{root}/"), name),
        None => (String::new(), dotted),
    };
    (root, name.to_owned(), package.is_some())
}

impl Adapter<'_> {
    /// The classes of the repository that the demanded name may be.
    #[must_use]
    pub fn classes(&self) -> Vec<AdapterClass> {
        let mut classes: Vec<AdapterClass> = Vec::new();
        for meaning in self.siblings.meanings(&self.module, &self.demand.name, None) {
            if let What::Class(sibling, id) = meaning.what {
                let known =
                    |other: &AdapterClass| other.sibling.path == sibling.path && other.id == id;
                if !classes.iter().any(known) {
                    classes.push(self.class(sibling, id));
                }
            }
        }
        classes
    }

    /// A class with its ancestry.
    #[must_use]
    pub fn class(&self, sibling: Rc<Sibling>, id: ClassId) -> AdapterClass {
        let demanded = self.demand.base.as_deref();
        let ancestry = Ancestry::of(&self.siblings, &sibling, id, demanded);
        AdapterClass { sibling, id, ancestry }
    }
}
