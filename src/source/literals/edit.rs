//! Adds elements to a list and removes them, in the style of their neighbours.

use super::{Element, Language, List, Separator, Wanted};
use crate::source::text::{Span, Text, TextEdit};

/// Why a list cannot be edited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The list is not in the text.
    #[error("the list is not defined")]
    Absent,
    /// The value would need an escape or would end the list.
    #[error("`{0}` cannot be written there without an escape")]
    Unsafe(String),
    /// The list holds pairs or objects and no value was given, or the reverse.
    #[error("the elements of the list have another form")]
    Form,
    /// A field differs between the objects of the list, and no value was given for the new one.
    #[error("the value of `{0}` in a new element is not known")]
    Undeclared(String),
    /// There is no such element.
    #[error("`{0}` is not in the list")]
    Missing(String),
    /// The element already exists.
    #[error("`{0}` is already in the list")]
    Present(String),
    /// The edited text does not parse as intended.
    #[error("the edited list would not read as intended")]
    Unverified,
}

impl Wanted<'_> {
    /// Returns the edits that add an element, with its value if the list holds pairs. A sorted list
    /// stays sorted; otherwise the element is appended.
    ///
    /// # Errors
    /// When the list cannot hold such an element. Edits are only returned after the edited text has
    /// been parsed again and verified.
    pub fn insert(
        &self,
        text: &Text,
        value: &str,
        paired: Option<&str>,
    ) -> Result<Vec<TextEdit>, EditError> {
        let list = self.find(text).ok_or(EditError::Absent)?;
        if list.values().any(|known| known == value) {
            return Err(EditError::Present(value.to_owned()));
        }
        for written in [Some(value), paired].into_iter().flatten() {
            let spaced =
                list.separator == Separator::Space && written.contains(char::is_whitespace);
            if spaced || !is_plain(written) {
                return Err(EditError::Unsafe(written.to_owned()));
            }
        }
        let uniform =
            list.elements.iter().all(|element| element.paired.is_some() == paired.is_some());
        let simple = paired.is_some() || same_tail(text, &list).is_some();
        if !uniform || !simple || (paired.is_some() && list.separator == Separator::Space) {
            return Err(EditError::Form);
        }
        let index = place(&list, value);
        let edits = match neighbour(&list, index) {
            Some(neighbour) => {
                let rendered = render(text, &list, neighbour, value, paired);
                insertion(text, &list, index, &rendered)
            }
            None => first_element(text, &list, value, paired),
        };
        let mut expected: Vec<&str> = list.values().collect();
        expected.insert(index.min(expected.len()), value);
        self.verified(text, &list, edits, &expected)
    }

    /// Returns the edits that remove an element, with its comma and trailing comment.
    ///
    /// # Errors
    /// When it is missing, or the edited text would not parse as intended.
    pub fn remove(&self, text: &Text, value: &str) -> Result<Vec<TextEdit>, EditError> {
        let list = self.find(text).ok_or(EditError::Absent)?;
        let index = list.values().position(|known| known == value);
        let index = index.ok_or_else(|| EditError::Missing(value.to_owned()))?;
        self.remove_at(text, index)
    }

    /// Like [`Wanted::remove`], but by index, for duplicate elements.
    ///
    /// # Errors
    /// When there is no such element, or the edited text would not parse as intended.
    pub fn remove_at(&self, text: &Text, index: usize) -> Result<Vec<TextEdit>, EditError> {
        let list = self.find(text).ok_or(EditError::Absent)?;
        let edits = removal(text, &list, index).ok_or(EditError::Unverified)?;
        let values = list.values().enumerate().filter(|(at, _)| *at != index);
        let expected: Vec<&str> = values.map(|(_, value)| value).collect();
        self.verified(text, &list, edits, &expected)
    }

    pub(super) fn verified(
        &self,
        text: &Text,
        before: &List,
        edits: Vec<TextEdit>,
        expected: &[&str],
    ) -> Result<Vec<TextEdit>, EditError> {
        let edited = text.edited(&edits).map_err(|_| EditError::Unverified)?;
        let after = self.find(&edited).ok_or(EditError::Unverified)?;
        let same =
            after.values().eq(expected.iter().copied()) && after.open.len() == before.open.len();
        if same { Ok(edits) } else { Err(EditError::Unverified) }
    }
}

