//! Quoting, so that a word can be pasted into a shell.

/// Quotes a word for a POSIX shell.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '/' | '.' | '_' | '-' | '=' | ':' | ',' | '@' | '+')
    };
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if word.chars().any(char::is_control) {
        // Escaped control characters are displayed as they are pasted. bash, zsh, ksh and POSIX 2024 support `$'…'`.
        let escaped: String = word.chars().map(spelled).collect();
        format!("$'{escaped}'")
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn spelled(character: char) -> String {
    match character {
        '\n' => r"\n".to_owned(),
        '\t' => r"\t".to_owned(),
        '\'' | '\\' => format!(r"\{character}"),
        c if c.is_control() => {
            let mut bytes = [0; 4];
            c.encode_utf8(&mut bytes).bytes().map(|byte| format!(r"\{byte:03o}")).collect()
        }
        c => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_can_be_pasted_into_a_shell_and_is_one_line() {
        assert_eq!(quoted("a:b/c"), "a:b/c");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("models=a:b\nit's \\"), r"$'models=a:b\nit\'s \\'");
        assert_eq!(quoted("\u{1b}[0m"), r"$'\033[0m'");
    }
}
