//! Packs that are inferred, and what is called safe by them.

use crate::world::World;

const CI: &str =
    "on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make test\n";

/// Five services, each with a history of one commit.
fn services(world: &World) {
    for (index, slug) in ["api", "bill", "mail", "shop", "wiki"].into_iter().enumerate() {
        let folder = format!("repos/svc-{slug}");
        world
            .write(&format!("{folder}/ci.yml"), CI)
            .write(&format!("{folder}/Makefile"), "test:\n\ttrue\n")
            .write(&format!("{folder}/README.md"), format!("# {slug} {index}\n"));
    }
}

#[test]
fn what_another_repository_once_had_is_no_earlier_canon_of_ones_own() {
    let world = World::new();
    services(&world);
    let lint = format!("{CI}      - run: make lint\n");
    let mit = |line: &str| format!("MIT\n{line}Do what you like.\n");
    for slug in ["api", "bill", "mail", "shop"] {
        let folder = format!("repos/svc-{slug}");
        if slug == "api" {
            // It once had what `wiki` has, and dropped it.
            world.write(&format!("{folder}/LICENSE"), mit("Copyright 2014 Others\n"));
            world.write(&format!("{folder}/ci.yml"), &lint);
            world.commit(&folder);
            world.write(&format!("{folder}/ci.yml"), CI);
        }
        world.write(&format!("{folder}/LICENSE"), mit(""));
        world.write(&format!("{folder}/.github/FUNDING.yml"), "github: somebody\n");
        world.commit(&folder);
    }
    world.write("repos/svc-wiki/LICENSE", mit("Copyright 2014 Others\n"));
    world.write("repos/svc-wiki/ci.yml", &lint);
    world.commit("repos/svc-wiki");
    let from: Vec<String> = ["api", "bill", "mail", "shop", "wiki"]
        .iter()
        .map(|slug| format!("repos/svc-{slug}"))
        .collect();
    let mut words = vec!["shape", "init", "--out", "pack", "--from"];
    words.extend(from.iter().map(String::as_str));
    let ran = world.run(&words).exits(0);
    assert!(ran.stdout.contains("LICENSE") && ran.stdout.contains("seeded"), "{}", ran.stdout);
    assert!(!world.path("pack/lineage").exists(), "a text of another's past is in the lineage");
    let fixed = world.run(&["fix", "--shape", "pack", "repos/svc-wiki"]);
    assert!(fixed.stderr.contains("0 repairs"), "{}", fixed.stderr);
    assert!(world.read("repos/svc-wiki/LICENSE").contains("Copyright 2014 Others"));
    assert!(world.read("repos/svc-wiki/ci.yml").contains("make lint"));
    assert!(!world.path("repos/svc-wiki/.github").exists());
    let drift = world.run(&["drift", "--shape", "pack", "--local", "repos/svc-wiki"]).exits(1);
    assert!(drift.stdout.contains("`ci.yml` was edited since the canon"), "{}", drift.stdout);
}

