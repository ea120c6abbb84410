//! Compares the other places that keep the list of members with the manifest.
//!
//! [`compare`] returns the disagreements between the elements of a list and the members, [`judge`] the same as
//! findings, and [`repair()`] the edits that fix the file. The caller reads the file.

mod declarations;
mod findings;
mod listing;
mod mended;
mod repair;
mod yaml;

pub(super) use declarations::check_declarations;
pub use findings::{ListFinding, Whose, judge, judge_each, location, read};
pub use mended::{Aim, Mended, mend};
pub use repair::{Left, Repair, Scope, add, remove, repair};

use std::collections::{BTreeMap, BTreeSet};

use super::registration::{Registration, names};
use super::{Fleet, Member};
use crate::source::Span;

/// An element of a list in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The text, without quotes.
    pub value: String,
    /// The span, including quotes.
    pub span: Span,
    /// For a map's entry, its value and the value's span.
    pub mapped: Option<(String, Span)>,
    /// For an object, the other fields: name, value if it is a string, and span.
    pub fields: Vec<(String, Option<String>, Span)>,
}

/// A disagreement between a list and the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disagreement {
    /// A member is not in the list.
    Missing {
        /// The member, as [`Fleet::called`] says.
        member: String,
        /// The text that it should have in the list.
        wanted: String,
        /// For a map, the value that it should have.
        value: Option<String>,
        /// For a list of objects, the other declared fields.
        fields: BTreeMap<String, String>,
    },
    /// An element does not stand for a member.
    Unexpected {
        /// The index of the element.
        element: usize,
        /// The retired member that it stood for, if any.
        retired: Option<String>,
    },
    /// An element stands for a member but is misspelled.
    Misspelled {
        /// The index of the element.
        element: usize,
        /// The member that it stands for.
        member: String,
        /// The correct spelling.
        wanted: String,
        /// Whether the member was recognized by the value or fields instead of the name.
        by_value: bool,
    },
    /// A misspelled element stands for a member that is in the list already.
    Redundant {
        /// The index of the element.
        element: usize,
        /// The member that it stands for.
        member: String,
        /// The correct spelling.
        wanted: String,
    },
    /// An element is a duplicate of an earlier one.
    Duplicate {
        /// The index of the element.
        element: usize,
        /// The index of the first one.
        first: usize,
    },
    /// An element of a map has the wrong value.
    WrongValue {
        /// The index of the element.
        element: usize,
        /// The correct value.
        wanted: String,
    },
    /// A field of an object has the wrong value.
    WrongField {
        /// The index of the element.
        element: usize,
        /// The field.
        field: String,
        /// The correct value.
        wanted: String,
    },
}

