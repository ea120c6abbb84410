//! A pip requirements file: what it asks for, with places, and edits of single specifiers.
//!
//! In: the text of a requirements file. Out: [`Requirements`], always, with what could not be read
//! as problems. Lines are joined, comments taken off and options read in pip's order
//! (`pip/_internal/req/req_file.py`); requirements follow PEP 508, names PEP 503, versions PEP 440.
//! Which packages a fleet wants is decided elsewhere; nothing is looked up in an index.

pub mod range;

use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionSpecifiers};

use super::spliced::Spliced;
use super::text::{Span, SyntaxError, Text, TextEdit};

/// More files than this are not read through `-r`.
const MAX_FILES: usize = 64;

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
        if let Some(file) = marker.chain(name).find(|word| is_wheel(word)) {
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
            read.line(&line);
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

    fn line(&mut self, line: &Spliced) {
        let content = line.as_str();
        let comment_at = comment_start(content);
        let body = line.part(0..comment_at.unwrap_or(content.len())).trimmed();
        let comment = comment_at.map(|at| line.span(at..content.trim_end().len()));
        if body.as_str().is_empty() {
            return;
        }
        let read = if body.as_str().starts_with('-') {
            Ok(option(&body))
        } else if is_location(body.as_str()) {
            let value = part_until_space(&body, 0);
            Ok(Entry::Location(named(&value, &body)))
        } else {
            requirement(&body, comment).map(|read| Entry::Requirement(Box::new(read)))
        };
        match read {
            Ok(entry) => self.entries.push(entry),
            Err(problem) => self.problems.push(problem),
        }
    }
}

/// Reads a file and what it includes with `-r`, each once, in the order of first mention; names
/// are relative to the file that includes them. A file that is not there is left out.
#[must_use]
pub fn read_with_includes(
    path: &str,
    files: &dyn Fn(&str) -> Option<Text>,
) -> Vec<(String, Requirements)> {
    let mut read: Vec<(String, Requirements)> = Vec::new();
    let mut waiting = std::collections::VecDeque::from([path.to_owned()]);
    while let Some(path) = waiting.pop_front() {
        if read.len() >= MAX_FILES {
            break;
        }
        if read.iter().any(|(known, _)| *known == path) {
            continue;
        }
        let Some(text) = files(&path) else { continue };
        let requirements = Requirements::parse(&text);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        waiting.extend(requirements.includes().map(|named| relative(folder, &named.value)));
        read.push((path, requirements));
    }
    read
}

