//! Resolves a manifest: the slugs, repositories and kinds of its members, and everything that is wrong.

mod images;
mod members;
mod runtime_package;

use std::collections::BTreeMap;

use super::manifest::{ForgeKind, Manifest, Select, Shape};
use super::member::{Member, RepositoryName, is_forge_name};
use super::registrations;
use crate::edge::network;
use crate::source::typed::Step;

/// A problem at a place in the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// The place.
    pub(super) path: Vec<Step>,
    /// What is wrong.
    pub(super) message: String,
    /// How to fix it.
    pub(super) hint: Option<String>,
}

/// The problems found so far.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn add<'a>(
        &mut self,
        path: impl IntoIterator<Item = &'a Step>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let path = path.into_iter().cloned().collect();
        let hint = Some(hint.into()).filter(|hint| !hint.is_empty());
        self.0.push(Problem { path, message: message.into(), hint });
    }
}

/// Returns the members of a manifest, and what is wrong with it. Invalid members are left out.
pub(super) fn resolve(manifest: &Manifest) -> (Vec<Member>, Vec<Problem>) {
    let mut problems = Problems::default();
    if manifest.name.trim().is_empty() {
        problems.add(&["name".into()], "the fleet has no name", "reports begin with it");
    }
    forge(manifest, &mut problems);
    kinds(manifest, &mut problems);
    files(manifest, &mut problems);
    runtime_package::check(manifest, &mut problems);
    images::check(manifest, &mut problems);
    for (name, setting) in &manifest.rules {
        if setting.severity.is_none() && setting.enforce_from.is_none() {
            let path = ["rules".into(), name.as_str().into()];
            problems.add(
                &path,
                format!("rule `{name}` is given nothing"),
                "give it `severity` or `enforce_from`",
            );
        }
    }
    let members = members::read(manifest, &mut problems);
    registrations::check_declarations(manifest, &members, &mut problems);
    images::check_consumers(manifest, &members, &mut problems);
    (members, problems.0)
}

fn forge(manifest: &Manifest, problems: &mut Problems) {
    let forge = &manifest.forge;
    if !is_forge_name(&forge.owner) {
        let message = format!("`{}` cannot be an owner on a forge", forge.owner);
        problems.add(
            &["forge".into(), "owner".into()],
            message,
            "give the organisation or user alone",
        );
    }
    match &forge.url {
        None if forge.kind == ForgeKind::Gitea => {
            let hint = "add `url: https://…`";
            problems.add(&["forge".into()], "a Gitea forge needs its address", hint);
        }
        Some(url) if !url.starts_with("https://") && !url.starts_with("http://") => {
            let message = format!("`{url}` is not the address of a forge");
            problems.add(&["forge".into(), "url".into()], message, "start it with https://");
        }
        _ => {}
    }
}

fn kinds(manifest: &Manifest, problems: &mut Problems) {
    if manifest.kinds.is_empty() {
        let hint = "add one: `kinds: { template: { prefix: template- } }`";
        problems.add(&["kinds".into()], "the fleet has no kind of repository", hint);
    }
    let mut prefixes: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, kind) in &manifest.kinds {
        let path = |key: &str| ["kinds".into(), name.as_str().into(), key.into()];
        if let Some(prefix) = &kind.prefix {
            if !is_forge_name(prefix) {
                let message = format!("no repository's name begins with `{prefix}`");
                problems.add(&path("prefix"), message, "");
            }
            if let Some(other) = prefixes.insert(prefix, name) {
                let message = format!("kinds `{other}` and `{name}` have the same prefix");
                problems.add(&path("prefix"), message, "tell them apart by their prefixes");
            }
        }
        if let Some(Select::Glob(glob)) = &kind.select
            && let Err(error) = globset::Glob::new(glob)
        {
            let at = path("select").into_iter().chain(["glob".into()]).collect::<Vec<_>>();
            let hint = "`*` stands for any text, `?` for one character, `[ab]` for one of them";
            problems.add(&at, format!("`{glob}` is not a glob: {}", error.kind()), hint);
        }
        if let Some(starter) = &kind.starter {
            repository(manifest, starter, &path("starter"), problems);
        }
        match &kind.shape {
            Shape::Named(_) => {}
            Shape::Folder(shape) => {
                let at = path("shape").into_iter().chain(["folder".into()]).collect::<Vec<_>>();
                pack_folder(&shape.folder, &at, problems);
            }
            Shape::Repository(shape) => {
                let [kinds, kind, key] = path("shape");
                let at = |last: &str| [kinds.clone(), kind.clone(), key.clone(), last.into()];
                repository(manifest, &shape.repository, &at("repository"), problems);
                pack_folder(&shape.path, &at("path"), problems);
            }
        }
    }
}

