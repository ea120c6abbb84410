//! Guesses the pattern of the members' image names from those in workflows and lists.

use std::collections::BTreeMap;

/// A member, and the images found for it.
pub(super) struct Subject<'a> {
    pub(super) slug: &'a str,
    pub(super) repository: &'a str,
    pub(super) owner: &'a str,
    pub(super) images: Vec<&'a str>,
}

/// A guess, and its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Images {
    pub(super) registry: String,
    pub(super) name: String,
    pub(super) why: String,
}

/// Returns the pattern that most members' images follow, if at least half of the members have such an image.
pub(super) fn guess(members: &[Subject<'_>]) -> Option<Images> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for member in members {
        let mut patterns: Vec<String> =
            member.images.iter().filter_map(|image| pattern(image, member)).collect();
        patterns.sort();
        patterns.dedup();
        for pattern in patterns {
            *counts.entry(pattern).or_default() += 1;
        }
    }
    let (name, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    let registry = name.split('/').next()?.to_owned();
    let why = format!("so they are called in {count} of {} members", members.len());
    (count * 2 >= members.len()).then_some(Images { registry, name, why })
}

/// Whether any member has an image that is called as the member is: others are those that it only uses.
pub(super) fn any_own(members: &[Subject<'_>]) -> bool {
    members.iter().any(|member| member.images.iter().any(|image| pattern(image, member).is_some()))
}

/// Replaces what is specific to the member in an image's name with placeholders; `None` if nothing is.
fn pattern(image: &str, member: &Subject<'_>) -> Option<String> {
    let (registry, path) = image.split_once('/')?;
    let parts: Vec<String> = path.split('/').map(|part| of_part(part, member)).collect();
    let own = ["{slug}", "{snake_case}", "{repository}"];
    let differs = parts.iter().any(|part| own.iter().any(|own| part.contains(own)));
    let owner = member.owner.to_lowercase();
    let path = parts.join("/").replace("{owner}", &owner);
    (differs && !registry.contains('{')).then(|| format!("{registry}/{path}"))
}

fn of_part(part: &str, member: &Subject<'_>) -> String {
    let snake = member.slug.replace('-', "_");
    let candidates = [
        (member.slug, "{slug}"),
        (snake.as_str(), "{snake_case}"),
        (member.repository, "{repository}"),
    ];
    if part.eq_ignore_ascii_case(member.repository) && part != member.slug {
        // A repository's name usually ends in the slug, and then the slug is the better placeholder.
        return match ends_in(part, member.slug) {
            Some(before) => format!("{before}{{slug}}"),
            None => "{repository}".to_owned(),
        };
    }
    for (text, placeholder) in candidates {
        if part == text {
            return placeholder.to_owned();
        }
        if let Some(before) = ends_in(part, text) {
            return format!("{before}{placeholder}");
        }
    }
    part.to_owned()
}

/// Returns what precedes a word that a part ends in.
fn ends_in<'p>(part: &'p str, word: &str) -> Option<&'p str> {
    let before = part.strip_suffix(word)?;
    (!word.is_empty() && before.ends_with(['-', '_', '.'])).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(members: &[(&str, &str, &[&str])]) -> String {
        let members: Vec<Subject<'_>> = members
            .iter()
            .map(|(slug, repository, images)| Subject {
                slug,
                repository,
                owner: "Acme",
                images: images.to_vec(),
            })
            .collect();
        guess(&members).map_or_else(|| "-".to_owned(), |it| format!("{} {}", it.registry, it.name))
    }

    #[test]
    fn what_is_the_members_own_becomes_a_placeholder() {
        let a = ("a-b", "tpl-a-b", &["ghcr.io/acme/tpl-a-b"][..]);
        let computed = ("c", "tpl-c", &["ghcr.io/{owner}/{repository}"][..]);
        assert_eq!(said(&[a]), "ghcr.io ghcr.io/acme/tpl-{slug}");
        assert_eq!(said(&[computed]), "ghcr.io ghcr.io/acme/{repository}");
        assert_eq!(said(&[("a-b", "x", &["r.io/a_b"])]), "r.io r.io/{snake_case}");
    }

    #[test]
    fn images_of_others_say_nothing() {
        assert_eq!(said(&[("a", "tpl-a", &["ghcr.io/acme/base"])]), "-");
        let subject = |images: &[&'static str]| Subject {
            slug: "a",
            repository: "tpl-a",
            owner: "Acme",
            images: images.to_vec(),
        };
        assert!(!any_own(&[subject(&["ghcr.io/acme/base"])]));
        assert!(any_own(&[subject(&["ghcr.io/acme/base", "r.io/o/tpl-a"])]));
        assert_eq!(
            said(&[("a", "tpl-a", &["r.io/o/tpl-a"]), ("b", "tpl-b", &[]), ("c", "tpl-c", &[])]),
            "-"
        );
        assert_eq!(said(&[]), "-");
    }
}
