//! Determines a repository's kind by its name: the kind with the longest matching prefix, else the only one whose glob
//! matches.

use std::collections::BTreeMap;

use super::manifest::{Kind, Select};

/// Returns the kind of a name; `None` if no prefix matches, and not exactly one glob.
#[must_use]
pub fn of_name<'k>(kinds: &'k BTreeMap<String, Kind>, name: &str) -> Option<(&'k str, &'k Kind)> {
    let prefixed = kinds.iter().filter_map(|(key, kind)| {
        let prefix = kind.prefix.as_ref().filter(|prefix| name.starts_with(prefix.as_str()))?;
        Some((prefix.len(), key.as_str(), kind))
    });
    if let Some((_, key, kind)) = prefixed.max_by_key(|(length, ..)| *length) {
        return Some((key, kind));
    }
    let mut fitting = kinds.iter().filter(|(_, kind)| fits_glob(kind, name));
    match (fitting.next(), fitting.next()) {
        (Some((key, kind)), None) => Some((key.as_str(), kind)),
        _ => None,
    }
}

/// Whether a name matches the glob of a kind, if it has one.
#[must_use]
pub fn fits_glob(kind: &Kind, name: &str) -> bool {
    let Some(Select::Glob(glob)) = &kind.select else { return false };
    globset::Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(name))
}

/// Returns the default name of a member's repository: the kind's prefix followed by the slug, or its glob with the slug
/// for the star unless the slug matches already.
#[must_use]
pub fn repository_name(kind: &Kind, slug: &str) -> String {
    if let Some(prefix) = &kind.prefix {
        return format!("{prefix}{slug}");
    }
    match &kind.select {
        Some(Select::Glob(glob)) if !fits_glob(kind, slug) => match glob.split_once('*') {
            Some((before, after))
                if ![before, after].concat().contains(['*', '?', '[', '{', '\\']) =>
            {
                format!("{before}{slug}{after}")
            }
            _ => slug.to_owned(),
        },
        _ => slug.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_says_the_kind_before_a_glob_and_two_globs_say_none() {
        let kind = |prefix: &str, glob: &str| Kind {
            prefix: (!prefix.is_empty()).then(|| prefix.to_owned()),
            select: (!glob.is_empty()).then(|| Select::Glob(glob.to_owned())),
            ..Kind::default()
        };
        let kinds: BTreeMap<String, Kind> = [
            ("service".to_owned(), kind("", "*-api")),
            ("site".to_owned(), kind("", "{docs,web}-*")),
            ("tool".to_owned(), kind("tool-", "")),
        ]
        .into();
        let said = |name: &str| of_name(&kinds, name).map(|(key, _)| key);
        assert_eq!(said("orders-api"), Some("service"));
        assert_eq!(said("docs-site"), Some("site"));
        assert_eq!(said("tool-api"), Some("tool"));
        assert_eq!(said("docs-api"), None);
        assert_eq!(said("nothing"), None);
        let named = |slug: &str, glob: &str| repository_name(&kind("", glob), slug);
        assert_eq!(named("orders", "*-api"), "orders-api");
        assert_eq!(named("orders-api", "*-api"), "orders-api");
        assert_eq!(named("orders", "{docs,web}-*"), "orders");
        assert_eq!(repository_name(&kind("t-", "*-api"), "orders"), "t-orders");
    }
}
