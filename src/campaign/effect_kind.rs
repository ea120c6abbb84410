//! The kinds of effects on a repository, and the keys under which the journal knows them: `merge acme/api #7 at 3f1c…`.
//!
//! A key is the kind, the repository and what tells this one from others of its kind, parted by blanks. Keys are kept in
//! journals of earlier runs: what a kind is called never changes.

use std::fmt::Display;

/// A kind of effect: what is done to a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectKind {
    /// A pull request is opened.
    Open,
    /// Its commit is exchanged for that of a newer change.
    Update,
    /// It is opened again.
    Reopen,
    /// Its title and its text are written anew.
    Words,
    /// Labels are put on it.
    Labels,
    /// Reviewers are asked.
    Reviewers,
    /// It is told to merge itself.
    AutoMerge,
    /// It is merged.
    Merge,
    /// It is said why it is closed.
    Say,
    /// It is closed.
    Close,
    /// Its branch is taken away.
    Delete,
    /// Nothing is done: the base moved after the plan, which cannot do it any more.
    Moved,
}

impl EffectKind {
    /// Every one.
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
        Self::Moved,
    ];

    /// The first word of its keys, and what the log of who did what calls it.
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
            Self::Moved => "moved",
        }
    }

    /// A key, or the beginning of several.
    #[must_use]
    pub fn key(self, repository: &str, which: impl Display) -> String {
        format!("{} {repository} {which}", self.as_str())
    }

    /// The key of [`Self::Moved`], of a plan by its digest.
    #[must_use]
    pub fn moved(repository: &str, plan: &str) -> String {
        Self::Moved.key(repository, format_args!("after {plan}"))
    }

    /// What a key is of: the kind and the repository.
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
