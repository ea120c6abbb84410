//! A member of a fleet, with the values inherited from its kind.

use std::collections::BTreeMap;
use std::fmt;

use super::Date;

/// A repository on a forge.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryName {
    /// The organisation or user.
    pub owner: String,
    /// The repository.
    pub name: String,
}

impl RepositoryName {
    /// Creates the name of a repository.
    #[must_use]
    pub fn new(owner: impl Into<String>, name: impl Into<String>) -> Self {
        Self { owner: owner.into(), name: name.into() }
    }

    /// Parses `name` or `owner/name`; `None` if no forge would accept it.
    #[must_use]
    pub fn parse(text: &str, default_owner: &str) -> Option<Self> {
        let (owner, name) = text.split_once('/').unwrap_or((default_owner, text));
        (is_forge_name(owner) && is_forge_name(name)).then(|| Self::new(owner, name))
    }

    /// Whether both name the same repository, since forges ignore case.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.owner.eq_ignore_ascii_case(&other.owner) && self.name.eq_ignore_ascii_case(&other.name)
    }

    /// Whether it has a name, with or without the owner, ignoring case.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        match name.split_once('/') {
            Some((owner, name)) => self.same(&Self::new(owner, name)),
            None => self.name.eq_ignore_ascii_case(name),
        }
    }

    /// Returns a key for maps, which is equal for names that are [the same](Self::same).
    #[must_use]
    pub fn key(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// Whether GitHub and Gitea accept a name for an owner or a repository.
pub(super) fn is_forge_name(name: &str) -> bool {
    let permitted = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty()
        && name.len() <= 100
        && name.chars().all(permitted)
        && !name.trim_matches('.').is_empty()
}

/// Whether a name consists of lowercase letters and digits, with single hyphens between words.
#[must_use]
pub fn is_slug(name: &str) -> bool {
    let permitted = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.split('-').all(|word| !word.is_empty() && word.chars().all(permitted))
}

/// A member of a fleet. `Default` is only for building one up: it has no name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Its short name, lowercase and hyphenated; unique within its kind.
    pub slug: String,
    /// Its repository.
    pub repository: RepositoryName,
    /// The folder in the repository, without a trailing slash; `None` for the root.
    pub path: Option<String>,
    /// Its kind.
    pub kind: String,
    /// Its owner; defaults to its kind's.
    pub owner: Option<String>,
    /// Its profile; defaults to its kind's.
    pub profile: Option<String>,
    /// Other names it is known by.
    pub aliases: Vec<String>,
    /// Values of the shape's variables: its own on top of its kind's.
    pub variables: BTreeMap<String, String>,
    /// The day it was retired, if so.
    pub retired: Option<Date>,
}

impl Member {
    /// Returns its name in reports: the repository's name, followed by the folder if it has one.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.path {
            Some(path) => format!("{}/{path}", self.repository.name),
            None => self.repository.name.clone(),
        }
    }

    /// Returns all its names: [`Member::name`], the same with its owner, its slug and its aliases.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let name = self.name();
        let full = format!("{}/{name}", self.repository.owner);
        let mut names = vec![name, full, self.slug.clone()];
        names.extend(self.aliases.iter().cloned());
        names
    }

    /// Whether the name of a repository stands for it: an active member in that repository, be it in a folder.
    #[must_use]
    pub fn is_in_repository(&self, name: &str) -> bool {
        self.retired.is_none() && self.repository.is_called(name)
    }

    /// Whether it has a name, ignoring case.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let is_its_name = |given: &str| match &self.path {
            None => given.eq_ignore_ascii_case(&self.repository.name),
            Some(_) => given.eq_ignore_ascii_case(&self.name()),
        };
        let owner = self.repository.owner.as_str();
        let is_full = |given: &str| {
            let split = given.split_at_checked(owner.len());
            let rest = split.filter(|(given, _)| given.eq_ignore_ascii_case(owner));
            rest.and_then(|(_, rest)| rest.strip_prefix('/')).is_some_and(is_its_name)
        };
        self.slug.eq_ignore_ascii_case(name)
            || is_its_name(name)
            || is_full(name)
            || self.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_lowercase_words_with_single_hyphens() {
        for slug in ["claude-code", "a", "gpt4", "4o-mini"] {
            assert!(is_slug(slug), "{slug}");
        }
        for other in ["", "-a", "a-", "a--b", "A", "a_b", "a.b", "ä"] {
            assert!(!is_slug(other), "{other}");
        }
    }

    #[test]
    fn repository_names_take_the_fleets_owner() {
        let parse = |text| RepositoryName::parse(text, "acme").map(|name| name.to_string());
        assert_eq!(parse("api").as_deref(), Some("acme/api"));
        assert_eq!(parse("other/api").as_deref(), Some("other/api"));
        for wrong in ["", "a/b/c", "../x", "a b", "a/", "/a", ".", "x/.."] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_member_in_a_folder_is_not_called_by_its_repository() {
        let member = Member {
            slug: "foo".into(),
            repository: RepositoryName::new("acme", "mono"),
            path: Some("templates/foo".into()),
            aliases: vec!["old-foo".into()],
            ..Member::default()
        };
        for name in ["foo", "FOO", "mono/templates/foo", "acme/mono/templates/foo", "old-foo"] {
            assert!(member.is_called(name), "{name}");
        }
        assert!(!member.is_called("mono"));
    }
}
