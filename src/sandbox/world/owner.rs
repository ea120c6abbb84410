//! Users and organisations.

/// What an owner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnerKind {
    User,
    Organization,
}

/// A user or an organisation.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) id: u64,
    pub(crate) login: String,
    pub(crate) kind: OwnerKind,
    /// The name people read.
    pub(crate) name: String,
    pub(crate) created: i64,
    /// Images, by name.
    pub(crate) packages: Vec<Package>,
}

/// A package of the container registry.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) public: bool,
    pub(crate) repository: Option<u64>,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    /// The newest last.
    pub(crate) versions: Vec<PackageVersion>,
}

/// One image of a package.
#[derive(Clone, Debug)]
pub(crate) struct PackageVersion {
    pub(crate) id: u64,
    /// `sha256:…`
    pub(crate) digest: String,
    pub(crate) tags: Vec<String>,
    pub(crate) created: i64,
}

impl Owner {
    /// The number that marks this owner in global ids.
    pub(crate) fn node_id(&self) -> String {
        let prefix = match self.kind {
            OwnerKind::User => "U",
            OwnerKind::Organization => "O",
        };
        format!("{prefix}_{}", self.id)
    }
}
