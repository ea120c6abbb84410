//! What a user of other kinds of repositories meets: modules, crates, actions, packages.

use crate::world::World;

const README: [&str; 2] = ["--shape", "shape"];

/// A shape of one exact path, and a repository with a folder in it.
fn with_a_folder() -> World {
    let world = World::new();
    world.write_readme_shape();
    world.write("repo/README.md", "hello\n").write("repo/examples/main.tf", "x\n");
    world.commit("repo");
    world
}

#[test]
fn a_folder_inside_a_repository_is_not_repaired_as_if_it_were_one() {
    let world = with_a_folder();
    let ran = world.run(&["fix", "repo/examples", "--shape", "shape"]).exits(2);
    let says = "`repo/examples` is a folder inside the repository `repo`";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert!(ran.stderr.contains("name the repository: `repo`"), "{}", ran.stderr);
    assert!(!world.path("repo/examples/README.md").exists());
    let inside = world.path("repo/examples");
    let ran = world.run_in(&inside, &["fix", "--shape", "../../shape"], &[]).exits(2);
    assert!(ran.stderr.contains("name the repository: `..`"), "{}", ran.stderr);
    let ran = world.run(&["validate", "repo/examples", "--shape", "shape"]).exits(1);
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    // What is proposed is not refused.
    let next = "shipshape validate repo --shape shape";
    assert!(ran.stderr.contains(next) || ran.stdout.contains(next), "{}{}", ran.stdout, ran.stderr);
    // Whoever means the folder says so; what git does not have is no part of a repository.
    world.write("repo/loose/notes", "x\n");
    for words in [&["fix", "repo/examples", "--slug", "examples"][..], &["fix", "repo/loose"]] {
        let ran = world.run(&[words, &README].concat()).exits(0);
        assert!(!ran.stderr.contains("inside the repository"), "{}", ran.stderr);
    }
    assert!(world.path("repo/examples/README.md").exists());
}

#[test]
fn a_folder_inside_a_repository_does_not_become_canon_as_if_it_were_one() {
    let world = with_a_folder();
    world.write("repo/examples/README.md", "hi\n");
    world.commit("repo");
    let says = "`repo/examples` is a folder inside the repository `repo`";
    let promote = ["shape", "promote", "repo/examples", "README.md", "--pack", "shape"];
    let accept = ["shape", "accept", "repo/examples", "README.md", "--pack", "shape"];
    for words in [&promote[..], &[&accept[..], &["--profile", "p"]].concat()] {
        let ran = world.run(words).exits(2);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert!(ran.stderr.contains("name the repository: `repo`"), "{}", ran.stderr);
        // Only a command that has the option proposes it.
        assert_eq!(ran.stderr.contains("--slug"), words[1] == "promote", "{}", ran.stderr);
    }
    assert_eq!(world.read("shape/files/README.md"), "hello\n");
    world.run(&[&promote[..], &["--slug", "examples"]].concat()).exits(0);
    assert_eq!(world.read("shape/files/README.md"), "hi\n");
    let ran = world.run(&["validate", "repo/README.md", "--shape", "shape"]);
    assert!(!ran.stderr.contains("is a folder"), "{}", ran.stderr);
}

#[test]
fn a_folder_that_is_not_there_and_one_inside_a_member_are_told_apart_from_strangers() {
    let world = with_a_folder();
    world.write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n  a: { prefix: a-, shape: { folder: shape } }\n  b: { prefix: b-, shape: { folder: shape } }\nmembers:\n  - { repository: repo, slug: repo, kind: a }\n",
    );
    for command in ["validate", "fix"] {
        let ran = world.run(&[command, "nope"]).exits(2);
        assert!(ran.stderr.contains("there is no such folder"), "{}", ran.stderr);
        let ran = world.run(&[command, "repo/examples"]).exits(2);
        assert!(ran.stderr.contains("is a folder inside the repository `repo`"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("`members`"), "{}", ran.stderr);
    }
    world.write("clones/b-two/README.md", "hi\n");
    world.commit("clones/b-two");
    world.replace("fleet.yaml", "kind: a }\n", "kind: a }\n  - b-two\n");
    let ran = world.run(&["shape", "promote", "b-two", "README.md"]).exits(2);
    assert!(ran.stderr.contains("`clones/b-two`"), "{}", ran.stderr);
}

