//! Limits that are checked before parsing: nesting that CPython refuses, and chains that could
//! exhaust the stack.
//!
//! The parser grows its own stack, but a syntax tree is dropped recursively, so its depth has to be
//! bounded before there is a tree. This is one pass over token kinds.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

use super::depth::{Depth, Opener};
use crate::source::{Span, SyntaxError};

/// CPython's `MAXLEVEL`: brackets open at the same time.
/// <https://github.com/python/cpython/blob/v3.11.9/Parser/tokenizer.h>
const MAX_BRACKETS: usize = 200;
/// CPython's `MAXINDENT` of 100 counts the unindented level too.
const MAX_INDENTATION: usize = 99;
/// CPython's `MAXFSTRINGLEVEL` (3.12).
const MAX_NESTED_F_STRINGS: usize = 150;
/// The most operators, keywords and brackets that may nest in one expression
/// ([`depth`](super::depth)). CPython 3.11 raises a `RecursionError` near 3,000; the deepest
/// expression of its standard library has fewer than 100.
const MAX_CHAIN: usize = 3_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Excess {
    Brackets,
    Indentation,
    FStrings,
    Chain,
}

impl Excess {
    fn message(self) -> &'static str {
        match self {
            Self::Brackets => "too many nested parentheses",
            Self::Indentation => "too many levels of indentation",
            Self::FStrings => "too many nested f-strings",
            Self::Chain => "too many chained operators in one expression",
        }
    }
}

/// Rejects a source that nests too deeply.
///
/// # Errors
/// At the token that exceeds a limit.
pub(super) fn check(source: &str) -> Result<(), SyntaxError> {
    let Some(excess) = first_excess(source) else { return Ok(()) };
    // The lexer does not report token positions, so bisect for the shortest prefix that is too
    // deep. This takes about twenty more passes, but only for a rejected file.
    let (mut sound, mut excessive) = (0, source.len());
    while excessive - sound > 1 {
        let mut middle = sound + (excessive - sound) / 2;
        while middle > sound && !source.is_char_boundary(middle) {
            middle -= 1;
        }
        if middle == sound {
            break;
        }
        if first_excess(&source[..middle]).is_some() {
            excessive = middle;
        } else {
            sound = middle;
        }
    }
    Err(SyntaxError::new(Span::new(sound, excessive), excess.message()))
}

fn first_excess(source: &str) -> Option<Excess> {
    let mut lexer = lexer::lex(source, Mode::Module);
    let mut depth = Depth::new();
    let mut indentation = 0_usize;
    loop {
        let token = lexer.next_token();
        match token {
            TokenKind::EndOfFile => return None,
            TokenKind::Name
            | TokenKind::Match
            | TokenKind::Case
            | TokenKind::Type
            | TokenKind::Lazy
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::None
            | TokenKind::True
            | TokenKind::False
            | TokenKind::Ellipsis => {
                depth.operand();
                continue;
            }
            TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline => continue,
            TokenKind::Newline => depth.reset(),
            TokenKind::Indent => {
                indentation += 1;
                if indentation > MAX_INDENTATION {
                    return Some(Excess::Indentation);
                }
            }
            TokenKind::Dedent => indentation = indentation.saturating_sub(1),
            TokenKind::Lpar => depth.open(Opener::Parenthesis),
            TokenKind::Lsqb => depth.open(Opener::Bracket),
            TokenKind::Lbrace => depth.open(Opener::Brace),
            TokenKind::FStringStart | TokenKind::TStringStart => depth.open(Opener::FString),
            TokenKind::Rpar => depth.close(Opener::Parenthesis),
            TokenKind::Rsqb => depth.close(Opener::Bracket),
            TokenKind::Rbrace => depth.close(Opener::Brace),
            TokenKind::FStringEnd | TokenKind::TStringEnd => depth.close(Opener::FString),
            TokenKind::Comma => depth.separate(),
            TokenKind::Semi if depth.is_outermost() => depth.reset(),
            other => depth.operator(other),
        }
        if let Some(excess) = excess(&depth) {
            return Some(excess);
        }
    }
}

