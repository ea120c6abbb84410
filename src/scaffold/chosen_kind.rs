//! The context of a new repository: the fleet, the kind, and the kind's shape pack.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::derive::{Typed, derive};
use super::questions::Subject;
use super::slug::Keywords;
use crate::fleet::manifest::Kind;
use crate::fleet::{Fleet, Member, RepositoryName, kin};
use crate::shape::Pack;

/// What is known before anything is asked.
#[derive(Clone, Debug)]
pub struct ChosenKind {
    /// The fleet that the repository joins; `None` for a standalone one.
    pub fleet: Option<Arc<Fleet>>,
    /// The name of its kind; empty without a fleet.
    pub kind_name: String,
    /// The kind as the manifest defines it.
    pub kind: Kind,
    /// The shape that it is created from and compared with.
    pub pack: Arc<Pack>,
    /// The member's entry in the manifest, if it has one already and its repository is to be created or continued.
    pub listed: Option<Listed>,
    /// The repository that it becomes a folder of, unless another one is named. It has other members already.
    pub around: Option<RepositoryName>,
}

/// What the manifest says of a member already. Its repository will be judged by that, so it is also created from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The answers that the entry gives. They are not asked for, and cannot be changed here.
    pub answers: Typed,
    /// The variables of the entry itself, without those that its kind gives.
    pub variables: BTreeMap<String, String>,
}

impl Listed {
    /// Returns what the entry of a member says. What it omits is its kind's, or nothing.
    #[must_use]
    pub fn of(member: &Member, kind: &Kind) -> Self {
        let variables = member.variables.iter();
        let answers = variables
            .clone()
            .map(|(name, value)| (Subject::Variable(name.clone()), value.clone()))
            .chain([
                (Subject::Profile, member.profile.clone().unwrap_or_default()),
                (Subject::Owner, member.owner.clone().unwrap_or_default()),
            ]);
        let own = variables.filter(|(name, value)| kind.variables.get(*name) != Some(*value));
        Self {
            answers: answers.collect(),
            variables: own.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }
}

impl ChosenKind {
    /// Leaves no question open, for a repository that exists: an answer that is recorded nowhere is of no consequence by now.
    #[must_use]
    pub fn without_questions(mut self, typed: &Typed) -> Self {
        while let Some(open) = derive(&self, typed).into_iter().find(|it| it.value.is_none()) {
            let Some(listed) = &mut self.listed else { break };
            listed.answers.insert(open.question.subject, String::new());
        }
        self
    }

    /// Returns the owner of repositories that name none; empty without a fleet.
    #[must_use]
    pub fn forge_owner(&self) -> &str {
        self.fleet.as_ref().map_or("", |fleet| &fleet.manifest.forge.owner)
    }

    /// Returns the language that its slugs are used in as names: Python, if the shape demands anything of Python modules.
    #[must_use]
    pub fn keywords(&self) -> Keywords {
        match self.pack.manifest.demands.python.is_any() {
            true => Keywords::Python,
            false => Keywords::None,
        }
    }

    /// Returns the default name of a member's repository.
    #[must_use]
    pub fn repository_name(&self, slug: &str) -> String {
        match (&self.fleet, &self.kind.prefix) {
            (None, None) => self.pack.repository_called(slug),
            _ => kin::repository_name(&self.kind, slug),
        }
    }

    /// Parses a repository's name; without a fleet, the owner may be missing.
    #[must_use]
    pub fn repository(&self, name: &str) -> Option<RepositoryName> {
        if self.fleet.is_none() && !name.contains('/') {
            // A placeholder that any forge would accept, just to validate the name.
            let parsed = RepositoryName::parse(name, "nobody")?;
            return Some(RepositoryName::new("", parsed.name));
        }
        RepositoryName::parse(name, self.forge_owner())
    }

    /// Returns names and descriptions of the profiles for a new repository, without the starter's own.
    pub fn profiles(&self) -> impl Iterator<Item = (&str, &str)> {
        let profiles = self.pack.manifest.profiles.iter();
        profiles
            .filter(|(_, profile)| !profile.permits_markers)
            .map(|(name, profile)| (name.as_str(), profile.description.as_str()))
    }
}
