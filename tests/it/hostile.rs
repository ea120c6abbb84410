//! What somebody makes to hold a run up, to make it write elsewhere or to make it believe them.
//!
//! Where time is the matter, the input is so large that a run which is led astray does not end for many minutes: there
//! is nothing to measure.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::{PermissionsExt, lchown, symlink};
use std::process::Command;

use crate::world::World;

/// A user who is neither root nor, as we hope, the one that runs the tests.
const SOMEBODY_ELSE: u32 = 64_321;

#[test]
fn a_document_of_nothing_but_mistakes_ends_soon() {
    let world = World::new();
    let name = world.conformant("acme");
    let config = world.read(&format!("{name}/config.yaml"));
    let strangers: String = (0..10_000).map(|number| format!("plugins{number}: x\n")).collect();
    world.write(&format!("{name}/config.yaml"), format!("{config}\n{strangers}"));
    let ran = world.run(&["validate", &name, "--format", "json"]).exits(1);
    let found = ran.stdout.matches("is an unknown key").count();
    assert_eq!(found, 10_000);
    // The first of them can be mended, and no more than there is time for.
    let mended = ran.stdout.matches("\"fix\": \"unsafe\"").count();
    assert!((1..1_000).contains(&mended), "{mended}");
}

#[test]
fn what_is_proposed_for_the_first_mistakes_stays_a_proposal() {
    let world = World::new();
    let name = world.conformant("acme");
    let config = world.read(&format!("{name}/config.yaml"));
    let wrong = config.replacen("description:", "descriptoin:", 1);
    assert_ne!(wrong, config);
    let strangers: String = (0..2_000).map(|number| format!("zzzzzzzzzzzz{number}: x\n")).collect();
    world.write(&format!("{name}/config.yaml"), format!("{wrong}\n{strangers}"));
    let ran = world.run(&["fix", &name, "--unsafe-fixes", "--diff"]);
    assert!(ran.stdout.contains("+description:"), "{}\n{}", ran.stdout, ran.stderr);
}

#[test]
fn a_long_line_full_of_findings_is_read_once() {
    let world = World::new();
    let name = world.conformant("acme");
    let titles = "${{ github.event.issue.title }}".repeat(10_000);
    let keys: String =
        (0..10_000).map(|number: u32| format!("AKIAQ7RTZ3{} ", letters(number))).collect();
    world.write(
        &format!("{name}/.github/workflows/long.yml"),
        format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo {titles}\n"),
    );
    world.write(&format!("{name}/keys.txt"), &keys);
    let ran = world.run(&["validate", &name, "--format", "json"]).exits(1);
    assert_eq!(ran.stdout.matches("becomes part of this script").count(), 10_000);
    assert!(ran.stdout.contains("keys.txt") && !ran.stdout.contains("AKIAQ7RTZ3AA"));
}

/// Ten letters and digits of a made-up key, another for each number.
fn letters(number: u32) -> String {
    const DIGITS: &[u8] = b"AB3CD5EF7GH2JK4L";
    (0..10).map(|at| DIGITS[(number.rotate_left(at * 4) % 16) as usize] as char).collect()
}

#[test]
fn a_pattern_that_is_tried_for_years_is_not_followed() {
    let world = World::new();
    let name = world.conformant("acme");
    world.commit(&name);
    world.write(&format!("{name}/.gitignore"), "a*a*a*a*a*a*a*a*0b\n");
    world.write(&format!("{name}/{}", "a".repeat(200)), "");
    let ran = world.run(&["validate", &name]).exits(3);
    assert!(ran.stdout.contains("a pattern that takes too long to match"), "{}", ran.stdout);
}

#[test]
fn a_report_is_as_private_as_the_umask_wants_it() {
    let world = World::new();
    let name = world.conformant("acme");
    for (umask, mode) in [("077", 0o600), ("027", 0o640), ("022", 0o644)] {
        let run = format!(
            "umask {umask}; exec {} validate {name} -o report-{umask}",
            env!("CARGO_BIN_EXE_shipshape")
        );
        let status =
            Command::new("/bin/sh").args(["-c", &run]).current_dir(world.path("")).status();
        assert!(status.expect("a shell").success());
        let found = world.path(&format!("report-{umask}")).metadata().expect("a report");
        assert_eq!(found.permissions().mode() & 0o777, mode, "{umask}");
    }
}