fn excess(depth: &Depth) -> Option<Excess> {
    if depth.brackets > MAX_BRACKETS {
        Some(Excess::Brackets)
    } else if depth.f_strings > MAX_NESTED_F_STRINGS {
        Some(Excess::FStrings)
    } else if depth.depth() > MAX_CHAIN {
        Some(Excess::Chain)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(source: &str) -> Option<(String, usize)> {
        check(source).err().map(|error| (error.message, error.span.start))
    }

    #[test]
    fn brackets_are_counted_as_cpython_counts_them() {
        let nested = |depth: usize| format!("{}0{}\n", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(refusal(&nested(200)), None);
        assert_eq!(refusal(&nested(201)), Some(("too many nested parentheses".into(), 200)));
    }

    #[test]
    fn indentation_is_counted_as_cpython_counts_it() {
        let nested = |depth: usize| {
            let mut source = String::new();
            for level in 0..depth {
                source.push_str(&format!("{}if x:\n", " ".repeat(level)));
            }
            source + &format!("{}pass\n", " ".repeat(depth))
        };
        assert_eq!(refusal(&nested(99)), None);
        let message = refusal(&nested(100)).map(|refused| refused.0);
        assert_eq!(message.as_deref(), Some("too many levels of indentation"));
    }

    #[test]
    fn a_long_table_is_not_a_deep_expression() {
        let table = format!("x = [\n{}]\n", "    m.a(1 + 2, lambda k, v: -k),\n".repeat(5_000));
        assert_eq!(refusal(&table), None);
        let text = format!("x = (\n{})\n", "    'line'\n".repeat(5_000));
        assert_eq!(refusal(&text), None);
        let sum = format!("x = 1{}\n", " + 1".repeat(900));
        assert_eq!(refusal(&sum), None);
    }

    #[test]
    fn a_long_sum_of_products_is_as_deep_as_the_sum() {
        let sum = format!("x = 1{}\n", " + a*b**2*f(c, -d)*e.f".repeat(900));
        assert_eq!(refusal(&sum), None);
        let sum = format!("x = 1{}\n", " + a*b".repeat(3_000));
        assert!(refusal(&sum).is_some());
        let signs = format!("x = 1{}\n", "*a*-b*c".repeat(1_001));
        assert!(refusal(&signs).is_some());
    }

    #[test]
    fn closed_brackets_hang_below_what_follows_them() {
        for (open, close) in
            [("(", ")"), ("[0, ", ", 0]"), ("f'{", "}'"), ("{1: ", "}"), ("f(", ")")]
        {
            let nested = |levels: usize, chain: usize| {
                let part = format!("{}{close}", "+1".repeat(chain));
                format!("x = {}1{}\n", open.repeat(levels), part.repeat(levels))
            };
            assert!(refusal(&nested(2, 1_700)).is_some(), "{open}");
            assert!(refusal(&nested(100, 31)).is_some(), "{open}");
            assert_eq!(refusal(&nested(100, 20)), None, "{open}");
        }
    }

    #[test]
    fn commas_of_lambdas_and_yields_do_not_hide_depth() {
        for part in ["lambda a, b: ", "yield a, ", "not ", "x if y else ", "-", "a.", "1 ** "] {
            let source = format!("x = ({}0)\n", part.repeat(5_000));
            let message = refusal(&source).map(|refused| refused.0);
            let expected = "too many chained operators in one expression";
            assert_eq!(message.as_deref(), Some(expected), "{part}");
        }
    }

    #[test]
    fn the_place_is_exact_behind_text_of_more_than_a_byte() {
        let source = format!("é = 'ü'\nx = {}0{}\n", "[".repeat(201), "]".repeat(201));
        assert_eq!(refusal(&source).map(|refused| refused.1), source.rfind('['));
    }
}
