//! Where a repository says which version of a distribution it wants.

use std::str::FromStr as _;

use pep440_rs::Version;

use super::style::{Stays, Wish, restyled};
use super::{docker, project};
use crate::checks::requirements::{self, File};
use crate::checks::{DocumentKind, Repository};
use crate::snapshot::RepoPath;
use crate::source::requirements::{Entry, Requirement, SpecifierError, normalize};
use crate::source::{Span, Text, TextEdit};

/// Names of requirements files, besides those that the shape names.
const USUAL: [(&str, &str); 6] = [
    ("requirements", ".txt"),
    ("requirements", ".in"),
    ("constraints", ".txt"),
    ("constraints", ".in"),
    ("requirements/", ".txt"),
    ("requirements/", ".in"),
];

/// A place that asks for a distribution.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file.
    pub path: RepoPath,
    /// Its text.
    pub text: Text,
    /// The part of the text that asks for it.
    pub span: Span,
    /// The versions that it asks for, `>=0.1.0`; empty for any.
    pub asks: String,
    pub(super) how: How,
}

/// How the version of a place is set.
#[derive(Clone, Debug)]
pub(super) enum How {
    /// In a requirement, whose offsets count from `base`; `bare` if it is an unquoted word of a shell.
    Requirement { requirement: Box<Requirement>, base: usize, bare: Option<Bare> },
    /// As a plain version, with a prefix in front of it.
    Version { version: Version, span: Span, sign: &'static str },
    /// Not at all, and why.
    Not(String),
}

/// An unquoted word of a shell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bare {
    pub(super) span: Span,
    /// Whether its script is in quotes: it is an argument of `sh -c`, or in a JSON array.
    pub(super) is_in_quotes: bool,
}

/// The result of setting a place.
pub(super) enum Set {
    /// It is already as wanted.
    Same,
    Edits(Vec<TextEdit>),
    /// It stays as it is whatever the version, for this reason.
    Left(String),
}

