//! Whether the templates of a fleet work with a runtime that is not published yet.
//!
//! Given a repository and what the runtime offers ([`Question`]), this yields findings in the repository's own files.
//! Each rule has its own file here; what several of them need (uses of other distributions, requirements) is
//! collected once per repository. Wheels and folders are read by `package::interface`.

mod absent_module;
pub mod compatibility_unread;
pub mod contract;
pub mod dependency_ranges_disjoint;
mod lowest;
pub mod pin_admits_too_old;
pub mod pin_excludes_runtime;
pub mod requirement;
pub mod runtime_config_field;
pub mod runtime_contract;
pub mod runtime_symbol_missing;
pub mod shape_behind_runtime;
pub mod symbol_in_use;
pub mod third_party_symbol_missing;
pub mod usage;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::python::adapter::{Adapter, AdapterClass, adapters};
use super::{Finding, Repository, Rule};
use crate::package::interface::Offer;
use crate::shape::Pack;
use crate::source::requirements::normalize;

use contract::Contract;
pub use lowest::lowest;
use requirement::Pinned;
use usage::Use;

/// The rules of this folder. A new one needs a `pub mod` above and a line here.
pub(super) const RULES: &[&Rule] = &[
    &runtime_symbol_missing::RULE,
    &runtime_contract::RULE,
    &runtime_config_field::RULE,
    &shape_behind_runtime::RULE,
    &pin_excludes_runtime::RULE,
    &pin_admits_too_old::RULE,
    &dependency_ranges_disjoint::RULE,
    &third_party_symbol_missing::RULE,
    &symbol_in_use::RULE,
    &compatibility_unread::RULE,
];

/// What every repository is judged against.
#[derive(Debug)]
pub struct Question {
    /// The runtime that is about to be published.
    pub runtime: Offer,
    /// Other versions of the runtime, and other distributions, by name, lowest version first.
    pub others: BTreeMap<String, Vec<Offer>>,
    /// What the runtime requires of adapters, by the name of the base class.
    pub contracts: BTreeMap<String, Contract>,
    /// The name by which the runtime is imported, if fleet.yaml says it.
    pub import: Option<String>,
}

impl Question {
    /// Creates a question about a runtime, with the other wheels that are available.
    #[must_use]
    pub fn new(runtime: Offer, beside: Vec<Offer>, packs: &[&Pack]) -> Self {
        let mut others: BTreeMap<String, Vec<Offer>> = BTreeMap::new();
        for offer in beside.into_iter().filter(|offer| offer.version.is_some()) {
            let is_itself =
                offer.distribution == runtime.distribution && offer.version == runtime.version;
            if !is_itself {
                others.entry(offer.distribution.clone()).or_default().push(offer);
            }
        }
        for offers in others.values_mut() {
            offers.sort_by(|one, other| one.version.cmp(&other.version));
        }
        let mut contracts = BTreeMap::new();
        for demand in packs.iter().flat_map(|pack| &pack.manifest.demands.python.adapters) {
            if let Some(base) = &demand.base {
                contracts.insert(base.clone(), Contract::of(&runtime, base));
            }
        }
        Self { runtime, others, contracts, import: None }
    }

    /// Sets the name by which members import the runtime.
    #[must_use]
    pub fn imported_as(mut self, name: Option<&str>) -> Self {
        self.import = name.map(str::to_owned);
        self
    }

    /// The other versions of a distribution, lowest first.
    #[must_use]
    pub fn versions(&self, distribution: &str) -> &[Offer] {
        self.others.get(&normalize(distribution)).map_or(&[], Vec::as_slice)
    }
}

/// One repository, with what several rules need of it.
pub(super) struct Subject<'r> {
    pub(super) repository: &'r Repository<'r>,
    pub(super) question: &'r Question,
    pub(super) uses: Vec<Use>,
    /// Uses of its own modules, which are another's only where it has one of that name too.
    pub(super) own_uses: Vec<Use>,
    pub(super) pins: Vec<Pinned>,
    pub(super) adapters: Vec<(Adapter<'r>, Vec<AdapterClass>)>,
}

impl Subject<'_> {
    /// What messages call the repository: its slug.
    pub(super) fn called(&self) -> &str {
        &self.repository.identity.slug
    }
}

/// Judges a repository. Findings about what breaks come first.
#[must_use]
pub fn judge(repository: &Repository<'_>, question: &Question) -> Vec<Finding> {
    let adapters = adapters(repository).map(|adapter| {
        let classes = adapter.classes();
        (adapter, classes)
    });
    let (uses, own_uses) = usage::parted(repository);
    let subject = Subject {
        repository,
        question,
        uses,
        own_uses,
        pins: requirement::of(repository),
        adapters: adapters.collect(),
    };
    let mut findings = Vec::new();
    runtime_symbol_missing::check(&subject, &mut findings);
    runtime_contract::check(&subject, &mut findings);
    runtime_config_field::check(&subject, &mut findings);
    dependency_ranges_disjoint::check(&subject, &mut findings);
    pin_excludes_runtime::check(&subject, &mut findings);
    pin_admits_too_old::check(&subject, &mut findings);
    third_party_symbol_missing::check(&subject, &mut findings);
    compatibility_unread::check(&subject, &mut findings);
    findings
}

/// Judges the shapes themselves, which may have fallen behind the runtime.
#[must_use]
pub fn judge_shapes(packs: &[&Pack], question: &Question) -> Vec<Finding> {
    packs.iter().flat_map(|pack| shape_behind_runtime::judge(pack, question)).collect()
}

/// Finds where a repository uses a symbol.
#[must_use]
pub fn users(repository: &Repository<'_>, symbol: &str) -> Vec<Finding> {
    let mut findings = symbol_in_use::findings(&usage::of(repository), symbol);
    compatibility_unread::python_files(repository, &mut findings);
    findings
}
