//! Reads a JSON manifest that somebody keeps: its repositories, and the file itself as a registration.
//!
//! Such files have no standard format. Any array or object whose entries name repositories counts as a list, at any
//! place. What is not understood is reported, and the rest still used.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::fleet::RepositoryName;
use crate::snapshot::git::Origin;

use super::{List, Seen};

/// Fields that may hold a repository, the likeliest first.
const REPOSITORY: [&str; 9] =
    ["repository", "repo", "full_name", "github", "git", "clone_url", "html_url", "url", "source"];

/// Fields that may name a member.
const NAME: [&str; 5] = ["slug", "name", "runtime", "id", "key"];

/// Fields that may hold an image.
const IMAGE: [&str; 4] = ["image", "docker_image", "container", "container_image"];

/// Fields that may hold a branch.
const BRANCH: [&str; 3] = ["ref", "branch", "default_branch"];

/// Maximum depth of lists in the document.
const MOST_LEVELS: usize = 4;

/// The contents of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The repositories, without duplicates.
    pub repositories: Vec<Seen>,
    /// The lists that they were found in.
    pub lists: Vec<List>,
    /// What looked like a list or an entry but was not understood: the place, and the reason.
    pub not_understood: Vec<String>,
}

/// Reads a document. `file` is its path in registrations. If there is exactly one prefix, a name without it is a slug.
#[must_use]
pub fn read(document: &Value, file: &str, prefixes: &[String]) -> Listed {
    let prefix = match prefixes {
        [prefix] => prefix.as_str(),
        _ => "",
    };
    let mut reader = Reader { file, prefix, known: BTreeSet::new(), listed: Listed::default() };
    reader.value(document, &mut Vec::new());
    if reader.listed.lists.is_empty() && reader.listed.not_understood.is_empty() {
        reader
            .listed
            .not_understood
            .push("the document: it contains no list of repositories".into());
    }
    reader.listed
}

struct Reader<'a> {
    file: &'a str,
    prefix: &'a str,
    known: BTreeSet<String>,
    listed: Listed,
}

/// An entry that names a repository.
struct Entry {
    written: String,
    seen: Seen,
    /// The field that names the member, and the one that holds the repository, with its text.
    name_field: Option<String>,
    repository: Option<(String, String)>,
}

