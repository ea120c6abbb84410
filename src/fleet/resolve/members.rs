//! Resolves members from their entries in the manifest.

use std::collections::BTreeMap;

use super::{Problems, check_relative, repository};
use crate::fleet::kin;
use crate::fleet::manifest::{FullMember, Kind, Manifest, MemberEntry};
use crate::fleet::member::{Member, RepositoryName, is_forge_name, is_slug};
use crate::source::typed::nearest;

/// Returns the members of a manifest in its order. Reports and leaves out invalid ones.
pub(super) fn read(manifest: &Manifest, problems: &mut Problems) -> Vec<Member> {
    let mut members: Vec<(usize, Member)> = Vec::new();
    let mut unkinded = Vec::new();
    for (index, entry) in manifest.members.iter().enumerate() {
        let mut reader =
            MemberReader { manifest, index, problems: &mut *problems, unkinded: &mut unkinded };
        if let Some(member) = reader.read(entry) {
            members.push((index, member));
        }
    }
    tell_unkinded(&unkinded, manifest, problems);
    duplicates(&members, problems);
    members.into_iter().map(|(_, member)| member).collect()
}

struct MemberReader<'a> {
    manifest: &'a Manifest,
    index: usize,
    problems: &'a mut Problems,
    /// Members whose kind cannot be determined.
    unkinded: &'a mut Vec<Unkinded>,
}

/// A member whose kind cannot be determined.
struct Unkinded {
    index: usize,
    /// Its slug, if nothing else is given.
    slug: Option<String>,
}

/// Reports members without a kind in a single error: adding a second kind affects every member given by its slug.
fn tell_unkinded(unkinded: &[Unkinded], manifest: &Manifest, problems: &mut Problems) {
    let Some(first) = unkinded.first() else { return };
    let message = match unkinded.len() {
        1 => "the kind of this member is not known".to_owned(),
        count => format!("the kind of {count} members is not known; this is the first"),
    };
    let names = manifest.kinds.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let mut prefixed = manifest.kinds.values().filter(|kind| kind.prefix.is_some());
    let hint = match (first.slug.as_deref(), prefixed.next()) {
        (Some(slug), Some(kind)) => format!(
            "write the repository, such as `{}`, whose prefix implies the kind; or add `kind:` with one of {names}",
            kin::repository_name(kind, slug)
        ),
        _ => format!(
            "add `kind:` with one of {names}; a `prefix` or `select: {{ glob }}` of one kind would also do"
        ),
    };
    problems.add(&["members".into(), first.index.into(), "kind".into()], message, hint);
}

impl<'a> MemberReader<'a> {
    fn problem(&mut self, key: &str, message: String, hint: impl Into<String>) {
        let path = ["members".into(), self.index.into(), key.into()];
        self.problems.add(&path, message, hint);
    }

    fn read(&mut self, entry: &MemberEntry) -> Option<Member> {
        match entry {
            MemberEntry::Full(full) => self.full(full),
            MemberEntry::Word(word) => {
                let mut prefixes =
                    self.manifest.kinds.values().filter_map(|kind| kind.prefix.as_ref());
                let is_repository =
                    word.contains('/') || prefixes.any(|prefix| word.starts_with(prefix.as_str()));
                let word = Some(word.clone());
                self.full(&if is_repository {
                    FullMember { repository: word, ..FullMember::default() }
                } else {
                    FullMember { slug: word, ..FullMember::default() }
                })
            }
        }
    }

    fn full(&mut self, entry: &FullMember) -> Option<Member> {
        let before = self.problems.0.len();
        if let Some(path) = &entry.path
            && let Err(reason) = check_relative(path)
        {
            let message = format!("`{path}` {reason}");
            self.problem(
                "path",
                message,
                "give a folder of the repository; leave it out for the root",
            );
        }
        for alias in &entry.aliases {
            if alias.trim().is_empty() || entry.slug.as_ref() == Some(alias) {
                let message = format!("alias `{alias}` says nothing new");
                self.problem("aliases", message, "leave it out");
            }
        }
        let named = match &entry.repository {
            Some(name) => {
                let path = ["members".into(), self.index.into(), "repository".into()];
                Some(repository(self.manifest, name, &path, self.problems)?)
            }
            None => None,
        };
        let (kind_name, kind) = self.kind(entry, named.as_ref())?;
        let path = entry.path.as_deref().map(|path| path.trim_end_matches('/').to_owned());
        let slug = self.slug(entry, kind, named.as_ref(), path.as_deref())?;
        let repository = named.unwrap_or_else(|| {
            let name = kin::repository_name(kind, &slug);
            RepositoryName::new(&self.manifest.forge.owner, name)
        });
        if self.problems.0.len() > before {
            return None;
        }
        let mut variables = kind.variables.clone();
        variables.extend(entry.variables.clone());
        Some(Member {
            slug,
            repository,
            path,
            kind: kind_name.to_owned(),
            owner: entry.owner.clone().or_else(|| kind.owner.clone()),
            profile: entry.profile.clone().or_else(|| kind.profile.clone()),
            aliases: entry.aliases.clone(),
            variables,
            retired: entry.retired,
        })
    }

