//! What a manifest amounts to: slugs, repositories and kinds of its members, and all that is wrong.

use std::collections::BTreeMap;

use super::manifest::{ForgeKind, FullMember, Kind, Manifest, MemberEntry, Shape};
use super::member::{Member, RepositoryName, is_forge_name, is_slug};
use super::registrations;
use crate::source::typed::{Step, nearest};

/// Something wrong at a place of the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// Where.
    pub(super) path: Vec<Step>,
    /// What.
    pub(super) message: String,
    /// What to do.
    pub(super) hint: Option<String>,
}

/// Problems so far.
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

/// The members that a manifest names, and what is wrong with it. A member that is wrong is left out.
pub(super) fn resolve(manifest: &Manifest) -> (Vec<Member>, Vec<Problem>) {
    let mut problems = Problems::default();
    if manifest.name.trim().is_empty() {
        problems.add(&["name".into()], "the fleet has no name", "reports begin with it");
    }
    forge(manifest, &mut problems);
    kinds(manifest, &mut problems);
    files(manifest, &mut problems);
    packages(manifest, &mut problems);
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
    if manifest.members.is_empty() {
        let hint = "list a repository a line, or let `shipshape fleet discover` find them";
        problems.add(&["members".into()], "the fleet has no members", hint);
    }
    let mut members: Vec<(usize, Member)> = Vec::new();
    for (index, entry) in manifest.members.iter().enumerate() {
        let mut reader = MemberReader { manifest, index, problems: &mut problems };
        if let Some(member) = reader.read(entry) {
            members.push((index, member));
        }
    }
    duplicates(&members, &mut problems);
    let members: Vec<Member> = members.into_iter().map(|(_, member)| member).collect();
    registrations::check_declarations(manifest, &members, &mut problems);
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
            let message = format!("`{url}` is no address of a forge");
            problems.add(&["forge".into(), "url".into()], message, "begin it with https://");
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
        if let Some(starter) = &kind.starter {
            repository(manifest, starter, &path("starter"), problems);
        }
        match &kind.shape {
            Shape::Named(_) => {}
            Shape::Folder(shape) => {
                relative(&shape.folder, path("shape").iter().chain(&["folder".into()]), problems);
            }
            Shape::Repository(shape) => {
                let [kinds, kind, key] = path("shape");
                let at = |last: &str| [kinds.clone(), kind.clone(), key.clone(), last.into()];
                repository(manifest, &shape.repository, &at("repository"), problems);
                relative(&shape.path, &at("path"), problems);
            }
        }
    }
}

fn files(manifest: &Manifest, problems: &mut Problems) {
    relative(&manifest.waivers, &["waivers".into()], problems);
    for (key, path) in [("baseline", &manifest.baseline), ("history", &manifest.history)] {
        if let Some(path) = path {
            relative(path, &[key.into()], problems);
        }
    }
}

fn packages(manifest: &Manifest, problems: &mut Problems) {
    if let Some(package) = &manifest.runtime_package {
        if let Some(source) = &package.source {
            let path = |key: &str| ["runtime_package".into(), "source".into(), key.into()];
            if let Some(name) = &source.repository {
                repository(manifest, name, &path("repository"), problems);
            }
            relative(&source.path, &path("path"), problems);
        }
        let identifier = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        if package.import.is_empty() || !package.import.chars().all(identifier) {
            let message = format!("`{}` cannot be imported in Python", package.import);
            let hint = "give the package's import name, with underscores";
            problems.add(&["runtime_package".into(), "import".into()], message, hint);
        }
    }
    let Some(images) = &manifest.images else { return };
    let path = ["images".into(), "name".into()];
    if let Err((message, hint)) = images.name.check() {
        problems.add(&path, message, hint);
    } else if images.name.uses("image") {
        problems.add(&path, "an image's name cannot be made of itself", "use `{slug}`");
    } else if !["slug", "snake_case", "repository"].iter().any(|name| images.name.uses(name)) {
        let message = "every member would have the same image";
        problems.add(&path, message, "put `{slug}` where they differ");
    } else if !images.name.as_str().starts_with(&format!("{}/", images.registry)) {
        let message = format!("`{}` is not on `{}`", images.name, images.registry);
        let hint = format!("begin it with `{}/`", images.registry);
        problems.add(&path, message, hint);
    }
}