#[test]
fn an_extra_path_passes_in_junit() {
    let world = with_a_folder();
    world.replace("shape/shape.yaml", "extras: ['**']", "extras: []");
    let arguments = ["validate", "repo", "--shape", "shape", "--format", "junit"];
    let ran = world.run(&arguments).exits(0);
    assert!(ran.stdout.contains("failures=\"0\""), "{}", ran.stdout);
    assert!(ran.stdout.contains("name=\"examples/main.tf\"><system-out>extra<"), "{}", ran.stdout);
}

#[test]
fn what_fails_in_junit_is_what_fails_the_run() {
    let world = World::new();
    world.write_readme_shape();
    world.write("repo/README.md", "hello, edited\n");
    world.commit("repo");
    let judged = ["validate", "repo", "--shape", "shape", "--format", "junit", "--fail-on"];
    for (fail_on, exit) in [("error", 0), ("warning", 1), ("info", 1), ("drift", 1)] {
        let ran = world.run(&[&judged[..], &[fail_on]].concat()).exits(exit);
        let fails = !ran.stdout.contains(" failures=\"0\"");
        assert_eq!(fails, exit == 1, "{fail_on}: {}", ran.stdout);
        let path = ran.stdout.contains("name=\"README.md\"><failure type=\"diverged\"");
        assert_eq!(path, exit == 1, "{fail_on}: {}", ran.stdout);
    }
}

#[test]
fn line_ends_that_git_wrote_are_no_drift_and_others_are() {
    let world = World::new();
    world.write_readme_shape();
    let path = world.path("repo");
    let repository = git2::Repository::init(&path).expect("a repository");
    let mut config = repository.config().expect("a configuration");
    config.set_bool("core.autocrlf", true).expect("set");
    world.write("repo/README.md", "hello\r\n");
    world.commit("repo");
    let judged = ["validate", "repo", "--shape", "shape"];
    world.run(&judged).exits(0);
    world.run(&[&judged[..], &["--ref", "HEAD"]].concat()).exits(0);
    // Of an older canon it is as far behind as its commit, and git can bring back what it has.
    world.write("shape/files/README.md", "hello you\n");
    let ran = world.run(&["fix", "repo", "--shape", "shape", "--unsafe-fixes"]).exits(0);
    assert!(!ran.stderr.contains("commit it first"), "{}", ran.stderr);
    world.write("shape/files/README.md", "hello\n");
    // Without git's help it is an edit.
    world.write("other/README.md", "hello\n");
    world.commit("other");
    world.write("other/README.md", "hello\r\n");
    let ran = world.run(&["validate", "other", "--shape", "shape"]).exits(1);
    assert!(ran.stdout.contains("in its line ends only"), "{}", ran.stdout);
}

