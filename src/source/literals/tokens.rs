//! Tokenizes Go, TypeScript, JSON and Python.

use super::Language;
use crate::source::text::Span;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An identifier or a keyword.
    Name,
    /// A string and its value; `fixed` is false if part of it is expanded.
    String { value: String, fixed: bool },
    /// A punctuation character.
    Sign(char),
    /// A number or anything else that is not punctuation.
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

impl Token {
    pub(super) fn is(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }
}

struct Reader<'t> {
    content: &'t str,
    at: usize,
    language: Language,
    tokens: Vec<Token>,
}

/// Tokenizes a text, without its comments.
pub(super) fn read(content: &str, language: Language) -> Vec<Token> {
    let mut reader = Reader { content, at: 0, language, tokens: Vec::new() };
    while let Some(character) = reader.rest().chars().next() {
        if character.is_whitespace() {
            reader.at += character.len_utf8();
        } else if !reader.comment() {
            reader.token(character);
        }
    }
    reader.tokens
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.content.get(self.at..).unwrap_or_default()
    }

    /// Skips a comment; returns whether there was one.
    fn comment(&mut self) -> bool {
        let rest = self.rest();
        let line_sign = if self.language == Language::Python { "#" } else { "//" };
        if rest.starts_with(line_sign) {
            self.at += rest.find('\n').unwrap_or(rest.len());
            return true;
        }
        if self.language != Language::Python && rest.starts_with("/*") {
            self.at += rest.find("*/").map_or(rest.len(), |at| at + 2);
            return true;
        }
        false
    }

    fn token(&mut self, character: char) {
        let start = self.at;
        if character.is_alphabetic() || character == '_' || character == '$' {
            let rest = self.rest();
            let fits = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
            let length = rest.find(|c| !fits(c)).unwrap_or(rest.len());
            let word = rest.get(..length).unwrap_or_default();
            let quote = rest.get(length..).and_then(|rest| rest.chars().next());
            self.at += length;
            if self.language == Language::Python
                && is_prefix(word)
                && let Some(quote @ ('"' | '\'')) = quote
            {
                self.string(start, quote, word);
                return;
            }
            self.push(Kind::Name, start);
        } else if self.opens_string(character) {
            self.string(start, character, "");
        } else if character == '/' && self.language == Language::Script && self.regex_fits() {
            self.regex();
            self.push(Kind::Other, start);
        } else if character.is_ascii_digit() {
            let rest = self.rest();
            self.at += rest.find(|c: char| !c.is_alphanumeric() && c != '.').unwrap_or(rest.len());
            self.push(Kind::Other, start);
        } else {
            self.at += character.len_utf8();
            self.push(Kind::Sign(character), start);
        }
    }

    fn push(&mut self, kind: Kind, start: usize) {
        self.tokens.push(Token { kind, span: Span::new(start, self.at) });
    }

    fn opens_string(&self, character: char) -> bool {
        match character {
            '"' => true,
            '\'' => self.language != Language::Json,
            '`' => matches!(self.language, Language::Go | Language::Script),
            _ => false,
        }
    }

    fn string(&mut self, start: usize, quote: char, prefix: &str) {
        let raw = prefix.contains(['r', 'R']) || (quote == '`' && self.language == Language::Go);
        let triple: String = [quote; 3].iter().collect();
        let tripled = self.language == Language::Python && self.rest().starts_with(&triple);
        let (mark, multiline) = if tripled {
            (triple.as_str(), true)
        } else {
            (triple.get(..1).unwrap_or_default(), quote == '`')
        };
        self.at += mark.len();
        let mut value = String::new();
        let mut fixed = !prefix.contains(['f', 'F', 'b', 'B', 't', 'T']);
        loop {
            let rest = self.rest();
            if rest.starts_with(mark) {
                self.at += mark.len();
                break;
            }
            let Some(character) = rest.chars().next() else {
                fixed = false;
                break;
            };
            // A line end inside the string is a syntax error in that language.
            if character == '\n' && !multiline {
                fixed = false;
                break;
            }
            self.at += character.len_utf8();
            if character == '\\' && !raw {
                fixed &= self.escape(&mut value);
                continue;
            }
            if character == '\\' && self.language == Language::Python {
                value.push(character);
                if let Some(next) = self.rest().chars().next() {
                    value.push(next);
                    self.at += next.len_utf8();
                }
                continue;
            }
            if character == '$' && quote == '`' && !raw && self.rest().starts_with('{') {
                fixed = false;
            }
            value.push(character);
        }
        self.push(Kind::String { value, fixed }, start);
    }

    /// Reads the character after a backslash; returns whether the escape is understood.
    fn escape(&mut self, value: &mut String) -> bool {
        let Some(character) = self.rest().chars().next() else { return false };
        self.at += character.len_utf8();
        match character {
            'n' => value.push('\n'),
            't' => value.push('\t'),
            '\\' | '"' | '\'' | '/' | '`' => value.push(character),
            '\n' if self.language != Language::Go => {}
            _ => return false,
        }
        true
    }

    /// Whether a slash begins a regular expression rather than a division.
    fn regex_fits(&self) -> bool {
        match self.tokens.last().map(|token| &token.kind) {
            None => true,
            Some(Kind::Sign(sign)) => !matches!(sign, ')' | ']' | '}'),
            Some(Kind::Name) => {
                let span = self.tokens.last().map(|token| token.span).unwrap_or_default();
                self.content.get(span.range()) == Some("return")
            }
            Some(_) => false,
        }
    }

    fn regex(&mut self) {
        let (mut class, mut escaped) = (false, false);
        for (at, character) in self.rest().char_indices().skip(1) {
            match character {
                '\n' => {
                    self.at += at;
                    return;
                }
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => class = true,
                ']' => class = false,
                '/' if !class => {
                    self.at += at + 1;
                    return;
                }
                _ => {}
            }
        }
        self.at = self.content.len();
    }
}

/// Whether a word can be the prefix of a Python string.
fn is_prefix(word: &str) -> bool {
    word.len() <= 2 && word.chars().all(|c| "rRbBuUfFtT".contains(c))
}
