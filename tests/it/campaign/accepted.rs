//! What the fleet's owners accept or want otherwise, in files that a campaign repairs.

use serde_json::json;

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

#[test]
fn what_was_reverted_stays_so_once_the_baseline_accepts_it() {
    let stage = Stage::of(&["alpha"]);
    let paths =
        "paths:\n  - { path: README.md, policy: seeded }\n  - { path: NOTE.md, policy: exact }\n";
    stage.world.write("shape/shape.yaml", format!("schema: 1\nname: small\n{paths}"));
    stage.world.write("shape/files/NOTE.md", "noted\n");
    let select = "select: { findings: [path-missing] }\nchanges:";
    stage.world.replace("campaign.yaml", "changes:", select);
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.campaign(&["revert", "--yes"]).exits(0);
    let path = "/repos/acme/t-alpha/pulls/2/merge";
    stage.ask("ann", "PUT", path, json!({ "merge_method": "squash" }));
    let reverted = "it was reverted by #2 of `revert-add-note`";
    let (state, why) = stage.stands("alpha");
    assert!(state == "skipped" && why.starts_with(reverted), "{state}: {why}");
    stage.world.replace("fleet.yaml", "kinds:", "baseline: baseline.json\nkinds:");
    stage.forge.run(&stage.world, &["drift", "--write-baseline"]).exits(0);
    assert_eq!(stage.stands("alpha"), ("skipped".to_owned(), reverted.to_owned()));
}

/// A shape in a folder is part of what the owners decide here, and so is one on the forge.
#[test]
fn what_a_shape_in_a_repository_wants_otherwise_since_the_plan_waits_for_a_new_one() {
    let pack = "schema: 1\\nname: small\\npaths:\\n  - { path: LICENSE, policy: exact }\\n";
    let stage = Stage::with(&["alpha", "shape"], |slug| match slug {
        "shape" => {
            format!(", files: {{ pack/shape.yaml: \"{pack}\", pack/files/LICENSE: \"Free\\n\" }}")
        }
        _ => String::new(),
    });
    let folder = "{ folder: shape }";
    stage.world.replace("fleet.yaml", folder, "{ repository: t-shape, path: pack }");
    stage.world.replace("fleet.yaml", "[alpha, shape]", "[alpha]");
    stage.world.write(
        "campaign.yaml",
        "schema: 1\nname: add-note\nchanges: [{ restore: {} }]\npull_request: { title: Restore }\n",
    );
    stage.campaign(&["plan"]).exits(0);
    stage.push("ann", "shape", "main", "pack/files/LICENSE", "Free for all\n");
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]);
    assert!(ran.stdout.contains("it results in another change now: plan again"), "{}", ran.stdout);
    assert_eq!(stage.pulls("alpha").len(), 0);
    let alone = || stage.forge.run(&stage.world, &[]).exits(0).stdout;
    assert!(alone().contains("  shipshape campaign plan campaign.yaml\n"), "{}", alone());
    assert!(alone().contains("another change results now in 1 repository"), "{}", alone());
    // What is elsewhere in that repository is no part of the shape.
    stage.campaign(&["plan"]).exits(0);
    assert!(alone().contains("  shipshape campaign apply campaign.plan.json\n"), "{}", alone());
    stage.push("ann", "shape", "main", "README.md", "Shapes\n");
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    assert_eq!(stage.pulls("alpha").len(), 1);
}
