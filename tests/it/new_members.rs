//! `shipshape new` and what fleet.yaml keeps of a member: its kind beside its slug, its variables.

use crate::world::{Ran, World};

/// A fleet of two kinds, each with a pack of one templated file.
fn two_kinds(members: &str) -> World {
    let world = World::new();
    let pack = "schema: 1\nname: crate\nvariables:\n  port: { default: \"8080\", pattern: \"[0-9]+\" }\n\
                paths:\n- { path: README.md, policy: templated }\nextras: ['**']\n";
    for shape in ["api", "job"] {
        world
            .write(&format!("shapes/{shape}/shape.yaml"), pack)
            .write(&format!("shapes/{shape}/files/README.md.tera"), "port {{ port }}\n");
    }
    world.write(
        "fleet.yaml",
        format!(
            "schema: 1\nname: f\nforge: {{ owner: acme }}\nkinds:\n\
             \x20 api: {{ prefix: api-, shape: {{ folder: shapes/api }} }}\n\
             \x20 job: {{ prefix: job-, shape: {{ folder: shapes/job }} }}\nmembers: [{members}]\n"
        ),
    );
    world
}

/// Runs the `validate` that a command proposed.
fn proposed(world: &World, ran: &Ran) -> Ran {
    let lines = ran.stderr.lines();
    let line = lines.map(str::trim).find(|line| line.starts_with("shipshape validate "));
    let here = world.path("fleet.yaml").parent().expect("a folder").display().to_string();
    let line = line.expect("a command to judge it").replace("[world]", &here);
    world.run(&line.split(' ').skip(1).collect::<Vec<_>>())
}

#[test]
fn what_was_answered_is_no_edit_once_fleet_yaml_has_it() {
    let world = two_kinds("api-first");
    let words = ["new", "billing", "--kind", "api", "--set", "port=9090", "--defaults", "--local"];
    let ran = world.run(&[&words[..], &["b1", "--register"]].concat()).exits(0);
    assert!(world.read("fleet.yaml").contains("port: \"9090\""), "{}", world.read("fleet.yaml"));
    let judged = proposed(&world, &ran).exits(0);
    assert!(judged.stdout.contains("1 conformant"), "{}", judged.stdout);
    // Without a place for the value every judgement would be wrong: none is proposed.
    let words =
        ["new", "pay", "--kind", "api", "--set", "port=7000", "--defaults", "--local", "p1"];
    let ran = world.run(&words).exits(0);
    assert!(ran.stderr.contains("not in the fleet yet"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("shipshape validate"), "{}", ran.stderr);
    // Without a value of its own a folder is judged as it is.
    let words = ["new", "mail", "--kind", "api", "--defaults", "--local", "m1"];
    proposed(&world, &world.run(&words).exits(0)).exits(0);
}

#[test]
fn a_slug_that_another_kind_has_is_no_member_of_this_one() {
    let world = two_kinds("api-orders");
    let words = ["new", "orders", "--kind", "job", "--set", "port=1", "--defaults"];
    let ran = world.run(&[&words[..], &["--local", "o1", "--register"]].concat()).exits(0);
    let fleet = world.read("fleet.yaml");
    assert!(fleet.contains("slug: orders, kind: job"), "{fleet}");
    // The slug alone would be that of two members.
    proposed(&world, &ran).exits(0);
    let ran = world.run(&["validate", "o1", "--slug", "orders"]).exits(2);
    assert!(ran.stderr.contains("`orders` is the name of several members"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`api-orders`, `job-orders`"), "{}", ran.stderr);
    let again = world.run(&[&words[..], &["--local", "o2", "--register"]].concat()).exits(2);
    assert!(again.stderr.contains("`orders` is a member already"), "{}", again.stderr);
}

#[test]
fn a_path_at_which_nothing_is_is_told_as_such() {
    let world = two_kinds("api-orders");
    for path in ["nowhere", "nowhere/*"] {
        let ran = world.run(&["validate", path]).exits(2);
        assert!(ran.stderr.contains("there is no such folder"), "{path}: {}", ran.stderr);
        assert!(!ran.stderr.contains("is not a member"), "{path}: {}", ran.stderr);
    }
}
