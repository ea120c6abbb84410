//! Edits `waivers.yaml`, preserving comments and all other bytes.

use std::path::Path;

use super::{Waiver, Waivers};
use crate::error::Error;
use crate::source::{Span, Text, TextEdit};

const HEADER: &str = "\
# Findings that were accepted, each until a day and while its lines stay as they are.
# `shipshape waive` adds entries, `shipshape waivers --prune` removes those that have expired.
schema: 1
waivers:
";

/// Returns the existing waiver of the same finding, which [`append`] would update.
#[must_use]
pub fn same(file: &Path, bytes: &[u8], waiver: &Waiver, names: &[String]) -> Option<Waiver> {
    let before = Waivers::parse(file, bytes).ok()?;
    before.entries.into_iter().find(|known| known.waives_the_same(waiver, names))
}

/// Adds a waiver at the end of the file. `bytes` is `None` if there is no file yet.
///
/// An existing waiver of the same finding, under any of the repository's `names`, is updated in place with the new
/// reason, owner and days instead.
///
/// # Errors
/// When the file is invalid, or written in a way that does not allow adding to it.
pub fn append(
    file: &Path,
    bytes: Option<&[u8]>,
    waiver: &Waiver,
    names: &[String],
) -> Result<Vec<u8>, Vec<Error>> {
    let Some(bytes) = bytes else {
        let content = format!("{HEADER}{}", entry("  ", waiver));
        return verified(file, content.into_bytes(), std::slice::from_ref(waiver));
    };
    let before = Waivers::parse(file, bytes)?;
    let text = &before.text;
    if let Some(index) =
        before.entries.iter().position(|known| known.waives_the_same(waiver, names))
    {
        return prolong(file, &before, index, waiver);
    }
    let end = text.as_str().len();
    let items = before.root.entry("waivers");
    let edit = match items.map(|(key, value)| (key, value, value.items())) {
        None => TextEdit::insert(
            end,
            format!("{}waivers:\n{}", break_before(text, end), entry("  ", waiver)),
        ),
        Some((_, value, Some([first, .., last]))) if !is_flow(text, value.span) => {
            insert_after(text, first.span, last.span, waiver)
        }
        Some((_, value, Some([only]))) if !is_flow(text, value.span) => {
            insert_after(text, only.span, only.span, waiver)
        }
        Some((_, value, Some([_, ..]))) => {
            let error = Error::usage("the waivers are in brackets, where none can be added")
                .at(file, text, value.span)
                .hint("write each waiver on separate lines, after `- `");
            return Err(vec![error]);
        }
        // `waivers:`, `waivers: []` and `waivers: null`.
        Some((key, value, _)) => {
            let span = if value.span.is_empty() { Span::at(value.span.start) } else { value.span };
            let start = key.span.end + 1;
            let span = Span::new(start, span.end.max(start));
            let line = text.whole_lines(Span::at(span.end));
            let rest = text.slice(Span::new(span.end, line.end)).trim_end();
            let comment =
                if rest.is_empty() { String::new() } else { format!(" {}", rest.trim_start()) };
            let replacement = format!("{comment}\n{}", entry("  ", waiver));
            TextEdit::replace(Span::new(span.start, line.end), replacement)
        }
    };
    let mut wanted = before.entries.clone();
    wanted.push(waiver.clone());
    verified(file, edited(file, text, &[edit])?, &wanted)
}

fn prolong(
    file: &Path,
    before: &Waivers,
    index: usize,
    waiver: &Waiver,
) -> Result<Vec<u8>, Vec<Error>> {
    let items = before.root.entry("waivers").and_then(|(_, value)| value.items());
    let item = items.and_then(|items| items.get(index));
    let mut wanted = before.entries.clone();
    let (Some(item), Some(entry)) = (item, wanted.get_mut(index)) else {
        let error = Error::usage("cannot be edited here").in_file(file);
        return Err(vec![error.hint(BY_HAND)]);
    };
    entry.reason.clone_from(&waiver.reason);
    entry.owner.clone_from(&waiver.owner);
    entry.expires = waiver.expires;
    let mut edits = Vec::new();
    let mut set = |key: &str, value: String| {
        let known = item.entry(key).map(|(_, value)| value.span);
        edits.extend(known.map(|span| TextEdit::replace(span, value)));
        known.is_some()
    };
    // Always quoted, since a comma would end plain text in a flow mapping.
    set("reason", quoted(&waiver.reason));
    set("owner", quoted(&waiver.owner));
    set("expires", waiver.expires.to_string());
    if let Some(created) = waiver.created
        && set("created", created.to_string())
    {
        entry.created = Some(created);
    }
    verified(file, edited(file, &before.text, &edits)?, &wanted)
}

