//! The questions for a person, collected while paths are decided.

use std::collections::{BTreeMap, BTreeSet};

use crate::counted::{counted, counted_as};
use crate::snapshot::BlobId;
use crate::source::ignore_lines::Lines;

use super::census::PathCensus;
use super::conclude::covers;
use super::decide::Deciding;
use super::demands::Files;
use super::groups::{self, Groups, Shared};
use super::{called, kind, lines, variables};

/// Maximum number of repositories unlike all others to name.
const MAX_STRANGERS: usize = 5;

impl Deciding<'_> {
    /// Asks about a content that at least half have: too few to hold it, too many to ignore.
    pub(super) fn ask_of_unheld(&mut self, path: &PathCensus, of: usize) {
        let equal = path.groups.first().map_or(0, |group| group.members.len());
        if equal >= 2 && equal == path.present() && equal * 2 >= of {
            let name = path.path.as_str();
            let question = format!(
                "`{name}`: {equal} of {of} have it, with the same content: hold it (`policy: exact`), with `optional: \
                 true` where it is not needed, or leave it free"
            );
            self.of_unheld.push((name.to_owned(), question));
        }
    }

    /// Asks about a content that at least half have although others differ, which may be the drift to find.
    pub(super) fn of_some(&self, path: &PathCensus, of: usize) -> Option<String> {
        let equal = path.groups.first()?.members.len();
        if equal < 2 || equal * 2 < of || path.groups.len() < 2 {
            return None;
        }
        let others = path.groups.iter().skip(1).flat_map(|group| group.members.iter().copied());
        let others = listed(&called(self.members, &others.collect::<Vec<_>>()));
        Some(format!(
            "`{}`: the same in {equal} of {of}, and other in {others}: is that drift (hold it, `policy: exact`), or \
             specific to each?",
            path.path
        ))
    }

    /// Asks about repositories unlike all others, which may keep what the others share from being held. These questions
    /// come first, since the rest of the proposal depends on the choice of repositories.
    pub(super) fn ask_of_strangers(&mut self, groups: &Groups, census: &[PathCensus]) {
        let Groups { kinds, alone } = groups;
        let lost = groups.lost(census, self.members.len());
        let mut questions: Vec<String> = Vec::new();
        if alone.len() == self.members.len() {
            questions.push("no two of these repositories have a third of their shared paths in common: are they of \
                            the same kind?".to_owned());
        } else if lost > 0 || !kinds.is_empty() {
            let behind = match alone[..] {
                [_] if kinds.is_empty() => format!(
                    ", and without it {} would be held more strictly",
                    counted(lost, "path")
                ),
                _ => String::new(),
            };
            for stranger in alone.iter().take(MAX_STRANGERS) {
                let name = self.members.get(*stranger).map_or("", |member| member.name.as_str());
                let Shared { shared, paths } = groups::shared(census, *stranger);
                let own = counted(paths, "path");
                let has = match shared == paths {
                    true => format!("has only {own}"),
                    false => format!("shares {shared} of its {own} with the others"),
                };
                questions.push(format!("`{name}` {has}{behind}: leave it out?"));
            }
            if let Some(more) = alone.len().checked_sub(MAX_STRANGERS).filter(|more| *more > 0) {
                questions.push(format!(
                    "{} unlike all others as well",
                    counted_as(more, "repository is", "repositories are")
                ));
            }
        }
        questions.append(&mut self.questions);
        self.questions = questions;
    }

    /// Asks about folders that only one repository has each, if most have one, such as a package of the repository's own name:
    /// no glob of `extras` can name them all.
    pub(super) fn ask_of_own_folders(
        &mut self,
        open: &[&PathCensus],
        extras: &[String],
        census: &[PathCensus],
    ) {
        let is_open = |path: &&&PathCensus| {
            let name = path.path.as_str();
            // What configures tools has the same name everywhere.
            !name.starts_with('.') && !extras.iter().any(|glob| covers(glob, name))
        };
        let asked = open.iter().filter(is_open);
        let asked: BTreeSet<&str> =
            asked.filter_map(|path| Some(path.path.as_str().split_once('/')?.0)).collect();
        let holders = top_folders(census);
        let only = |top: &str| holders.get(top).filter(|it| it.len() == 1)?.first().copied();
        let own: Vec<(&str, usize)> =
            asked.into_iter().filter_map(|top| Some((top, only(top)?))).collect();
        let having: BTreeSet<usize> = own.iter().map(|(_, member)| *member).collect();
        if having.len() < 2 || having.len() * 2 <= self.members.len() {
            return;
        }
        let named: Vec<String> = own.iter().map(|(top, _)| format!("`{top}/`")).collect();
        self.questions.push(format!(
            "{}: {} of {} have a folder that no other has, and what is in it counts as extra: list such folders in `extras`, \
             or permit all of them with `\"*/**\"`, which permits what is below `.github/` as well",
            listed(&named),
            having.len(),
            self.members.len()
        ));
    }

    /// Asks about repositories that moved on from the current canon: restoring the canon would undo their work.
    pub(super) fn ask_of_ahead(&mut self, path: &str, ahead: &[(usize, String)], others: &[usize]) {
        let ahead = ahead.iter().filter(|(member, _)| others.contains(member));
        let named = |(member, day): &(usize, String)| {
            let member = self.members.get(*member)?;
            Some(format!("{} (on {day})", member.name))
        };
        let named: Vec<String> = ahead.filter_map(named).collect();
        if !named.is_empty() {
            let question = format!(
                "`{path}`: {} changed the canon further: make that the canon (`shape promote`), or revert it?",
                listed(&named)
            );
            self.questions.push(question);
        }
    }

    /// Asks about contents that several repositories share but that were never canon.
    pub(super) fn ask_of_shared(
        &mut self,
        path: &PathCensus,
        conforming: &[usize],
        known: &BTreeSet<BlobId>,
    ) {
        let shared = path.groups.iter().filter(|group| {
            group.members.len() >= 2
                && !known.contains(&group.id)
                && !group.members.iter().any(|member| conforming.contains(member))
                && !group.holds_credential(self.members)
        });
        let shared: Vec<String> =
            shared.map(|group| called(self.members, &group.members).join(", ")).collect();
        self.questions.extend(shared.into_iter().map(|names| {
            format!(
                "`{}`: {names} share another content, which counts as their edit: is it drift, the next canon (`shape \
                 promote`), or a separate profile?",
                path.path
            )
        }));
    }
}

