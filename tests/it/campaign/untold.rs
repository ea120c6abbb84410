//! What a person has to be told: a credential that a change takes away, a refusal elsewhere, what a change leaves.

use serde_json::json;

use super::stage::Stage;

const TOKEN: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

/// A fleet whose shape forbids `.env` and holds `ci.yml`, with a ready-made campaign in campaign.yaml.
fn shaped(slugs: &[&str], ready: &str, more: impl Fn(&str) -> String) -> Stage {
    let stage = Stage::with(slugs, more);
    stage.world.write(
        "shape/shape.yaml",
        "schema: 1\nname: small\npaths:\n  - { path: README.md, policy: seeded }\n  - { path: .env, policy: forbidden }\n  \
         - { path: ci.yml, policy: exact }\n",
    );
    stage.world.write("shape/files/ci.yml", "on: push\n");
    stage.world.remove("campaign.yaml");
    stage.campaign(&["init", ready]).exits(0);
    stage
}

#[test]
fn a_credential_that_a_change_takes_away_is_a_persons_to_revoke() {
    for ready in ["restore-shape", "safe-repairs"] {
        let stage = shaped(&["alpha"], ready, |_| {
            format!(
                ", files: {{ README.md: \"# Hello\\n\", ci.yml: \"on: push\\n\", .env: \"TOKEN={TOKEN}\\n\" }}"
            )
        });
        let planned = stage.campaign(&["plan"]).exits(0);
        let revoke =
            "Revoke the credential of `.env` in acme/t-alpha: taken out, it stays in the history";
        assert!(planned.stdout.contains(revoke), "{}", planned.stdout);
        stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
        let pull = stage.pulls("alpha").remove(0);
        let body = pull["body"].as_str().expect("a text");
        assert!(body.contains("**Revoke the credential** in `.env`"), "{body}");
        assert!(body.contains("- `.env`\n") && !body.contains("are kept"), "{body}");
        stage.merged("alpha");
        let status = stage.campaign(&["status"]).exits(0);
        let told = "merged as #1; the credential that it removed is in the history: is it revoked?";
        assert!(status.stdout.contains(told), "{}", status.stdout);
        assert!(!status.stdout.contains(TOKEN) && !body.contains(TOKEN));
    }
}

#[test]
fn what_was_declined_in_one_campaign_is_not_offered_by_another() {
    let stage = Stage::of(&["alpha", "beta", "gamma"]);
    stage.applied().exits(0);
    let closed = json!({ "state": "closed" });
    stage.ask("ann", "PATCH", "/repos/acme/t-alpha/pulls/1", closed);
    stage.campaign(&["close", "--yes", "-m", "beta", "--because", "not now"]).exits(0);
    let text = stage.world.read("campaign.yaml").replace("name: add-note", "name: again");
    stage.world.write("again.yaml", text);
    let planned = stage.campaign(&["plan", "again.yaml"]).exits(0);
    for said in [
        "it was declined in `add-note`: ann closed #1; --reopen offers it all the same",
        "it was declined in `add-note`: robot gave up #1: not now; --reopen offers it all the same",
        "#1 of the campaign `add-note` offers the same change",
        "There is nothing to change.",
    ] {
        assert!(planned.stdout.contains(said), "{}", planned.stdout);
    }
    let planned = stage.campaign(&["plan", "again.yaml", "--reopen"]).exits(0);
    assert!(planned.stdout.contains("2 pull requests"), "{}", planned.stdout);
}

#[test]
fn a_kept_plan_offers_nothing_that_another_campaign_offers_or_saw_declined_since() {
    let stage = Stage::of(&["alpha", "beta", "gamma"]);
    let text = stage.world.read("campaign.yaml").replace("name: add-note", "name: again");
    stage.world.write("again.yaml", text);
    stage.campaign(&["plan", "again.yaml"]).exits(0);
    stage.campaign(&["apply", "-m", "alpha", "-m", "beta", "--yes"]).exits(0);
    let closed = json!({ "state": "closed" });
    stage.ask("ann", "PATCH", "/repos/acme/t-alpha/pulls/1", closed);
    let opened = || ["alpha", "beta", "gamma"].map(|slug| stage.pulls(slug).len());
    let apply = ["apply", "again.plan.json", "--yes"];
    // A run after that is told the same, and its own pull request is none of another campaign.
    for _ in 0..2 {
        let ran = stage.campaign(&apply).exits(0);
        for said in [
            "it was declined in `add-note`: ann closed #1; --reopen offers it all the same",
            "#1 of the campaign `add-note` offers the same change",
        ] {
            assert!(ran.stdout.contains(said), "{}", ran.stdout);
        }
        assert_eq!(opened(), [1, 1, 1]);
    }
    // What a plan was to offer all the same, it offers.
    stage.campaign(&["plan", "again.yaml", "--reopen"]).exits(0);
    stage.campaign(&apply).exits(0);
    assert_eq!(opened(), [2, 1, 1]);
}

