//! The keys of `core` in a repository's configuration.
//!
//! A repository may be anybody's, so its includes are not followed, and nothing but `core` is read here.

use std::fs;
use std::path::Path;

/// A larger configuration is not read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Calls `set` with each key of `core` in a file and its value, both in lower case. Nothing is read of what is not a
/// small, regular file.
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
        let value = value.split(['#', ';']).next().unwrap_or_default().trim();
        let value = value.trim_matches('"').to_ascii_lowercase();
        set(&key.trim().to_ascii_lowercase(), &value);
    }
}

/// Whether a value, in lower case, is one of git's words for yes.
pub(in crate::snapshot) fn is_on(value: &str) -> bool {
    matches!(value, "true" | "yes" | "on" | "1")
}
