//! A pack whose demands could not be met or failed is refused, with the place.

use crate::world::{Ran, World};

const PATHS: &str = "schema: 1\nname: own\npaths:\n- { path: Dockerfile, policy: facts }\n\
                     - { path: settings.yaml, policy: contract, optional: true }\n\
                     - { path: README.md, policy: exact }\nextras: ['**']\n";

fn shown(pack: &str) -> Ran {
    let world = World::new();
    world.write("pack/shape.yaml", format!("{PATHS}{pack}")).write("pack/files/README.md", "x\n");
    world.run(&["shape", "show", "--pack", "pack"])
}

#[test]
fn a_demand_about_a_path_that_is_not_held_is_told_at_its_place() {
    shown("demands:\n  dockerfiles: [{ path: Dockerfile, base_image: 'alpine:3.20' }]\n").exits(0);
    let ran = shown("demands:\n  dockerfiles: [{ path: Dokerfile, base_image: 'alpine:3.20' }]\n");
    let ran = ran.exits(2);
    assert!(ran.stderr.contains("a demand is about `Dokerfile`, which no"), "{}", ran.stderr);
    assert!(ran.stderr.contains("did you mean `Dockerfile`?"), "{}", ran.stderr);
    assert!(ran.stderr.contains("pack/shape.yaml:9:25"), "{}", ran.stderr);
    for demand in [
        "documents: [{ path: setings.yaml, keys: { a: { required: true } } }]",
        "requirements: [{ path: reqs.txt, distribution: x }]",
        "python: { adapters: [{ path: adaptr.py, name: Adapter }] }",
        "forwarders: [{ install: README.md, start: start.sh }]",
        "workflows: { publishes: [{ path: .github/workflows/x.yml, never_on: [push] }] }",
    ] {
        let ran = shown(&format!("demands:\n  {demand}\n")).exits(2);
        assert!(ran.stderr.contains("a demand is about"), "{demand}: {}", ran.stderr);
    }
    // What says of itself that it may be absent is no typing error.
    for demand in [
        "python: { adapters: [{ path: adapter.py, name: Adapter, optional: true }] }",
        "version_files: [{ path: .core, distribution: x }]",
        "forwarders: [{ install: install.sh, start: start.sh }]",
    ] {
        shown(&format!("demands:\n  {demand}\n")).exits(0);
    }
}

#[test]
fn what_contradicts_itself_in_a_pack_is_refused() {
    let version = |text: &str| {
        let demand = format!("path: settings.yaml, version: {{ key: v, {text} }}");
        shown(&format!("demands:\n  documents: [{{ {demand} }}]\n"))
    };
    version("current: 2, deprecated: [1], migrations: [{ from: 1, to: 2 }]").exits(0);
    for (text, said) in [
        ("current: 2, deprecated: [1, 2]", "2 is both the current version and a deprecated one"),
        (
            "current: 3, deprecated: [1], migrations: [{ from: 1, to: 2 }]",
            "from version 1 to 2, which",
        ),
        ("current: 1, migrations: [{ from: 1, to: 1 }]", "to the same version"),
        (
            "current: 2, deprecated: [1], migrations: [{ from: 1, to: 2, steps: [{ rename: { key: owner, to: a.team } }] }]",
            "the new key has a dot",
        ),
        (
            "current: 2, deprecated: [1], migrations: [{ from: 1, to: 2, steps: [{ wrap: { key: a } }, { move: { from: b, to: 'c..d' } }] }]",
            "a path of `move` is not valid",
        ),
    ] {
        let ran = version(text).exits(2);
        assert!(ran.stderr.contains(said), "{text}: {}", ran.stderr);
    }
    let bounds = "demands:\n  documents: [{ path: settings.yaml, keys: { a: { type: map, keys: { port: { minimum: 9, maximum: 8 } } } } }]\n";
    let ran = shown(bounds).exits(2);
    assert!(ran.stderr.contains("the `minimum` of `a.port` is 9"), "{}", ran.stderr);
    let world = World::new();
    let keyed = PATHS.replace("README.md, policy: exact", "data.json, policy: exact, keys: [a]");
    world.write("pack/shape.yaml", keyed).write("pack/files/data.json", "{ \"a\": 1 }\n");
    let ran = world.run(&["shape", "show", "--pack", "pack"]).exits(2);
    let says = "`data.json` is held exact, which takes no `keys`";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    world.write("pack/files/README.md", "x\n");
    world.write(
        "pack/shape.yaml",
        format!("{PATHS}profiles: {{ x: {{ without_rules: [docker-usr] }} }}\n"),
    );
    world.write("repo/README.md", "x\n");
    let ran = world.run(&["validate", "repo", "--shape", "pack"]).exits(2);
    assert!(ran.stderr.contains("did you mean `docker-user`"), "{}", ran.stderr);
}
