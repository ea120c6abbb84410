//! Values in templates: how `shape promote` quotes them, and what is not repaired unattended where one breaks out.

use crate::world::{Ran, World};

/// A pack with a path, which may be templated with the name of the crate and with the slug.
fn pack(path: &str, template: &str) -> World {
    let world = World::new();
    let shape = format!(
        "schema: 1\nname: own\nvariables:\n  crate: {{ extract: {{ yaml: {{ path: Cargo.toml, key: package.name }} }} }}\n\
         paths:\n- {{ path: {path}, policy: templated }}\nextras: ['**']\n"
    );
    world.write("pack/shape.yaml", shape).write(&format!("pack/files/{path}.tera"), template);
    world
}

fn named(world: &World, folder: &str, name: &str) {
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    world.write(&format!("{folder}/Cargo.toml"), format!("[package]\nname = \"{quoted}\"\n"));
}

/// Promotes a content of the repository `aa`; the new template and what was said.
fn promoted(world: &World, path: &str, content: &str) -> (String, Ran) {
    world.write(&format!("aa/{path}"), content);
    let ran = world.run(&["shape", "promote", "aa", path, "--pack", "pack"]).exits(0);
    (world.read(&format!("pack/files/{path}.tera")), ran)
}

#[test]
fn a_value_that_is_a_whole_string_gets_the_filter_of_its_language() {
    for (path, old, new, template) in [
        ("clippy.toml", "a = 1\n", "name = \"serde\"\n", "name = {{ crate | toml }}\n"),
        ("clippy.toml", "name = \"x\"\n", "name = \"serde\"\n", "name = {{ crate | toml }}\n"),
        ("a.json", "{\"a\": 1}\n", "{\"a\": \"serde\"}\n", "{\"a\": {{ crate | json }}}\n"),
        ("a.yml", "a: 1\n", "a: \"serde\" # ours\n", "a: {{ crate | json }} # ours\n"),
        // Only a part of the string.
        ("clippy.toml", "a = 1\n", "a = \"serde 1\"\n", "a = \"{{ crate }} 1\"\n"),
        ("a.yml", "a: 1\n", "a: echo \"serde\"\n", "a: echo \"{{ crate }}\"\n"),
    ] {
        let world = pack(path, old);
        named(&world, "aa", "serde");
        let (now, ran) = promoted(&world, path, new);
        assert_eq!(now, template, "{}", ran.stderr);
    }
    // So a value cannot break out.
    let world = pack("clippy.toml", "a = 1\n");
    named(&world, "aa", "serde");
    promoted(&world, "clippy.toml", "name = \"serde\"\n");
    named(&world, "b", "x\"\nevil = \"1");
    world.commit("b");
    world.run(&["fix", "--shape", "pack", "b"]).exits(0);
    assert_eq!(world.read("b/clippy.toml"), "name = \"x\\\"\\nevil = \\\"1\"\n");
}

#[test]
fn nothing_is_joined_to_an_expression_that_quotes() {
    for (path, old, new, template) in [
        ("a.yml", "service: {{ slug | yaml }}\n", "service: aa-x\n", "service: {{ slug }}-x\n"),
        ("a.yml", "service: {{ slug | yaml }}\n", "service: x-aa\n", "service: x-{{ slug }}\n"),
        (
            "a.yml",
            "service: {{ slug | yaml }}\n",
            "service: aa # ours\n",
            "service: {{ slug | yaml }} # ours\n",
        ),
        // In which quotes the old template has a variable does not matter.
        (
            "a.toml",
            "name = {{ slug | toml }}\n",
            "name = \"aa-x\" # changed\n",
            "name = \"{{ slug }}-x\" # changed\n",
        ),
    ] {
        let world = pack(path, old);
        named(&world, "aa", "serde");
        let (now, ran) = promoted(&world, path, new);
        assert_eq!(now, template, "{}", ran.stderr);
        assert!(!ran.stderr.contains("of the old template"), "{}", ran.stderr);
    }
}

