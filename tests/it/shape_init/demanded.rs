//! What a proposed pack demands of the content of files, and what it leaves out.

use super::*;

#[test]
fn lines_are_counted_over_all_repositories() {
    let world = World::new();
    let folders = services(&world, &["a", "b", "c", "d", "e"]);
    for name in ["a", "b", "c"] {
        world.write(&format!("repos/{name}/.prettierignore"), format!("/*\n!src/\n{name}\n"));
    }
    world.write("repos/d/.prettierignore", "dist/\n");
    let ran = world.run(&init(&folders, &["--out", "pack"])).exits(0);
    let shape = world.read("pack/shape.yaml");
    assert!(!shape.contains("\".prettierignore\", policy: structured"), "{shape}");
    let asked = "`.prettierignore`: more than half of the repositories have 2 lines of it alike";
    assert!(ran.stdout.contains(asked), "{}", ran.stdout);
    let fixed = world.run(&["fix", "--shape", "pack", "repos/d", "repos/e"]);
    assert!(fixed.stderr.contains("0 repairs"), "{}", fixed.stderr);
    // Four of five hold it; the fifth is asked first, since it has what would be ignored.
    world.write("repos/d/.prettierignore", "/*\n!src/\nd\n");
    world.write("repos/e/.prettierignore", "dist/\n");
    world.run(&init(&folders, &["--out", "pack", "--force"])).exits(0);
    let shape = world.read("pack/shape.yaml");
    assert!(shape.contains("\".prettierignore\", policy: structured"), "{shape}");
    let ran = world.run(&["drift", "--shape", "pack", "--local", "repos/e"]).exits(1);
    assert!(ran.stdout.contains("`/*` would ignore `Makefile`, which exists"), "{}", ran.stdout);
    world.run(&["fix", "--shape", "pack", "repos/e"]).ends();
    assert_eq!(world.read("repos/e/.prettierignore"), "dist/\n");
    world.run(&["fix", "--shape", "pack", "--unsafe-fixes", "repos/e"]).exits(0);
    assert_eq!(world.read("repos/e/.prettierignore"), "/*\n!src/\ndist/\n");
}

#[test]
fn an_ignored_pattern_that_is_there_more_broadly_is_there() {
    let world = World::new();
    world.write(
        "pack/shape.yaml",
        "schema: 1\nname: lines\npaths:\n- { path: .gitignore, policy: structured }\nextras: ['**']\n",
    );
    world.write("pack/files/.gitignore", "lib/\n/target/\n");
    world.write("a/.gitignore", "lib\n/target\n");
    world.run(&["validate", "--shape", "pack", "a"]).exits(0);
    world.write("a/.gitignore", "lib/\ntarget/inner/\n");
    let ran = world.run(&["validate", "--shape", "pack", "a"]).exits(1);
    assert!(ran.stdout.contains("manages in it: `/target/`\n"), "{}", ran.stdout);
}

#[test]
fn beneath_a_key_that_may_be_left_out_nothing_is_demanded() {
    let world = World::new();
    let folders = services(&world, &["a", "b", "c"]);
    for (name, more) in [
        (
            "a",
            "[dev-dependencies]\ntrybuild = { version = \"1\", features = [\"diff\"] }\n[target.unix.dependencies]\nlibc = \"1\"\n",
        ),
        (
            "b",
            "[dev-dependencies]\ntrybuild = { version = \"1\", features = [\"diff\"] }\n[target.unix.dependencies]\nlibc = \"2\"\n",
        ),
        ("c", ""),
    ] {
        let text = format!(
            "[package]\nname = \"{name}\"\nedition = \"2021\"\n[dependencies]\nserde = \"1\"\n{more}# {name}\n"
        );
        world.write(&format!("repos/{name}/Cargo.toml"), text);
    }
    world.run(&init(&folders, &["--out", "pack", "--name", "crates"])).exits(0);
    let judged = ["validate", "--shape", "pack", "repos/c"];
    world.run(&judged).exits(0);
    for more in [
        "[target.windows.dependencies]\nwinapi = \"1\"\n",
        "[dev-dependencies]\ntrybuild = \"1\"\n",
        "[dependencies.serde]\nversion = \"1\"\n",
    ] {
        let own = if more.contains("serde") { "" } else { "[dependencies]\nserde = \"1\"\n" };
        let package = "[package]\nname = \"c\"\nedition = \"2021\"\n";
        world.write("repos/c/Cargo.toml", format!("{package}{own}{more}"));
        world.run(&judged).exits(0);
    }
    world.write("repos/c/Cargo.toml", "[package]\nname = \"c\"\n[dependencies]\nserde = \"1\"\n");
    let ran = world.run(&judged).exits(1);
    assert!(ran.stdout.contains("`package.edition` is missing"), "{}", ran.stdout);
}

