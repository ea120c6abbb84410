//! Detects `.gitignore` patterns that take too long to match.
//!
//! libgit2 tries every length for every `*`, so matching a pattern with eight of them against a name of a hundred
//! characters takes years. Patterns in practice have two or three.

/// Maximum number of runs of `*` in one part of a pattern. Each multiplies the attempts by the length of a name.
const MAX_STARS: usize = 4;

/// Maximum number of `**` parts in one pattern. Each multiplies the attempts by the depth of a path.
const MAX_ANY_DEPTH: usize = 4;

/// Whether any pattern of the file would take too long to match.
pub(super) fn is_endless(rules: &[u8]) -> bool {
    rules.split(|byte| matches!(byte, b'\n' | b'\r')).any(|pattern| {
        let parts = || pattern.split(|byte| *byte == b'/');
        let any_depth = parts().filter(|part| part.starts_with(b"**")).count();
        any_depth > MAX_ANY_DEPTH || parts().any(|part| stars(part) > MAX_STARS)
    })
}

/// The number of runs of stars; `a**b` has one.
fn stars(part: &[u8]) -> usize {
    let before = std::iter::once(&0).chain(part);
    part.iter().zip(before).filter(|(here, before)| **here == b'*' && **before != b'*').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_followed_and_what_takes_years_is_not() {
        for sound in
            ["", "*.py[cod]\n__pycache__/\n**/node_modules/**/*.test.*\n", "*a*b*c*\n", "a*****b\n"]
        {
            assert!(!is_endless(sound.as_bytes()), "{sound}");
        }
        for endless in ["x\na*a*a*a*a*b\n", "**/a/**/a/**/a/**/a/**/b", "d/*1*2*3*4*5/e\r\n"] {
            assert!(is_endless(endless.as_bytes()), "{endless}");
        }
    }
}
