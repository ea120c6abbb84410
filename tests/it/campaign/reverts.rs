//! A campaign taken back: planned, approved, followed and applied like any other.

use serde_json::{Value, json};

use super::stage::{BRANCH, Stage};

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
    assert!(
        kept.stderr.contains("\n  shipshape campaign apply back.json --approved-in NUMBER"),
        "{}",
        kept.stderr
    );
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

/// The newest commit of a branch and its tree.
fn head(stage: &Stage, branch: &str) -> (Value, Value) {
    let path = format!("/repos/acme/t-alpha/commits/{branch}");
    let commit = stage.ask("ann", "GET", &path, Value::Null);
    (commit["sha"].clone(), commit["commit"]["tree"]["sha"].clone())
}

#[test]
fn what_others_merged_with_it_is_left_to_a_person() {
    let said = |stage: &Stage| {
        let planned = stage.campaign(&["revert", "--dry-run"]).exits(3).stdout;
        assert!(
            planned.contains("other commits were merged with it as #1: revert it by hand"),
            "{planned}"
        );
        assert!(!planned.contains("mine.txt") && !planned.contains("NOTE.md"), "{planned}");
    };
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    stage.push("ann", "alpha", BRANCH, "mine.txt", "mine\n");
    stage.merged("alpha");
    said(&stage);
    // "Update branch" merges the base into the branch.
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    let (ours, _) = head(&stage, BRANCH);
    stage.push("ann", "alpha", "main", "mine.txt", "mine\n");
    stage.push("ann", "alpha", BRANCH, "mine.txt", "mine\n");
    let (base, (_, tree)) = (head(&stage, "main").0, head(&stage, BRANCH));
    let merge = json!({ "message": "Merge main", "tree": tree, "parents": [ours, base] });
    let merge = stage.ask("ann", "POST", "/repos/acme/t-alpha/git/commits", merge);
    let path = format!("/repos/acme/t-alpha/git/refs/heads/{BRANCH}");
    stage.ask("ann", "PATCH", &path, json!({ "sha": merge["sha"], "force": true }));
    stage.merged("alpha");
    said(&stage);
    // Somebody put another commit in its place.
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    let (base, (_, tree)) = (head(&stage, "main").0, head(&stage, BRANCH));
    let other = json!({ "message": "Mine", "tree": tree, "parents": [base] });
    let other = stage.ask("ann", "POST", "/repos/acme/t-alpha/git/commits", other);
    stage.ask("ann", "PATCH", &path, json!({ "sha": other["sha"], "force": true }));
    stage.merged("alpha");
    let planned = stage.campaign(&["revert", "--dry-run"]).exits(3).stdout;
    assert!(planned.contains("the commit of #1 is not the campaign's own"), "{planned}");
}

#[test]
fn every_text_that_a_revert_changes_is_shown() {
    let stage = Stage::of(&["alpha", "beta"]);
    let files: String = (1..7)
        .map(|number| format!("  - add: {{ path: n{number}.md, content: \"note {number}\\n\" }}\n"))
        .collect();
    let readme = "  - add: { path: README.md, content: \"# Bye\\n\", existing: replace }\n";
    stage.world.replace("campaign.yaml", "changes:\n", &format!("changes:\n{readme}{files}"));
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.merged("beta");
    stage.push("ann", "beta", "main", "OTHER.md", "stays\n");
    let planned = stage.campaign(&["revert", "--dry-run"]).exits(0).stdout;
    assert!(!planned.contains("Binary") && planned.contains("-note 1"), "{planned}");
    assert!(planned.contains("-# Bye\n    +# Hello\n"), "{planned}");
    // Two that get the very same change are one variant.
    assert!(planned.contains("Variant A, 2 repositories: t-alpha, t-beta"), "{planned}");
}

#[test]
fn no_revert_brings_a_credential_back() {
    let key = ["np", "m_q8ZrT2mWv5KxPb7NcLd3HsYf9GjQeU4aRi6Z"].concat();
    let stage = Stage::of(&["alpha"]);
    stage.push("ann", "alpha", "main", ".env", &format!("KEY={key}\n"));
    stage.world.replace("campaign.yaml", "changes:\n", "changes:\n  - remove: { paths: [.env] }\n");
    stage.applied().exits(0);
    stage.merged("alpha");
    let ran = stage.campaign(&["revert", "--yes"]).exits(3);
    assert!(
        ran.stdout.contains(
            "`.env` would hold a credential again (npm token): revert it by hand, without the credential"
        ),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains(&key));
    assert_eq!(stage.pulls("alpha").len(), 1);
    // What the shape documents as an example is none, as for the rule.
    let shape = stage.world.read("shape/shape.yaml");
    let examples = format!("{shape}demands: {{ secrets: {{ examples: [{key}] }} }}\n");
    stage.world.write("shape/shape.yaml", examples);
    stage.campaign(&["revert", "--yes"]).exits(0);
    assert_eq!(stage.pulls("alpha").len(), 2);
}

