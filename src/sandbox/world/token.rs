//! Tokens and their permissions.

use std::collections::{BTreeMap, BTreeSet};

use super::repository::{Repository, Visibility};

/// The level of a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sandbox) enum Access {
    Read,
    Write,
    Admin,
}

impl Access {
    pub(in crate::sandbox) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// The permissions that routes require, as GitHub names them for fine-grained tokens and Apps. A
/// seed may grant others, which have no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Permission {
    Actions,
    Administration,
    Checks,
    Contents,
    Issues,
    /// Of the organisation, not of a repository: its teams.
    Members,
    Metadata,
    Packages,
    PullRequests,
    Secrets,
    Statuses,
    Variables,
    Workflows,
}

impl Permission {
    pub(in crate::sandbox) fn name(self) -> &'static str {
        match self {
            Self::Actions => "actions",
            Self::Administration => "administration",
            Self::Checks => "checks",
            Self::Contents => "contents",
            Self::Issues => "issues",
            Self::Members => "members",
            Self::Metadata => "metadata",
            Self::Packages => "packages",
            Self::PullRequests => "pull_requests",
            Self::Secrets => "secrets",
            Self::Statuses => "statuses",
            Self::Variables => "variables",
            Self::Workflows => "workflows",
        }
    }

    /// Whether anybody may read it in a public repository.
    fn is_open(self) -> bool {
        match self {
            Self::Actions
            | Self::Checks
            | Self::Contents
            | Self::Issues
            | Self::Metadata
            | Self::PullRequests
            | Self::Statuses => true,
            Self::Administration
            | Self::Members
            | Self::Packages
            | Self::Secrets
            | Self::Variables
            | Self::Workflows => false,
        }
    }

    /// Returns the role that the user of a classic token needs.
    fn role_for(self, access: Access) -> Access {
        match self {
            Self::Administration => Access::Admin,
            Self::Secrets | Self::Variables => Access::Write,
            Self::Actions
            | Self::Checks
            | Self::Contents
            | Self::Issues
            | Self::Members
            | Self::Metadata
            | Self::Packages
            | Self::PullRequests
            | Self::Statuses
            | Self::Workflows => access,
        }
    }
}

/// The source of a token's permissions.
#[derive(Clone, Debug)]
pub(in crate::sandbox) enum Authority {
    /// A classic personal token: scopes, for everything that its user may see.
    Classic { scopes: BTreeSet<String> },
    /// A fine-grained token: permissions for the repositories that it names.
    FineGrained(Grant),
    /// A token of a GitHub App's installation.
    Installation(Grant),
}

/// Permissions for some repositories.
#[derive(Clone, Debug, Default)]
pub(in crate::sandbox) struct Grant {
    pub(in crate::sandbox) permissions: BTreeMap<String, Access>,
    /// Patterns: `owner/name`, `owner/*` or `*`.
    pub(in crate::sandbox) repositories: Vec<String>,
}

/// A token.
#[derive(Clone)]
pub(in crate::sandbox) struct Token {
    /// The name in the log, which never contains the secret.
    pub(in crate::sandbox) name: String,
    /// The secret that a client sends.
    pub(in crate::sandbox) secret: String,
    pub(in crate::sandbox) user: String,
    /// The role of its user in the repositories.
    pub(in crate::sandbox) role: Access,
    pub(in crate::sandbox) authority: Authority,
    /// When it expires, in seconds since 1970.
    pub(in crate::sandbox) expires: Option<f64>,
}

/// An installed GitHub App.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct App {
    pub(in crate::sandbox) id: u64,
    pub(in crate::sandbox) slug: String,
    /// The owner on whose account it is installed.
    pub(in crate::sandbox) account: String,
    pub(in crate::sandbox) installation: u64,
    pub(in crate::sandbox) grant: Grant,
    /// The DER of the RSA public key that verifies its proofs; if `None`, they are not verified.
    pub(in crate::sandbox) public_key: Option<Vec<u8>>,
}

/// Whether a request is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Decision {
    Allowed,
    /// Denied as if the resource did not exist.
    Hidden,
    /// Denied with 403.
    Denied,
}

