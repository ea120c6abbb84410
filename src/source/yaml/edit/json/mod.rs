//! Edits of documents that are JSON: what is written is JSON, as the document writes it, and stays what its readers take.

mod place;
mod remove;
mod style;
mod value;

pub(super) use place::{in_collection, in_nothing, moved, replaced};
pub(super) use remove::removal;
pub(super) use value::{Entry, Value, quoted, scalar_text};

use super::super::gap::line_start;
use super::super::{Content, Dialect, Document, Record};
use super::EditRefused;
use crate::source::json::{self, Form};
use crate::source::text::{Span, Text};

/// What the readers of a document have to take of JSON; `None` if it is not JSON to them.
///
/// The name of its file says that, or else its text: a `{…}` or `[…]` that is not empty and has its keys in double quotes.
///
/// # Errors
/// When its name says JSON, and its text is not: no edit could be read again as what it is.
pub(super) fn form(document: &Document) -> Result<Option<Form>, EditRefused> {
    let root = document.record(document.root);
    match (document.json, document.stays_json) {
        _ if document.dialect == Dialect::Toml => Ok(None),
        (Some(form), Some(_)) => Ok(Some(form)),
        (None, Some(named)) => {
            let (span, why) = unlike(document, named);
            Err(EditRefused::new(span, format!("its name says that it is JSON, {why}")))
        }
        (Some(form @ (Form::Strict | Form::Commented)), None)
            if first_child(document, root).is_some() =>
        {
            Ok(Some(form))
        }
        _ => Ok(None),
    }
}

/// Where and why a text is not the JSON that the name of its file says, as the end of a sentence.
fn unlike(document: &Document, named: Form) -> (Span, String) {
    let may_be_json = document.text.as_str().trim_start().starts_with(['{', '[', '/']);
    // What strict readers stumble over may well be JSON5, of which not all is read.
    match json::error(&document.text).filter(|_| named == Form::Strict || !may_be_json) {
        Some(why) => (why.span, format!("and its text is not: {}", why.message)),
        None => {
            let why = "and its text is not, or has something of JSON5 that is not read here, such as `0x1F` or an escape \
                       in single quotes";
            (document.record(document.root).span, why.to_owned())
        }
    }
}

/// Whether values are written as JSON into a document.
pub(super) fn is_json(document: &Document) -> Result<bool, EditRefused> {
    form(document).map(|form| form.is_some())
}

/// Why a text is not what readers of a form take; `None` if it is.
pub(super) fn fault(after: &Document, form: Form) -> Option<String> {
    if after.json.is_some_and(|it| it <= form) {
        return None;
    }
    let why = json::error(&after.text).filter(|_| form == Form::Strict);
    Some(why.map_or_else(|| form.to_string(), |why| format!("{form}: {}", why.message)))
}

/// The span of the first child of a collection, from its key on.
fn first_child(document: &Document, record: &Record) -> Option<Span> {
    match &record.content {
        Content::Mapping { entries, .. } => entries.first().map(|it| document.entry_span(it)),
        Content::Sequence { items, .. } => items.first().map(|it| document.record(it.node).span),
        Content::Scalar { .. } | Content::Alias(_) => None,
    }
}

/// Whether the children of a collection are on lines below its bracket.
fn is_broken(document: &Document, record: &Record) -> bool {
    first_child(document, record).is_some_and(|first| {
        has_line_end(document.text.slice(Span::new(record.body.start, first.start)))
    })
}

fn has_line_end(text: &str) -> bool {
    text.contains(['\n', '\r'])
}

/// The blanks before the first word of the line that an offset is on.
fn indentation(text: &Text, offset: usize) -> &str {
    let content = text.as_str();
    let line = content.get(line_start(content, offset)..).unwrap_or_default();
    line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default()
}

/// The offset of the next token: behind blanks and comments.
fn next_token(document: &Document, from: usize) -> usize {
    let content = document.text.as_str();
    let mut at = from;
    loop {
        let rest = content.get(at..).unwrap_or_default();
        at += rest.len() - rest.trim_start().len();
        let next = document.comments.partition_point(|comment| comment.span.start < at);
        match document.comments.get(next) {
            Some(comment) if comment.span.start == at => at = comment.span.end,
            _ => return at,
        }
    }
}

/// The offset of the comma that follows a child.
fn comma_behind(document: &Document, end: usize) -> Option<usize> {
    let at = next_token(document, end);
    document.text.as_str().get(at..).is_some_and(|rest| rest.starts_with(',')).then_some(at)
}

/// The end of the comments that follow on the same line, if nothing else does; else the offset itself.
fn behind_comments(document: &Document, from: usize) -> usize {
    let text = &document.text;
    let mut end = from;
    let next = document.comments.partition_point(|comment| comment.span.start < from);
    for comment in document.comments.get(next..).unwrap_or_default() {
        let between = text.slice(Span::new(end, comment.span.start));
        if has_line_end(between) || !between.trim().is_empty() {
            break;
        }
        end = comment.span.end;
    }
    if rest_of_line(text, end).trim().is_empty() { end } else { from }
}

/// The end of the `/* … */` that follow a value on its line, before a comma or a bracket: they are about the value.
pub(super) fn behind_remarks(document: &Document, from: usize) -> usize {
    let text = &document.text;
    let mut end = from;
    let next = document.comments.partition_point(|comment| comment.span.start < from);
    for comment in document.comments.get(next..).unwrap_or_default() {
        let between = text.slice(Span::new(end, comment.span.start));
        let is_there = between.trim().is_empty() && !has_line_end(between);
        if !is_there || !text.slice(comment.span).starts_with("/*") {
            break;
        }
        end = comment.span.end;
    }
    end
}

fn rest_of_line(text: &Text, from: usize) -> &str {
    let rest = text.as_str().get(from..).unwrap_or_default();
    rest.get(..rest.find(['\n', '\r']).unwrap_or(rest.len())).unwrap_or_default()
}

#[cfg(test)]
mod tests;
