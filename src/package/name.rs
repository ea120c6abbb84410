//! Validates names of distributions, modules and entry points, and converts their spelling. Nothing is looked up.

use crate::source::python::is_standard;
use crate::source::requirements::normalize;

/// Python's keywords, in byte order. Soft keywords (`match`, `type`, `lazy`) are ordinary names.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// Whether a text is a valid name of a distribution (PEP 508).
#[must_use]
pub fn is_distribution(name: &str) -> bool {
    let ends = |end: Option<char>| end.is_some_and(|end| end.is_ascii_alphanumeric());
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    ends(name.chars().next()) && ends(name.chars().last()) && name.chars().all(inner)
}

/// A distribution's name as in file names: normalised, with `_` for `-` (PEP 427, PEP 625).
#[must_use]
pub fn in_file_names(distribution: &str) -> String {
    normalize(distribution).replace('-', "_")
}

/// Whether a text is an identifier of ASCII letters, digits and `_`, and not a keyword.
///
/// Python allows more letters, but file systems and archives disagree about their spelling, so packages must not use
/// them.
#[must_use]
pub fn is_importable(name: &str) -> bool {
    is_word(name) && !is_keyword(name)
}

fn is_word(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a name is a keyword of Python.
#[must_use]
pub fn is_keyword(name: &str) -> bool {
    KEYWORDS.binary_search(&name).is_ok()
}

/// Whether a module of this name would shadow one of the standard library in some version of Python. `__main__` does
/// not count: every program has its own.
#[must_use]
pub fn shadows_standard_library(name: &str) -> bool {
    is_standard(name) && name != "__main__"
}

/// Whether a text is a valid name of a script, which is a file in a folder of programs.
#[must_use]
pub fn is_script(name: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    name.chars().all(fine) && name.chars().any(|c| c.is_ascii_alphanumeric())
}

/// Whether a text is a valid group of entry points: words joined by dots.
#[must_use]
pub fn is_group(name: &str) -> bool {
    name.split('.')
        .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

/// Whether a text consists of identifiers joined by dots.
#[must_use]
pub fn is_dotted(name: &str) -> bool {
    name.split('.').all(is_importable)
}

/// Splits an entry point's reference into its module and, after `:`, its object; `None` if it is invalid. Extras in
/// brackets are an old convention that installers reject today.
#[must_use]
pub fn object_reference(reference: &str) -> Option<(&str, Option<&str>)> {
    match reference.split_once(':') {
        None => is_dotted(reference).then_some((reference, None)),
        Some((module, object)) => {
            let (module, object) = (module.trim_end(), object.trim_start());
            (is_dotted(module) && is_dotted(object)).then_some((module, Some(object)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_are_named_as_pep_508_says() {
        for name in ["a", "acme-runtime", "Acme.Runtime_2", "0x"] {
            assert!(is_distribution(name), "{name}");
        }
        for name in ["", "-a", "a-", "a b", "é", "a/b", "a."] {
            assert!(!is_distribution(name), "{name}");
        }
        assert_eq!(in_file_names("Acme--Workspace.runtime"), "acme_workspace_runtime");
    }

    #[test]
    fn modules_are_identifiers_and_no_keywords() {
        assert!(is_importable("_private2") && is_importable("match") && is_importable("type"));
        for name in ["", "2fast", "a-b", "class", "None", "é", "a.b"] {
            assert!(!is_importable(name), "{name}");
        }
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn the_standard_library_of_every_version_is_known() {
        for name in ["queue", "annotationlib", "asyncore", "distutils", "binhex", "profiling"] {
            assert!(shadows_standard_library(name), "{name}");
        }
        for name in ["a2a_client", "", "__main__"] {
            assert!(!shadows_standard_library(name), "{name}");
        }
    }

    #[test]
    fn references_are_split() {
        assert_eq!(object_reference("a.b:c.d"), Some(("a.b", Some("c.d"))));
        assert_eq!(object_reference("a.b"), Some(("a.b", None)));
        for reference in ["", ":", "a:", ":b", "a b", "a.b:c d", "a.b:c [x]", "a..b:c", "a:class"] {
            assert_eq!(object_reference(reference), None, "{reference}");
        }
    }
}
