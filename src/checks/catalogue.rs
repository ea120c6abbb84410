//! The catalogue of all rules and checks, and the documentation generated from them. A new rule is listed in its own
//! folder; here only if it applies whatever the shape.

use super::{Check, Rule};
use crate::error::{Error, Result};

/// Checks that apply to files of any format.
const OF_ANY_FILE: &[&dyn Check] =
    &[&super::unreadable_file::UnreadableFile, &super::syntax_error::SyntaxErrors];

/// The checks of each folder, as that folder's `mod.rs` lists them.
const ROOMS: &[&[&dyn Check]] = &[
    OF_ANY_FILE,
    super::document::CHECKS,
    super::requirements::CHECKS,
    super::dockerfile::CHECKS,
    super::python::CHECKS,
    super::workflow::CHECKS,
    super::hygiene::CHECKS,
];

/// Checks of a repository, in the order in which they run.
pub fn checks() -> impl Iterator<Item = &'static dyn Check> {
    ROOMS.iter().copied().flatten().copied()
}

/// Codes that no rule may get: a rule had them once, or they were left out. Fleets may still name them. The code of a rule
/// that is removed is added here.
pub const RETIRED: &[&str] = &["SHP109"];

/// Rules that are not decided by a check of a tree but from paths, fleets, histories or packages.
const DECIDED_ELSEWHERE: &[&[&Rule]] = &[
    super::path_rules::RULES,
    super::fleet::RULES,
    super::hygiene::OF_HISTORIES,
    super::smoke::RULES,
    super::compatibility::RULES,
];

/// The rules of any tree: they apply to a repository whatever its shape, or to its history. A test asks of each rule of a
/// tree that finds something where no shape demands anything. What is about a package, a fleet or the settings of a forge
/// is of no shape, and not listed.
pub const OF_ANY_SHAPE: &[&Rule] = &[
    &super::unreadable_file::RULE,
    &super::syntax_error::RULE,
    &super::dockerfile::script_syntax::RULE,
    &super::hygiene::secret::RULE,
    &super::hygiene::secret_in_history::RULE,
    &super::hygiene::merge_conflict_marker::RULE,
    &super::workflow::gitea_cross_repository::RULE,
    &super::workflow::workflow_call_key::RULE,
    &super::workflow::workflow_template_injection::RULE,
    &super::workflow::workflow_undeclared_input::RULE,
    &super::workflow::workflow_unknown_job::RULE,
];

/// The rules that the `package` commands judge by.
pub fn of_packages() -> impl Iterator<Item = &'static Rule> {
    let rules = [super::smoke::RULES, super::compatibility::RULES];
    rules.into_iter().flatten().copied().chain(super::distribution::rules())
}

/// Every rule, ordered by code.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let mut rules: Vec<&'static Rule> = checks().map(|check| check.rule()).collect();
    rules.extend(DECIDED_ELSEWHERE.iter().copied().flatten().copied());
    rules.extend(super::settings::rules().chain(super::distribution::rules()));
    rules.sort_by_key(|rule| rule.code);
    rules.into_iter()
}

/// The rule with this code or id, ignoring case.
#[must_use]
pub fn find(name: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.code.eq_ignore_ascii_case(name) || rule.id.eq_ignore_ascii_case(name))
}

/// The rules that a word is about, ignoring case: those whose code or id begins with it, where `103` begins `SHP103`, and
/// after them those with a part of their id that begins so, as `user` does in `docker-user`, then those with this word in
/// their summary, or, if there are none before, with one that begins so.
#[must_use]
pub fn about(word: &str) -> Vec<&'static Rule> {
    let word = word.to_lowercase();
    let is_number = word.starts_with(|c: char| c.is_ascii_digit());
    let begins = |rule: &Rule| {
        let code = rule.code.to_lowercase();
        rule.id.starts_with(&word)
            || code.starts_with(&word)
            || (is_number && code.trim_start_matches("shp").starts_with(&word))
    };
    let within = format!("-{word}");
    let (mut found, others): (Vec<_>, Vec<_>) = rules().partition(|rule| begins(rule));
    found.extend(others.iter().filter(|rule| rule.id.contains(&within)));
    let is_first = found.is_empty();
    let says = |rule: &&&'static Rule| {
        let summary = rule.summary.to_lowercase();
        let mut said = summary.split(|c: char| !c.is_alphanumeric());
        said.any(|said| if is_first { said.starts_with(&word) } else { said == word })
    };
    found.extend(others.iter().filter(|rule| !rule.id.contains(&within)).filter(says));
    found
}

/// The rule with this code or id.
///
/// # Errors
/// When there is none; the error suggests the nearest.
pub fn known(name: &str) -> Result<&'static Rule> {
    find(name).ok_or_else(|| {
        let hint = nearest(name).map_or("`shipshape explain` lists all rules".to_owned(), |rule| {
            format!("did you mean `{}` ({})?", rule.id, rule.code)
        });
        Error::usage(format!("there is no rule `{name}`")).hint(hint)
    })
}

/// The rule whose id is most similar to this name, if any is similar enough.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static Rule> {
    let name = name.to_lowercase();
    let likeness = |rule: &Rule| similar::TextDiff::from_chars(name.as_str(), rule.id).ratio();
    rules()
        .map(|rule| (likeness(rule), rule))
        .filter(|(ratio, _)| *ratio > 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, rule)| rule)
}

