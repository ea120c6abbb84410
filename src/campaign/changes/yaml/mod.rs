//! The change `yaml`: edits YAML, JSON and TOML files by path.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod documents;
mod edits;
mod numbers;
mod selector;

use documents::EditedFile;
pub use numbers::unwritable_numbers;
use selector::{Place, Selector};

use super::paths::{self, Chosen};
use super::spec::Say;
use super::{Hindrance, Nowhere, Step, Surroundings};
use crate::change::{ChangeSet, FileEdit, line_edits};
use crate::checks::{Found, Repository};
use crate::shape::demands::document::Dialect;
use crate::snapshot::{EntryKind, LinkTarget, RepoPath, Snapshot, link_target};
use crate::source::{Broken, SyntaxError, Text, json, typed, yaml};

/// Edits YAML, JSON and TOML files by path. Comments and all other bytes are kept. An edit that could not
/// keep them is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct YamlChange {
    /// Globs of the files to edit.
    pub paths: Vec<String>,
    /// The YAML version of the files' readers. Default: what the shape says of the file, otherwise 1.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<Dialect>,
    /// The edits, in the order in which they apply.
    pub edits: Vec<YamlEdit>,
}

/// One edit. If `at` matches nothing, nothing changes, unless the edit adds.
///
/// A path is written as keys joined by dots: `on.push.branches`. `*` matches every key of a map, `[]` every
/// item of a list, `[2]` one item, `[=text]` items with this text, and `[key=text]` items whose key has this
/// scalar. After something that is not a list, the last two are a condition on it: `jobs.*[uses=*@main]`. In
/// these texts `*` matches anything. Quote a key that contains anything but letters, digits, `_`, `-` and `/`,
/// and a text that contains `]`: `on."x.y"`. At the beginning, YAML needs quotes around that: `'"$schema"'`.
///
/// In a file of several documents, each is edited. A condition in front says which are meant:
/// `[kind=Deployment].spec.replicas`. Without anything of that kind, no key is added to such a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum YamlEdit {
    /// Sets the value of a key. A missing key is added, with the maps above it.
    Set {
        /// The path, such as `jobs.*.steps[uses=actions/checkout@*].with.fetch-depth`.
        at: String,
        /// The value: any YAML, but no number that JSON does not have or that 64 bits cannot hold exactly.
        value: serde_json::Value,
        /// Whether the key may be added, changed, or both.
        #[serde(default, skip_serializing_if = "Where::is_default")]
        only: Where,
    },
    /// Removes an entry or a list item, with its comments.
    Remove {
        /// The path.
        at: String,
    },
    /// Renames the key of an entry.
    Rename {
        /// The path.
        at: String,
        /// The new key, without its path.
        to: String,
    },
    /// Appends an item to a list that does not contain it yet.
    Append {
        /// The path of the list. A missing list is added.
        at: String,
        /// The item: any YAML.
        value: serde_json::Value,
        /// Whether to add a missing list.
        #[serde(default, skip_serializing_if = "Where::is_default")]
        only: Where,
    },
}

/// Where a value may be set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Where {
    /// Wherever the value differs or is missing.
    #[default]
    Anywhere,
    /// Only where the key is written: what comes by a merge key stays as it is.
    Present,
    /// Only where the key is missing.
    Absent,
}

impl Where {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
    fn is_default(&self) -> bool {
        *self == Self::Anywhere
    }
}

impl YamlEdit {
    fn at(&self) -> &str {
        match self {
            Self::Set { at, .. }
            | Self::Remove { at }
            | Self::Rename { at, .. }
            | Self::Append { at, .. } => at,
        }
    }

    /// Whether it adds what is not there.
    fn adds(&self) -> bool {
        matches!(self, Self::Set { only, .. } | Self::Append { only, .. } if *only != Where::Present)
    }

