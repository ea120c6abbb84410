//! Environment markers in the spelling that Python's own tools write, so that a build backend's metadata has the same
//! bytes: `python_version<"3.9"` is `python_version < '3.9'`.

/// A part of a marker.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token<'m> {
    Open,
    Close,
    /// A name, a comparison or one of `and`, `or`, `in`, `not`.
    Word(&'m str),
    /// A string without its quotes.
    Text(&'m str),
}

/// A marker with one space around comparisons, single quotes, and no parentheses that change nothing. One that is not
/// understood stays as it is.
pub(super) fn spell(marker: &str) -> String {
    let marker = marker.trim();
    let Some(mut tokens) = tokens(marker) else { return marker.to_owned() };
    while drop_parentheses(&mut tokens) {}
    let mut spelled = String::with_capacity(marker.len());
    for token in &tokens {
        if !spelled.is_empty() && !spelled.ends_with('(') && *token != Token::Close {
            spelled.push(' ');
        }
        match token {
            Token::Open => spelled.push('('),
            Token::Close => spelled.push(')'),
            Token::Word(word) => spelled.push_str(word),
            Token::Text(text) => spelled.push_str(&format!("'{text}'")),
        }
    }
    spelled
}

fn tokens(marker: &str) -> Option<Vec<Token<'_>>> {
    let is_comparison = |c: char| matches!(c, '<' | '>' | '=' | '!' | '~');
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let (mut rest, mut tokens) = (marker.trim_start(), Vec::new());
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' => 1,
            '"' | '\'' => rest.get(1..)?.find(first)? + 2,
            first if is_comparison(first) => rest.find(|c| !is_comparison(c)).unwrap_or(rest.len()),
            first if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            _ => return None,
        };
        let (token, after) = rest.split_at_checked(length)?;
        tokens.push(match first {
            '(' => Token::Open,
            ')' => Token::Close,
            '"' | '\'' => {
                let text = token.get(1..length - 1)?;
                // Other quotes would end it.
                Token::Text(Some(text).filter(|text| !text.contains('\''))?)
            }
            _ => Token::Word(token),
        });
        rest = after.trim_start();
    }
    Some(tokens)
}

/// Drops a pair around everything, or around a single comparison; whether there was one.
fn drop_parentheses(tokens: &mut Vec<Token<'_>>) -> bool {
    let mut open = Vec::new();
    for close in 0..tokens.len() {
        match tokens.get(close) {
            Some(Token::Open) => open.push(close),
            Some(Token::Close) => {
                let Some(start) = open.pop() else { return false };
                let joins = |token: &Token<'_>| matches!(token, Token::Word("and" | "or"));
                let within = tokens.get(start..close).unwrap_or_default();
                let is_whole = start == 0 && close + 1 == tokens.len();
                if is_whole || !within.iter().any(joins) {
                    tokens.remove(close);
                    tokens.remove(start);
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::spell;

    #[test]
    fn a_marker_has_the_spelling_of_pythons_tools() {
        // The right sides are what `packaging` writes, with the quotes of hatchling.
        for (written, spelled) in [
            ("python_version<\"3.13\"", "python_version < '3.13'"),
            ("(os_name==\"nt\")", "os_name == 'nt'"),
            (
                "os_name=='nt' and ((python_version<'3.9')or sys_platform=='win32')",
                "os_name == 'nt' and (python_version < '3.9' or sys_platform == 'win32')",
            ),
            ("python_version not  in \"3.9\"", "python_version not in '3.9'"),
            ("'3.8'<python_version", "'3.8' < python_version"),
            (
                "(a=='1' or b=='2') and (c=='3' or d=='4')",
                "(a == '1' or b == '2') and (c == '3' or d == '4')",
            ),
        ] {
            assert_eq!(spell(written), spelled);
            assert_eq!(spell(spelled), spelled);
        }
        for kept in ["a == \"it's\"", "a == 'open", "a ? b"] {
            assert_eq!(spell(kept), kept);
        }
    }
}
