//! Members taken back whose images cannot be read, and those that only are behind, as a dry run foresees them.

use super::stage::{ALPHA, Member, Stage};

const UNREADABLE: Member = Member { slug: "beta", contains: "", ..ALPHA };

#[test]
fn whoever_goes_back_is_told_although_its_image_cannot_be_read() {
    let stage = Stage::with(&[ALPHA, UNREADABLE], &[("0.1.5", None), ("0.1.6", None)], "");
    stage.release(&["cascade", "0.1.5", "--force", "--watch"]).exits(3);
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (1, 1));
    // That run is over, and a later version may have been built since.
    let ran = stage.release(&["cascade", "0.1.5", "--force"]).exits(0);
    for name in ["alpha", "beta"] {
        assert!(ran.stderr.contains(&format!("notified acme/t-{name}\n")), "{}", ran.stderr);
    }
    let why = "acme/t-beta: the image cannot be read, so the version was dispatched in case the image contains a later one";
    assert!(ran.stdout.contains(why), "{}", ran.stdout);
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (2, 2));
    // Those runs are not over.
    let ran = stage.release(&["cascade", "0.1.5", "--force"]).exits(0);
    assert!(ran.stderr.contains("acme/t-beta was notified already"), "{}", ran.stderr);
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (2, 2));
}

#[test]
fn a_dry_run_leaves_those_alone_that_are_not_behind() {
    let beta = Member { slug: "beta", contains: "0.1.5", ..ALPHA };
    let stage = Stage::with(&[ALPHA, beta], &[("0.1.5", None), ("0.1.6", None)], "");
    let words = ["cascade", "0.1.6", "--only-behind", "--dry-run"];
    let foreseen = stage.release(&words).exits(0).stdout;
    assert!(foreseen.contains("acme/t-alpha  current  0.1.6"), "{foreseen}");
    assert!(foreseen.contains("acme/t-beta   planned  0.1.5"), "{foreseen}");
    assert_eq!(stage.writes(), 0);
    let ran = stage.release(&["cascade", "0.1.6", "--only-behind"]).exits(0);
    let next = "  shipshape release cascade 0.1.6 --watch --only-behind\n";
    assert!(ran.stderr.ends_with(next), "{}", ran.stderr);
}

#[test]
fn why_an_image_is_not_read_is_said_before_members_go_back_and_after() {
    let alpha = Member { contains: "0.1.5", ..ALPHA };
    let stage = Stage::with(&[alpha, UNREADABLE], &[("0.1.5", None), ("0.1.6", None)], "");
    let dry = stage.release(&["back", "0.1.5", "--no-freeze", "--dry-run"]).exits(0);
    assert!(dry.stdout.contains("acme/t-beta   planned  ?"), "{}", dry.stdout);
    let why = dry.stdout.lines().find(|line| line.starts_with("acme/t-beta: `")).expect("a reason");
    assert!(why.contains("/acme/t-beta:latest`: http://"), "{why}");
    let ran = stage.release(&["back", "0.1.5", "--no-freeze", "--yes"]).exits(3);
    assert_eq!(ran.stdout.matches(why).count(), 1, "{}", ran.stdout);
    let next = "\n  # when the images can be read: notifies again those that are not back\n  shipshape release back 0.1.5";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
}

#[test]
fn a_dry_run_proposes_nothing_where_every_member_is_back() {
    let alpha = Member { contains: "0.1.5", ..ALPHA };
    let stage = Stage::with(&[alpha], &[("0.1.5", None), ("0.1.6", None)], "");
    let dry = stage.release(&["back", "0.1.5", "--dry-run"]).exits(0);
    let says =
        "Nothing was done: no image contains a later version, so this would only freeze releases.";
    assert!(dry.stderr.contains(says), "{}", dry.stderr);
    assert!(!dry.stderr.contains("Next:"), "{}", dry.stderr);
    stage.release(&["freeze", "--reason", "0.1.6 loses the queue"]).exits(0);
    for more in [&[][..], &["--no-freeze"]] {
        let dry = stage.release(&[&["back", "0.1.5", "--dry-run"], more].concat()).exits(0);
        let says = "Nothing was done, and there is nothing to do.";
        assert!(dry.stderr.contains(says), "{}", dry.stderr);
        assert!(!dry.stderr.contains("Next:"), "{}", dry.stderr);
    }
}
