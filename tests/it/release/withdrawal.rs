//! Which versions are to be withdrawn after members went back, and what is said of the members that still have one.

use serde_json::{Value, json};

use super::chain::{GOOD, RUN, chain_of, pasted};
use super::stage::{ALPHA, Member, Stage};
use crate::pin::shelf::Shelf;

const VERSIONS: [(&str, Option<&str>); 3] = [("0.1.5", None), ("0.1.6", None), ("0.1.7", None)];

const BACK: [&str; 2] = ["--yes", "--no-freeze"];

/// Three members with 0.1.7, whose images stay as they are.
fn three() -> Stage {
    let member = |slug| Member { slug, contains: "0.1.7", ..ALPHA };
    Stage::with(&["alpha", "beta", "gamma"].map(member), &VERSIONS, "")
}

/// What `shipshape` alone says, in one line.
fn alone(stage: &Stage) -> String {
    let ran = stage.forge.run(&stage.world, &[]).exits(0);
    ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn while_members_have_a_bad_version_it_is_said_how_they_go_back() {
    let stage = three();
    stage.release(&["cascade", "0.1.6", "--force", "--runtime", "alpha"]).exits(0);
    let back = [&["back", "0.1.5", "--runtime", "beta"], &BACK[..]].concat();
    let back = stage.release(&back).exits(3);
    // alpha is at 0.1.6 on purpose, so that only gamma is named.
    let (what, command) = (
        "1 of 3 repositories may still contain 0.1.7, from which others went back: this shows which would go back; once \
         none does, withdraw (yank) 0.1.7 on the index",
        "shipshape release back 0.1.5 --runtime acme/t-gamma --from 0.1.7 --dry-run",
    );
    let says = format!("\n  # {what}\n  {command}\n");
    let status = stage.release(&["status"]).exits(0);
    for ran in [&back, &status] {
        assert!(ran.stderr.contains(&says), "{}", ran.stderr);
        assert!(!ran.stderr.contains("# withdraw") && !ran.stderr.contains("0.1.5: withdraw"));
    }
    assert!(
        back.stderr.contains("\n  shipshape images rollback beta --from-version 0.1.7\n"),
        "{}",
        back.stderr
    );
    let said = alone(&stage);
    assert!(said.contains(what) && said.contains(command), "{said}");
    assert!(!said.contains("run --version"), "{said}");
    let run = || {
        let status = stage.release(&["status", "0.1.7", "--format", "json"]).exits(0).json();
        status["runs"][0].clone()
    };
    let remaining = json!([{
        "version": "0.1.7", "repositories": ["acme/t-gamma"], "of": 3, "is_certain": false, "to": "0.1.5",
    }]);
    assert_eq!((&run()["to_withdraw"], &run()["remaining"]), (&Value::Null, &remaining));
    // Once that member went forward again, only the one that is back on purpose is left.
    stage.release(&["cascade", "0.1.7", "--force", "--runtime", "beta"]).exits(0);
    assert_eq!((&run()["to_withdraw"], &run()["remaining"]), (&Value::Null, &Value::Null));
    let status = stage.release(&["status"]).exits(0);
    for said in [status.stderr, alone(&stage)] {
        assert!(!said.contains("yank") && !said.contains("release back"), "{said}");
    }
}

#[test]
fn no_member_is_to_go_back_to_a_version_of_which_it_is_known_that_it_is_withdrawn() {
    let stage = three();
    let back = [&["back", "0.1.5", "--runtime", "beta"], &BACK[..]].concat();
    stage.release(&back).exits(3);
    let proposes = |stage: &Stage| {
        let status = stage.release(&["status"]).exits(0).stderr;
        assert!(status.contains("0.1.7, from which others went back"), "{status}");
        status.contains("release back 0.1.5") || alone(stage).contains("release back 0.1.5")
    };
    assert!(proposes(&stage));
    // The index withdraws it. Nothing but the way back to it is recorded here.
    let mut shelf = Shelf::default();
    for (version, _) in VERSIONS {
        let files = [("acme_runtime/__init__.py", "")];
        let wheel = stage.world.wheel("later", ("acme_runtime", version), &[], &files);
        shelf.wheel(&stage.world.path(&wheel), (version == "0.1.5").then_some("a mistake"));
    }
    let index = format!("http://{}/simple/", shelf.serve());
    let refused = stage.release(&[&back[..], &["--index-url", &index]].concat()).exits(2);
    assert!(refused.stderr.contains("0.1.5 was withdrawn from the index"), "{}", refused.stderr);
    assert!(!proposes(&stage));
}

#[test]
fn the_target_of_a_way_back_that_can_be_continued_is_not_to_be_withdrawn() {
    let stage = three();
    stage.release(&[&["back", "0.1.6"], &BACK[..]].concat()).exits(3);
    let further = [&["back", "0.1.5", "--runtime", "gamma"], &BACK[..]].concat();
    let further = stage.release(&further).exits(3);
    let status = stage.release(&["status"]).exits(0);
    for ran in [&further, &status] {
        assert!(ran.stderr.contains("withdraw (yank) 0.1.7 on the index"), "{}", ran.stderr);
        assert!(ran.stderr.contains("\n  shipshape release back 0.1.6 --no-freeze\n"));
    }
    // While that one can be continued, nothing else is proposed.
    let next = pasted(&status);
    assert!(next.iter().all(|command| command[0] == "back"), "{}", status.stderr);
}

#[test]
fn where_only_some_members_went_back_only_their_images_are_to_be_pulled() {
    let beta = Member { slug: "beta", ..ALPHA };
    let alpha = Member { contains: "0.1.7", ..ALPHA };
    let stage = Stage::with(&[alpha, beta], &VERSIONS[1..], "");
    let back = [&["back", "0.1.6", "--runtime", "beta"], &BACK[..]].concat();
    let back = stage.release(&back).exits(0);
    assert!(back.stderr.contains("\n  shipshape images refresh beta\n"), "{}", back.stderr);
    // beta never had 0.1.7, and alpha has it.
    assert!(!back.stderr.contains("yank"), "{}", back.stderr);
}

#[test]
fn whoever_was_notified_of_a_bad_version_may_have_it_although_no_image_was_seen_with_it() {
    let member = |slug| Member { slug, ..ALPHA };
    let stage = Stage::with(&["alpha", "beta"].map(member), &VERSIONS[1..], "");
    // Both builds are under way when one of the members goes back.
    stage.release(&["cascade", "0.1.7"]).exits(0);
    stage.release(&[&["back", "0.1.6", "--runtime", "alpha"], &BACK[..]].concat()).exits(0);
    let status = stage.release(&["status"]).exits(0);
    let says = "1 of 2 repositories may still contain 0.1.7, from which others went back";
    assert!(status.stderr.contains(says), "{}", status.stderr);
}

#[test]
fn a_way_back_to_a_version_that_was_withdrawn_is_over() {
    let stage = chain_of(GOOD, "", "0.1.7");
    stage.beside_index(&RUN).exits(3);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    stage.beside_index(&RUN).exits(0);
    let back = [&["back", "0.1.6"], &BACK[..]].concat();
    stage.beside_index(&back).exits(3);
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.6": "a mistake" } }));
    let proposes = || stage.beside_index(&["status"]).exits(0).stderr.contains("release back");
    assert!(proposes());
    stage.beside_index(&[&back[..], &["--dry-run"]].concat()).exits(2);
    assert!(proposes(), "a dry run records");
    let refused = stage.beside_index(&back).exits(2);
    assert!(refused.stderr.contains("0.1.6 was withdrawn from the index"), "{}", refused.stderr);
    assert!(!proposes());
}

/// Publishes a next version.
fn publish(stage: &Stage, more: &str) {
    let text = format!("def load(): ...\n\n\ndef {more}(): ...\n");
    stage.rewrite("workspace/plugins.py", &text, "Say more");
    stage.beside_index(&[&RUN[..], &["--until", "wait", "--no-compat"]].concat()).exits(0);
}

/// The only member has 0.1.6, and went back past 0.1.7 and 0.1.8, which were only published.
fn past() -> Stage {
    let stage = chain_of(GOOD, "", "0.1.6");
    stage.beside_index(&RUN).exits(0);
    ["more", "most"].iter().for_each(|more| publish(&stage, more));
    stage.beside_index(&[&["back", "0.1.6"], &BACK[..]].concat()).exits(0);
    stage
}

#[test]
fn a_version_that_is_to_be_withdrawn_may_be_deleted_instead_whoever_left_it() {
    let stage = past();
    let status = || stage.beside_index(&["status"]).exits(0).stderr;
    assert!(status().contains("withdraw (yank) "), "{}", status());
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.7": "a mistake" } }));
    publish(&stage, "fixed");
    assert!(status().contains("withdraw (yank) 0.1.8 on the index"), "{}", status());
    // The one that was withdrawn is deleted as well.
    let deleted = ["acme-runtime==0.1.7", "acme-runtime==0.1.8"];
    stage.forge.wish(&json!({ "delete": deleted }));
    publish(&stage, "finished");
    assert!(!status().contains("yank"), "{}", status());
}

#[test]
fn a_refusal_names_only_versions_that_stand_in_the_way_and_a_plan_all() {
    let stage = past();
    let plan = stage.beside_index(&["plan", "--no-compat"]).exits(0);
    for says in ["withdraw (yank) ", "0.1.8 on the index"] {
        assert!(plan.stderr.contains(says), "{says}: {}", plan.stderr);
    }
    let refused = stage.beside_index(&["run", "--version", "0.1.7", "--no-smoke"]).exits(2);
    let says = "members went back from 0.1.8: withdraw (yank) 0.1.8 on the index";
    assert!(refused.stderr.contains(says), "{}", refused.stderr);
    // A plan has read the index, whatever is recorded.
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.8": "a mistake" } }));
    let plan = stage.beside_index(&["plan", "--no-compat"]).exits(0);
    assert!(plan.stderr.contains("withdraw (yank) 0.1.7 on the index"), "{}", plan.stderr);
    // It is recorded then, for those that ask no server.
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(status.stderr.contains("withdraw (yank) 0.1.7 on the index"), "{}", status.stderr);
}
