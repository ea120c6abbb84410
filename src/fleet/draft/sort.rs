//! Sorts repositories: members of a kind, its starter, or left out with a reason.

use std::collections::{BTreeMap, BTreeSet};

use crate::fleet::member::{is_forge_name, is_slug};
use crate::shape::embedded;
use crate::snapshot::RepoPath;

use super::kinds::{Group, GroupedBy, SEPARATORS, by_files, by_prefixes, guessed, kind_names};
use super::{Observed, Seen, UNKNOWN_OWNER, Wishes};

/// Slugs that starters typically have.
const STARTERS: [&str; 5] = ["starter", "skeleton", "template", "blank", "base"];

/// The sorted repositories.
#[derive(Debug)]
pub(super) struct Sorted<'a> {
    pub(super) owner: String,
    /// The reason for the owner if guessed; `None` if the user specified it.
    pub(super) owner_from: Option<String>,
    pub(super) host: Option<String>,
    /// Whether the host serves its pages on plain HTTP.
    pub(super) is_plain: bool,
    pub(super) kinds: Vec<SortedKind<'a>>,
    pub(super) left_out: Vec<(String, String)>,
}

/// A kind and its repositories.
#[derive(Debug)]
pub(super) struct SortedKind<'a> {
    pub(super) name: String,
    pub(super) prefix: String,
    pub(super) suffix: String,
    pub(super) by: GroupedBy,
    pub(super) starter: Option<&'a Seen>,
    pub(super) members: Vec<SortedMember<'a>>,
}

/// A member and its slug.
#[derive(Debug)]
pub(super) struct SortedMember<'a> {
    pub(super) seen: &'a Seen,
    pub(super) slug: String,
    /// Whether the slug can be derived from the name.
    pub(super) follows: bool,
}

impl<'a> Sorted<'a> {
    pub(super) fn members(&self) -> impl Iterator<Item = &SortedMember<'a>> {
        self.kinds.iter().flat_map(|kind| &kind.members)
    }
}

/// Why a shape pack is left out, in a folder as in a repository of its own. Who keeps that in shape, too, adds it.
const IS_PACK: &str = "it is a shape pack; add it by hand if it is a member too";

pub(super) fn sort<'a>(observed: &'a Observed, wishes: &Wishes) -> Sorted<'a> {
    let (owner, owner_from) = owner(observed, wishes);
    let hosts = observed.repositories.iter().filter_map(|seen| seen.host.as_deref());
    let host = most_frequent(hosts).map(|(host, _)| host.to_owned());
    let is_plain = observed.repositories.iter().any(|seen| seen.is_plain && seen.host == host);
    let mut left_out: Vec<(String, String)> = Vec::new();
    let mut known: BTreeSet<(String, String)> = BTreeSet::new();
    let mut candidates: Vec<&Seen> = Vec::new();
    for seen in &observed.repositories {
        let of = seen.owner.as_deref().unwrap_or(&owner);
        if !is_forge_name(&seen.name) || !is_forge_name(of) {
            left_out.push((seen.name.clone(), "no forge permits this name".to_owned()));
        } else if seen.is_pack() {
            left_out.push((seen.name.clone(), IS_PACK.to_owned()));
        } else if let Some(why) = &seen.aside {
            left_out.push((seen.name.clone(), why.clone()));
        } else if !known.insert((of.to_lowercase(), place_of(seen).to_lowercase())) {
            left_out.push((seen.name.clone(), "it was named before".to_owned()));
        } else {
            candidates.push(seen);
        }
    }
    // Names of folders say nothing about those of repositories.
    let (folders, candidates): (Vec<&Seen>, Vec<&Seen>) =
        candidates.into_iter().partition(|seen| seen.within.is_some());
    let (templates, candidates) = templates(candidates, wishes);
    let (mut groups, others) = grouped(&candidates, wishes);
    let (named, others): (Vec<&str>, Vec<&str>) = others.into_iter().partition(|name| {
        wishes.prefixes.is_empty()
            && candidates.iter().any(|seen| seen.name == **name && seen.folder.is_some())
    });
    let others = [others, apart(&mut groups, named)].concat();
    let why = match wishes.prefixes.as_slice() {
        [] => "its name has nothing in common with the others'".to_owned(),
        [prefix] => format!("its name does not begin with `{prefix}`"),
        prefixes => format!("its name begins with none of `{}`", prefixes.join("`, `")),
    };
    left_out.extend(others.iter().map(|name| ((*name).to_owned(), why.clone())));
    if wishes.prefixes.is_empty() {
        let unlike;
        (groups, unlike) = by_files(groups, &files(&candidates));
        let why = "its files have too little in common with the others'";
        left_out.extend(unlike.iter().map(|name| ((*name).to_owned(), why.to_owned())));
    }
    if !folders.is_empty() {
        let names = folders.iter().map(|seen| seen.name.as_str()).collect();
        groups.push(Group { names, by: GroupedBy::Folders, ..Group::default() });
    }
    let kinds = kind_names(&groups).into_iter().zip(&groups).map(|(name, group)| {
        let seen = if group.by == GroupedBy::Folders { &folders } else { &candidates };
        let seen = seen.iter().copied();
        let seen: Vec<&Seen> = seen.filter(|seen| group.names.contains(&&*seen.name)).collect();
        kind(name, group, &seen, &mut left_out)
    });
    let mut kinds: Vec<SortedKind<'a>> = kinds.collect();
    for template in templates {
        let free = |kind: &&mut SortedKind<'_>| {
            kind.starter.is_none() && is_named_after(template, &kind.name)
        };
        match kinds.iter_mut().find(free) {
            Some(kind) => kind.starter = Some(template),
            None => {
                let why = "it is a template, and the kind that it is named after has a starter";
                left_out.push((template.name.clone(), why.to_owned()));
            }
        }
    }
    Sorted { owner, owner_from, host, is_plain, kinds, left_out }
}

