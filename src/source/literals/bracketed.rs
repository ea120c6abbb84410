//! Lists in brackets: Go, TypeScript, JSON and Python.

use super::tokens::{self, Kind, Token};
use super::{Element, Language, List, Open, Separator, Wanted};
use crate::source::text::{Span, Text};

/// The most tokens of a type annotation that are scanned.
const MAX_ANNOTATION: usize = 200;

struct Reader<'t> {
    content: &'t str,
    tokens: &'t [Token],
    wanted: &'t Wanted<'t>,
    /// For each opening bracket, its closing one.
    closing: Vec<Option<usize>>,
}

/// How a name is defined.
enum Definition {
    /// The token at which the value begins.
    Value(usize),
    /// The value is added to later.
    Changed,
}

pub(super) fn find(text: &Text, wanted: &Wanted<'_>) -> Option<List> {
    let content = text.as_str();
    let tokens = tokens::read(content, wanted.language);
    let closing = match_brackets(&tokens);
    let reader = Reader { content, tokens: &tokens, wanted, closing };
    if wanted.language == Language::Json {
        return reader.json();
    }
    let mut found: Option<List> = None;
    let mut open = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if token.kind != Kind::Name || reader.text(index) != wanted.name {
            continue;
        }
        match reader.definition(index) {
            Some(Definition::Value(_)) if found.is_some() => {
                open.push(Open { span: token.span, reason: "is defined more than once" });
            }
            Some(Definition::Value(value)) => found = Some(reader.value(index, value)),
            Some(Definition::Changed) => {
                open.push(Open { span: token.span, reason: "is changed after its definition" });
            }
            None => {}
        }
    }
    let mut list = found?;
    list.open.extend(open);
    Some(list)
}

fn match_brackets(tokens: &[Token]) -> Vec<Option<usize>> {
    let mut closing = vec![None; tokens.len()];
    let mut stack: Vec<(char, usize)> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Sign('(') => stack.push((')', index)),
            Kind::Sign('[') => stack.push((']', index)),
            Kind::Sign('{') => stack.push(('}', index)),
            Kind::Sign(sign @ (')' | ']' | '}')) => {
                if stack.last().is_some_and(|(expected, _)| *expected == sign)
                    && let Some((_, open)) = stack.pop()
                    && let Some(slot) = closing.get_mut(open)
                {
                    *slot = Some(index);
                }
            }
            _ => {}
        }
    }
    closing
}