impl Reader<'_> {
    fn value(&mut self, value: &Value, at: &mut Vec<String>) {
        match value {
            Value::Array(items) => self.array(items, at),
            Value::Object(fields) if self.is_map(fields) => self.map(fields, at),
            Value::Object(fields) if at.len() < MOST_LEVELS => {
                for (key, value) in fields {
                    // Comments and schemas are not lists.
                    if key.starts_with(['_', '$']) {
                        continue;
                    }
                    at.push(key.clone());
                    self.value(value, at);
                    at.pop();
                }
            }
            _ => {}
        }
    }

    fn array(&mut self, items: &[Value], at: &[String]) {
        let mut entries = Vec::new();
        let mut strange = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match self.entry(None, item) {
                Ok(entry) => entries.push(entry),
                Err(why) => strange.push(format!("{}: {why}", place(at, &index.to_string()))),
            }
        }
        // If no entry names a repository, the list is about something else.
        if entries.is_empty() {
            if !items.is_empty() {
                let why = "nothing in this list names a repository";
                self.listed.not_understood.push(format!("{}: {why}", place(at, "")));
            }
            return;
        }
        self.listed.not_understood.append(&mut strange);
        let field = entries.first().and_then(|entry| entry.name_field.clone());
        let uniform = entries.iter().all(|entry| entry.name_field == field);
        let list = List { is_map: false, field, ..self.list(&entries, at) };
        self.take(entries, uniform.then_some(list));
    }

    fn map(&mut self, fields: &Map<String, Value>, at: &[String]) {
        let mut entries = Vec::new();
        for (key, value) in fields {
            match self.entry(Some(key), value) {
                Ok(entry) => entries.push(entry),
                Err(_) if key.starts_with(['_', '$']) => {}
                Err(why) => {
                    self.listed.not_understood.push(format!("{}: {why}", place(at, key)));
                }
            }
        }
        let list = List { is_map: true, field: None, ..self.list(&entries, at) };
        let plain = fields.values().all(Value::is_string);
        let values = list.repository_field.clone().filter(|_| plain).map(|(_, pattern)| pattern);
        let list = List { repository_field: None, values, ..list };
        self.take(entries, Some(list));
    }

    /// Whether most values of an object name the repository that belongs to their key.
    fn is_map(&self, fields: &Map<String, Value>) -> bool {
        let tells = |(key, value): &(&String, &Value)| match value {
            Value::String(text) => text.contains('/') && self.entry(Some(key), value).is_ok(),
            Value::Object(inner) => {
                REPOSITORY.iter().chain(&IMAGE).any(|field| inner.contains_key(*field))
            }
            _ => false,
        };
        let telling = fields.iter().filter(tells).count();
        telling > 0 && telling * 2 > fields.len()
    }

    fn entry(&self, key: Option<&str>, value: &Value) -> Result<Entry, String> {
        match value {
            Value::String(text)
                if key.is_some() || text.contains('/') || self.prefix.is_empty() =>
            {
                let seen = repository(text).ok_or_else(|| not_a_repository(text))?;
                let is_word = key.is_none() && seen.owner.is_none();
                let written = key.unwrap_or(text).to_owned();
                let slug = key.map(str::to_owned);
                let seen = Seen { is_word, ..seen };
                let repository = Some((String::new(), text.clone()));
                Ok(Entry { written, seen: Seen { slug, ..seen }, name_field: None, repository })
            }
            Value::String(text) => Ok(Entry {
                written: text.clone(),
                seen: self.named(text).ok_or_else(|| not_a_repository(text))?,
                name_field: None,
                repository: None,
            }),
            Value::Object(fields) => self.object(key, fields),
            _ => Err("it is neither a text nor an object".to_owned()),
        }
    }

    fn object(&self, key: Option<&str>, fields: &Map<String, Value>) -> Result<Entry, String> {
        let text = |names: &[&str]| {
            names.iter().find_map(|name| Some(((*name).to_owned(), fields.get(*name)?.as_str()?)))
        };
        let name = text(&NAME);
        let whole = REPOSITORY.iter().find_map(|field| Some((*field, fields.get(*field)?)));
        let written = key.or(name.as_ref().map(|(_, name)| *name));
        let (seen, repository) = match whole {
            Some((field, Value::String(text))) => {
                let seen = repository(text).ok_or_else(|| not_a_repository(text))?;
                (seen, Some((field.to_owned(), text.clone())))
            }
            Some((field, Value::Object(parts))) => {
                let part = |name: &str| parts.get(name).and_then(Value::as_str);
                let name = part("name").and_then(repository);
                let seen = name.ok_or_else(|| format!("its `{field}` has no name"))?;
                (Seen { owner: part("owner").map(str::to_owned), ..seen }, None)
            }
            Some((field, _)) => return Err(format!("its `{field}` is not text")),
            None => {
                let name = written.ok_or("it names no repository")?;
                (self.named(name).ok_or_else(|| not_a_repository(name))?, None)
            }
        };
        let is_set = |field: &str| fields.get(field) == Some(&Value::Bool(true));
        let aside = ["archived", "disabled", "deprecated"].into_iter().find(|field| is_set(field));
        let owner = fields.get("owner").and_then(Value::as_str).filter(|_| seen.owner.is_none());
        let seen = Seen {
            slug: written.map(str::to_owned),
            image: text(&IMAGE).map(|(_, image)| image.to_owned()),
            branch: text(&BRANCH).map(|(_, branch)| branch.to_owned()),
            aside: aside.map(|field| format!("it is said to be {field}")),
            owner: owner.map(str::to_owned).or(seen.owner),
            ..seen
        };
        let (name_field, written) = match (key, name, &repository) {
            (Some(key), ..) => (None, key.to_owned()),
            (None, Some((field, name)), _) => (Some(field), name.to_owned()),
            (None, None, Some((field, text))) => (Some(field.clone()), text.clone()),
            (None, None, None) => return Err("nothing in it names the member".to_owned()),
        };
        Ok(Entry { written, seen, name_field, repository })
    }

    /// Returns the repository of a name that may be a slug.
    fn named(&self, name: &str) -> Option<Seen> {
        let is_slug = !self.prefix.is_empty() && !name.starts_with(self.prefix);
        if is_slug {
            return repository(&format!("{}{name}", self.prefix));
        }
        let is_word = self.prefix.is_empty();
        repository(name).map(|seen| Seen { is_word, ..seen })
    }

    fn list(&self, entries: &[Entry], at: &[String]) -> List {
        List {
            repository: None,
            file: self.file.to_owned(),
            symbol: (!at.is_empty()).then(|| at.join(".")),
            is_map: false,
            field: None,
            repository_field: repository_field(entries),
            values: None,
            entries: entries
                .iter()
                .map(|entry| (entry.written.clone(), entry.seen.name.clone()))
                .collect(),
        }
    }

    fn take(&mut self, entries: Vec<Entry>, list: Option<List>) {
        for entry in entries {
            let owner = entry.seen.owner.clone().unwrap_or_default();
            if self.known.insert(format!("{owner}/{}", entry.seen.name).to_lowercase()) {
                self.listed.repositories.push(entry.seen);
            }
        }
        // A key with a dot cannot be written in a `symbol`.
        let writable = |list: &List| list.symbol.as_ref().is_none_or(|it| !it.contains(".."));
        self.listed.lists.extend(list.filter(writable));
    }
}