#[test]
fn what_promote_did_not_change_for_others_is_not_said_to_be_behind() {
    let world = World::new();
    let shape =
        "schema: 1\nname: t\npaths: [{ path: .gitignore, policy: structured }]\nextras: ['**']\n";
    world.write("shape/shape.yaml", shape);
    world.write("shape/files/.gitignore", "# old words\n/target/\n");
    world.write("repo/.gitignore", "# new words\n/target/\n");
    world.commit("repo");
    let promote = ["shape", "promote", "repo", ".gitignore", "--pack", "shape"];
    let ran = world.run(&promote).exits(0);
    assert!(ran.stderr.contains("still conform"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("behind"), "{}", ran.stderr);
    world.write("repo/.gitignore", "# new words\n/target/\n/out/\n");
    let ran = world.run(&promote).exits(0);
    assert!(ran.stderr.contains("a version behind"), "{}", ran.stderr);
}

#[test]
fn a_repository_that_went_on_from_the_canon_is_asked_about_before_it_is_taken_back() {
    let world = World::new();
    let lock = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: one\n      - run: two\n";
    for name in ["m-one", "m-two", "m-three", "m-four"] {
        world.write(&format!("repos/{name}/.github/workflows/lock.yml"), lock);
        world.write(&format!("repos/{name}/NAME"), name);
        world.commit(&format!("repos/{name}"));
    }
    world.replace("repos/m-four/.github/workflows/lock.yml", "run: two", "run: three");
    world.commit("repos/m-four");
    let repos = ["repos/m-one", "repos/m-two", "repos/m-three", "repos/m-four"];
    let init = [&["shape", "init", "--from"][..], &repos, &["--out", "pack"]].concat();
    let ran = world.run(&init).exits(0);
    assert!(
        ran.stdout.contains("m-four (on 2025-11-22) changed the canon further"),
        "{}",
        ran.stdout
    );
    let ran = world.run(&["validate", "repos/m-four", "--shape", "pack"]).exits(1);
    let says = "1 line added, 1 removed; it went on from today's canon on 2025-11-22";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    let promote =
        "shipshape shape promote --dry-run repos/m-four .github/workflows/lock.yml --pack pack";
    let fix = "shipshape fix --diff --unsafe-fixes";
    let (first, then) = (ran.stdout.find(promote), ran.stdout.find(fix));
    assert!(first.is_some() && first < then, "{}", ran.stdout);
    let words: Vec<&str> = promote.split(' ').skip(1).collect();
    world.run(&words).exits(0);
    // An edit of a canon that was never one's own has no such history.
    world.write("repos/m-four/.github/workflows/lock.yml", lock.replace("two", "four"));
    let ran = world.run(&["validate", "repos/m-one", "--shape", "pack"]).exits(0);
    assert!(!ran.stdout.contains("went on"), "{}", ran.stdout);
    world.write("repos/m-one/.github/workflows/lock.yml", lock.replace("two", "four"));
    let ran = world.run(&["validate", "repos/m-one", "--shape", "pack"]).exits(1);
    assert!(!ran.stdout.contains("went on"), "{}", ran.stdout);
}

#[test]
fn what_an_action_runs_is_looked_at() {
    let world = World::new();
    let action = "name: a\ndescription: b\nruns:\n  using: composite\n  steps:\n    - run: echo ${{ github.event.issue.title }}\n      shell: sh\n    - uses: actions/checkout@main\n";
    world.write("act/action.yml", action);
    world.commit("act");
    world.write(
        "shape/shape.yaml",
        "schema: 1\nname: t\npaths: []\nextras: ['**']\ndemands: { workflows: { pinned: { actions: tag, reusable: tag } } }\n",
    );
    let ran = world.run(&["validate", "act", "--shape", "shape"]).exits(1);
    for rule in ["SHP507 workflow-template-injection", "SHP504 workflow-unpinned"] {
        assert!(ran.stdout.contains(rule), "{rule}: {}", ran.stdout);
    }
}

/// Actions that are alike, and a pack of them.
fn actions() -> World {
    let world = World::new();
    for (name, using) in
        [("one", "node20"), ("two", "node24"), ("three", "node20"), ("four", "node24")]
    {
        let check = if name == "one" || name == "two" { "false" } else { "'false'" };
        world.write(
            &format!("act/setup-{name}/action.yml"),
            format!(
                "name: Set up {name}\ndescription: Sets {name} up\ninputs:\n  cache: {{ description: x, default: {check} }}\nruns:\n  using: {using}\n  main: dist/index.js\n"
            ),
        );
        world.write(&format!("act/setup-{name}/dist/index.js"), format!("// {name}\n"));
        world.write(&format!("act/setup-{name}/LICENSE"), "MIT\n");
        world.write(
            &format!("act/setup-{name}/.github/workflows/ci.yml"),
            format!("on: push\npermissions: {{}}\njobs:\n  {name}:\n    runs-on: ubuntu-24.04\n    steps: [{{ run: {name} }}]\n"),
        );
        world.commit(&format!("act/setup-{name}"));
    }
    let repos = ["act/setup-one", "act/setup-two", "act/setup-three", "act/setup-four"];
    let init = [&["shape", "init", "--from"][..], &repos, &["--out", "pack"]].concat();
    let ran = world.run(&init).exits(0);
    assert!(
        ran.stdout.contains("Required keys\n  action.yml  name, description, "),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("`LICENSE`: the same in all, but only"), "{}", ran.stdout);
    let json = world.run(&[&init[..init.len() - 2], &["--dry-run", "--format", "json"]].concat());
    let json = json.exits(0).json();
    assert_eq!(json["demands"]["documents"][0]["files"][0]["key"], "runs.main");
    world
}

#[test]
fn what_all_actions_have_is_demanded_of_the_next() {
    let world = actions();
    let judged = |from: &str, to: &str| {
        let before = world.read("act/setup-one/action.yml");
        world.replace("act/setup-one/action.yml", from, to);
        let ran = world.run(&["validate", "act/setup-one", "--shape", "pack"]);
        world.write("act/setup-one/action.yml", before);
        ran
    };
    let gone = judged("dist/index.js", "dist/nope.js").exits(1);
    assert!(gone.stdout.contains("names `dist/nope.js`, which does not exist"), "{}", gone.stdout);
    let slip = judged("description: Sets", "descripton: Sets").exits(1);
    assert!(slip.stdout.contains("is `descripton` meant to be this key?"), "{}", slip.stdout);
    let old = judged("node20", "node12").exits(1);
    assert!(old.stdout.contains("node12"), "{}", old.stdout);
    // Inputs are strings, however they are written.
    judged("default: false", "default: 'false'").exits(0);
    judged("default: false", "default: 1").exits(0);
    world.replace("act/setup-one/.github/workflows/ci.yml", "permissions: {}\n", "");
    let ran = world.run(&["validate", "act/setup-one", "--shape", "pack"]).exits(1);
    assert!(ran.stdout.contains("workflow-permissions"), "{}", ran.stdout);
}

/// A crate; what differs from the others is given.
fn a_crate(world: &World, name: &str, package: &str) {
    let text = format!("[package]\nname = \"{name}\"\n{package}[dependencies]\nd-{name} = \"1\"\n");
    world.write(&format!("repos/{name}/Cargo.toml"), text);
    world.commit(&format!("repos/{name}"));
}

#[test]
fn a_crate_is_named_as_its_repository_and_may_inherit_its_settings() {
    let world = World::new();
    for (name, more) in [("itoa", "a"), ("ryu", "b"), ("anyhow", "c"), ("syn", "d")] {
        a_crate(
            &world,
            name,
            &format!(
                "edition = \"2021\"\nversion = \"1.{}.0\"\nkeywords = [\"{more}\"]\n",
                more.len()
            ),
        );
    }
    let repos = ["repos/itoa", "repos/ryu", "repos/anyhow", "repos/syn"];
    let init = [&["shape", "init", "--from"][..], &repos, &["--out", "pack"]].concat();
    world.run(&init).exits(0);
    a_crate(&world, "itoa", "edition.workspace = true\nversion = \"2.0.0\"\nkeywords = []\n");
    world.run(&["validate", "repos/itoa", "--shape", "pack"]).exits(0);
    world.replace("repos/itoa/Cargo.toml", "name = \"itoa\"", "name = \"wrong\"");
    let ran = world.run(&["validate", "repos/itoa", "--shape", "pack"]).exits(1);
    assert!(ran.stdout.contains("`wrong` in `Cargo.toml`, but `itoa`"), "{}", ran.stdout);
}

#[test]
fn a_manifest_is_never_held_as_a_template() {
    let world = World::new();
    for name in ["api", "web", "jobs"] {
        let text = format!("{{\n  \"name\": \"{name}\",\n  \"version\": \"1.0.0\"\n}}\n");
        world.write(&format!("repos/{name}/package.json"), text);
        world.write(&format!("repos/{name}/go.mod"), format!("module example.com/{name}\n"));
        world.commit(&format!("repos/{name}"));
    }
    let repos = ["repos/api", "repos/web", "repos/jobs"];
    let init = [&["shape", "init", "--from"][..], &repos, &["--out", "pack"]].concat();
    world.run(&init).exits(0);
    let shape = world.read("pack/shape.yaml");
    assert!(shape.contains("package.json, policy: contract"), "{shape}");
    assert!(shape.contains("go.mod, policy: seeded"), "{shape}");
    world.replace("repos/api/package.json", "1.0.0", "1.0.1");
    world.run(&["validate", "repos/api", "--shape", "pack"]).exits(0);
}
