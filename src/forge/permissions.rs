//! The token permissions that each command needs.
//!
//! One table, [`COMMANDS`], generates docs/permissions.md. A test runs each command against the sandbox with exactly the
//! permissions listed here, and without each one of them. The names are GitHub's (docs.github.com, "Permissions
//! required for fine-grained personal access tokens"); a classic token needs the scope instead.

mod changes;
mod fields;
mod page;
mod table;

use std::fmt;

pub use changes::Change;
pub(in crate::forge) use fields::of_field;
pub use page::page;
pub use table::{COMMANDS, SIGNS_OF_LIFE};

/// The level of a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// May read.
    Read,
    /// May read and write.
    Write,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
        })
    }
}

/// A permission, and what a command uses it for.
#[derive(Clone, Copy, Debug)]
pub struct Permission {
    /// Its name as in a token's settings, in lower case: `contents`, `pull_requests`.
    pub name: &'static str,
    /// Its level.
    pub access: Access,
    /// What it is used for.
    pub purpose: &'static str,
}

/// The permissions that a command needs.
#[derive(Clone, Copy, Debug)]
pub struct CommandNeeds {
    /// The command as typed, including options that change what it needs.
    pub command: &'static str,
    /// The repositories in which a token has to be valid for it, in words.
    pub repositories: &'static str,
    /// The permissions on these repositories. Every token has `metadata: read`.
    pub permissions: &'static [Permission],
    /// What `TEMPLATE_DISPATCH_TOKEN` needs in the members, if they are notified: no other token notifies them.
    pub by_dispatch_token: &'static [Permission],
    /// The scopes with which a classic token suffices.
    pub scopes: &'static [&'static str],
    /// What it changes on the forge; `None` if it only reads.
    pub change: Option<&'static Change>,
}

impl CommandNeeds {
    /// Whether it changes anything on the forge.
    #[must_use]
    pub const fn writes(&self) -> bool {
        self.change.is_some()
    }
}
