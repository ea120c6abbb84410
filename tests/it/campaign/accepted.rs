//! What the fleet's owners accept, in files that a campaign repairs otherwise.

use super::stage::{README, Stage};

/// The baseline accepts one place of a file, and the pull request repairs another: what is wanted is the same once it is open.
#[test]
fn what_the_baseline_accepts_beside_a_repair_is_left_alone_once_it_is_offered() {
    let files = format!("files: {{ {README}, c.yaml: \"a: 1.0\\n\" }}");
    let stage = Stage::with(&["alpha"], |_| files.clone());
    let paths =
        "paths:\n  - { path: README.md, policy: seeded }\n  - { path: c.yaml, policy: contract }\n";
    let keys = "{ a: { type: string }, b: { type: string } }";
    let demands = format!("demands: {{ documents: [{{ path: c.yaml, keys: {keys} }}] }}\n");
    stage.world.write("shape/shape.yaml", format!("schema: 1\nname: small\n{paths}{demands}"));
    let title = "pull_request: { title: 'Repair {{ slug }}' }\n";
    let campaign = format!("schema: 1\nname: add-note\nchanges:\n  - fix: {{}}\n{title}");
    stage.world.write("campaign.yaml", campaign);
    stage.world.replace("fleet.yaml", "kinds:", "baseline: baseline.json\nkinds:");
    stage.forge.run(&stage.world, &["drift", "--write-baseline"]).exits(0);
    stage.push("ann", "alpha", "main", "c.yaml", "a: 1.0\nb: 2.0\n");
    let planned = stage.item("alpha");
    assert_eq!(planned["action"], "open", "{planned}");
    stage.applied().exits(0);
    let opened = stage.item("alpha");
    assert_eq!(opened["action"], "leave", "{opened}");
    assert_eq!(opened["change"]["digest"], planned["change"]["digest"]);
    // What it repairs is accepted too: that takes nothing from it, and adds nothing.
    stage.forge.run(&stage.world, &["drift", "--write-baseline"]).exits(0);
    let accepted = stage.item("alpha");
    assert_eq!(accepted["action"], "leave", "{accepted}");
    assert_eq!(accepted["change"]["digest"], planned["change"]["digest"]);
}
