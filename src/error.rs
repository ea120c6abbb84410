//! The one error type that crosses a command's boundary: what happened, where, why, and what to do next.
//!
//! Its [`Kind`] decides the exit code; `cli` renders it. Causes are kept as text, for a person: nothing is to be read out
//! of one. Where the caller decides by what went wrong, a room returns a type of its own that says so (`ForgeError`,
//! `Refusal`, `EditRefused`), or an [`Obstacle`] does; else it returns this type.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::source::{Position, Span, Text};

/// The kind of an error, which decides the command's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line or one of our files (`fleet.yaml`, `shape.yaml`, …) is wrong: exit code 2.
    Usage,
    /// Something could not be read, checked or done: exit code 3.
    Failed,
}

/// What has to be out of the way, or there, before something can be done, where commands say how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Releases are frozen.
    Freeze,
    /// The token lacks a permission, or may not see the repository.
    Permission,
    /// The forge does not accept the credential.
    Credential,
    /// The repository has no branch, tag or commit of that name.
    NoReference,
    /// The folder has no shape pack.
    NoPack,
    /// No package.yaml is in the folder or above it.
    NoDescription,
    /// The shape pack has no content for a path that is compared with one.
    NoCanon,
    /// The package index had the file, and somebody deleted it there.
    Deleted,
}

/// The place in a file that an error is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as the user named it.
    pub file: PathBuf,
    /// Line and column, if the error is about a part of the file.
    pub position: Option<Position>,
}

/// An error as it is shown to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    obstacle: Option<Obstacle>,
    message: String,
    place: Option<Place>,
    causes: Vec<String>,
    hints: Vec<String>,
}

/// The result of a fallible operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error in what the user asked for: exit code 2.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// An error while reading, checking or doing something: exit code 3.
    #[must_use]
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            obstacle: None,
            message: message.into(),
            place: None,
            causes: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Sets the file that the error is about.
    #[must_use]
    pub fn in_file(mut self, file: impl AsRef<Path>) -> Self {
        self.place = Some(Place { file: file.as_ref().to_owned(), position: None });
        self
    }

    /// Sets the file and the position of a span in its text.
    #[must_use]
    pub fn at(mut self, file: impl AsRef<Path>, text: &Text, span: Span) -> Self {
        let position = Some(text.position(span.start));
        self.place = Some(Place { file: file.as_ref().to_owned(), position });
        self
    }

    /// Sets the file and a position in it.
    #[must_use]
    pub fn at_position(mut self, file: impl AsRef<Path>, position: Position) -> Self {
        self.place = Some(Place { file: file.as_ref().to_owned(), position: Some(position) });
        self
    }

    /// Sets what has to be out of the way first.
    #[must_use]
    pub fn stopped_by(mut self, obstacle: Obstacle) -> Self {
        self.obstacle = Some(obstacle);
        self
    }

    /// Adds a cause, in one line; causes are added nearest first.
    #[must_use]
    pub fn caused_by(mut self, cause: impl fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// Wraps the error in what was being done: its message becomes the nearest cause, and its hints stay.
    #[must_use]
    pub fn within(mut self, message: impl Into<String>) -> Self {
        let happened = std::mem::replace(&mut self.message, message.into());
        self.causes.insert(0, happened);
        self
    }

    /// Adds a hint at what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The kind, which decides the exit code.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What has to be out of the way first, if that is known.
    #[must_use]
    pub fn obstacle(&self) -> Option<Obstacle> {
        self.obstacle
    }

    /// What happened.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The place in a file, if there is one.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// The causes, nearest first.
    #[must_use]
    pub fn causes(&self) -> &[String] {
        &self.causes
    }

    /// The message, place and causes in one line, for lists of many errors.
    #[must_use]
    pub fn in_one_line(&self) -> String {
        self.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Hints at what to do next.
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