#[test]
fn what_demands_nothing_is_not_said_to_demand() {
    let world = World::new();
    world.write(
        "pack/shape.yaml",
        "schema: 1\nname: own\npaths: [{ path: f.yml, policy: contract }]\nextras: ['**']\n\
         demands: { documents: [{ path: f.yml, keys: { x: { type: int } } }] }\n",
    );
    world.write("a/README.md", "x\n");
    let ran = world.run(&["validate", "--shape", "pack", "a"]).exits(1);
    assert!(
        ran.stdout.contains("warning[SHP011 path-missing]: `f.yml` is not here\n"),
        "{}",
        ran.stdout
    );
    world.replace("pack/shape.yaml", "type: int", "type: int, required: true");
    let ran = world.run(&["validate", "--shape", "pack", "a"]).exits(1);
    let says =
        "error[SHP011 path-missing]: `f.yml` is not here, and the shape has demands on its content";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    // Nor is such a demand inferred.
    let folders = services(&world, &["a", "b", "c"]);
    for (name, text) in [("a", "x: 1\n"), ("b", "x: 2\n"), ("c", "y: 1\n")] {
        world.write(&format!("repos/{name}/f.yml"), text);
    }
    world.run(&init(&folders, &["--out", "own"])).exits(0);
    assert!(
        !world.read("own/shape.yaml").contains("documents"),
        "{}",
        world.read("own/shape.yaml")
    );
}

/// Put together here, so that no scanner takes this file for a leak.
fn npmrc() -> String {
    let token = ["np", "m_q8ZrT2mWv5KxPb7NcLd3HsYf9GjQeU4aRi6Z"].concat();
    format!("//registry.npmjs.org/:_authToken={token}\n")
}

#[test]
fn a_demand_on_a_json_document_holds_it_to_json() {
    let world = World::new();
    let folders = services(&world, &["a", "b", "c"]);
    for (index, folder) in folders.iter().enumerate() {
        let text = format!("{{\n  \"name\": \"n{index}\",\n  \"v\": \"{}\"\n}}\n", index * 7);
        world.write(&format!("{folder}/package.json"), text);
    }
    world.run(&init(&folders, &["--out", "pack"])).exits(0);
    assert!(world.read("pack/shape.yaml").contains("path: package.json"));
    let judged = ["validate", "--shape", "pack", "repos/a"];
    world.run(&judged).exits(0);
    for broken in ["{\n  \"name\": \"n\",\n  \"v\": \"1\",\n}\n", "name: n\nv: \"1\"\n"] {
        world.write("repos/a/package.json", broken);
        let ran = world.run(&judged).exits(1);
        assert!(ran.stdout.contains("error[SHP002 syntax-error]"), "{}", ran.stdout);
    }
    // Where most are no JSON, none is held to it by their keys.
    for folder in &folders {
        let name = folder.replace('/', "-");
        world.write(&format!("{folder}/app.json"), format!("{{\"x\": \"{name}\",}}\n"));
    }
    world.run(&init(&folders, &["--out", "other"])).exits(0);
    let shape = world.read("other/shape.yaml");
    assert!(!shape.contains("path: app.json, keys"), "{shape}");
}