impl Token {
    /// Decides whether this token may use `permission` in a repository.
    pub(in crate::sandbox) fn decide(
        &self,
        repository: &Repository,
        permission: Permission,
        access: Access,
    ) -> Decision {
        let public = repository.visibility == Visibility::Public;
        match &self.authority {
            Authority::Classic { scopes } => {
                let full = scopes.contains("repo");
                if !public && !full {
                    return Decision::Hidden;
                }
                let open = public && access == Access::Read && permission.is_open();
                if open || (full && self.role >= permission.role_for(access)) {
                    return Decision::Allowed;
                }
                if full {
                    return Decision::Denied;
                }
                let public_write = scopes.contains("public_repo")
                    && public
                    && self.role >= permission.role_for(access);
                // Without the scope, GitHub does not reveal the resource.
                if public_write { Decision::Allowed } else { Decision::Hidden }
            }
            Authority::FineGrained(grant) | Authority::Installation(grant) => {
                let named = grant.covers(&repository.owner, &repository.name);
                if named && permission == Permission::Metadata && access == Access::Read {
                    return Decision::Allowed;
                }
                let granted = grant.of(permission);
                // A person's token can do no more than the person; an App has no role.
                let of_person = matches!(self.authority, Authority::FineGrained(_));
                let may = !of_person || self.role >= permission.role_for(access);
                if named && may && granted.is_some_and(|granted| granted >= access) {
                    return Decision::Allowed;
                }
                if public && access == Access::Read && permission.is_open() {
                    return Decision::Allowed;
                }
                if public || named { Decision::Denied } else { Decision::Hidden }
            }
        }
    }

    /// Whether files in `.github/workflows/` may be written.
    pub(in crate::sandbox) fn writes_workflows(&self) -> bool {
        match &self.authority {
            Authority::Classic { scopes } => scopes.contains("workflow"),
            Authority::FineGrained(grant) | Authority::Installation(grant) => {
                grant.of(Permission::Workflows).is_some_and(|access| access >= Access::Write)
            }
        }
    }

    /// Whether repositories may be created for an owner.
    pub(in crate::sandbox) fn creates_for(&self, owner: &str) -> bool {
        match &self.authority {
            Authority::Classic { scopes } => scopes.contains("repo") && self.role == Access::Admin,
            Authority::FineGrained(grant) | Authority::Installation(grant) => {
                let granted = grant.of(Permission::Administration);
                let may = self.is_installation() || self.role == Access::Admin;
                may && grant.covers(owner, "*")
                    && granted.is_some_and(|access| access >= Access::Write)
            }
        }
    }

    /// Whether resources of an owner may be read.
    pub(in crate::sandbox) fn reads_of_owner(&self, scope: &str, permission: Permission) -> bool {
        match &self.authority {
            Authority::Classic { scopes } => scopes.contains(scope),
            Authority::FineGrained(grant) | Authority::Installation(grant) => {
                grant.of(permission).is_some()
            }
        }
    }

    /// Whether the organisation's teams may be read. A classic token with `repo` asks teams for reviews without more.
    pub(in crate::sandbox) fn sees_teams(&self) -> bool {
        match &self.authority {
            Authority::Classic { .. } => true,
            Authority::FineGrained(grant) | Authority::Installation(grant) => {
                grant.of(Permission::Members).is_some()
            }
        }
    }

    /// Whether it bypasses branch protection: its user is an administrator, and it is not of an
    /// App.
    pub(in crate::sandbox) fn is_administrator(&self) -> bool {
        self.role == Access::Admin && !self.is_installation()
    }

    pub(in crate::sandbox) fn is_installation(&self) -> bool {
        matches!(self.authority, Authority::Installation(_))
    }

    pub(in crate::sandbox) fn has_expired(&self, now: f64) -> bool {
        self.expires.is_some_and(|end| now >= end)
    }
}

impl std::fmt::Debug for Token {
    /// Omits the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Grant {
    /// Returns the level of a permission, if it is granted.
    fn of(&self, permission: Permission) -> Option<Access> {
        self.permissions.get(permission.name()).copied()
    }

    pub(in crate::sandbox) fn covers(&self, owner: &str, name: &str) -> bool {
        let full = format!("{owner}/{name}");
        self.repositories.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => {
                full.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
            }
            None => full.eq_ignore_ascii_case(pattern),
        })
    }
}
