//! Finds the module and class that a pack demands as an adapter in a repository.
//!
//! What `demands.python.adapters` requires of the class is judged by the checks `adapter_*`, each in its own file.

pub mod ancestry;
pub mod meaning;
pub mod sibling;

use std::rc::Rc;
use std::sync::Arc;

use crate::checks::{Location, Repository};
use crate::shape::demands::python::{Adapter as Demand, NamedBy};
use crate::source::Span;
use crate::source::python::{Class, ClassId};

use ancestry::Ancestry;
use meaning::What;
use sibling::{Sibling, Siblings, Target};

/// Where a demanded adapter is.
#[derive(Debug)]
pub enum Located<'r> {
    /// In the repository.
    Here(Adapter<'r>),
    /// The variable that names the module has a value that is known only when the image is built.
    Undecided(&'r NamedBy, Location),
    /// Its file is missing or cannot be read, which other rules report.
    Nowhere,
}

/// A module that must define a class.
#[derive(Debug)]
pub struct Adapter<'r> {
    /// What is demanded of it.
    pub demand: &'r Demand,
    /// The module.
    pub module: Rc<Sibling>,
    /// The modules next to it.
    pub siblings: Siblings<'r>,
}

/// A class that the demanded name may refer to.
#[derive(Clone, Debug)]
pub struct AdapterClass {
    /// The module that defines it.
    pub sibling: Rc<Sibling>,
    /// The id of the class in that module.
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

    /// The span of its name.
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

/// The adapters that exist in a repository and can be read.
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
    /// The classes of the repository that the demanded name may refer to.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::meaning::What;
    use super::sibling::Siblings;
    use super::{Located, located};
    use crate::checks::catalogue;
    use crate::checks::testing::Case;

    /// What `Adapter` of adapter.py amounts to, in words.
    fn meanings(case: &Case) -> Vec<String> {
        case.judged(|repository| {
            let Some(Located::Here(adapter)) = located(repository).next() else {
                return vec!["nowhere".to_owned()];
            };
            let found = adapter.siblings.meanings(&adapter.module, "Adapter", None);
            let describe = |what: What| match what {
                What::Class(sibling, id) => {
                    let class = sibling.module.class(id).expect("a class");
                    format!("{}:{}", sibling.path, class.name)
                }
                What::Foreign { module, name } => format!("foreign {module} {name}"),
                other => format!("{other:?}"),
            };
            found.into_iter().map(|meaning| describe(meaning.what)).collect()
        })
    }

    fn case(adapter: &str) -> Case {
        Case::conformant()
            .file("adapter.py", adapter)
            .file("one.py", "class X: ...\nfrom two import Y\nfrom three import *\n")
            .file("two.py", "class Y: ...\n")
            .file("three.py", "class Z: ...\nclass _Hidden: ...\n")
            .file("pack/__init__.py", "from .inner import P\n")
            .file("pack/inner.py", "class P: ...\n")
    }

    #[test]
    fn names_are_followed_through_the_repository() {
        for (source, meaning) in [
            ("from one import X as Adapter\n", "one.py:X"),
            ("from .one import X as Adapter\n", "one.py:X"),
            ("from . import one\nAdapter = one.X\n", "one.py:X"),
            ("import one\nAdapter = one.X\n", "one.py:X"),
            ("import one as o\nAdapter = o.Y\n", "two.py:Y"),
            ("from one import Z\nAdapter = Z\n", "three.py:Z"),
            ("from pack import P as Adapter\n", "pack/inner.py:P"),
            ("from pack.inner import P as Adapter\n", "pack/inner.py:P"),
            ("import pack.inner\nAdapter = pack.inner.P\n", "pack/inner.py:P"),
            ("from one import _Hidden as Adapter\n", "foreign one _Hidden"),
            ("from json.decoder import D as Adapter\n", "foreign json.decoder D"),
            ("import json.decoder\nAdapter = json.decoder.D\n", "foreign json.decoder D"),
            ("from ...far import D as Adapter\n", "foreign far D"),
        ] {
            assert_eq!(meanings(&case(source)), [meaning], "{source}");
        }
    }

    #[test]
    fn both_sides_of_a_fallback_count_even_when_they_are_the_same() {
        let source = "try:\n    from .one import X as Adapter\nexcept ImportError:\n    \
                      from one import X as Adapter\n";
        assert_eq!(meanings(&case(source)), ["one.py:X", "one.py:X"]);
    }

    #[test]
    fn a_package_comes_before_a_module_of_its_name() {
        let case = case("from both import B as Adapter\n")
            .file("both.py", "class B: ...\n")
            .file("both/__init__.py", "class B: ...\n");
        assert_eq!(meanings(&case), ["both/__init__.py:B"]);
    }

    #[test]
    fn relative_names_start_from_the_package() {
        let case = case("from pack import P as Adapter\n");
        case.judged(|repository| {
            let siblings = Siblings::new(repository, "", None);
            let super::Target::Inside(inner) = siblings.find("pack.inner") else {
                panic!("pack/inner.py is there")
            };
            assert_eq!(Siblings::absolute(&inner, "x", 1).as_deref(), Some("pack.x"));
            assert_eq!(Siblings::absolute(&inner, "x", 2).as_deref(), Some("x"));
            assert_eq!(Siblings::absolute(&inner, "x", 3), None);
        });
    }

    fn statements() -> impl Strategy<Value = String> {
        let statement = prop::sample::select(vec![
            "from adapter import *\n",
            "from one import *\n",
            "from two import Adapter\n",
            "from one import Adapter as Base\n",
            "import one, two\n",
            "Adapter = one.Adapter\n",
            "Adapter = Base\nBase = Adapter\n",
            "Base = two.Base.Adapter\n",
            "class Adapter(Base, one.Adapter): ...\n",
            "class Base(Adapter, Base):\n    def name(self): ...\n",
            "class Base(two.Base):\n    setup = None\n",
            "if x:\n    Adapter = two.Base\nelse:\n    del Adapter\n",
            "try:\n    from .two import Base\nexcept ImportError:\n    from r import BaseAdapter as Base\n",
            "def __getattr__(name): ...\n",
        ]);
        prop::collection::vec(statement, 0..12).prop_map(|statements| statements.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn every_tangle_of_modules_is_judged(
            adapter in statements(), one in statements(), two in statements(),
        ) {
            let case = Case::conformant()
                .file("adapter.py", adapter)
                .file("one.py", one)
                .file("two.py", two);
            case.judged(|repository| {
                let mut findings = Vec::new();
                for check in catalogue::checks() {
                    check.check(repository, &mut findings);
                }
                for finding in findings {
                    assert!(!finding.message.contains('\n'), "{}", finding.message);
                    assert!(finding.location.is_some());
                }
            });
        }
    }
}
