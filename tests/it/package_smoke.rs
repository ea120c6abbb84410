//! `shipshape package smoke`, as far as no Python is needed; what needs one is in the suites.

use crate::world::World;

fn wheel(world: &World) -> String {
    world.wheel("dist", ("acme_runtime", "1.0"), &[], &[("acme_runtime/__init__.py", "")])
}

#[test]
fn without_a_python_nothing_is_green() {
    let world = World::new();
    let wheel = wheel(&world);
    let ran = world.run(&["package", "smoke", &wheel]).exits(3);
    assert!(ran.stderr.contains("there is no Python on PATH"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--python"), "{}", ran.stderr);
    let ran = world.run(&["package", "smoke", "--python", "nowhere", &wheel]).exits(2);
    assert!(ran.stderr.contains("not a program that can be run"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn an_installer_that_fails_is_heard() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let wheel = wheel(&world);
    world.write("bin/python3", "#!/bin/sh\necho 'no venv here' >&2\nexit 4\n");
    let runs = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(world.path("bin/python3"), runs).expect("ours");
    let path = world.path("bin").to_string_lossy().into_owned();
    let here = world.path("");
    let ran = world.run_in(&here, &["package", "smoke", &wheel], &[("PATH", &path)]).exits(3);
    assert!(ran.stderr.contains("could not create an environment"), "{}", ran.stderr);
    assert!(ran.stderr.contains("no venv here"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn dependencies_come_as_wheels_unless_sdists_are_permitted() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let wheel = wheel(&world);
    // Notes how it is called, and fails once it is to install.
    let notes = world.path("notes");
    let script = format!(
        "#!/bin/sh\necho \"$*\" >> '{}'\ncase \"$*\" in *' install '*) exit 5 ;; esac\n",
        notes.display()
    );
    world.write("bin/python3", script);
    let runs = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(world.path("bin/python3"), runs).expect("ours");
    let path = world.path("bin").to_string_lossy().into_owned();
    let here = world.path("");
    for (more, wheels_only) in [(None, true), (Some("--allow-sdists"), false)] {
        let mut arguments = vec!["package", "smoke"];
        arguments.extend(more);
        arguments.push(&wheel);
        let ran = world.run_in(&here, &arguments, &[("PATH", &path)]).exits(3);
        assert!(ran.stderr.contains("could not install the wheel"), "{}", ran.stderr);
        assert_eq!(ran.stderr.contains("`--allow-sdists`"), wheels_only, "{}", ran.stderr);
        let called = std::fs::read_to_string(&notes).expect("it was called");
        let install = called.lines().find(|line| line.contains(" install ")).expect("called");
        assert_eq!(install.contains("--only-binary=:all:"), wheels_only, "{install}");
        std::fs::remove_file(&notes).expect("ours");
    }
}

#[test]
fn what_is_no_wheel_is_refused() {
    let world = World::new();
    world.write("x.txt", "").write("x-1.0-py3-none-any.whl", "no zip");
    let ran = world.run(&["package", "smoke", "x.txt"]).exits(2);
    assert!(ran.stderr.contains("neither a wheel nor an sdist"), "{}", ran.stderr);
    let ran = world.run(&["package", "smoke", "x-1.0-py3-none-any.whl"]).exits(3);
    assert!(ran.stderr.contains("x-1.0-py3-none-any.whl"), "{}", ran.stderr);
}

#[test]
fn an_address_with_a_secret_is_refused_and_not_repeated() {
    let world = World::new();
    let wheel = wheel(&world);
    let url = "https://me:hunter2@packages.example/simple/";
    let ran = world.run(&["package", "smoke", "--index-url", url, &wheel]).exits(2);
    assert!(ran.stderr.contains("SHIPSHAPE_INDEX_PASSWORD"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    let inherited = [("SHIPSHAPE_INDEX_URL", url)];
    let here = world.path("");
    let ran = world.run_in(&here, &["package", "smoke", &wheel], &inherited).exits(2);
    assert!(ran.stderr.contains("SHIPSHAPE_INDEX_PASSWORD"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    let ran = world.run_in(&here, &["package", "smoke", "--help"], &inherited).exits(0);
    assert!(ran.stdout.contains("SHIPSHAPE_INDEX_URL"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("hunter2"), "{}", ran.stdout);
}
