//! Users and organisations.

use super::Script;
use crate::sandbox::registry::Content;

/// The kind of an owner.
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
    /// The display name.
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) created: i64,
    /// The slugs of its teams.
    pub(in crate::sandbox) teams: Vec<String>,
    /// The container images, by package.
    pub(in crate::sandbox) packages: Vec<Package>,
    /// Scripts for runs in its repositories that have no script of their own.
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
    /// Newest last.
    pub(in crate::sandbox) versions: Vec<PackageVersion>,
}

/// An image of a package.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct PackageVersion {
    pub(in crate::sandbox) id: u64,
    /// The digest, `sha256:…`.
    pub(in crate::sandbox) digest: String,
    pub(in crate::sandbox) tags: Vec<String>,
    pub(in crate::sandbox) created: i64,
    /// The content served by the registry.
    pub(in crate::sandbox) content: Content,
}

impl Owner {
    /// Returns the global id of this owner.
    pub(in crate::sandbox) fn node_id(&self) -> String {
        let prefix = match self.kind {
            OwnerKind::User => "U",
            OwnerKind::Organization => "O",
        };
        format!("{prefix}_{}", self.id)
    }
}
