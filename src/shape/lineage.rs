//! Earlier canons: every distinct content that a path of the pack has had.
//!
//! A difference alone does not say what to do: a file that equals an earlier canon can be replaced without review, one
//! that a person edited cannot. A lineage lists the distinct contents of each path before the current one, newest
//! first, and whether that history is complete. What makes two contents distinct is for [`meaning`] to say.

mod log;
mod meaning;
pub mod parts;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::snapshot::BlobId;
use crate::snapshot::with_line_feeds;
use crate::source::typed::outline;
use crate::source::{Position, Text};

use super::manifest::Variable;
use super::pack::{PackFiles, expressions};
use super::render::Templates;
use super::variables::Variables;
pub use log::is_of_log;
pub use meaning::ChangedVariable;
use parts::Parts;

/// The history of every path of a pack.
#[derive(Clone, Debug, Default)]
pub struct Lineage {
    /// Earlier contents by canonical path.
    earlier: BTreeMap<String, Earlier>,
    /// Why the history is incomplete, if so: then a content that matches nothing may still have been canon.
    pub incomplete: Option<String>,
}

/// The earlier contents of one path. Which of them are distinct is decided when one is first asked for: most runs never
/// do, and a pack accumulates versions indefinitely.
#[derive(Clone, Debug, Default)]
struct Earlier {
    /// All that are known, newest first, several times where the same content was found in several places.
    known: Vec<EarlierCanon>,
    today: Option<EarlierContent>,
    distinct: OnceLock<Vec<EarlierCanon>>,
}

/// An earlier content of a path of the pack.
#[derive(Clone, Debug)]
pub struct EarlierCanon {
    /// The content.
    pub content: EarlierContent,
    /// A label for reports: a version, a date or a commit.
    pub label: String,
    /// Where it was found.
    pub origin: EarlierOrigin,
}

/// Where an earlier content was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarlierOrigin {
    /// In the git history of the pack.
    Pack,
    /// In the git history of the starter repository around the pack, at the path itself.
    Starter,
    /// In the pack's log.
    Log,
}

/// What is known of an earlier content.
#[derive(Clone, Debug)]
pub enum EarlierContent {
    /// The bytes.
    Literal(Arc<[u8]>),
    /// A template, with the variables as defined at the time.
    Template {
        /// Its source.
        source: Arc<str>,
        /// The templates of the time that it takes in.
        parts: Parts,
        /// The variable definitions of the time.
        variables: EarlierVariables,
    },
}

/// Variables as an earlier shape.yaml defined them. Parsed only when a template of that time is first rendered, since
/// most runs never need them and a pack accumulates versions indefinitely.
#[derive(Clone, Debug, Default)]
pub struct EarlierVariables(Arc<Defined>);

#[derive(Debug, Default)]
struct Defined {
    shape: Option<Arc<[u8]>>,
    read: OnceLock<Vec<(String, Variable)>>,
}

impl EarlierVariables {
    /// Creates the variables of a shape.yaml; there are none if it can no longer be read.
    #[must_use]
    pub fn of(shape: Option<Arc<[u8]>>) -> Self {
        Self(Arc::new(Defined { shape, read: OnceLock::new() }))
    }

    /// The variables of the same shape.yaml with only these definitions.
    fn narrowed(&self, definitions: Vec<(String, Variable)>) -> Self {
        let shape = self.0.shape.clone();
        Self(Arc::new(Defined { shape, read: definitions.into() }))
    }

    /// The shape.yaml that defines them.
    fn shape(&self) -> Option<&Arc<[u8]>> {
        self.0.shape.as_ref()
    }

    fn get(&self) -> &[(String, Variable)] {
        let Defined { shape, read } = &*self.0;
        read.get_or_init(|| shape.as_deref().map(variables_of).unwrap_or_default())
    }
}

impl Lineage {
    /// Creates a lineage of which nothing is known, and says why.
    #[must_use]
    pub fn incomplete(why: &str) -> Self {
        Self { incomplete: Some(why.to_owned()), ..Self::default() }
    }

    /// Returns the distinct earlier contents of a path, newest first, without today's.
    #[must_use]
    pub fn of(&self, path: &str) -> &[EarlierCanon] {
        let Some(Earlier { known, today, distinct }) = self.earlier.get(path) else { return &[] };
        distinct.get_or_init(|| meaning::distinct(known, today.as_ref()))
    }

