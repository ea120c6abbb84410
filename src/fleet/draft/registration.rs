//! Writes a list kept by others as a registration of fleet.yaml.

use std::collections::BTreeMap;

use crate::fleet::{Member, Pattern, RepositoryName};
use crate::source::yaml::quote_scalar as quoted;

use super::List;
use super::sort::{Sorted, SortedKind, SortedMember};

/// Ways in which lists spell members, the likeliest first.
const SPELLINGS: [&str; 6] = [
    "{slug}",
    "{snake_case}",
    "{repository}",
    "{owner}/{repository}",
    "{slug}-default",
    "{snake_case}_default",
];

/// Writes the registration of a list; `None` if it has no members.
pub(super) fn write(list: &List, sorted: &Sorted<'_>) -> Option<String> {
    let kind = kind_of(list, sorted)?;
    let members: Vec<&SortedMember<'_>> = match kind {
        Some(kind) => kind.members.iter().collect(),
        None => sorted.members().collect(),
    };
    let listed: Vec<(&str, &SortedMember<'_>)> = list
        .entries
        .iter()
        .filter_map(|(written, repository)| {
            let member = members.iter().find(|it| it.seen.name.eq_ignore_ascii_case(repository))?;
            Some((written.as_str(), *member))
        })
        .collect();
    let spelled = |pattern: &str, member: &SortedMember<'_>| {
        let owner = member.seen.owner.as_deref().unwrap_or(&sorted.owner);
        let member = Member {
            slug: member.slug.clone(),
            repository: RepositoryName::new(owner, &member.seen.name),
            ..Member::default()
        };
        Pattern::new(pattern).render(&member, None)
    };
    let count = |pattern: &str| {
        listed.iter().filter(|(written, member)| spelled(pattern, member) == *written).count()
    };
    // The first of equals, which is the likeliest.
    let spelling = *SPELLINGS.iter().rev().max_by_key(|pattern| count(pattern))?;
    let mut exceptions: BTreeMap<&str, &str> = BTreeMap::new();
    for (written, member) in &listed {
        if spelled(spelling, member) != *written {
            exceptions.entry(&member.slug).or_insert(written);
        }
    }
    let is_member = |written: &str| listed.iter().any(|(known, _)| *known == written);
    let extras = list.entries.iter().map(|(written, _)| written.as_str());
    let extras: Vec<&str> = extras.filter(|written| !is_member(written)).collect();
    let missing =
        members.iter().filter(|it| !listed.iter().any(|(_, known)| known.slug == it.slug));
    Some(text(list, kind, spelling, &exceptions, &extras, missing.count()))
}

/// Returns the kind of all members in a list: `Some(None)` if they are of several kinds, `None` if there are no
/// members.
fn kind_of<'s, 'a>(list: &List, sorted: &'s Sorted<'a>) -> Option<Option<&'s SortedKind<'a>>> {
    let holds = |kind: &&SortedKind<'_>| {
        kind.members.iter().any(|member| {
            list.entries.iter().any(|(_, name)| member.seen.name.eq_ignore_ascii_case(name))
        })
    };
    let mut kinds = sorted.kinds.iter().filter(holds);
    let first = kinds.next()?;
    Some(if kinds.next().is_none() { Some(first) } else { None })
}

fn text(
    list: &List,
    kind: Option<&SortedKind<'_>>,
    spelling: &str,
    exceptions: &BTreeMap<&str, &str>,
    extras: &[&str],
    missing: usize,
) -> String {
    let name = match &list.symbol {
        Some(symbol) => format!("{symbol} of {}", list.file),
        None => list.file.clone(),
    };
    let mut text = format!("  - name: {}\n", quoted(&name));
    let mut key = |key: &str, value: &str| text.push_str(&format!("    {key}: {value}\n"));
    if let Some(repository) = &list.repository {
        key("repository", &quoted(repository));
    }
    key("path", &quoted(&list.file));
    key("language", "json");
    if let Some(symbol) = &list.symbol {
        key("symbol", &quoted(symbol));
    }
    key("form", if list.is_map { "map" } else { "array" });
    if let Some(field) = &list.field {
        key("field", &quoted(field));
        let repository = list.repository_field.as_ref();
        // The field that names the member is compared by `spelling`.
        if let Some((other, form)) = repository.filter(|(other, _)| other != field) {
            key("fields", &format!("{{ {}: {} }}", quoted(other), quoted(form)));
        }
    }
    if let Some(values) = &list.values {
        key("values", &quoted(values));
    }
    if let Some(kind) = kind {
        key("of", &quoted(&kind.name));
    }
    if spelling != "{slug}" {
        key("spelling", &quoted(spelling));
    }
    if !exceptions.is_empty() {
        let pairs = exceptions.iter();
        let pairs: Vec<String> =
            pairs.map(|(slug, written)| format!("{}: {}", quoted(slug), quoted(written))).collect();
        key("exceptions", &format!("{{ {} }}", pairs.join(", ")));
    }
    if !extras.is_empty() {
        let words: Vec<_> = extras.iter().map(|word| quoted(word)).collect();
        key("extras", &format!("[{}]", words.join(", ")));
    }
    if missing > 0 {
        let are = if missing == 1 { "is" } else { "are" };
        text.push_str(&format!(
            "    # {missing} of the members {are} not in it: `shipshape fleet registrations` lists them\n"
        ));
    }
    text
}
