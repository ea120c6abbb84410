//! The keys of `core` in a repository's configuration.
//!
//! A repository may be anybody's, so its includes are not followed, and nothing but `core` is read here.

use std::fs;
use std::path::Path;

/// A larger configuration is not read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Calls `set` with each key of `core` in a file, in lower case, and its value as written. Nothing is read of what is not
/// a small, regular file.
pub(in crate::snapshot) fn each_of_core(file: &Path, set: impl FnMut(&str, &str)) {
    // Reading a pipe would block forever.
    let is_small = |found: fs::Metadata| found.is_file() && found.len() <= MAX_BYTES;
    if file.metadata().is_ok_and(is_small)
        && let Ok(text) = fs::read(file)
    {
        each_in(&String::from_utf8_lossy(&text), set);
    }
}

/// The same for the text of a configuration.
pub(in crate::snapshot) fn each_in(text: &str, mut set: impl FnMut(&str, &str)) {
    let mut is_core = false;
    for line in text.lines().map(str::trim) {
        let mut rest = line;
        if let Some((section, behind)) = line.strip_prefix('[').and_then(|it| it.split_once(']')) {
            is_core = section.trim().eq_ignore_ascii_case("core");
            rest = behind.trim();
        }
        if !is_core || rest.is_empty() || rest.starts_with(['#', ';']) {
            continue;
        }
        let (key, value) = rest.split_once('=').unwrap_or((rest, "true"));
        set(&key.trim().to_ascii_lowercase(), &unquoted(value.trim()));
    }
}

/// A value without its quotes, its escapes and the comment behind it.
fn unquoted(written: &str) -> String {
    let mut value = String::new();
    // How much of it ends in a quoted part, whose blanks count.
    let mut quoted_until = 0;
    let mut is_quoted = false;
    let mut characters = written.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => is_quoted = !is_quoted,
            '\\' => value.extend(characters.next().map(|escaped| match escaped {
                'n' => '\n',
                't' => '\t',
                other => other,
            })),
            '#' | ';' if !is_quoted => break,
            plain => value.push(plain),
        }
        if is_quoted {
            quoted_until = value.len();
        }
    }
    let kept = value.trim_end().len().max(quoted_until);
    value.truncate(kept);
    value
}

/// Whether a value is one of git's words for yes.
pub(in crate::snapshot) fn is_on(value: &str) -> bool {
    ["true", "yes", "on", "1"].iter().any(|yes| value.eq_ignore_ascii_case(yes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_without_quotes_escapes_and_comments() {
        for (written, value) in [
            ("../a b # there", "../a b"),
            (r#""/a#b;c " ; there"#, "/a#b;c "),
            (r#"C:\\Work"#, r"C:\Work"),
            (r#""say \"x\"""#, r#"say "x""#),
            ("", ""),
        ] {
            assert_eq!(unquoted(written), value, "{written}");
        }
        assert!(is_on("Yes") && is_on("true") && !is_on("no"));
    }
}
