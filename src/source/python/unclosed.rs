//! Brackets that are never closed, which the parser notices lines below: it takes what follows for more of their content.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{LexicalErrorType, ParseError, ParseErrorType, Parsed};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// What a syntax error may come from, if it is a bracket of an earlier line that stays open, in words to be put behind
/// its message.
pub(super) fn cause<T>(parsed: &Parsed<T>, error: &ParseError, source: &str) -> Option<String> {
    // A string without an end takes the closing bracket with it.
    let is_of_text =
        matches!(&error.error, ParseErrorType::Lexical(kind) if *kind != LexicalErrorType::Eof);
    let unclosed = if is_of_text { Vec::new() } else { unclosed(parsed) };
    // The innermost one around the error.
    let open = unclosed.into_iter().rfind(|open| open.end() <= error.location.end())?;
    let line_of = |offset: TextSize| {
        let before = source.get(..offset.to_usize()).unwrap_or_default();
        before.matches('\n').count() + 1
    };
    let line = line_of(open.start());
    let bracket = source.get(open.start().to_usize()..open.end().to_usize())?;
    // The end of the file is not on the line behind the last one.
    let last = TextSize::of(source.trim_end());
    (line < line_of(error.location.end().min(last)))
        .then(|| format!("; the `{bracket}` of line {line} is not closed"))
}

/// The brackets that nothing in the file closes; none where some do not match, since which ones are wrong is not known.
fn unclosed<T>(parsed: &Parsed<T>) -> Vec<TextRange> {
    let mut open: Vec<(TokenKind, TextRange)> = Vec::new();
    for token in parsed.tokens() {
        let opener = match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                open.push((token.kind(), token.range()));
                continue;
            }
            TokenKind::Rpar => TokenKind::Lpar,
            TokenKind::Rsqb => TokenKind::Lsqb,
            TokenKind::Rbrace => TokenKind::Lbrace,
            _ => continue,
        };
        if open.pop().is_none_or(|(kind, _)| kind != opener) {
            return Vec::new();
        }
    }
    open.into_iter().map(|(_, range)| range).collect()
}
