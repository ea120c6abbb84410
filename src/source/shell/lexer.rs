//! Tokenizes a script into words and operators.

use super::{Expansion, Word};
use crate::source::spliced::Spliced;

/// A token, the input of the grammar.
#[derive(Clone, Debug)]
pub(super) enum Token {
    Word(Word),
    /// An operator such as `;`, `&&`, `(` or `\n`.
    Operator(&'static str),
    /// `NAME=( … )`: the name and the elements; `open` if it is never closed.
    Array {
        name: Word,
        elements: Vec<Word>,
        inner: Spliced,
        appended: bool,
        closed: bool,
    },
    /// `<`, `>>`, `2>&1` …; the next word is its target.
    Redirection {
        writes: bool,
    },
    /// `<<NAME`; the number of its body among the here-documents.
    Heredoc(usize),
}

#[derive(Debug, Default)]
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    pub(super) expansions: Vec<Expansion>,
    /// The contents of `$(…)` and backticks.
    pub(super) substitutions: Vec<Spliced>,
    /// The bodies of here-documents.
    pub(super) heredocs: Vec<Spliced>,
    /// Whether a quote, a brace or a here-document is unterminated.
    pub(super) unterminated: bool,
}

struct Pending {
    delimiter: String,
    expand: bool,
    strip_tabs: bool,
}

pub(super) struct Lexer<'s> {
    pub(super) source: &'s Spliced,
    pub(super) text: &'s str,
    pub(super) at: usize,
    pub(super) depth: usize,
    pending: Vec<Pending>,
    pub(super) out: Lexed,
}

const OPERATORS: [&str; 14] =
    [";;&", "&&", "||", ";;", ";&", "|&", ";", "|", "&", "(", ")", "\n", "<(", ">("];
const REDIRECTIONS: [&str; 11] =
    ["<<<", "<<-", "&>>", "<<", ">>", "<>", ">&", "<&", ">|", "&>", ">"];

pub(super) fn lex(source: &Spliced) -> Lexed {
    lex_at(source, 0)
}

/// Tokenizes without following nested expansions.
pub(super) fn lex_shallow(source: &Spliced) -> Lexed {
    lex_at(source, super::expansions::MAX_DEPTH)
}

/// Returns the variables that the body of a here-document expands.
pub(super) fn expansions_in(source: &Spliced) -> Vec<Expansion> {
    let mut lexer = Lexer::new(source, 0);
    lexer.scan_expansions(source.as_str().len());
    lexer.out.expansions
}

pub(super) fn lex_at(source: &Spliced, depth: usize) -> Lexed {
    let mut lexer = Lexer::new(source, depth);
    lexer.run();
    lexer.out
}

impl<'s> Lexer<'s> {
    pub(super) fn new(source: &'s Spliced, depth: usize) -> Self {
        let text = source.as_str();
        Self { source, text, at: 0, depth, pending: Vec::new(), out: Lexed::default() }
    }

    pub(super) fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    pub(super) fn rest(&self) -> &'s str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Advances by one character.
    pub(super) fn step(&mut self) {
        self.at += self.rest().chars().next().map_or(1, char::len_utf8);
    }