#[test]
fn repositories_of_several_kinds_are_told_and_no_kind_is_named() {
    let world = World::new();
    let mut words = vec!["shape", "init", "--out", "all", "--from"];
    let folders =
        ["orders-api", "users-api", "docs-site", "blog-site"].map(|name| format!("repos/{name}"));
    for folder in &folders {
        if folder.ends_with("api") {
            world
                .write(&format!("{folder}/go.mod"), format!("module {folder}\n"))
                .write(&format!("{folder}/main.go"), "package main\n")
                .write(&format!("{folder}/Makefile"), "all:\n");
        } else {
            world
                .write(&format!("{folder}/index.html"), format!("<p>{folder}</p>\n"))
                .write(&format!("{folder}/site.css"), "p { color: red }\n")
                .write(&format!("{folder}/robots.txt"), "User-agent: *\n");
        }
    }
    words.extend(folders.iter().map(String::as_str));
    let ran = world.run(&words).exits(2);
    assert!(ran.stderr.contains("nothing was written"), "{}", ran.stderr);
    assert!(!world.path("all").exists());
    assert!(ran.stdout.contains("These are of several kinds"), "{}", ran.stdout);
    assert!(ran.stdout.contains("\n  orders-api, users-api\n"), "{}", ran.stdout);
    let apis = "shipshape shape init --from repos/orders-api repos/users-api --out all-1";
    assert!(ran.stderr.contains(apis) || ran.stderr.contains("repos/*-api"), "{}", ran.stderr);
    // As fleet.yaml says, whatever they look like.
    world.write(
        "fleet.yaml",
        "schema: 1\nname: north\nforge: { owner: north }\nkinds:\n  job: { shape: { folder: j } }\n  site: { shape: { folder: s } }\n\
         members:\n- { slug: orders-api, kind: job }\n- { slug: users-api, kind: site }\n",
    );
    let two =
        ["shape", "init", "--several-kinds", "--out", "two", "--from", &folders[0], &folders[1]];
    let ran = world.run(&two).exits(0);
    assert!(ran.stdout.contains("These are of several kinds"), "{}", ran.stdout);
    assert!(!ran.stderr.contains("hold the kind"), "{}", ran.stderr);
    assert!(world.read("two/shape.yaml").contains("name: "));
    // A pack is called as its folder where the names have nothing in common.
    world.remove("fleet.yaml");
    let mixed = ["shape", "init", "--out", "packs/mine", "--from", &folders[0], &folders[2]];
    world.run(&mixed).exits(0);
    assert!(world.read("packs/mine/shape.yaml").contains("\nname: mine\n"));
}

