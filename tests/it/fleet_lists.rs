//! The lists of members beside fleet.yaml and in repositories, together.

use crate::mishaps::Stage as _;
use crate::new_forge::{FLEET, SEED, Stage};

/// A fleet with a member that none of its lists has.
fn lacking() -> Stage {
    Stage::with(&FLEET.replace("- alpha # the first\n", "- alpha # the first\n  - gamma\n"), SEED)
}

#[test]
fn every_repair_is_in_the_diff_wherever_the_list_is() {
    let stage = lacking();
    let shown = stage.run(&["fleet", "registrations", "--diff"]).exits(0).stdout;
    for said in ["+++ b/list.txt", "+gamma", "+++ b/core/images.go", "+++ b/core/list.json"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    assert_eq!(stage.world.read("list.txt"), "alpha\n");
}
