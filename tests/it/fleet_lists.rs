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

/// A fleet whose manifest is kept on the forge, with a member that waits there for a merge.
fn waiting() -> Stage {
    let fleet = FLEET.replace("forge:", "home: { repository: home }\nforge:");
    let stage = Stage::with(&fleet, SEED);
    stage.run(&["new", "beta", "--defaults"]).exits(0);
    stage
}

#[test]
fn what_an_unfinished_run_is_creating_is_not_proposed_as_a_member() {
    let stage = waiting();
    let shown = stage.run(&["fleet", "discover"]).stdout;
    let begun = "since a run of `new` has not finished";
    assert!(shown.contains(begun), "{shown}");
    assert!(shown.contains("workspace-template-beta"), "{shown}");
    assert!(!shown.contains("  - workspace-template-beta\n"), "{shown}");
    // A machine that has no record of it proposes it.
    stage.world.remove_state();
    let shown = stage.run(&["fleet", "discover"]).stdout;
    assert!(!shown.contains(begun) && shown.contains("  - workspace-template-beta\n"), "{shown}");
}

#[test]
fn a_retirement_names_only_the_lists_that_have_the_member() {
    let stage = Stage::set();
    // The list lacks another member, which is no concern of the one that is retired.
    stage.world.replace("fleet.yaml", "- alpha # the first\n", "- alpha # the first\n  - gamma\n");
    let shown = stage.run(&["fleet", "retire", "gamma", "--no-images"]).stdout;
    assert!(!shown.contains("beside"), "{shown}");
    let shown = stage.run(&["fleet", "retire", "alpha", "--no-images"]).stdout;
    assert!(shown.contains("beside"), "{shown}");
}
