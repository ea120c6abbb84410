//! The kinds of effects on a repository, and their keys in the journal: `merge acme/api #7 at 3f1c…`.
//!
//! A key consists of the kind, the repository and what distinguishes the effect from others of its kind, separated by
//! spaces. Journals of earlier versions contain these keys, so the name of a kind never changes.

use std::fmt::Display;

/// A kind of effect on a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectKind {
    /// Opening a pull request.
    Open,
    /// Replacing its commit with that of a newer change.
    Update,
    /// Reopening it.
    Reopen,
    /// Rewriting its title and text.
    Words,
    /// Adding labels.
    Labels,
    /// Requesting reviews.
    Reviewers,
    /// Enabling auto-merge.
    AutoMerge,
    /// Merging it.
    Merge,
    /// Commenting why it is closed.
    Say,
    /// Closing it.
    Close,
    /// Deleting its branch.
    Delete,
    /// No effect: notes why a plan does nothing there, see [`Idle`](super::notes::Idle).
    Idle,
}

impl EffectKind {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::Open,
        Self::Update,
        Self::Reopen,
        Self::Words,
        Self::Labels,
        Self::Reviewers,
        Self::AutoMerge,
        Self::Merge,
        Self::Say,
        Self::Close,
        Self::Delete,
        Self::Idle,
    ];

    /// The key, in the intent of opening a pull request, for the campaign's file, as an absolute path.
    pub const FILE: &str = "file";

    /// The key, in the intents of merging and closing a pull request, for the commit at its head: it stays the same where
    /// the repository is renamed.
    pub const HEAD: &str = "head";

    /// The first word of its keys, and its name in the audit log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Update => "update",
            Self::Reopen => "reopen",
            Self::Words => "words",
            Self::Labels => "labels",
            Self::Reviewers => "reviewers",
            Self::AutoMerge => "auto-merge",
            Self::Merge => "merge",
            Self::Say => "say",
            Self::Close => "close",
            Self::Delete => "delete",
            Self::Idle => "idle",
        }
    }

    /// A key, or the common prefix of several.
    #[must_use]
    pub fn key(self, repository: &str, which: impl Display) -> String {
        format!("{} {repository} {which}", self.as_str())
    }

    /// The key of [`Self::Idle`] for a plan with this digest.
    #[must_use]
    pub fn idle(repository: &str, plan: &str) -> String {
        Self::Idle.key(repository, format_args!("by {plan}"))
    }

    /// Whether it is something that is tried. The last such effect on a repository decides whether it failed there: for `--failed`,
    /// and for what `shipshape` alone proposes.
    #[must_use]
    pub fn is_tried(self) -> bool {
        self != Self::Idle
    }

    /// Whether a pull request is open after it that was not before.
    #[must_use]
    pub fn offers(self) -> bool {
        matches!(self, Self::Open | Self::Reopen)
    }

    /// Splits a key into its kind and repository.
    #[must_use]
    pub fn of_key(key: &str) -> Option<(Self, &str)> {
        let mut words = key.split(' ');
        let (word, repository) = (words.next()?, words.next()?);
        let kind = Self::ALL.into_iter().find(|kind| kind.as_str() == word)?;
        Some((kind, repository))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_back_to_its_kind_and_its_repository() {
        for kind in EffectKind::ALL {
            let key = kind.key("acme/api", format_args!("#{} at {}", 7, "3f1c"));
            assert_eq!(EffectKind::of_key(&key), Some((kind, "acme/api")), "{key}");
        }
        assert_eq!(EffectKind::of_key("open"), None);
        assert_eq!(EffectKind::of_key("elope acme/api #7"), None);
    }
}
