//! The bytes of one file and everything that can be parsed from them, each on demand and only once.

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

/// Why a file cannot be read as a given kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It is not text.
    #[error("{0}")]
    Undecodable(#[from] Undecodable),
    /// It is text, but not of this kind.
    #[error("does not parse: {0}")]
    Syntax(#[from] SyntaxError),
}

type Reading<T> = OnceLock<Result<Arc<T>, Broken>>;

/// The parsed forms of one file, shared by all repositories with the same blob.
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
    /// Creates the documents of a file without parsing anything yet.
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

    /// Returns the bytes of the file.
    #[must_use]
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// Returns the file as text.
    ///
    /// # Errors
    /// When it is binary, not UTF-8 or too large.
    pub fn text(&self) -> Result<&Text, &Undecodable> {
        self.text.get_or_init(|| Text::decode(&self.bytes)).as_ref()
    }

    /// Returns the file as YAML or TOML, depending on the dialect.
    ///
    /// # Errors
    /// When it is not text or not valid in the dialect.
    pub fn yaml(&self, dialect: Dialect) -> Result<Arc<Document>, Broken> {
        let reading = match dialect {
            Dialect::Yaml11 => &self.yaml11,
            Dialect::Yaml12 => &self.yaml12,
            Dialect::Toml => &self.toml,
        };
        self.read(reading, |text| Document::parse(text, dialect))
    }

    /// Returns the file as a Dockerfile.
    ///
    /// # Errors
    /// When it is not text or not a valid Dockerfile.
    pub fn dockerfile(&self) -> Result<Arc<Dockerfile>, Broken> {
        self.read(&self.dockerfile, Dockerfile::parse)
    }

    /// Returns the file as a Python module.
    ///
    /// # Errors
    /// When it is not text or not valid Python.
    pub fn python(&self) -> Result<Arc<Module>, Broken> {
        self.read(&self.python, Module::parse)
    }

    /// Returns the file as a list of requirements. Unreadable lines are reported as its problems.
    ///
    /// # Errors
    /// When it is not text.
    pub fn requirements(&self) -> Result<Arc<Requirements>, Broken> {
        self.read(&self.requirements, |text| Ok(Requirements::parse(text)))
    }

    /// Returns the file as a workflow.
    ///
    /// # Errors
    /// When it is not text or not valid YAML.
    pub fn workflow(&self) -> Result<Arc<Workflow>, Broken> {
        self.read(&self.workflow, Workflow::parse)
    }

    /// Returns the credentials in the file, even if it cannot be decoded.
    pub fn secrets(&self) -> &[Secret] {
        self.secrets.get_or_init(|| secrets_in(&self.bytes))
    }

    /// Returns the words that could name a file, see [`path_words`]; none if the file is not text.
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
