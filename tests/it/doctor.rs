//! `doctor`, over the sandbox and an index.

use crate::fleet_commands::{FLEET, SEED, fleet};
use crate::pin::shelf::Shelf;
use crate::rehearsal::Rehearsal;
use crate::world::World;

/// A package index of the fleet's own, with two versions, the later one withdrawn.
fn give_an_index(world: &World) {
    let mut shelf = Shelf::default();
    for (version, withdrawn) in [("0.2.0", None), ("0.2.1", Some("it loses data"))] {
        let wheel = world.wheel("index", ("acme_runtime", version), &[], &[]);
        shelf.wheel(&world.path(&wheel), withdrawn);
    }
    let index = format!("index: {{ simple: 'http://{}/simple/' }} }}", shelf.serve());
    world.replace(
        "fleet.yaml",
        "import: acme_runtime }",
        &format!("import: acme_runtime, {index}"),
    );
}

fn fleet_with_an_index() -> (World, Rehearsal) {
    let (world, forge) = fleet();
    give_an_index(&world);
    (world, forge)
}

#[test]
fn doctor_asks_the_package_index_of_a_fleet_that_has_a_package() {
    let (world, forge) = fleet_with_an_index();
    let line = |arguments: &[&str], code| {
        let ran = forge.run_as(&world, "all", arguments).exits(code).stdout;
        ran.lines().find(|line| line.contains("package index")).map(str::to_owned)
    };
    let found = line(&["doctor"], 0).expect("a line");
    let newest =
        "/simple/ has 2 versions of acme-runtime, the newest that is not withdrawn is 0.2.0";
    assert!(found.ends_with(newest), "{found}");
    assert_eq!(line(&["doctor", "--offline"], 0), None);
    // What only other fleets have on it is not known to it.
    world.replace("fleet.yaml", "distribution: acme-runtime", "distribution: acme-other");
    let none = line(&["doctor"], 0).expect("a line");
    assert!(none.ends_with("/simple/ answers, and has no acme-other"), "{none}");
    let down = line(&["doctor", "--index-url", "http://127.0.0.1:1/simple/"], 3).expect("a line");
    assert!(down.contains("✗ package index") && down.contains("127.0.0.1:1"), "{down}");
}

#[test]
fn doctor_says_what_the_token_lets_one_do() {
    let (world, forge) = fleet_with_an_index();
    let ran = forge.run_as(&world, "all", &["doctor", "--format", "json"]).exits(0);
    let checkup = ran.json();
    let state = |name: &str| {
        let all = checkup["examined"].as_array().expect("a list");
        let found = all.iter().find(|it| it["name"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {checkup}"))["state"].clone()
    };
    for (name, wanted) in [
        ("fleet.yaml", "works"),
        ("credential", "works"),
        ("forge", "works"),
        ("budget", "works"),
        ("scope repo", "works"),
        ("members", "works"),
        ("git", "missing"),
        ("cache", "works"),
    ] {
        assert_eq!(state(name), wanted, "{name}");
    }
    let narrow = forge.run_as(&world, "narrow", &["doctor"]).exits(0).stdout;
    assert!(narrow.contains("give the token `administration: read`"), "{narrow}");
    assert!(
        narrow.contains("by its account, or by what it permits, it can only be read"),
        "{narrow}"
    );
    assert!(narrow.contains("2 of 2 can be read"), "{narrow}");
    // What is not told is not left out.
    assert!(narrow.contains("whether it may write, and `workflows`"), "{narrow}");
}

#[test]
fn doctor_takes_what_anybody_may_for_nothing_that_the_token_may() {
    let world = World::new();
    world.write("fleet.yaml", FLEET);
    give_an_index(&world);
    world.write_readme_shape();
    let public = "- name: acme/t-hermes\n    visibility: public\n";
    let seed = SEED.replacen("- name: acme/t-hermes\n", public, 1).replacen(
        "repositories:\n",
        "  - { name: bare, scopes: [], user: robot }\nrepositories:\n",
        1,
    );
    let forge = Rehearsal::new(&world, &seed);
    let narrow = forge.run_as(&world, "narrow", &["doctor"]).exits(0).stdout;
    assert!(narrow.contains("read, as by anybody: the repository is public"), "{narrow}");
    let bare = forge.run_as(&world, "bare", &["doctor"]).exits(0).stdout;
    // Nobody adds a scope with `gh` to a token that is not its own.
    let added = "add the scope `workflow` to the token in GH_ENTERPRISE_TOKEN";
    assert!(bare.contains(added) && !bare.contains("gh auth refresh"), "{bare}");
    assert!(bare.contains("by its account it can"), "{bare}");
    assert!(bare.contains("but the token lacks the scope `repo`"), "{bare}");
}

#[test]
fn doctor_names_a_member_that_is_shut_and_asks_another_one() {
    let world = World::new();
    world.write("fleet.yaml", FLEET.replace("[t-hermes", "[t-ajar, t-hermes"));
    give_an_index(&world);
    world.write_readme_shape();
    let shut =
        "repositories:\n  - { name: acme/t-ajar, disabled: true, files: { README.md: x } }\n";
    let forge = Rehearsal::new(&world, &SEED.replacen("repositories:\n", shut, 1));
    let ran = forge.run_as(&world, "narrow", &["doctor"]).exits(0).stdout;
    assert!(ran.contains("2 of 3 can be read\n"), "{ran}");
    assert!(ran.contains("1 member shut: `acme/t-ajar`"), "{ran}");
    assert!(
        ran.contains("hint: the forge has disabled it: its owners can ask the forge why"),
        "{ran}"
    );
    assert!(!ran.contains("is the name right"), "{ran}");
    assert!(ran.contains("asked of `acme/t-hermes`, 1 of 3: "), "{ran}");
    assert!(!ran.contains("try again: the forge did not answer this"), "{ran}");
}

#[test]
fn doctor_asks_with_the_token_that_notifies_members_in_a_fleet_with_releases() {
    let (world, forge) = fleet_with_an_index();
    let secret = forge.secret("all").to_owned();
    let doctor = |token: &str, code| {
        let more = [("TEMPLATE_DISPATCH_TOKEN", token)];
        let ran = forge.run_with(&world, &["doctor"], &more).exits(code).stdout;
        assert!(!ran.contains("nonsense"), "{ran}");
        ran.lines().find(|line| line.contains("dispatch token")).map(str::to_owned)
    };
    let line = |token: &str, code| doctor(token, code).expect("a line");
    let unset = line("", 0);
    assert!(unset.ends_with("TEMPLATE_DISPATCH_TOKEN is not set"), "{unset}");
    let taken = line(&secret, 0);
    assert!(taken.ends_with("the forge accepts TEMPLATE_DISPATCH_TOKEN"), "{taken}");
    let reads = line(forge.secret("narrow"), 3);
    assert!(
        reads.contains("✗ dispatch token") && reads.contains("cannot notify any member: "),
        "{reads}"
    );
    let refused = line("nonsense", 3);
    assert!(refused.contains("the forge does not accept TEMPLATE_DISPATCH_TOKEN: "), "{refused}");
    // A fleet without a package has no releases.
    let manifest = world.read("fleet.yaml");
    let without = manifest.lines().filter(|line| !line.starts_with("runtime_package"));
    world.write("fleet.yaml", without.map(|line| format!("{line}\n")).collect::<String>());
    assert_eq!(doctor("nonsense", 0), None);
}
