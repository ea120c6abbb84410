//! One file's bytes and all that can be read from them, each reading done on demand and once.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::dockerfile::Dockerfile;
use super::named_files::path_words;
use super::python::Module;
use super::requirements::Requirements;
use super::secrets::{Secret, secrets_in};
use super::workflow::Workflow;
use super::yaml::{Dialect, Document};
use super::{SyntaxError, Text, Undecodable};

/// Why a file is not a document of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It is no text at all.
    #[error("{0}")]
    Undecodable(#[from] Undecodable),
    /// It is a text, and not of its kind.
    #[error("does not parse: {0}")]
    Syntax(#[from] SyntaxError),
}

type Reading<T> = OnceLock<Result<Arc<T>, Broken>>;

/// The readings of one file. Shared by every repository that has the same blob.
pub struct Documents {
    bytes: Arc<[u8]>,
    text: OnceLock<Result<Text, Undecodable>>,
    yaml11: Reading<Document>,
    yaml12: Reading<Document>,
    toml: Reading<Document>,
    dockerfile: Reading<Dockerfile>,
    python: Reading<Module>,
    requirements: Reading<Requirements>,
    workflow: Reading<Workflow>,
    secrets: OnceLock<Vec<Secret>>,
    path_words: OnceLock<Vec<Box<str>>>,
}

impl Documents {
    /// Readings of these bytes; none is made yet.
    #[must_use]
    pub fn new(bytes: Arc<[u8]>) -> Self {
        Self {
            bytes,
            text: OnceLock::new(),
            yaml11: OnceLock::new(),
            yaml12: OnceLock::new(),
            toml: OnceLock::new(),
            dockerfile: OnceLock::new(),
            python: OnceLock::new(),
            requirements: OnceLock::new(),
            workflow: OnceLock::new(),
            secrets: OnceLock::new(),
            path_words: OnceLock::new(),
        }
    }

    /// The bytes of the file.
    #[must_use]
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// The file as text.
    ///
    /// # Errors
    /// When it is binary, not UTF-8 or too large.
    pub fn text(&self) -> Result<&Text, &Undecodable> {
        self.text.get_or_init(|| Text::decode(&self.bytes)).as_ref()
    }

    /// The file as a document of a dialect: YAML, or TOML.
    ///
    /// # Errors
    /// When it is no text or no such document.
    pub fn yaml(&self, dialect: Dialect) -> Result<Arc<Document>, Broken> {
        let reading = match dialect {
            Dialect::Yaml11 => &self.yaml11,
            Dialect::Yaml12 => &self.yaml12,
            Dialect::Toml => &self.toml,
        };
        self.read(reading, |text| Document::parse(text, dialect))
    }

    /// The file as a Dockerfile.
    ///
    /// # Errors
    /// When it is no text or no Dockerfile.
    pub fn dockerfile(&self) -> Result<Arc<Dockerfile>, Broken> {
        self.read(&self.dockerfile, Dockerfile::parse)
    }

    /// The file as a Python module.
    ///
    /// # Errors
    /// When it is no text or no Python.
    pub fn python(&self) -> Result<Arc<Module>, Broken> {
        self.read(&self.python, Module::parse)
    }

    /// The file as a list of requirements. Lines that are none are its problems.
    ///
    /// # Errors
    /// When it is no text.
    pub fn requirements(&self) -> Result<Arc<Requirements>, Broken> {
        self.read(&self.requirements, |text| Ok(Requirements::parse(text)))
    }

    /// The file as a workflow.
    ///
    /// # Errors
    /// When it is no text or no YAML.
    pub fn workflow(&self) -> Result<Arc<Workflow>, Broken> {
        self.read(&self.workflow, Workflow::parse)
    }

    /// The credentials in the file, whether or not it can be decoded.
    pub fn secrets(&self) -> &[Secret] {
        self.secrets.get_or_init(|| secrets_in(&self.bytes))
    }

    /// The words that could name a file, see [`path_words`]; none when it is no text.
    pub fn path_words(&self) -> &[Box<str>] {
        self.path_words.get_or_init(|| {
            self.text().map_or_else(|_| Vec::new(), |text| path_words(text.as_str()))
        })
    }

    fn read<T>(
        &self,
        reading: &Reading<T>,
        parse: impl FnOnce(&Text) -> Result<T, SyntaxError>,
    ) -> Result<Arc<T>, Broken> {
        let read = || {
            let text = self.text().map_err(Clone::clone)?;
            Ok(Arc::new(parse(text)?))
        };
        reading.get_or_init(read).clone()
    }
}

impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Documents({} bytes)", self.bytes.len())
    }
}