#[test]
fn a_variable_that_the_new_template_lacks_is_named() {
    let world = pack("a.txt", "# {{ crate | title_case }}\nby {{ slug }}\n");
    named(&world, "aa", "serde");
    let (now, ran) = promoted(&world, "a.txt", "# A crate\nby aa\n");
    assert_eq!(now, "# A crate\nby {{ slug }}\n");
    let says = "`{{ crate | title_case }}` of the old template is not in the new one: check";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert!(!ran.stderr.contains("{{ slug }}` of the old"), "{}", ran.stderr);
}

#[test]
fn a_content_that_a_value_breaks_out_of_is_not_a_safe_repair() {
    for (path, template, value, says) in [
        ("a.toml", "name = \"{{ crate }}\"\n", "x\"\nevil = \"1", "changes the structure"),
        ("a.toml", "name = \"{{ crate }}\"\n", "x \"y\": z", "does not parse"),
        ("a.yml", "a: {{ crate | yaml }}-x\n", "123", "does not parse"),
        ("a.json", "{\"a\": \"{{ crate }}\"}\n", "x\", \"evil\": \"1", "changes the structure"),
        ("a.yml", "a: {{ crate }}\n", "{ b: c }", "changes the structure"),
        ("a.yml", "a: {{ crate }}\n", "Fast #1 action # really", "is read as another text"),
        ("a.yml", "a: {{ crate }}\n", "&x y", "is read as another text"),
        ("a.yml", "a: {{ crate }}\n", "!!int 3", "is read as another text"),
        ("a.yml", "a: {{ crate }}\n", " lead", "is read as another text"),
        ("a.toml", "a = \"{{ crate }}\"\n", "C:\\new\\table", "is read as another text"),
    ] {
        let world = pack(path, template);
        named(&world, "b", value);
        world.commit("b");
        let ran = world.run(&["validate", "b", "--shape", "pack"]);
        assert!(ran.stdout.contains(says), "{value}: {}", ran.stdout);
        assert!(ran.stdout.contains("of the shape, write values as `{{ NAME | "), "{}", ran.stdout);
        let ran = world.run(&["fix", "--shape", "pack", "b"]);
        assert!(!world.path(&format!("b/{path}")).exists(), "{value}: {}", ran.stderr);
    }
    // What does not parse is not written at all.
    let world = pack("a.toml", "name = \"{{ crate }}\"\n");
    named(&world, "b", "two\nlines");
    world.commit("b");
    let ran = world.run(&["fix", "--shape", "pack", "b", "--unsafe-fixes"]).exits(3);
    assert!(!world.path("b/a.toml").exists(), "{}{}", ran.stdout, ran.stderr);
    // Nor where a file is there already.
    let world = pack("a.toml", "old = \"{{ crate }}\"\n");
    world.commit("pack");
    world.write("pack/files/a.toml.tera", "name = \"{{ crate }}\"\n");
    world.commit("pack");
    named(&world, "b", "x\"\nevil = \"1");
    world.write("b/a.toml", "old = \"x\"\nevil = \"1\"\n");
    world.commit("b");
    world.run(&["fix", "--shape", "pack", "b"]).ends();
    assert_eq!(world.read("b/a.toml"), "old = \"x\"\nevil = \"1\"\n");
    // What a template quotes, or makes a list of, is repaired; and so is a file of another language than its name says.
    for (path, template, value, content) in [
        ("a.yml", "a: {{ crate | yaml }}\n", "x: y", "a: \"x: y\"\n"),
        (
            "a.yml",
            "a:\n{% for it in crate | split(pat=\",\") %}- {{ it }}\n{% endfor %}",
            "one,two",
            "a:\n- one\n- two\n",
        ),
        ("a.toml", "name = \"{{ crate }}\"\n", "it's", "name = \"it's\"\n"),
        ("a.yml", "a: {{ crate }}\n", "1.10", "a: 1.10\n"),
        // What is quoted where it is written may be compared and split elsewhere.
        (
            "a.yml",
            "a: {{ crate | yaml }}\n{% if crate == \"3.11\" %}b: 1\n{% endif %}",
            "3.11",
            "a: \"3.11\"\nb: 1\n",
        ),
        (
            "a.yml",
            "{% set parts = crate | split(pat=\".\") %}a:\n{% for it in parts %}- {{ it | yaml }}\n{% endfor %}",
            "1.x",
            "a:\n- \"1\"\n- x\n",
        ),
        (
            "a.yml",
            "{% raw %}{{ .Values }}: {{ {% endraw %}: {{ crate }}\n",
            "x: y",
            "{{ .Values }}: {{ : x: y\n",
        ),
    ] {
        let world = pack(path, template);
        named(&world, "b", value);
        world.commit("b");
        let ran = world.run(&["fix", "--shape", "pack", "b"]);
        assert!(world.path(&format!("b/{path}")).exists(), "{value}: {}{}", ran.stdout, ran.stderr);
        assert_eq!(world.read(&format!("b/{path}")), content);
    }
}

