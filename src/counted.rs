//! A number with its noun, as a sentence has it.

/// A count with its noun: `1 file`, `2 files`, `3 repositories`.
///
/// The plural is the regular one; [`counted_as`] takes any other.
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    let several = |stem: &str| format!("{number} {stem}ies");
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o', 'u']) => several(stem),
        _ => format!("{number} {noun}s"),
    }
}

/// A count with words that agree with it: `1 repository is`, `2 repositories are`.
#[must_use]
pub fn counted_as(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noun_agrees_with_its_number() {
        let many = [0, 1, 2].map(|number| counted(number, "file"));
        assert_eq!(many, ["0 files", "1 file", "2 files"]);
        assert_eq!(counted(3, "repository"), "3 repositories");
        assert_eq!(counted(3, "key"), "3 keys");
        assert_eq!(counted_as(1, "path differs", "paths differ"), "1 path differs");
        assert_eq!(counted_as(0, "path differs", "paths differ"), "0 paths differ");
    }
}