    /// Returns today's content of a path, as set by [`Lineage::settle`].
    #[must_use]
    pub fn today(&self, path: &str) -> Option<&EarlierContent> {
        self.earlier.get(path)?.today.as_ref()
    }

    /// Returns the literal contents that paths have had, some of them several times.
    pub fn literals(&self) -> impl Iterator<Item = &Arc<[u8]>> {
        self.earlier.values().flat_map(|earlier| &earlier.known).filter_map(|canon| {
            match &canon.content {
                EarlierContent::Literal(bytes) => Some(bytes),
                EarlierContent::Template { .. } => None,
            }
        })
    }
}

/// The folder of a pack that holds its log of earlier contents.
pub const LOG_FOLDER: &str = "lineage/";

/// The log itself: JSON Lines, oldest first, append-only.
pub const LOG: &str = "lineage/log.jsonl";

/// The folder of a pack in a starter repository, whose own files were the canon before it had a pack. Packs elsewhere,
/// such as beside fleet.yaml, are in repositories of another kind.
pub const STARTER_FOLDER: &str = ".shipshape";

/// The folders in other repositories that may contain a shape pack, the likeliest first.
pub const SHAPE_FOLDERS: [&str; 2] = [".shipshape/shape", "shape"];

const RESTORE: &str = "restore it from the history of the pack's repository";

/// One line of the log: a content that a path had. The content, and for a template the shape.yaml of the time, are
/// stored next to the log in files named by their git blob ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogEntry {
    /// The canonical path.
    pub path: String,
    /// Git's id of the content.
    pub content: String,
    /// Whether the content is a template.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub template: bool,
    /// Git's id of the shape.yaml that defined its variables; only for templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<String>,
    /// Git's ids of the templates that a template takes in, by their files in the pack.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<String, String>,
    /// A version, a date or a commit, for reports.
    pub label: String,
}

impl LogEntry {
    /// Creates the line of a content that is not a template.
    #[must_use]
    pub fn of_literal(path: String, content: String, label: String) -> Self {
        Self { path, content, template: false, shape: None, parts: BTreeMap::new(), label }
    }
}

/// A parsed line of the log.
#[derive(Clone, Debug)]
pub struct Logged {
    /// The line number, counted from 0.
    pub line: usize,
    /// The canonical path.
    pub path: String,
    /// The content that the path had until then.
    pub canon: EarlierCanon,
}

impl Logged {
    /// Parses the log of a pack, oldest first.
    ///
    /// # Errors
    /// When a line is malformed, or names a content that is missing or has another id.
    pub fn read(files: &PackFiles, source: &str) -> Result<Vec<Self>> {
        let mut logged = Vec::new();
        let Some(log) = files.get(LOG) else { return Ok(logged) };
        let place = format!("{source}/{LOG}");
        let wrong = |line: usize, message: String| {
            let line = u32::try_from(line + 1).unwrap_or(u32::MAX);
            Error::usage(message).at_position(&place, Position { line, column: 1 })
        };
        // Many templates share a shape.yaml, which is parsed once.
        let mut shapes: BTreeMap<String, EarlierVariables> = BTreeMap::new();
        for (number, line) in String::from_utf8_lossy(&log.bytes).lines().enumerate() {
            let entry: LogEntry = serde_json::from_str(line).map_err(|error| {
                wrong(number, "this is not a line of a lineage log".to_owned()).caused_by(error)
            })?;
            let stored = |id: &str| {
                let blob = BlobId::parse(id)
                    .ok_or_else(|| wrong(number, format!("`{id}` is not a blob id")))?;
                let missing = format!("the content `{id}` is not in {LOG_FOLDER}");
                let file = files.get(&format!("{LOG_FOLDER}{id}"));
                let file = file.ok_or_else(|| wrong(number, missing).hint(RESTORE))?;
                with_id(&file.bytes, blob).ok_or_else(|| {
                    let changed =
                        format!("`{LOG_FOLDER}{id}` was changed: its content has another id");
                    wrong(number, changed).hint(RESTORE)
                })
            };
            let content = if entry.template {
                let variables = match entry.shape {
                    None => EarlierVariables::default(),
                    Some(shape) => match shapes.get(&shape) {
                        Some(known) => known.clone(),
                        None => {
                            let of_then = EarlierVariables::of(Some(stored(&shape)?));
                            shapes.entry(shape).or_insert(of_then).clone()
                        }
                    },
                };
                let text = |id: &str| -> Result<Arc<str>> {
                    Ok(String::from_utf8_lossy(&stored(id)?).into_owned().into())
                };
                let part = |(name, id): (&String, &String)| Ok((name.clone(), text(id)?));
                let parts = entry.parts.iter().map(part).collect::<Result<Parts>>()?;
                EarlierContent::Template { source: text(&entry.content)?, parts, variables }
            } else {
                EarlierContent::Literal(stored(&entry.content)?)
            };
            let canon = EarlierCanon { content, label: entry.label, origin: EarlierOrigin::Log };
            logged.push(Self { line: number, path: entry.path, canon });
        }
        Ok(logged)
    }
}

