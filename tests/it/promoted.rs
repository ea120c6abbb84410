//! What `shape promote` makes of a template, and how it gives a path its first content.

use crate::world::World;

/// A pack whose variables have the same plain default in every repository.
fn with_plain_defaults(canon: &str) -> World {
    let world = World::new();
    world
        .write(
            "pack/shape.yaml",
            "schema: 1\nname: own\nvariables:\n  license: { default: MIT }\n  channel: { default: stable }\n\
             paths: [{ path: README.md, policy: templated }]\nextras: ['**']\n",
        )
        .write("pack/files/README.md.tera", canon);
    world
}

/// Promotes what the repository `itoa` has as README.md; the new template and what was said.
fn promoted(world: &World, content: &str) -> (String, String) {
    world.write("itoa/README.md", content);
    let ran = world.run(&["shape", "promote", "itoa", "README.md", "--pack", "pack"]).exits(0);
    (world.read("pack/files/README.md.tera"), ran.stderr)
}

#[test]
fn words_that_equal_a_variable_stay_words() {
    let canon = "License: {{ license }}\nThe API is stable. Files in vendor/ are always MIT.\n";
    let rendered = "License: MIT\nThe API is stable. Files in vendor/ are always MIT.\n";
    // A line behind them, one between them, one before them.
    for (before, between, behind) in [
        ("", "", "\nBuild with the stable toolchain.\n"),
        ("", "It is MIT.\n", ""),
        ("A stable crate.\n", "", ""),
    ] {
        let world = with_plain_defaults(canon);
        let put = |text: &str| {
            let (first, second) = text.split_once('\n').expect("two lines");
            format!("{before}{first}\n{between}{second}{behind}")
        };
        let (template, said) = promoted(&world, &put(rendered));
        assert_eq!(template, put(canon), "{said}");
        assert!(!said.contains("became"), "{said}");
    }
    // So a member with other values keeps its own text.
    let world = with_plain_defaults(canon);
    world
        .write("fleet.yaml", "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: t-, shape: { folder: pack } } }\nmembers: [itoa, { slug: semver, variables: { license: Apache-2.0, channel: nightly } }]\n")
        .write("t-semver/README.md", rendered.replacen("MIT", "Apache-2.0", 1));
    promoted(&world, &format!("{rendered}\nBuild with the stable toolchain.\n"));
    world.commit("t-semver");
    let ran = world.run(&["fix", "--diff", "t-semver"]);
    assert!(ran.stdout.contains("+Build with the stable toolchain."), "{}", ran.stdout);
    assert!(!ran.stdout.contains("nightly"), "{}", ran.stdout);
}

#[test]
fn a_changed_line_keeps_its_variables_and_its_words() {
    let canon = "{{ license }} and always MIT, {{ slug }} is stable.\n";
    let world = with_plain_defaults(canon);
    let (template, said) = promoted(&world, "MIT and always MIT, itoa is very stable.\n");
    assert_eq!(template, "{{ license }} and always MIT, {{ slug }} is very stable.\n");
    assert!(!said.contains("became"), "{said}");
    // A name in what is new becomes a variable, and that is said.
    let (template, said) = promoted(&world, "MIT and always MIT, itoa is stable, as itoa is.\n");
    assert!(template.contains("MIT, {{ slug }} is stable, as {{ "), "{template}");
    assert!(said.contains("`itoa` became `slug` in the template"), "{said}");
    // What replaces a variable may have it elsewhere.
    let (template, said) = promoted(&world, "Under MIT: itoa.\n");
    assert!(template.starts_with("Under {{ license }}: {{ slug }}."), "{template}");
    assert!(said.contains("`MIT` became `license` in the template: check"), "{said}");
}

