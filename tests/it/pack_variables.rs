//! The variables of a pack and the templates that use them: what is wrong with them, and what follows where a repository
//! gives no value.

use crate::work_trees::git;
use crate::world::{Ran, World};

const PATHS: &str = "schema: 1\nname: own\npaths:\n- { path: Dockerfile, policy: facts }\n\
                     - { path: settings.yaml, policy: contract, optional: true }\n\
                     - { path: README.md, policy: exact }\nextras: ['**']\n";

/// A pack that ends like this.
fn with(pack: &str) -> World {
    let world = World::new();
    world.write("pack/shape.yaml", format!("{PATHS}{pack}")).write("pack/files/README.md", "x\n");
    world
}

fn shown(pack: &str) -> Ran {
    with(pack).run(&["shape", "show", "--pack", "pack"])
}

#[test]
fn what_is_wrong_with_a_variable_has_its_place() {
    for (variable, said, place) in [
        ("{ default: \"{{ slug\" }", "the default of `x` does not compile", "8:28"),
        ("{ must_equal: \"{{ slug\" }", "`must_equal` of `x` does not compile", "8:31"),
        ("{ pattern: \"(\" }", "the pattern of the variable `x` is not valid", "8:28"),
        (
            "{ default: A, pattern: '[a-z]+' }",
            "the variable `x` has the default `A`, which its `pattern` does not match",
            "8:28",
        ),
        (
            "{ default: '{{ y }}' }, y: { default: a }",
            "the default of `x` uses `y`, which comes later",
            "8:28",
        ),
        ("{}, my-team: {}", "templates cannot use a variable called `my-team`", "8:21"),
        (
            "{ extract: { yaml: { path: settings.yml, key: a } } }",
            "the variable `x` is extracted from `settings.yml`, which no entry of `paths` holds",
            "8:44",
        ),
        (
            "{ extract: { yaml: { path: settings.yaml, key: '' } } }",
            "the variable `x` is extracted from a key without a name",
            "8:64",
        ),
    ] {
        let ran = shown(&format!("variables: {{ x: {variable} }}\n")).exits(2);
        assert!(ran.stderr.contains(said), "{variable}: {}", ran.stderr);
        let place = format!("pack/shape.yaml:{place}");
        assert!(ran.stderr.contains(&place), "{variable}: {}", ran.stderr);
    }
}

#[test]
fn a_key_that_is_one_slip_away_from_a_demanded_one_is_no_source_of_a_variable() {
    let pack = |key: &str| {
        shown(&format!(
            "variables: {{ x: {{ default: a, extract: {{ yaml: {{ path: settings.yaml, key: {key} }} }} }} }}\n\
             demands:\n  documents: [{{ path: settings.yaml, keys: {{ about: {{ keys: {{ title: {{}} }} }} }} }}]\n"
        ))
    };
    pack("about.title").exits(0);
    pack("about.owner").exits(0);
    let ran = pack("about.titel").exits(2);
    let said = "the variable `x` is extracted from the key `about.titel` of `settings.yaml`, which neither";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(ran.stderr.contains("did you mean `about.title`?"), "{}", ran.stderr);
}

#[test]
fn what_a_variable_is_held_to_is_shown() {
    let long = "[a-z]{9}".repeat(9);
    let world = with(&format!(
        "variables:\n  port: {{ description: Its port, pattern: '[0-9]+' }}\n  \
         host: {{ description: Its host, pattern: '{long}', must_equal: '{{{{ slug }}}}' }}\n  \
         model: {{ description: Its model, pattern: '.+:.+', wants: a provider and a name }}\n"
    ));
    let ran = world.run(&["shape", "show", "--pack", "pack"]).exits(0);
    let cut: String = long.chars().take(60).collect();
    for said in [
        "port  Its port  matches [0-9]+\n".to_owned(),
        format!("host  Its host  matches {cut}…  must equal {{{{ slug }}}}\n"),
        "model  Its model  a provider and a name\n".to_owned(),
    ] {
        assert!(ran.stdout.contains(&said), "{said}: {}", ran.stdout);
    }
    let ran = world.run(&["shape", "show", "--pack", "pack", "--verbose"]).exits(0);
    let said = "model  Its model  a provider and a name (matches .+:.+)\n";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    assert!(ran.stdout.contains(&long), "{}", ran.stdout);
}

