//! Users and organisations.

use super::Script;
use crate::sandbox::registry::Content;

/// What an owner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum OwnerKind {
    User,
    Organization,
}

/// A user or an organisation.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Owner {
    pub(in crate::sandbox) id: u64,
    pub(in crate::sandbox) login: String,
    pub(in crate::sandbox) kind: OwnerKind,
    /// The name people read.
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) created: i64,
    /// Short names of its teams.
    pub(in crate::sandbox) teams: Vec<String>,
    /// Images, by name.
    pub(in crate::sandbox) packages: Vec<Package>,
    /// How runs of its repositories go that have no script of their own.
    pub(in crate::sandbox) scripts: Vec<Script>,
}

/// A package of the container registry.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Package {
    pub(in crate::sandbox) id: u64,
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) public: bool,
    pub(in crate::sandbox) repository: Option<u64>,
    pub(in crate::sandbox) created: i64,
    pub(in crate::sandbox) updated: i64,
    /// The newest last.
    pub(in crate::sandbox) versions: Vec<PackageVersion>,
}

/// One image of a package.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct PackageVersion {
    pub(in crate::sandbox) id: u64,
    /// `sha256:…`
    pub(in crate::sandbox) digest: String,
    pub(in crate::sandbox) tags: Vec<String>,
    pub(in crate::sandbox) created: i64,
    /// What a registry gives of it.
    pub(in crate::sandbox) content: Content,
}

impl Owner {
    /// The number that marks this owner in global ids.
    pub(in crate::sandbox) fn node_id(&self) -> String {
        let prefix = match self.kind {
            OwnerKind::User => "U",
            OwnerKind::Organization => "O",
        };
        format!("{prefix}_{}", self.id)
    }
}