#[test]
fn conditions_loops_and_raw_blocks_around_a_change_stay() {
    let canon = "{% if license == \"MIT\" -%}\nFree.\n{% endif -%}\nA: {% raw %}${{ a }}\nB: ${{ b }}{% endraw %}\nend\n";
    let world = with_plain_defaults(canon);
    let rendered = "Free.\nA: ${{ a }}\nB: ${{ b }}\nend\n";
    let mut template = canon.to_owned();
    let mut content = rendered.to_owned();
    for (old, new) in [
        ("Free.\n", "Free, as it should be.\n"),
        ("B: ${{ b }}", "B: ${{ bb }}"),
        ("end\n", "end\nof it\n"),
        ("Free, as it should be.\n", "Free, as it should be.\nTwice.\n"),
    ] {
        content = content.replace(old, new);
        template = template.replace(old, new);
        let (now, said) = promoted(&world, &content);
        assert!(!said.contains("is not in the new one"), "{said}");
        assert!(now.contains("{% if license == \"MIT\" -%}\nFree"), "{now}");
        if !new.contains("bb") {
            assert_eq!(now.contains("of it"), template.contains("of it"), "{now}");
        }
    }
    // What a change of the lines of a loop loses is said.
    let world = with_plain_defaults("{% for it in [1, 2] %}* {{ it }}\n{% endfor %}end\n");
    let (template, said) = promoted(&world, "* 1\n* 3\nend\n");
    assert_eq!(template, "* 1\n* 3\nend\n");
    assert!(
        said.contains("`{% for it in [1, 2] %}` of the old template is not in the new"),
        "{said}"
    );
}

#[test]
fn a_path_gets_its_first_content_from_a_repository() {
    let world = World::new();
    let shape =
        "schema: 1\nname: own\npaths:\n- { path: LICENSE, policy: exact }\nextras: ['**']\n";
    world.write("pack/shape.yaml", shape).write("pack/files/LICENSE", "MIT\n");
    world
        .write("repos/itoa/LICENSE", "MIT\n")
        .write("repos/itoa/.github/contributing.md", "Write to us.\n")
        .write("repos/itoa/README.md", "# itoa\n");
    let promote =
        |path: &str| world.run(&["shape", "promote", "repos/itoa", path, "--pack", "pack"]);
    let ran = promote(".github/contributing.md").exits(2);
    let rule = "- { path: .github/contributing.md, policy: exact }";
    assert!(ran.stderr.contains(&format!("under `paths`: `{rule}`")), "{}", ran.stderr);
    world.replace("pack/shape.yaml", "extras", &format!("{rule}\nextras"));
    // Every other command names the one that helps.
    let ran = world.run(&["validate", "--shape", "pack", "repos/itoa"]).exits(2);
    let says = "`.github/contributing.md` is held exact, but the pack has no `files/.github/contributing.md`";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let says =
        "`shipshape shape promote REPOSITORY .github/contributing.md` writes it from a repository";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let ran = world
        .run(&[
            "shape",
            "promote",
            "repos/itoa",
            ".github/contributing.md",
            "--pack",
            "pack",
            "--dry-run",
        ])
        .exits(0);
    assert!(ran.stdout.contains("+Write to us."), "{}", ran.stdout);
    let ran = promote(".github/contributing.md").exits(0);
    assert!(ran.stderr.contains("it is the first content"), "{}", ran.stderr);
    assert_eq!(world.read("pack/files/.github/contributing.md"), "Write to us.\n");
    world.run(&["validate", "--shape", "pack", "repos/itoa"]).exits(0);
    let ran = promote(".github/contributing.md").exits(0);
    assert!(ran.stderr.contains("is canon already"), "{}", ran.stderr);
    // A templated path starts as a template.
    world.replace("pack/shape.yaml", "extras", "- { path: README.md, policy: templated }\nextras");
    let ran = promote("README.md").exits(0);
    assert!(ran.stderr.contains("`itoa` became `"), "{}", ran.stderr);
    let template = world.read("pack/files/README.md.tera");
    assert!(template.starts_with("# {{ "), "{template}");
    world.run(&["validate", "--shape", "pack", "repos/itoa"]).exits(0);
}
