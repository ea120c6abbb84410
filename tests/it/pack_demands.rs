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
            "current: 2, deprecated: [1], migrations: [{ from: 3, to: 2 }]",
            "from version 3, which is later than the current version, 2",
        ),
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
    version("current: 1, opt_in: [3], migrations: [{ from: 1, to: 2 }, { from: 2, to: 3 }]")
        .exits(0);
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

#[test]
fn what_means_nothing_in_a_pack_is_refused_at_its_place() {
    let settings = |rest: &str| format!("documents: [{{ path: settings.yaml, {rest} }}]");
    let keys = "keys: { l: { type: list, items: { type: map, keys: { p: {} } } }, mode: {} }";
    let publishes = |event: &str| {
        format!(
            "workflows: {{ publishes: [{{ path: settings.yaml, never_on: [push, {event}] }}] }}"
        )
    };
    for demand in [
        "python: { version: '3.11' }".to_owned(),
        "python: { version: '3.11.9' }".to_owned(),
        publishes("pull_request"),
        settings(&format!("files: [{{ key: 'l[].p' }}, {{ key: other }}], {keys}")),
        settings(&format!("models: [{{ default: mode, list: 'l[].p' }}], {keys}")),
        settings("files: [{ key: l.p }]"),
        settings("keys: { a: { one_of: [x] } }"),
        settings("keys: { a: { type: [int, map], minimum: 1, keys: { b: {} } } }"),
        settings("keys: { a: { type: number, one_of: ['0', '1.5'] }, b: { type: [bool, 'null'], one_of: ['true', 'null'] } }"),
        settings("version: { key: v, current: 2, deprecated: [1] }, keys: { a: { versions: [1] } }"),
        "dockerfiles: [{ path: Dockerfile, base_image: 'alpine:3.20', installs: Zope.interface, environment: [{ name: A, value: '' }] }]".to_owned(),
    ] {
        shown(&format!("demands:\n  {demand}\n")).exits(0);
    }
    for (demand, said) in [
        ("python: { version: '>=3.11' }".to_owned(), "`>=3.11`, which is not a version of Python"),
        ("python: { version: three }".to_owned(), "`three`, which is not a version of Python"),
        ("python: { version: '3' }".to_owned(), "`3`, which is not a version of Python"),
        ("python: { version: 3.11-slim }".to_owned(), "`3.11-slim`, which is not a version"),
        (publishes("pull_reqest"), "did you mean `pull_request`?"),
        (publishes("merging"), "`merging` is not an event that starts workflows"),
        (
            "workflows: { receivers: [{ path: settings.yaml, event: repository_dispach }] }"
                .to_owned(),
            "did you mean `repository_dispatch`?",
        ),
        ("marker_exclusions: ['[']".to_owned(), "`[` is not a glob"),
        (settings("files: [{ key: 'l[.p' }]"), "`l[.p` is not a path"),
        (settings(&format!("files: [{{ key: l.p }}], {keys}")), "write `l[]` for its items"),
        (settings(&format!("files: [{{ key: l }}], {keys}")), "write `l[]` for its items"),
        (settings(&format!("files: [{{ key: moed }}], {keys}")), "did you mean `mode`?"),
        (
            settings(&format!("unknown_keys: warning, files: [{{ key: other }}], {keys}")),
            "list `other` in `keys`",
        ),
        (
            settings(&format!("models: [{{ default: mode, list: 'l[].q' }}], {keys}")),
            "did you mean `p`?",
        ),
        (
            settings(&format!("models: [{{ default: 'l[].p', list: 'l[].p' }}], {keys}")),
            "leave `[]` out",
        ),
        (settings("keys: { a: { type: string, one_of: [] } }"), "`one_of` of `a` in"),
        (
            settings("keys: { a: { type: string, one_of: [ # none yet\n    ] } }"),
            "`one_of` of `a` in",
        ),
        (
            settings("keys: { a: { type: list, items: { one_of: [] } } }"),
            "`one_of` of `a[]` in `settings.yaml` is empty",
        ),
    ] {
        let ran = shown(&format!("demands:\n  {demand}\n")).exits(2);
        assert!(ran.stderr.contains(said), "{demand}: {}", ran.stderr);
        assert!(ran.stderr.contains("pack/shape.yaml:9:"), "{demand}: {}", ran.stderr);
    }
}

