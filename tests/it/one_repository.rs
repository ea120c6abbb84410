//! What the maintainer of one repository meets, who has no fleet: its name, its shape, a first fleet.yaml.

use crate::work_trees::git;
use crate::world::{Ran, World};

const ORIGIN: &str = "https://github.com/acme/workspace-template-gemini-cli.git";

/// A repository that conforms to the embedded shape, with a name that says the slug.
fn gemini() -> (World, String) {
    let world = World::new();
    let name = world.conformant("gemini-cli");
    let short = "workspace-template-gemini-cli".to_owned();
    std::fs::rename(world.path(&name), world.path(&short)).expect("renamed");
    world.commit(&short);
    git(&world, &["-C", &short, "remote", "add", "origin", ORIGIN]);
    (world, short)
}

/// Two such folders in a repository that is called otherwise, the first of another name than its slug.
fn mono() -> World {
    let world = World::new();
    for (slug, folder) in [("gemini-cli", "one"), ("hermes", "hermes")] {
        let name = world.conformant(slug);
        std::fs::create_dir_all(world.path("mono/packages")).expect("a folder");
        let to = world.path(&format!("mono/packages/{folder}"));
        std::fs::rename(world.path(&name), to).expect("renamed");
    }
    world.commit("mono");
    git(&world, &["-C", "mono", "remote", "add", "origin", "https://github.com/acme/mono.git"]);
    world
}

/// The commands that are proposed.
fn commands(ran: &Ran) -> Vec<&str> {
    ran.stdout.lines().filter_map(|line| line.strip_prefix("  shipshape ")).collect()
}

#[test]
fn a_fleet_of_one_repository_leaves_it_conformant() {
    let (world, name) = gemini();
    let here = world.path(&name);
    world.run_in(&here, &["validate"], &[]).exits(0);
    let ran = world.run_in(&here, &["init", "."], &[]).exits(0);
    let guessed = "guessed: kinds.template: one name begins with workspace-template-\n";
    assert!(ran.stderr.contains(guessed), "{}", ran.stderr);
    let text = world.read(&format!("{name}/fleet.yaml"));
    assert!(text.contains("    prefix: workspace-template-\n"), "{text}");
    world.run_in(&here, &["validate"], &[]).exits(0);
}

#[test]
fn slugs_that_begin_alike_keep_that_beginning() {
    let world = World::new();
    let names = ["gemini-cli", "gemini-pro"].map(|slug| world.conformant(slug));
    world.run(&["init", &names[0], &names[1], "--owner", "acme"]).exits(0);
    let text = world.read("fleet.yaml");
    assert!(text.contains("    prefix: molecule-ai-workspace-template-\n"), "{text}");
    world.run(&["drift", "--local", &names[0], &names[1]]).exits(0);
}

#[test]
fn one_name_is_not_said_to_have_nothing_in_common() {
    let world = World::new();
    world.write("anyhow/README.md", "# x\n");
    let ran = world.run(&["init", "anyhow", "--owner", "acme"]).exits(0);
    let guessed = "guessed: kinds: the whole name of the only repository is its slug\n";
    assert!(ran.stderr.contains(guessed), "{}", ran.stderr);
}

#[test]
fn what_says_another_slug_is_told_how_to_give_it() {
    let (world, name) = gemini();
    std::fs::rename(world.path(&name), world.path("one")).expect("renamed");
    git(&world, &["-C", "one", "remote", "remove", "origin"]);
    let ran = world.run(&["validate", "one"]).exits(1);
    let help = "help: correct `config.yaml`, or give the slug: `--slug gemini-cli`, or `slug: gemini-cli` of the member in \
                fleet.yaml; until then `gemini-cli` applies\n";
    assert!(ran.stdout.contains(help), "{}", ran.stdout);
    world.run(&["validate", "one", "--slug", "gemini-cli"]).exits(0);
    let rule = world.run(&["explain", "SHP017"]).exits(0);
    assert!(rule.stdout.contains("--slug"), "{}", rule.stdout);
}

