use std::path::Path;

use super::*;
use crate::source::Text;

const FLEET: &str = "
schema: 1
name: acme
forge: { owner: acme }
kinds: { workspace: { prefix: template- } }
images: { registry: ghcr.io, name: \"ghcr.io/acme/template-{slug}\" }
members:
  - claude-code
  - hermes
  - { slug: gone, retired: 2026-01-01 }
  - { slug: gemini-cli, aliases: [gemini] }
registrations:
  - name: list
    path: list.go
    language: go
    symbol: List
    form: map
";

fn compare_with(more: &str, found: &[&str]) -> Vec<Disagreement> {
    let manifest = format!("{FLEET}{more}");
    let fleet = Fleet::parse(Path::new("fleet.yaml"), manifest.as_bytes()).expect("sound");
    let elements: Vec<Element> = found
        .iter()
        .map(|text| {
            let (value, mapped) = match text.split_once('=') {
                Some((value, mapped)) => (value, Some((mapped.to_owned(), Span::default()))),
                None => (*text, None),
            };
            Element { value: value.to_owned(), span: Span::default(), mapped, fields: Vec::new() }
        })
        .collect();
    compare(&fleet, &fleet.manifest.registrations[0], &elements)
}

fn missing(slug: &str, wanted: &str) -> Disagreement {
    Disagreement::Missing {
        member: slug.into(),
        wanted: wanted.into(),
        value: None,
        fields: BTreeMap::new(),
    }
}

#[test]
fn equal_lists_agree_in_any_order() {
    assert_eq!(compare_with("", &["hermes", "gemini-cli", "claude-code"]), []);
}

#[test]
fn members_that_are_not_listed_are_missing_and_retired_ones_are_unexpected() {
    assert_eq!(
        compare_with("", &["hermes", "claude-code", "gone", "other"]),
        [
            Disagreement::Unexpected { element: 2, retired: Some("gone".into()) },
            Disagreement::Unexpected { element: 3, retired: None },
            missing("gemini-cli", "gemini-cli"),
        ]
    );
}

#[test]
fn extras_aliases_and_omissions_are_as_declared() {
    let declared =
        "    extras: [external]\n    without: [gemini-cli]\n    aliases: { cc: claude-code }\n";
    assert_eq!(compare_with(declared, &["external", "hermes", "claude-code", "cc"]), []);
    // An alias does not stand for the member.
    assert_eq!(compare_with(declared, &["hermes", "cc"]), [missing("claude-code", "claude-code")]);
}

#[test]
fn a_wrong_spelling_is_told_from_an_unknown_member() {
    let misspelled = |element, slug: &str, wanted: &str| Disagreement::Misspelled {
        element,
        member: slug.into(),
        wanted: wanted.into(),
        by_value: false,
    };
    assert_eq!(
        compare_with("", &["claude_code", "Hermes", "gemini"]),
        [
            misspelled(0, "claude-code", "claude-code"),
            misspelled(1, "hermes", "hermes"),
            misspelled(2, "gemini-cli", "gemini-cli"),
        ]
    );
    assert_eq!(
        compare_with(
            "    spelling: \"{slug}-default\"\n",
            &["claude_code-default", "hermes", "gemini-cli-default"]
        ),
        [
            misspelled(0, "claude-code", "claude-code-default"),
            misspelled(1, "hermes", "hermes-default"),
        ]
    );
}

#[test]
fn a_wrong_spelling_beside_the_right_one_is_one_too_many() {
    assert_eq!(
        compare_with("", &["claude_code", "claude-code", "hermes", "gemini-cli"]),
        [Disagreement::Redundant {
            element: 0,
            member: "claude-code".into(),
            wanted: "claude-code".into()
        }]
    );
    let both_wrong = compare_with("", &["claude_code", "Claude-Code", "hermes", "gemini-cli"]);
    assert!(matches!(
        both_wrong.as_slice(),
        [Disagreement::Misspelled { element: 0, .. }, Disagreement::Redundant { element: 1, .. }]
    ));
}

#[test]
fn exceptions_are_the_right_spelling_of_their_member_only() {
    let declared = "    spelling: \"{snake_case}\"\n    exceptions: { hermes: Hermes }\n";
    assert_eq!(compare_with(declared, &["claude_code", "Hermes", "gemini_cli"]), []);
    assert!(matches!(
        compare_with(declared, &["claude_code", "hermes", "gemini_cli"]).as_slice(),
        [Disagreement::Misspelled { element: 1, .. }]
    ));
}

#[test]
fn what_stands_twice_is_told_once_for_each_repetition() {
    assert_eq!(
        compare_with("", &["hermes", "claude-code", "hermes", "gemini-cli", "hermes"]),
        [
            Disagreement::Duplicate { element: 2, first: 0 },
            Disagreement::Duplicate { element: 4, first: 0 },
        ]
    );
}

#[test]
fn values_of_a_map_follow_their_pattern() {
    let declared = "    values: \"{image}:latest\"\n    without: [gemini-cli]\n";
    let right = "claude-code=ghcr.io/acme/template-claude-code:latest";
    let wanted = || "ghcr.io/acme/template-hermes:latest".to_owned();
    assert_eq!(
        compare_with(declared, &[right, "hermes=ghcr.io/acme/hermes:latest"]),
        [Disagreement::WrongValue { element: 1, wanted: wanted() }]
    );
    assert_eq!(
        compare_with(declared, &[right]),
        [Disagreement::Missing {
            member: "hermes".into(),
            wanted: "hermes".into(),
            value: Some(wanted()),
            fields: BTreeMap::new(),
        }]
    );
}

#[test]
fn an_empty_list_misses_everybody() {
    assert_eq!(compare_with("", &[]).len(), 3);
}

#[test]
fn members_that_share_a_slug_are_listed_each_by_its_spelling() {
    let kinds = |spelling: &str, retired: &str| {
        format!(
            "schema: 1\nname: n\nforge: {{ owner: acme }}\nkinds: {{ svc: {{ prefix: svc- }}, plugin: {{ prefix: plugin- }} }}\n\
             members: [svc-mail, {retired}]\nregistrations: [{{ name: all, path: all.txt, language: text, form: array, spelling: \"{spelling}\" }}]\n"
        )
    };
    let found = |manifest: &str, found: &[&str]| {
        let fleet = Fleet::parse(Path::new("fleet.yaml"), manifest.as_bytes()).expect("sound");
        let element = |value: &&str| Element {
            value: (*value).to_owned(),
            span: Span::default(),
            mapped: None,
            fields: Vec::new(),
        };
        let elements: Vec<Element> = found.iter().map(element).collect();
        compare(&fleet, &fleet.manifest.registrations[0], &elements)
    };
    let by_repository = kinds("{repository}", "plugin-mail");
    assert_eq!(found(&by_repository, &["svc-mail"]), [missing("plugin-mail", "plugin-mail")]);
    assert_eq!(found(&by_repository, &["plugin-mail", "svc-mail"]), []);
    // The slug alone says nothing about which of them is meant.
    assert_eq!(
        found(&by_repository, &["svc-mail", "mail"]),
        [
            Disagreement::Unexpected { element: 1, retired: None },
            missing("plugin-mail", "plugin-mail")
        ]
    );
    // Spelled alike, they share the entry, whichever of them is retired.
    assert_eq!(found(&kinds("{slug}", "plugin-mail"), &["mail"]), []);
    let retired = kinds("{slug}", "{ slug: mail, kind: plugin, retired: 2026-01-01 }");
    assert_eq!(found(&retired, &["mail"]), []);
}

/// Where a list cannot be edited, a person adds the member, and then nothing is left to do.
#[test]
fn what_is_there_literally_is_not_added_to_a_list_that_cannot_be_edited() {
    let manifest =
        FLEET.replace("path: list.go\n    language: go", "path: list.ts\n    language: typescript");
    let manifest = manifest.replace("form: map", "form: array");
    let fleet = Fleet::parse(Path::new("fleet.yaml"), manifest.as_bytes()).expect("sound");
    let registration = &fleet.manifest.registrations[0];
    let member = fleet.members.iter().find(|it| it.slug == "hermes").expect("a member");
    let added = |list: &str| {
        let text = Text::decode(list.as_bytes()).expect("a text");
        add(&fleet, registration, &text, member).map(|repair| repair.edits.len())
    };
    let refused = added("const List = [...base, 'claude-code']\n").expect_err("not literal");
    assert!(refused.contains("not a string"), "{refused}");
    assert_eq!(added("const List = [...base, 'claude-code', 'hermes']\n"), Ok(0));
}