/// Demands a path below the folder that it is relative to.
pub(super) fn relative<'a>(
    path: &str,
    at: impl IntoIterator<Item = &'a Step>,
    problems: &mut Problems,
) {
    if let Err(reason) = check_relative(path) {
        problems.add(at, format!("`{path}` {reason}"), "give a path below the folder, with `/`");
    }
}

/// Says why a path is not a plain relative one: `..`, an absolute path and its Windows kin.
pub(super) fn check_relative(path: &str) -> Result<(), &'static str> {
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    if path.trim().is_empty() {
        return Err("is no path");
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
    if trimmed.split('/').any(|part| part.is_empty() || part == ".") {
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
    // A bad owner of the forge has been told where it stands.
    if found.is_none() && (name.contains('/') || !is_forge_name(name)) {
        let message = format!("`{name}` cannot be a repository");
        problems.add(at, message, "write `name` or `owner/name`");
    }
    found
}

struct MemberReader<'a> {
    manifest: &'a Manifest,
    index: usize,
    problems: &'a mut Problems,
}

impl<'a> MemberReader<'a> {
    fn problem(&mut self, key: &str, message: String, hint: impl Into<String>) {
        let path = ["members".into(), self.index.into(), key.into()];
        self.problems.add(&path, message, hint);
    }

    fn read(&mut self, entry: &MemberEntry) -> Option<Member> {
        match entry {
            MemberEntry::Full(full) => self.full(full),
            MemberEntry::Word(word) => {
                let prefixes = self.manifest.kinds.values().filter_map(|kind| kind.prefix.as_ref());
                let is_repository = word.contains('/')
                    || prefixes.into_iter().any(|prefix| word.starts_with(prefix.as_str()));
                let word = Some(word.clone());
                self.full(&if is_repository {
                    FullMember { repository: word, ..FullMember::default() }
                } else {
                    FullMember { slug: word, ..FullMember::default() }
                })
            }
        }
    }

    fn full(&mut self, entry: &FullMember) -> Option<Member> {
        let before = self.problems.0.len();
        if let Some(path) = &entry.path
            && let Err(reason) = check_relative(path)
        {
            let message = format!("`{path}` {reason}");
            self.problem(
                "path",
                message,
                "give a folder of the repository; leave it out for the root",
            );
        }
        for alias in &entry.aliases {
            if alias.trim().is_empty() || entry.slug.as_ref() == Some(alias) {
                let message = format!("alias `{alias}` says nothing new");
                self.problem("aliases", message, "leave it out");
            }
        }
        let named = match &entry.repository {
            Some(name) => {
                let path = ["members".into(), self.index.into(), "repository".into()];
                Some(repository(self.manifest, name, &path, self.problems)?)
            }
            None => None,
        };
        let (kind_name, kind) = self.kind(entry, named.as_ref())?;
        let path = entry.path.as_deref().map(|path| path.trim_end_matches('/').to_owned());
        let slug = self.slug(entry, kind, named.as_ref(), path.as_deref())?;
        let prefix = kind.prefix.as_deref().unwrap_or_default();
        let repository = named.unwrap_or_else(|| {
            RepositoryName::new(&self.manifest.forge.owner, format!("{prefix}{slug}"))
        });
        if self.problems.0.len() > before {
            return None;
        }
        let mut variables = kind.variables.clone();
        variables.extend(entry.variables.clone());
        Some(Member {
            slug,
            repository,
            path,
            kind: kind_name.to_owned(),
            owner: entry.owner.clone().or_else(|| kind.owner.clone()),
            profile: entry.profile.clone().or_else(|| kind.profile.clone()),
            aliases: entry.aliases.clone(),
            variables,
            retired: entry.retired,
        })
    }