/// Why a place keeps a repository from the change, with a hint.
pub(super) struct Hindered(pub(super) String, pub(super) &'static str);

impl Place {
    pub(super) fn new(path: &str, text: &Text, span: Span, asks: String, how: How) -> Self {
        Self { path: RepoPath::new(path), text: text.clone(), span, asks, how }
    }

    pub(super) fn unset(path: &str, text: &Text, span: Span, why: impl Into<String>) -> Self {
        Self::new(path, text, span, String::new(), How::Not(why.into()))
    }

    /// Why no version can be set here; `None` if one can.
    #[must_use]
    pub fn left_alone(&self) -> Option<&str> {
        match &self.how {
            How::Not(why) => Some(why),
            How::Requirement { .. } | How::Version { .. } => None,
        }
    }

    /// Whether a version satisfies what is asked for here; `None` if that is not known.
    #[must_use]
    pub fn admits(&self, version: &Version) -> Option<bool> {
        match &self.how {
            How::Requirement { requirement, .. } => requirement.admits(version),
            How::Version { version: own, .. } => Some(own == version),
            How::Not(_) => None,
        }
    }

    /// Sets the version of this place.
    pub(super) fn set(&self, wish: &Wish, hashes: &[String]) -> Result<Set, Hindered> {
        match &self.how {
            How::Not(why) => Ok(Set::Left(why.clone())),
            How::Version { version, .. } if *version == wish.version => Ok(Set::Same),
            How::Version { version, .. } if *version > wish.version && !wish.lower => {
                Err(newer(version))
            }
            How::Version { span, sign, .. } => {
                let edit = TextEdit::replace(*span, format!("{sign}{}", wish.version));
                Ok(Set::Edits(vec![edit]))
            }
            How::Requirement { requirement, base, bare } => {
                self.set_requirement(requirement, (*base, *bare), wish, hashes)
            }
        }
    }

    fn set_requirement(
        &self,
        requirement: &Requirement,
        (base, bare): (usize, Option<Bare>),
        wish: &Wish,
        hashes: &[String],
    ) -> Result<Set, Hindered> {
        let moved = |span: Span| Span::new(span.start + base, span.end + base);
        let raw = self.text.slice(moved(requirement.specifier_span));
        let wanted = match restyled(raw, wish) {
            Ok(None) => return Ok(Set::Same),
            Ok(Some(wanted)) => wanted,
            Err(Stays::Loose) => return Ok(Set::Left(Stays::Loose.to_string())),
            Err(Stays::Newer(version)) => return Err(newer(&version)),
            Err(why @ Stays::Excludes(_)) => {
                let hint =
                    "widen the bound once the member suits the version, or leave the member out";
                return Err(Hindered(why.to_string(), hint));
            }
            Err(why @ Stays::Unread) => {
                return Err(Hindered(why.to_string(), "correct the line first"));
            }
        };
        let edit = requirement.set_specifier(&wanted).map_err(|error| match error {
            SpecifierError::Url(_) | SpecifierError::File(_) | SpecifierError::Malformed(_) => {
                Hindered(error.to_string(), "write the requirement in another way first")
            }
        })?;
        let mut edits = vec![TextEdit::replace(moved(edit.edit.span), edit.edit.replacement)];
        if let Some(word) = bare
            && wanted.contains(['<', '>', '!', '~', '*', ' '])
        {
            // The shell would interpret these characters.
            if word.is_in_quotes {
                let why = "its script is in quotes, which those that it would need could end";
                return Err(Hindered(why.to_owned(), "quote the requirement there first"));
            }
            edits.push(TextEdit::insert(word.span.start, "\""));
            edits.push(TextEdit::insert(word.span.end, "\""));
        }
        if edit.stale_hashes {
            if hashes.is_empty() {
                let hint =
                    "name the new ones under `hashes`; `shipshape pin` takes them from the index";
                return Err(Hindered(
                    "it is held to the hashes of another version".to_owned(),
                    hint,
                ));
            }
            let span = moved(requirement.span);
            let edit = rehashed(&self.text, span, hashes).ok_or_else(|| {
                Hindered(
                    "its hashes are written in an unknown way".to_owned(),
                    "replace them by hand",
                )
            })?;
            edits.push(edit);
        }
        Ok(Set::Edits(edits))
    }
}

fn newer(version: &Version) -> Hindered {
    let hint = "versions are lowered only on request: `lower: true`, or `shipshape pin --lower`";
    Hindered(format!("it is at {version} already, which is newer"), hint)
}

/// Replaces the hashes of a requirement, and keeps the layout between them.
fn rehashed(text: &Text, requirement: Span, hashes: &[String]) -> Option<TextEdit> {
    let raw = text.slice(requirement);
    let first = raw.find("--hash")?;
    let last = raw.rfind("--hash")?;
    let value = raw.get(last..)?.get("--hash".len()..)?;
    let skipped =
        value.len() - value.trim_start_matches(|c: char| c == '=' || c.is_whitespace()).len();
    let value = value.get(skipped..)?;
    let length = value.find(|c: char| c.is_whitespace() || c == '\\').unwrap_or(value.len());
    let end = last + "--hash".len() + skipped + length;
    // Other options between the hashes would be lost.
    let between = raw.get(first..end)?;
    let is_hash = |word: &str| word == "\\" || word.starts_with("--hash") || word.contains(':');
    if !between.split_whitespace().all(is_hash) {
        return None;
    }
    let before = raw.get(..first)?;
    let gap =
        before.get(before.trim_end_matches(|c: char| c == '\\' || c.is_whitespace()).len()..)?;
    let written: Vec<String> = hashes.iter().map(|hash| format!("--hash={hash}")).collect();
    let start = requirement.start;
    Some(TextEdit::replace(Span::new(start + first, start + end), written.join(gap)))
}

/// All places of a repository, in the order of files. `is_runtime` says whether the fleet runs on this distribution.
#[must_use]
pub fn places(repository: &Repository<'_>, distribution: &str, is_runtime: bool) -> Vec<Place> {
    let mut found = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for root in roots(repository) {
        for file in requirements::read(repository, &root) {
            if !seen.contains(&file.path) {
                of_file(&file, distribution, &mut found);
                seen.push(file.path);
            }
        }
    }
    found.extend(project::places(repository, distribution));
    found.extend(docker::places(repository, distribution, is_runtime));
    let wanted = normalize(distribution);
    let files = repository.pack.manifest.demands.version_files.iter();
    let files = files.filter(|file| normalize(&file.distribution) == wanted);
    found.extend(files.filter_map(|file| version_file(repository, &file.path)));
    found
}

/// Why a file that may ask for the distribution cannot be read, with its path.
#[must_use]
pub fn unread(repository: &Repository<'_>) -> Option<(RepoPath, String)> {
    let of_kind = |path: &str, kind: DocumentKind| {
        let broken = repository.broken(path, kind)?;
        Some((RepoPath::new(path), broken.to_string()))
    };
    let files = roots(repository);
    let requirements = files.iter().find_map(|path| of_kind(path, DocumentKind::Requirements));
    requirements.or_else(|| {
        let dockerfiles = docker::files(repository);
        dockerfiles.iter().find_map(|path| of_kind(path, DocumentKind::Dockerfile))
    })
}

/// The requirements files to start from.
fn roots(repository: &Repository<'_>) -> Vec<String> {
    let demanded = &repository.pack.manifest.demands.requirements;
    let mut roots: Vec<String> = demanded.iter().map(|demand| demand.path.clone()).collect();
    for path in repository.snapshot.entries.keys().map(RepoPath::as_str) {
        let is_usual = |(start, end): &(&str, &str)| {
            path.strip_prefix(start).is_some_and(|rest| rest.ends_with(end) && !rest.contains('/'))
        };
        if USUAL.iter().any(is_usual) && !roots.iter().any(|known| known == path) {
            roots.push(path.to_owned());
        }
    }
    for path in docker::listed(repository) {
        if !roots.contains(&path) {
            roots.push(path);
        }
    }
    roots
}

fn of_file(file: &File, distribution: &str, found: &mut Vec<Place>) {
    let wanted = normalize(distribution);
    for entry in &file.read.entries {
        match entry {
            Entry::Requirement(requirement) if requirement.normalized == wanted => {
                found.push(of_requirement(&file.path, &file.text, requirement));
            }
            Entry::Editable(named) | Entry::Location(named) if is_of(&named.value, &wanted) => {
                let why = format!("it is installed from `{}`", shown(&named.value));
                found.push(Place::unset(&file.path, &file.text, named.span, why));
            }
            _ => {}
        }
    }
    for problem in &file.read.problems {
        let line = file.text.slice(file.text.whole_lines(problem.span)).trim_start();
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let end = line.find(|c| !is_name(c)).unwrap_or(line.len());
        if normalize(line.get(..end).unwrap_or_default()) == wanted {
            let why = format!("the line is not a requirement: it {}", problem.message);
            found.push(Place::unset(&file.path, &file.text, problem.span, why));
        }
    }
}

fn of_requirement(path: &str, text: &Text, requirement: &Requirement) -> Place {
    let span = requirement.span;
    if let Some(url) = &requirement.url {
        return Place::unset(path, text, span, format!("it is installed from `{}`", shown(url)));
    }
    if requirement.specifiers.is_none() {
        let why = "an environment variable names the version";
        return Place::unset(path, text, span, why);
    }
    let how = How::Requirement { requirement: Box::new(requirement.clone()), base: 0, bare: None };
    Place::new(path, text, span, asked(requirement), how)
}

/// What a requirement asks for, without spaces.
pub(super) fn asked(requirement: &Requirement) -> String {
    let specifiers = requirement.specifiers.as_ref().map(ToString::to_string).unwrap_or_default();
    specifiers.replace(' ', "")
}

/// An address without anything that may be secret.
fn shown(address: &str) -> String {
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let place = rest.split(['?', '#']).next().unwrap_or_default();
            let host = place.rsplit_once('@').filter(|(before, _)| !before.contains('/'));
            format!("{scheme}://{}", host.map_or(place, |(_, host)| host))
        }
        None => address.to_owned(),
    }
}

