//! Schemas beside the files that people write, and the line that tells editors so.

use crate::world::World;

#[test]
fn files_name_their_schemas_and_stay_as_they_are() {
    let world = World::new();
    let fleet = "# Ours.\nschema: 1\nname: f\n";
    world.write("fleet.yaml", fleet).write("packs/a/shape.yaml", "schema: 1\r\nname: s\r\n");
    let wire = ["schema", "--into", ".schemas", "--wire", "fleet.yaml", "packs/a/shape.yaml"];
    let ran = world.run(&wire).exits(0);
    assert!(ran.stdout.contains("fleet.yaml: now names it"), "{}", ran.stdout);
    let line = "# yaml-language-server: $schema=";
    assert_eq!(world.read("fleet.yaml"), format!("{line}.schemas/fleet.schema.json\n{fleet}"));
    assert_eq!(
        world.read("packs/a/shape.yaml"),
        format!("{line}../../.schemas/shape.schema.json\r\nschema: 1\r\nname: s\r\n")
    );
    // What is written is what `schema NAME` prints, and the program reads the file as before.
    assert_eq!(
        world.read(".schemas/fleet.schema.json"),
        world.run(&["schema", "fleet"]).exits(0).stdout
    );
    let again = world.run(&wire).exits(0);
    assert!(again.stdout.contains("fleet.yaml: names it already"), "{}", again.stdout);
    assert_eq!(world.read("fleet.yaml").matches(line).count(), 1);
}

#[test]
fn the_settings_of_the_page_name_schemas_that_are_written() {
    let world = World::new();
    world.run(&["schema", "--into", ".schemas"]).exits(0);
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/editors.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let named: Vec<&str> = page
        .split(['`', '"', '=', ' ', '\n'])
        .filter(|word| word.starts_with(".schemas/") && word.ends_with(".json"))
        .collect();
    assert!(named.len() >= 8, "{named:?}");
    for name in named {
        assert!(world.path(name).is_file(), "{name} is not written");
    }
}

#[test]
fn what_has_no_schema_is_told_before_anything_is_written() {
    let world = World::new();
    world.write("fleet.yaml", "schema: 1\n").write("notes.yaml", "a: 1\n");
    for (wrong, said) in
        [("notes.yaml", "does not say which schema"), ("campaign.yaml", "the file does not exist")]
    {
        let ran = world.run(&["schema", "--into", "s", "--wire", "fleet.yaml", wrong]).exits(2);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    assert!(!world.path("s").exists());
    assert_eq!(world.read("fleet.yaml"), "schema: 1\n");
    world.run(&["schema", "fleet", "--into", "s"]).exits(2);
    world.run(&["schema", "--wire", "fleet.yaml"]).exits(2);
}
