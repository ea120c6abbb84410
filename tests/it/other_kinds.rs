//! Fleets of another kind than the embedded shape is about: no runtime package, no images, and nobody who asks for them.

use std::process::Command;

use crate::rehearsal::Rehearsal;
use crate::world::World;

/// Words of what this fleet has not.
const FOREIGN: [&str; 8] =
    ["image", "runtime", "package", "adapter", "container", "workspace", "dispatch", "registry"];

fn says_nothing_foreign(text: &str) {
    let lower = text.to_lowercase();
    let found: Vec<&str> = FOREIGN.into_iter().filter(|word| lower.contains(word)).collect();
    assert!(found.is_empty(), "{found:?} in\n{text}");
}

fn go_service(world: &World, slug: &str) {
    world
        .write(&format!("repos/svc-{slug}/go.mod"), format!("module example.com/svc-{slug}\n"))
        .write(&format!("repos/svc-{slug}/LICENSE"), "Ours.\n")
        .write(&format!("repos/svc-{slug}/README.md"), format!("# svc-{slug}\n"));
}

fn web_front(world: &World, slug: &str) {
    world
        .write(&format!("repos/web-{slug}/package.json"), format!("{{\"name\": \"web-{slug}\"}}\n"))
        .write(&format!("repos/web-{slug}/.nvmrc"), "22\n")
        .write(&format!("repos/web-{slug}/README.md"), format!("# web-{slug}\n"));
}

/// Services and front ends, and something that belongs to neither.
fn organisation() -> World {
    let world = World::new();
    for slug in ["mail", "orders", "search"] {
        go_service(&world, slug);
    }
    for slug in ["admin", "shop", "status"] {
        web_front(&world, slug);
    }
    world.write("repos/handbook/README.md", "# Handbook\n");
    world
}

/// The commands that a run proposes next.
fn proposed(stderr: &str) -> Vec<String> {
    let lines = stderr.lines().filter_map(|line| line.strip_prefix("  shipshape "));
    lines.map(str::to_owned).collect()
}

/// Runs a line as it stands, by a shell; what it said, and how it ended.
pub(crate) fn pasted(world: &World, line: &str) -> (String, i32) {
    let command = format!("{} {line}", env!("CARGO_BIN_EXE_shipshape"));
    let ran = Command::new("/bin/sh")
        .args(["-c", &command])
        .current_dir(world.path(""))
        .env_clear()
        .env("HOME", world.path(""))
        .env("LANG", "C.UTF-8")
        .output()
        .expect("a shell runs");
    let said = [ran.stdout, ran.stderr].concat();
    (String::from_utf8(said).expect("UTF-8"), ran.status.code().unwrap_or(-1))
}

#[test]
fn what_init_proposes_for_several_kinds_runs_as_it_stands() {
    let world = organisation();
    let all = [
        "repos/handbook",
        "repos/svc-mail",
        "repos/svc-orders",
        "repos/svc-search",
        "repos/web-admin",
        "repos/web-shop",
        "repos/web-status",
    ];
    let words: Vec<&str> = ["init", "--owner", "northwind"].into_iter().chain(all).collect();
    let ran = world.run(&words).exits(0);
    let manifest = world.read("fleet.yaml");
    assert!(manifest.contains("shape: { folder: shapes/svc }"), "{manifest}");
    assert!(!manifest.contains("embedded"), "{manifest}");
    for word in ["runtime_package", "images"] {
        assert!(!manifest.contains(word), "{word}: {manifest}");
    }
    let next = proposed(&ran.stderr);
    assert_eq!(
        next,
        [
            "shape init --from repos/svc-* --out shapes/svc",
            "shape init --from repos/web-* --out shapes/web",
            "drift --local repos/svc-* repos/web-*",
        ],
        "{}",
        ran.stderr
    );
    // Whoever asks for what is next is told the same: each shape out of its own kind.
    let alone = world.run(&[]).exits(0);
    let lines = alone.stdout.lines().filter_map(|line| line.strip_prefix("  shipshape "));
    let shapes: Vec<&str> = lines.filter(|line| line.starts_with("shape init")).collect();
    assert_eq!(shapes, next[..2], "{}", alone.stdout);
    // Before it is made, whoever needs it is told how.
    let early = world.run(&["drift", "--local", "repos/svc-mail"]).exits(2);
    assert!(early.stderr.contains("there is no folder `shapes/svc`"), "{}", early.stderr);
    assert!(early.stderr.contains("--out [world]/shapes/svc"), "{}", early.stderr);
    world.run(&["fleet", "list"]).exits(0);
    for line in &next {
        let (said, code) = pasted(&world, line);
        assert_eq!(code, 0, "{line}\n{said}");
        says_nothing_foreign(&said.replace("package.json", ""));
    }
    let (said, _) = pasted(&world, &next[0].replace("--out shapes/svc", "--out mine"));
    assert!(said.contains("hold the kind `svc` to it"), "{said}");
    assert!(said.contains("`shape: { folder: mine }`"), "{said}");
    assert!(said.contains("\n  shipshape drift --shape mine --local repos/svc-*"), "{said}");
}

