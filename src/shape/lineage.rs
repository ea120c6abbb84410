//! Earlier canons: every distinct content that a path of the pack has had.
//!
//! A difference alone does not say what to do: a file that equals an earlier canon can be replaced
//! unseen, one that a person edited cannot. In: versions of the pack, newest first. Out: for each
//! path its distinct contents before today's, and whether that history is whole.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::snapshot::BlobId;
use crate::source::typed::outline;
use crate::source::{Position, Text};

use super::manifest::Variable;
use super::pack::{PackFiles, expressions};
use super::render::Templates;
use super::variables::Variables;

/// The history of every path of a pack.
#[derive(Clone, Debug, Default)]
pub struct Lineage {
    /// Earlier contents by canonical path, newest first, today's left out.
    pub earlier: BTreeMap<String, Vec<EarlierCanon>>,
    /// Why the history is not whole: then a content that matches nothing may still have been canon.
    pub incomplete: Option<String>,
}

/// A content that a path once had in the canon.
#[derive(Clone, Debug)]
pub struct EarlierCanon {
    /// The content, or only its id where no more is known.
    pub content: EarlierContent,
    /// When it was replaced or, where that is not known, made: for reports.
    pub label: String,
}

/// What is known of an earlier content.
#[derive(Clone, Debug)]
pub enum EarlierContent {
    /// The bytes.
    Literal(Arc<[u8]>),
    /// A template, with the variables as they were defined then.
    Template {
        /// Its source.
        source: Arc<str>,
        /// Definitions of that time.
        variables: EarlierVariables,
    },
    /// Only git's id of the bytes.
    Id(BlobId),
}

/// Variables as an earlier shape.yaml defined them. It is read when a template of that time is first rendered: most runs
/// never need one, and a pack gains earlier ones for as long as it lives.
#[derive(Clone, Debug, Default)]
pub struct EarlierVariables(Arc<Defined>);

#[derive(Debug, Default)]
struct Defined {
    shape: Option<Arc<[u8]>>,
    read: OnceLock<Vec<(String, Variable)>>,
}

impl EarlierVariables {
    /// Those that a shape.yaml defined; none where it cannot be read any more.
    #[must_use]
    pub fn of(shape: Option<Arc<[u8]>>) -> Self {
        Self(Arc::new(Defined { shape, read: OnceLock::new() }))
    }

    fn get(&self) -> &[(String, Variable)] {
        let Defined { shape, read } = &*self.0;
        read.get_or_init(|| shape.as_deref().map(variables_of).unwrap_or_default())
    }
}

impl Lineage {
    /// Earlier contents of a path, newest first.
    #[must_use]
    pub fn of(&self, path: &str) -> &[EarlierCanon] {
        self.earlier.get(path).map_or(&[], Vec::as_slice)
    }
}

/// Folder of a pack that holds its log of earlier contents.
pub const LOG_FOLDER: &str = "lineage/";

/// The log itself: one JSON object a line, oldest first, only ever added to.
pub const LOG: &str = "lineage/log.jsonl";

/// One line of the log: a path got a content. The content, and the shape.yaml of that time, stand
/// beside the log in files that are named by their git blob ids.
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
    /// A version, a date or a commit, for reports.
    pub label: String,
}

/// What one line of the log says.
#[derive(Clone, Debug)]
pub struct Logged {
    /// The line, counted from 0.
    pub line: usize,
    /// The canonical path.
    pub path: String,
    /// The content that the path had until then.
    pub canon: EarlierCanon,
}

