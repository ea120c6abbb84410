//! Repairs a registered list: everything that can be fixed, as one set of edits.
//!
//! Changes to a list depend on each other (commas, columns, order), so they are applied one after the other, parsing
//! the list each time. The result is the difference to the original text.

use std::collections::BTreeMap;
use std::fmt;

use super::listing::{self, Change};
use super::{Disagreement, Element, compare};
use crate::change::line_edits;
use crate::fleet::registration::{Form, Registration};
use crate::fleet::{Fleet, Member};
use crate::source::{Span, Text, TextEdit};

/// How much a repair may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Add members, and correct spellings and values. Removes nothing that some program may look up today, except for
    /// misspellings of members.
    Additions,
    /// Also remove retired members and redundant spellings, and rename elements recognized only by their value.
    Removals,
}

/// A repaired list.
#[derive(Clone, Debug)]
pub struct Repair {
    /// The repaired text.
    pub text: Text,
    /// The edits to the original text; empty if nothing can be fixed.
    pub edits: Vec<TextEdit>,
    /// What was not fixed, as of the repaired text.
    pub left: Vec<Left>,
}

/// A disagreement that a person has to resolve.
#[derive(Clone, Debug)]
pub struct Left {
    /// The disagreement.
    pub disagreement: Disagreement,
    /// The missing member, or the text in the list.
    pub element: String,
    /// Why it was not fixed.
    pub why: String,
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is left unchanged: {}", self.element, self.why)
    }
}

/// Repairs the list of a registration as far as possible. Idempotent.
///
/// # Errors
/// Why the list cannot be read, or cannot be edited because parts of it are not literal.
pub fn repair(
    fleet: &Fleet,
    registration: &Registration,
    text: &Text,
    scope: Scope,
) -> Result<Repair, String> {
    mend(fleet, registration, text, scope, &|_| true)
}

/// Adds one member to the list of a registration, without fixing anything else. One that is there is not added, even if parts
/// of the list are not literal, so that a person can add it where this cannot.
///
/// # Errors
/// The same as for [`repair`].
pub fn add(
    fleet: &Fleet,
    registration: &Registration,
    text: &Text,
    member: &Member,
) -> Result<Repair, String> {
    let called = fleet.called(member);
    let is_its =
        |it: &Disagreement| matches!(it, Disagreement::Missing { member, .. } if *member == called);
    let elements = listing::find(text, registration)?.elements;
    if !compare(fleet, registration, &elements).iter().any(is_its) {
        return Ok(Repair { text: text.clone(), edits: Vec::new(), left: Vec::new() });
    }
    mend(fleet, registration, text, Scope::Additions, &is_its)
}

/// Removes one retired member from the list of a registration, without fixing anything else.
///
/// # Errors
/// The same as for [`repair`].
pub fn remove(
    fleet: &Fleet,
    registration: &Registration,
    text: &Text,
    member: &Member,
) -> Result<Repair, String> {
    let called = fleet.called(member);
    let is_its = |it: &Disagreement| match it {
        Disagreement::Unexpected { retired, .. } => retired.as_ref() == Some(&called),
        _ => false,
    };
    mend(fleet, registration, text, Scope::Removals, &is_its)
}

fn mend(
    fleet: &Fleet,
    registration: &Registration,
    text: &Text,
    scope: Scope,
    is_wanted: &dyn Fn(&Disagreement) -> bool,
) -> Result<Repair, String> {
    let listing = listing::find(text, registration)?;
    if let Some((_, reason)) = listing.open.first() {
        return Err(format!("the list {reason}"));
    }
    let aligned = listing::is_aligned(text, registration);
    let mut repaired = text.clone();
    let mut reasons: BTreeMap<String, String> = BTreeMap::new();
    // Each round fixes one disagreement or sets it aside; fixing one may reveal another.
    let rounds = 2 * compare(fleet, registration, &listing.elements).len() + 1;
    for _ in 0..rounds {
        let elements = listing::find(&repaired, registration)?.elements;
        let disagreements = compare(fleet, registration, &elements);
        let open =
            |it: &Disagreement| is_wanted(it) && !reasons.contains_key(&identity(it, &elements));
        let Some(next) = disagreements.into_iter().find(open) else { break };
        let outcome = change(&next, registration, &elements, scope).and_then(|change| {
            let edits = listing::edit(&repaired, registration, &change)?;
            let edited = repaired.edited(&edits).map_err(|_| "the edits overlap".to_owned())?;
            let closed = listing::find(&edited, registration)?.open.is_empty();
            if closed { Ok(edited) } else { Err("the edited list would not be literal".to_owned()) }
        });
        match outcome {
            Ok(edited) => repaired = edited,
            Err(reason) => {
                reasons.insert(identity(&next, &elements), reason);
            }
        }
    }
    if aligned {
        let edits = listing::alignment(&repaired, registration);
        repaired = repaired.edited(&edits).unwrap_or(repaired);
    }
    let edits = line_edits(text, &repaired);
    let elements = listing::find(&repaired, registration)?.elements;
    let left = compare(fleet, registration, &elements).into_iter().filter_map(|it| {
        let why = reasons.get(&identity(&it, &elements))?.clone();
        let element = named(&it, &elements).to_owned();
        Some(Left { disagreement: it, element, why })
    });
    Ok(Repair { text: repaired, edits, left: left.collect() })
}