    /// Returns the kind that is given, or the only one, or the one that the name implies.
    fn kind(
        &mut self,
        entry: &FullMember,
        named: Option<&RepositoryName>,
    ) -> Option<(&'a str, &'a Kind)> {
        let kinds = &self.manifest.kinds;
        if let Some(name) = &entry.kind {
            let found = kinds.get_key_value(name).map(|(name, kind)| (name.as_str(), kind));
            if found.is_none() {
                let names = kinds.keys().map(String::as_str);
                let hint = match nearest(name, names.clone()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("kinds are {}", names.collect::<Vec<_>>().join(", ")),
                };
                self.problem("kind", format!("unknown kind `{name}`"), hint);
            }
            return found;
        }
        let mut all = kinds.iter().map(|(name, kind)| (name.as_str(), kind));
        if let (Some(only), None) = (all.next(), all.next()) {
            return Some(only);
        }
        let slug = entry.slug.as_deref().unwrap_or_default();
        let name = named.map_or(slug, |repository| repository.name.as_str());
        let found = kin::of_name(kinds, name);
        // A fleet without kinds is reported once.
        if found.is_none() && !kinds.is_empty() {
            let slug = entry.slug.clone().filter(|_| named.is_none());
            self.unkinded.push(Unkinded { index: self.index, slug });
        }
        found
    }

    fn slug(
        &mut self,
        entry: &FullMember,
        kind: &Kind,
        named: Option<&RepositoryName>,
        path: Option<&str>,
    ) -> Option<String> {
        if let Some(slug) = &entry.slug {
            if !is_slug(slug) {
                let mut hint = suggest_slug(slug);
                let repository = kin::repository_name(kind, slug);
                // What stands alone in the list may be the name of a repository, which no other slug would find. Of an
                // entry that says more, the proposed one would lose the rest.
                let alone = FullMember { slug: entry.slug.clone(), ..FullMember::default() };
                if *entry == alone
                    && is_forge_name(&repository)
                    && let Some(proposed) = proposed_slug(slug)
                {
                    hint.push_str(&format!(
                        "; of the repository `{repository}`, write `{{ repository: {repository}, slug: {proposed} }}`"
                    ));
                }
                self.problem("slug", format!("`{slug}` is not a slug"), hint);
                return None;
            }
            return Some(slug.clone());
        }
        let Some(repository) = named else {
            let message = "a member needs `repository` or `slug`".to_owned();
            self.problem("repository", message, "");
            return None;
        };
        let prefix = kind.prefix.as_deref().unwrap_or_default();
        let derived = match path {
            Some(path) => path.rsplit('/').next().unwrap_or(path),
            None => match repository.name.strip_prefix(prefix) {
                Some(rest) => rest,
                None if kin::fits_glob(kind, &repository.name) => repository.name.as_str(),
                None => {
                    let message = format!("`{}` does not begin with `{prefix}`", repository.name);
                    let hint = "give it a `slug`, or another `kind`";
                    self.problem("repository", message, hint);
                    return None;
                }
            },
        };
        if !is_slug(derived) {
            let message = format!("its name gives `{derived}`, which is not a slug");
            let key = if path.is_some() { "path" } else { "repository" };
            self.problem(key, message, format!("give it a `slug`; {}", suggest_slug(derived)));
            return None;
        }
        Some(derived.to_owned())
    }
}

/// The slug that is closest to a text; `None` if nothing of it can be in one.
fn proposed_slug(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    Some(words.collect::<Vec<_>>().join("-")).filter(|slug| !slug.is_empty())
}

fn suggest_slug(text: &str) -> String {
    match proposed_slug(text) {
        None => "slugs are lowercase letters and digits with single hyphens".to_owned(),
        Some(slug) => format!("`{slug}` would be one"),
    }
}

/// Reports duplicates: slugs and aliases are unique within a kind, repositories (with folder) within the fleet.
fn duplicates(members: &[(usize, Member)], problems: &mut Problems) {
    let mut homes: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
    let mut names: BTreeMap<(&str, String), (usize, bool)> = BTreeMap::new();
    for (index, member) in members {
        let mut tell = |key: &str, message: String, hint: &str| {
            problems.add(&["members".into(), (*index).into(), key.into()], message, hint);
        };
        let home = (member.repository.to_string().to_lowercase(), member.path.clone());
        if let Some(other) = homes.insert(home, *index) {
            let message = format!("`{}` is already member {}", member.name(), other + 1);
            tell("repository", message, "remove one of the two");
            continue;
        }
        let slug = std::iter::once((&member.slug, false));
        for (name, is_alias) in slug.chain(member.aliases.iter().map(|alias| (alias, true))) {
            let taken = names.insert((&member.kind, name.to_lowercase()), (*index, is_alias));
            if let Some((other, other_is_alias)) = taken {
                let what = if other_is_alias { "an alias" } else { "the slug" };
                let key = if is_alias { "aliases" } else { "slug" };
                let message = format!("`{name}` is already {what} of member {}", other + 1);
                tell(key, message, "a name belongs to one member of a kind");
            }
        }
    }
}