impl Logged {
    /// Reads the log that a pack carries, oldest first.
    ///
    /// # Errors
    /// When a line is none, or names a content that is not there.
    pub fn read(files: &PackFiles, source: &str) -> Result<Vec<Self>> {
        let mut logged = Vec::new();
        let Some(log) = files.get(LOG) else { return Ok(logged) };
        let place = format!("{source}/{LOG}");
        let wrong = |line: usize, message: String| {
            let line = u32::try_from(line + 1).unwrap_or(u32::MAX);
            Error::usage(message).at_position(&place, Position { line, column: 1 })
        };
        // Many templates were logged with one shape, which is read once.
        let mut shapes: BTreeMap<String, EarlierVariables> = BTreeMap::new();
        for (number, line) in String::from_utf8_lossy(&log.bytes).lines().enumerate() {
            let entry: LogEntry = serde_json::from_str(line).map_err(|error| {
                wrong(number, "this is no line of a lineage log".to_owned()).caused_by(error)
            })?;
            let stored = |id: &str| {
                files
                    .get(&format!("{LOG_FOLDER}{id}"))
                    .map(|file| Arc::clone(&file.bytes))
                    .ok_or_else(|| {
                        wrong(number, format!("the content `{id}` is not in {LOG_FOLDER}"))
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
                let source = String::from_utf8_lossy(&stored(&entry.content)?).into_owned();
                EarlierContent::Template { source: source.into(), variables }
            } else {
                match files.get(&format!("{LOG_FOLDER}{}", entry.content)) {
                    Some(file) => EarlierContent::Literal(Arc::clone(&file.bytes)),
                    None => EarlierContent::Id(BlobId::parse(&entry.content).ok_or_else(|| {
                        wrong(number, format!("`{}` is no blob id", entry.content))
                    })?),
                }
            };
            let canon = EarlierCanon { content, label: entry.label };
            logged.push(Self { line: number, path: entry.path, canon });
        }
        Ok(logged)
    }
}

impl Lineage {
    /// The log that a pack carries, as the whole of its lineage.
    ///
    /// # Errors
    /// When a line is none, or names a content that is not there.
    pub fn from_log(files: &PackFiles, source: &str) -> Result<Self> {
        let mut lineage = Self::default();
        for Logged { path, canon, .. } in Logged::read(files, source)? {
            lineage.earlier.entry(path).or_default().insert(0, canon);
        }
        Ok(lineage)
    }

    /// Adds versions that are older than those known.
    pub fn extend_with_older(&mut self, older: Self) {
        for (path, canons) in older.earlier {
            let known = self.earlier.entry(path).or_default();
            for canon in canons {
                if !known.iter().any(|earlier| earlier.content.same(&canon.content)) {
                    known.push(canon);
                }
            }
        }
        self.incomplete = self.incomplete.take().or(older.incomplete);
    }

    /// Leaves out what is today's canon, and repetitions: `behind` counts distinct contents.
    pub fn settle(&mut self, path: &str, today: &EarlierContent) {
        let Some(canons) = self.earlier.get_mut(path) else { return };
        let mut distinct: Vec<EarlierCanon> = Vec::new();
        for canon in canons.drain(..) {
            let known = distinct.iter().any(|earlier| earlier.content.same(&canon.content));
            if !known && !canon.content.same(today) {
                distinct.push(canon);
            }
        }
        *canons = distinct;
    }
}

impl EarlierContent {
    /// Whether two are the same content. A template is the same whatever its variables were.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Literal(one), Self::Literal(other)) => one == other,
            (Self::Template { source: one, .. }, Self::Template { source: other, .. }) => {
                one == other
            }
            (Self::Id(one), Self::Id(other)) => one == other,
            (Self::Id(id), Self::Literal(bytes)) | (Self::Literal(bytes), Self::Id(id)) => {
                *id == BlobId::of(bytes)
            }
            _ => false,
        }
    }

    /// The bytes that this content had for a repository; `None` when only its id is known or it
    /// does not render any more.
    #[must_use]
    pub fn bytes(
        &self,
        values: impl FnOnce(&[(String, Variable)], &Templates) -> Option<Variables>,
    ) -> Option<Arc<[u8]>> {
        match self {
            Self::Literal(bytes) => Some(Arc::clone(bytes)),
            Self::Id(_) => None,
            Self::Template { source, variables } => {
                let variables = variables.get();
                let expressions =
                    variables.iter().flat_map(|(name, variable)| expressions(name, variable));
                let mut sources: Vec<(String, &str)> = expressions.collect();
                sources.push(("it".to_owned(), source));
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

/// Variables of an earlier shape.yaml. One that cannot be read any more had none that help.
fn variables_of(shape: &[u8]) -> Vec<(String, Variable)> {
    #[derive(Deserialize)]
    struct Earlier {
        #[serde(default, deserialize_with = "super::manifest::ordered::deserialize")]
        variables: Vec<(String, Variable)>,
    }
    // As for today's: what nests without end is never given to serde_yaml.
    let Ok(text) = Text::decode(shape) else { return Vec::new() };
    if outline::read(&text).is_err() {
        return Vec::new();
    }
    let earlier = serde_yaml::from_str::<Earlier>(text.as_str());
    earlier.map(|earlier| earlier.variables).unwrap_or_default()
}