    /// Whether a file has a place for it, in any of its documents.
    fn has_place_in(&self, file: &yaml::Document) -> bool {
        // What is no place is told when the campaign is read.
        let Ok(selector) = self.at().parse::<Selector>() else { return true };
        let is_one = |place: Place| place.is_there || self.adds();
        file.roots().any(|root| selector.places_below(root).into_iter().any(is_one))
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Set { .. } => "set",
            Self::Remove { .. } => "remove",
            Self::Rename { .. } => "rename",
            Self::Append { .. } => "append",
        }
    }
}

impl YamlChange {
    pub(super) fn check(&self, say: &mut Say<'_>) {
        if self.paths.is_empty() {
            say(&[typed::Step::from("paths")], "no file is named".to_owned());
        }
        paths::check_globs("paths", &self.paths, say);
        for (index, edit) in self.edits.iter().enumerate() {
            let place = |key: &str| {
                let (edits, name) = (typed::Step::from("edits"), typed::Step::from(edit.name()));
                [edits, typed::Step::from(index), name, typed::Step::from(key)]
            };
            match edit.at().parse::<Selector>() {
                Err(error) => say(&place("at"), error.to_string()),
                Ok(at) => {
                    let adds = matches!(edit, YamlEdit::Set { only: Where::Absent, .. });
                    if adds && !at.ends_in_key() {
                        let why = "what is added has a key by its name at the end";
                        say(&place("at"), format!("`{}` adds nothing: {why}", edit.at()));
                    }
                }
            }
            if let YamlEdit::Rename { to, .. } = edit
                && to.is_empty()
            {
                say(&place("to"), "the new key is empty".to_owned());
            }
        }
    }

    pub(super) fn make(
        &self,
        surroundings: &Surroundings<'_>,
        tree: &Snapshot,
    ) -> Result<Step, Hindrance> {
        if self.paths.is_empty() {
            return Ok(Step::default());
        }
        let chosen = Chosen::of(&self.paths)?;
        let repository = surroundings.repository(tree);
        let (mut edits, mut remarks) = (Vec::new(), Vec::new());
        for (path, entry) in tree.entries.iter().filter(|(path, _)| chosen.takes(path.as_str())) {
            match entry.kind {
                EntryKind::File | EntryKind::Executable => match self.edit(&repository, path)? {
                    Made::Nothing => {}
                    Made::Edit(edit) => edits.push(edit),
                    Made::Left(why) => remarks.push(why),
                },
                EntryKind::Link => remarks.extend(self.link(&repository, &chosen, path)?),
                EntryKind::Submodule => {}
            }
        }
        Ok(Step { changes: ChangeSet::compose(tree, &edits)?, remarks })
    }

    /// The places of edits that no file of the tree has. A file that cannot be read has none.
    pub(super) fn nowhere(&self, surroundings: &Surroundings<'_>, tree: &Snapshot) -> Vec<Nowhere> {
        let Ok(chosen) = Chosen::of(&self.paths) else { return Vec::new() };
        let repository = surroundings.repository(tree);
        let mut paths = tree.entries.keys().filter(|path| chosen.takes(path.as_str())).peekable();
        let is_of_some_file = paths.peek().is_some();
        let read = |path: &RepoPath| {
            let Found::File(blob) = repository.find(path.as_str()) else { return None };
            blob.documents.yaml(self.dialect_of(&repository, path)).ok()
        };
        let files: Vec<_> = paths.filter_map(read).collect();
        let is_nowhere = |edit: &&YamlEdit| !files.iter().any(|file| edit.has_place_in(file));
        let edits = self.edits.iter().filter(is_nowhere);
        edits
            .map(|edit| Nowhere {
                at: Some(edit.at().to_owned()),
                is_of_some_file,
                ..Nowhere::of_files("paths", &self.paths)
            })
            .collect()
    }

