//! Languages by the endings of their files.

/// Whether a file is source text of a language whose imports are not followed here: that nothing reaches it, or what it
/// reaches, is not known.
#[must_use]
pub fn is_unfollowed_source(path: &str) -> bool {
    const ENDINGS: [&str; 16] = [
        "c", "cc", "cjs", "cpp", "cs", "go", "h", "java", "js", "jsx", "kt", "mjs", "php", "rb",
        "rs", "ts",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_is_followed_and_go_is_not() {
        assert!(is_unfollowed_source("cmd/main.go") && is_unfollowed_source("index.mjs"));
        for path in ["a.py", "go", "src.rs/data.txt", "Makefile"] {
            assert!(!is_unfollowed_source(path), "{path}");
        }
    }
}
