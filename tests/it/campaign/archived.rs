//! A repository that was archived while its pull request is open: nothing can be done there, and nothing waits for it.

use serde_json::json;

use super::stage::Stage;

const SAID: &str = "it is archived with #1 open: unarchive it to merge or close #1";

#[test]
fn it_is_left_out_and_holds_up_no_wave() {
    let stage = Stage::of(&["alpha", "beta", "gamma"]);
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    stage.review("ann", "alpha", "APPROVE");
    stage.ask("writer", "PATCH", "/repos/acme/t-alpha", json!({ "archived": true }));
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stdout.contains(SAID), "{}", status.stdout);
    let next = "Next:\n  # 2 not offered yet\n  shipshape campaign apply campaign.yaml\n";
    assert!(status.stderr.contains(next), "{}", status.stderr);
    // What cannot be done is said where it is asked for, and leads round to no other command.
    stage.writes();
    for (verb, done) in [("merge", "merged"), ("close", "closed")] {
        for how in ["--dry-run", if verb == "close" { "--yes" } else { "-malpha" }] {
            let ran = stage.campaign(&[verb, how]).exits(1);
            assert!(ran.stdout.contains(&format!("not {done}: {SAID}")), "{}", ran.stdout);
            assert!(!ran.stderr.contains("Next:"), "{}", ran.stderr);
        }
    }
    assert_eq!(stage.writes(), 0);
    // Neither the plan from before nor a new one waits for it.
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    assert!(ran.stdout.contains(SAID), "{}", ran.stdout);
    assert_eq!(["beta", "gamma"].map(|slug| stage.pulls(slug).len()), [1, 1]);
    let ran = stage.campaign(&["apply", "--yes"]).exits(0);
    assert!(!ran.stdout.contains("failed"), "{}", ran.stdout);
    // Unarchived, it goes on.
    stage.ask("writer", "PATCH", "/repos/acme/t-alpha", json!({ "archived": false }));
    stage.campaign(&["merge", "-m", "alpha", "--without-checks"]).exits(0);
}
