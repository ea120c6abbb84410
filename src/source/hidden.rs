//! Characters that a reader does not see, or not where they stand: the one list that all output goes by.
//!
//! Escape sequences could drive a terminal, and bidirectional controls could show a line in another order than
//! the one a program reads (CVE-2021-42574, <https://trojansource.codes>). How one is spelled out is for
//! whoever writes.

/// Whether a character moves the cursor, reorders text or takes no room. Line ends and tabs are among them.
///
/// The joiners U+200C and U+200D are left alone: Persian and emoji need them.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