    fn dialect_of(&self, repository: &Repository<'_>, path: &RepoPath) -> yaml::Dialect {
        let dialect = self.dialect.map(yaml::Dialect::from);
        dialect.unwrap_or_else(|| repository.dialect_of(path.as_str()))
    }

    /// What is to be said of a link, which is not followed: nothing if the file that it leads to is edited as well, or is as
    /// the edits want it.
    fn link(
        &self,
        repository: &Repository<'_>,
        chosen: &Chosen,
        link: &RepoPath,
    ) -> Result<Option<String>, Hindrance> {
        let Some(target) = target(repository.snapshot, link) else {
            return Ok(Some(format!("`{link}` is a symbolic link that leads to no file here")));
        };
        let is_as_wanted =
            || matches!(self.edit(repository, &target), Ok(Made::Nothing | Made::Left(_)));
        if chosen.takes(target.as_str()) || is_as_wanted() {
            return Ok(None);
        }
        let why = format!("`{link}` is a symbolic link, which is not followed");
        let hint = format!("name the file that it leads to: `{target}`");
        Err(Hindrance::new(why).in_file(link).hint(hint))
    }

    fn edit(&self, repository: &Repository<'_>, path: &RepoPath) -> Result<Made, Hindrance> {
        let dialect = self.dialect_of(repository, path);
        let is_foreign = is_foreign(repository, path, dialect);
        let unread = |why: String| {
            Err(Hindrance::new(format!("`{path}` {why}")).in_file(path).hint("repair it first"))
        };
        let blob = match repository.find(path.as_str()) {
            Found::File(blob) => blob,
            Found::Nothing => return Ok(Made::Nothing),
            Found::Unusable(_) if is_foreign => return Err(foreign(path)),
            Found::Unusable(why) => return unread(why.to_string()),
        };
        let document = match blob.documents.yaml(dialect) {
            Ok(document) => document,
            Err(_) if is_foreign => return Err(foreign(path)),
            Err(Broken::Syntax(error)) => {
                let text = blob.documents.text().cloned().unwrap_or_else(|_| Text::new(""));
                return Err(unparsed(path, &text, dialect, error));
            }
            Err(Broken::Undecodable(why)) => return unread(why.to_string()),
        };
        // A text without any colon, or with comments alone, is YAML by accident.
        let is_collection = |node: yaml::Node<'_>| node.is_mapping() || node.is_sequence();
        if is_foreign && !document.roots().any(is_collection) {
            let has_place = self.edits.iter().any(|edit| edit.has_place_in(&document));
            return if has_place { Err(foreign(path)) } else { Ok(Made::Nothing) };
        }
        let document = document.of_file(path.as_str());
        let before = document.text();
        let mut edited = match EditedFile::of(&document) {
            Ok(edited) => edited,
            Err(error) => {
                let alone = "has a document that cannot be read alone";
                let why = format!("`{path}` {alone}: {}", error.message);
                // Where no edit has a place, none would be made by hand either.
                if !self.edits.iter().any(|edit| edit.has_place_in(&document)) {
                    return Ok(Made::Left(why));
                }
                return Err(Hindrance::new(why)
                    .at(path, before, error.span)
                    .hint("edit it by hand"));
            }
        };
        for edit in &self.edits {
            if let Err(refused) = edited.make(edit) {
                let why = format!("`{}` cannot be {}: {refused}", edit.at(), past(edit));
                let text = edited.text().unwrap_or_else(|_| before.clone());
                return Err(Hindrance::new(why).at(path, &text, refused.span));
            }
        }
        let after = edited.finished().map_err(|refused| {
            Hindrance::new(format!("`{path}` cannot be edited: {refused}")).in_file(path)
        })?;
        let edits = line_edits(before, &after);
        Ok(match edits.is_empty() {
            true => Made::Nothing,
            false => Made::Edit(FileEdit::text(path.clone(), edits)),
        })
    }
}

