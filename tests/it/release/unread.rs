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