/// The repositories that have each of the top folders, whatever is decided about what is in it. A link or a submodule of that
/// name is one, too.
fn top_folders(census: &[PathCensus]) -> BTreeMap<&str, BTreeSet<usize>> {
    let mut folders: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for path in census {
        let name = path.path.as_str();
        let (top, is_in_it) = match name.split_once('/') {
            Some((top, _)) => (top, true),
            None => (name, false),
        };
        let having = folders.entry(top).or_default();
        having.extend(&path.others);
        if is_in_it {
            having.extend(path.holders());
        }
    }
    folders
}

/// Asks about a file about its own repository that is the same in all, of which only the presence is held.
pub(super) fn of_own(path: &PathCensus, of: usize) -> Option<String> {
    let name = path.path.as_str();
    let equal = path.groups.first().map_or(0, |group| group.members.len());
    (equal >= 2 && equal == of && kind::can_be_started_from(name)).then(|| {
        format!(
            "`{name}`: the same in all, but only its presence is held: if one text is right for all, hold it (`policy: exact`)"
        )
    })
}

/// Asks about lines that more than half have, but too few to hold.
pub(super) fn of_lines(path: &PathCensus, files: &Files, of: usize) -> Option<String> {
    let name = path.path.as_str();
    let first = path.groups.first().map(|group| group.id);
    let texts = files.iter().filter_map(|(_, blob)| blob.documents.text().ok());
    let texts: Vec<Lines<'_>> = texts.map(|text| Lines::of(name, text.as_str())).collect();
    let (_, model) = files.iter().find(|(_, blob)| Some(blob.id) == first)?;
    let shared = lines::shared(model.documents.text().ok()?.as_str(), &texts, of);
    (shared > 0).then(|| {
        format!(
            "`{name}`: more than half of the repositories have {} of it alike, and too few to hold: manage them \
             (`policy: structured`), or leave them to each repository?",
            counted(shared, "line")
        )
    })
}