/// What becomes of one file.
enum Made {
    /// It is as the edits want it.
    Nothing,
    Edit(FileEdit),
    /// It is left, and why.
    Left(String),
}

/// The ending of a file's name; none in `.eslintrc`.
fn ending(path: &RepoPath) -> Option<&str> {
    let name = path.as_str().rsplit('/').next().unwrap_or_default();
    name.trim_start_matches('.').rsplit_once('.').map(|(_, ending)| ending)
}

/// Whether the name of a file says that it is YAML, JSON or TOML.
fn is_named(path: &RepoPath) -> bool {
    json::is_named(path.as_str()) || matches!(ending(path), Some("cff" | "toml" | "yaml" | "yml"))
}

/// Whether the name of a file tells that it is of a format that is not edited, and nobody says otherwise. What has no
/// ending behind its dot, such as `.clang-format`, may be YAML, and a `*.lock` may be TOML.
fn is_foreign(repository: &Repository<'_>, path: &RepoPath, dialect: yaml::Dialect) -> bool {
    let documents = &repository.pack.manifest.demands.documents;
    let is_demanded = documents.iter().any(|demand| demand.path == path.as_str());
    let is_hidden = path.as_str().rsplit('/').next().is_some_and(|name| name.starts_with('.'));
    let may_be = match ending(path) {
        Some(ending) => ending == "lock",
        None => is_hidden,
    };
    !is_named(path) && !may_be && !is_demanded && dialect != yaml::Dialect::Toml
}

fn foreign(path: &RepoPath) -> Hindrance {
    let why = format!("`{path}` is of a format that `yaml` does not edit, and `paths` takes it in");
    let hint = "name only YAML, JSON and TOML in `paths`; `run` changes files of any format";
    Hindrance::new(why).in_file(path).hint(hint)
}

/// What hinders the edit of a file that does not parse.
fn unparsed(path: &RepoPath, text: &Text, dialect: yaml::Dialect, error: SyntaxError) -> Hindrance {
    // The YAML parser reads more than the readers of the file do, and stops elsewhere.
    let of_json = json::is_strict(path.as_str()).then(|| json::error(text)).flatten();
    let error = of_json.unwrap_or(error);
    let is_json5 = ending(path) == Some("json5");
    let what = match json::is_named(path.as_str()) {
        true if is_json5 => "JSON5 that is read here",
        true => "JSON",
        false => dialect.language(),
    };
    let hint = match is_named(path) {
        // It may be JSON5, of which not all is read.
        true if is_json5 => {
            r"repair it first, or edit it by hand: of JSON5, an escape in single quotes such as `'it\'s'` is not read"
        }
        true => "repair it first",
        false => "repair it first, or leave it out of `paths` if it is of another format",
    };
    let why = format!("`{path}` is not {what}: {}", error.message);
    Hindrance::new(why).at(path, text, error.span).hint(hint)
}

/// The longest chain of links that is followed.
const MAX_LINKS: usize = 8;

/// The file of the tree that a link leads to, if it leads to one.
fn target(tree: &Snapshot, link: &RepoPath) -> Option<RepoPath> {
    let mut at = link.clone();
    for _ in 0..=MAX_LINKS {
        let entry = tree.entry(at.as_str())?;
        match entry.kind {
            EntryKind::File | EntryKind::Executable => return Some(at),
            EntryKind::Submodule => return None,
            EntryKind::Link => {}
        }
        let written = tree.read(entry.id).ok()?;
        let written = std::str::from_utf8(&written).ok()?;
        let LinkTarget::Inside(next) = link_target(&at, written) else { return None };
        at = next;
    }
    None
}

fn past(edit: &YamlEdit) -> &'static str {
    match edit {
        YamlEdit::Set { .. } => "set",
        YamlEdit::Remove { .. } => "removed",
        YamlEdit::Rename { .. } => "renamed",
        YamlEdit::Append { .. } => "appended to",
    }
}

#[cfg(test)]
mod tests;
