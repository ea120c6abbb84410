//! Invisible and misleading characters: the single list that all output uses.
//!
//! Escape sequences could drive a terminal, and bidirectional controls could show a line in another
//! order than the one a program reads (CVE-2021-42574, <https://trojansource.codes>). Callers
//! decide how to escape them.

/// Whether a character moves the cursor, reorders text or has no width. This includes line ends and
/// tabs.
///
/// The joiners U+200C and U+200D are excluded: Persian and emoji need them.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