/// The missing member, or the text in the list.
fn named<'d>(disagreement: &'d Disagreement, elements: &'d [Element]) -> &'d str {
    let element = match disagreement {
        Disagreement::Missing { member, .. } => return member,
        Disagreement::Unexpected { element, .. }
        | Disagreement::Misspelled { element, .. }
        | Disagreement::Redundant { element, .. }
        | Disagreement::Duplicate { element, .. }
        | Disagreement::WrongValue { element, .. }
        | Disagreement::WrongField { element, .. } => element,
    };
    elements.get(*element).map_or("", |it| it.value.as_str())
}

/// Returns a key for a disagreement that remains the same when other elements are added or removed.
pub(super) fn identity(disagreement: &Disagreement, elements: &[Element]) -> String {
    let value = |element: &usize| elements.get(*element).map_or("", |it| it.value.as_str());
    match disagreement {
        Disagreement::Missing { member, wanted, .. } => format!("missing {member} {wanted}"),
        Disagreement::Unexpected { element, .. } => format!("unexpected {}", value(element)),
        Disagreement::Misspelled { element, wanted, .. } => {
            format!("misspelled {} {wanted}", value(element))
        }
        Disagreement::Redundant { element, .. } => format!("redundant {}", value(element)),
        Disagreement::Duplicate { element, .. } => format!("duplicate {}", value(element)),
        Disagreement::WrongValue { element, wanted } => {
            format!("value {} {wanted}", value(element))
        }
        Disagreement::WrongField { element, field, wanted } => {
            format!("field {} {field} {wanted}", value(element))
        }
    }
}

fn change(
    disagreement: &Disagreement,
    registration: &Registration,
    elements: &[Element],
    scope: Scope,
) -> Result<Change, String> {
    Ok(match disagreement.clone() {
        Disagreement::Missing { wanted, value, fields, .. } => {
            Change::Insert { text: wanted, value, fields }
        }
        Disagreement::Misspelled { by_value: true, .. } if scope < Scope::Removals => {
            return Err("a program may still look it up".to_owned());
        }
        Disagreement::Misspelled { element, wanted, .. } => Change::Rename { element, to: wanted },
        Disagreement::WrongValue { element, wanted } => Change::SetValue { element, to: wanted },
        Disagreement::WrongField { element, field, wanted } => {
            Change::SetField { element, field, to: wanted }
        }
        Disagreement::Duplicate { element, first } => {
            let alike = match (elements.get(element), elements.get(first)) {
                (Some(one), Some(other)) => alike(registration, one, other),
                _ => false,
            };
            if !alike {
                return Err("the two say different things".to_owned());
            }
            Change::Remove { element }
        }
        Disagreement::Unexpected { element, retired: Some(_) }
        | Disagreement::Redundant { element, .. } => {
            if scope < Scope::Removals {
                return Err("a program may still look it up".to_owned());
            }
            Change::Remove { element }
        }
        Disagreement::Unexpected { retired: None, .. } => {
            return Err("only a person knows what it is for".to_owned());
        }
    })
}

/// Whether two elements of the same name are equivalent. In most languages the last one of duplicates wins, so the
/// second may only be removed if it equals the first.
fn alike(registration: &Registration, one: &Element, other: &Element) -> bool {
    let value = |element: &Element| element.mapped.as_ref().map(|(value, _)| value.clone());
    let fields = |element: &Element| {
        let pair = |(name, value, _): &(String, Option<String>, Span)| {
            value.as_ref().map(|value| (name.clone(), value.clone()))
        };
        element.fields.iter().map(pair).collect::<Option<Vec<_>>>()
    };
    match registration.form {
        Form::Map => value(one).is_some() && value(one) == value(other),
        _ if registration.field.is_some() => fields(one).is_some() && fields(one) == fields(other),
        _ => true,
    }
}
