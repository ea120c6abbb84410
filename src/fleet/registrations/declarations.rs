//! Validates the registrations declared in fleet.yaml.

use std::collections::BTreeSet;

use super::super::manifest::Manifest;
use super::super::registration::{Form, Language, Registration, names};
use super::super::resolve::{Problems, check_relative};
use super::super::{Member, RepositoryName};
use crate::source::typed::Step;

/// Reports what is wrong with the declarations themselves.
pub(in crate::fleet) fn check_declarations(
    manifest: &Manifest,
    members: &[Member],
    problems: &mut Problems,
) {
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
        problems.add(&path, "`symbol` is missing", "name the variable that contains the list");
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
        wrong("field", "only an array or a slice contains objects", "leave `field` out");
    }
    if registration.field.is_none() && !registration.fields.is_empty() {
        let hint = "name the one that contains the member: `field: name`";
        wrong("fields", "no field is named that contains the member", hint);
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
    let known = |word: &String| members.iter().any(|member| names(word, member));
    let exceptions = registration.exceptions.keys().map(|slug| ("exceptions", slug, Some(slug)));
    let aliases = registration.aliases.iter().map(|(text, slug)| ("aliases", slug, Some(text)));
    let without = registration.without.iter().map(|slug| ("without", slug, None));
    for (key, slug, inner) in exceptions.chain(aliases).chain(without) {
        if !known(slug) {
            let inner = inner.map(|inner| Step::from(inner.as_str()));
            let at: Vec<Step> = path(key).into_iter().chain(inner).collect();
            let hint = "name members by slug, or by repository";
            problems.add(&at, format!("no member has the slug `{slug}`"), hint);
        }
    }
}