#[test]
fn whoever_judges_another_kind_by_a_shape_that_nobody_chose_is_told() {
    let world = World::new();
    let call =
        "on: push\njobs: {a: {uses: acme/ci/.github/workflows/a.yml@v1, timeout-minutes: 9}}\n";
    world
        .write("crate/.github/workflows/check.yml", call)
        .write("crate/Cargo.toml", "[package]\nname = \"walk\"\n")
        .write("crate/README.md", "# walk\n")
        .write("crate/.gitignore", "target\n")
        .write("crate/src/lib.rs", "//! Walks.\n// TODO: walk.\n")
        .write("crate/src/both.rs", "<<<<<<< ours\n=======\n>>>>>>> theirs\n");
    let ran = world.run(&["validate", "crate"]).exits(3);
    let said = "`crate` has 2 of the 11 paths of `workspace-template`, the shape inside shipshape";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("`shipshape shape init --from DIR… --out shape`"),
        "{}",
        ran.stderr
    );
    // Nor is it offered to be made what it is not.
    let (_, next) = ran.stdout.split_once("Next:").expect("commands to try");
    assert_eq!(next.trim(), "shipshape shape init --help");
    let repairs = ["fix available", "fix --diff", ".gitignore`", "TODO"];
    let found: Vec<_> = repairs.iter().filter(|word| ran.stdout.contains(**word)).collect();
    assert!(found.is_empty(), "{found:?} in\n{}", ran.stdout);
    // What holds of any repository is told all the same, and alone gives the verdict.
    for rule in ["SHP510 workflow-call-key", "SHP604"] {
        assert!(ran.stdout.contains(rule), "{rule} in\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("workflow-unpinned"), "{}", ran.stdout);
    let note = "no shape was chosen for this repository";
    assert!(ran.stdout.contains(note) && !ran.stdout.contains("adapter.py"), "{}", ran.stdout);
    world.write("crate/src/both.rs", "\n").remove("crate/.github/workflows/check.yml");
    // What nobody chose a shape for is never green.
    let fine = world.run(&["validate", "crate"]).exits(3);
    assert!(fine.stdout.contains("1 unchecked"), "{}", fine.stdout);
    assert!(fine.stdout.contains("`--shape FOLDER` names one"), "{}", fine.stdout);
    for words in [&["fix", "crate"][..], &["fix", "crate", "--diff"]] {
        let refused = world.run(words).exits(2);
        assert!(refused.stderr.contains("no shape was chosen"), "{}", refused.stderr);
        assert_eq!(refused.stdout, "");
    }
    assert!(!world.path("crate/adapter.py").exists());
    assert!(!world.path("crate/.gitattributes").exists());
    // One that is of its kind hears only by which it is judged, and a shape of one's own ends it.
    let own = world.conformant("acme");
    let fine = world.run(&["validate", &own]).exits(0);
    assert!(!fine.stderr.contains("of the 11 paths"), "{}", fine.stderr);
    world.write(
        "mine/shape.yaml",
        "schema: 1\nname: crate\npaths: [{ path: Cargo.toml, policy: seeded }]\nextras: ['**']\n",
    );
    world.remove("crate/src/both.rs");
    let chosen = world.run(&["validate", "crate", "--shape", "mine"]).exits(0);
    assert_eq!(chosen.stderr, "");
}

#[test]
fn several_of_another_kind_are_told_once_and_a_shape_of_theirs_is_proposed() {
    let world = organisation();
    let ran = world.run(&["drift", "--local", "repos/svc-mail", "repos/svc-orders"]).exits(3);
    assert!(ran.stdout.contains("2 unchecked"), "{}", ran.stdout);
    assert!(ran.stderr.contains("2 of 2 repositories have fewer than half"), "{}", ran.stderr);
    let next = "shipshape shape init --from repos/svc-mail repos/svc-orders --out shape";
    assert!(ran.stdout.contains(next), "{}", ran.stdout);
}

#[test]
fn nobody_speaks_of_images_and_packages_to_a_fleet_without_them() {
    let world = organisation();
    world.write(
        "fleet.yaml",
        "schema: 1\nname: northwind\nforge: { owner: northwind }\n\
         kinds: { svc: { prefix: svc-, shape: { folder: shapes/svc } } }\nmembers: [svc-mail, svc-orders]\n",
    );
    world.write(
        "shapes/svc/shape.yaml",
        "schema: 1\nname: svc\npaths: [{ path: LICENSE, policy: exact }]\nextras: ['**']\n",
    );
    world.write("shapes/svc/files/LICENSE", "Ours.\n");
    let forge = Rehearsal::new(
        &world,
        "tokens: [{ name: all, scopes: [repo, workflow, 'read:org'], user: octo }]\nrepositories:\n\
         - { name: northwind/svc-mail, files: { LICENSE: \"Ours.\\n\" } }\n\
         - { name: northwind/svc-orders, files: { LICENSE: \"Mine.\\n\" } }\n\
         - { name: northwind/svc-fresh, files: { LICENSE: \"Ours.\\n\" } }\n",
    );
    for words in [
        &["doctor"][..],
        &["fleet", "list"],
        &["fleet", "status"],
        &["fleet", "discover"],
        &["fleet", "registrations"],
        &["fleet", "retire", "mail"],
        &["drift"],
        &["new", "returns", "--defaults", "--dry-run"],
    ] {
        let ran = forge.run_as(&world, "all", words);
        assert!(ran.code < 2, "{words:?}: {}", ran.stderr);
        says_nothing_foreign(&format!("{}{}", ran.stdout, ran.stderr));
    }
    let ran = world.run(&[]).exits(0);
    says_nothing_foreign(&ran.stdout);
    let ran = world.run(&["campaign", "init"]).exits(0);
    says_nothing_foreign(&ran.stdout);
    let names: Vec<&str> = ran.stdout.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, ["restore-shape", "safe-repairs"]);
    let ran = world.run(&["campaign", "init", "nonsense"]).exits(2);
    let hint = "the ready-made campaigns are restore-shape, safe-repairs";
    assert!(ran.stderr.lines().any(|line| line.ends_with(hint)), "{}", ran.stderr);
    // One that is for another shape is written all the same, and its file says for which.
    let ran = world.run(&["campaign", "init", "add-cache-key-arg"]).exits(0);
    let said = "the fleet `northwind` has shapes of its own: its plan may contain no changes";
    assert!(ran.stderr.replace('\n', " ").contains(said), "{}", ran.stderr);
    world.remove("campaign.yaml");
    // Without a fleet, no plan is proposed.
    let beside = World::new();
    let ran = beside.run(&["campaign", "init", "safe-repairs"]).exits(0);
    let said = ran.stderr.replace('\n', " ");
    assert!(said.contains("needs a fleet.yaml, and there is none here"), "{}", ran.stderr);
    assert!(!said.contains("campaign plan"), "{}", ran.stderr);
    // Asked for what there is none of, a command says so, and how it would be declared.
    for words in [&["release", "status"][..], &["release", "plan"], &["images", "status"]] {
        let ran = forge.run_as(&world, "all", words).exits(2);
        assert!(ran.stderr.contains("the fleet has no") || ran.stderr.contains("has no images"));
    }
}