/// A pack of one templated file.
const SECURITY: &str = "schema: 1\nname: t\npaths:\n  - { path: SECURITY.md, policy: templated }\nextras: ['**']\n\
                        variables: { display_name: { description: how it is called } }\n";

#[test]
fn a_name_that_a_template_has_from_nowhere_is_an_error_of_the_pack() {
    let world = World::new();
    world.write("shape/shape.yaml", SECURITY).write("one/README.md", "x\n");
    for (used, said, hint) in [
        ("{{ disply_name }}", "uses the variable `disply_name`", "did you mean `display_name`?"),
        ("{{ display_name | titel }}", "uses the filter `titel`", "did you mean `title`?"),
        ("{{ wholly_other }}", "uses the variable `wholly_other`", "declare it under `variables`"),
    ] {
        world.write("shape/files/SECURITY.md.tera", format!("# Security\nof {used}\n"));
        // Whether the file is there or not.
        for _ in 0..2 {
            for words in [
                &["shape", "show", "--pack", "shape"][..],
                &["validate", "one", "--shape", "shape"],
                &["drift", "--local", "one", "--shape", "shape"],
            ] {
                let ran = world.run(words).exits(2);
                assert!(ran.stderr.contains(said), "{words:?}: {}", ran.stderr);
                assert!(ran.stderr.contains("shape/files/SECURITY.md.tera:2:"), "{}", ran.stderr);
                assert!(ran.stderr.contains(hint), "{}", ran.stderr);
            }
            world.write("one/SECURITY.md", "x\n");
        }
        world.remove("one/SECURITY.md");
    }
}

#[test]
fn an_unknown_filter_is_answered_with_those_that_there_are() {
    let world = World::new();
    world.write("pack/shape.yaml", SECURITY);
    world.write("pack/files/SECURITY.md.tera", "{{ slug | xml }}\n");
    let ran = world.run(&["shape", "show", "--pack", "pack"]).exits(2);
    assert!(ran.stderr.contains("the filter `xml`, which does not exist"), "{}", ran.stderr);
    for filter in ["`docker` and `comment`", "`pascal_case`", "`trim_end_matches`"] {
        assert!(ran.stderr.contains(filter), "{filter}: {}", ran.stderr);
    }
}

#[test]
fn content_that_does_not_render_is_told_from_content_that_there_is_none_of() {
    let world = World::new();
    world.write("shape/shape.yaml", SECURITY).write("one/README.md", "x\n");
    world.write("shape/files/SECURITY.md.tera", "of {{ display_name }}\n");
    let judged = ["validate", "one", "--shape", "shape"];
    let missing = world.run(&judged).exits(3);
    let help = "give `display_name` a value under `variables` in fleet.yaml";
    for said in ["SHP010", "SHP011", "does not render", help] {
        assert!(missing.stdout.contains(said), "{said}: {}", missing.stdout);
    }
    assert!(!missing.stdout.contains("has no content for it"), "{}", missing.stdout);
    // No value helps where the template itself cannot go on.
    world.write("shape/files/SECURITY.md.tera", "of {{ slug | nth(n=1) }}\n");
    world.write("one/SECURITY.md", "x\n");
    let wrong = world.run(&judged).exits(3);
    let help = "correct `files/SECURITY.md.tera` in the shape";
    assert!(wrong.stdout.contains(help), "{}", wrong.stdout);
}

#[test]
fn what_is_written_with_one_of_several_classes_is_unchecked() {
    let world = World::new();
    let shape = "schema: 1\nname: own\nextras: ['**']\npaths:\n- { path: b.txt, policy: templated }\n- { path: \
                 c.txt, policy: templated }\nvariables:\n  class:\n    extract: { subclass: { path: a.py, of: Base } }\n    \
                 default: Other\n";
    world.write("pack/shape.yaml", shape).write("pack/files/b.txt.tera", "{{ class }}\n");
    world.write("pack/files/c.txt.tera", "{{ slug }}\n").write("r/c.txt", "other\n");
    let two = "class A(Base): ...\nclass B(Base): ...\n";
    world.write("r/a.py", two).write("r/b.txt", "A\n");
    let ran = world.run(&["validate", "--shape", "pack", "r"]);
    let why = "`b.txt` cannot be compared: `a.py`, which gives the value of `class`, has several classes that may be meant";
    assert!(ran.stdout.contains(why), "{}", ran.stdout);
    assert!(!ran.stdout.contains("`c.txt` cannot be compared"), "{}", ran.stdout);
    world
        .write("r/a.py", two.replace("B(Base)", "B(A)"))
        .write("r/b.txt", "B\n")
        .write("r/c.txt", "r\n");
    world.run(&["validate", "--shape", "pack", "r"]).exits(0);
}

