//! What `shape promote` makes of a template, and how it gives a path its first content.

use crate::world::World;

mod managed;

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
    let says = "`shipshape shape promote REPOSITORY .github/contributing.md --pack pack` takes it";
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

/// A pack whose README.md includes a footer, with what it renders for `itoa`.
const INCLUDING: (&str, &str) = (
    "# {{ slug }}\n\na\nb\n{% include \"files/footer.tera\" %}\nd\ne\n",
    "# itoa\n\na\nb\n-- the footer of itoa\n\nd\ne\n",
);

#[test]
fn an_include_stays_where_the_repository_changed_nothing_in_it() {
    let footer = "-- the footer of {{ slug }}\n";
    let (canon, rendered) = INCLUDING;
    // Behind it, right behind it, right before it, and lines added on both sides.
    for (old, new) in [
        ("e\n", "E\n"),
        ("d\n", "D\n"),
        ("b\n", "B\n"),
        ("b\n", "b\nc\n"),
        ("d\n", "D\nD\n"),
        ("a\nb\n", ""),
    ] {
        let world = with_plain_defaults(canon);
        world.write("pack/files/footer.tera", footer);
        let (template, said) = promoted(&world, &rendered.replacen(old, new, 1));
        assert_eq!(template, canon.replacen(old, new, 1), "{said}");
        assert!(!said.contains("is not in the new one"), "{said}");
    }
    // A change inside it is the only one that writes it out, and that is said.
    let world = with_plain_defaults(canon);
    world.write("pack/files/footer.tera", footer);
    let (template, said) = promoted(&world, &rendered.replace("the footer", "a footer"));
    assert!(!template.contains("include") && template.contains("-- a footer of "), "{template}");
    assert!(said.contains("since the repository changed lines in it or beside it"), "{said}");
}

#[test]
fn imported_macros_and_extended_templates_stay() {
    let world = with_plain_defaults(
        "{% import \"files/macros.tera\" as m %}\nfirst\n  {{ m::who(n=slug) }} is here\nlast\n",
    );
    world.write("pack/files/macros.tera", "{% macro who(n) %}<{{ n }}>{% endmacro who %}");
    let (template, said) = promoted(&world, "first\n  <itoa> is there\nlast one\n");
    let body = "first\n  {{ m::who(n=slug) }} is there\nlast one\n";
    assert_eq!(template, format!("{{% import \"files/macros.tera\" as m %}}\n{body}"), "{said}");
    let world = with_plain_defaults(
        "{% extends \"files/base.tera\" %}\n{% block body %}\nours\nlast\n{% endblock body %}\n",
    );
    world.write("pack/files/base.tera", "# base\n{% block body %}{% endblock body %}\nend\n");
    let (template, said) = promoted(&world, "# base\n\nours\nlast one\n\nend\n");
    assert!(template.starts_with("{% extends") && template.contains("last one"), "{template}");
    assert!(!said.contains("is not in the new one"), "{said}");
}

#[test]
fn a_change_that_would_cost_an_include_elsewhere_is_refused() {
    let world = with_plain_defaults(
        "{% include \"files/footer.tera\" %}\nx\n{% for it in [1, 2] %}* {{ it }}\nmore\n{% endfor %}end\n",
    );
    world.write("pack/files/footer.tera", "one\ntwo\n");
    let rendered = "one\ntwo\n\nx\n* 1\nmore\n* 2\nmore\nend\n";
    let changed = rendered.replacen("more", "less", 1);
    world.write("itoa/README.md", &changed);
    let ran = world.run(&["shape", "promote", "itoa", "README.md", "--pack", "pack"]);
    let template = world.read("pack/files/README.md.tera");
    // It is kept or refused, and never written out.
    assert!(template.contains("{% include \"files/footer.tera\" %}"), "{template}{}", ran.stderr);
}