fn relative(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            // What leaves the repository is kept, and found by nobody.
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Lines joined at a `\` at their end. A comment line ends a continuation.
fn logical_lines(content: &str) -> Vec<Spliced> {
    let mut lines = Vec::new();
    let mut open: Option<Spliced> = None;
    let mut at = 0;
    for whole in content.split_inclusive('\n') {
        let line = whole.trim_end_matches(['\n', '\r']);
        let comment = comment_start(line)
            .is_some_and(|at| line.get(..at).is_some_and(|l| l.trim().is_empty()));
        let continued = if comment { None } else { line.strip_suffix('\\') };
        let mut joined = open.take().unwrap_or_else(|| Spliced::at(at));
        if comment && !joined.as_str().is_empty() {
            // pip puts a space before it, so that it is a comment of the joined line as well.
            joined.push("\n", at - 1);
        }
        joined.push(continued.unwrap_or(line), at);
        at += whole.len();
        if continued.is_some() {
            open = Some(joined);
        } else {
            lines.push(joined);
        }
    }
    lines.extend(open);
    lines
}

/// Where a comment begins: at a `#` in front or behind white space.
fn comment_start(line: &str) -> Option<usize> {
    let mut before = ' ';
    for (at, character) in line.char_indices() {
        if character == '#' && before.is_whitespace() {
            return Some(at);
        }
        before = character;
    }
    None
}

fn is_location(body: &str) -> bool {
    let first = body.split_whitespace().next().unwrap_or_default();
    let scheme = first.find("://").is_some_and(|at| {
        first.get(..at).is_some_and(|s| s.chars().all(|c| c.is_ascii_alphanumeric() || c == '+'))
    });
    let path = first.split([';', '=', '<', '>', '!', '~', '[', '(']).next().unwrap_or_default();
    scheme
        || first.starts_with(['.', '/'])
        || first.starts_with("file:")
        // A slash in a marker or behind a version makes no path.
        || (path.contains('/') && !body.contains('@'))
        || is_wheel(first)
}

fn is_wheel(word: &str) -> bool {
    std::path::Path::new(word).extension().is_some_and(|end| end == "whl")
}

fn part_until_space(body: &Spliced, start: usize) -> Spliced {
    let rest = body.as_str().get(start..).unwrap_or_default();
    let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
    body.part(start..start + length)
}

fn named(value: &Spliced, whole: &Spliced) -> Named {
    Named {
        value: value.as_str().to_owned(),
        value_span: value.whole_span(),
        span: whole.whole_span(),
    }
}

fn option(body: &Spliced) -> Entry {
    let content = body.as_str();
    for spelling in ["--requirement", "-r", "--constraint", "-c", "--editable", "-e"] {
        let Some(rest) = content.strip_prefix(spelling) else { continue };
        let separated = rest.starts_with(|c: char| c == '=' || c.is_whitespace());
        // `-rfile` needs no separator, `--requirementfile` is another option.
        if !separated && (spelling.starts_with("--") || rest.is_empty()) {
            continue;
        }
        let skipped = rest.trim_start_matches(|c: char| c == '=' || c.is_whitespace());
        let start = content.len() - skipped.len();
        let value = named(&body.part(start..content.len()).trimmed(), body);
        return match spelling {
            "--requirement" | "-r" => Entry::Include(value),
            "--constraint" | "-c" => Entry::Constraint(value),
            _ => Entry::Editable(value),
        };
    }
    Entry::Option(named(body, body))
}

fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

/// The offset behind white space.
fn skip_space(content: &str, at: usize) -> usize {
    let rest = content.get(at..).unwrap_or_default();
    at + rest.len() - rest.trim_start().len()
}

fn requirement(body: &Spliced, comment: Option<Span>) -> Result<Requirement, SyntaxError> {
    let content = body.as_str();
    let name_end = content.find(|c| !is_name_character(c)).unwrap_or(content.len());
    let name = content.get(..name_end).unwrap_or_default();
    let sound = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric());
    if !sound {
        return Err(SyntaxError::new(body.whole_span(), "is not a requirement"));
    }
    let options_at = options_start(content);
    let (extras, extras_end) = extras(body, name_end..options_at)?;
    let behind = skip_space(content, extras_end);
    let rest = content.get(behind..options_at).unwrap_or_default();
    let named_until = Span::at(body.span(extras_end - 1..extras_end).end);
    let mut found = Requirement {
        name: name.to_owned(),
        normalized: normalize(name),
        name_span: body.span(0..name_end),
        extras,
        specifiers: None,
        specifier_span: named_until,
        removal: named_until,
        url: None,
        marker: None,
        hashes: hashes(content.get(options_at..).unwrap_or_default()),
        variables: variables(content),
        span: body.whole_span(),
        comment,
    };
    let end = behind + rest.len();
    if let Some(url) = rest.strip_prefix('@') {
        // A `;` is part of a URL unless a space stands before it.
        let semicolon = rest.find(" ;").map(|at| at + 1);
        let url_end = semicolon.map_or(url.len(), |at| at - 1);
        found.url = Some(url.get(..url_end).unwrap_or_default().trim().to_owned());
        found.marker = semicolon.and_then(|at| marker(body, behind + at + 1, end));
        return Ok(found);
    }
    let semicolon = rest.find(';');
    found.marker = semicolon.and_then(|at| marker(body, behind + at + 1, end));
    let specifier_end = behind + semicolon.unwrap_or(rest.len());
    let mut specifier = body.part(behind..specifier_end).trimmed();
    let inner = specifier.as_str().strip_prefix('(').and_then(|it| it.strip_suffix(')'));
    let in_parentheses = inner.is_some();
    if !specifier.as_str().is_empty() {
        found.removal = named_until.to(specifier.whole_span());
    }
    if in_parentheses {
        specifier = specifier.part(1..specifier.as_str().len() - 1).trimmed();
    }
    if in_parentheses || !specifier.as_str().is_empty() {
        found.specifier_span = specifier.whole_span();
    }
    match VersionSpecifiers::from_str(specifier.as_str()) {
        Ok(specifiers) => found.specifiers = Some(specifiers),
        // pip puts variables in before it reads the line.
        Err(_) if !variables(specifier.as_str()).is_empty() => {}
        Err(_) => {
            let message = "is not a version specifier";
            return Err(SyntaxError::new(specifier.whole_span(), message));
        }
    }
    Ok(found)
}

/// Reads `[a, b]` within what stands between name and options, and where it ends.
fn extras(
    body: &Spliced,
    between: std::ops::Range<usize>,
) -> Result<(Vec<String>, usize), SyntaxError> {
    let content = body.as_str().get(..between.end).unwrap_or_default();
    let open = skip_space(content, between.start);
    let Some(rest) = content.get(open..).and_then(|rest| rest.strip_prefix('[')) else {
        return Ok((Vec::new(), between.start));
    };
    let Some(length) = rest.find(']') else {
        let span = body.span(open..content.len());
        return Err(SyntaxError::new(span, "the extras are never closed"));
    };
    let listed = rest.get(..length).unwrap_or_default().split(',').map(str::trim);
    let extras = listed.filter(|extra| !extra.is_empty()).map(str::to_owned).collect();
    Ok((extras, open + 1 + length + 1))
}

fn marker(body: &Spliced, start: usize, end: usize) -> Option<(String, Span)> {
    let marker = body.part(start..end).trimmed();
    (!marker.as_str().is_empty()).then(|| (marker.as_str().to_owned(), marker.whole_span()))
}

/// Where options such as `--hash` begin.
fn options_start(content: &str) -> usize {
    let mut before = 'x';
    for (at, character) in content.char_indices() {
        if before.is_whitespace() && content.get(at..).is_some_and(|rest| rest.starts_with("--")) {
            return at;
        }
        before = character;
    }
    content.len()
}

fn hashes(options: &str) -> Vec<String> {
    let mut words = options.split_whitespace();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        match word.strip_prefix("--hash") {
            Some("") => found.extend(words.next().map(str::to_owned)),
            Some(value) => found.push(value.trim_start_matches('=').to_owned()),
            None => {}
        }
    }
    found
}

/// Names of `${NAME}`; pip knows capitals, digits and underscores only.
fn variables(content: &str) -> Vec<String> {
    let inside = content.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
    let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    inside
        .map(|(name, _)| name.to_owned())
        .filter(|name| !name.is_empty() && name.chars().all(allowed))
        .collect()
}

#[cfg(test)]
mod tests;