#[test]
fn what_was_merged_again_is_taken_back_whole() {
    let stage = Stage::of(&["alpha"]);
    let more = "changes:\n  - add: { path: MORE.md, content: \"more\\n\", existing: replace }\n";
    stage.world.replace("campaign.yaml", "changes:\n", more);
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.push("ann", "alpha", "main", "MORE.md", "less\n");
    stage.campaign(&["apply", "campaign.yaml", "--again", "--yes"]).exits(0);
    let path = "/repos/acme/t-alpha/pulls/2/merge";
    stage.ask("ann", "PUT", path, json!({ "merge_method": "squash" }));
    let planned = stage.campaign(&["revert", "--dry-run"]).exits(3).stdout;
    // What stood between the two is neither what was before the first nor what is there.
    assert!(
        planned.contains("`MORE.md` was changed between #1 and #2: revert it by hand"),
        "{planned}"
    );
    // Where somebody took half of it back, both halves go.
    let half = Stage::of(&["alpha"]);
    half.world.replace("campaign.yaml", "changes:\n", more);
    half.applied().exits(0);
    half.merged("alpha");
    let file = "/repos/acme/t-alpha/contents/MORE.md";
    let sha = half.ask("ann", "GET", file, Value::Null)["sha"].clone();
    half.ask("ann", "DELETE", file, json!({ "message": "Less", "sha": sha, "branch": "main" }));
    half.campaign(&["apply", "campaign.yaml", "--again", "--yes"]).exits(0);
    half.ask("ann", "PUT", path, json!({ "merge_method": "squash" }));
    half.campaign(&["revert", "--yes"]).exits(0);
    for file in ["MORE.md", "NOTE.md"] {
        let path = format!("/repos/acme/t-alpha/contents/{file}?ref={BACK}");
        assert_eq!(half.heard("ann", "GET", &path, &Value::Null).0, 404, "{file}");
    }
    let other = Stage::of(&["alpha"]);
    other.applied().exits(0);
    other.merged("alpha");
    other.campaign(&["revert", "--yes"]).exits(0);
    let merge = |number: u64| {
        let path = format!("/repos/acme/t-alpha/pulls/{number}/merge");
        other.ask("ann", "PUT", &path, json!({ "merge_method": "squash" }));
    };
    merge(2);
    let status = other.campaign(&["status"]).exits(0).stdout;
    assert!(
        status.contains("it was reverted by #2 of `revert-add-note`; --again offers it again"),
        "{status}"
    );
    other.campaign(&["apply", "campaign.yaml", "--again", "--yes"]).exits(0);
    merge(3);
    // What was merged since it was taken back is taken back as well.
    other.campaign(&["revert", "--yes"]).exits(0);
    merge(4);
    let (status, _) =
        other.heard("ann", "GET", "/repos/acme/t-alpha/contents/NOTE.md", &Value::Null);
    assert_eq!(status, 404);
    other.campaign(&["status"]).exits(0);
}

#[test]
fn a_run_that_opens_others_does_not_call_merged_what_was_reverted() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.campaign(&["apply", "campaign.yaml", "-m", "alpha", "--yes"]).exits(0);
    stage.merged("alpha");
    stage.campaign(&["revert", "-m", "alpha", "--yes"]).exits(0);
    let path = "/repos/acme/t-alpha/pulls/2/merge";
    stage.ask("ann", "PUT", path, json!({ "merge_method": "squash" }));
    let applied = stage.applied().exits(0).stdout;
    assert!(applied.starts_with("Campaign add-note: 1 open, 1 skipped\n"), "{applied}");
    assert!(applied.contains("it was reverted by #2 of `revert-add-note`"), "{applied}");
}

