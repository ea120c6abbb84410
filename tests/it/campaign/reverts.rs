//! A campaign taken back: planned, approved, followed and applied like any other.

use serde_json::{Value, json};

use super::stage::Stage;

const BACK: &str = "shipshape/revert-add-note";

#[test]
fn a_revert_is_approved_like_any_plan() {
    let stage = Stage::of(&["alpha", "home"]);
    stage.world.replace("fleet.yaml", "kinds:", "home: { repository: t-home }\nkinds:");
    stage.says_more("select: { members: [alpha] }\n");
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.says_more("approval: always\n");
    let ran = stage.campaign(&["revert", "--yes"]).exits(3);
    assert!(ran.stderr.contains("revert campaign.yaml --plan FILE"), "{}", ran.stderr);
    stage.writes();
    let kept = stage.campaign(&["revert", "--plan", "back.json"]).exits(0);
    assert!(kept.stderr.contains("\nNext:\n  shipshape campaign apply back.json"), "{}", kept.stderr);
    assert_eq!(stage.writes(), 0);
    stage.offers_in_home("back.json");
    stage.review("ann", "home", "APPROVE");
    stage.campaign(&["apply", "back.json", "--yes", "--approved-in", "1"]).exits(0);
    assert_eq!(stage.pulls("alpha").len(), 2);
    let path = format!("/repos/acme/t-alpha/contents/NOTE.md?ref={BACK}");
    assert_eq!(stage.heard("ann", "GET", &path, &Value::Null).0, 404);
}

#[test]
fn a_revert_whose_base_moved_is_planned_again_as_a_revert() {
    let stage = Stage::of(&["alpha"]);
    stage.says_more("moved: replan\n");
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.campaign(&["revert", "--plan", "back.json"]).exits(0);
    stage.push("ann", "alpha", "main", "OTHER.md", "stays\n");
    stage.campaign(&["apply", "back.json", "--yes"]).exits(0);
    let commits = stage.commits("alpha", BACK);
    assert!(commits[0].starts_with("Revert: Add a note to alpha"), "{commits:?}");
    assert_eq!(commits[1], "Write OTHER.md");
}

#[test]
fn what_takes_it_back_is_followed_until_it_is_merged() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.merged("alpha");
    let stands = || {
        let ran = stage.campaign(&["status", "--reverted", "--format", "json"]).exits(0);
        let status = ran.json();
        assert_eq!(status["campaign"], "revert-add-note");
        let rows = status["repositories"].as_array().expect("rows").clone();
        rows.iter().map(|row| format!("{} {}", row["repository"], row["state"])).collect::<Vec<_>>()
    };
    assert_eq!(stands(), ["\"acme/t-alpha\" \"planned\""]);
    stage.campaign(&["revert", "--yes"]).exits(0);
    assert_eq!(stands(), ["\"acme/t-alpha\" \"open\""]);
    let path = "/repos/acme/t-alpha/pulls/2/merge";
    stage.ask("ann", "PUT", path, json!({ "merge_method": "squash" }));
    assert_eq!(stands(), ["\"acme/t-alpha\" \"merged\""]);
}

#[test]
fn words_and_waves_of_the_campaign_are_in_nobodys_way() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.world.write(
        "shape/shape.yaml",
        "schema: 1\nname: small\nvariables: { display_name: { description: its name, default: Alpha } }\n\
         paths:\n  - { path: README.md, policy: seeded }\n",
    );
    stage.says_more("waves: { sizes: [1], first: [beta], advance: opened }\n");
    stage.world.replace("campaign.yaml", "{{ slug }}", "{{ variables.display_name }}");
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.campaign(&["revert", "--yes"]).exits(0);
    assert_eq!(stage.pulls("alpha")[1]["title"], "Revert: Add a note to Alpha");
}
