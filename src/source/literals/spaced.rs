//! Lists in shell: arrays and strings split at whitespace.

use super::{Element, Language, List, Open, Separator};
use crate::source::shell::{Script, Word};
use crate::source::spliced::Spliced;
use crate::source::text::{Span, Text};

/// The most definitions considered in a text that is not a script.
const MAX_DEFINITIONS: usize = 16;

pub(super) fn in_script(text: &Text, name: &str) -> Option<List> {
    let script = Script::of_text(text);
    first_of(definitions(&script, name, Language::Shell))
}

/// Finds lists in lines that begin with the name.
pub(super) fn in_text(text: &Text, name: &str) -> Option<List> {
    let content = text.as_str();
    let mut found = Vec::new();
    let mut at = 0;
    for line in content.split_inclusive('\n') {
        let mut start = at + line.len() - line.trim_start().len();
        at += line.len();
        for lead in ["- ", "export ", "readonly ", "local ", "declare -a "] {
            if content.get(start..).is_some_and(|rest| rest.starts_with(lead)) {
                start += lead.len();
            }
        }
        let Some(rest) = content.get(start..).and_then(|rest| rest.strip_prefix(name)) else {
            continue;
        };
        if found.len() >= MAX_DEFINITIONS {
            break;
        }
        if rest.starts_with('=') || rest.starts_with("+=") {
            let script = Script::parse(&Spliced::new(content.get(start..)?, start));
            found.extend(definitions(&script, name, Language::Text).into_iter().next());
        } else if let Some(value) = rest.strip_prefix(':') {
            let line = value.lines().next().unwrap_or_default();
            // `|` and `>` begin a block, whose lines are scanned on their own.
            if line.trim().is_empty()
                || line.trim_start().starts_with(['|', '>', '[', '{', '&', '*'])
            {
                continue;
            }
            let offset = start + name.len() + 1;
            let script = Script::parse(&Spliced::new(line, offset));
            let Some(command) = script.commands.first() else { continue };
            let words = command.words.as_slice();
            let list = match words {
                [only] if only.quoted => split(only, Language::Text),
                words => from_words(words, command.span, Language::Text),
            };
            found.push(List { name_span: Span::new(start, start + name.len()), ..list });
        }
    }
    first_of(found)
}

/// Returns the first definition and marks any others as open.
fn first_of(found: Vec<List>) -> Option<List> {
    let mut lists = found.into_iter();
    let mut first = lists.next()?;
    for again in lists {
        first.open.push(Open { span: again.name_span, reason: "is defined more than once" });
    }
    Some(first)
}

fn definitions(script: &Script, name: &str, language: Language) -> Vec<List> {
    let mut found = Vec::new();
    for array in script.arrays.iter().filter(|array| array.name == name) {
        let mut list = from_words(&array.elements, array.inner, language);
        list.name_span = array.name_span;
        if array.appended {
            list.open
                .push(Open { span: array.name_span, reason: "is changed after its definition" });
        }
        found.push(list);
    }
    for command in &script.commands {
        for assignment in command.assignments.iter().filter(|assigned| assigned.name == name) {
            found.push(named(split(&assignment.value, language), name));
        }
        let program = command.words.first().map(Word::as_str);
        if !matches!(program, Some("export" | "readonly" | "local" | "declare" | "typeset")) {
            continue;
        }
        for word in command.words.iter().skip(1) {
            let length = word.as_str().len();
            let Some(value) = word.as_str().strip_prefix(name).and_then(|it| it.strip_prefix('='))
            else {
                continue;
            };
            let text = word.text.part(length - value.len()..length);
            let span = Span::new(word.span.start + name.len() + 1, word.span.end);
            let value = Word { text, span, dynamic: word.dynamic, quoted: word.quoted };
            found.push(named(split(&value, language), name));
        }
    }
    found.sort_by_key(|list| list.name_span);
    found
}

/// Sets the span of the name, which directly precedes the `=`.
fn named(mut list: List, name: &str) -> List {
    let end = list.name_span.start.saturating_sub(1);
    list.name_span = Span::new(end.saturating_sub(name.len()), end);
    list
}

fn empty(inner: Span, language: Language) -> List {
    List {
        elements: Vec::new(),
        open: Vec::new(),
        inner,
        name_span: inner,
        separator: Separator::Space,
        language,
    }
}

fn from_words(words: &[Word], inner: Span, language: Language) -> List {
    let mut list = empty(inner, language);
    for word in words {
        add(&mut list, word.as_str(), word.span, word.dynamic);
    }
    list
}

/// Splits a quoted word at whitespace into elements.
fn split(word: &Word, language: Language) -> List {
    let mut list = empty(word.text.whole_span(), language);
    list.name_span = word.span;
    let content = word.as_str();
    let mut at = 0;
    for part in content.split_whitespace() {
        let Some(start) = content.get(at..).and_then(|rest| rest.find(part)).map(|i| at + i) else {
            break;
        };
        at = start + part.len();
        let expanded = word.dynamic && part.contains(['$', '`', '*', '?']);
        add(&mut list, part, word.text.span(start..at), expanded);
    }
    list
}

fn add(list: &mut List, value: &str, span: Span, dynamic: bool) {
    if dynamic {
        list.open.push(Open { span, reason: "holds something that is expanded" });
        return;
    }
    let value = value.to_owned();
    list.elements.push(Element { value, span, paired: None, entry: span, comma: None });
}
