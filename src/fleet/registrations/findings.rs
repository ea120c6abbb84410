//! Findings about the other lists of members, and their fixes.

use std::collections::BTreeMap;

use super::repair::{Left, Repair, Scope, identity, repair};
use super::{Disagreement, Element, Listed, compare, listing};
use crate::change::FileEdit;
use crate::checks::{
    Finding, Fix, Location, fleet::registration_duplicate, fleet::registration_missing,
    fleet::registration_spelling, fleet::registration_unexpected, fleet::registration_unreadable,
    fleet::registration_value,
};
use crate::fleet::Fleet;
use crate::fleet::registration::Registration;
use crate::snapshot::{
    BlobId, EntryKind, LinkTarget, RepoPath, Snapshot, is_lfs_pointer, link_target,
};
use crate::source::{Span, Text};

/// Maximum number of symbolic links to follow.
const MAX_LINKS: usize = 8;

/// Maximum number of non-literal parts of a list to point at in one finding.
const MAX_POINTERS: usize = 8;

/// Returns the path of findings about a registration, and of their fixes' edits: relative to fleet.yaml's folder, or
/// `repository:path` if a repository holds the list.
#[must_use]
pub fn location(registration: &Registration) -> RepoPath {
    match &registration.repository {
        Some(repository) => RepoPath::new(&format!("{repository}:{}", registration.path)),
        None => RepoPath::new(&registration.path),
    }
}

/// Reads the file of a registration from the tree that contains it.
///
/// # Errors
/// Why it cannot be read, as a predicate: "is not there".
pub fn read(snapshot: &Snapshot, path: &str) -> Result<Text, String> {
    let mut path = RepoPath::new(path);
    for _ in 0..MAX_LINKS {
        let entry = snapshot.entry(path.as_str()).ok_or("is not there")?;
        if entry.kind == EntryKind::Submodule {
            return Err("is a submodule".to_owned());
        }
        let bytes = snapshot.read(entry.id).map_err(|error| error.to_string())?;
        if entry.kind == EntryKind::Link {
            match link_target(&path, &String::from_utf8_lossy(&bytes)) {
                LinkTarget::Inside(target) => path = target,
                LinkTarget::Outside | LinkTarget::Absolute => {
                    return Err("is a symbolic link that leaves the repository".to_owned());
                }
            }
            continue;
        }
        if is_lfs_pointer(&bytes) {
            return Err("is a Git LFS pointer, whose content is not here".to_owned());
        }
        return Text::decode(&bytes).map_err(|error| error.to_string());
    }
    Err("is a symbolic link to a file that does not exist".to_owned())
}

/// A finding about a list of members, and the entry it concerns.
#[derive(Clone, Debug)]
pub struct ListFinding {
    /// What is wrong.
    pub finding: Finding,
    /// The entry that it concerns.
    pub whose: Whose,
}

/// The entry of a list that something concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// That of the member that is called so.
    Member(String),
    /// One that does not stand for a member.
    Nobody,
    /// All of them, because the list itself cannot be read.
    All,
}

/// Returns just the findings of [`judge_each`].
#[must_use]
pub fn judge(fleet: &Fleet, get: &dyn Fn(&Registration) -> Result<Text, String>) -> Vec<Finding> {
    judge_each(fleet, get).into_iter().map(|listing| listing.finding).collect()
}

/// Returns findings about the disagreements between the registrations and the members, in the manifest's order.
///
/// `get` reads a registration's file, or returns a predicate that says why it cannot. Each fixable finding carries the
/// fix for the whole list: composing the edits of several findings applies equal ones once.
#[must_use]
pub fn judge_each(
    fleet: &Fleet,
    get: &dyn Fn(&Registration) -> Result<Text, String>,
) -> Vec<ListFinding> {
    let mut findings = Vec::new();
    for registration in &fleet.manifest.registrations {
        match get(registration) {
            Ok(text) => judge_text(fleet, registration, &text, &mut findings),
            Err(reason) => {
                let message = format!("`{}`: the file {reason}", registration.name);
                let finding = Finding::new(&registration_unreadable::RULE, message)
                    .in_file(location(registration))
                    .help("correct `repository` and `path` in fleet.yaml, clone the repository here, or give a token \
                           that may read it");
                findings.push(ListFinding { finding: finding.unchecked(), whose: Whose::All });
            }
        }
    }
    findings
}

