//! Checks a slug and a repository against the fleet: each collision is a problem of the answer that can end it. Pure.

use super::{Deriving, answer};
use crate::fleet::manifest::Select;
use crate::fleet::{Member, RepositoryName, kin};
use crate::scaffold::Subject;
use crate::scaffold::slug::{self, Problem, collision};

impl Deriving<'_> {
    /// Checks a slug for collisions as the member that it would become. Those of a repository that was named are problems of
    /// that answer: no other slug would help.
    pub(super) fn slug_collision(&self, slug: &str) -> Option<Problem> {
        let fleet = self.chosen.fleet.as_ref()?;
        let usual = self.would_be(slug, &self.chosen.repository_name(slug));
        let Some(named) = self.typed.get(&Subject::Repository) else {
            return collision(fleet, &usual?);
        };
        let new = self.would_be(slug, named)?;
        slug::namesake(fleet, &new).or_else(|| {
            let is_free = slug::repository(fleet, &new.repository).is_none();
            // Without the named repository, the slug would have it all the same.
            let is_of_slug = is_free && usual.is_some_and(|it| slug::used(fleet, &it).is_some());
            slug::used(fleet, &new).filter(|_| is_of_slug)
        })
    }

    /// The member that a slug and the name of a repository would become.
    fn would_be(&self, slug: &str, repository: &str) -> Option<Member> {
        Some(Member {
            slug: slug.to_owned(),
            repository: RepositoryName::parse(repository, self.chosen.forge_owner())?,
            kind: self.chosen.kind_name.clone(),
            ..Member::default()
        })
    }

    /// Whether the repository is the one around the new folder, and none that was named.
    pub(super) fn is_around(&self) -> bool {
        self.chosen.around.is_some() && !self.typed.contains_key(&Subject::Repository)
    }

    pub(super) fn repository_problem(&self, value: &str) -> Option<Problem> {
        match self.chosen.repository(value) {
            Some(name) => no_name(&name)
                .or_else(|| self.repository_collision(value, &name))
                .or_else(|| self.misses_glob(&name)),
            None => Some(Problem::new(
                format!("`{value}` cannot be a repository"),
                "write `name` or `owner/name`, of letters, digits, `-`, `_` and `.`, at most 100 each",
            )),
        }
    }

    /// Checks a repository for collisions: with those of the fleet and, if it was named, those that the slug by itself would
    /// not have.
    fn repository_collision(&self, value: &str, name: &RepositoryName) -> Option<Problem> {
        let fleet = self.chosen.fleet.as_ref()?;
        slug::repository(fleet, name).or_else(|| {
            self.typed.get(&Subject::Repository)?;
            let slug = answer(&self.answers, &Subject::Slug);
            let problem = slug::used(fleet, &self.would_be(slug, value)?)?;
            self.slug_collision(slug).is_none().then_some(problem)
        })
    }

    /// Rejects a derived name that the glob of its own kind does not match, unless fleet.yaml lists it already: it would not
    /// be found among the repositories of the kind. One that was named is intended.
    fn misses_glob(&self, name: &RepositoryName) -> Option<Problem> {
        let kind = &self.chosen.kind;
        let is_intended = self.typed.contains_key(&Subject::Repository);
        let Some(Select::Glob(glob)) = &kind.select else { return None };
        let is_found = kind.prefix.is_some() || kin::fits_glob(kind, &name.name);
        let is_known = is_intended || self.chosen.listed.is_some();
        (!is_found && !is_known).then(|| {
            Problem::new(
                format!(
                    "`{}` does not match `{glob}`, the glob of the kind `{}`",
                    name.name, self.chosen.kind_name
                ),
                "name its repository: `--repository NAME`",
            )
        })
    }
}

/// Rejects a name that forges take the end of for something else: the address of a clone, and of a wiki.
fn no_name(name: &RepositoryName) -> Option<Problem> {
    let lower = name.name.to_ascii_lowercase();
    let end = [".git", ".wiki"].into_iter().find(|end| lower.ends_with(end))?;
    let message =
        format!("`{}` cannot be a repository: forges do not take `{end}` at its end", name.name);
    Some(Problem::new(message, "name it otherwise"))
}