/// Returns the disagreements between a list and the manifest: first about what is in the list, in its order, then about
/// what is missing.
#[must_use]
pub fn compare(fleet: &Fleet, registration: &Registration, found: &[Element]) -> Vec<Disagreement> {
    let listed = Listed::new(fleet, registration);
    let mut disagreements = Vec::new();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, element) in found.iter().enumerate() {
        first.entry(&element.value).or_insert(index);
    }
    // Members of several kinds may share a slug: whether one is in the list depends on how it is spelled there.
    let mut met: BTreeSet<String> = BTreeSet::new();
    for (element, it) in found.iter().enumerate() {
        let Element { value, mapped, fields, .. } = it;
        let earliest = first.get(value.as_str()).copied().unwrap_or(element);
        if earliest != element {
            disagreements.push(Disagreement::Duplicate { element, first: earliest });
            continue;
        }
        if registration.extras.contains(value) {
            continue;
        }
        let by_name = listed.meant(value);
        let Some((member, spelling)) = by_name.or_else(|| listed.meant_by_value(mapped, fields))
        else {
            disagreements.push(Disagreement::Unexpected { element, retired: None });
            continue;
        };
        if member.retired.is_some() {
            let retired = Some(fleet.called(member));
            disagreements.push(Disagreement::Unexpected { element, retired });
            continue;
        }
        if spelling == Spelling::Wrong {
            let wanted = listed.spelling(member);
            // A second name for an image or repository in the list is not a misspelling of the first.
            if by_name.is_none() && first.contains_key(wanted.as_str()) {
                disagreements.push(Disagreement::Unexpected { element, retired: None });
                continue;
            }
            // In addition to the right spelling, or another wrong one, it is redundant.
            if first.contains_key(wanted.as_str()) || met.contains(&wanted) {
                let member = fleet.called(member);
                disagreements.push(Disagreement::Redundant { element, member, wanted });
                continue;
            }
            disagreements.push(Disagreement::Misspelled {
                element,
                member: fleet.called(member),
                wanted,
                by_value: by_name.is_none(),
            });
        }
        if spelling != Spelling::Alias {
            met.insert(listed.spelling(member));
        }
        // Members that are spelled alike share the element: it is right if it is for one of them.
        let wrong = listed.wrong(member, element, it);
        let is_right = wrong.is_empty()
            || listed.alike(member).any(|other| listed.wrong(other, element, it).is_empty());
        if !is_right {
            disagreements.extend(wrong);
        }
    }
    for member in &listed.members {
        let wanted = listed.spelling(member);
        let excused = member.retired.is_some() || registration.excuses(member);
        if !excused && !met.contains(&wanted) {
            disagreements.push(Disagreement::Missing {
                member: fleet.called(member),
                wanted,
                value: listed.value(member),
                fields: listed.fields(member),
            });
        }
    }
    disagreements
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Right,
    Alias,
    Wrong,
}

/// The members that a registration lists, indexed by the texts that stand for them.
struct Listed<'a> {
    fleet: &'a Fleet,
    registration: &'a Registration,
    members: Vec<&'a Member>,
    right: BTreeMap<String, usize>,
    /// Members by the folded texts that may stand for them; `None` for a slug that several share.
    folded: BTreeMap<String, Option<usize>>,
    /// Members by their declared value and fields; `None` for those that several share.
    by_value: BTreeMap<Beside, Option<usize>>,
}

/// The value and the declared fields of an element.
type Beside = (Option<String>, BTreeMap<String, String>);

impl<'a> Listed<'a> {
    fn new(fleet: &'a Fleet, registration: &'a Registration) -> Self {
        let of_kind = |member: &&Member| registration.is_of(member);
        let members: Vec<&Member> = fleet.members.iter().filter(of_kind).collect();
        let (right, folded, by_value) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut listed = Self { fleet, registration, members, right, folded, by_value };
        let spellings: Vec<String> =
            listed.members.iter().map(|member| listed.spelling(member)).collect();
        // Later entries do not replace earlier ones: a spelling of one member may be an alias of another.
        for (index, spelling) in spellings.iter().enumerate() {
            listed.folded.entry(fold(spelling)).or_insert(Some(index));
        }
        let mut by_slug: BTreeMap<String, Option<usize>> = BTreeMap::new();
        for (index, (member, spelling)) in listed.members.iter().zip(&spellings).enumerate() {
            let known = by_slug.entry(fold(&member.slug)).or_insert(Some(index));
            if known.and_then(|known| spellings.get(known)) != Some(spelling) {
                *known = None;
            }
        }
        for (slug, index) in by_slug {
            listed.folded.entry(slug).or_insert(index);
        }
        for (index, member) in listed.members.iter().enumerate() {
            let templated =
                registration.spelling.render(member, listed.fleet.image(member).as_deref());
            let others = [templated, member.repository.name.clone()];
            for other in others.iter().chain(&member.aliases) {
                listed.folded.entry(fold(other)).or_insert(Some(index));
            }
        }
        for (index, (member, spelling)) in listed.members.iter().zip(spellings).enumerate() {
            // An element that may be of a retired member or of a living one is of the living one.
            match member.retired {
                None => _ = listed.right.insert(spelling, index),
                Some(_) => _ = listed.right.entry(spelling).or_insert(index),
            }
        }
        if registration.values.is_some() || !registration.fields.is_empty() {
            for (index, member) in listed.members.iter().enumerate() {
                let beside = (listed.value(member), listed.fields(member));
                let of_several = listed.by_value.contains_key(&beside);
                listed.by_value.insert(beside, (!of_several).then_some(index));
            }
        }
        listed
    }

