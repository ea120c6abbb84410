//! Infers a name pattern from the repositories' names, and the slugs that follow from it.

use super::nearly_all;

/// Characters that separate the words of a repository's name.
const SEPARATORS: [char; 3] = ['-', '_', '.'];

/// Returns the pattern that nearly all names follow, with `{slug}` for the variable part: the longest common prefix and
/// suffix bounded by a separator. `None` if there is neither.
pub(super) fn pattern(names: &[&str]) -> Option<String> {
    if names.len() < 2 {
        return None;
    }
    let prefix = longest(names, prefixes, |name, prefix| {
        name.len() > prefix.len() && name.starts_with(prefix)
    });
    let rests: Vec<&str> = names.iter().filter_map(|name| name.strip_prefix(prefix)).collect();
    let suffix = longest(&rests, suffixes, |name, suffix| {
        name.len() > suffix.len() && name.ends_with(suffix)
    });
    (!prefix.is_empty() || !suffix.is_empty()).then(|| format!("{prefix}{{slug}}{suffix}"))
}

/// Returns the slug of a name by a pattern; a name that does not match is its own slug.
pub(super) fn slug_of<'n>(name: &'n str, pattern: Option<&str>) -> &'n str {
    let inside = || {
        let (before, after) = pattern?.split_once("{slug}")?;
        name.strip_prefix(before)?.strip_suffix(after)
    };
    inside().filter(|slug| !slug.is_empty()).unwrap_or(name)
}

fn longest<'n>(
    names: &[&'n str],
    candidates: impl Fn(&'n str) -> Vec<&'n str>,
    fits: impl Fn(&str, &str) -> bool,
) -> &'n str {
    let mut best = "";
    let mut tried: Vec<&str> = names.iter().flat_map(|name| candidates(name)).collect();
    tried.sort_unstable();
    tried.dedup();
    for candidate in tried {
        let count = names.iter().filter(|name| fits(name, candidate)).count();
        if candidate.len() > best.len() && nearly_all(count, names.len()) {
            best = candidate;
        }
    }
    best
}

fn prefixes(name: &str) -> Vec<&str> {
    name.match_indices(SEPARATORS).filter_map(|(at, found)| name.get(..at + found.len())).collect()
}

fn suffixes(name: &str) -> Vec<&str> {
    name.match_indices(SEPARATORS).filter_map(|(at, _)| name.get(at..)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_part_of_names_ends_at_a_separator() {
        let pattern = |names: &[&str]| pattern(names);
        assert_eq!(pattern(&["tpl-go", "tpl-gnu-c"]).as_deref(), Some("tpl-{slug}"));
        assert_eq!(pattern(&["a-service", "b-service"]).as_deref(), Some("{slug}-service"));
        assert_eq!(pattern(&["x-a-rs", "x-b-rs"]).as_deref(), Some("x-{slug}-rs"));
        assert_eq!(pattern(&["go", "gnu"]), None);
        assert_eq!(pattern(&["x-a"]), None);
    }

    #[test]
    fn what_names_have_in_common_is_joined_without_the_slug() {
        let common = |pattern: &str| super::super::conclude::common_name(Some(pattern));
        for (pattern, wanted) in [
            ("prometheus-{slug}-exporter", Some("prometheus-exporter")),
            ("setup-{slug}", Some("setup")),
            ("{slug}.github.io", Some("github.io")),
            ("-{slug}", None),
        ] {
            assert_eq!(common(pattern).as_deref(), wanted, "{pattern}");
        }
    }

    #[test]
    fn one_name_of_many_may_be_another() {
        let names = ["t-a", "t-b", "t-c", "t-d", "infra"];
        assert_eq!(pattern(&names).as_deref(), Some("t-{slug}"));
        assert_eq!(slug_of("infra", Some("t-{slug}")), "infra");
        assert_eq!(slug_of("t-a", Some("t-{slug}")), "a");
    }

    #[test]
    fn a_name_that_is_all_prefix_has_no_empty_slug() {
        assert_eq!(slug_of("t-", Some("t-{slug}")), "t-");
    }
}