fn judge_text(
    fleet: &Fleet,
    registration: &Registration,
    text: &Text,
    findings: &mut Vec<ListFinding>,
) {
    let of_all = |finding: Finding| ListFinding { finding: finding.unchecked(), whose: Whose::All };
    let listing = match listing::find(text, registration) {
        Ok(listing) => listing,
        Err(reason) => {
            let finding = Finding::new(
                &registration_unreadable::RULE,
                format!("`{}`: {reason}", registration.name),
            );
            let help = "correct `symbol`, `language` and `form` in fleet.yaml";
            findings.push(of_all(finding.in_file(location(registration)).help(help)));
            return;
        }
    };
    let judged = Judged { fleet, registration, text, elements: &listing.elements };
    if let Some(((span, reason), others)) = listing.open.split_first() {
        let message = format!("`{}`: the list {reason}", registration.name);
        let mut finding = judged
            .finding(&registration_unreadable::RULE, message, *span)
            .help("write the list as literals, or register the list that it is made from");
        for (span, reason) in others.iter().take(MAX_POINTERS) {
            finding = finding.related(judged.place(*span), format!("it {reason}"));
        }
        findings.push(of_all(finding));
    }
    let closed = listing.open.is_empty();
    let disagreements = compare(fleet, registration, &listing.elements);
    let fixes = if closed && !disagreements.is_empty() { judged.fixes() } else { Fixes::default() };
    // If no part of the list is literal, nothing else is known about it.
    let unknown = !closed && listing.elements.is_empty();
    let listed = Listed::new(fleet, registration);
    for disagreement in disagreements {
        if unknown {
            break;
        }
        let mut finding = judged.describe(&disagreement, listing.name);
        if let Disagreement::Unexpected { element, retired: None } = &disagreement {
            finding = judged.which_one(&listed, finding, *element);
        }
        if !closed && matches!(disagreement, Disagreement::Missing { .. }) {
            finding.message.push_str(" as far as it is literal");
            finding = finding.unchecked();
        }
        let identity = identity(&disagreement, judged.elements);
        // The text of the list changes with every member, but a waiver is for this disagreement only.
        let evidence = format!("{}\0{identity}", registration.name);
        finding = finding.evidence(BlobId::of(evidence.as_bytes()));
        if let Some(fix) = fixes.of(&identity) {
            finding = finding.fix(fix);
        } else if let Some(reason) = fixes.reasons.get(&identity) {
            let help =
                finding.help.take().map(|help| format!("{help}; it is not done for you: {reason}"));
            finding.help = help;
        }
        let whose = whose(&listed, &disagreement, judged.elements);
        findings.push(ListFinding { finding, whose });
    }
}

/// Returns the entry that a disagreement concerns.
fn whose(listed: &Listed<'_>, disagreement: &Disagreement, elements: &[Element]) -> Whose {
    let of_element = |element: &usize| {
        let Element { value, mapped, fields, .. } = elements.get(*element)?;
        let meant = listed.meant(value).or_else(|| listed.meant_by_value(mapped, fields));
        meant.map(|(member, _)| listed.fleet.called(member))
    };
    let member = match disagreement {
        Disagreement::Missing { member, .. }
        | Disagreement::Misspelled { member, .. }
        | Disagreement::Redundant { member, .. } => Some(member.clone()),
        Disagreement::Unexpected { retired, .. } => retired.clone(),
        Disagreement::Duplicate { element, .. }
        | Disagreement::WrongValue { element, .. }
        | Disagreement::WrongField { element, .. } => of_element(element),
    };
    member.map_or(Whose::Nobody, Whose::Member)
}

struct Judged<'a> {
    fleet: &'a Fleet,
    registration: &'a Registration,
    text: &'a Text,
    elements: &'a [Element],
}

/// The fixes of a list; each with the disagreements that it leaves and why, by identity.
#[derive(Default)]
struct Fixes {
    safe: Option<(Fix, BTreeMap<String, String>)>,
    risky: Option<(Fix, BTreeMap<String, String>)>,
    reasons: BTreeMap<String, String>,
}

impl Fixes {
    /// Returns the least risky fix that resolves a disagreement.
    fn of(&self, identity: &str) -> Option<Fix> {
        let mends = |repair: &&(Fix, BTreeMap<String, String>)| !repair.1.contains_key(identity);
        let safe = self.safe.as_ref().filter(mends);
        safe.or(self.risky.as_ref().filter(mends)).map(|(fix, _)| fix.clone())
    }
}