impl Lineage {
    /// Creates a lineage from the log of a pack alone.
    ///
    /// # Errors
    /// When a line is malformed, or names a content that is missing or has another id.
    pub fn from_log(files: &PackFiles, source: &str) -> Result<Self> {
        let mut lineage = Self::default();
        for Logged { path, canon, .. } in Logged::read(files, source)?.into_iter().rev() {
            lineage.add_older(&path, [canon]);
        }
        Ok(lineage)
    }

    /// Appends contents of a path, newest first, that are older than those known.
    pub fn add_older(&mut self, path: &str, canons: impl IntoIterator<Item = EarlierCanon>) {
        let earlier = self.earlier.entry(path.to_owned()).or_default();
        earlier.known.extend(canons);
        earlier.distinct = OnceLock::new();
    }

    /// Appends older versions to those known.
    pub fn extend_with_older(&mut self, older: Self) {
        for (path, earlier) in older.earlier {
            self.add_older(&path, earlier.known);
        }
        self.incomplete = self.incomplete.take().or(older.incomplete);
    }

    /// Sets today's content of a path, which is none of the earlier ones.
    pub fn settle(&mut self, path: &str, today: EarlierContent) {
        let earlier = self.earlier.entry(path.to_owned()).or_default();
        earlier.today = Some(today);
        earlier.distinct = OnceLock::new();
    }
}

impl EarlierContent {
    /// Returns the bytes that this content had for a repository; `None` if it no longer renders.
    #[must_use]
    pub fn bytes(
        &self,
        values: impl FnOnce(&[(String, Variable)], &Templates) -> Option<Variables>,
    ) -> Option<Arc<[u8]>> {
        match self {
            Self::Literal(bytes) => Some(Arc::clone(bytes)),
            Self::Template { source, parts, variables } => {
                let variables = variables.get();
                let expressions =
                    variables.iter().flat_map(|(name, variable)| expressions(name, variable));
                let mut sources: Vec<(String, &str)> = expressions.collect();
                sources.push(("it".to_owned(), source));
                sources.extend(parts.iter().map(|(name, part)| (name.clone(), &**part)));
                let templates = Templates::compile(
                    sources.iter().map(|(name, source)| (name.as_str(), *source)),
                )
                .ok()?;
                let values = values(variables, &templates)?;
                Some(templates.render("it", &values).ok()?.into_bytes().into())
            }
        }
    }
}

/// The content with an id: these bytes, or these with the line ends that git converted when it stored or wrote them.
fn with_id(bytes: &Arc<[u8]>, id: BlobId) -> Option<Arc<[u8]>> {
    if BlobId::of(bytes) == id {
        return Some(Arc::clone(bytes));
    }
    let text = with_line_feeds(bytes);
    let returns = text.iter().flat_map(|byte| match byte {
        b'\n' => &b"\r\n"[..],
        byte => std::slice::from_ref(byte),
    });
    let returns: Vec<u8> = returns.copied().collect();
    [text, returns].into_iter().find(|bytes| BlobId::of(bytes) == id).map(Arc::from)
}

/// Parses the variables of an earlier shape.yaml; none if it can no longer be read.
fn variables_of(shape: &[u8]) -> Vec<(String, Variable)> {
    #[derive(Deserialize)]
    struct Earlier {
        #[serde(default, deserialize_with = "super::manifest::ordered::deserialize")]
        variables: Vec<(String, Variable)>,
    }
    // As for the current shape.yaml, unbounded nesting must not reach serde_yaml.
    let Ok(text) = Text::decode(shape) else { return Vec::new() };
    if outline::read(&text).is_err() {
        return Vec::new();
    }
    let earlier = serde_yaml::from_str::<Earlier>(text.as_str());
    earlier.map(|earlier| earlier.variables).unwrap_or_default()
}
