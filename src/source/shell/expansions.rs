//! Expansions, which begin with `$` or a backtick: variables, commands, arithmetic.

use super::Expansion;
use super::lexer::{Lexer, lex_at, name_length};
use crate::source::spliced::Spliced;

/// The nesting depth of `$(…)` and `${…}` that is followed; deeper ones are skipped.
pub(super) const MAX_DEPTH: usize = 12;

impl Lexer<'_> {
    /// Reads what follows a `$` or a backtick; returns whether it is an expansion.
    pub(super) fn expansion(&mut self) -> bool {
        let start = self.at;
        if self.byte(0) == Some(b'`') {
            self.at += 1;
            let from = self.at;
            while let Some(byte) = self.byte(0) {
                match byte {
                    b'`' => break,
                    b'\\' => self.at += 2,
                    _ => self.at += 1,
                }
            }
            self.at = self.at.min(self.text.len());
            self.substituted(from..self.at);
            self.at = (self.at + 1).min(self.text.len());
            return true;
        }
        self.at += 1;
        match self.byte(0) {
            Some(b'(') if self.byte(1) == Some(b'(') => {
                self.at += 1;
                let from = self.at;
                self.skip_to_closing_parenthesis_from_inside();
                let inner = self.source.part(from..self.at.min(self.text.len()));
                self.nested(&inner);
                true
            }
            Some(b'(') => {
                self.at += 1;
                self.command_substitution();
                true
            }
            Some(b'{') => {
                self.at += 1;
                self.parameter(start);
                true
            }
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                let from = self.at;
                let length = name_length(self.rest());
                self.at += length;
                self.found(start, from..self.at, "", Spliced::default());
                true
            }
            Some(b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'!' | b'-' | b'$') => {
                self.at += 1;
                true
            }
            _ => false,
        }
    }

    fn found(
        &mut self,
        start: usize,
        name: std::ops::Range<usize>,
        operator: &'static str,
        argument: Spliced,
    ) {
        let name_text = self.text.get(name).unwrap_or_default().to_owned();
        let span = self.source.span(start..self.at.min(self.text.len()));
        self.out.expansions.push(Expansion { name: name_text, span, operator, argument });
    }

    /// Reads the rest of `${…}`.
    fn parameter(&mut self, start: usize) {
        if matches!(self.byte(0), Some(b'#' | b'!')) && self.byte(1) != Some(b'}') {
            self.at += 1;
        }
        let name = self.at..self.at + name_length(self.rest());
        self.at = name.end;
        let operators = [":-", ":+", ":=", ":?", "-", "+", "=", "?"];
        let rest = self.rest();
        let operator =
            operators.into_iter().find(|operator| rest.starts_with(operator)).unwrap_or("");
        self.at += operator.len();
        let from = self.at;
        let end = self.closing_brace();
        let argument = self.source.part(from..end);
        self.at = (end + 1).min(self.text.len());
        if !name.is_empty() {
            self.found(start, name, operator, argument.clone());
        }
        self.nested(&argument);
    }

    /// Returns the offset of the brace that closes the current one.
    fn closing_brace(&mut self) -> usize {
        let bytes = self.text.as_bytes();
        let (mut at, mut open) = (self.at, 0_usize);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' => at += 1,
                b'{' => open += 1,
                b'}' if open == 0 => return at,
                b'}' => open -= 1,
                _ => {}
            }
            at += 1;
        }
        self.out.unterminated = true;
        self.text.len()
    }

    /// Collects the expansions inside another expansion.
    fn nested(&mut self, inner: &Spliced) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        let mut lexer = Lexer::new(inner, self.depth + 1);
        lexer.scan_expansions(inner.as_str().len());
        self.out.expansions.extend(lexer.out.expansions);
        self.out.substitutions.extend(lexer.out.substitutions);
    }

    pub(super) fn scan_expansions(&mut self, end: usize) {
        while self.at < end {
            match self.byte(0) {
                Some(b'\\') => {
                    self.at += 1;
                    self.step();
                }
                Some(b'$' | b'`') => {
                    self.expansion();
                }
                _ => self.step(),
            }
        }
    }

    pub(super) fn command_substitution(&mut self) {
        let from = self.at;
        self.skip_to_closing_parenthesis();
        let end = self.at.min(self.text.len());
        let inner_end = if self.text.as_bytes().get(end.wrapping_sub(1)) == Some(&b')') {
            end - 1
        } else {
            end
        };
        self.substituted(from..inner_end.max(from));
    }

    fn substituted(&mut self, range: std::ops::Range<usize>) {
        let inner = self.source.part(range);
        if self.depth < MAX_DEPTH {
            let lexed = lex_at(&inner, self.depth + 1);
            self.out.expansions.extend(lexed.expansions);
            self.out.substitutions.push(inner);
            self.out.substitutions.extend(lexed.substitutions);
        }
    }

    fn skip_to_closing_parenthesis_from_inside(&mut self) {
        self.at += 1;
        self.skip_to_closing_parenthesis();
        if self.byte(0) == Some(b')') {
            self.at += 1;
        }
    }

    /// Skips past the closing parenthesis of one already read, respecting quotes.
    pub(super) fn skip_to_closing_parenthesis(&mut self) {
        let bytes = self.text.as_bytes();
        let mut open = 1_usize;
        let mut quote: Option<u8> = None;
        while let Some(&byte) = bytes.get(self.at) {
            self.at += 1;
            match (quote, byte) {
                (Some(b'\''), b'\'') | (Some(b'"'), b'"') => quote = None,
                (Some(b'\''), _) => {}
                (_, b'\\') => self.at += 1,
                (None, b'\'' | b'"') => quote = Some(byte),
                (None, b'(') => open += 1,
                (None, b')') => {
                    open -= 1;
                    if open == 0 {
                        return;
                    }
                }
                _ => {}
            }
        }
        self.at = self.at.min(self.text.len());
        self.out.unterminated = true;
    }
}
