//! Parses pip requirements files, with spans, and edits single specifiers.
//!
//! [`Requirements::parse`] always succeeds and reports unreadable lines as problems. Lines are
//! joined, comments stripped and options read in pip's order (`pip/_internal/req/req_file.py`);
//! requirements follow PEP 508, names PEP 503, versions PEP 440. Nothing is looked up in an index.

pub mod danger;
mod line;
pub mod marker;
mod option;
pub mod range;

use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionSpecifiers};

use super::text::{Span, SyntaxError, Text, TextEdit};
use line::{entry, is_wheel, logical_lines};

/// A requirement by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The name as written.
    pub name: String,
    /// The name, normalized according to PEP 503.
    pub normalized: String,
    /// The span of the name.
    pub name_span: Span,
    /// Extras as written.
    pub extras: Vec<String>,
    /// The version specifiers; `None` if they cannot be read or there is a URL.
    pub specifiers: Option<VersionSpecifiers>,
    /// The span of the specifiers; if there are none, empty and placed after the name and extras.
    pub specifier_span: Span,
    /// The span to delete along with the specifiers: parentheses and the whitespace before them. If
    /// a continued line contains nothing else, a comment after the remainder would end the
    /// continuation.
    removal: Span,
    /// The URL of `name @ url`.
    pub url: Option<String>,
    /// The environment marker as written, without the `;`, and its span.
    pub marker: Option<(String, Span)>,
    /// The values of `--hash=`.
    pub hashes: Vec<String>,
    /// The names of `${VARIABLES}` that pip substitutes.
    pub variables: Vec<String>,
    /// The requirement and its options, without its comment.
    pub span: Span,
    /// The trailing comment, from its `#`.
    pub comment: Option<Span>,
}

/// A file named by an option, or a location to install from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// As written.
    pub value: String,
    /// The span of the value.
    pub value_span: Span,
    /// The whole entry.
    pub span: Span,
}

/// A logical line that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A requirement by name.
    Requirement(Box<Requirement>),
    /// `-r FILE`.
    Include(Named),
    /// `-c FILE`.
    Constraint(Named),
    /// `-e PATH` or `-e URL`.
    Editable(Named),
    /// A path or URL without a name before it.
    Location(Named),
    /// Any other option, as written.
    Option(Named),
}

/// A requirements file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// Its entries in order.
    pub entries: Vec<Entry>,
    /// Lines that pip would reject.
    pub problems: Vec<SyntaxError>,
}

/// A change of a specifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecifierEdit {
    /// The edit.
    pub edit: TextEdit,
    /// Whether the hashes of the requirement no longer match its version: pip will refuse to
    /// install until they are replaced.
    pub stale_hashes: bool,
}

/// Why a specifier cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecifierError {
    /// The requirement has a URL, which rules out version specifiers.
    #[error("`{0}` is installed from a URL")]
    Url(String),
    /// Without a specifier, the requirement would end like a wheel's file name and be read as a
    /// path.
    #[error("`{0}` would be read as the name of a file")]
    File(String),
    /// The new specifier is malformed.
    #[error("`{0}` is not a version specifier")]
    Malformed(String),
}

/// Whether a distribution can have this name (PEP 508).
#[must_use]
pub fn is_distribution_name(name: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.chars().all(is_inner)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// Normalizes a name according to PEP 503.
#[must_use]
pub fn normalize(name: &str) -> String {
    let mut output = String::with_capacity(name.len());
    let mut separated = false;
    for character in name.chars() {
        if matches!(character, '-' | '_' | '.') {
            separated = true;
            continue;
        }
        if separated {
            output.push('-');
            separated = false;
        }
        output.extend(character.to_lowercase());
    }
    if separated {
        output.push('-');
    }
    output
}

impl Requirement {
    /// Whether a version is allowed; `None` if unknown, because of a URL or an unreadable
    /// specifier.
    #[must_use]
    pub fn admits(&self, version: &Version) -> Option<bool> {
        self.specifiers.as_ref().map(|specifiers| specifiers.contains(version))
    }

    /// Returns the highest version that the specifiers name as a lower bound or exact match.
    #[must_use]
    pub fn lower_bound(&self) -> Option<Version> {
        let specifiers = self.specifiers.as_ref()?;
        let bounds = specifiers.iter().filter(|specifier| {
            matches!(
                specifier.operator(),
                Operator::GreaterThanEqual
                    | Operator::GreaterThan
                    | Operator::TildeEqual
                    | Operator::Equal
                    | Operator::EqualStar
                    | Operator::ExactEqual
            )
        });
        bounds.map(|specifier| specifier.version().clone()).max()
    }

    /// Whether old versions are kept out: by a lowest version or a URL, or possibly by an environment variable that
    /// decides the version. The rule `requirements-unbounded` requires it.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        self.url.is_some() || self.specifiers.is_none() || self.lower_bound().is_some()
    }

    /// Returns the edit that replaces the specifier. Extras, markers, options and comments stay.
    ///
    /// # Errors
    /// When the requirement has a URL, `specifier` is malformed, or the result would be read as a
    /// path.
    pub fn set_specifier(&self, specifier: &str) -> Result<SpecifierEdit, SpecifierError> {
        if self.url.is_some() {
            return Err(SpecifierError::Url(self.name.clone()));
        }
        if specifier.contains(['\n', '\r']) || VersionSpecifiers::from_str(specifier).is_err() {
            return Err(SpecifierError::Malformed(specifier.to_owned()));
        }
        let is_none = specifier.trim().is_empty();
        let marker = self.marker.iter().flat_map(|(marker, _)| marker.split_whitespace());
        let name = Some(self.name.as_str()).filter(|_| is_none && self.extras.is_empty());
        // After a name and `;`, even a bare `.whl` looks like the end of a path.
        let marker = marker.filter(|word| word.ends_with(".whl"));
        if let Some(file) = marker.chain(name.filter(|name| is_wheel(name))).next() {
            return Err(SpecifierError::File(file.to_owned()));
        }
        let span = if is_none { self.removal } else { self.specifier_span };
        let edit = TextEdit::replace(span, specifier);
        Ok(SpecifierEdit { edit, stale_hashes: !self.hashes.is_empty() })
    }
}

impl Requirements {
    /// Parses a requirements file.
    #[must_use]
    pub fn parse(text: &Text) -> Self {
        let mut read = Self::default();
        for line in logical_lines(text.as_str()) {
            match entry(&line) {
                Ok(entry) => read.entries.extend(entry),
                Err(problem) => read.problems.push(problem),
            }
        }
        read
    }

    /// Returns the requirements by name, in order.
    pub fn requirements(&self) -> impl Iterator<Item = &Requirement> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Requirement(requirement) => Some(requirement.as_ref()),
            _ => None,
        })
    }

    /// Returns the requirements of a package, however its name is spelled.
    pub fn named<'r>(&'r self, name: &str) -> impl Iterator<Item = &'r Requirement> + use<'r> {
        let normalized = normalize(name);
        self.requirements().filter(move |requirement| requirement.normalized == normalized)
    }

    /// Returns the files given with `-r`, in order.
    pub fn includes(&self) -> impl Iterator<Item = &Named> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Include(named) => Some(named),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests;
