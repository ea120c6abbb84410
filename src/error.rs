//! The one error that crosses a command's boundary: what happened, where, why, and what to do next.
//!
//! Its kind decides the exit code; `cli` renders it. Inside a room, use a type that says more.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::source::{Position, Span, Text};

/// Decides how a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line or a file of ours (`fleet.yaml`, `shape.yaml`, …) is wrong: exit code 2.
    Usage,
    /// Something could not be read, checked or done: exit code 3.
    Failed,
}

/// Where in a file it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as the user named it.
    pub file: PathBuf,
    /// Line and column, when it is about a part of the file.
    pub position: Option<Position>,
}

/// An error as the user meets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    message: String,
    place: Option<Place>,
    causes: Vec<String>,
    hints: Vec<String>,
}

/// What fallible operations return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The user asked for something that cannot be: exit code 2.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Something could not be checked or done: exit code 3.
    #[must_use]
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), place: None, causes: Vec::new(), hints: Vec::new() }
    }

    /// Names the file.
    #[must_use]
    pub fn in_file(mut self, file: impl AsRef<Path>) -> Self {
        self.place = Some(Place { file: file.as_ref().to_owned(), position: None });
        self
    }

    /// Names the file and the place of a span in its text.
    #[must_use]
    pub fn at(mut self, file: impl AsRef<Path>, text: &Text, span: Span) -> Self {
        let position = Some(text.position(span.start));
        self.place = Some(Place { file: file.as_ref().to_owned(), position });
        self
    }

    /// Names the file and a position in it.
    #[must_use]
    pub fn at_position(mut self, file: impl AsRef<Path>, position: Position) -> Self {
        self.place = Some(Place { file: file.as_ref().to_owned(), position: Some(position) });
        self
    }

    /// Adds why: one line, the nearest cause first.
    #[must_use]
    pub fn caused_by(mut self, cause: impl fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// Says in the first place what was being done: what happened becomes the nearest cause, and its hints stay.
    #[must_use]
    pub fn within(mut self, message: impl Into<String>) -> Self {
        let happened = std::mem::replace(&mut self.message, message.into());
        self.causes.insert(0, happened);
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// What decides the exit code.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What happened.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// Why, the nearest cause first.
    #[must_use]
    pub fn causes(&self) -> &[String] {
        &self.causes
    }

    /// What happened, where and why in one line, for lists of many.
    #[must_use]
    pub fn in_one_line(&self) -> String {
        self.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// What to do next.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(place) = &self.place {
            write!(f, " ({}", place.file.display())?;
            if let Some(position) = place.position {
                write!(f, ":{position}")?;
            }
            f.write_str(")")?;
        }
        for cause in &self.causes {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
