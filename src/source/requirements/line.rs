//! Joins the lines of a requirements file and parses each logical line.

use std::str::FromStr;

use pep440_rs::VersionSpecifiers;

use super::marker::is_marker;
use super::{Entry, Named, Requirement, is_distribution_name, normalize, option};
use crate::source::spliced::Spliced;
use crate::source::text::{Span, SyntaxError};

/// Joins lines that end in `\`. A comment line ends a continuation.
pub(super) fn logical_lines(content: &str) -> Vec<Spliced> {
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
            // pip inserts a space before it, so that it is a comment of the joined line as well.
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

/// Parses one logical line; `None` if it is empty or a comment.
///
/// # Errors
/// When pip would reject it.
pub(super) fn entry(line: &Spliced) -> Result<Option<Entry>, SyntaxError> {
    let content = line.as_str();
    let comment_at = comment_start(content);
    let body = line.part(0..comment_at.unwrap_or(content.len())).trimmed();
    let comment = comment_at.map(|at| line.span(at..content.trim_end().len()));
    if body.as_str().is_empty() {
        return Ok(None);
    }
    if body.as_str().starts_with('-') {
        return option(&body).map(Some);
    }
    if is_location(body.as_str()) {
        let value = part_until_space(&body, 0);
        return Ok(Some(Entry::Location(named(&value, &body))));
    }
    requirement(&body, comment).map(|read| Some(Entry::Requirement(Box::new(read))))
}

/// Returns the offset of the comment: a `#` at the beginning or after whitespace.
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
        // A slash in a marker or after a version does not make it a path.
        || (path.contains('/') && !body.contains('@'))
        || is_wheel(first)
}

pub(super) fn is_wheel(word: &str) -> bool {
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

fn option(body: &Spliced) -> Result<Entry, SyntaxError> {
    let content = body.as_str();
    if let Some((range, message)) = option::refusal(content) {
        return Err(SyntaxError::new(body.span(range), message));
    }
    for spelling in ["--requirement", "-r", "--constraint", "-c", "--editable", "-e"] {
        let Some(rest) = content.strip_prefix(spelling) else { continue };
        let separated = rest.starts_with(|c: char| c == '=' || c.is_whitespace());
        // `-rfile` needs no separator, but `--requirementfile` is another option.
        if !separated && (spelling.starts_with("--") || rest.is_empty()) {
            continue;
        }
        let skipped = rest.trim_start_matches(|c: char| c == '=' || c.is_whitespace());
        let start = content.len() - skipped.len();
        let value = named(&body.part(start..content.len()).trimmed(), body);
        return match spelling {
            "--requirement" | "-r" => Ok(Entry::Include(value)),
            "--constraint" | "-c" => Ok(Entry::Constraint(value)),
            _ if has_versions(&value.value) => {
                let message = "is not a folder or a URL, which `-e` takes";
                Err(SyntaxError::new(value.value_span, message))
            }
            _ => Ok(Entry::Editable(value)),
        };
    }
    Ok(Entry::Option(named(body, body)))
}

/// Whether this is a name with the versions of it that are wanted, and thus neither a folder nor a URL.
fn has_versions(value: &str) -> bool {
    let name_end = value.find(|c| !is_name_character(c)).unwrap_or(value.len());
    let (name, rest) = value.split_at(name_end);
    is_distribution_name(name)
        && ["==", ">=", "<=", "~=", "!="]
            .iter()
            .any(|operator| rest.trim_start().starts_with(operator))
}

fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

/// Returns the offset after any whitespace.
fn skip_space(content: &str, at: usize) -> usize {
    let rest = content.get(at..).unwrap_or_default();
    at + rest.len() - rest.trim_start().len()
}

fn requirement(body: &Spliced, comment: Option<Span>) -> Result<Requirement, SyntaxError> {
    let content = body.as_str();
    let name_end = content.find(|c| !is_name_character(c)).unwrap_or(content.len());
    let name = content.get(..name_end).unwrap_or_default();
    if !is_distribution_name(name) {
        return Err(SyntaxError::new(body.whole_span(), "is not a requirement"));
    }
    let options_at = options_start(content);
    let options = content.get(options_at..).unwrap_or_default();
    if let Some((range, message)) = option::refusal(options) {
        let range = options_at + range.start..options_at + range.end;
        return Err(SyntaxError::new(body.span(range), message));
    }
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
        hashes: hashes(options),
        variables: variables(content),
        span: body.whole_span(),
        comment,
    };
    let end = behind + rest.len();
    if rest.starts_with('@') {
        // A `;` is part of a URL unless preceded by a space.
        let semicolon = rest.find(" ;").map(|at| at + 1);
        let url_end = semicolon.map_or(rest.len(), |at| at - 1).max(1);
        let url = body.part(behind + 1..behind + url_end).trimmed();
        if variables(url.as_str()).is_empty() && !has_scheme(url.as_str()) {
            let message = "is not a URL with its scheme, which `@` takes";
            return Err(SyntaxError::new(url.whole_span(), message));
        }
        found.url = Some(url.as_str().to_owned());
        found.marker =
            semicolon.map(|at| marker(body, behind + at + 1, end)).transpose()?.flatten();
        return Ok(found);
    }
    let semicolon = rest.find(';');
    found.marker = semicolon.map(|at| marker(body, behind + at + 1, end)).transpose()?.flatten();
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
        // pip substitutes variables before it parses the line.
        Err(_) if !variables(specifier.as_str()).is_empty() => {}
        Err(_) => {
            let meant = specifier
                .as_str()
                .strip_prefix('=')
                .filter(|version| VersionSpecifiers::from_str(&format!("=={version}")).is_ok());
            let meant = meant.map(|version| format!(": write `=={version}`")).unwrap_or_default();
            let message = format!("is not a version specifier{meant}");
            return Err(SyntaxError::new(specifier.whole_span(), message));
        }
    }
    Ok(found)
}

