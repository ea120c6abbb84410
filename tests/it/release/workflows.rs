//! Workflows that are rendered, written, compared, and never written over what somebody else made.

use super::stage::Stage;

const PUBLISH: &str = "here/.github/workflows/publish-runtime.yml";
const CASCADE: &str = "here/.github/workflows/cascade-runtime.yml";

/// A fleet, and an empty folder.
fn stage() -> Stage {
    let stage = Stage::new();
    std::fs::create_dir(stage.world.path("here")).expect("a folder");
    stage.forge.requests();
    stage
}

#[test]
fn they_are_written_once_and_what_differs_is_told() {
    let stage = stage();
    let check = ["workflows", "--into", "here", "--check"];
    let install = ["--install", "pipx install ./it"];
    let ran = stage.release(&[&check[..], &install].concat()).exits(1);
    assert!(ran.stdout.contains("publish-runtime.yml  missing"), "{}", ran.stdout);
    // Nothing is installed by a name alone: whose program that is nobody knows.
    for words in [&check[..], &check[..3], &check[..1]] {
        let ran = stage.release(words).exits(2);
        assert!(
            ran.stderr.contains("the command that installs shipshape in a job is not known"),
            "{}",
            ran.stderr
        );
    }
    let ran = stage.release(&[&check[..3], &install].concat()).exits(0);
    assert!(ran.stderr.contains("wrote 2 workflows"), "{}", ran.stderr);
    stage.release(&check).exits(0);
    let text = stage.world.read(PUBLISH);
    assert!(text.contains("paths: [workspace/**]"), "{text}");
    assert!(text.contains("          pipx install ./it\n") && !text.contains("{{ open"), "{text}");
    // A hand edit is shown, and made good.
    stage.world.replace(PUBLISH, "id-token: write", "id-token: none");
    let ran = stage.release(&check).exits(1);
    assert!(ran.stdout.contains("-      id-token: none"), "{}", ran.stdout);
    assert!(ran.stdout.contains("+      id-token: write"), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("Next:\n  shipshape release workflows --into here"),
        "{}",
        ran.stderr
    );
    let ran = stage.release(&["workflows", "--into", "here"]).exits(0);
    assert!(ran.stderr.contains("wrote 1 workflow"), "{}", ran.stderr);
    assert_eq!(stage.world.read(PUBLISH), text);
    // No forge is asked for any of it.
    assert_eq!(stage.forge.count(), 0);
}

#[test]
fn what_somebody_else_made_is_not_replaced_unless_they_insist() {
    let stage = stage();
    stage.world.write(CASCADE, "on: push\n");
    let words = ["workflows", "--into", "here", "--install", "pipx install ./it"];
    let ran = stage.release(&words).exits(2);
    assert!(ran.stderr.contains("a workflow of this name exists"), "{}", ran.stderr);
    assert!(!stage.world.path(PUBLISH).exists(), "all of it or nothing");
    let ran = stage.release(&[&words[..], &["--check"]].concat()).exits(1);
    assert!(ran.stdout.contains("not ours"), "{}", ran.stdout);
    stage.release(&[&words[..], &["--force"]].concat()).exits(0);
    assert!(stage.world.read(CASCADE).starts_with("# Made by"));
}