/// Returns what follows the key in every element: nothing in a plain list, `{}` in a Go set, `true`
/// in a table of flags. `None` if elements differ.
fn same_tail<'t>(text: &'t Text, list: &List) -> Option<&'t str> {
    let mut tails = list.elements.iter().map(|element| {
        let tail = text.slice(Span::new(element.span.end, element.entry.end));
        // A key inside an object also has something before it.
        let whole = element.entry.start == element.span.start;
        whole.then(|| tail.trim_start_matches([':', ' ', '\t']))
    });
    let Some(first) = tails.next() else { return Some("") };
    let first = first?;
    tails.all(|tail| tail == Some(first)).then_some(first)
}

/// Whether a value can be written verbatim in any kind of quotes of any language.
pub(super) fn is_plain(value: &str) -> bool {
    !value.is_empty()
        && !value.chars().any(|c| c.is_control() || "\"'`\\$#(){}[];&|<>*?!~".contains(c))
}

/// Returns the index at which to insert an element.
pub(super) fn place(list: &List, value: &str) -> usize {
    let sorted = list.elements.len() > 1 && list.elements.is_sorted_by(|a, b| a.value <= b.value);
    if sorted {
        list.elements.partition_point(|element| element.value.as_str() < value)
    } else {
        list.elements.len()
    }
}

/// Returns what precedes an offset on its line, if that is only whitespace.
pub(super) fn indentation(text: &Text, offset: usize) -> Option<&str> {
    let line = text.whole_lines(Span::at(offset));
    let before = text.slice(Span::new(line.start, offset));
    before.trim().is_empty().then_some(before)
}

/// Whether nothing but a comment follows an offset on its line.
pub(super) fn ends_line(text: &Text, offset: usize) -> bool {
    let line = text.whole_lines(Span::at(offset));
    let behind = text.slice(Span::new(offset, line.end)).trim();
    behind.is_empty()
        || behind.starts_with("//")
        || behind.starts_with('#')
        || (behind.starts_with("/*") && behind.ends_with("*/"))
}

/// Returns the end of an element including its comma.
pub(super) fn full_end(element: &Element) -> usize {
    element.comma.map_or(element.entry.end, |comma| comma.end)
}

/// Whether an element has its lines to itself.
pub(super) fn stands_alone(text: &Text, element: &Element) -> bool {
    indentation(text, element.entry.start).is_some() && ends_line(text, full_end(element))
}

/// Quotes a string like its neighbour.
pub(super) fn quoted_like(text: &Text, neighbour: Span, value: &str, language: Language) -> String {
    let written = text.slice(neighbour);
    let quote = written.chars().rev().find(|c| matches!(c, '"' | '\'' | '`'));
    match quote.filter(|quote| written.ends_with(*quote)) {
        Some(quote) => format!("{quote}{value}{quote}"),
        // The neighbour is a bare key or word, so the new one may be bare if possible.
        None if matches!(language, Language::Shell | Language::Text) => value.to_owned(),
        None if value.chars().all(|c| c.is_alphanumeric() || c == '_')
            && !value.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            value.to_owned()
        }
        None => format!("\"{value}\""),
    }
}

fn render(
    text: &Text,
    list: &List,
    neighbour: &Element,
    value: &str,
    paired: Option<&str>,
) -> String {
    let key = quoted_like(text, neighbour.span, value, list.language);
    let (between, paired) = match (paired, &neighbour.paired) {
        (Some(paired), Some((_, span))) => {
            let between = text.slice(Span::new(neighbour.span.end, span.start));
            (between, quoted_like(text, *span, paired, list.language))
        }
        _ => {
            let tail = same_tail(text, list).unwrap_or_default();
            let end = neighbour.entry.end.saturating_sub(tail.len());
            (text.slice(Span::new(neighbour.span.end, end)), tail.to_owned())
        }
    };
    if between.is_empty() {
        return key;
    }
    // gofmt aligns values: start the new one in its neighbour's column if it fits.
    let spaces = between.chars().rev().take_while(|c| *c == ' ').count();
    let head = between.trim_end_matches(' ');
    let column = neighbour.span.len() + spaces;
    let padding = if spaces > 1 || list.language == Language::Go {
        column.saturating_sub(key.len()).max(1)
    } else {
        spaces
    };
    format!("{key}{head}{}{paired}", " ".repeat(padding))
}