    /// The kind that is named, or the only one, or the one with the longest prefix that fits.
    fn kind(
        &mut self,
        entry: &FullMember,
        named: Option<&RepositoryName>,
    ) -> Option<(&'a str, &'a Kind)> {
        let kinds = &self.manifest.kinds;
        if let Some(name) = &entry.kind {
            let found = kinds.get_key_value(name).map(|(name, kind)| (name.as_str(), kind));
            if found.is_none() {
                let names = kinds.keys().map(String::as_str);
                let hint = match nearest(name, names.clone()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("kinds are {}", names.collect::<Vec<_>>().join(", ")),
                };
                self.problem("kind", format!("unknown kind `{name}`"), hint);
            }
            return found;
        }
        let mut all = kinds.iter().map(|(name, kind)| (name.as_str(), kind));
        if let (Some(only), None) = (all.next(), all.next()) {
            return Some(only);
        }
        let name = named.map_or("", |repository| repository.name.as_str());
        let fits = |prefix: &String| name.starts_with(prefix.as_str());
        let fitting = kinds.iter().filter_map(|(key, kind)| {
            let prefix = kind.prefix.as_ref().filter(|prefix| fits(prefix))?;
            Some((prefix.len(), key.as_str(), kind))
        });
        let found = fitting.max_by_key(|(length, ..)| *length).map(|(_, name, kind)| (name, kind));
        // Without any kind, one error says so for all members.
        if found.is_none() && !kinds.is_empty() {
            let names = kinds.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let hint = format!("add `kind:` with one of {names}");
            self.problem("kind", "nothing says of which kind this member is".to_owned(), hint);
        }
        found
    }

    fn slug(
        &mut self,
        entry: &FullMember,
        kind: &Kind,
        named: Option<&RepositoryName>,
        path: Option<&str>,
    ) -> Option<String> {
        if let Some(slug) = &entry.slug {
            if !is_slug(slug) {
                self.problem("slug", format!("`{slug}` is not a slug"), suggest_slug(slug));
                return None;
            }
            return Some(slug.clone());
        }
        let Some(repository) = named else {
            let message = "a member needs `repository` or `slug`".to_owned();
            self.problem("repository", message, "");
            return None;
        };
        let prefix = kind.prefix.as_deref().unwrap_or_default();
        let derived = match path {
            Some(path) => path.rsplit('/').next().unwrap_or(path),
            None => match repository.name.strip_prefix(prefix) {
                Some(rest) => rest,
                None => {
                    let message = format!("`{}` does not begin with `{prefix}`", repository.name);
                    let hint = "give it a `slug`, or another `kind`";
                    self.problem("repository", message, hint);
                    return None;
                }
            },
        };
        if !is_slug(derived) {
            let message = format!("its name gives `{derived}`, which is not a slug");
            let key = if path.is_some() { "path" } else { "repository" };
            self.problem(key, message, format!("give it a `slug`; {}", suggest_slug(derived)));
            return None;
        }
        Some(derived.to_owned())
    }
}

fn suggest_slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-");
    if slug.is_empty() {
        "slugs are lowercase letters and digits with single hyphens".to_owned()
    } else {
        format!("`{slug}` would be one")
    }
}

/// Slugs and aliases are unique within a kind, repositories (with the folder) within the fleet.
fn duplicates(members: &[(usize, Member)], problems: &mut Problems) {
    let mut homes: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
    let mut names: BTreeMap<(&str, String), (usize, bool)> = BTreeMap::new();
    for (index, member) in members {
        let mut tell = |key: &str, message: String, hint: &str| {
            problems.add(&["members".into(), (*index).into(), key.into()], message, hint);
        };
        let home = (member.repository.to_string().to_lowercase(), member.path.clone());
        if let Some(other) = homes.insert(home, *index) {
            let message = format!("`{}` is already member {}", member.name(), other + 1);
            tell("repository", message, "remove one of the two");
            continue;
        }
        let slug = std::iter::once((&member.slug, false));
        for (name, is_alias) in slug.chain(member.aliases.iter().map(|alias| (alias, true))) {
            let taken = names.insert((&member.kind, name.to_lowercase()), (*index, is_alias));
            if let Some((other, other_is_alias)) = taken {
                let what = if other_is_alias { "an alias" } else { "the slug" };
                let key = if is_alias { "aliases" } else { "slug" };
                let message = format!("`{name}` is already {what} of member {}", other + 1);
                tell(key, message, "a name belongs to one member of a kind");
            }
        }
    }
}
