//! `images rollback`: the way back at night, which nothing undoes before somebody says so.

use serde_json::json;

use super::{listed, refreshed, typical};

#[test]
fn a_rollback_leads_back_and_stays() {
    let stand = typical();
    let first = stand.run(&["rollback", "hermes"]).exits(2);
    assert!(
        first.stderr.contains("no earlier image of `hermes` is remembered"),
        "{}",
        first.stderr
    );
    refreshed(&stand, &[], 0);
    stand.provision("hermes", "ws-5");
    let foreseen = stand.run(&["rollback", "hermes", "--dry-run"]).exits(1).stdout;
    assert!(foreseen.contains("would be removed, to be recreated: ws-5"), "{foreseen}");
    assert!(foreseen.contains("would be brought back to "), "{foreseen}");
    assert!(foreseen.ends_with("\nNext:\n  shipshape images rollback hermes\n"), "{foreseen}");
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.1.0"));
    let report = stand.run(&["rollback", "hermes", "--format", "json"]).exits(0).json();
    assert_eq!(listed(&report, "recreated", "container"), ["ws-5"]);
    assert_eq!(report["pulled"][0]["version"], "1.0.0");
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.0.0"));
    // The next refresh does not undo it.
    let report = refreshed(&stand, &[], 0);
    assert!(
        report["held"][0]["reason"]
            .as_str()
            .is_some_and(|it| it.starts_with("rolled back to ") && it.len() < 30)
    );
    // Who asks twice at night is not led forward again, and what a killed run left undone is done.
    let ran = stand.run(&["rollback", "hermes"]).exits(0);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.0.0"));
    assert!(ran.stdout.contains("was brought back already"), "{}", ran.stdout);
    assert!(ran.stdout.contains("0 images brought back, 0 containers removed"), "{}", ran.stdout);
    assert!(ran.stdout.contains("\n  shipshape images status hermes -v\n"), "{}", ran.stdout);
    // Nor is who gives the hold another reason in between.
    stand.run(&["hold", "hermes", "--reason", "it is looked into"]).exits(0);
    stand.run(&["rollback", "hermes"]).exits(0);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.0.0"));
    // A few digits name one that was here; one that is only in the registry wants all of them.
    let here = stand.run(&["status", "hermes", "-v"]).exits(0).stdout;
    let newest = here.lines().find(|line| line.contains("back to it:")).expect("what was here");
    let (_, command) = newest.split_once("back to it: shipshape images ").expect("a command");
    let words: Vec<&str> = command.split_whitespace().collect();
    stand.run(&words).exits(0);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.1.0"));
    let ran = stand.run(&["rollback", "hermes", "--to", "ffffff"]).exits(2);
    assert!(
        ran.stderr.contains("no earlier image of `hermes` begins with `ffffff`"),
        "{}",
        ran.stderr
    );
    let other = stand.put("hermes", "0.9.0", Some("0.9.0"));
    let foreseen = stand.run(&["rollback", "hermes", "--to", &other, "--dry-run"]).exits(1);
    let says = "is not here, so it would be pulled: the registry has to have it\n";
    assert!(foreseen.stderr.contains(says), "{}", foreseen.stderr);
    stand.run(&["rollback", "hermes", "--to", &other, "--reason", "worse"]).exits(0);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("0.9.0"));
    let absent = format!("sha256:{}", "0".repeat(64));
    let ran = stand.run(&["rollback", "hermes", "--to", &absent]).exits(3);
    assert!(ran.stderr.contains("manifest unknown"), "{}", ran.stderr);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("0.9.0"));
    let ran = stand.run(&["rollback", "hermes", "--to", "latest"]).exits(2);
    assert!(ran.stderr.contains("`latest` is not a digest"), "{}", ran.stderr);
}

#[test]
fn no_rollback_leads_to_what_another_one_led_away_from() {
    let stand = typical();
    refreshed(&stand, &[], 0);
    let ran = stand.run(&["rollback", "hermes"]).exits(0);
    assert!(ran.stderr.contains("images.json; a refresh by another user"), "{}", ran.stderr);
    stand.run(&["unhold", "hermes"]).exits(0);
    let ran = stand.run(&["rollback", "hermes"]).exits(2);
    assert!(ran.stderr.contains("an earlier rollback moved away from "), "{}", ran.stderr);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.0.0"));
    // A hold without a reason keeps the one that there is.
    stand.run(&["hold", "hermes", "--reason", "it is looked into"]).exits(0);
    stand.run(&["hold", "hermes"]).exits(0);
    let status = stand.run(&["status", "hermes"]).exits(0).stdout;
    assert!(status.contains("it is looked into"), "{status}");
    let ran = stand.run(&["rollback"]).exits(2);
    assert!(ran.stderr.contains("or all: --all"), "{}", ran.stderr);
}