/// A rule's documentation, as Markdown.
#[must_use]
pub fn documentation(rule: &Rule) -> String {
    let Rule { code, id, severity, summary, protects, details, fails, passes } = rule;
    let example = |(language, text): &(&str, &str)| {
        format!("```{language}\n{}\n```\n", text.trim_matches('\n'))
    };
    format!(
        "# {code} {id}\n\n{summary}\n\nSeverity: {severity}. Protects: {protects}\n\n{}\n\n## Fails\n\n{}\n## Passes\n\n{}",
        details.trim(),
        example(fails),
        example(passes),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(rule: Option<&'static Rule>) -> Option<&'static str> {
        rule.map(|rule| rule.id)
    }

    #[test]
    fn a_rule_is_found_by_its_code_and_its_name_in_any_case() {
        let code = find("syntax-error").expect("a rule").code;
        assert_eq!(id(find(code)), Some("syntax-error"));
        assert_eq!(id(find(&code.to_lowercase())), Some("syntax-error"));
        assert_eq!(id(find("Syntax-Error")), Some("syntax-error"));
        assert_eq!(id(find("syntax")), None);
    }

    #[test]
    fn every_room_has_its_rules_here_and_each_has_a_code_of_its_own() {
        for id in [
            "syntax-error",
            "path-modified",
            "registration-missing",
            "waiver-expired",
            "workflow-token-default",
            "record-missing",
            "smoke-skipped",
            "runtime-contract",
        ] {
            assert!(find(id).is_some(), "{id}");
        }
        let codes: Vec<&str> = rules().map(|rule| rule.code).collect();
        assert!(codes.is_sorted_by(|one, other| one < other), "{codes:?}");
        let of_packages: Vec<&str> = of_packages().map(|rule| rule.id).collect();
        for (id, of) in [("record-missing", true), ("smoke-skipped", true), ("syntax-error", false)]
        {
            assert_eq!(of_packages.contains(&id), of, "{id}");
        }
    }

    #[test]
    fn a_word_finds_rules_by_the_start_of_a_name_then_by_a_part_of_it_then_by_the_summary() {
        let ids = |word: &str| -> Vec<&str> { about(word).iter().map(|rule| rule.id).collect() };
        assert!(ids("DOCKER").len() > 5 && ids("docker").iter().all(|it| it.starts_with("docker")));
        assert!(ids("shp1").contains(&"script-mode"));
        assert_eq!(ids("103"), ["docker-user"]);
        assert!(ids("User").contains(&"docker-user"));
        assert!(ids("cross-repo").contains(&"gitea-cross-repository"));
        // What begins so is first, whatever its code.
        let versions = ids("version");
        let begin = versions.iter().take_while(|id| id.starts_with("version")).count();
        assert!(begin > 0 && versions.contains(&"document-version"), "{versions:?}");
        let rest = &versions[begin..];
        let parts = rest.iter().take_while(|id| id.contains("-version")).count();
        assert!(parts > 0 && !rest[parts..].iter().any(|id| id.contains("-version")), "{rest:?}");
        // A rule that only says the word is among them too, once.
        let syntax = ids("syntax");
        assert_eq!(syntax.iter().filter(|id| **id == "python-too-new").count(), 1, "{syntax:?}");
        assert!(syntax[0].starts_with("syntax"), "{syntax:?}");
        // No id has a part that begins so.
        let twice = ids("Twice");
        assert!(twice.contains(&"document-duplicate-key") && twice.len() < 20, "{twice:?}");
        assert_eq!(ids("xyzzy"), [""; 0]);
    }

    #[test]
    fn a_retired_code_stays_retired_and_a_removed_rule_leaves_its_code_here() {
        let number = |code: &str| code.trim_start_matches("SHP").parse::<u32>().expect("a number");
        let retired: Vec<u32> = RETIRED.iter().map(|code| number(code)).collect();
        let codes: Vec<u32> = rules().map(|rule| number(rule.code)).collect();
        assert!(retired.iter().all(|code| !codes.contains(code)), "{retired:?}");
        // Within a hundred, larger gaps are between groups of rules.
        for pair in codes.windows(2).filter(|pair| pair[0] / 100 == pair[1] / 100) {
            let gap = pair[0] + 1..pair[1];
            let is_left_out = gap.len() < 5 && gap.clone().any(|code| !retired.contains(&code));
            assert!(!is_left_out, "{gap:?} had a rule: list its code in RETIRED");
        }
    }

    #[test]
    fn a_misspelt_name_leads_to_the_rule_that_was_meant() {
        assert_eq!(id(nearest("sintax-eror")), Some("syntax-error"));
        assert_eq!(id(nearest("RECORD-MISING")), Some("record-missing"));
        assert_eq!(id(nearest("xyzzy")), None);
    }

    #[test]
    fn documentation_names_the_rule_and_shows_what_fails_and_what_passes() {
        let rule = find("record-missing").expect("a rule");
        let text = documentation(rule);
        assert!(text.starts_with(&format!("# {} record-missing\n\n{}", rule.code, rule.summary)));
        for (heading, (language, example)) in [("Fails", rule.fails), ("Passes", rule.passes)] {
            let shown =
                format!("## {heading}\n\n```{language}\n{}\n```\n", example.trim_matches('\n'));
            assert!(text.contains(&shown), "{text}");
        }
    }
}