#[test]
fn toml_is_read_with_its_places() {
    let world = World::new();
    world
        .write("crate/Cargo.toml", "[package]\nname = \"walk\"\nedition = \"2018\"\nlicence = 1\n")
        .write(
            "pack/shape.yaml",
            "schema: 1\nname: crate\npaths:\n- { path: Cargo.toml, policy: structured, keys: [package.edition] }\nextras: ['**']\n\
             demands:\n  documents:\n  - path: Cargo.toml\n    keys:\n      package:\n        type: map\n        required: true\n        keys:\n\
             \x20         name: { type: string, required: true }\n          licence: { type: string }\n          rust-version: { required: true }\n",
        )
        .write("pack/files/Cargo.toml", "[package]\nedition = \"2024\"\n");
    let ran = world.run(&["validate", "--shape", "pack", "crate"]).exits(1);
    assert!(!ran.stdout.contains("does not parse"), "{}", ran.stdout);
    assert!(ran.stdout.contains("crate/Cargo.toml:4:"), "{}", ran.stdout);
    assert!(ran.stdout.contains("rust-version"), "{}", ran.stdout);
    assert!(ran.stdout.contains("package.edition"), "{}", ran.stdout);
    // A value that somebody set is theirs, until it is asked for.
    let says = "in `Cargo.toml` `package.edition` is `2018`, but the shape requires `2024`";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    let fix = ["fix", "--shape", "pack", "crate", "--rule", "path-modified"];
    world.run(&fix).ends();
    assert!(world.read("crate/Cargo.toml").contains("edition = \"2018\""), "an edit was lost");
    world.run(&[&fix[..], &["--unsafe-fixes"]].concat()).ends();
    assert!(world.read("crate/Cargo.toml").contains("edition = \"2024\""));
    world.write("crate/Cargo.toml", "[package\nname = 1\n");
    let ran = world.run(&["validate", "--shape", "pack", "crate"]).exits(3);
    assert!(
        ran.stdout.contains("SHP002") && ran.stdout.contains("Cargo.toml:1:"),
        "{}",
        ran.stdout
    );
    // What cannot be read is refused before anything is judged by it.
    world.replace(
        "pack/shape.yaml",
        "documents:\n  - path: Cargo.toml",
        "documents:\n  - path: setup.cfg",
    );
    let ran = world.run(&["validate", "--shape", "pack", "crate"]).exits(2);
    assert!(
        ran.stderr.contains("`setup.cfg`: a file of settings is not supported"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_managed_key_that_an_earlier_canon_had_is_brought_forward_and_no_other() {
    let world = World::new();
    world
        .write("pack/shape.yaml", "schema: 1\nname: mine\npaths:\n- { path: a.json, policy: structured, keys: [width, end] }\nextras: ['**']\n")
        .write("pack/files/a.json", "{ \"width\": 2, \"end\": \"lf\" }\n");
    world.commit("pack");
    world.write("pack/files/a.json", "{ \"width\": 4, \"end\": \"lf\" }\n");
    world.commit("pack");
    let fixed = |text: &str| {
        world.write("repo/a.json", text);
        world.run(&["fix", "--shape", "pack", "repo"]).ends();
        world.read("repo/a.json")
    };
    assert_eq!(fixed("{ \"width\": 2, \"end\": \"lf\" }\n"), "{ \"width\": 4, \"end\": \"lf\" }\n");
    // What no canon ever had is somebody's, and goes with nothing else.
    let edited = "{ \"width\": 2, \"end\": \"crlf\" }\n";
    assert_eq!(fixed(edited), edited);
    let ran = world.run(&["validate", "--shape", "pack", "repo"]).exits(1);
    let says = "in `a.json` `width` is `2`, but the shape requires `4`, `end` is `crlf`, but the shape requires `lf`";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
}

#[test]
fn mistakes_in_a_pack_are_told_at_their_place() {
    let world = World::new();
    let shape =
        "schema: 1\nname: own\npaths:\n- { path: README.md, policy: templated }\nextra: ['**']\n";
    world.write("pack/shape.yaml", shape).write("pack/files/README.md.tera", "# {{ slug }}\n");
    let ran = world.run(&["shape", "show", "--pack", "pack"]).exits(2);
    assert!(ran.stderr.contains("unknown key `extra`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("did you mean `extras`?"), "{}", ran.stderr);
    assert!(ran.stderr.contains("pack/shape.yaml:5:1"), "{}", ran.stderr);
    world.write("pack/shape.yaml", shape.replace("extra:", "extras:"));
    world.write("pack/files/README.md.tera", "# {{ slug }}\n{% if %}\n");
    let ran = world.run(&["shape", "show", "--pack", "pack"]).exits(2);
    assert!(ran.stderr.contains("pack/files/README.md.tera"), "{}", ran.stderr);
    world.write("pack/files/README.md.tera", "# {{ slug }}\n").write("pack/files/REDME.md", "x\n");
    let ran = world.run(&["shape", "show", "--pack", "pack"]).exits(0);
    assert!(
        ran.stdout.contains("Files that belong to no path") && ran.stdout.contains("REDME.md"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("is one left over?"), "{}", ran.stdout);
    let own = shape.replace("extra:", "extras:");
    let lost = "variables:\n  town: { extract: { yaml: { path: ../a.yaml, key: town } } }\n";
    world.write("pack/shape.yaml", format!("{own}{lost}"));
    let ran = world.run(&["shape", "show", "--pack", "pack"]).exits(2);
    let says = "the variable `town` is extracted from `../a.yaml`, which is not a path inside a repository";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert!(ran.stderr.contains("pack/shape.yaml:7:36"), "{}", ran.stderr);
    let asked = format!("{own}variables:\n  town: {{}}\n");
    world.write("pack/shape.yaml", asked);
    let ran = world.run(&["shape", "show", "--pack", "pack"]).exits(0);
    let left =
        "Variables that no template and no rule uses: is one left over?\n  town  shape.yaml:7\n";
    assert!(ran.stdout.contains(left), "{}", ran.stdout);
    // Names may hold brackets; a star is taken for the glob that it would be.
    let routes = "schema: 1\nname: own\npaths: [{ path: 'app/[slug]/page.tsx', policy: exact }]\nextras: ['**']\n";
    world.write("next/shape.yaml", routes).write("next/files/app/[slug]/page.tsx", "x\n");
    world.write("site/app/[slug]/page.tsx", "x\n").write("site/app/s/page.tsx", "y\n");
    world.run(&["validate", "site", "--shape", "next"]).exits(0);
    world.write("site/app/[slug]/page.tsx", "y\n");
    let ran = world.run(&["validate", "site", "--shape", "next"]).exits(1);
    assert!(
        ran.stdout.contains("`app/[slug]/page.tsx` does not resemble any version"),
        "{}",
        ran.stdout
    );
    // At the end of such a file a line says something else, or nothing at all.
    world.write(
        "hcl/shape.yaml",
        "schema: 1\nname: own\npaths: [{ path: versions.tf, policy: structured }]\n",
    );
    world.write("hcl/files/versions.tf", "terraform {\n  required_version = \">= 1\"\n}\n");
    let ran = world.run(&["shape", "show", "--pack", "hcl"]).exits(2);
    assert!(ran.stderr.contains("a single line of HCL has no meaning"), "{}", ran.stderr);
    // A document of another format has no keys that could be read.
    for path in ["go.mod", ".nvmrc", "Procfile", ".env.example"] {
        let shape = format!(
            "schema: 1\nname: own\npaths: [{{ path: {path}, policy: contract }}]\ndemands: {{ documents: [{{ path: {path} }}] }}\n"
        );
        world.write("other/shape.yaml", shape);
        let ran = world.run(&["shape", "show", "--pack", "other"]).exits(2);
        assert!(ran.stderr.contains("is not supported, so its keys"), "{path}: {}", ran.stderr);
    }
    let typed = "- { path: a.yaml, policy: contract }\nextras: ['**']\n\
                 demands: { documents: [{ path: a.yaml, keys: { port: { type: integer } } }] }\n";
    world.write("pack/shape.yaml", shape.replace("extra: ['**']\n", typed));
    world.run(&["shape", "show", "--pack", "pack"]).exits(0);
    // What is canon already stays so.
    world.write("svc/README.md", "# svc\n");
    let ran = world.run(&["shape", "promote", "svc", "README.md", "--pack", "pack"]).exits(0);
    assert!(ran.stderr.contains("is canon already: nothing to do"), "{}", ran.stderr);
}

/// What any repository would be told of does not become the canon of all.
#[test]
fn what_is_wrong_anywhere_is_not_promoted() {
    let world = World::new();
    let shape = "schema: 1\nname: own\npaths:\n- { path: a.yml, policy: exact }\n- { path: package.json, policy: exact }\nextras: ['**']\n";
    world.write("pack/shape.yaml", shape);
    world.write("pack/files/a.yml", "a: 1\n").write("pack/files/package.json", "{}\n");
    let token = format!("ghp_{}", "k3J9xQ2mZ7pL5vR8tB1nC6wD4sF0gH2jY5aE");
    for (path, content, said) in [
        ("a.yml", format!("token: {token}\n"), "must not become canon"),
        (
            "a.yml",
            "<<<<<<< one\na: 1\n=======\na: 2\n>>>>>>> two\n".to_owned(),
            "must not become canon",
        ),
        (
            "package.json",
            "{,}\n".to_owned(),
            "must not become canon: the JSON document does not parse",
        ),
    ] {
        world.write("svc/a.yml", "a: 2\n").write("svc/package.json", "{\"name\": \"svc\"}\n");
        world.write(&format!("svc/{path}"), content);
        let ran = world.run(&["shape", "promote", "svc", path, "--pack", "pack"]).exits(2);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert!(!ran.stdout.contains(&token) && !ran.stderr.contains(&token), "{}", ran.stdout);
    }
    assert_eq!(world.read("pack/files/a.yml"), "a: 1\n");
    // The pack of a fleet follows its members.
    world.write("fleet.yaml", "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: t-, shape: { folder: pack } } }\nmembers: [one]\n");
    for folder in ["svc", "t-one"] {
        world.write(&format!("{folder}/a.yml"), "a: 3\n");
        world.commit(folder);
    }
    let ran = world.run(&["shape", "promote", "svc", "a.yml"]).exits(2);
    assert!(ran.stderr.contains("`svc` is not a member of the fleet"), "{}", ran.stderr);
    assert_eq!(world.read("pack/files/a.yml"), "a: 1\n");
    world.run(&["shape", "promote", "t-one", "a.yml"]).exits(0);
    assert_eq!(world.read("pack/files/a.yml"), "a: 3\n");
}

#[test]
fn a_shape_in_the_repository_that_it_is_about_is_neither_extra_nor_forbidden() {
    let world = World::new();
    let shape = "schema: 1\nname: mine\npaths:\n- { path: README.md, policy: seeded }\n- { path: '**/shape.yaml', policy: forbidden }\n";
    for folder in [".shipshape/shape", "tools/shape"] {
        world.write(&format!("repo/{folder}/shape.yaml"), shape);
    }
    world.write("repo/README.md", "mine\n");
    world.commit("repo");
    let validate = |shape: &str| {
        world.run(&["validate", "repo", "--shape", &format!("repo/{shape}"), "--fail-on", "info"])
    };
    // One that is not the one in use is a file like any other.
    let ran = validate(".shipshape/shape").exits(1);
    assert!(ran.stdout.contains("`tools/shape/shape.yaml` must not be here"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("`.shipshape"), "{}", ran.stdout);
    let ran = validate("tools/shape").exits(1);
    assert!(
        ran.stdout.contains("`.shipshape/shape/shape.yaml` must not be here"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("`tools"), "{}", ran.stdout);
    world.remove("repo/.shipshape/shape/shape.yaml");
    // Nor are a fleet's files, wherever they are named.
    world.write(
        "repo/fleet.yaml",
        "schema: 1\nname: one\nforge: { owner: acme }\nkinds: { t: { shape: { folder: tools/shape } } }\nmembers: [repo]\n",
    );
    world.write("repo/waivers.yaml", "schema: 1\nwaivers: []\n");
    world.run(&["validate", "repo", "--fail-on", "info"]).exits(0);
    world.run(&["fix", "repo"]).ends();
    assert!(world.path("repo/tools/shape/shape.yaml").is_file(), "it removed its own shape");
}

/// `shape init` demands nothing that the repositories it is made from do not meet.
#[test]
fn pins_are_demanded_only_where_composite_actions_keep_them_too() {
    let commit = "11bd71901bbe5b1630ceea73d27597364c9af683";
    for (revision, place, is_demanded) in [
        ("v4", "action.yml", false),
        ("v4", ".github/actions/x/action.yml", false),
        ("v4", "examples/action.yml", true),
        (commit, "action.yml", true),
    ] {
        let world = World::new();
        let mut words = vec!["shape", "init", "--out", "pack", "--from"];
        let folders = ["repos/a", "repos/b", "repos/c"];
        for folder in folders {
            let ci = format!(
                "on: push\npermissions: {}\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@{commit}\n",
                "{}"
            );
            let action = format!(
                "name: x\ndescription: {folder}\nruns:\n  using: composite\n  steps:\n    - uses: actions/checkout@{revision}\n"
            );
            world.write(&format!("{folder}/.github/workflows/ci.yml"), ci);
            world.write(&format!("{folder}/{place}"), action);
            world.commit(folder);
        }
        words.extend(folders);
        let ran = world.run(&words);
        let shape = world.read("pack/shape.yaml");
        assert_eq!(shape.contains("pinned:"), is_demanded, "{place}: {shape}{}", ran.stderr);
        let judged = [&["validate", "--shape", "pack"][..], &folders].concat();
        world.run(&judged).exits(0);
    }
}

#[test]
fn a_setting_that_all_take_from_the_workspace_may_be_written_in_the_package() {
    let world = World::new();
    let mut words = vec!["shape", "init", "--out", "pack", "--from"];
    let folders = ["repos/a", "repos/b", "repos/c"];
    for folder in folders {
        let name = folder.replace('/', "-");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nedition.workspace = true\nkeywords.workspace = true\n"
        );
        world.write(&format!("{folder}/Cargo.toml"), manifest);
        world.commit(folder);
    }
    words.extend(folders);
    world.run(&words).exits(0);
    // Cargo takes no name from the workspace.
    let shape = world.read("pack/shape.yaml");
    assert!(shape.contains("name: { type: string, required: true }"), "{shape}");
    let own = "edition = \"2021\"\nkeywords = [\"a\"]\n";
    world.write("repos/c/Cargo.toml", format!("[package]\nname = \"repos-c\"\n{own}"));
    world.run(&["validate", "--shape", "pack", "repos/c"]).exits(0);
    world.replace("repos/c/Cargo.toml", "\"2021\"", "[1]");
    let ran = world.run(&["validate", "--shape", "pack", "repos/c"]).exits(1);
    assert!(ran.stdout.contains("`package.edition` is a list"), "{}", ran.stdout);
}

#[test]
fn a_lineage_that_cannot_be_read_or_was_changed_is_an_error_of_the_pack() {
    let world = World::new();
    world.write_readme_shape();
    world.write("repo/README.md", "hello you\n");
    world.run(&["shape", "promote", "repo", "README.md", "--pack", "shape"]).exits(0);
    let old = "shape/lineage/ce013625030ba8dba906f756967f9e9ca394464a";
    assert_eq!(world.read(old), "hello\n");
    let judged = ["validate", "repo", "--shape", "shape"];
    world.run(&judged).exits(0);
    // The id says which content it was, whatever became of its line ends.
    world.write(old, "hello\r\n");
    world.write("repo/README.md", "hello\n");
    let ran = world.run(&judged).exits(1);
    assert!(ran.stdout.contains("is 1 version behind the canon"), "{}", ran.stdout);
    // Somebody's own work must not be taken for an old canon.
    world.write(old, "my own work\n").write("repo/README.md", "my own work\n");
    for words in [&judged[..], &["fix", "repo", "--shape", "shape"]] {
        let ran = world.run(words).exits(2);
        assert!(ran.stderr.contains("its content has another id"), "{}", ran.stderr);
        assert!(ran.stderr.contains("shape/lineage/log.jsonl:1:1"), "{}", ran.stderr);
    }
    assert_eq!(world.read("repo/README.md"), "my own work\n");
    world.remove(old);
    let ran = world.run(&judged).exits(2);
    assert!(ran.stderr.contains("is not in lineage/"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_part_of_a_pack_that_cannot_be_read_is_not_taken_for_absent() {
    let world = World::new();
    world.write_readme_shape();
    world.write("repo/README.md", "hello\n").write("shape/lineage/.keep", "");
    for name in ["lineage/log.jsonl", "files/README.md"] {
        let place = world.path("shape").join(name);
        let _ = std::fs::remove_file(&place);
        let socket = std::os::unix::net::UnixListener::bind(&place).expect("a socket");
        let ran = world.run(&["validate", "repo", "--shape", "shape"]).exits(3);
        let says = format!("shape/{name}");
        assert!(ran.stderr.contains(&says), "{}", ran.stderr);
        assert!(ran.stderr.contains("cannot read the shape pack"), "{}", ran.stderr);
        assert!(ran.stderr.contains("is a socket"), "{}", ran.stderr);
        drop(socket);
        std::fs::remove_file(&place).expect("removed");
    }
}
