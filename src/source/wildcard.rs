//! Patterns in which one character matches any text, as on the forge and in our files:
//! `shipshape-*`.

/// Whether a text matches a pattern in which `any` matches any text, including none.
#[must_use]
pub fn fits(pattern: &str, any: char, text: &str) -> bool {
    let mut parts = pattern.split(any);
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    true
}

/// Like [`fits`], but `*` is the wildcard and ASCII case is ignored.
#[must_use]
pub fn fits_in_any_case(pattern: &str, text: &str) -> bool {
    fits(&pattern.to_ascii_lowercase(), '*', &text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, wanted) in [
            ("*", "", true),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "acb", false),
            ("a*a", "a", false),
            ("*b*", "abc", true),
            ("A", "a", true),
            ("a*b*b", "ab", false),
        ] {
            assert_eq!(fits_in_any_case(pattern, text), wanted, "{pattern} {text}");
        }
        assert!(!fits("A", '*', "a"));
    }
}
