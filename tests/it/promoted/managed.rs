//! What `shape promote` takes where the shape manages only a part of a file.

use crate::world::World;

/// The rest of a member's document is its own, such as its name.
#[test]
fn of_a_document_with_managed_keys_only_their_values_become_canon() {
    let world = World::new();
    let shape = "schema: 1\nname: own\npaths:\n\
                 - { path: Cargo.toml, policy: structured, keys: [package.edition, package.publish] }\n\
                 - { path: app.yaml, policy: structured, keys: [service.name] }\nextras: ['**']\n";
    world
        .write("pack/shape.yaml", shape)
        .write("pack/files/Cargo.toml", "[package]\nedition = \"2021\"\npublish = false\n")
        .write("pack/files/app.yaml.tera", "service: { name: '{{ slug }}', tier: 1 }\n")
        .write("lib-b/Cargo.toml", "[package]\nname = \"lib-b\"\nedition = \"2024\"\n")
        .write("lib-b/app.yaml", "service: { name: 'the-lib-b', tier: 2 }\nown: true\n");
    let promote = |path: &'static str| ["shape", "promote", "lib-b", path, "--pack", "pack"];
    let ran = world.run(&[&promote("Cargo.toml")[..], &["--dry-run"]].concat()).exits(0);
    assert!(ran.stderr.contains("only what the shape manages is taken"), "{}", ran.stderr);
    let ran = world.run(&promote("Cargo.toml")).exits(0);
    let canon = "[package]\nedition = \"2024\"\npublish = false\n";
    assert_eq!(world.read("pack/files/Cargo.toml"), canon);
    assert!(ran.stderr.contains("is taken: `package.edition`; the rest"), "{}", ran.stderr);
    assert!(ran.stderr.contains("has no `package.publish`, and the canon keeps"), "{}", ran.stderr);
    world.run(&promote("app.yaml")).exits(0);
    let template = world.read("pack/files/app.yaml.tera");
    assert!(template.contains("name: 'the-{{ "), "{template}");
    assert!(template.contains("tier: 1") && !template.contains("own"), "{template}");
    let ran = world.run(&promote("Cargo.toml")).exits(0);
    assert!(!ran.stderr.contains("canon already: nothing to do"), "{}", ran.stderr);
    let said = "remove it from `keys` in shape.yaml and from `files/Cargo.toml`";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let ran = world.run(&promote("app.yaml")).exits(0);
    let said = "what the shape manages in `app.yaml` is canon already: nothing to do";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

/// What a profile says of a path is what its members are held to there.
#[test]
fn of_a_member_that_manages_only_keys_only_keys_become_canon() {
    let world = World::new();
    world
        .write(
            "pack/shape.yaml",
            "schema: 1\nname: own\nrepository_names: ['lib-{slug}']\npaths:\n\
             - { path: a.yaml, policy: exact, keys: [x] }\n\
             profiles: { free: { policies: { a.yaml: structured } } }\nextras: ['**']\n",
        )
        .write(
            "fleet.yaml",
            "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: lib-, shape: { folder: pack } } }\n\
             members: [lib-alpha, { slug: beta, profile: free }]\n",
        )
        .write("lib-alpha/a.yaml", "x: 1\nof: lib-alpha\n")
        .write("lib-beta/a.yaml", "x: 2\nown: only-b\n");
    // The name in it shows in the other repositories, since all of it is compared there.
    let ran = world.run(&["shape", "promote", "lib-alpha", "a.yaml"]).exits(0);
    assert!(!ran.stderr.contains("only the managed keys are compared"), "{}", ran.stderr);
    assert_eq!(world.read("pack/files/a.yaml"), "x: 1\nof: lib-alpha\n");
    let ran = world.run(&["shape", "promote", "lib-beta", "a.yaml"]).exits(0);
    assert_eq!(world.read("pack/files/a.yaml"), "x: 2\nof: lib-alpha\n", "{}", ran.stderr);
}

#[test]
fn a_managed_key_that_cannot_be_set_is_said_and_the_others_are() {
    let world = World::new();
    let table = "[lints.rust]\nunsafe_code = \"forbid\"\n";
    let shape = "schema: 1\nname: own\npaths:\n\
                 - { path: Cargo.toml, policy: structured, keys: [lints.rust, package.edition] }\nextras: ['**']\n";
    world
        .write("pack/shape.yaml", shape)
        .write("pack/files/Cargo.toml", format!("[package]\nedition = \"2021\"\n\n{table}"))
        .write(
            "lib-b/Cargo.toml",
            format!("[package]\nedition = \"2024\"\n\n{table}unused = \"warn\"\n"),
        );
    let promote = ["shape", "promote", "lib-b", "Cargo.toml", "--pack", "pack"];
    let ran = world.run(&promote).exits(0);
    let canon = format!("[package]\nedition = \"2024\"\n\n{table}");
    assert_eq!(world.read("pack/files/Cargo.toml"), canon);
    assert!(ran.stderr.contains("`lints.rust` is not set, because "), "{}", ran.stderr);
    // Where nothing can be set, it fails.
    let ran = world.run(&promote).exits(3);
    assert!(ran.stderr.contains("the value of `lints.rust` cannot be set"), "{}", ran.stderr);
}

#[test]
fn how_many_lines_become_managed_is_said() {
    let world = World::new();
    let shape =
        "schema: 1\nname: own\npaths: [{ path: README.md, policy: structured }]\nextras: ['**']\n";
    world
        .write("pack/shape.yaml", shape)
        .write("pack/files/README.md", "[![one](1)](1)\n[![two](2)](2)\n")
        .write("r/README.md", "[![one](1)](1)\n\nIt is ours.\nMore of it.\n");
    let promote = ["shape", "promote", "r", "README.md", "--pack", "pack", "--dry-run"];
    let ran = world.run(&promote).exits(0);
    assert!(ran.stderr.contains("(2 lines more and 1 line fewer than before)"), "{}", ran.stderr);
    assert!(ran.stderr.contains("edit `files/README.md` in the pack"), "{}", ran.stderr);
}