/// Returns the field that holds each entry's repository, and the pattern that all of its values follow.
fn repository_field(entries: &[Entry]) -> Option<(String, String)> {
    let (field, _) = entries.first()?.repository.clone()?;
    let host = entries.iter().find_map(|entry| entry.seen.host.clone()).unwrap_or_default();
    let forms = [
        "{owner}/{repository}".to_owned(),
        "{repository}".to_owned(),
        format!("https://{host}/{{owner}}/{{repository}}"),
        format!("https://{host}/{{owner}}/{{repository}}.git"),
        format!("git@{host}:{{owner}}/{{repository}}.git"),
    ];
    let fits = |form: &&String| {
        entries.iter().all(|entry| {
            let owner = entry.seen.owner.as_deref().unwrap_or_default();
            let text = form.replace("{owner}", owner).replace("{repository}", &entry.seen.name);
            entry.repository.as_ref() == Some(&(field.clone(), text))
        })
    };
    forms.iter().find(fits).map(|form| (field.clone(), form.clone()))
}

/// Parses `name`, `owner/name` or a URL.
fn repository(text: &str) -> Option<Seen> {
    let is_address = text.contains("://") || text.contains('@') || text.contains(':');
    let (host, is_plain, owner, name) = if is_address {
        let origin = Origin::parse(text)?;
        (origin.host, origin.is_plain, origin.owner, origin.name)
    } else {
        let name = RepositoryName::parse(text, "owner")?;
        let owner = text.contains('/').then_some(name.owner);
        (None, false, owner, name.name)
    };
    let name = RepositoryName::parse(&name, "owner")?.name;
    Some(Seen { name, owner, host, is_plain, ..Seen::default() })
}

fn not_a_repository(text: &str) -> String {
    let shown: String = text.chars().take(60).collect();
    format!("`{shown}` is not a repository")
}

/// Formats a place in a document as a JSON pointer (RFC 6901).
fn place(at: &[String], last: &str) -> String {
    let escaped = |part: &str| part.replace('~', "~0").replace('/', "~1");
    let parts = at.iter().map(String::as_str).chain((!last.is_empty()).then_some(last));
    let pointer: String = parts.map(|part| format!("/{}", escaped(part))).collect();
    if pointer.is_empty() { "the document".to_owned() } else { pointer }
}

#[cfg(test)]
mod tests;