#[test]
fn a_clone_of_a_folder_is_called_as_the_folder() {
    let (world, name) = gemini();
    let here = world.path(&name);
    let here = here.to_str().expect("UTF-8");
    git(&world, &["-C", here, "clone", "-q", ".", "../c1"]);
    git(&world, &["-C", here, "clone", "-q", "--bare", ".", "../bare.git"]);
    git(&world, &["clone", "-q", &format!("{here}/.git"), "c2"]);
    for clone in ["c1", "bare.git", "c2"] {
        let ran = world.run(&["validate", clone, "--format", "json"]).exits(0);
        assert_eq!(ran.json()["repositories"][0]["name"], name.as_str(), "{clone}");
    }
}

#[test]
fn what_git_keeps_under_new_attributes_is_judged_after_they_are_written() {
    let (world, name) = gemini();
    let ci = format!("{name}/.github/workflows/ci.yml");
    world.remove(&format!("{name}/.gitattributes"));
    let text = world.read(&ci).replace('\n', "\r\n");
    world.write(&ci, &text);
    let here = world.path(&name);
    // What is only shown is not written, so it says what may follow.
    let ran = world.run_in(&here, &["fix", "--diff"], &[]).exits(1);
    assert!(ran.stderr.contains("1 finding left"), "{}", ran.stderr);
    assert!(ran.stderr.contains("fewer findings may be left"), "{}", ran.stderr);
    let ran = world.run_in(&here, &["fix"], &[]).exits(0);
    assert!(ran.stderr.contains("changed 1 file, 1 repair; 0 findings left"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("left out"), "{}", ran.stderr);
    assert_eq!(world.read(&ci), text);
    world.run_in(&here, &["validate"], &[]).exits(0);
}

#[test]
fn folders_of_a_repository_become_members_in_it() {
    let world = mono();
    let here = world.path("mono");
    let words = ["init", "packages/one", "packages/hermes"];
    world.run_in(&here, &words, &[]).exits(0);
    let text = world.read("mono/fleet.yaml");
    for line in [
        "  owner: acme\n",
        "  - { slug: hermes, repository: mono, path: packages/hermes }\n",
        "  - { slug: gemini-cli, repository: mono, path: packages/one }\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    world.run_in(&here, &["validate"], &[]).exits(0);
    world.run_in(&here, &["validate", "packages/one", "packages/hermes"], &[]).exits(0);
}

#[test]
fn a_folder_that_the_shape_fits_is_judged_first() {
    let world = mono();
    let within = world.path("mono/packages/one");
    let ran = world.run_in(&within, &[], &[]).exits(0);
    let said = "The folder `packages/one` of the repository `mono`; no fleet.yaml here";
    assert!(ran.stdout.starts_with(said), "{}", ran.stdout);
    assert_eq!(commands(&ran), ["validate", "init . --output ../../fleet.yaml", "demo"]);
    world.run_in(&within, &["init", ".", "--output", "../../fleet.yaml"], &[]).exits(0);
    world.run_in(&within, &["validate"], &[]).exits(0);
}

#[test]
fn several_folders_of_a_repository_are_all_named() {
    let world = mono();
    let here = world.path("mono");
    world.remove("mono/packages/one/.gitattributes");
    world.remove("mono/packages/hermes/.gitattributes");
    let ran = world.run_in(&here, &["validate", "packages/hermes", "packages/one"], &[]).exits(1);
    let note = "`packages/hermes`, `packages/one` are folders inside the repository `mono`, and each is judged as if it were \
                a repository\n";
    assert!(ran.stderr.contains(note), "{}", ran.stderr);
    // The repository around them is of another kind, so it is not what is repaired.
    let next = "shipshape fix --diff packages/hermes --slug hermes";
    assert!(commands(&ran).contains(&&next["shipshape ".len()..]), "{}", ran.stdout);
    world.run_in(&here, &["fix", "--diff", "packages/hermes", "--slug", "hermes"], &[]).exits(0);
    let ran = world.run_in(&here, &["validate", "packages/one"], &[]).exits(1);
    assert!(ran.stderr.contains("the repository is `.`\n"), "{}", ran.stderr);
}

#[test]
fn a_shape_in_the_repository_is_named_and_not_used_unasked() {
    let world = World::new();
    for name in ["k1", "k2"] {
        world.write(&format!("{name}/README.md"), "hello\n");
        world.commit(name);
    }
    let here = world.path("k1");
    let words = ["shape", "init", "--from", ".", "../k2", "--out", ".shipshape/shape"];
    world.run_in(&here, &words, &[]).exits(0);
    world.commit("k1");
    let ran = world.run_in(&here, &[], &[]).exits(0);
    let said = "The repository `k1`, with the shape pack `.shipshape/shape`; no fleet.yaml";
    assert!(ran.stdout.starts_with(said), "{}", ran.stdout);
    let judge = "validate --shape .shipshape/shape";
    assert_eq!(commands(&ran)[..2], [judge, "fix --diff --shape .shipshape/shape"]);
    let ran = world.run_in(&here, &["validate"], &[]).exits(3);
    let note = "`k1` contains a shape pack: `--shape .shipshape/shape` judges by it\n";
    assert!(ran.stderr.contains(note), "{}", ran.stderr);
    assert_eq!(commands(&ran), [judge]);
    world.run_in(&here, &["validate", "--shape", ".shipshape/shape"], &[]).exits(0);
    // Nothing removes it unasked where the repository is judged by another shape.
    let name = world.conformant("acme");
    world.write(&format!("{name}/.shipshape/shape/shape.yaml"), "schema: 1\nname: t\n");
    world.commit(&name);
    let ran = world.run(&["fix", &name]).exits(1);
    assert!(world.path(&format!("{name}/.shipshape/shape/shape.yaml")).exists(), "{}", ran.stdout);
    let ran = world.run(&["validate", &name]).exits(1);
    let help = "`.shipshape/shape` is a shape pack: is the repository to be judged by it";
    assert!(ran.stdout.contains(help), "{}", ran.stdout);
    // A first fleet takes it.
    world.run_in(&here, &["init", ".", "--owner", "acme"], &[]).exits(0);
    let text = world.read("k1/fleet.yaml");
    assert!(text.contains("    shape: { folder: \".shipshape/shape\" }\n"), "{text}");
    world.run_in(&here, &["validate"], &[]).exits(0);
}

#[test]
fn a_canon_with_another_name_is_called_that() {
    let (world, name) = gemini();
    let adapter = format!("{name}/adapter.py");
    let text = world.read(&adapter).replace("GeminiCliAdapter", "GeminiAdapter");
    world.write(&adapter, &text);
    let ran = world.run(&["validate", &name]).exits(1);
    let said = "`__init__.py` is the canon with `GeminiCliAdapter` as `adapter_class`, but `adapter.py` has `GeminiAdapter`\n";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    let help = "help: correct the wrong one; `fix --unsafe-fixes` restores the canon with `GeminiAdapter`\n";
    assert!(ran.stdout.contains(help), "{}", ran.stdout);
    world.run(&["fix", "--unsafe-fixes", &name]).exits(0);
    // What is the canon with no value is not.
    world.write(&format!("{name}/__init__.py"), "from .adapter import A\n\nAdapter = B\n");
    let ran = world.run(&["validate", &name]).exits(1);
    assert!(ran.stdout.contains("`__init__.py` does not resemble any version"), "{}", ran.stdout);
}

#[test]
fn who_has_no_fleet_is_told_how_to_make_one_of_this_repository() {
    let (world, name) = gemini();
    let here = world.path(&name);
    let waive =
        ["waive", "--rule", "docker-base-image", "--reason", "x", "--owner", "ops"].as_slice();
    for words in [waive, &["waivers"], &["pin", "1.2.3"]] {
        let ran = world.run_in(&here, words, &[]).exits(2);
        let hint = "hint: name it with --fleet FILE, or create one for this repository: `shipshape init .`\n";
        assert!(ran.stderr.contains(hint), "{words:?}: {}", ran.stderr);
    }
}