/// What tells a repository, or a folder of one, from others of its owner.
fn place_of(seen: &Seen) -> String {
    match &seen.within {
        Some(within) => format!("{}/{}", within.repository, within.path),
        None => seen.name.clone(),
    }
}

/// Returns the prefixes that the embedded shape takes from the names of repositories of its kind: what is left is the
/// slug that their files have to name.
pub(super) fn prefixes_of_shape(repositories: &[&Seen]) -> Vec<String> {
    let of_its_kind = repositories.iter().filter(|seen| {
        seen.within.is_none() && seen.contents.as_ref().is_some_and(|it| !it.is_stranger)
    });
    let mut prefixes: Vec<String> =
        of_its_kind.filter_map(|seen| embedded::prefix_of(&seen.name)).map(str::to_owned).collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    prefixes
}

/// Groups the names into kinds; also returns those without one.
fn grouped<'a>(candidates: &[&'a Seen], wishes: &Wishes) -> (Vec<Group<'a>>, Vec<&'a str>) {
    let names: Vec<&str> = candidates.iter().map(|seen| seen.name.as_str()).collect();
    if wishes.prefixes.is_empty() {
        guessed(&names, &prefixes_of_shape(candidates))
    } else {
        by_prefixes(&names, &wishes.prefixes)
    }
}

/// The files of the repositories that were read, by name.
fn files<'a>(candidates: &[&'a Seen]) -> BTreeMap<&'a str, &'a BTreeSet<RepoPath>> {
    let read = candidates.iter().filter_map(|seen| Some((*seen, seen.contents.as_ref()?)));
    read.map(|(seen, contents)| (seen.name.as_str(), &contents.paths)).collect()
}

/// Separates templates named after a kind of the other repositories, such as `template-api` next to `api-users` and
/// `api-orders`: they are starters of these kinds rather than members.
fn templates<'a>(candidates: Vec<&'a Seen>, wishes: &Wishes) -> (Vec<&'a Seen>, Vec<&'a Seen>) {
    let (templates, others): (Vec<&Seen>, Vec<&Seen>) =
        candidates.into_iter().partition(|seen| seen.is_template);
    let (groups, _) = grouped(&others, wishes);
    let kinds: Vec<String> = kind_names(&groups)
        .into_iter()
        .zip(&groups)
        .filter(|(_, group)| !(group.prefix.is_empty() && group.suffix.is_empty()))
        .map(|(name, _)| name)
        .collect();
    let (of_kinds, more): (Vec<&Seen>, Vec<&Seen>) =
        templates.into_iter().partition(|seen| kinds.iter().any(|kind| is_named_after(seen, kind)));
    (of_kinds, [others, more].concat())
}

/// Whether a name ends with that of a kind, as a separate word.
fn is_named_after(seen: &Seen, kind: &str) -> bool {
    let name = seen.name.to_lowercase();
    name.strip_suffix(kind).is_some_and(|rest| rest.ends_with(SEPARATORS))
}