#[test]
fn without_a_folder_they_are_printed_and_a_setting_that_does_not_fit_is_refused() {
    let stage = stage();
    let ran = stage.release(&["workflows", "--install", "pipx install it"]).exits(0);
    assert!(ran.stdout.contains("          pipx install it\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("# .github/workflows/cascade-runtime.yml"), "{}", ran.stdout);
    assert!(ran.stderr.contains("they wait for `main`"), "{}", ran.stderr);
    let ran = stage.release(&["workflows", "--install", "a", "--reader", "a b"]).exits(2);
    assert!(ran.stderr.contains("cannot be the name of a secret"), "{}", ran.stderr);
    let ran = stage.release(&["workflows", "--install", "a\nb"]).exits(2);
    assert!(ran.stderr.contains("`--install` has to be one line"), "{}", ran.stderr);
    let ran = stage.release(&["workflows", "--install", "a", "--into", "nowhere"]).exits(2);
    assert!(ran.stderr.contains("there is no such folder"), "{}", ran.stderr);
}

#[test]
fn the_path_of_fleet_yaml_is_taken_from_the_existing_file() {
    let stage = stage();
    let words = ["workflows", "--into", "here"];
    let first = ["--install", "pipx install ./it"];
    // This fleet.yaml is in no work tree, and the other folder has none of its name.
    let ran = stage.release(&[&words[..], &first].concat()).exits(0);
    let says =
        "is not in a git work tree, and here has no `fleet.yaml`: the jobs look for it there";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let named = [&words[..], &["--fleet-path", "deploy/fleet.yaml"]].concat();
    let ran = stage.release(&[&named[..], &["--check"]].concat()).exits(1);
    let next = "\n  shipshape release workflows --into here --fleet-path deploy/fleet.yaml";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
    let ran = stage.release(&named).exits(0);
    let says = "WARNING: here has no `deploy/fleet.yaml`: the jobs look for it there";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let text = stage.world.read(PUBLISH);
    assert!(text.contains("FLEET: deploy/fleet.yaml"), "{text}");
    let ran = stage.release(&words).exits(0);
    assert!(ran.stderr.contains("they are up to date"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("WARNING"), "{}", ran.stderr);
    stage.release(&[&words[..], &["--check"]].concat()).exits(0);
    assert_eq!(stage.world.read(PUBLISH), text);
}

#[test]
fn a_path_of_fleet_yaml_outside_the_repository_is_refused() {
    let stage = stage();
    let words = ["workflows", "--into", "here", "--install", "pipx install ./it", "--fleet-path"];
    for path in ["/etc/fleet.yaml", "x/../y.yaml", "../fleet.yaml"] {
        let ran = stage.release(&[&words[..], &[path]].concat()).exits(2);
        let says = format!("`{path}` is not a path in the source's repository");
        assert!(ran.stderr.contains(&says), "{}", ran.stderr);
    }
    assert!(!stage.world.path(PUBLISH).exists());
    std::fs::create_dir(stage.world.path("here/deploy")).expect("a folder");
    stage.world.write("here/deploy/fleet.yaml", "");
    let ran = stage.release(&[&words[..], &["deploy/fleet.yaml"]].concat()).exits(0);
    assert!(!ran.stderr.contains("WARNING"), "{}", ran.stderr);
}

#[test]
fn the_secret_that_reads_members_is_taken_from_the_existing_file() {
    let stage = stage();
    let words = ["workflows", "--into", "here"];
    let first = ["--install", "pipx install ./it", "--reader", "FLEET_READ_TOKEN"];
    stage.release(&[&words[..], &first].concat()).exits(0);
    let text = stage.world.read(PUBLISH);
    assert!(text.contains("${{ secrets.FLEET_READ_TOKEN }}"), "{text}");
    stage.release(&[&words[..], &["--check"]].concat()).exits(0);
    let ran = stage.release(&words).exits(0);
    assert!(ran.stderr.contains("they are up to date"), "{}", ran.stderr);
    assert_eq!(stage.world.read(PUBLISH), text);
    // Another secret, and none, have to be said.
    let none = [&words[..], &["--reader", ""]].concat();
    let ran = stage.release(&[&none[..], &["--check"]].concat()).exits(1);
    assert!(ran.stderr.contains("--reader ''"), "{}", ran.stderr);
    stage.release(&none).exits(0);
    assert!(!stage.world.read(PUBLISH).contains("FLEET_READ_TOKEN"));
    stage.release(&[&words[..], &["--check"]].concat()).exits(0);
}