fn files(manifest: &Manifest, problems: &mut Problems) {
    if let Some(home) = &manifest.home {
        repository(manifest, &home.repository, &["home".into(), "repository".into()], problems);
        relative(&home.path, &["home".into(), "path".into()], problems);
    }
    relative(&manifest.waivers, &["waivers".into()], problems);
    for (key, path) in [("baseline", &manifest.baseline), ("history", &manifest.history)] {
        if let Some(path) = path {
            relative(path, &[key.into()], problems);
        }
    }
}

/// Requires a path of a folder below, for a pack.
fn pack_folder(path: &str, at: &[Step], problems: &mut Problems) {
    match path.trim_end_matches('/') {
        "." => {
            let hint = "move shape.yaml and `files/` into a folder, and name that";
            problems.add(at, format!("`{path}`: a pack needs a folder of its own"), hint);
        }
        _ => relative(path, at, problems),
    }
}

/// Requires a path below the folder that it is relative to.
pub(super) fn relative<'a>(
    path: &str,
    at: impl IntoIterator<Item = &'a Step>,
    problems: &mut Problems,
) {
    if let Err(reason) = check_relative(path) {
        problems.add(at, format!("`{path}` {reason}"), "give a path below the folder, with `/`");
    }
}

/// Returns why a path is not a plain relative one: `..`, an absolute path, or a Windows path.
pub(super) fn check_relative(path: &str) -> Result<(), &'static str> {
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    if path.trim().is_empty() {
        return Err("is not a path");
    }
    let drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with('/') || drive {
        return Err("is an absolute path");
    }
    if path.contains('\\') {
        return Err("has a backslash");
    }
    if trimmed.split('/').any(|part| part == "..") {
        return Err("leaves the folder that it is relative to");
    }
    if trimmed.split('/').any(|part| part == ".") {
        return Err("has a `.` among its parts: leave it out");
    }
    if trimmed.split('/').any(str::is_empty) {
        return Err("has an empty part");
    }
    Ok(())
}

fn repository<'a>(
    manifest: &Manifest,
    name: &str,
    at: impl IntoIterator<Item = &'a Step>,
    problems: &mut Problems,
) -> Option<RepositoryName> {
    let found = RepositoryName::parse(name, &manifest.forge.owner);
    // An invalid owner of the forge has been reported at its place.
    if found.is_none() && (name.contains('/') || !is_forge_name(name)) {
        let message = format!("`{name}` cannot be a repository");
        problems.add(at, message, "write `name` or `owner/name`");
    }
    found
}

/// Requires a URL without credentials, and with plain http only for this machine.
fn address(text: &str, at: &[Step], problems: &mut Problems) {
    let hint = "write it as `https://packages.example/simple/`";
    let Ok(url) = url::Url::parse(text) else {
        problems.add(at, "this is not an address", hint);
        return;
    };
    // The URL may contain a secret, so it is not repeated.
    if !url.username().is_empty() || url.password().is_some() {
        let message = "the address contains credentials, which others can see";
        problems.add(at, message, "leave them out: they belong in the environment");
    } else if let Some(why) = network::refused(&url) {
        problems.add(at, format!("the address {why}"), hint);
    }
}