#[test]
fn a_branch_that_a_merge_left_is_nobodys_and_no_run_that_was_cut_off() {
    let stage = Stage::of(&["alpha"]);
    let merge = |number: u64| {
        let path = format!("/repos/acme/t-alpha/pulls/{number}/merge");
        stage.ask("ann", "PUT", &path, json!({ "merge_method": "squash" }));
    };
    stage.applied().exits(0);
    merge(1);
    // Each round leaves both branches on top of what they merged before.
    for round in 0..3 {
        let (back, again) = (2 * round + 2, 2 * round + 3);
        stage.campaign(&["revert", "--yes"]).exits(0);
        merge(back);
        let planned = stage.campaign(&["plan", "--again"]).exits(0).stdout;
        assert!(!planned.contains("cut off") && !planned.contains("robot"), "{planned}");
        let left = format!("#{} was merged, and its branch is still there", back - 1);
        let title = "To be offered from an existing branch\n  t-alpha #";
        assert!(planned.contains(title) && planned.contains(&left), "{planned}");
        stage.campaign(&["apply", "--again", "--yes"]).exits(0);
        merge(again);
    }
    assert_eq!(stage.pulls("alpha").len(), 7);
    // A commit of somebody else on that branch is still theirs.
    stage.campaign(&["revert", "--yes"]).exits(0);
    merge(8);
    stage.push("ann", "alpha", BRANCH, "mine.txt", "mine\n");
    let planned = stage.campaign(&["plan", "--again"]).exits(0).stdout;
    assert!(planned.contains("edited      ann changed its branch"), "{planned}");
    assert!(planned.contains("delete the branch `shipshape/add-note`"), "{planned}");
}

#[test]
fn a_revert_may_be_about_some_members_only() {
    let stage = Stage::of(&["alpha", "beta", "gamma"]);
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.merged("beta");
    let ran = stage.campaign(&["revert", "-m", "alpha", "--dry-run"]).exits(0);
    assert!(ran.stdout.contains("1 pull request: 1 alone\n"), "{}", ran.stdout);
    stage.world.write("two.txt", "t-alpha\nt-gamma\n");
    // Of gamma nothing was merged: what is open there is to be closed.
    let kept = stage.campaign(&["revert", "-t", "two.txt", "--plan", "back.json"]).exits(0);
    let close = "to close: shipshape campaign close campaign.yaml -m gamma\n";
    assert!(kept.stderr.contains(close), "{}", kept.stderr);
    let ran = stage.campaign(&["apply", "back.json", "-t", "two.txt", "--yes"]).exits(2);
    let again =
        "plan again: `shipshape campaign revert campaign.yaml --targets … --plan back.json`";
    assert!(ran.stderr.contains(again), "{}", ran.stderr);
    stage.campaign(&["apply", "back.json", "--yes"]).exits(0);
    assert_eq!(["alpha", "beta", "gamma"].map(|slug| stage.pulls(slug).len()), [2, 1, 1]);
    let status = stage.campaign(&["status", "--reverted", "-m", "alpha"]).exits(0).stdout;
    assert!(status.contains("t-alpha #2") && !status.contains("t-beta"), "{status}");
    let none = stage.campaign(&["revert", "-m", "gamma"]).exits(2);
    let said = "nothing of the campaign `add-note` was merged in the members that were named";
    assert!(none.stderr.contains(said), "{}", none.stderr);
    let hint = "hint: `shipshape campaign status campaign.yaml` shows where it was merged";
    assert!(none.stderr.contains(hint), "{}", none.stderr);
    let none = stage.campaign(&["revert", "-m", "beta", "-t", "two.txt"]).exits(2);
    assert!(none.stderr.contains("together select no member"), "{}", none.stderr);
    let wrong = stage.campaign(&["revert", "-m", "beeta"]).exits(2);
    assert!(wrong.stderr.contains("did you mean"), "{}", wrong.stderr);
    let ran = stage.campaign(&["revert", "-m", "t-b*", "--yes"]).exits(0);
    let next = "  shipshape campaign status --reverted campaign.yaml -m 't-b*'\n";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
}

#[test]
fn a_named_member_that_waited_for_its_wave_is_proposed_and_no_other() {
    let stage = Stage::of(&["alpha", "beta", "gamma"]);
    stage.applied().exits(0);
    for slug in ["alpha", "beta", "gamma"] {
        stage.merged(slug);
    }
    stage.says_more("waves: { sizes: [1] }\n");
    stage.campaign(&["revert", "-m", "alpha", "-m", "beta", "--yes"]).exits(0);
    assert_eq!(["alpha", "beta", "gamma"].map(|slug| stage.pulls(slug).len()), [2, 1, 1]);
    let path = "/repos/acme/t-alpha/pulls/2/merge";
    stage.ask("ann", "PUT", path, json!({ "merge_method": "squash" }));
    let status = stage.campaign(&["status", "--reverted"]).exits(0);
    let next = "shipshape campaign revert campaign.yaml -m alpha -m beta\n";
    assert!(status.stderr.contains(next), "{}", status.stderr);
    let alone = stage.forge.run(&stage.world, &[]).exits(0).stdout;
    let follow = "shipshape campaign status --reverted campaign.yaml -m alpha -m beta\n";
    assert!(alone.contains(follow), "{alone}");
    let words = alone.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("and 1 repository that was named has none yet"), "{alone}");
    // What a person took back there by hand is not offered any more.
    let file = stage.ask("ann", "GET", "/repos/acme/t-beta/contents/NOTE.md", Value::Null);
    let gone = json!({ "message": "Remove it", "sha": file["sha"] });
    stage.ask("ann", "DELETE", "/repos/acme/t-beta/contents/NOTE.md", gone);
    stage.campaign(&["status", "--reverted"]).exits(0);
    let alone = stage.forge.run(&stage.world, &[]).exits(0).stdout;
    assert!(!alone.contains("--reverted"), "{alone}");
}