#[test]
fn the_executable_bit_is_promoted_without_a_version() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |world: &World, file: &str, mode: u32| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(world.path(file), permissions).expect("the mode is set");
    };
    let world = World::new();
    let shape = "schema: 1\nname: own\npaths:\n- { path: a, policy: exact }\nextras: ['**']\n";
    world.write("pack/shape.yaml", shape).write("pack/files/a", "1\n").write("r/a", "1\n");
    mode(&world, "r/a", 0o755);
    let judged = ["validate", "r", "--shape", "pack"];
    world.run(&judged).exits(1);
    let promote = ["shape", "promote", "r", "a", "--pack", "pack"];
    let ran = world.run(&[&promote[..], &["--dry-run"]].concat()).exits(0);
    assert!(ran.stdout.contains("old mode 100644\nnew mode 100755"), "{}", ran.stdout);
    world.run(&judged).exits(1);
    let ran = world.run(&promote).exits(0);
    assert!(ran.stderr.contains("only the executable bit changed"), "{}", ran.stderr);
    assert!(!world.path("pack/lineage").exists(), "nothing of the content changed");
    world.run(&judged).exits(0);
    let ran = world.run(&promote).exits(0);
    assert!(ran.stderr.contains("is canon already"), "{}", ran.stderr);
    mode(&world, "r/a", 0o644);
    world.run(&promote).exits(0);
    world.run(&judged).exits(0);
    // What shape.yaml requires is changed there.
    world.replace("pack/shape.yaml", "policy: exact", "policy: exact, executable: true");
    let ran = world.run(&promote).exits(2);
    assert!(ran.stderr.contains("remove `executable: true` from its rule"), "{}", ran.stderr);
}

#[test]
fn paths_without_content_do_not_block_each_other() {
    let world = World::new();
    let rules = "- { path: n1.md, policy: exact }\n- { path: n2.md, policy: exact }\n- { path: n3.json, policy: structured, keys: [a] }\n";
    world
        .write("pack/shape.yaml", format!("schema: 1\nname: own\npaths:\n{rules}extras: ['**']\n"))
        .write("r/n1.md", "1\n")
        .write("r/n2.md", "2\n")
        .write("r/n3.json", "{\"a\": 1}\n");
    let promote = |path: &str| world.run(&["shape", "promote", "r", path, "--pack", "pack"]);
    let ran = promote("n1.md").exits(0);
    assert!(ran.stderr.contains("the pack still lacks the content of `n2.md`: `shipshape shape promote REPOSITORY n2.md --pack pack`"), "{}", ran.stderr);
    assert_eq!(world.read("pack/files/n1.md"), "1\n");
    assert!(!world.path("pack/files/n2.md").exists(), "only what was promoted is written");
    world.write("r/n1.md", "one\n");
    promote("n1.md").exits(0);
    promote("n3.json").exits(0);
    let ran = promote("n2.md").exits(0);
    assert!(!ran.stderr.contains("still lacks"), "{}", ran.stderr);
    world.run(&["validate", "r", "--shape", "pack"]).exits(0);
}

#[test]
fn a_document_that_ceases_to_parse_is_no_canon() {
    for (path, canon, broken, place) in [
        ("a.json", "{\"a\": 1}\n", "{\n  \"a\": 1,\n}\n", "r/a.json:3:"),
        ("a.toml", "a = 1\n", "a = 1\nb = \n", "r/a.toml:"),
        ("a.yaml", "a: 1\n", "a: 1\nb: [\n", "r/a.yaml:"),
    ] {
        let world = World::new();
        let shape = format!(
            "schema: 1\nname: own\npaths: [{{ path: {path}, policy: exact }}]\nextras: ['**']\n"
        );
        let canonical = format!("pack/files/{path}");
        world.write("pack/shape.yaml", shape).write(&canonical, canon);
        world.write(&format!("r/{path}"), broken);
        let promote = ["shape", "promote", "r", path, "--pack", "pack"];
        let ran = world.run(&promote).exits(2);
        let said = "must not become canon: it does not parse, as the canon does";
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert!(ran.stderr.contains(place), "{}", ran.stderr);
        assert_eq!(world.read(&canonical), canon);
        // What never was of its language may be of another one.
        world.write(&canonical, "{{ of another tool }\n");
        world.run(&promote).exits(0);
        assert_eq!(world.read(&canonical), broken);
    }
}