#[test]
fn what_only_the_file_itself_says_is_the_reason_why_it_is_not_compared() {
    let world = World::new();
    let shape = "schema: 1\nname: own\nvariables:\n  v: { extract: { yaml: { path: s.yaml, key: v } } }\npaths:\n- { path: s.yaml, policy: \
                 templated }\nextras: ['**']\n";
    world.write("shape/shape.yaml", shape).write("shape/files/s.yaml.tera", "v: {{ v }}\n");
    world.write("one/s.yaml", "v: a\n");
    let judged = ["validate", "one", "--shape", "shape"];
    let ran = world.run(&judged).exits(3);
    for said in ["`v` comes from this very file", "give `v` a `default` in shape.yaml"] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    world.replace("shape/shape.yaml", "v: { extract", "v: { default: a, extract");
    world.run(&judged).exits(0);
}

#[test]
fn whose_repository_it_is_on_the_forge_is_not_who_is_responsible() {
    let world = World::new();
    world
        .write(
            "pack/shape.yaml",
            "schema: 1\nname: own\npaths: [{ path: go.mod, policy: templated }]\nextras: ['**']\n",
        )
        .write("pack/files/go.mod.tera", "module github.com/{{ forge_owner }}/{{ repository }}\n")
        .write("svc/main.txt", "x\n");
    world.commit("svc");
    let ran = world.run(&["validate", "svc", "--shape", "pack"]);
    assert_ne!(ran.code, 0);
    assert!(ran.stdout.contains("Variable `forge_owner` not found"), "{}", ran.stdout);
    assert!(ran.stdout.contains("`forge_owner` is `owner` of `forge`"), "{}", ran.stdout);
    git(&world, &["-C", "svc", "remote", "add", "origin", "https://github.com/acme/svc.git"]);
    world.run(&["fix", "svc", "--shape", "pack"]).exits(0);
    assert_eq!(world.read("svc/go.mod"), "module github.com/acme/svc\n");
    world.replace("pack/files/go.mod.tera", "forge_owner", "owner");
    let ran = world.run(&["validate", "svc", "--shape", "pack"]);
    assert_ne!(ran.code, 0);
    assert!(ran.stdout.contains("`owner` is who is responsible"), "{}", ran.stdout);
}

#[test]
fn a_path_is_no_template() {
    let of = |path: &str| {
        let world = World::new();
        let shape =
            format!("schema: 1\nname: own\npaths: [{{ path: \"{path}\", policy: seeded }}]\n");
        world.write("pack/shape.yaml", shape).run(&["shape", "show", "--pack", "pack"])
    };
    let ran = of("docs/{{ slug }}.md").exits(2);
    assert!(
        ran.stderr.contains("has `slug` in a tag, but paths are no templates"),
        "{}",
        ran.stderr
    );
    of("{{cookiecutter.slug}}/setup.py").exits(0);
}

#[test]
fn a_pattern_of_names_says_where_the_slug_is() {
    let world = with("repository_names: ['setup-']\n");
    let ran = world.run(&["shape", "show", "--pack", "pack"]).exits(2);
    assert!(
        ran.stderr.contains("the pattern `setup-` of `repository_names` fits no name"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("`setup-{slug}`"), "{}", ran.stderr);
}

#[test]
fn an_answer_gives_a_later_variable_its_default() {
    let world = World::new();
    let pack = "schema: 1\nname: own\nvariables:\n  database: { description: Which }\n  \
                engine: { description: Its engine, default: '{{ database }}-x' }\n\
                paths:\n- { path: README.md, policy: templated }\n";
    world.write("pack/shape.yaml", pack);
    world.write("pack/files/README.md.tera", "# {{ slug }} {{ engine }}\n");
    let new = ["new", "a-b", "--local", "out", "--shape", "pack", "--defaults"];
    world.run(&[&new[..], &["--set", "database=none"]].concat()).exits(0);
    assert_eq!(world.read("out/README.md"), "# a-b none-x\n");
}