/// Whether a path or an address names a distribution.
fn is_of(address: &str, wanted: &str) -> bool {
    let egg = address.split_once("#egg=").map(|(_, egg)| egg.split(['&', '[']).next());
    if let Some(Some(egg)) = egg {
        return normalize(egg) == wanted;
    }
    let place = address.split(['#', '?']).next().unwrap_or_default();
    let place = place
        .rsplit_once('@')
        .filter(|(_, rest)| !rest.contains('/'))
        .map_or(place, |(place, _)| place);
    let last = place.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let stem = last.strip_suffix(".whl").or_else(|| last.strip_suffix(".tar.gz"));
    let name = match stem {
        Some(stem) => stem.split('-').next().unwrap_or_default(),
        None => last.trim_end_matches(".git"),
    };
    normalize(name) == wanted
}

/// A file among the shape's `version_files`: a version on a line of its own.
fn version_file(repository: &Repository<'_>, path: &str) -> Option<Place> {
    let text = repository.text(path)?;
    let mut at = 0;
    for line in text.as_str().split_inclusive('\n') {
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        let word = line.split('#').next().unwrap_or_default().trim();
        if word.is_empty() {
            continue;
        }
        let span = Span::new(start, start + word.len());
        let Ok(version) = Version::from_str(word) else {
            let why = format!("`{word}` is not a version");
            return Some(Place::unset(path, &text, span, why));
        };
        let sign = if word.starts_with('v') { "v" } else { "" };
        let how = How::Version { version: version.clone(), span, sign };
        return Some(Place::new(path, &text, span, format!("=={version}"), how));
    }
    None
}