#[test]
fn a_plan_names_the_campaign_that_has_still_to_mend_the_same() {
    let stage = Stage::with(&["alpha", "beta"], |_| ", files: { OTHER.md: x }".to_owned());
    let add = "add: { path: NOTE.md, content: \"noted\\n\" }";
    stage.world.replace("campaign.yaml", add, "restore: {}");
    // What is seeded, no campaign restores.
    stage.world.replace("shape/shape.yaml", "seeded", "exact");
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    let text = stage.world.read("campaign.yaml").replace("add-note", "again");
    stage.world.write("again.yaml", text);
    let planned = stage.campaign(&["plan", "again.yaml"]).exits(0);
    let said = "worth knowing: the campaign `add-note` (campaign.yaml) mends what is found too, and has still to open pull \
                requests in 1 of these repositories: choose one of the two\n";
    assert!(planned.stderr.contains(said), "{}", planned.stderr);
}

#[test]
fn a_plan_names_no_campaign_that_mends_other_files() {
    let stage = Stage::with(&["alpha", "beta"], |_| ", files: { OTHER.md: x }".to_owned());
    let exact = "README.md, policy: exact }\n  - { path: LICENSE, policy: exact }";
    stage.world.replace("shape/shape.yaml", "README.md, policy: seeded }", exact);
    stage.world.write("shape/files/LICENSE", "None.\n");
    let add = "add: { path: NOTE.md, content: \"noted\\n\" }";
    stage.world.replace("campaign.yaml", add, "restore: { paths: [README.md] }");
    stage.campaign(&["plan"]).exits(0);
    let text = stage.world.read("campaign.yaml").replace("add-note", "again");
    stage.world.write("again.yaml", text.replace("README.md", "LICENSE"));
    let planned = stage.campaign(&["plan", "again.yaml"]).exits(0);
    assert!(planned.stdout.contains("2 pull requests"), "{}", planned.stdout);
    assert!(!planned.stderr.contains("mends what is found too"), "{}", planned.stderr);
}

#[test]
fn a_required_campaign_holds_nothing_where_it_may_be_known_all_the_same() {
    let stage = Stage::with(&["alpha", "beta"], |slug| match slug {
        "beta" => ", visibility: private, files: { README.md: x }".to_owned(),
        _ => String::new(),
    });
    let text =
        stage.world.read("campaign.yaml").replace("add-note", "then").replace("NOTE", "THEN");
    stage.world.write("then.yaml", format!("{text}requires: [{{ campaign: add-note }}]\n"));
    // Its file cannot be loaded today, and comes after many others.
    for number in 10..40 {
        stage.world.write(&format!("campaign-{number}.yaml"), "x: 1\n");
    }
    let own = stage.world.read("campaign.yaml");
    stage.world.remove("campaign.yaml");
    stage.world.write("late.yaml", format!("{own}unknown: 1\n"));
    let planned = stage.campaign(&["plan", "then.yaml"]).exits(0);
    assert!(!planned.stderr.contains("worth knowing"), "{}", planned.stderr);
    // One member cannot be read by this token: the campaign may be there.
    stage.world.remove("late.yaml");
    let arguments = ["campaign", "plan", "then.yaml", "-m", "alpha"];
    let planned = stage.forge.run_as(&stage.world, "some", &arguments).exits(0);
    let unsure = "no member that could be read has a pull request of it (1 could not be)";
    assert!(planned.stderr.contains(unsure), "{}", planned.stderr);
    let arguments = ["campaign", "apply", "then.plan.json", "--yes"];
    stage.forge.run_as(&stage.world, "some", &arguments).exits(0);
    assert_eq!(stage.pulls("alpha").len(), 1);
}

