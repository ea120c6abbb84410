//! A pip requirements file: what it asks for, with places, and edits of single specifiers.
//!
//! In: the text of a requirements file. Out: [`Requirements`], always, with what could not be read
//! as problems. Lines are joined, comments taken off and options read in pip's order
//! (`pip/_internal/req/req_file.py`); requirements follow PEP 508, names PEP 503, versions PEP 440.
//! Which packages a fleet wants is decided elsewhere; nothing is looked up in an index.

pub mod danger;
mod included;
mod line;
pub mod marker;
pub mod range;

use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionSpecifiers};

use super::text::{Span, SyntaxError, Text, TextEdit};
pub use included::read_with_includes;
use line::{entry, is_wheel, logical_lines};

/// One requirement by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The name as written.
    pub name: String,
    /// The name after PEP 503.
    pub normalized: String,
    /// Where the name stands.
    pub name_span: Span,
    /// Extras as written.
    pub extras: Vec<String>,
    /// Versions that are asked for; none when they cannot be read or there is a URL.
    pub specifiers: Option<VersionSpecifiers>,
    /// Where the specifiers stand; empty, behind name and extras, when there are none.
    pub specifier_span: Span,
    /// What goes with the specifiers: parentheses and the white space in front. Where a continued line holds
    /// nothing else, a comment behind what was left of it would end the continuation.
    removal: Span,
    /// `name @ url`.
    pub url: Option<String>,
    /// The environment marker as written, without the `;`.
    pub marker: Option<(String, Span)>,
    /// `--hash=` values.
    pub hashes: Vec<String>,
    /// Names of `${VARIABLES}` that pip puts in.
    pub variables: Vec<String>,
    /// The requirement with its options, without its comment.
    pub span: Span,
    /// The comment behind it, from its `#`.
    pub comment: Option<Span>,
}

/// A file that is named by an option, or a place to install from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// As written.
    pub value: String,
    /// Where the value stands.
    pub value_span: Span,
    /// The whole entry.
    pub span: Span,
}

/// One logical line that is not empty.
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
    /// A path or URL without a name in front.
    Location(Named),
    /// Any other option, as written.
    Option(Named),
}

/// A requirements file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// Its entries in order.
    pub entries: Vec<Entry>,
    /// Lines that pip would refuse.
    pub problems: Vec<SyntaxError>,
}

/// A changed specifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecifierEdit {
    /// The edit.
    pub edit: TextEdit,
    /// Whether the hashes of the requirement are those of another version now: pip will refuse to
    /// install until they are replaced.
    pub stale_hashes: bool,
}

/// Why a specifier cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecifierError {
    /// The requirement names a URL, which leaves no room for versions.
    #[error("`{0}` is installed from a URL")]
    Url(String),
    /// The requirement has what ends like a wheel's name, and would be read as a path.
    #[error("`{0}` would be read as the name of a file")]
    File(String),
    /// The new specifier is not one.
    #[error("`{0}` is not a version specifier")]
    Malformed(String),
}

/// A name in the one spelling that PEP 503 compares.
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
    /// Whether a version may be installed; none when that is not known: a URL, or a specifier that
    /// cannot be read.
    #[must_use]
    pub fn admits(&self, version: &Version) -> Option<bool> {
        self.specifiers.as_ref().map(|specifiers| specifiers.contains(version))
    }

    /// The highest version that specifiers name as a lowest or only one.
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

    /// The edit that asks for other versions. Extras, markers, options and comments stay.
    ///
    /// # Errors
    /// When the requirement names a URL, `specifier` is none, or what is left would be read as a path.
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
        // Behind the name and its `;` even `.whl` by itself ends a path.
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
    /// Reads a requirements file.
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

    /// The requirements by name, in order.
    pub fn requirements(&self) -> impl Iterator<Item = &Requirement> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Requirement(requirement) => Some(requirement.as_ref()),
            _ => None,
        })
    }

    /// The requirements of a package, whatever its spelling.
    pub fn named<'r>(&'r self, name: &str) -> impl Iterator<Item = &'r Requirement> + use<'r> {
        let normalized = normalize(name);
        self.requirements().filter(move |requirement| requirement.normalized == normalized)
    }

    /// Files given with `-r`, in order.
    pub fn includes(&self) -> impl Iterator<Item = &Named> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Include(named) => Some(named),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests;
