use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::campaign::file::CampaignFile;
use crate::campaign::plan::{Content, Terms};

fn plan() -> Value {
    let bytes = b"noted\n";
    let id = BlobId::of(bytes).to_string();
    let file = PlannedFile {
        path: "NOTE.md".to_owned(),
        mode: "100644".to_owned(),
        content: Some(id.clone()),
        base: None,
    };
    let digest = digest_of_planned(std::slice::from_ref(&file));
    let mark = Mark::new("fix", &digest);
    let contents: BTreeMap<String, Content> =
        [(id, Content::Text("noted\n".to_owned()))].into_iter().collect();
    let says: CampaignFile =
        serde_yaml::from_str("{ schema: 1, name: fix, changes: [], pull_request: { title: Fix } }")
            .expect("a campaign");
    json!({
        "schema": super::super::SCHEMA, "campaign": "fix", "file": "campaign.yaml", "file_digest": "",
        "made_at": "", "made_by": "robot", "forge": "", "branch": "shipshape/fix",
        "terms": Terms::of(&says),
        "items": [{
            "repository": "acme/a", "members": [], "owner": null, "wave": 1, "action": "open",
            "state": "planned", "reason": "", "pull": null, "page": null,
            "change": {
                "base_branch": "main", "base": "0".repeat(40), "digest": digest, "files": [file],
                "title": "Fix", "body": mark.marker(), "commit": format!("Fix\n\n{}", mark.trailers()),
                "reviewers": [], "team_reviewers": [], "remarks": [], "cluster": 0,
            },
        }],
        "contents": contents, "digest": "",
    })
}

fn flaw_of(value: Value) -> Option<String> {
    flaw(&serde_json::from_value::<Plan>(value).expect("a plan"))
}

#[test]
fn a_plan_as_it_is_made_has_no_flaw() {
    assert_eq!(flaw_of(plan()), None);
}

#[test]
fn what_contradicts_the_rest_of_a_plan_is_told() {
    let cases = [
        ("/campaign", json!("../main"), "not a campaign name"),
        ("/branch", json!("main"), "its branch is `main`"),
        ("/branch", json!("shipshape/other"), "its branch is"),
        ("/items/0/change/base", json!("main"), "is not a commit"),
        ("/items/0/change/digest", json!("0123456789abcdef"), "the digest of its change is"),
        ("/items/0/change/files/0/path", json!("../NOTE.md"), "not a path inside"),
        ("/items/0/change/files/0/path", json!(".GIT/config"), "not a path inside"),
        ("/items/0/change/files/0/path", json!("/etc/passwd"), "not a path inside"),
        ("/items/0/change/files/0/path", json!("OTHER.md"), "the digest of its change is"),
        ("/items/0/change/files/0/mode", json!("160000"), "a mode that a file cannot have"),
        (
            "/items/0/change/files/0/content",
            json!("f".repeat(40)),
            "content that is not in the plan",
        ),
        ("/items/0/change/files/0/content", Value::Null, "the digest of its change is"),
        ("/items/0/change/body", json!("nothing"), "its text is marked"),
        (
            "/items/0/change/body",
            json!("<!-- shipshape: campaign other 0123456789abcdef -->"),
            "its text is marked",
        ),
        ("/items/0/change/commit", json!("Fix"), "its commit message is marked"),
        ("/items/0/change/title", json!("a\nb"), "its title is empty, spans lines or is too long"),
        (
            "/items/0/change/title",
            json!("t".repeat(257)),
            "its title is empty, spans lines or is too long",
        ),
    ];
    for (at, value, wanted) in cases {
        let mut hostile = plan();
        *hostile.pointer_mut(at).expect("a place") = value;
        let said = flaw_of(hostile).unwrap_or_default();
        assert!(said.contains(wanted), "{at}: {said}");
    }
}

#[test]
fn nobody_stands_in_it_twice_and_contents_are_what_they_are_called() {
    let mut twice = plan();
    let mut other = twice["items"][0].clone();
    other["repository"] = json!("ACME/A");
    twice["items"].as_array_mut().expect("items").push(other);
    assert!(flaw_of(twice).is_some_and(|why| why.contains("twice")));
    let mut other = plan();
    for content in other["contents"].as_object_mut().expect("contents").values_mut() {
        *content = json!({ "text": "evil\n" });
    }
    assert!(flaw_of(other).is_some_and(|why| why.contains("does not match its id")));
}