/// Returns the element to imitate at this index: the one before it, else the first.
pub(super) fn neighbour(list: &List, index: usize) -> Option<&Element> {
    let before = index.checked_sub(1).and_then(|index| list.elements.get(index));
    before.or_else(|| list.elements.first())
}

/// Inserts an already rendered element next to its neighbour.
pub(super) fn insertion(text: &Text, list: &List, index: usize, rendered: &str) -> Vec<TextEdit> {
    let Some(neighbour) = neighbour(list, index) else { return Vec::new() };
    let before = (index > 0).then_some(neighbour);
    let comma = if list.separator == Separator::Comma { "," } else { "" };
    let line_end = text.line_end();
    let lines = text.whole_lines(neighbour.entry);
    if stands_alone(text, neighbour) {
        let indent = indentation(text, neighbour.entry.start).unwrap_or_default();
        if before.is_none() {
            let line = format!("{indent}{rendered}{comma}{line_end}");
            return vec![TextEdit::insert(lines.start, line)];
        }
        let last = index == list.elements.len();
        let mut edits = Vec::new();
        let closes = last && neighbour.comma.is_none();
        if closes && list.separator == Separator::Comma {
            edits.push(TextEdit::insert(neighbour.entry.end, ","));
        }
        let own_comma = if closes { "" } else { comma };
        let line = format!("{indent}{rendered}{own_comma}{line_end}");
        let at = text.whole_lines(Span::new(neighbour.entry.start, full_end(neighbour))).end;
        edits.push(TextEdit::insert(at, line));
        return edits;
    }
    let gap = format!("{comma} ");
    match before {
        Some(_) => vec![TextEdit::insert(neighbour.entry.end, format!("{gap}{rendered}"))],
        None => vec![TextEdit::insert(neighbour.entry.start, format!("{rendered}{gap}"))],
    }
}

/// Inserts an element into an empty list.
fn first_element(text: &Text, list: &List, value: &str, paired: Option<&str>) -> Vec<TextEdit> {
    let written = match (list.separator, paired) {
        (Separator::Space, _) => value.to_owned(),
        (Separator::Comma, None) => format!("\"{value}\""),
        (Separator::Comma, Some(paired)) => format!("\"{value}\": \"{paired}\""),
    };
    let several_lines = text.slice(list.inner).contains('\n');
    // Go requires a comma before a line end.
    let comma = if several_lines && list.language == Language::Go { "," } else { "" };
    vec![TextEdit::insert(list.inner.start, format!("{written}{comma}"))]
}

fn removal(text: &Text, list: &List, index: usize) -> Option<Vec<TextEdit>> {
    let element = list.elements.get(index)?;
    let before = index.checked_sub(1).and_then(|index| list.elements.get(index));
    let mut edits = Vec::new();
    if stands_alone(text, element) {
        edits.push(TextEdit::remove(
            text.whole_lines(Span::new(element.entry.start, full_end(element))),
        ));
        if element.comma.is_none() && index + 1 == list.elements.len() {
            edits.extend(before.and_then(|before| before.comma).map(TextEdit::remove));
        }
        return Some(edits);
    }
    let content = text.as_str();
    let behind = content.get(full_end(element)..list.inner.end).unwrap_or_default();
    let spaces = behind.len() - behind.trim_start_matches([' ', '\t']).len();
    let more = list.elements.get(index + 1).is_some();
    if more && (element.comma.is_some() || list.separator == Separator::Space) {
        let end = full_end(element) + spaces;
        let line_ends = content.get(end..).is_some_and(|rest| rest.starts_with(['\n', '\r']));
        let line = text.whole_lines(Span::at(element.entry.start)).start.max(list.inner.start);
        let head = content.get(line..element.entry.start)?;
        let start = if line_ends { line + head.trim_end().len() } else { element.entry.start };
        edits.push(TextEdit::remove(Span::new(start, end)));
        return Some(edits);
    }
    let start = match before {
        // The comma of the previous element is no longer needed, unless the last element had its
        // own.
        Some(before) if element.comma.is_none() && list.separator == Separator::Comma => {
            before.entry.end
        }
        Some(before) if list.separator == Separator::Space => before.entry.end,
        Some(before) => full_end(before),
        None => element.entry.start,
    };
    edits.push(TextEdit::remove(Span::new(start, full_end(element))));
    Some(edits)
}
