//! Drafts as a whole: what they say, and that they are manifests.

use std::path::Path;

use serde_json::json;

use super::*;
use crate::fleet::{Fleet, registrations};
use crate::source::Text;

fn seen(name: &str) -> Seen {
    Seen { name: name.to_owned(), owner: Some("Acme".to_owned()), ..Seen::default() }
}

fn observed(repositories: Vec<Seen>) -> Observed {
    Observed { source: "a test".to_owned(), repositories, ..Observed::default() }
}

/// The draft and the fleet that it is read as.
fn drafted(observed: &Observed, wishes: &Wishes) -> (Draft, Fleet) {
    let draft = draft(observed, wishes).expect("members");
    let fleet = Fleet::parse(Path::new("fleet.yaml"), draft.text.as_bytes());
    let fleet = fleet.unwrap_or_else(|errors| panic!("{errors:?}\n{}", draft.text));
    assert_eq!(fleet.members.len(), draft.members, "{}", draft.text);
    (draft, fleet)
}

fn members(fleet: &Fleet) -> String {
    let member = |it: &crate::fleet::Member| format!("{} {} {}", it.repository, it.slug, it.kind);
    fleet.members.iter().map(member).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_fleet_of_two_kinds_with_a_starter() {
    let contents = Contents {
        distributions: ["acme-runtime".to_owned()].into(),
        by_dockerfile: ["acme-runtime".to_owned()].into(),
        imports: ["acme_runtime".to_owned()].into(),
        images: ["ghcr.io/{owner}/{repository}".to_owned()].into(),
        has_pack: false,
        ..Contents::default()
    };
    let with = |name: &str| Seen { contents: Some(contents.clone()), ..seen(name) };
    let starter = Seen {
        contents: Some(Contents { has_pack: true, ..Contents::default() }),
        place: Some("repos/tpl-starter".to_owned()),
        ..seen("tpl-starter")
    };
    let archived = Seen { aside: Some("it is archived".to_owned()), ..seen("tpl-old") };
    let repositories = vec![
        with("tpl-claude-code"),
        with("tpl-Odd_Name"),
        starter,
        with("plugin-slack"),
        with("plugin-jira"),
        archived,
        seen("website"),
        seen("bad name"),
    ];
    let (draft, fleet) = drafted(&observed(repositories), &Wishes::default());
    insta::assert_snapshot!(draft.text);
    assert_eq!(
        members(&fleet),
        "Acme/plugin-jira jira plugin\nAcme/plugin-slack slack plugin\n\
         Acme/tpl-Odd_Name odd-name tpl\nAcme/tpl-claude-code claude-code tpl"
    );
    let left: Vec<&str> = draft.left_out.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(left, ["tpl-old", "bad name", "website"]);
}

#[test]
fn a_list_of_somebody_else_becomes_a_registration_that_agrees() {
    for document in [
        json!({"templates": [
            {"name": "claude-code-default", "repo": "Acme/tpl-claude-code"},
            {"name": "hermes", "repo": "Acme/tpl-hermes"},
            {"name": "site", "repo": "Acme/website"},
        ]}),
        json!({"runtimes": {"hermes": "Acme/tpl-hermes", "codex": "Acme/tpl-codex"}}),
        json!(["Acme/tpl-hermes", "Acme/tpl-codex"]),
        json!(["tpl-hermes", "tpl-codex"]),
        json!({"a": {"hermes": {"repo": "tpl-hermes"}, "gemini_cli": {"repo": "tpl-gemini-cli"}}}),
        json!([{"repo": "https://git.example/acme/tpl-a.git"}, {"repo": "https://git.example/acme/tpl-b.git"}]),
    ] {
        let listed = listed::read(&document, "manifest.json", &[]);
        assert_eq!(listed.not_understood, Vec::<String>::new(), "{document}");
        let observed = Observed {
            source: "manifest.json".to_owned(),
            repositories: listed.repositories,
            lists: listed.lists,
            ..Observed::default()
        };
        let wishes = Wishes { owner: Some("Acme".to_owned()), ..Wishes::default() };
        let (draft, fleet) = drafted(&observed, &wishes);
        assert_eq!(fleet.manifest.registrations.len(), 1, "{}", draft.text);
        let text = Text::new(&serde_json::to_string_pretty(&document).expect("JSON"));
        let found = registrations::judge(&fleet, &|_| Ok(text.clone()));
        let said: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(said, Vec::<&str>::new(), "{}", draft.text);
    }
}

#[test]
fn words_of_a_list_are_the_repositories_that_were_seen() {
    let listed =
        listed::read(&json!({"runtimes": ["claude_code", "hermes", "external"]}), "m.json", &[]);
    let mut repositories = vec![seen("tpl-claude-code"), seen("tpl-hermes"), seen("tpl-codex")];
    repositories.extend(listed.repositories);
    let lists = listed.lists;
    let observed = Observed { source: "x".to_owned(), repositories, lists, ..Observed::default() };
    let (draft, fleet) = drafted(&observed, &Wishes::default());
    assert_eq!(draft.members, 3);
    let left: Vec<&str> = draft.left_out.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(left, ["external"]);
    let registration = &fleet.manifest.registrations[0];
    assert_eq!(registration.spelling.as_str(), "{snake_case}");
    assert_eq!(registration.extras, ["external"]);
    assert!(draft.text.contains("# 1 of the members is not in it"), "{}", draft.text);
}

#[test]
fn nobodys_repositories_say_so_where_the_owner_is_missing() {
    let plain = Seen { owner: None, ..seen("api") };
    let (draft, fleet) = drafted(&observed(vec![plain]), &Wishes::default());
    assert_eq!(fleet.manifest.forge.owner, UNKNOWN_OWNER);
    assert!(
        draft.text.contains("# guessed: the owner of the repositories is not known"),
        "{}",
        draft.text
    );
}

#[test]
fn without_a_repository_there_is_no_draft() {
    assert_eq!(draft(&observed(Vec::new()), &Wishes::default()), None);
    let aside = Seen { aside: Some("it is a fork".to_owned()), ..seen("x") };
    assert_eq!(draft(&observed(vec![aside]), &Wishes::default()), None);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]
    #[test]
    fn whatever_repositories_are_called_the_draft_is_a_manifest(
        names in proptest::collection::vec("[-a-cA-B_.0-1]{0,8}|tpl-[-_a-c]{0,4}|é\n#: [{'\"]", 1..8),
        owners in proptest::collection::vec("[a-b]{1,2}|-|\n", 1..3),
        source in "[a-z\n#]{0,6}",
    ) {
        let repositories = names.iter().zip(owners.iter().cycle()).map(|(name, owner)| Seen {
            name: name.clone(),
            owner: Some(owner.clone()),
            folder: (name.len() % 2 == 0).then(|| PathBuf::from("x")),
            ..Seen::default()
        });
        let repositories = repositories.collect();
        let observed = Observed { source, repositories, ..Observed::default() };
        if let Some(draft) = draft(&observed, &Wishes::default()) {
            let fleet = Fleet::parse(Path::new("fleet.yaml"), draft.text.as_bytes());
            let fleet = fleet.unwrap_or_else(|errors| panic!("{errors:?}\n{}", draft.text));
            proptest::prop_assert_eq!(fleet.members.len(), draft.members);
            proptest::prop_assert_eq!(draft.members + draft.left_out.len() <= names.len(), true);
        }
    }

    #[test]
    fn no_json_makes_the_reader_panic(text in "[\\[\\]{}\":,a-z/0-9 ]{0,40}") {
        if let Ok(document) = serde_json::from_str(&text) {
            let _ = listed::read(&document, "m.json", &[]);
        }
    }
}

#[test]
fn a_template_that_is_named_after_a_kind_is_its_starter_and_no_member() {
    let template = |name: &str| Seen { is_template: true, ..seen(name) };
    let repositories = vec![
        template("template-api"),
        template("template-web"),
        template("template-job"),
        seen("api-users"),
        seen("api-orders"),
        seen("web-shop"),
        seen("web-admin"),
        seen("job-mail"),
        seen("job-bill"),
    ];
    let (draft, fleet) = drafted(&observed(repositories), &Wishes::default());
    let kinds = fleet.manifest.kinds.iter();
    let said: Vec<String> = kinds
        .map(|(name, kind)| format!("{name} {}", kind.starter.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(said, ["api template-api", "job template-job", "web template-web"]);
    assert_eq!(draft.members, 6, "{}", draft.text);
    assert!(draft.text.contains("2 names begin with api-"), "{}", draft.text);
    // Where no kind is called so, templates are repositories like others.
    let repositories = vec![template("template-a"), template("template-b"), seen("template-c")];
    assert_eq!(drafted(&observed(repositories), &Wishes::default()).0.members, 3);
}