/// Names of one fleet: its product, its files, its words. What is special to it is in its pack and its fleet.yaml.
const OF_ONE_FLEET: [&str; 13] = [
    "molecule",
    "workspace-template",
    "workspace_template",
    "workspace-images",
    "publish-image",
    "runtime-published",
    "runtime_version",
    ".runtime-version",
    "openclaw",
    "deepagents",
    "adapter.py",
    "system-prompt",
    "secret-scan",
];

/// The lines of a source that do something: no comment, no test, no example of a rule or of `--help`.
fn code(text: &str) -> String {
    let tests = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let mut code = String::new();
    let (mut in_example, mut in_help) = (false, false);
    for line in text.get(..tests).unwrap_or(text).lines() {
        let trimmed = line.trim_start();
        in_example |= trimmed.starts_with("fails: (");
        in_help |= trimmed.contains("after_help = \"");
        if !in_example && !in_help && !trimmed.starts_with("//") {
            code.push_str(line);
            code.push('\n');
        }
        in_example &= line != "};";
        in_help &= !trimmed.ends_with("\")]") && !trimmed.ends_with("\"");
    }
    code
}

#[test]
fn no_line_of_the_code_knows_one_fleet() {
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut found = Vec::new();
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("readable") {
            let path = entry.expect("readable").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            // `demo` is the reference fleet, told; the sample is a report of it for tests; the table of imports is of
            // packages that are public.
            if ["demo", "tests", "tests.rs", "testing.rs", "sample.rs", "known_modules.rs"]
                .contains(&&*name)
            {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") && !name.ends_with("_tests.rs") {
                read += 1;
                let text = std::fs::read_to_string(&path).expect("readable");
                for line in code(&text).lines() {
                    let lower = line.to_lowercase();
                    if OF_ONE_FLEET.iter().any(|word| lower.contains(word)) {
                        found.push(format!("{}: {}", path.display(), line.trim()));
                    }
                }
            }
        }
    }
    assert!(read > 300, "{read} files were read");
    assert!(found.is_empty(), "move it into the pack or fleet.yaml:\n{}", found.join("\n"));
}