    fn run(&mut self) {
        while let Some(byte) = self.byte(0) {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if self.continuation() > 0 => self.at += self.continuation(),
                b'#' => self.skip_comment(),
                b'\n' => {
                    self.at += 1;
                    self.out.tokens.push(Token::Operator("\n"));
                    self.read_heredocs();
                }
                _ => self.token(),
            }
        }
        if !self.pending.is_empty() {
            self.out.unterminated = true;
        }
    }

    /// Returns the length of a backslash and the line end after it; 0 if there is none at the
    /// current position.
    fn continuation(&self) -> usize {
        match (self.byte(1), self.byte(2)) {
            (Some(b'\n'), _) => 2,
            (Some(b'\r'), Some(b'\n')) => 3,
            _ => 0,
        }
    }

    fn skip_comment(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    fn token(&mut self) {
        if self.redirection() {
            return;
        }
        let rest = self.rest();
        let operator = OPERATORS.iter().find(|operator| {
            rest.starts_with(**operator) && !matches!(**operator, "<(" | ">(" | "\n")
        });
        if let Some(operator) = operator {
            self.at += operator.len();
            self.out.tokens.push(Token::Operator(operator));
            return;
        }
        let before = self.at;
        self.word_or_array();
        if self.at == before {
            self.step();
        }
    }

    /// Reads `2>`, `<<-EOF`, `&>` …; returns whether there was one.
    fn redirection(&mut self) -> bool {
        let rest = self.rest();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let behind = rest.get(digits..).unwrap_or_default();
        if behind.starts_with("<(") || behind.starts_with(">(") {
            return false;
        }
        let found =
            REDIRECTIONS.iter().chain(&["<"]).find(|operator| behind.starts_with(**operator));
        let Some(operator) = found else { return false };
        if digits > 0 && operator.starts_with('&') {
            return false;
        }
        self.at += digits + operator.len();
        if matches!(*operator, "<<" | "<<-") {
            while matches!(self.byte(0), Some(b' ' | b'\t')) {
                self.at += 1;
            }
            let word = self.word();
            // Those that are pending are read before it.
            let number = self.out.heredocs.len() + self.pending.len();
            self.out.tokens.push(Token::Heredoc(number));
            self.pending.push(Pending {
                delimiter: word.text.as_str().to_owned(),
                expand: !word.quoted,
                strip_tabs: *operator == "<<-",
            });
        } else {
            self.out.tokens.push(Token::Redirection { writes: operator.contains('>') });
        }
        true
    }

    fn read_heredocs(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            let mut body = Spliced::at(self.source.offset(self.at));
            let mut closed = false;
            while self.at < self.text.len() {
                let start = self.at;
                let line_end = self.rest().find('\n').map_or(self.text.len(), |at| start + at);
                let next = (line_end + 1).min(self.text.len());
                let line = self.text.get(start..line_end).unwrap_or_default();
                let shown = if pending.strip_tabs { line.trim_start_matches('\t') } else { line };
                self.at = next;
                if shown.trim_end_matches('\r') == pending.delimiter {
                    closed = true;
                    break;
                }
                body.push_part(self.source, start + (line.len() - shown.len())..next);
            }
            if !closed {
                self.out.unterminated = true;
            }
            if pending.expand {
                let mut inner = Lexer::new(&body, self.depth + 1);
                inner.scan_expansions(body.as_str().len());
                let found = inner.out;
                self.out.expansions.extend(found.expansions);
                self.out.substitutions.extend(found.substitutions);
            }
            self.out.heredocs.push(body);
        }
    }

    fn word_or_array(&mut self) {
        let word = self.word();
        let text = word.text.as_str();
        let name = text.strip_suffix('=').map(|name| name.strip_suffix('+').unwrap_or(name));
        let opens = self.byte(0) == Some(b'(') && !word.quoted;
        let Some(name) = name.filter(|name| opens && is_name(name)) else {
            self.out.tokens.push(Token::Word(word));
            return;
        };
        let appended = text.ends_with("+=");
        let name = Word {
            text: word.text.part(0..name.len()),
            span: word.span,
            dynamic: false,
            quoted: false,
        };
        self.at += 1;
        let start = self.at;
        let mut elements = Vec::new();
        let mut closed = false;
        while let Some(byte) = self.byte(0) {
            match byte {
                b')' => {
                    closed = true;
                    break;
                }
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b'\\' if self.continuation() > 0 => self.at += self.continuation(),
                b'#' => self.skip_comment(),
                _ => {
                    let before = self.at;
                    let element = self.word();
                    if self.at == before {
                        self.step();
                    } else {
                        elements.push(element);
                    }
                }
            }
        }
        let inner = self.source.part(start..self.at);
        self.at = (self.at + 1).min(self.text.len());
        self.out.unterminated |= !closed;
        self.out.tokens.push(Token::Array { name, elements, inner, appended, closed });
    }

    fn word(&mut self) -> Word {
        let start = self.at;
        let mut text = Spliced::at(self.source.offset(start));
        let (mut dynamic, mut quoted) = (false, false);
        while let Some(byte) = self.byte(0) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'|' | b'&' | b')' => break,
                b'(' if self.at > start && extended_pattern(text.as_str()) => {
                    self.at += 1;
                    self.skip_to_closing_parenthesis();
                    dynamic = true;
                }
                b'(' => break,
                b'<' | b'>' if self.byte(1) == Some(b'(') => {
                    self.at += 2;
                    self.command_substitution();
                    dynamic = true;
                }
                b'<' | b'>' => break,
                b'\\' if self.continuation() > 0 => self.at += self.continuation(),
                b'\\' => {
                    quoted = true;
                    self.at += 1;
                    let from = self.at;
                    self.step();
                    self.keep(&mut text, from);
                }
                b'\'' => {
                    quoted = true;
                    self.single_quoted(&mut text);
                }
                b'"' => {
                    quoted = true;
                    dynamic |= self.double_quoted(&mut text);
                }
                b'$' if matches!(self.byte(1), Some(b'\'')) => {
                    quoted = true;
                    self.at += 1;
                    self.single_quoted(&mut text);
                }
                b'$' | b'`' => {
                    let from = self.at;
                    dynamic |= self.expansion();
                    self.keep(&mut text, from);
                }
                b'*' | b'?' => {
                    dynamic = true;
                    self.at += 1;
                    self.keep(&mut text, self.at - 1);
                }
                _ => {
                    let from = self.at;
                    self.step();
                    self.keep(&mut text, from);
                }
            }
        }
        let stop = self.at.min(self.text.len());
        Word { text, span: self.source.span(start..stop), dynamic, quoted }
    }

    fn keep(&self, text: &mut Spliced, from: usize) {
        text.push_part(self.source, from..self.at.min(self.text.len()));
    }

    fn single_quoted(&mut self, text: &mut Spliced) {
        self.at += 1;
        let from = self.at;
        match self.rest().find('\'') {
            Some(length) => self.at += length,
            None => {
                self.at = self.text.len();
                self.out.unterminated = true;
            }
        }
        self.keep(text, from);
        self.at = (self.at + 1).min(self.text.len());
    }

    /// Reads `"…"`; returns whether something in it is expanded.
    fn double_quoted(&mut self, text: &mut Spliced) -> bool {
        self.at += 1;
        let mut dynamic = false;
        while let Some(byte) = self.byte(0) {
            let from = self.at;
            match byte {
                b'"' => {
                    self.at += 1;
                    return dynamic;
                }
                b'\\' if self.continuation() > 0 => {
                    self.at += self.continuation();
                    continue;
                }
                b'\\' if matches!(self.byte(1), Some(b'"' | b'\\' | b'$' | b'`')) => {
                    self.at += 2;
                    text.push_part(self.source, from + 1..self.at);
                    continue;
                }
                b'$' | b'`' => dynamic |= self.expansion(),
                _ => self.step(),
            }
            self.keep(text, from);
        }
        self.out.unterminated = true;
        dynamic
    }
}

/// Whether `(` would begin one of bash's extended patterns, such as `@(a|b)`.
fn extended_pattern(before: &str) -> bool {
    before.ends_with(['@', '!', '+', '*', '?'])
}

pub(super) fn name_length(text: &str) -> usize {
    let mut length = 0;
    for (index, byte) in text.bytes().enumerate() {
        let fits =
            byte == b'_' || byte.is_ascii_alphabetic() || (index > 0 && byte.is_ascii_digit());
        if !fits {
            break;
        }
        length = index + 1;
    }
    length
}

/// Whether a text is a valid variable name.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && name_length(text) == text.len()
}