impl Reader<'_> {
    fn token(&self, index: usize) -> Option<&Token> {
        self.tokens.get(index)
    }

    fn is(&self, index: usize, sign: char) -> bool {
        self.token(index).is_some_and(|token| token.is(sign))
    }

    fn span(&self, index: usize) -> Span {
        self.token(index).map_or(Span::at(self.content.len()), |token| token.span)
    }

    fn text(&self, index: usize) -> &str {
        self.content.get(self.span(index).range()).unwrap_or_default()
    }

    fn close_of(&self, index: usize) -> Option<usize> {
        self.closing.get(index).copied().flatten()
    }

    /// Whether there is a line end before this token.
    fn line_ends_before(&self, index: usize) -> bool {
        let before = index.checked_sub(1).map_or(0, |before| self.span(before).end);
        self.content.get(before..self.span(index).start).is_some_and(|gap| gap.contains('\n'))
    }

    /// Whether this is `=` rather than part of a comparison or arrow.
    fn assigns(&self, index: usize) -> bool {
        let adjacent = self.span(index).end == self.span(index + 1).start;
        self.is(index, '=') && !(adjacent && (self.is(index + 1, '=') || self.is(index + 1, '>')))
    }

    fn definition(&self, index: usize) -> Option<Definition> {
        if index.checked_sub(1).is_some_and(|before| self.is(before, '.')) {
            return None;
        }
        let next = index + 1;
        if self.assigns(next) {
            return Some(Definition::Value(next + 1));
        }
        if (self.is(next, '+') || self.is(next, '|')) && self.assigns(next + 1) {
            return Some(Definition::Changed);
        }
        if self.is(next, '.') {
            let changes = ["push", "add", "append", "update", "extend", "insert", "unshift"];
            let called = changes.contains(&self.text(next + 1)) && self.is(next + 2, '(');
            return called.then_some(Definition::Changed);
        }
        if self.is(next, ':') {
            if self.wanted.language == Language::Go {
                return self.assigns(next + 1).then_some(Definition::Value(next + 2));
            }
            if let Some(value) = self.behind_annotation(next + 1) {
                return Some(Definition::Value(value));
            }
            let property = self.wanted.language == Language::Script
                && (self.is(next + 1, '[') || self.is(next + 1, '{'));
            return property.then_some(Definition::Value(next + 1));
        }
        let declared = index.checked_sub(1).is_some_and(|before| self.text(before) == "var");
        if self.wanted.language == Language::Go && declared {
            return self.behind_annotation(next).map(Definition::Value);
        }
        None
    }

    /// Returns the token at which the value begins, after a type annotation.
    fn behind_annotation(&self, start: usize) -> Option<usize> {
        let mut index = start;
        // The comma in TypeScript's `Record<string, string>` does not end the annotation.
        let mut arguments = 0_usize;
        while index < start + MAX_ANNOTATION {
            let token = self.token(index)?;
            if index > start && self.line_ends_before(index) {
                return None;
            }
            if self.assigns(index) {
                return Some(index + 1);
            }
            match token.kind {
                Kind::Sign('<') => arguments += 1,
                Kind::Sign('>') => arguments = arguments.saturating_sub(1),
                _ => {}
            }
            index = match token.kind {
                Kind::Sign('(' | '[' | '{') => self.close_of(index)? + 1,
                Kind::Sign(',') if arguments > 0 => index + 1,
                Kind::Sign(';' | ',' | ')' | ']' | '}') => return None,
                _ => index + 1,
            };
        }
        None
    }

    /// Returns the bracket that opens the list, after types and calls that preserve the content.
    fn opening(&self, value: usize) -> Option<usize> {
        let mut index = value;
        while index < value + MAX_ANNOTATION {
            let token = self.token(index)?;
            let name = self.text(index);
            if self.wanted.language == Language::Go
                && matches!(name, "struct" | "interface")
                && self.is(index + 1, '{')
            {
                index = self.close_of(index + 1)? + 1;
                continue;
            }
            let fits = match (self.wanted.language, &token.kind) {
                (Language::Go, Kind::Sign('{')) => return Some(index),
                (Language::Go, Kind::Name | Kind::Other) => true,
                (Language::Go, Kind::Sign(sign)) => matches!(sign, '[' | ']' | '*' | '.'),
                (_, Kind::Sign('[' | '{')) => return Some(index),
                (Language::Python, Kind::Sign('(')) => {
                    let call = index > value && self.token(index - 1)?.kind == Kind::Name;
                    if !call {
                        return Some(index);
                    }
                    true
                }
                (Language::Python, Kind::Name) => {
                    matches!(
                        name,
                        "frozenset"
                            | "set"
                            | "tuple"
                            | "list"
                            | "dict"
                            | "types"
                            | "MappingProxyType"
                    )
                }
                (Language::Script, Kind::Name) => {
                    matches!(name, "new" | "Set" | "Object" | "freeze" | "ReadonlySet" | "string")
                }
                (Language::Script, Kind::Sign(sign)) => matches!(sign, '(' | '<' | '>' | '.'),
                (_, Kind::Sign('.')) => true,
                _ => false,
            };
            if !fits {
                return None;
            }
            index += 1;
        }
        None
    }

    fn value(&self, name: usize, value: usize) -> List {
        let mut list = List {
            elements: Vec::new(),
            open: Vec::new(),
            inner: Span::at(self.span(value).start),
            name_span: self.span(name),
            separator: Separator::Comma,
            language: self.wanted.language,
        };
        let group = self.opening(value).and_then(|open| Some((open, self.close_of(open)?)));
        let Some((open, close)) = group else {
            list.open.push(Open { span: self.span(value), reason: "is not a literal" });
            return list;
        };
        self.fill(&mut list, open, close);
        let mut behind = close + 1;
        while self.is(behind, ')') {
            behind += 1;
        }
        let changed = ['+', '|', '.', '[', '&', '-'].into_iter().any(|sign| self.is(behind, sign));
        if changed && !self.line_ends_before(behind) {
            list.open.push(Open { span: self.span(behind), reason: "is part of an expression" });
        }
        list
    }

    fn fill(&self, list: &mut List, open: usize, close: usize) {
        list.inner = Span::new(self.span(open).end, self.span(close).start);
        let mut start = open + 1;
        let mut index = start;
        while index <= close {
            if index == close || self.is(index, ',') {
                let comma = (index < close).then(|| self.span(index));
                self.entry(list, start, index, comma);
                start = index + 1;
            }
            index = self.close_of(index).filter(|end| *end < close).map_or(index, |end| end) + 1;
        }
    }

    /// Reads the tokens `start..end` as one element.
    fn entry(&self, list: &mut List, start: usize, end: usize, comma: Option<Span>) {
        if start >= end {
            return;
        }
        let entry = self.span(start).to(self.span(end - 1));
        let mut not_literal = |reason| list.open.push(Open { span: entry, reason });
        let (value, span, paired) = if end == start + 1 {
            match &self.tokens.get(start).map(|token| &token.kind) {
                Some(Kind::String { value, fixed: true }) => {
                    (value.clone(), self.span(start), None)
                }
                _ => return not_literal("holds something that is not a string"),
            }
        } else if self.is(start, '{') && self.close_of(start) == Some(end - 1) {
            let Some(field) = self.wanted.field else {
                return not_literal("holds an object, and no field is named");
            };
            match self.field(field, start, end - 1) {
                Some((value, span)) => (value, span, None),
                None => return not_literal("holds an object without that field"),
            }
        } else if self.is(start + 1, ':') {
            let Some(key) = self.key(start) else {
                return not_literal("holds a key that is not a string");
            };
            let paired = match self.token(start + 2).map(|token| &token.kind) {
                Some(Kind::String { value, fixed: true }) if end == start + 3 => {
                    Some((value.clone(), self.span(start + 2)))
                }
                _ => None,
            };
            (key, self.span(start), paired)
        } else {
            return not_literal("holds something that is not a string");
        };
        list.elements.push(Element { value, span, paired, entry, comma });
    }

    /// Returns a key: a string, or in TypeScript a bare name.
    fn key(&self, index: usize) -> Option<String> {
        match &self.token(index)?.kind {
            Kind::String { value, fixed: true } => Some(value.clone()),
            Kind::Name if self.wanted.language == Language::Script => {
                Some(self.text(index).to_owned())
            }
            _ => None,
        }
    }

    /// Returns the string value of a field of the object between two brackets.
    fn field(&self, field: &str, open: usize, close: usize) -> Option<(String, Span)> {
        let value = self.member(field, open, close)?;
        match &self.token(value)?.kind {
            Kind::String { value: string, fixed: true } => Some((string.clone(), self.span(value))),
            _ => None,
        }
    }

    /// Returns the token at which the value of a key begins.
    fn member(&self, key: &str, open: usize, close: usize) -> Option<usize> {
        let mut index = open + 1;
        while index < close {
            let named = match self.token(index).map(|token| &token.kind) {
                Some(Kind::String { value, .. }) => value == key,
                Some(Kind::Name) => self.text(index) == key,
                _ => false,
            };
            let begins = index == open + 1 || self.is(index - 1, ',');
            if named && begins && self.is(index + 1, ':') {
                return Some(index + 2);
            }
            index = self.close_of(index).unwrap_or(index) + 1;
        }
        None
    }

    fn json(&self) -> Option<List> {
        let mut value = 0;
        let mut name = 0;
        for key in self.wanted.name.split('.').filter(|key| !key.is_empty()) {
            let open = value;
            value = self.member(key, open, self.close_of(open)?)?;
            name = value.checked_sub(2)?;
        }
        self.token(value)?;
        Some(self.value(name, value))
    }
}
