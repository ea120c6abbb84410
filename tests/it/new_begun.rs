//! `shipshape new` on the forge after a run that was cut off: gone on with, or given up.

use crate::mishaps::Stage as _;
use crate::new_forge::{FLEET, Stage};

#[test]
fn what_was_begun_is_given_up_only_when_something_else_is_made() {
    let stage = Stage::set();
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    let over = ["new", "beta", "--defaults", "--start-over"];
    stage.run(&[&over[..], &["--dry-run"]].concat()).exits(2);
    stage.run(&[&over[..], &["--read-only"]].concat()).ends();
    // It is gone on with all the same, and says what the run that was cut off did not come to say.
    let ran = stage.run(&["new", "beta", "--wait", "0"]).exits(3);
    assert!(ran.stderr.contains("Continuing what was started"), "{}", ran.stderr);
    assert!(
        ran.stdout.contains("commit fleet.yaml and what was changed beside it"),
        "{}",
        ran.stdout
    );
    // Nor is it given up by a person who looks at it and leaves.
    stage.world.write("fleet.yaml", FLEET).write("list.txt", "alpha\n");
    let typed = ["a:b", "", "", "", "", "", "", "leave"];
    let asked = ["new", "beta", "--ask", "--start-over"];
    let ran = stage.forge.run_typing(&stage.world, &asked, &typed).exits(0);
    assert!(ran.stderr.contains("Nothing was created"), "{}", ran.stderr);
    let ran = stage.run(&["new", "beta", "--wait", "0"]).exits(3);
    assert!(ran.stderr.contains("Continuing what was started"), "{}", ran.stderr);
    let ran = stage.run(&over).exits(0);
    assert!(!ran.stderr.contains("Continuing what"), "{}", ran.stderr);
}