impl Judged<'_> {
    fn place(&self, span: Span) -> Location {
        Location::span(location(self.registration), self.text, span)
    }

    fn finding(&self, rule: &'static crate::checks::Rule, message: String, span: Span) -> Finding {
        Finding::new(rule, message).at(location(self.registration), self.text, span)
    }

    fn fixes(&self) -> Fixes {
        let attempt = |scope| repair(self.fleet, self.registration, self.text, scope).ok();
        let left = |repair: &Repair| -> BTreeMap<String, String> {
            let elements = listing::find(&repair.text, self.registration)
                .map(|listing| listing.elements)
                .unwrap_or_default();
            let named = |it: &Left| (identity(&it.disagreement, &elements), it.why.clone());
            repair.left.iter().map(named).collect()
        };
        let edits = |repair: &Repair| {
            vec![FileEdit::text(location(self.registration), repair.edits.clone())]
        };
        let name = &self.registration.name;
        let mut fixes = Fixes::default();
        if let Some(repair) = attempt(Scope::Additions) {
            fixes.reasons = left(&repair);
            let title = format!("make `{name}` agree with fleet.yaml");
            fixes.safe = (!repair.edits.is_empty())
                .then(|| (Fix::safe(title, edits(&repair)), left(&repair)));
        }
        if let Some(repair) = attempt(Scope::Removals) {
            let title =
                format!("make `{name}` agree with fleet.yaml, and remove what is not a member");
            fixes.risky = (!repair.edits.is_empty())
                .then(|| (Fix::risky(title, edits(&repair)), left(&repair)));
        }
        fixes
    }

    fn element(&self, index: usize) -> (&str, Span) {
        self.elements.get(index).map_or(("", Span::default()), |it| (&it.value, it.span))
    }

    fn describe(&self, disagreement: &Disagreement, name: Span) -> Finding {
        let list = &self.registration.name;
        match disagreement {
            Disagreement::Missing { member, wanted, .. } => {
                let message = if member == wanted {
                    format!("`{list}` lacks `{wanted}`")
                } else {
                    format!("`{list}` lacks `{wanted}`, the member `{member}`")
                };
                self.finding(&registration_missing::RULE, message, name)
                    .help(format!("add it, or list `{member}` under the registration's `without`"))
            }
            Disagreement::Unexpected { element, retired } => {
                let (value, span) = self.element(*element);
                let (message, help) = match retired {
                    Some(slug) => (
                        format!("`{list}` has `{value}`, and the member `{slug}` is retired"),
                        "remove it, or list it under the registration's `extras`",
                    ),
                    None => (
                        format!("`{list}` has `{value}`, which is not a member"),
                        "remove it, make it a member in fleet.yaml, or list it under the registration's \
                        `extras`; if it is a member's former name, add that to the member's `aliases`",
                    ),
                };
                self.finding(&registration_unexpected::RULE, message, span).help(help)
            }
            Disagreement::Misspelled { element, member, wanted, .. } => {
                let (value, span) = self.element(*element);
                let message =
                    format!("`{list}` writes `{value}` for the member `{member}`, not `{wanted}`");
                self.finding(&registration_spelling::RULE, message, span).help(format!(
                    "write `{wanted}`, or declare the other under the registration's `exceptions`"
                ))
            }
            Disagreement::Redundant { element, member, wanted } => {
                let (value, span) = self.element(*element);
                let message =
                    format!("`{list}` has the member `{member}` as `{value}` beside `{wanted}`");
                self.finding(&registration_spelling::RULE, message, span).help(format!(
                    "remove `{value}`, or list it under the registration's `aliases`"
                ))
            }
            Disagreement::Duplicate { element, first } => {
                let (value, span) = self.element(*element);
                self.finding(
                    &registration_duplicate::RULE,
                    format!("`{list}` has `{value}` twice"),
                    span,
                )
                .help("remove one of the two")
                .related(self.place(self.element(*first).1), "the first one is here")
            }
            Disagreement::WrongValue { element, wanted } => {
                let (value, span) = self.element(*element);
                let known = self.elements.get(*element).and_then(|it| it.mapped.as_ref());
                let span = known.map_or(span, |(_, span)| *span);
                let message = format!("`{list}` does not give `{value}` the value `{wanted}`");
                let finding = self
                    .finding(&registration_value::RULE, message, span)
                    .help("write it, or change the registration's `values`");
                // A constant or a call may have the right value.
                if known.is_none() { finding.unchecked() } else { finding }
            }
            Disagreement::WrongField { element, field, wanted } => {
                self.field(*element, field, wanted)
            }
        }
    }

    /// Says so if an element is not a member because several members have that slug.
    fn which_one(&self, listed: &Listed<'_>, mut finding: Finding, element: usize) -> Finding {
        let value = self.element(element).0;
        let sharing: Vec<String> = listed
            .sharing(value)
            .iter()
            .map(|member| format!("`{}`", listed.spelling(member)))
            .collect();
        if sharing.is_empty() {
            return finding;
        }
        let list = &self.registration.name;
        finding.message = format!(
            "`{list}` has `{value}`, which is the slug of several members: {}",
            sharing.join(", ")
        );
        finding.help("write the one that is meant, or remove it")
    }

    fn field(&self, element: usize, field: &str, wanted: &str) -> Finding {
        let list = &self.registration.name;
        let (value, span) = self.element(element);
        let fields = self.elements.get(element).map(|it| it.fields.as_slice()).unwrap_or_default();
        let found = fields.iter().find(|(name, ..)| name == field);
        let place = found.map_or(span, |(.., span)| *span);
        let message = format!("`{list}` does not give `{value}` the `{field}` `{wanted}`");
        let finding = self
            .finding(&registration_value::RULE, message, place)
            .help("write it, or change the registration's `fields`");
        // A constant or a call may have the right value.
        if found.is_some_and(|(_, value, _)| value.is_none()) {
            finding.unchecked()
        } else {
            finding
        }
    }
}

#[cfg(test)]
mod tests;