#[test]
fn a_file_to_add_that_is_missing_is_told_before_any_repository_is_read() {
    let stage = Stage::of(&["alpha"]);
    stage.world.replace("campaign.yaml", "content: \"noted\\n\"", "file: note.txt");
    let before = stage.forge.count();
    for command in ["plan", "apply"] {
        let ran = stage.campaign(&[command]).exits(2);
        let said = "there is no file `note.txt` to add";
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    assert_eq!(stage.forge.count(), before);
    stage.world.write("note.txt", "noted\n");
    stage.campaign(&["plan"]).exits(0);
}

/// Another change of the same file is another offer, and the plan names what it stands beside.
#[test]
fn another_change_of_a_file_that_another_campaign_changes_is_reported() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    let closed = json!({ "state": "closed" });
    stage.ask("ann", "PATCH", "/repos/acme/t-alpha/pulls/1", closed);
    let text = stage.world.read("campaign.yaml").replace("name: add-note", "name: again");
    stage.world.write("again.yaml", text.replace("noted", "noted again"));
    let planned = stage.campaign(&["plan", "again.yaml"]).exits(0);
    assert!(planned.stdout.contains("2 pull requests"), "{}", planned.stdout);
    for said in [
        "acme/t-alpha: the campaign `add-note` changes `NOTE.md` too: ann closed #1",
        "acme/t-beta: the campaign `add-note` changes `NOTE.md` too: #1 is open",
    ] {
        assert!(planned.stderr.contains(said), "{}", planned.stderr);
    }
}

#[test]
fn an_open_change_whose_base_was_edited_is_not_said_to_be_needless() {
    let stage =
        shaped(&["alpha"], "safe-repairs", |_| ", files: { README.md: \"# Hello\\n\" }".to_owned());
    stage.applied().exits(0);
    stage.push("bob", "alpha", "main", "ci.yml", "on: push\njobs: {}\n");
    let (state, reason) = stage.stands("alpha");
    assert_eq!(state, "blocked");
    let stays = reason.strip_prefix("it would change nothing there now, and path-");
    assert!(
        stays.is_some_and(|it| it.ends_with(" ci.yml stays; it conflicts with `main`")),
        "{reason}"
    );
    let status = stage.campaign(&["status", "--format", "json"]).json();
    assert_eq!((&status["counts"]["blocked"], &status["not_selected"]), (&json!(1), &json!(0)));
}

#[test]
fn status_says_what_holds_a_wave_and_how_that_is_given_up() {
    let stage = Stage::with(&["alpha", "beta"], |_| {
        ", checks: [{ name: ci, conclusion: failure }], files: { README.md: x }".to_owned()
    });
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    let status = stage.campaign(&["status"]).exits(1);
    let held = "paused      t-beta                           wave 2 waits for 1 pull request of wave 1 to be merged (t-alpha is red)";
    assert!(status.stdout.contains(held), "{}", status.stdout);
    let next = status.stderr.split_once("Next:\n").map_or("", |(_, next)| next);
    assert!(next.contains("  shipshape campaign close campaign.yaml -m alpha\n"), "{next}");
    assert!(!next.contains("campaign apply"), "{next}");
    stage.campaign(&["close", "campaign.yaml", "-m", "alpha", "--yes"]).exits(0);
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stdout.contains("planned     t-beta"), "{}", status.stdout);
}

#[test]
fn a_copy_of_a_campaign_is_not_taken_for_it() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.world.write("a-copy.yaml", stage.world.read("campaign.yaml"));
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    let ran = stage.forge.run(&stage.world, &[]).exits(0);
    assert!(
        ran.stdout.contains("campaign.yaml") && !ran.stdout.contains("a-copy"),
        "{}",
        ran.stdout
    );
}

#[test]
fn members_whose_findings_a_campaign_does_not_select_are_named() {
    let slugs = ["alpha", "beta", "gamma"];
    let stage = Stage::with(&slugs, |slug| match slug {
        "alpha" => ", files: { OTHER.md: x }".to_owned(),
        "beta" => format!(", files: {{ README.md: \"# Hello\\n\", .env: \"TOKEN={TOKEN}\\n\" }}"),
        _ => String::new(),
    });
    stage.says_more("select: { findings: [path-missing] }\n");
    let planned = stage.campaign(&["plan"]).exits(0);
    let next = "Next:\n  shipshape campaign apply campaign.plan.json\n  \
                # 1 member has findings that this campaign does not select: beta\n  \
                shipshape drift --repository beta\n";
    assert!(planned.stderr.contains(next), "{}", planned.stderr);
    assert!(!planned.stderr.contains(TOKEN));
    // They are named as well where the campaign has nothing left to do.
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    stage.merged("alpha");
    let planned = stage.campaign(&["plan"]).exits(0);
    assert!(planned.stderr.contains("shipshape drift --repository"), "{}", planned.stderr);
    assert!(!planned.stderr.contains("gamma"), "{}", planned.stderr);
}
