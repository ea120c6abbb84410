//! Contents that do not parse with the values of a repository, and values that change more than their own place.

use crate::world::World;

/// A pack whose documents write a number and a text as they are.
fn world() -> World {
    let world = World::new();
    world
        .write(
            "pack/shape.yaml",
            "schema: 1\nname: own\nrepository_names: ['svc-{slug}']\nvariables:\n  \
             port: { default: '80', extract: { yaml: { path: s.yaml, key: port } } }\n  \
             title: { default: T, extract: { yaml: { path: s.yaml, key: title } } }\n\
             paths:\n- { path: a.json, policy: templated }\nextras: ['**']\n",
        )
        .write(
            "pack/files/a.json.tera",
            "{\"port\": {{ port }}, \"note\": \"The {{ title }} service\"}\n",
        )
        .write("svc-a/s.yaml", "port: 8080\ntitle: Alpha\n");
    world
}

const SAYS_SO: &str = "the canon of `a.json` does not parse for this repository";

#[test]
fn a_number_in_a_template_does_not_hide_what_a_text_breaks() {
    let world = world();
    world.write("svc-b/s.yaml", "port: 9191\ntitle: say \"hi\"\n");
    world.commit("svc-a");
    world.commit("svc-b");
    world.run(&["fix", "--shape", "pack", "svc-a"]).exits(0);
    assert_eq!(world.read("svc-a/a.json"), "{\"port\": 8080, \"note\": \"The Alpha service\"}\n");
    for unsafe_too in [&[][..], &["--unsafe-fixes"]] {
        let ran = world.run(&[&["fix", "--shape", "pack", "svc-b"][..], unsafe_too].concat());
        assert!(!world.path("svc-b/a.json").exists(), "{}", ran.stderr);
    }
    let ran = world.run(&["validate", "svc-b", "--shape", "pack"]);
    assert_ne!(ran.code, 0);
    assert!(ran.stdout.contains(SAYS_SO), "{}", ran.stdout);
    assert!(ran.stdout.contains("write values as `{{ NAME | json }}`"), "{}", ran.stdout);
    // A file that equals it does not conform.
    world.write("svc-b/a.json", "{\"port\": 9191, \"note\": \"The say \"hi\" service\"}\n");
    world.commit("svc-b");
    let ran = world.run(&["validate", "svc-b", "--shape", "pack"]);
    assert_ne!(ran.code, 0);
    assert!(ran.stdout.contains(SAYS_SO), "{}", ran.stdout);
}

#[test]
fn a_key_is_not_injected_unattended() {
    let world = world();
    world.write("svc-b/s.yaml", "port: 9191\ntitle: 'x\", \"admin\": true, \"z\": \"y'\n");
    world.commit("svc-b");
    world.run(&["fix", "--shape", "pack", "svc-b"]).ends();
    assert!(!world.path("svc-b/a.json").exists());
    let ran = world.run(&["validate", "svc-b", "--shape", "pack"]);
    assert!(ran.stdout.contains("changes the structure of its content"), "{}", ran.stdout);
    // Nor where only keys are managed.
    world.replace("pack/shape.yaml", "policy: templated", "policy: structured, keys: [note, port]");
    world.write("svc-b/a.json", "{\"port\": 1, \"note\": \"old\"}\n");
    world.commit("svc-b");
    world.run(&["fix", "--shape", "pack", "svc-b"]).ends();
    assert_eq!(world.read("svc-b/a.json"), "{\"port\": 1, \"note\": \"old\"}\n");
}

#[test]
fn what_is_no_number_is_not_written_as_one() {
    for port in ["010", "0x1F", "1_000", ".5", "+5"] {
        let world = world();
        world.write("svc-b/s.yaml", format!("port: \"{port}\"\ntitle: B\n"));
        world.commit("svc-b");
        world.run(&["fix", "--shape", "pack", "svc-b"]).ends();
        assert!(!world.path("svc-b/a.json").exists(), "{port}");
    }
}