#[test]
fn a_limited_revert_stays_limited_on_a_machine_that_finds_it_open() {
    let stage = Stage::of(&["alpha", "beta", "gamma"]);
    stage.applied().exits(0);
    for slug in ["alpha", "beta", "gamma"] {
        stage.merged(slug);
    }
    let revert = ["revert", "-m", "alpha", "-m", "beta", "--yes"];
    stage.campaign(&revert).exits(0);
    stage.world.remove_state();
    stage.campaign(&revert).exits(0);
    let alone = stage.forge.run(&stage.world, &[]).exits(0).stdout;
    let follow = "shipshape campaign status --reverted campaign.yaml -m alpha -m beta\n";
    assert!(alone.contains(follow), "{alone}");
    let status = stage.campaign(&["status", "--reverted"]).exits(0);
    assert!(!status.stderr.contains("not offered yet"), "{}", status.stderr);
}

#[test]
fn a_revert_is_about_what_was_merged_whatever_is_selected_today() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.merged("beta");
    stage.says_more("select: { members: ['!beta'] }\n");
    let ran = stage.campaign(&["revert", "--dry-run"]).exits(0);
    assert!(ran.stdout.contains("2 repositories: t-alpha, t-beta"), "{}", ran.stdout);
    let said = "1 repository that `select` does not name today";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn what_a_person_took_back_already_is_not_offered() {
    let stage = Stage::with(&["alpha"], |_| {
        ", files: { LIST.md: \"1\\n2\\n3\\n4\\n5\\n6\\n\" }".to_owned()
    });
    stage.world.replace(
        "campaign.yaml",
        "add: { path: NOTE.md, content: \"noted\\n\" }",
        "add: { path: LIST.md, content: \"1\\ntwo\\n3\\n4\\n5\\n6\\n\", existing: replace }",
    );
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.push("ann", "alpha", "main", "LIST.md", "1\n2\n3\n4\n5\nsix\n");
    for _ in 0..2 {
        stage.campaign(&["revert", "--yes"]).exits(0);
        assert_eq!(stage.pulls("alpha").len(), 1);
    }
}

#[test]
fn what_the_campaign_renewed_itself_is_taken_back() {
    for method in ["squash", "merge", "rebase"] {
        let stage = Stage::of(&["alpha"]);
        stage.applied().exits(0);
        stage.push("ann", "alpha", "main", "OTHER.md", "stays\n");
        stage.world.replace("campaign.yaml", "noted", "noted again");
        let ran = stage.applied().exits(0);
        assert!(ran.stdout.contains("brought up to date"), "{}", ran.stdout);
        let merge = json!({ "merge_method": method });
        stage.ask("ann", "PUT", "/repos/acme/t-alpha/pulls/1/merge", merge);
        stage.campaign(&["revert", "--yes"]).exits(0);
        let there = |file: &str| {
            let path = format!("/repos/acme/t-alpha/contents/{file}?ref={BACK}");
            stage.heard("ann", "GET", &path, &Value::Null).0
        };
        assert_eq!(["NOTE.md", "OTHER.md"].map(there), [404, 200], "{method}");
    }
}

#[test]
fn what_a_person_had_put_there_before_the_merge_is_not_taken_back() {
    let stage = Stage::of(&["alpha", "beta"]);
    let other = "  - add: { path: OTHER.md, content: \"other\\n\" }\n";
    stage.world.replace("campaign.yaml", "changes:\n", &format!("changes:\n{other}"));
    stage.applied().exits(0);
    // Ann makes the same change: all of it in one, a part of it in the other.
    stage.push("ann", "alpha", "main", "NOTE.md", "noted\n");
    stage.push("ann", "alpha", "main", "OTHER.md", "other\n");
    stage.push("ann", "beta", "main", "NOTE.md", "noted\n");
    stage.merged("alpha");
    stage.merged("beta");
    let planned = stage.campaign(&["revert", "--dry-run"]).exits(0).stdout;
    assert!(planned.contains("\n1 pull request: 1 alone\n\nAlone: t-beta\n"), "{planned}");
    assert!(planned.contains("-other\n") && !planned.contains("-noted\n"), "{planned}");
    let status = stage.campaign(&["status", "--reverted"]).exits(0).stdout;
    assert!(status.contains("1 planned, 1 done"), "{status}");
}