/// Whether a text begins like a URL, unlike a version, a path or `github.com:a/b.git`. pip knows no scheme with a dot.
fn has_scheme(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-'))
    })
}

/// Parses the extras `[a, b]` in the range between name and options, and returns the offset of
/// their end.
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
    let inside = rest.get(..length).unwrap_or_default();
    let end = open + 1 + length + 1;
    if inside.trim().is_empty() {
        return Ok((Vec::new(), end));
    }
    let extras: Vec<String> = inside.split(',').map(|extra| extra.trim().to_owned()).collect();
    // The value of an environment variable is not known here.
    if variables(inside).is_empty() && !extras.iter().all(|extra| is_distribution_name(extra)) {
        let message = "is not a list of extras: their names, with commas between them";
        return Err(SyntaxError::new(body.span(open..end), message));
    }
    Ok((extras, end))
}

type Marker = Option<(String, Span)>;

fn marker(body: &Spliced, start: usize, end: usize) -> Result<Marker, SyntaxError> {
    let marker = body.part(start..end).trimmed();
    let (text, span) = (marker.as_str(), marker.whole_span());
    // The value of an environment variable is not known here.
    if !text.is_empty() && !text.contains("${") && !is_marker(text) {
        return Err(SyntaxError::new(span, "is not an environment marker, which `;` begins"));
    }
    Ok((!text.is_empty()).then(|| (text.to_owned(), span)))
}

/// Returns the offset at which options such as `--hash` or `-C` begin, those of whole files among them, which pip takes
/// behind a requirement and does not heed.
fn options_start(content: &str) -> usize {
    let mut before = 'x';
    for (at, character) in content.char_indices() {
        if before.is_whitespace() && character == '-' {
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

/// Returns the names of `${NAME}`; pip only allows capitals, digits and underscores.
fn variables(content: &str) -> Vec<String> {
    let inside = content.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
    let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    inside
        .map(|(name, _)| name.to_owned())
        .filter(|name| !name.is_empty() && name.chars().all(allowed))
        .collect()
}