#[test]
fn the_search_for_one_fleet_finds_what_it_looks_for() {
    let source = "// molecule\nconst A: &str = \"molecule\";\nfails: (\"x\", \"molecule\"),\n};\nlet b = 1;\n\
                  #[cfg(test)]\nmod tests {\n    let c = \"molecule\";\n}\n";
    assert_eq!(code(source), "const A: &str = \"molecule\";\nlet b = 1;\n");
}

/// Crates, held to a pack without a word of Python.
fn crates(shape: &str) -> World {
    let world = World::new();
    world
        .write(
            "fleet.yaml",
            "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { c: { prefix: p-, shape: { folder: pack } } }\nmembers: [itoa]\n",
        )
        .write("pack/shape.yaml", shape)
        .write("pack/files/LICENSE", "MIT\n")
        .write("p-itoa/LICENSE", "MIT\n");
    world
}

const CRATE: &str = "schema: 1\nname: repository\npaths:\n- { path: LICENSE, policy: exact }\n";

#[test]
fn keywords_of_python_are_names_where_no_python_is_demanded() {
    let world = crates(CRATE);
    for slug in ["try", "finally", "async", "lambda"] {
        world.run(&["new", slug, "--local", "x", "--defaults", "--dry-run"]).exits(0);
    }
    // The name of a repository proposes its own slug, which works.
    let ran = world.run(&["new", "p-try", "--local", "x", "--defaults", "--dry-run"]).exits(2);
    let says = "use the slug `try`, whose repository is `p-try`; to keep `p-try` as the slug, name its repository: `--repository p-p-try`";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let (said, code) =
        pasted(&world, "new p-try --repository p-p-try --local x --defaults --dry-run");
    assert_eq!(code, 0, "{said}");
    let python = format!("{CRATE}demands: {{ python: {{ version: '3.11' }} }}\n");
    world.write("pack/shape.yaml", python);
    let ran = world.run(&["new", "try", "--local", "x", "--defaults", "--dry-run"]).exits(2);
    assert!(ran.stderr.contains("`try` is a keyword of Python"), "{}", ran.stderr);
    let ran = world.run(&["new", "p-try", "--local", "x", "--defaults", "--dry-run"]).exits(2);
    assert!(ran.stderr.contains("`try-app` would be a slug"), "{}", ran.stderr);
}