/// Adds the names of folders that the user passed but that are in no group as a group of their own, since all of them
/// are to be members. If they are the majority, names do not indicate kinds here, so groups of fewer than three join
/// them. A single one next to a group is returned instead, since no shape can be inferred from it.
fn apart<'n>(groups: &mut Vec<Group<'n>>, named: Vec<&'n str>) -> Vec<&'n str> {
    let grouped: usize = groups.iter().map(|group| group.names.len()).sum();
    if named.is_empty() || (named.len() == 1 && grouped > 1) {
        return named;
    }
    let mut names = named;
    if names.len() >= grouped {
        // Three with a common prefix are no coincidence.
        let small =
            groups.extract_if(.., |group| group.by != GroupedBy::Shape && group.names.len() < 3);
        names.extend(small.flat_map(|group| group.names));
        names.sort_unstable();
    }
    groups.push(Group { names, ..Group::default() });
    Vec::new()
}

fn owner(observed: &Observed, wishes: &Wishes) -> (String, Option<String>) {
    if let Some(owner) = &wishes.owner {
        return (owner.clone(), None);
    }
    let owners = observed.repositories.iter().filter_map(|seen| seen.owner.as_deref());
    match most_frequent(owners.filter(|owner| is_forge_name(owner))) {
        Some((owner, count)) => {
            let of = observed.repositories.len();
            (owner.to_owned(), Some(format!("{count} of {of} repositories are theirs")))
        }
        None => {
            let why = "the owner of the repositories is not known: put the organisation here";
            (UNKNOWN_OWNER.to_owned(), Some(why.to_owned()))
        }
    }
}

fn kind<'a>(
    name: String,
    group: &Group<'_>,
    repositories: &[&'a Seen],
    left_out: &mut Vec<(String, String)>,
) -> SortedKind<'a> {
    let (prefix, suffix) = (group.prefix.as_str(), group.suffix.as_str());
    let rest = |seen: &Seen| {
        let rest = seen.name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix));
        rest.unwrap_or(&seen.name).to_owned()
    };
    let has_pack = |seen: &&&Seen| seen.contents.as_ref().is_some_and(|it| it.has_pack);
    let is_starter = |seen: &&&Seen| STARTERS.contains(&rest(seen).to_lowercase().as_str());
    let starter = repositories.iter().find(has_pack).or_else(|| {
        // A kind's only repository is a member, whatever its name.
        repositories
            .iter()
            .find(is_starter)
            .filter(|_| repositories.len() > 1 && !(prefix.is_empty() && suffix.is_empty()))
    });
    // A starter is a repository.
    let starter = starter.copied().filter(|starter| starter.within.is_none());
    let mut members: Vec<SortedMember<'a>> = Vec::new();
    for seen in repositories {
        if starter.is_some_and(|starter| std::ptr::eq(starter, *seen)) {
            continue;
        }
        let derived = rest(seen);
        let given = seen.slug.clone().filter(|slug| is_slug(slug) && !is_slug(&derived));
        // The name of a folder is chosen freely, other than what the files have to name.
        let in_files = seen.contents.as_ref().and_then(|contents| contents.slug.clone());
        let given = given.or(in_files.filter(|slug| seen.within.is_some() && is_slug(slug)));
        let slug = given.unwrap_or_else(|| slug_of(&derived));
        let taken = members.iter().find(|member| member.slug == slug);
        if slug.is_empty() {
            left_out.push((seen.name.clone(), "no slug can be made from its name".to_owned()));
        } else if let Some(taken) = taken {
            let why = format!("its slug would be that of `{}`", taken.seen.name);
            left_out.push((seen.name.clone(), why));
        } else {
            // fleet.yaml derives a slug from a name's prefix only.
            let follows = slug == derived && suffix.is_empty();
            members.push(SortedMember { seen, follows, slug });
        }
    }
    members.sort_by(|one, other| one.seen.name.cmp(&other.seen.name));
    let (prefix, suffix) = (prefix.to_owned(), suffix.to_owned());
    SortedKind { name, prefix, suffix, by: group.by, starter, members }
}

/// Returns the nearest slug to a text; empty if it has neither letters nor digits.
fn slug_of(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

fn most_frequent<'t>(texts: impl Iterator<Item = &'t str>) -> Option<(&'t str, usize)> {
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count)
}