#[test]
fn a_new_repository_gets_no_document_that_does_not_parse() {
    let world = world();
    let new = |set: &str| {
        let begin = ["new", "b", "--local", "new", "--shape", "pack", "--defaults"];
        world.run(&[&begin[..], &["--set", set]].concat())
    };
    let ran = new("title=say \"hi\"").exits(2);
    assert!(ran.stderr.contains("a.json"), "{}", ran.stderr);
    assert!(ran.stderr.contains("does not parse"), "{}", ran.stderr);
    assert!(!world.path("new").exists());
    // What a person answers may be meant, but is pointed at.
    let breaking = "title=x\", \"admin\": true, \"z\": \"y";
    let ran = new(breaking).exits(1);
    assert!(ran.stderr.contains("changes the structure of its content"), "{}", ran.stderr);
    let begin =
        ["new", "c", "--local", "other", "--shape", "pack", "--defaults", "--set", breaking];
    let made = world.run(&[&begin[..], &["--format", "json"]].concat()).exits(1).json();
    assert!(made["left"].to_string().contains("changes the structure of its content"), "{made:#}");
}

#[test]
fn a_structured_canon_that_breaks_is_no_fault_of_the_file() {
    let world = world();
    world.replace("pack/shape.yaml", "policy: templated", "policy: structured, keys: [note]");
    world.write("svc-b/s.yaml", "port: 9191\ntitle: say \"hi\"\n");
    world.write("svc-b/a.json", "{\"note\": \"mine\"}\n");
    world.commit("svc-b");
    let ran = world.run(&["validate", "svc-b", "--shape", "pack"]);
    assert_ne!(ran.code, 0);
    assert!(ran.stdout.contains(SAYS_SO), "{}", ran.stdout);
    assert!(!ran.stdout.contains("repair the file"), "{}", ran.stdout);
}

#[test]
fn a_content_that_breaks_with_its_own_values_is_not_promoted() {
    let world = world();
    world
        .write("svc-a/s.yaml", "port: 8080\ntitle: say \"hi\"\n")
        .write("svc-a/a.json", "{\"port\": 8080, \"note\": \"Our say \"hi\" service\"}\n");
    let ran = world.run(&["shape", "promote", "svc-a", "a.json", "--pack", "pack"]);
    assert_ne!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("does not parse"), "{}", ran.stderr);
}

#[test]
fn a_mistake_in_the_pack_is_written_nowhere() {
    let world = World::new();
    world
        .write(
            "pack/shape.yaml",
            "schema: 1\nname: own\npaths:\n- { path: clippy.toml, policy: templated }\n\
             - { path: .golangci.yml, policy: exact }\nextras: ['**']\n",
        )
        .write("pack/files/clippy.toml.tera", "a = \"{{ slug }}\n")
        .write("pack/files/.golangci.yml", "enable: [govet, errcheck\n")
        .write("r/.golangci.yml", "enable: [govet]\n");
    world.commit("r");
    world.run(&["fix", "--shape", "pack", "r", "--unsafe-fixes"]).ends();
    assert!(!world.path("r/clippy.toml").exists());
    assert_eq!(world.read("r/.golangci.yml"), "enable: [govet]\n");
    let ran = world.run(&["validate", "r", "--shape", "pack"]);
    assert_ne!(ran.code, 0);
    for path in ["clippy.toml", ".golangci.yml"] {
        let says = format!("the canon of `{path}` does not parse: ");
        assert!(ran.stdout.contains(&says), "{}", ran.stdout);
    }
}

#[test]
fn what_is_as_the_shape_has_it_is_conformant_in_whatever_language() {
    let world = World::new();
    world
        .write(
            "pack/shape.yaml",
            "schema: 1\nname: own\npaths:\n- { path: lines.json, policy: exact }\n\
             - { path: own.toml, policy: exact }\nextras: ['**']\n",
        )
        .write("pack/files/lines.json", "{\"a\": 1}\n{\"a\": 2}\n")
        .write("pack/files/own.toml", "a := 1\n")
        .write("r/own.toml", "a := 1\n");
    world.commit("r");
    // Many tools read JSON line by line.
    world.run(&["fix", "--shape", "pack", "r", "--unsafe-fixes"]).exits(0);
    assert_eq!(world.read("r/lines.json"), "{\"a\": 1}\n{\"a\": 2}\n");
    world.run(&["validate", "r", "--shape", "pack"]).exits(0);
    world.write("r/own.toml", "a := 2\n");
    let ran = world.run(&["validate", "r", "--shape", "pack"]).exits(3);
    assert!(ran.stdout.contains("the canon of `own.toml` does not parse"), "{}", ran.stdout);
}