#[test]
fn a_filter_quotes_for_its_own_language() {
    let world = crates(&format!(
        "{CRATE}- {{ path: Cargo.toml, policy: templated }}\n- {{ path: package.json, policy: templated }}\nvariables:\n  summary: {{ default: none }}\n"
    ));
    world
        .write("pack/files/Cargo.toml.tera", "[package]\ndescription = {{ summary | toml }}\n")
        .write("pack/files/package.json.tera", "{\"description\": {{ summary | json }}}\n");
    let show = |path: &str| {
        let set = "summary=Parse \"C:\\x\"";
        world.run(&["shape", "show", "--path", path, "--slug", "a", "--set", set]).exits(0).stdout
    };
    let quoted = r#""Parse \"C:\\x\"""#;
    assert_eq!(show("Cargo.toml"), format!("[package]\ndescription = {quoted}\n"));
    assert_eq!(show("package.json"), format!("{{\"description\": {quoted}}}\n"));
    world.write("pack/files/Cargo.toml.tera", "description = {{ summary | hcl }}\n");
    let ran = world.run(&["shape", "show"]).exits(2);
    assert!(ran.stderr.contains("the filters that quote a value"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("did you mean"), "{}", ran.stderr);
}

#[test]
fn what_a_shape_does_not_have_is_not_listed_as_an_empty_list() {
    let world = crates(CRATE);
    world.write("p-itoa/src/lib.rs", "").write("p-itoa/logo.png", "x");
    world.commit("p-itoa");
    for (line, says) in [
        ("new dtoa --profile nope --local x --defaults", "the shape has no profiles"),
        ("validate p-itoa --profile nope", "the shape has no profiles"),
        ("new abc --set model=x --local x --defaults", "the shape has no variables"),
        ("shape history LICENCE", "did you mean `LICENSE`?"),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let ran = world.run(&words).exits(2);
        assert!(ran.stderr.contains(&format!("hint: {says}\n")), "{line}: {}", ran.stderr);
    }
    let ran = world.run(&["shape", "show"]).exits(0);
    assert!(!ran.stdout.contains("Demands"), "{}", ran.stdout);
    let ran = world.run(&["shape", "show", "--starter"]).exits(0);
    assert!(ran.stderr.contains("only with `--path PATH` or `--render DIR`"), "{}", ran.stderr);
    let ran = world.run(&["validate", "p-itoa"]).exits(0);
    assert!(!ran.stdout.contains("Python"), "{}", ran.stdout);
    let told = "imports of this repository's code are not";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
    // Of a file that is no source, that says nothing.
    world.write("pack/shape.yaml", format!("{CRATE}extras: ['**/*.rs']\n"));
    let ran = world.run(&["validate", "p-itoa"]).exits(0);
    assert!(ran.stdout.contains("logo.png") && !ran.stdout.contains(told), "{}", ran.stdout);
    // Two kinds, of which the name says which is meant.
    world.replace("fleet.yaml", "kinds: {", "kinds: { o: { prefix: o-, shape: { folder: pack } },");
    world.replace("fleet.yaml", "[itoa]", "[{ slug: itoa, kind: c }]");
    let ran = world.run(&["new", "p-dtoa", "--local", "x", "--defaults"]).exits(2);
    assert!(
        ran.stderr.contains("whose slug is `dtoa`: `shipshape new dtoa --kind c`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_repository_without_a_starter_is_made_of_the_shape() {
    let world = crates(CRATE);
    let config = "[user]\nname = A\nemail = a@example.com\n";
    world.write(".gitconfig", config);
    let ran = world.run(&["new", "dtoa", "--local", "p-dtoa", "--git", "--defaults", "--register"]);
    let ran = ran.exits(0);
    // A member is known by its folder.
    assert!(ran.stderr.contains("shipshape validate p-dtoa\n"), "{}", ran.stderr);
    world.run(&["validate", "p-dtoa"]).exits(0);
    let repository = git2::Repository::open(world.path("p-dtoa")).expect("made");
    let Ok(head) = repository.head().and_then(|head| head.peel_to_commit()) else { return };
    assert_eq!(head.summary().ok().flatten(), Some("Create dtoa from the shape `repository`"));
}

#[test]
fn what_is_proposed_for_several_repositories_is_what_they_have() {
    let world = World::new();
    let workflow = "on: push\npermissions: { contents: read }\njobs: { a: { runs-on: x, steps: [{ run: a }] } }\n";
    for name in ["p-map", "p-try", "p-all", "p-one"] {
        let manifest =
            format!("{{\"name\": \"{name}\", \"devDependencies\": {{\"xo\": \"1.0\"}}}}\n");
        world
            .write(&format!("{name}/package.json"), manifest)
            .write(&format!("{name}/index.js"), "export default 1;\n")
            .write(&format!("{name}/.github/workflows/main.yml"), format!("# {name}\n{workflow}"));
    }
    let init = ["shape", "init", "--from", "p-map", "p-try", "p-all", "p-one", "--out", "pack"];
    let ran = world.run(&init).exits(0);
    assert!(
        ran.stdout.contains("\nOther demands\n  workflows  declare the permissions"),
        "{}",
        ran.stdout
    );
    let shape = world.read("pack/shape.yaml");
    assert!(shape.contains("xo: { type: string, required: true }"), "{shape}");
    // One pack of several kinds is the one to go on with.
    for name in ["svc-a", "svc-b"] {
        for file in ["index.html", "site.css", "robots.txt"] {
            world.write(&format!("{name}/{file}"), "x\n");
        }
    }
    let init = ["shape", "init", "--from", "p-map", "p-try", "svc-a", "svc-b", "--out", "mix"];
    let ran = world.run(&init).exits(2);
    assert!(ran.stderr.contains("--out mix-1"), "{}", ran.stderr);
    let ran = world.run(&[&init[..], &["--several-kinds"]].concat()).exits(0);
    assert!(ran.stderr.contains("read mix/shape.yaml, and correct it"), "{}", ran.stderr);
    assert!(ran.stderr.contains("shipshape drift --shape mix --local"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("mix-1"), "{}", ran.stderr);
}
