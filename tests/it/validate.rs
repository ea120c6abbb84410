//! `shipshape validate`, and what its reports promise to those who read them by program.

use crate::world::World;

#[test]
fn a_conformant_repository_is_clean_in_every_form() {
    let world = World::new();
    let name = world.conformant("acme");
    let ran = world.run(&["validate", &name]).exits(0);
    assert!(ran.stdout.contains("1 conformant"), "{}", ran.stdout);
    for format in ["json", "sarif", "github", "junit", "markdown", "html"] {
        world.run(&["validate", &name, "--format", format]).exits(0);
    }
}

#[test]
fn the_json_report_has_the_promised_fields() {
    let world = World::new();
    let name = world.conformant("acme");
    world.replace(&format!("{name}/adapter.py"), "\nAdapter = AcmeAdapter\n", "\n");
    let ran = world.run(&["validate", &name, "--format", "json"]).exits(1);
    let report = ran.json();
    assert_eq!(report["schema"], "shipshape/report/1");
    let repository = &report["repositories"][0];
    assert_eq!(repository["name"], name.as_str());
    assert_eq!(repository["verdict"], "broken");
    assert!(repository["error"].is_null());
    let finding = &repository["findings"][0];
    assert_eq!(finding["code"], "SHP301");
    assert_eq!(finding["rule"], "adapter-name");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["path"], "adapter.py");
    assert_eq!(finding["fix"], "safe");
    assert!(finding["waived"].is_null());
    let path = repository["paths"]
        .as_array()
        .expect("paths")
        .iter()
        .find(|path| path["path"] == "adapter.py");
    let path = path.expect("adapter.py is a path of the shape");
    assert_eq!(path["policy"], "contract");
    assert_eq!(path["verdict"], "modified");
    assert!(path["behind"].is_null());
}

#[test]
fn the_json_report_is_valid_against_its_schema() {
    let world = World::new();
    let name = world.conformant("acme");
    world
        .remove(&format!("{name}/.gitattributes"))
        .write(&format!("{name}/stray.py"), "import os\n");
    let report = world.run(&["validate", &name, "--format", "json"]).exits(1).json();
    let schema: serde_json::Value =
        serde_json::from_str(&world.run(&["schema", "report"]).exits(0).stdout).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn what_could_not_be_checked_is_never_green() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write(&format!("{name}/adapter.py"), b"\xff\xfe not text".as_slice());
    let ran = world.run(&["validate", &name, "--fail-on", "error"]).exits(3);
    assert!(ran.stdout.contains("is not UTF-8"), "{}", ran.stdout);
}

#[test]
fn the_threshold_decides_between_clean_and_findings() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write(&format!("{name}/stray.py"), "import os\n");
    world.run(&["validate", &name]).exits(0);
    world.run(&["validate", &name, "--fail-on", "info"]).exits(1);
    world.remove(&format!("{name}/.gitattributes"));
    world.run(&["validate", &name, "--fail-on", "error"]).exits(0);
    world.run(&["validate", &name]).exits(1);
}

#[test]
fn hostile_text_is_shown_and_never_obeyed() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write(&format!("{name}/\u{1b}]0;owned\u{7}.py"), "import os\n");
    let ran = world.run(&["validate", &name, "--fail-on", "error", "-v"]).exits(0);
    assert!(!ran.stdout.contains('\u{7}'), "{:?}", ran.stdout);
    assert!(ran.stdout.contains("owned"), "{}", ran.stdout);
}

#[test]
fn credentials_are_found_behind_a_slash_and_shown_nowhere() {
    let world = World::new();
    let name = world.conformant("acme");
    let body = "q8ZrT2mWv5KxPb7NcLd3HsYf9GjQeU4aRi6Z";
    world.write(
        &format!("{name}/docs/notes.md"),
        format!("clone https://ghp_{body}@github.com/x/y\n"),
    );
    let key = format!("-----BEGIN PRIVATE KEY-----\n{body}{body}\n-----END PRIVATE KEY-----\n");
    let init = world.read(&format!("{name}/__init__.py"));
    world.write(&format!("{name}/__init__.py"), format!("{init}KEY = \"\"\"{key}\"\"\"\n"));
    for format in ["human", "json", "sarif", "github", "junit", "markdown", "html"] {
        let ran = world.run(&["validate", &name, "--format", format, "-v"]).exits(1);
        assert!(!ran.stdout.contains(body), "{format} shows it");
        if format == "json" {
            assert!(
                ran.stdout.contains("docs/notes.md") && ran.stdout.contains("SHP602"),
                "{}",
                ran.stdout
            );
        }
    }
    let ran = world.run(&["fix", "--diff", "--unsafe-fixes", &name]);
    assert!(!ran.stdout.contains(body), "{}", ran.stdout);
}