#[test]
fn a_link_that_somebody_else_left_where_all_write_is_not_followed() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write("mine", "as it was").write("open/nothing", "");
    std::fs::set_permissions(world.path("open"), PermissionsExt::from_mode(0o1777)).expect("open");
    symlink(world.path("mine"), world.path("open/report")).expect("a link");
    // Our own is followed.
    world.run(&["validate", &name, "-o", "open/report"]).exits(0);
    assert_ne!(world.read("mine"), "as it was");
    world.write("mine", "as it was");
    // Only root can make what another user has made.
    if lchown(world.path("open/report"), Some(SOMEBODY_ELSE), None).is_err() {
        return;
    }
    let ran = world.run(&["validate", &name, "-o", "open/report"]).exits(3);
    assert!(ran.stderr.contains("another user put into a shared folder"), "{}", ran.stderr);
    assert_eq!(world.read("mine"), "as it was");
}

#[test]
fn a_manifest_that_somebody_else_left_above_is_not_taken() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write("fleet.yaml", "schema: 1\nname: theirs\nnonsense: true\n");
    let here = world.path(&name);
    let ran = world.run_in(&here, &["validate", "."], &[]).exits(2);
    assert!(ran.stderr.contains("nonsense"), "it is read: {}", ran.stderr);
    if lchown(world.path("fleet.yaml"), Some(SOMEBODY_ELSE), None).is_err() {
        return;
    }
    let ran = world.run_in(&here, &["validate", "."], &[]).exits(2);
    assert!(ran.stderr.contains("another user of this machine"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("nonsense"), "it was read: {}", ran.stderr);
    // Where everything is another's, as in a container, it is as good as the rest.
    lchown(&here, Some(SOMEBODY_ELSE), None).expect("root may");
    let ran = world.run_in(&here, &["validate", "."], &[]).exits(2);
    assert!(ran.stderr.contains("nonsense"), "{}", ran.stderr);
}

#[test]
fn a_link_to_a_manifest_of_ours_that_somebody_else_left_is_not_taken() {
    let world = World::new();
    let name = world.conformant("acme");
    world
        .write("open/work/x", "")
        .write("clone/fleet.yaml", "schema: 1\nname: t\nnonsense: true\n");
    std::fs::set_permissions(world.path("open"), PermissionsExt::from_mode(0o1777)).expect("open");
    symlink(world.path("clone/fleet.yaml"), world.path("open/fleet.yaml")).expect("a link");
    let here = world.path("open/work");
    let judged = world.path(&name).display().to_string();
    let ran = world.run_in(&here, &["validate", &judged], &[]).exits(2);
    assert!(ran.stderr.contains("nonsense"), "our own is followed: {}", ran.stderr);
    if lchown(world.path("open/fleet.yaml"), Some(SOMEBODY_ELSE), None).is_err() {
        return;
    }
    let ran = world.run_in(&here, &["validate", &judged], &[]).exits(2);
    assert!(ran.stderr.contains("another user of this machine"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("nonsense"), "it was read: {}", ran.stderr);
}

/// A pipe that nobody writes into or reads from: whoever opens it waits.
fn pipe(world: &World, path: &str) {
    world.write(path, "").remove(path);
    let made = Command::new("mkfifo").arg(world.path(path)).status();
    assert!(made.expect("mkfifo runs").success());
}

#[test]
fn pipes_where_git_keeps_its_own_are_not_waited_for() {
    let world = World::new();
    let name = world.conformant("acme");
    world.commit(&name);
    pipe(&world, &format!("{name}/.git/info/exclude"));
    world.run(&["validate", &name]).exits(0);
    pipe(&world, &format!("{name}/.git/packed-refs"));
    world.run(&["validate", &name, "--ref", "HEAD"]).exits(0);
    for path in ["objects/pack/pack-1.idx", "objects/info/alternates", "objects/aa/bb"] {
        pipe(&world, &format!("{name}/.git/{path}"));
        let ran = world.run(&["validate", &name, "--ref", "HEAD"]).exits(3);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("is not a file"), "{path}: {said}");
        world.remove(&format!("{name}/.git/{path}"));
    }
    pipe(&world, "report.json");
    let ran = world.run(&["validate", &name, "-o", "report.json"]).exits(3);
    assert!(ran.stderr.contains("nothing reads from"), "{}", ran.stderr);
}

#[test]
fn a_forge_that_answers_with_too_much_is_not_listened_to() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let forge = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 8_192]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"data\":[");
            let lists = b"[],".repeat(1 << 20);
            while stream.write_all(&lists).is_ok() {}
        }
    });
    let world = World::new();
    world.write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: {owner: acme}\nkinds: {workspace: {prefix: t-}}\nmembers: [one]\n",
    );
    let ran = world.run(&["drift", "--forge", &forge, "--format", "json"]).exits(3);
    assert!(ran.stdout.contains("more than 33554432 bytes"), "{}\n{}", ran.stdout, ran.stderr);
}