#[test]
fn several_go_back_at_once_and_what_was_left_undone_is_named() {
    let stand = typical();
    refreshed(&stand, &[], 0);
    stand.provision("hermes", "ws-5");
    // Those that have no earlier image are told, and the others go back.
    let ran = stand.run(&["rollback", "--all", "--no-recreate"]).exits(3);
    assert!(ran.stderr.contains("no earlier image of `codex` is remembered"), "{}", ran.stderr);
    let ran = stand.run(&["rollback", "--all", "--no-recreate", "--format", "json"]).exits(3);
    let failed = ran.json()["failed"].clone();
    assert_eq!(
        (&failed[0]["runtime"], &failed[0]["stage"]),
        (&json!("crewai"), &json!("remember"))
    );
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.0.0"));
    let ran = stand.run(&["status", "hermes"]).exits(1);
    let row = ran.stdout.lines().find(|line| line.starts_with("hermes")).expect("a row");
    assert!(row.contains("1 behind") && row.contains("  held: rolled back to "), "{row}");
    let (_, next) = ran.stdout.split_once("\nNext:\n").expect("a next step");
    assert!(next.ends_with("\n  shipshape images rollback hermes\n"), "{next}");
    stand.run(&["rollback", "hermes"]).exits(0);
    let ran = stand.run(&["status", "hermes"]).exits(0);
    assert!(!ran.stdout.contains("Next:"), "{}", ran.stdout);
    stand.run(&["unhold", "--all"]).exits(0);
    let ran = stand.run(&["hold", "hermes", "codex", "--reason", "x"]).exits(0);
    assert!(ran.stderr.contains("codex is held") && ran.stderr.contains("hermes is held"));
    stand.run(&["rollback"]).exits(2);
    let ran = stand.run(&["rollback", "hermes", "codex", "--to", "abcdef"]).exits(2);
    assert!(ran.stderr.contains("belongs to one runtime"), "{}", ran.stderr);
}

#[test]
fn what_contains_a_later_version_is_gone_back_to_only_when_it_is_named() {
    let stand = typical();
    refreshed(&stand, &[], 0);
    // A release was taken back: the version before is built again, and the bad one was here before.
    let rebuilt = stand.put("hermes", "1.0.0 once more", Some("1.0.0"));
    stand.shelf().tags.insert("acme/hermes".to_owned(), rebuilt);
    refreshed(&stand, &[], 0);
    stand.provision("hermes", "ws-5");
    let says = "contains 1.1.0, which is later than 1.0.0, the version here";
    for more in [&["--dry-run"][..], &[]] {
        let ran = stand.run(&[&["rollback", "hermes"], more].concat()).exits(2);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert!(ran.stderr.contains("anyway: --to "), "{}", ran.stderr);
    }
    let ran = stand.run(&["rollback", "--all"]).exits(3);
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.0.0 once more"));
    assert!(stand.containers().contains(&"ws-5".to_owned()));
    let status = stand.run(&["status", "hermes"]).exits(0).stdout;
    assert!(!status.contains("held"), "{status}");
    // What is named is meant.
    let ran = stand.run(&["rollback", "hermes"]).exits(2);
    let (_, rest) = ran.stderr.split_once("--to ").expect("a digest");
    let digest = rest.lines().next().expect("a line");
    stand.run(&["rollback", "hermes", "--to", digest]).exits(0);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.1.0"));
}

#[test]
fn an_image_without_a_version_is_not_compared_and_that_is_said() {
    let stand = typical();
    refreshed(&stand, &[], 0);
    let bare = stand.put("hermes", "no label", None);
    stand.shelf().tags.insert("acme/hermes".to_owned(), bare);
    refreshed(&stand, &[], 0);
    let ran = stand.run(&["rollback", "hermes"]).exits(0);
    let says = "hermes: the image here has no label `";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let says = "so the versions of the two images were not compared; `shipshape images status hermes -v` lists";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    // Run again, it stays where it is.
    let ran = stand.run(&["rollback", "hermes"]).exits(0);
    assert!(!ran.stderr.contains("compared"), "{}", ran.stderr);
}

#[test]
fn only_what_has_the_bad_version_is_brought_back() {
    let stand = typical();
    refreshed(&stand, &[], 0);
    let from = ["rollback", "hermes", "--no-recreate", "--from-version"];
    let ran = stand.run(&[&from[..], &["1.2.0"]].concat()).exits(0);
    let says = "hermes is left alone: its image contains 1.1.0, and not 1.2.0\n";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.1.0"));
    stand.run(&[&from[..], &["1.1.0"]].concat()).exits(0);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.0.0"));
    // Once more: it is back, and goes no further.
    stand.run(&[&from[..], &["1.1.0"]].concat()).exits(0);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.0.0"));
}