/// A place where names are spelled: what it is called, and its text.
pub(super) type Place = (String, String);

/// Asks about the spelling of slugs and names in all these places at once, where another would be the same in all
/// repositories: they tell apart only what has several words.
pub(super) fn of_spellings(places: &[Place], slugs: &[&str], names: &[&str]) -> Option<String> {
    const SPELLINGS: [&str; 2] = ["title_case", "pascal_case"];
    let spelled = |spelling: &str, slug: &&str| {
        variables::derived(&format!("{{{{ slug | {spelling} }}}}"), slug)
    };
    let [title, pascal] = SPELLINGS;
    let alike = |values: &[&str]| values.iter().all(|it| spelled(title, it) == spelled(pascal, it));
    let undecided: Vec<&str> = [("slug", slugs), ("repository", names)]
        .into_iter()
        .filter_map(|(variable, values)| alike(values).then_some(variable))
        .collect();
    let having = |spelling: &str| -> Vec<String> {
        let has = |text: &str| {
            undecided.iter().any(|variable| text.contains(&format!("{variable} | {spelling}")))
        };
        places.iter().filter(|(_, text)| has(text)).map(|(place, _)| place.clone()).collect()
    };
    let (titles, classes) = (having(title), having(pascal));
    let (is, other, in_them) = match (titles.is_empty(), classes.is_empty()) {
        (true, true) => return None,
        (false, true) => (title, pascal, titles),
        (true, false) => (pascal, title, classes),
        (false, false) => {
            return Some(format!(
                "`{title}` is used in {}, and `{pascal}` in {}, which are the same in all of these: which is right for a \
                 slug of several words?",
                listed(&titles),
                listed(&classes)
            ));
        }
    };
    Some(format!(
        "{}: `{is}` is used, and `{other}` would be the same in all of these: which is right for a slug of several words?",
        listed(&in_them)
    ))
}

/// Lists the first of the names, and how many more there are.
fn listed(names: &[String]) -> String {
    const NAMED: usize = 3;
    match names.len() {
        ..=NAMED => names.join(", "),
        count => format!(
            "{} and {} more",
            names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", "),
            count - NAMED
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spelling_is_asked_about_once_where_no_slug_tells_it_from_the_other() {
        let asked = |texts: &[&str], slugs: &[&str], names: &[&str]| {
            let places = texts.iter().zip(["a", "b"]);
            let places: Vec<Place> =
                places.map(|(text, place)| (place.to_owned(), (*text).to_owned())).collect();
            of_spellings(&places, slugs, names)
        };
        let (title, class) = ("# {{ slug | title_case }}", "class {{ slug | pascal_case }}");
        let single = ["alpha", "beta"];
        let both = asked(&[title, class], &single, &single).expect("asked");
        assert!(both.starts_with("`title_case` is used in a, and `pascal_case` in b, "), "{both}");
        let one = asked(&[title, title], &single, &single).expect("asked");
        assert!(one.starts_with("a, b: `title_case` is used, and `pascal_case` "), "{one}");
        let named = "# {{ repository | title_case }}";
        assert!(asked(&[named], &single, &single).is_some());
        assert!(asked(&[named], &single, &["t-alpha", "t-beta"]).is_none());
        assert!(asked(&[title], &["alpha", "claude-code"], &single).is_none());
        assert!(asked(&["# {{ slug }}"], &single, &single).is_none());
    }
}