#[test]
fn a_canon_that_is_taken_as_it_is_is_never_a_template() {
    let world = World::new();
    world
        .write(
            "pack/shape.yaml",
            "schema: 1\nname: own\npaths:\n- { path: c.yml, policy: exact, source: c.tera }\n\
             - { path: views/page.tera, policy: exact }\n- { path: d.md, policy: templated, source: d.md.tera }\nextras: ['**']\n",
        )
        .write("pack/files/c.tera", "a: ${{ github.ref }}\n")
        .write("r/c.yml", "a: ${{ github.ref }}\n")
        .write("r/views/page.tera", "{% if nothing %}{{ page }}\n")
        .write("r/d.md", "# r\n");
    let ran = world.run(&["validate", "r", "--shape", "pack"]).exits(2);
    let says = "`views/page.tera` is held exact, but the pack has no `files/views/page.tera`";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let ran = world.run(&["shape", "promote", "r", "views/page.tera", "--pack", "pack"]).exits(0);
    assert!(ran.stderr.contains("lacks the content of `d.md`"), "{}", ran.stderr);
    let ran = world.run(&["validate", "r", "--shape", "pack"]).exits(2);
    assert!(ran.stderr.contains("but the pack has no `files/d.md.tera`"), "{}", ran.stderr);
    world.run(&["shape", "promote", "r", "d.md", "--pack", "pack"]).exits(0);
    world.run(&["validate", "r", "--shape", "pack"]).exits(0);
}

#[test]
fn a_typo_in_a_profile_is_refused_at_its_place() {
    for (profile, says, line) in [
        ("without: [LICENSE-MTI]", "is without `LICENSE-MTI`, which no entry of `paths`", 6),
        ("policies: { LICENSE-MTI: seeded }", "cannot hold `LICENSE-MTI` as seeded", 6),
    ] {
        let world = World::new();
        world
            .write(
                "pack/shape.yaml",
                format!(
                    "schema: 1\nname: own\npaths:\n- {{ path: LICENSE-MIT, policy: exact }}\nprofiles:\n  p: {{ {profile} }}\n"
                ),
            )
            .write("pack/files/LICENSE-MIT", "MIT\n");
        let ran = world.run(&["shape", "show", "--pack", "pack"]).exits(2);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("pack/shape.yaml:{line}:")), "{}", ran.stderr);
        assert!(ran.stderr.contains("did you mean `LICENSE-MIT`?"), "{}", ran.stderr);
    }
    // A glob, and a path that is near to none, may be about paths that are held no longer.
    let world = World::new();
    world.write(
        "pack/shape.yaml",
        "schema: 1\nname: own\npaths: []\nprofiles: { p: { without: [pages/**, old.txt] } }\n",
    );
    world.run(&["shape", "show", "--pack", "pack"]).exits(0);
}
