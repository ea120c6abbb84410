//! The words of a text that could name a file, in any language.
//!
//! Scripts and workflows name files in too many ways to be parsed for it; callers have a list of
//! paths and check whether a word matches one.

use std::collections::HashSet;

/// The longest word that is considered.
const MAX_WORD: usize = 300;

/// Returns each word once, in order of first occurrence. Lines that begin with `#` are comments.
#[must_use]
pub fn path_words(text: &str) -> Vec<Box<str>> {
    let mut seen = HashSet::new();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines
        .flat_map(|line| line.split(|character| !is_part_of_path(character)))
        .filter(|word| !word.is_empty() && word.len() <= MAX_WORD && seen.insert(*word))
        .map(Box::from)
        .collect()
}

fn is_part_of_path(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '/' | '.' | '_' | '-' | '+' | '@')
}

#[cfg(test)]
mod tests {
    use super::path_words;

    #[test]
    fn each_word_is_told_once_and_comments_are_not() {
        let words = path_words("a \"b/c.sh\" $(a)\n  # d\nx=é/@f+g-h b/c.sh\n");
        assert_eq!(
            words.iter().map(|word| &**word).collect::<Vec<_>>(),
            ["a", "b/c.sh", "x", "é/@f+g-h"]
        );
        assert!(path_words(&"w".repeat(301)).is_empty());
    }
}
