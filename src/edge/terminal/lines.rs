//! Wraps running text.

use textwrap::{Options, WordSeparator, WordSplitter};

/// Wraps a text between words into lines of at most `width` columns. Longer words stay whole, since they are paths,
/// commands or addresses to be copied.
#[must_use]
pub fn lines_of(text: &str, width: usize) -> Vec<String> {
    let options = Options::new(width)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
    textwrap::wrap(text, options).into_iter().map(std::borrow::Cow::into_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_and_long_words_stay_whole() {
        assert_eq!(lines_of("one two three", 7), ["one two", "three"]);
        assert_eq!(lines_of("a-word-too-long b", 5), ["a-word-too-long", "b"]);
        assert_eq!(
            lines_of("see https://example.test/a-b/c-d now", 12),
            ["see", "https://example.test/a-b/c-d", "now"]
        );
        assert_eq!(lines_of("", 5), [""]);
    }
}