#[test]
fn a_path_that_is_compared_with_nothing_gets_its_first_content_too() {
    for policy in ["seeded", "contract"] {
        let world = World::new();
        let shape = format!(
            "schema: 1\nname: own\npaths:\n- {{ path: A.md, policy: {policy} }}\nextras: ['**']\n"
        );
        world.write("pack/shape.yaml", &shape).write("repos/itoa/A.md", "# A\n");
        let promote = || world.run(&["shape", "promote", "repos/itoa", "A.md", "--pack", "pack"]);
        let ran = promote().exits(0);
        assert!(ran.stderr.contains("it is the first content"), "{}", ran.stderr);
        assert!(ran.stderr.contains("new repositories start with it"), "{}", ran.stderr);
        assert_eq!(world.read("pack/files/A.md"), "# A\n");
        let ran = promote().exits(0);
        assert!(ran.stderr.contains("is canon already"), "{}", ran.stderr);
    }
}

#[test]
fn a_repository_that_is_not_there_is_of_no_kind() {
    let world = World::new();
    let shape = "schema: 1\nname: own\npaths:\n- { path: A.md, policy: seeded }\nextras: ['**']\n";
    world.write("a/shape.yaml", shape).write("b/shape.yaml", shape).write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n  t: { prefix: t-, shape: { folder: a } }\n  \
         u: { prefix: u-, shape: { folder: b } }\nmembers: [t-a, u-b]\n",
    );
    let ran = world.run(&["shape", "promote", "clones/nothing", "A.md"]).exits(2);
    assert!(ran.stderr.contains("there is no such repository"), "{}", ran.stderr);
}

/// Nothing compares it, so no check would find the name of one repository in another.
#[test]
fn what_new_repositories_start_with_has_their_names() {
    for policy in ["seeded", "contract"] {
        let world = World::new();
        let shape = format!(
            "schema: 1\nname: own\npaths:\n- {{ path: package.json, policy: {policy} }}\nextras: ['**']\n"
        );
        let content = "{\n  \"name\": \"lib-a\",\n  \"version\": \"1.2.0\"\n}\n";
        world.write("pack/shape.yaml", &shape).write("lib-a/package.json", content);
        let promote = ["shape", "promote", "lib-a", "package.json", "--pack", "pack"];
        let ran = world.run(&promote).exits(0);
        assert!(ran.stderr.contains("in the template"), "{}", ran.stderr);
        let template = world.read("pack/files/package.json.tera");
        assert!(!template.contains("lib-a") && template.contains("| json }}"), "{template}");
        assert!(!world.path("pack/files/package.json").exists(), "{template}");
        let ran = world.run(&promote).exits(0);
        assert!(ran.stderr.contains("is canon already"), "{}", ran.stderr);
        world.run(&["new", "z", "--shape", "pack", "--local", "lib-z", "--defaults"]).exits(0);
        assert!(!world.read("lib-z/package.json").contains("lib-a"), "{template}");
        // What is literal in the pack stays so, and that is said.
        std::fs::remove_file(world.path("pack/files/package.json.tera")).expect("removed");
        world.write("pack/files/package.json", "{}\n");
        let ran = world.run(&promote).exits(0);
        assert_eq!(world.read("pack/files/package.json"), content);
        let said = "`files/package.json`, which then has to be called `files/package.json.tera`";
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
}

#[test]
fn a_name_that_may_be_another_word_stays_and_is_said() {
    let world = World::new();
    let shape = "schema: 1\nname: own\nrepository_names: ['lib-{slug}']\npaths:\n\
                 - { path: go.mod, policy: seeded }\n- { path: package.json, policy: seeded }\nextras: ['**']\n";
    world.write("pack/shape.yaml", shape);
    world.write("lib-go/go.mod", "module example.org/lib-go\n\ngo 1.22\n").write(
        "lib-test/package.json",
        "{\n  \"name\": \"lib-test\",\n  \"scripts\": { \"test\": \"node .\" }\n}\n",
    );
    for (folder, path, kept) in [
        ("lib-go", "go.mod", "\ngo 1.22\n"),
        ("lib-test", "package.json", "{ \"test\": \"node .\" }"),
    ] {
        let ran = world.run(&["shape", "promote", folder, path, "--pack", "pack"]).exits(0);
        let template = world.read(&format!("pack/files/{path}.tera"));
        assert!(template.contains(kept) && !template.contains(folder), "{template}");
        let said = "is a name or a value of this repository or only the same word";
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert!(ran.stderr.contains("write `{{ slug"), "{}", ran.stderr);
    }
}