#[test]
fn what_no_value_could_meet_is_refused_at_its_place() {
    let settings = |rest: &str| format!("documents: [{{ path: settings.yaml, {rest} }}]");
    for (demand, said) in [
        (
            settings("keys: { a: { type: string, minimum: 1 } }"),
            "`minimum` of `a` in `settings.yaml` applies to no value, because of `type: string`",
        ),
        (
            settings(
                "keys: { a: { type: map, keys: { b: { type: [string, bool], keys: { c: {} } } } } }",
            ),
            "`keys` of `a.b` in `settings.yaml` applies to no value, because of `type: [string, bool]`",
        ),
        (settings("keys: { a: { type: string, items: {} } }"), "add a type that has it: `list`"),
        (settings("keys: { a: { type: list, one_of: [x] } }"), "`one_of` of `a` in"),
        (
            settings("keys: { a: { type: int, one_of: ['1', high] } }"),
            "lists `high`, which is not a value of `type: int`",
        ),
        (settings("keys: { a: { versions: [1] } }"), "the document, which has no `version`"),
        (
            settings(
                "version: { key: v, current: 2, deprecated: [1] }, keys: { a: { versions: [2, 7] } }",
            ),
            "`versions` of `a` in `settings.yaml` lists version 7, which the document cannot have",
        ),
        (
            "documents: [{ path: settings.yaml, keys: { a: {} } }, { path: settings.yaml }]"
                .to_owned(),
            "`demands.documents` has two entries for `settings.yaml`",
        ),
        ("markers: [TODO, '']".to_owned(), "an item of `demands.markers` is empty"),
        (
            "dockerfiles: [{ path: Dockerfile, base_image: '' }]".to_owned(),
            "`demands.dockerfiles[0].base_image` is empty",
        ),
        (
            "dockerfiles: [{ path: Dockerfile, installs: 'core>=1' }]".to_owned(),
            "`core>=1` is not the name of a Python distribution",
        ),
        (
            "requirements: [{ path: settings.yaml, distribution: -core }]".to_owned(),
            "`-core` is not the name of a Python distribution",
        ),
        (
            "version_files: [{ path: .core, distribution: my core }]".to_owned(),
            "`my core` is not the name of a Python distribution",
        ),
    ] {
        let ran = shown(&format!("demands:\n  {demand}\n")).exits(2);
        assert!(ran.stderr.contains(said), "{demand}: {}", ran.stderr);
        assert!(ran.stderr.contains("pack/shape.yaml:9:"), "{demand}: {}", ran.stderr);
    }
}

#[test]
fn every_demand_of_a_pack_is_shown() {
    let ran = shown(
        "demands:
  python: { version: '3.11' }
  markers: [TODO]
  workflows:
    permissions: true
    pinned: { actions: commit, reusable: tag }
    publishes: [{ path: settings.yaml, never_on: [pull_request] }]
",
    );
    let (_, demands) = ran.stdout.split_once("Demands\n").expect("a section");
    let said = "  Python modules  run on Python 3.11
  settings.yaml  publishes, never on pull_request
  workflows  pin actions to a commit, reusable workflows to a tag or commit
  workflows  declare the permissions of their token
  markers  no file contains TODO
";
    assert_eq!(demands, said);
    // The embedded shape too.
    let ran = World::new().run(&["shape", "show"]).exits(0);
    assert!(ran.stdout.contains("config.yaml  "), "{}", ran.stdout);
}

#[test]
fn a_key_given_twice_is_refused_at_any_depth() {
    let settings =
        |keys: &str| format!("demands: {{ documents: [{{ path: settings.yaml, {keys} }}] }}");
    for (pack, said) in [
        (settings("keys: { a: { required: true }, a: {} }"), "`a` is given twice"),
        (settings("keys: { a: { keys: { b: { required: true }, b: {} } } }"), "`b` is given twice"),
        (
            settings("keys: { a: { type: list, items: { type: int, type: string } } }"),
            "`type` is given twice",
        ),
        ("profiles: { small: { without: [README.md] }, small: {} }".to_owned(), "`small` is given"),
    ] {
        let ran = shown(&format!("{pack}\n")).exits(2);
        assert!(ran.stderr.contains(said), "{pack}: {}", ran.stderr);
        assert!(ran.stderr.contains("remove one of the two"), "{pack}: {}", ran.stderr);
        assert!(ran.stderr.contains("pack/shape.yaml:8:"), "{pack}: {}", ran.stderr);
    }
}

