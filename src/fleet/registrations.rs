//! The other places that keep the list of members, judged against the one list.
//!
//! In: a registration's declaration, the members, and the elements that were found in its file. Out:
//! where the two disagree, each with what would mend it ([`compare`]); with the file's text, the same
//! as findings ([`judge`]) and a repair of the file ([`repair`]). Finding the file is for others.

mod findings;
mod listing;
mod repair;
mod yaml;

pub use findings::{judge, location, read};
pub use repair::{Repair, Scope, repair};

use std::collections::{BTreeMap, BTreeSet};

use super::manifest::Manifest;
use super::registration::{Form, Language, Registration};
use super::resolve::{Problems, check_relative};
use super::{Fleet, Member, RepositoryName};
use crate::source::Span;
use crate::source::typed::Step;

/// One element of a list as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The text, without quotes.
    pub value: String,
    /// Where it stands, quotes included.
    pub span: Span,
    /// Of a map's entry the value and where it stands.
    pub mapped: Option<(String, Span)>,
    /// Of an object the other fields: the name, the value when it is a string, and where it stands.
    pub fields: Vec<(String, Option<String>, Span)>,
}

/// A way in which a list and the manifest disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disagreement {
    /// A member is not in the list.
    Missing {
        /// Whose.
        slug: String,
        /// What should stand there.
        wanted: String,
        /// Of a map the value that it should have.
        value: Option<String>,
        /// Of a list of objects the other fields that are declared.
        fields: BTreeMap<String, String>,
    },
    /// An element stands for no member.
    Unexpected {
        /// Which, counted from 0.
        element: usize,
        /// The slug of the retired member that it stood for.
        retired: Option<String>,
    },
    /// An element means a member and is not written as it should be.
    Misspelled {
        /// Which, counted from 0.
        element: usize,
        /// The member it means.
        slug: String,
        /// How it should be written.
        wanted: String,
    },
    /// An element means a member that stands there rightly written as well.
    Redundant {
        /// Which, counted from 0.
        element: usize,
        /// The member it means.
        slug: String,
        /// How the other is written.
        wanted: String,
    },
    /// An element stands there before.
    Duplicate {
        /// Which, counted from 0.
        element: usize,
        /// The first that says the same.
        first: usize,
    },
    /// An element of a map has not the value that it should have.
    WrongValue {
        /// Which, counted from 0.
        element: usize,
        /// What it should be.
        wanted: String,
    },
    /// An object has not the value that it should have in a field.
    WrongField {
        /// Which, counted from 0.
        element: usize,
        /// The field.
        field: String,
        /// What it should be.
        wanted: String,
    },
}

