//! Groups names into kinds by common prefixes, or else by common suffixes; repositories whose names have nothing in common
//! by their files.

use std::collections::{BTreeMap, BTreeSet};

use crate::shape::infer;
use crate::snapshot::RepoPath;

/// Names with a common prefix or suffix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Group<'n> {
    /// The prefix with its separator; empty if there is none.
    pub(super) prefix: String,
    /// The suffix with its separator; empty if the names have a common prefix, or neither.
    pub(super) suffix: String,
    pub(super) names: Vec<&'n str>,
    pub(super) by: GroupedBy,
}

/// Why names are one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum GroupedBy {
    /// What the names have in common, or that they have nothing in common.
    #[default]
    Names,
    /// The prefix that the shape inside shipshape takes from such names.
    Shape,
    /// The files of the repositories, since the names have nothing in common.
    Files,
    /// They name folders in larger repositories.
    Folders,
}

/// Characters that separate the words of a name.
pub(super) const SEPARATORS: [char; 3] = ['-', '_', '.'];

/// Groups names by the longest of these prefixes that matches; also returns names that match none.
pub(super) fn by_prefixes<'n>(
    names: &[&'n str],
    prefixes: &[String],
) -> (Vec<Group<'n>>, Vec<&'n str>) {
    let mut groups: BTreeMap<&str, Vec<&'n str>> = BTreeMap::new();
    let mut others = Vec::new();
    for name in names {
        let fits =
            |prefix: &&String| name.len() > prefix.len() && name.starts_with(prefix.as_str());
        match prefixes.iter().filter(fits).max_by_key(|prefix| prefix.len()) {
            Some(prefix) => groups.entry(prefix).or_default().push(name),
            None => others.push(*name),
        }
    }
    let group = |(prefix, names): (&str, Vec<&'n str>)| Group {
        prefix: prefix.to_owned(),
        names,
        ..Group::default()
    };
    (groups.into_iter().map(group).collect(), others)
}

/// Groups names by prefixes that the shape inside shipshape knows, the others by what they have in common; also returns
/// names without a group. If no two have anything in common, all are one group without a prefix.
pub(super) fn guessed<'n>(
    names: &[&'n str],
    of_shape: &[String],
) -> (Vec<Group<'n>>, Vec<&'n str>) {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    let (mut groups, names) = by_prefixes(&names, of_shape);
    groups.iter_mut().for_each(|group| group.by = GroupedBy::Shape);
    let mut alone = Vec::new();
    for (word, names) in by_word(&names, "") {
        // `a-x` and `a.y` have a word in common, but no prefix that ends in a separator.
        let is_kind = word.is_some() && names.len() >= 2 && !common_prefix(&names).is_empty();
        if is_kind {
            split(names, &mut groups);
        } else {
            alone.extend(names);
        }
    }
    by_ending(&mut alone, &mut groups);
    if groups.is_empty() {
        let group = Group { names: std::mem::take(&mut alone), ..Group::default() };
        groups.extend((!group.names.is_empty()).then_some(group));
    }
    (groups, alone)
}

/// Splits the groups of names without anything in common by the files of the repositories, where these are of several
/// kinds. Also returns a repository whose files are unlike all others', since no shape can be inferred from it.
pub(super) fn by_files<'n>(
    groups: Vec<Group<'n>>,
    files: &BTreeMap<&'n str, &BTreeSet<RepoPath>>,
) -> (Vec<Group<'n>>, Vec<&'n str>) {
    let (mut split, mut alone) = (Vec::new(), Vec::new());
    for group in groups {
        let is_named = !(group.prefix.is_empty() && group.suffix.is_empty());
        let known: Option<Vec<_>> =
            group.names.iter().map(|name| files.get(name).copied()).collect();
        let kinds = known.filter(|_| !is_named).map(|known| infer::kinds_by_paths(&known));
        let Some(kinds) = kinds.filter(|kinds| !kinds.is_empty()) else {
            split.push(group);
            continue;
        };
        let names = |kind: &Vec<usize>| {
            let names = kind.iter().filter_map(|index| group.names.get(*index).copied());
            names.collect::<Vec<&str>>()
        };
        let alike: Vec<Vec<&str>> = kinds.iter().map(names).collect();
        let is_rest = |name: &&&str| !alike.iter().flatten().any(|known| known == *name);
        let rest: Vec<&str> = group.names.iter().filter(is_rest).copied().collect();
        split.extend(alike.into_iter().map(|names| Group {
            names,
            by: GroupedBy::Files,
            ..Group::default()
        }));
        match rest.len() {
            0 | 1 => alone.extend(rest),
            _ => split.push(Group { names: rest, ..Group::default() }),
        }
    }
    (split, alone)
}