/// Removes the waivers with these indices from the file, along with the comments directly above.
///
/// # Errors
/// When the file is invalid, or written in a way that does not allow removing from it.
pub fn prune(file: &Path, bytes: &[u8], unwanted: &[usize]) -> Result<Vec<u8>, Vec<Error>> {
    let before = Waivers::parse(file, bytes)?;
    let text = &before.text;
    let is_wanted = |index: &usize| !unwanted.contains(index);
    let wanted: Vec<Waiver> = (0..before.entries.len())
        .filter(is_wanted)
        .filter_map(|index| before.entries.get(index).cloned())
        .collect();
    if wanted.len() == before.entries.len() {
        return Ok(bytes.to_vec());
    }
    let Some((key, value)) = before.root.entry("waivers") else { return Ok(bytes.to_vec()) };
    if wanted.is_empty() && is_flow(text, value.span) {
        let edit = TextEdit::replace(value.span, "[]");
        return verified(file, edited(file, text, &[edit])?, &wanted);
    }
    if is_flow(text, value.span) {
        let error = Error::usage("the waivers are in brackets, where none can be removed")
            .at(file, text, value.span)
            .hint("write each waiver on separate lines, after `- `");
        return Err(vec![error]);
    }
    let mut edits = Vec::new();
    for (index, item) in value.items().unwrap_or_default().iter().enumerate() {
        if !is_wanted(&index) {
            edits.push(TextEdit::remove(with_comments(text, item.span)));
        }
    }
    if wanted.is_empty() {
        edits.push(TextEdit::insert(key.span.end + 1, " []"));
    }
    verified(file, edited(file, text, &edits)?, &wanted)
}

/// Returns the span of an item's lines, including comments directly above with the same indentation.
fn with_comments(text: &Text, item: Span) -> Span {
    let lines = text.whole_lines(item);
    let indentation = indentation(text, item);
    let mut start = lines.start;
    while start > 0 {
        let above = text.whole_lines(Span::at(start - 1));
        let line = text.slice(above);
        let is_comment = line.strip_prefix(indentation).is_some_and(|rest| rest.starts_with('#'));
        if !is_comment || above.start >= start {
            break;
        }
        start = above.start;
    }
    Span::new(start, lines.end)
}

/// Returns the indentation before the `-` of an item.
fn indentation(text: &Text, item: Span) -> &str {
    let line = text.slice(text.whole_lines(Span::at(item.start)));
    let width = line.len() - line.trim_start_matches(' ').len();
    line.split_at(width).0
}

fn insert_after(text: &Text, first: Span, last: Span, waiver: &Waiver) -> TextEdit {
    let at = text.whole_lines(last).end;
    let content = entry(indentation(text, first), waiver);
    TextEdit::insert(at, format!("{}{content}", break_before(text, at)))
}

/// Returns a line end, if the text before lacks one.
fn break_before(text: &Text, at: usize) -> &'static str {
    let before = text.slice(Span::new(0, at));
    if before.is_empty() || before.ends_with(['\n', '\r']) { "" } else { "\n" }
}

fn is_flow(text: &Text, span: Span) -> bool {
    text.slice(span).starts_with('[')
}

fn edited(file: &Path, text: &Text, edits: &[TextEdit]) -> Result<Vec<u8>, Vec<Error>> {
    // Use the file's own line ends.
    let line_end = text.line_end();
    let edits: Vec<TextEdit> = edits
        .iter()
        .map(|edit| TextEdit::replace(edit.span, edit.replacement.replace('\n', line_end)))
        .collect();
    match text.edited(&edits) {
        Ok(text) => Ok(text.to_bytes()),
        Err(edit) => {
            Err(vec![Error::usage("cannot be edited here").at(file, text, edit.span).hint(BY_HAND)])
        }
    }
}

const BY_HAND: &str = "edit the file by hand: each waiver on separate lines, after `- `";

/// Rejects an edit after which the file does not have the wanted waivers.
fn verified(file: &Path, bytes: Vec<u8>, wanted: &[Waiver]) -> Result<Vec<u8>, Vec<Error>> {
    let after = Waivers::parse(file, &bytes)?;
    if after.entries == wanted {
        return Ok(bytes);
    }
    let error = Error::usage("cannot be edited without changing what it says").in_file(file);
    Err(vec![error.hint(BY_HAND)])
}

/// Formats a waiver as lines of YAML.
fn entry(indentation: &str, waiver: &Waiver) -> String {
    let mut fields =
        vec![("repository", scalar(&waiver.repository)), ("rule", scalar(&waiver.rule))];
    fields.extend(waiver.path.as_ref().map(|path| ("path", scalar(path))));
    fields.push(("reason", scalar(&waiver.reason)));
    fields.push(("owner", scalar(&waiver.owner)));
    fields.extend(waiver.created.map(|created| ("created", created.to_string())));
    fields.push(("expires", waiver.expires.to_string()));
    // Always quoted, since sixteen digits would be read as a number.
    fields.push(("hash", quoted(&waiver.hash)));
    let mut lines = String::new();
    for (index, (key, value)) in fields.iter().enumerate() {
        let lead = if index == 0 { "- " } else { "  " };
        lines.push_str(&format!("{indentation}{lead}{key}: {value}\n"));
    }
    lines
}

/// Formats a text as a YAML scalar, without quotes if it can only be read as text.
fn scalar(text: &str) -> String {
    const TAKEN: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let plain = |c: char| c.is_ascii_alphanumeric() || " _./-,()".contains(c);
    let safe = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '.' || c == '_')
        && text.contains(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(plain)
        && !text.ends_with(' ')
        // `.inf` and `.5e3` are numbers.
        && !(text.starts_with('.') && !text.contains('/') && text.len() < 8)
        && !TAKEN.contains(&text.to_ascii_lowercase().as_str());
    if safe { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    let mut output = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => output.extend(['\\', c]),
            '\n' => output.push_str("\\n"),
            '\t' => output.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                output.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => output.push(c),
        }
    }
    output.push('"');
    output
}

#[cfg(test)]
mod tests;