/// Where a list and the manifest disagree: first what is in the list, in its order, then what is not.
#[must_use]
pub fn compare(fleet: &Fleet, registration: &Registration, found: &[Element]) -> Vec<Disagreement> {
    let listed = Listed::new(fleet, registration);
    let mut disagreements = Vec::new();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, element) in found.iter().enumerate() {
        first.entry(&element.value).or_insert(index);
    }
    let mut met: BTreeSet<&str> = BTreeSet::new();
    for (element, Element { value, mapped, fields, .. }) in found.iter().enumerate() {
        let earliest = first.get(value.as_str()).copied().unwrap_or(element);
        if earliest != element {
            disagreements.push(Disagreement::Duplicate { element, first: earliest });
            continue;
        }
        if registration.extras.contains(value) {
            continue;
        }
        let Some((member, spelling)) = listed.meant(value) else {
            disagreements.push(Disagreement::Unexpected { element, retired: None });
            continue;
        };
        if member.retired.is_some() {
            let retired = Some(member.slug.clone());
            disagreements.push(Disagreement::Unexpected { element, retired });
            continue;
        }
        if spelling == Spelling::Wrong {
            let wanted = listed.spelling(member);
            // Beside the right spelling, or another wrong one, it is one too many.
            if first.contains_key(wanted.as_str()) || met.contains(member.slug.as_str()) {
                let slug = member.slug.clone();
                disagreements.push(Disagreement::Redundant { element, slug, wanted });
                continue;
            }
            let slug = member.slug.clone();
            disagreements.push(Disagreement::Misspelled { element, slug, wanted });
        }
        if spelling != Spelling::Alias {
            met.insert(&member.slug);
        }
        let value = mapped.as_ref().map(|(value, _)| value);
        if let Some(wanted) = listed.value(member)
            && value != Some(&wanted)
        {
            disagreements.push(Disagreement::WrongValue { element, wanted });
        }
        for (field, wanted) in listed.fields(member) {
            let right = fields
                .iter()
                .any(|(name, value, _)| *name == field && value.as_ref() == Some(&wanted));
            if !right {
                disagreements.push(Disagreement::WrongField { element, field, wanted });
            }
        }
    }
    for member in &listed.members {
        let excused = member.retired.is_some() || registration.without.contains(&member.slug);
        if !excused && !met.contains(member.slug.as_str()) {
            disagreements.push(Disagreement::Missing {
                slug: member.slug.clone(),
                wanted: listed.spelling(member),
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

/// The members that a registration lists, by every text that means one.
struct Listed<'a> {
    fleet: &'a Fleet,
    registration: &'a Registration,
    members: Vec<&'a Member>,
    right: BTreeMap<String, usize>,
    folded: BTreeMap<String, usize>,
}

impl<'a> Listed<'a> {
    fn new(fleet: &'a Fleet, registration: &'a Registration) -> Self {
        let of_kind =
            |member: &&Member| registration.of.as_ref().is_none_or(|kind| *kind == member.kind);
        let members: Vec<&Member> = fleet.members.iter().filter(of_kind).collect();
        let (right, folded) = (BTreeMap::new(), BTreeMap::new());
        let mut listed = Self { fleet, registration, members, right, folded };
        let spellings: Vec<String> =
            listed.members.iter().map(|member| listed.spelling(member)).collect();
        // In the order of trust: a spelling of one member may be an alias of another.
        for (index, spelling) in spellings.iter().enumerate() {
            listed.folded.entry(fold(spelling)).or_insert(index);
        }
        for (index, member) in listed.members.iter().enumerate() {
            listed.folded.entry(fold(&member.slug)).or_insert(index);
        }
        for (index, member) in listed.members.iter().enumerate() {
            let templated =
                registration.spelling.render(member, listed.fleet.image(member).as_deref());
            let others = [templated, member.repository.name.clone()];
            for other in others.iter().chain(&member.aliases) {
                listed.folded.entry(fold(other)).or_insert(index);
            }
        }
        for (index, spelling) in spellings.into_iter().enumerate() {
            listed.right.insert(spelling, index);
        }
        listed
    }

    fn meant(&self, text: &str) -> Option<(&'a Member, Spelling)> {
        let member = |index: &usize| self.members.get(*index).copied();
        if let Some(member) = self.right.get(text).and_then(member) {
            return Some((member, Spelling::Right));
        }
        if let Some(slug) = self.registration.aliases.get(text) {
            let member = self.members.iter().find(|member| member.slug == *slug);
            return member.map(|member| (*member, Spelling::Alias));
        }
        let member = self.folded.get(&fold(text)).and_then(member);
        member.map(|member| (member, Spelling::Wrong))
    }

    fn spelling(&self, member: &Member) -> String {
        match self.registration.exceptions.get(&member.slug) {
            Some(exception) => exception.clone(),
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

/// A text without what people get wrong in it: case and the kind of hyphen.
fn fold(text: &str) -> String {
    text.trim().to_lowercase().replace(['_', '.', ' '], "-")
}

/// What is wrong with the declarations themselves.
pub(super) fn check_declarations(manifest: &Manifest, members: &[Member], problems: &mut Problems) {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (index, registration) in manifest.registrations.iter().enumerate() {
        let path = |key: &str| ["registrations".into(), index.into(), key.into()];
        if !names.insert(&registration.name) {
            let message = format!("there are two registrations named `{}`", registration.name);
            problems.add(&path("name"), message, "reports tell them apart by their names");
        }
        if let Some(name) = &registration.repository
            && RepositoryName::parse(name, &manifest.forge.owner).is_none()
        {
            let message = format!("`{name}` cannot be a repository");
            problems.add(&path("repository"), message, "write `name` or `owner/name`");
        }
        if let Err(reason) = check_relative(&registration.path) {
            let hint = match registration.repository {
                Some(_) => "give a path below the repository's root",
                None => {
                    "give a path below fleet.yaml's folder, or name the `repository` that holds it"
                }
            };
            problems.add(&path("path"), format!("`{}` {reason}", registration.path), hint);
        }
        if let Some(kind) = &registration.of
            && !manifest.kinds.contains_key(kind)
        {
            problems.add(&path("of"), format!("unknown kind `{kind}`"), "");
        }
        form(registration, &path("form"), problems);
        patterns(manifest, registration, &path, problems);
        slugs(registration, members, &path, problems);
    }
}

fn form(registration: &Registration, form: &[Step], problems: &mut Problems) {
    use Language::{Bash, Go, Json, Python, Text, Typescript, Yaml};
    let (Registration { language, .. }, mut path) = (registration, form.to_vec());
    let possible: &[Form] = match language {
        Go => &[Form::Map, Form::Slice, Form::Array, Form::Words],
        Typescript => &[Form::Map, Form::Array, Form::Set, Form::Words],
        Bash => &[Form::Array, Form::Map, Form::Words],
        Python => &[Form::Map, Form::Array, Form::Set, Form::Words],
        Json | Yaml => &[Form::Map, Form::Array, Form::Words],
        Text => &[Form::Array, Form::Words],
    };
    if !possible.contains(&registration.form) {
        let words = possible.iter().map(|form| format!("{form:?}").to_lowercase());
        let hint = format!("there it can be {}", words.collect::<Vec<_>>().join(", "));
        problems.add(form, "the file's language has no such form", hint);
    }
    path.pop();
    if registration.symbol.is_none() && !matches!(language, Text | Json | Yaml) {
        problems.add(&path, "`symbol` is missing", "name the variable that holds the list");
    }
    let mut wrong = |key: &str, message: &str, hint: &str| {
        problems.add(path.iter().chain(&[key.into()]), message, hint);
    };
    if registration.values.is_some() && registration.form != Form::Map {
        wrong("values", "only a map has values", "use `form: map`, or leave `values` out");
    }
    let objects =
        matches!(registration.form, Form::Array | Form::Slice) && !matches!(language, Bash | Text);
    if registration.field.is_some() && !objects {
        wrong("field", "only an array or a slice holds objects", "leave `field` out");
    }
    if registration.field.is_none() && !registration.fields.is_empty() {
        let hint = "name the one that holds the member: `field: name`";
        wrong("fields", "nothing says which field names the member", hint);
    }
}

fn patterns(
    manifest: &Manifest,
    registration: &Registration,
    path: &impl Fn(&str) -> [Step; 3],
    problems: &mut Problems,
) {
    let spelling = std::iter::once(("spelling", &registration.spelling));
    let values = registration.values.iter().map(|pattern| ("values", pattern));
    let fields = registration.fields.values().map(|pattern| ("fields", pattern));
    for (key, pattern) in spelling.chain(values).chain(fields) {
        if let Err((message, hint)) = pattern.check() {
            problems.add(&path(key), message, hint);
        } else if pattern.uses("image") && manifest.images.is_none() {
            let message = "`{image}` has no meaning in a fleet without images";
            problems.add(&path(key), message, "add `images:`, or write the name itself");
        }
    }
    let spelling = &registration.spelling;
    let distinct = ["slug", "snake_case", "repository", "image"];
    if spelling.check().is_ok() && !distinct.iter().any(|name| spelling.uses(name)) {
        let message = "every member would be written alike";
        let hint = format!("write `{{slug}}` where they differ: \"{{slug}}\", not \"{spelling}\"");
        problems.add(&path("spelling"), message, hint);
    }
}

fn slugs(
    registration: &Registration,
    members: &[Member],
    path: &impl Fn(&str) -> [Step; 3],
    problems: &mut Problems,
) {
    let known = |slug: &String| members.iter().any(|member| member.slug == *slug);
    let exceptions = registration.exceptions.keys().map(|slug| ("exceptions", slug, Some(slug)));
    let aliases = registration.aliases.iter().map(|(text, slug)| ("aliases", slug, Some(text)));
    let without = registration.without.iter().map(|slug| ("without", slug, None));
    for (key, slug, inner) in exceptions.chain(aliases).chain(without) {
        if !known(slug) {
            let inner = inner.map(|inner| Step::from(inner.as_str()));
            let at: Vec<Step> = path(key).into_iter().chain(inner).collect();
            let hint = "these are slugs of members";
            problems.add(&at, format!("no member has the slug `{slug}`"), hint);
        }
    }
}

#[cfg(test)]
mod tests;