/// Adds names with a common prefix as one group. Or as several, if each has at least two names and the largest three:
/// so `claude-code` and `claude-desk` among five others are not a kind.
fn split<'n>(names: Vec<&'n str>, groups: &mut Vec<Group<'n>>) {
    let prefix = common_prefix(&names);
    let parts = by_word(&names, &prefix);
    let sizes = || parts.values().map(Vec::len);
    let apart = parts.iter().all(|(word, names)| {
        word.is_some() && names.len() >= 2 && common_prefix(names).len() > prefix.len()
    });
    if apart && parts.len() >= 2 && sizes().max() >= Some(3) && parts.len() <= MOST_PARTS {
        parts.into_iter().for_each(|(_, names)| split(names, groups));
    } else {
        groups.push(Group { prefix, names, ..Group::default() });
    }
}

/// Groups names without a common prefix by their last word: `docs-web` and `shop-web`.
fn by_ending<'n>(alone: &mut Vec<&'n str>, groups: &mut Vec<Group<'n>>) {
    let mut endings: BTreeMap<&str, Vec<&'n str>> = BTreeMap::new();
    for name in alone.iter() {
        let at = name.rfind(SEPARATORS).filter(|at| *at > 0 && at + 1 < name.len());
        if let Some(ending) = at.and_then(|at| name.get(at..)) {
            endings.entry(ending).or_default().push(name);
        }
    }
    endings.retain(|_, names| names.len() >= 2);
    alone.retain(|name| !endings.values().flatten().any(|other| other == name));
    groups.extend(endings.into_iter().map(|(suffix, names)| Group {
        suffix: suffix.to_owned(),
        names,
        ..Group::default()
    }));
}

/// Maximum number of parts to split into; more are slugs with a common word rather than kinds.
const MOST_PARTS: usize = 4;

/// Returns the longest common prefix that ends in a separator and does not equal any name.
fn common_prefix(names: &[&str]) -> String {
    let Some(first) = names.first() else { return String::new() };
    let ends = first.match_indices(SEPARATORS).map(|(at, found)| at + found.len());
    let mut prefixes = ends.filter_map(|end| first.get(..end));
    let shared = |prefix: &&str| {
        names.iter().all(|name| name.len() > prefix.len() && name.starts_with(prefix))
    };
    prefixes.rfind(shared).unwrap_or_default().to_owned()
}

/// Groups names by the word that follows a prefix; `None` for those that end with it.
fn by_word<'n>(names: &[&'n str], prefix: &str) -> BTreeMap<Option<&'n str>, Vec<&'n str>> {
    let mut parts: BTreeMap<Option<&str>, Vec<&'n str>> = BTreeMap::new();
    for name in names {
        let rest = name.get(prefix.len()..).unwrap_or_default();
        let word = rest.split_once(SEPARATORS);
        let word = word.filter(|(word, rest)| !word.is_empty() && !rest.is_empty());
        parts.entry(word.map(|(word, _)| word)).or_default().push(name);
    }
    parts
}

/// Names each kind after the last word of its prefix or suffix, or as many words as make the names distinct.
pub(super) fn kind_names(groups: &[Group<'_>]) -> Vec<String> {
    let last_words = |group: &Group<'_>, count: usize| {
        let trimmed = if group.prefix.is_empty() { &group.suffix } else { &group.prefix };
        let words: Vec<&str> = trimmed.split(SEPARATORS).filter(|word| !word.is_empty()).collect();
        let from = words.len().saturating_sub(count);
        let name = words.get(from..).unwrap_or_default().join("-").to_lowercase();
        if name.is_empty() { "repository".to_owned() } else { name }
    };
    let mut count = 1;
    loop {
        let names: Vec<String> = groups.iter().map(|group| last_words(group, count)).collect();
        let mut distinct = names.clone();
        distinct.sort();
        distinct.dedup();
        // Whole prefixes may differ in their separators only, and kinds by their files have none; then a number is
        // added.
        if distinct.len() == names.len() {
            return names;
        }
        if count > 8 {
            return numbered(&names);
        }
        count += 1;
    }
}

