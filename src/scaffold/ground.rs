//! What a new repository is made on: the fleet, the kind, and the kind's shape pack.

use std::sync::Arc;

use crate::fleet::manifest::Kind;
use crate::fleet::{Fleet, RepositoryName, kin};
use crate::shape::Pack;

/// What is known before anything is asked.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The fleet that the repository joins; `None` for one on its own.
    pub fleet: Option<Arc<Fleet>>,
    /// The name of its kind; empty without a fleet.
    pub kind_name: String,
    /// What the manifest says of the kind.
    pub kind: Kind,
    /// The shape that it is made by and held to.
    pub pack: Arc<Pack>,
}

impl Ground {
    /// Who owns repositories that name no owner; empty without a fleet.
    #[must_use]
    pub fn forge_owner(&self) -> &str {
        self.fleet.as_ref().map_or("", |fleet| &fleet.manifest.forge.owner)
    }

    /// The name that a member's repository has unless another is given.
    #[must_use]
    pub fn repository_name(&self, slug: &str) -> String {
        let pattern = self.pack.manifest.repository_names.first().filter(|_| self.fleet.is_none());
        match pattern {
            Some(pattern) if self.kind.prefix.is_none() => {
                pattern.trim_start_matches('*').replace("{slug}", slug)
            }
            _ => kin::repository_name(&self.kind, slug),
        }
    }

    /// A repository that was named; without a fleet its owner may be missing.
    #[must_use]
    pub fn repository(&self, name: &str) -> Option<RepositoryName> {
        if self.fleet.is_none() && !name.contains('/') {
            // An owner that no forge would refuse, since there is none to ask.
            let parsed = RepositoryName::parse(name, "nobody")?;
            return Some(RepositoryName::new("", parsed.name));
        }
        RepositoryName::parse(name, self.forge_owner())
    }

    /// The profiles that a new repository can follow: not the starter's own.
    pub fn profiles(&self) -> impl Iterator<Item = (&str, &str)> {
        let profiles = self.pack.manifest.profiles.iter();
        profiles
            .filter(|(_, profile)| !profile.permits_markers)
            .map(|(name, profile)| (name.as_str(), profile.description.as_str()))
    }
}