#[test]
fn a_credential_is_not_copied_into_the_pack() {
    let world = World::new();
    let folders = services(&world, &["a", "b", "c", "d", "e", "f"]);
    for folder in folders.iter().take(5) {
        world.write(&format!("{folder}/.npmrc"), npmrc());
    }
    // Four of six would be a question.
    for folder in folders.iter().take(4) {
        world.write(&format!("{folder}/auth.cfg"), npmrc());
    }
    let ran = world.run(&init(&folders, &["--out", "pack"])).exits(0);
    let listed = ran.stdout.split_once("Not held, because a credential").expect("a section").1;
    assert!(listed.contains("\n  .npmrc  a, b, c, d, e\n  auth.cfg  a, b, c, d\n"), "{listed}");
    assert!(!ran.stdout.contains("policy: exact"), "{}", ran.stdout);
    assert!(!world.path("pack/files/.npmrc").exists());
    let shape = world.read("pack/shape.yaml");
    assert!(!shape.contains("npmrc") && !shape.contains("auth.cfg"), "{shape}");
    // A pack that holds one all the same offers no repair that `fix` would leave out.
    world.write("pack/files/.npmrc", npmrc());
    let held = shape.replace("paths:\n", "paths:\n  - { path: .npmrc, policy: exact }\n");
    world.write("pack/shape.yaml", held);
    let ran = world.run(&["validate", "--shape", "pack", "repos/f"]).exits(1);
    assert!(ran.stdout.contains("`.npmrc` is not here"), "{}", ran.stdout);
    assert!(ran.stdout.contains("the canonical `.npmrc` holds a credential"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("fix available"), "{}", ran.stdout);
    world.run(&["fix", "--shape", "pack", "--unsafe-fixes", "repos/f"]).ends();
    assert!(!world.path("repos/f/.npmrc").exists());
    // Nor one that would add a line of it.
    world.write("repos/f/.npmrc", "save-exact=true\n");
    for policy in ["exact", "structured"] {
        world.write(
            "pack/shape.yaml",
            world
                .read("pack/shape.yaml")
                .replace("path: .npmrc, policy: exact", &format!("path: .npmrc, policy: {policy}")),
        );
        let ran = world.run(&["validate", "--shape", "pack", "repos/f"]).exits(1);
        assert!(ran.stdout.contains("the canonical `.npmrc` holds a credential"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("fix available"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("npm_q8"), "{}", ran.stdout);
    }
}

#[test]
fn what_most_do_not_meet_is_not_demanded() {
    let world = World::new();
    let folders = services(&world, &["a", "b", "c", "d", "e"]);
    for (index, folder) in folders.iter().enumerate() {
        let text = format!("acme-lib==1.{index}\nrequests\n");
        world.write(&format!("{folder}/requirements.txt"), text);
    }
    let ran = world.run(&init(&folders, &["--out", "pack"])).exits(0);
    assert!(ran.stdout.contains("5 repositories: 5 conformant"), "{}", ran.stdout);
    let why =
        "all require acme-lib; not demanded, because too few files give a lowest version: requests";
    assert!(ran.stdout.contains(why), "{}", ran.stdout);
    let shape = world.read("pack/shape.yaml");
    assert!(shape.contains("distribution: acme-lib"), "{shape}");
    assert!(!shape.contains("distribution: requests"), "{shape}");
    for folder in &folders {
        let text = world.read(&format!("{folder}/requirements.txt"));
        let more = format!("--extra-index-url https://pypi.example/simple\n{text}");
        world.write(&format!("{folder}/requirements.txt"), more);
    }
    let ran = world.run(&init(&folders, &["--dry-run"])).exits(0);
    assert!(ran.stdout.contains("5 repositories: 5 conformant"), "{}", ran.stdout);
}