#[test]
fn verbose_lists_the_keys_of_documents_with_their_demands() {
    let world = World::new();
    world
        .write(
            "pack/shape.yaml",
            format!(
                "{PATHS}demands:\n  documents:\n  - path: settings.yaml\n    keys:\n      tier: {{ required: true, one_of: [gold, silver], read_by: [runtime] }}\n      ports: {{ type: list, items: {{ type: int, minimum: 1 }} }}\n"
            ),
        )
        .write("pack/files/README.md", "x\n");
    let ran = world.run(&["shape", "show", "--pack", "pack"]).exits(0);
    let said = "Demands (--verbose lists the keys of documents)\n  settings.yaml  2 keys\n";
    assert!(ran.stdout.ends_with(said), "{}", ran.stdout);
    let ran = world.run(&["shape", "show", "--pack", "pack", "--verbose"]).exits(0);
    let said = "Demands
  settings.yaml  2 keys
    ports  list
    ports[]  int; at least 1
    tier  any type; required; one of `gold`, `silver`; read by runtime
";
    assert!(ran.stdout.ends_with(said), "{}", ran.stdout);
}

#[test]
fn a_file_of_the_pack_that_no_path_uses_is_named_once_in_a_run() {
    let world = World::new();
    world
        .write("pack/shape.yaml", PATHS)
        .write("pack/files/README.md", "x\n")
        .write("pack/files/REDME.md", "x\n");
    for name in ["a", "b"] {
        world
            .write(&format!("{name}/README.md"), "x\n")
            .write(&format!("{name}/Dockerfile"), "FROM x\n");
    }
    let ran = world.run(&["validate", "a", "b", "--shape", "pack"]).exits(0);
    let said = "1 file is not used by any path: `files/REDME.md`; add an entry to `paths`, or remove the file";
    assert_eq!(ran.stderr.matches(said).count(), 1, "{}", ran.stderr);
}

#[test]
fn what_is_not_a_text_a_number_a_name_or_a_type_is_refused_at_its_place() {
    let key =
        |rest: &str| format!("documents: [{{ path: settings.yaml, keys: {{ a: {{ {rest} }} }} }}]");
    let dockerfile = |rest: &str| format!("dockerfiles: [{{ path: Dockerfile, {rest} }}]");
    let twice = "dockerfiles: [{ path: Dockerfile }, { path: Dockerfile }]".to_owned();
    for (demand, said) in [
        (key("deprecated: false"), "`deprecated` of `a` in `settings.yaml` is `false`, and not a"),
        (key("type: string, moved_to: true"), "`moved_to` of `a` in `settings.yaml` is `true`"),
        (key("deprecated: ''"), "`deprecated` of `a` in `settings.yaml` is empty"),
        (key("type: []"), "`type` of `a` in `settings.yaml` is empty, so it allows no value"),
        (key("minimum: .nan"), "`minimum` of `a` in `settings.yaml` is NaN, which is not a finite"),
        (
            dockerfile("environment: [{ name: A B }]"),
            "`demands.dockerfiles[0].environment[0].name` is `A B`, which has a space",
        ),
        (dockerfile("base_image: 'alpine 3'"), "is `alpine 3`, which has a space"),
        (twice, "`demands.dockerfiles` has two entries for `Dockerfile`"),
    ] {
        let ran = shown(&format!("demands:\n  {demand}\n")).exits(2);
        assert!(ran.stderr.contains(said), "{demand}: {}", ran.stderr);
        assert!(ran.stderr.contains("pack/shape.yaml:9:"), "{demand}: {}", ran.stderr);
    }
    shown(&format!("demands:\n  {}\n", key("deprecated: b, moved_to: b.c"))).exits(0);
}

#[test]
fn a_misspelled_folder_of_workflows_is_refused_at_its_place() {
    let shown = |paths: &str, folders: &str| {
        let world = World::new();
        world.write(
            "pack/shape.yaml",
            format!(
                "schema: 1\nname: own\npaths: [{paths}]\ndemands:\n  workflows: {{ folders: [{folders}] }}\n"
            ),
        );
        world.run(&["shape", "show", "--pack", "pack"])
    };
    let held = "{ path: .github/workflows/ci.yml, policy: contract }";
    for (paths, folders, said) in [
        (held, ".github/workflow", "did you mean `.github/workflows`?"),
        (held, ".github/workflows, .gitea/workflow", "did you mean `.gitea/workflows`?"),
        ("", ".github/workflow", "did you mean `.github/workflows`?"),
        (held, ".ci", "add the folder of `.github/workflows/ci.yml`, `.github/workflows`"),
    ] {
        let ran = shown(paths, folders).exits(2);
        assert!(ran.stderr.contains(said), "{folders}: {}", ran.stderr);
        assert!(ran.stderr.contains("pack/shape.yaml:5:"), "{folders}: {}", ran.stderr);
    }
    for (paths, folders) in [
        (held, ""),
        (held, ".github/workflows/"),
        (held, ".gitea/workflows"),
        (held, ".github/workflows, .ci"),
        ("", ".ci"),
        ("{ path: .ci/a.yml, policy: contract }", ".ci/"),
    ] {
        shown(paths, folders).exits(0);
    }
}