/// The names, with a number where several kinds have the same one.
fn numbered(names: &[String]) -> Vec<String> {
    let number = |(index, name): (usize, &String)| {
        let is_it = |other: &&String| *other == name;
        if names.iter().filter(is_it).count() == 1 {
            return name.clone();
        }
        let before = names.iter().take(index).filter(is_it).count();
        format!("{name}-{}", before + 1)
    };
    names.iter().enumerate().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(names: &[&str]) -> String {
        said_of(names, &[])
    }

    fn said_of(names: &[&str], of_shape: &[String]) -> String {
        let (groups, alone) = guessed(names, of_shape);
        let kinds = kind_names(&groups);
        let groups = groups.iter().zip(kinds);
        let mut said: Vec<String> = groups
            .map(|(it, kind)| format!("{kind} {}{} {}", it.prefix, it.suffix, it.names.len()))
            .collect();
        said.extend((!alone.is_empty()).then(|| format!("alone {}", alone.join(","))));
        said.join("; ")
    }

    #[test]
    fn kinds_are_told_by_the_longest_common_beginning() {
        assert_eq!(
            said(&["ws-template-a", "ws-template-b-c", "infra"]),
            "template ws-template- 2; alone infra"
        );
        assert_eq!(
            said(&["tpl-a", "tpl-b", "plugin-x", "plugin-y"]),
            "plugin plugin- 2; tpl tpl- 2"
        );
        assert_eq!(
            said(&["acme-tpl-a", "acme-tpl-b", "acme-tpl-c", "acme-plugin-x", "acme-plugin-y"]),
            "plugin acme-plugin- 2; tpl acme-tpl- 3"
        );
    }

    #[test]
    fn what_has_no_beginning_in_common_may_have_an_ending() {
        assert_eq!(
            said(&["svc-a", "svc-b", "admin-web", "shop-web", "handbook"]),
            "svc svc- 2; web -web 2; alone handbook"
        );
        assert_eq!(said(&["admin-web", "shop-web", "x-api"]), "web -web 2; alone x-api");
    }

    #[test]
    fn slugs_with_a_common_word_are_no_kind() {
        assert_eq!(said(&["tpl-claude-code", "tpl-claude-desk", "tpl-hermes"]), "tpl tpl- 3");
        assert_eq!(said(&["tpl-a-x", "tpl-a-y", "tpl-b-x", "tpl-b-y"]), "tpl tpl- 4");
    }

    #[test]
    fn names_without_anything_in_common_are_one_kind() {
        assert_eq!(said(&["api", "web"]), "repository  2");
        assert_eq!(said(&["api"]), "repository  1");
        assert_eq!(said(&[]), "");
        // Nothing would be left of the second name.
        assert_eq!(said(&["tpl-a", "tpl-"]), "repository  2");
    }

    #[test]
    fn a_prefix_that_the_shape_knows_is_one_for_a_single_name_and_is_not_lengthened() {
        let of_shape = ["a-tpl-".to_owned(), "b-tpl-".to_owned()];
        let said = |names: &[&str]| said_of(names, &of_shape);
        assert_eq!(said(&["a-tpl-x"]), "tpl a-tpl- 1");
        assert_eq!(said(&["a-tpl-x-1", "a-tpl-x-2"]), "tpl a-tpl- 2");
        assert_eq!(said(&["a-tpl-x", "b-tpl-x"]), "a-tpl a-tpl- 1; b-tpl b-tpl- 1");
        assert_eq!(said(&["a-tpl-x", "web-a", "web-b", "c"]), "tpl a-tpl- 1; web web- 2; alone c");
    }

    #[test]
    fn words_that_end_otherwise_are_no_common_beginning() {
        assert_eq!(said(&["t-b", "t-a", "A-A", "A._"]), "t t- 2; alone A-A,A._");
        assert_eq!(said(&["t-a-x", "t-a_y", "t-b-x", "t-b-y", "t-b-z"]), "t t- 5");
    }

    #[test]
    fn kinds_of_one_last_word_take_two() {
        assert_eq!(
            said(&["a-tpl-x", "a-tpl-y", "b-tpl-x", "b-tpl-y"]),
            "a-tpl a-tpl- 2; b-tpl b-tpl- 2"
        );
    }

    #[test]
    fn given_prefixes_win_and_the_longest_first() {
        let prefixes = ["a-".to_owned(), "a-b-".to_owned()];
        let (groups, others) = by_prefixes(&["a-x", "a-b-y", "c", "a-"], &prefixes);
        let said: Vec<_> = groups.iter().map(|it| (it.prefix.as_str(), it.names.clone())).collect();
        assert_eq!(said, [("a-", vec!["a-x"]), ("a-b-", vec!["a-b-y"])]);
        assert_eq!(others, ["c", "a-"]);
    }
}