    fn meant(&self, text: &str) -> Option<(&'a Member, Spelling)> {
        let member = |index: &usize| self.members.get(*index).copied();
        if let Some(member) = self.right.get(text).and_then(member) {
            return Some((member, Spelling::Right));
        }
        if let Some(slug) = self.registration.aliases.get(text) {
            let member = self.members.iter().find(|member| names(slug, member));
            return member.map(|member| (*member, Spelling::Alias));
        }
        let member = self.folded.get(&fold(text)).and_then(|index| member(index.as_ref()?));
        member.map(|member| (member, Spelling::Wrong))
    }

    fn meant_by_value(
        &self,
        mapped: &Option<(String, Span)>,
        fields: &[(String, Option<String>, Span)],
    ) -> Option<(&'a Member, Spelling)> {
        let declared = &self.registration.fields;
        let fields = fields.iter().filter(|(name, ..)| declared.contains_key(name));
        let value = mapped.as_ref().filter(|_| self.registration.values.is_some());
        let beside: Beside = (
            value.map(|(value, _)| value.clone()),
            fields.filter_map(|(name, value, _)| Some((name.clone(), value.clone()?))).collect(),
        );
        let member = self.members.get((*self.by_value.get(&beside)?)?)?;
        Some((member, Spelling::Wrong))
    }

    /// The living members that are spelled like this one.
    fn alike(&self, member: &Member) -> impl Iterator<Item = &'a Member> {
        let spelling = self.spelling(member);
        let members = self.members.iter().copied().filter(|member| member.retired.is_none());
        members.filter(move |member| self.spelling(member) == spelling)
    }

    /// The members that have a text as their slug, if it stands for none of them because several do.
    fn sharing(&self, text: &str) -> Vec<&'a Member> {
        let text = fold(text);
        if self.folded.get(&text) != Some(&None) {
            return Vec::new();
        }
        self.members.iter().copied().filter(|member| fold(&member.slug) == text).collect()
    }

    /// What is wrong with the value and the fields of a member's element.
    fn wrong(&self, member: &Member, element: usize, found: &Element) -> Vec<Disagreement> {
        let mut wrong = Vec::new();
        let value = found.mapped.as_ref().map(|(value, _)| value);
        if let Some(wanted) = self.value(member)
            && value != Some(&wanted)
        {
            wrong.push(Disagreement::WrongValue { element, wanted });
        }
        for (field, wanted) in self.fields(member) {
            let right = found
                .fields
                .iter()
                .any(|(name, value, _)| *name == field && value.as_ref() == Some(&wanted));
            if !right {
                wrong.push(Disagreement::WrongField { element, field, wanted });
            }
        }
        wrong
    }

    fn spelling(&self, member: &Member) -> String {
        match self.registration.exception(member) {
            Some(exception) => exception.to_owned(),
            None => {
                let image = self.fleet.image(member);
                self.registration.spelling.render(member, image.as_deref())
            }
        }
    }

    fn value(&self, member: &Member) -> Option<String> {
        let image = self.fleet.image(member);
        self.registration.values.as_ref().map(|values| values.render(member, image.as_deref()))
    }

    fn fields(&self, member: &Member) -> BTreeMap<String, String> {
        let image = self.fleet.image(member);
        let render = |(name, pattern): (&String, &super::Pattern)| {
            (name.clone(), pattern.render(member, image.as_deref()))
        };
        self.registration.fields.iter().map(render).collect()
    }
}

/// Normalizes a text, ignoring what people commonly confuse: case and the kind of hyphen.
fn fold(text: &str) -> String {
    text.trim().to_lowercase().replace(['_', '.', ' '], "-")
}

#[cfg(test)]
mod tests;
