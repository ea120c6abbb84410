//! What is not built, and why.

use std::process::Command;

use super::{build, runtime};
use crate::world::World;

#[test]
fn a_version_is_refused_with_the_spelling_that_was_meant() {
    let world = runtime();
    let version = |version: &str| {
        world.run(&["package", "build", "--version", version, "--out", "out", "--wheel"])
    };
    let ran = version("0.1.0-local").exits(2);
    assert!(ran.stderr.contains("hint: write `0.1.0+local`"), "{}", ran.stderr);
    assert!(!world.path("out").exists());
    version("0.1.0+local").exits(0);
    assert!(world.path("out/dist/acme_workspace_runtime-0.1.0+local-py3-none-any.whl").exists());
    version("v1.0-rc1").exits(0);
    assert!(world.path("out/dist/acme_workspace_runtime-1.0rc1-py3-none-any.whl").exists());
    version("latest").exits(2);
}

/// A build is refused with this in its errors, exit code and nothing written.
#[track_caller]
fn refused(world: &World, code: i32, message: &str) {
    let ran = build(world, &[]).exits(code);
    assert!(ran.stderr.contains(message), "`{message}` in\n{}", ran.stderr);
    assert!(!world.path("out").exists(), "nothing is left");
    let left = std::fs::read_dir(world.path(".")).expect("readable").flatten();
    for entry in left {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(!name.contains("shipshape"), "{name} is left");
    }
}

#[test]
fn a_folder_that_differs_from_the_list_is_not_built() {
    let world = runtime();
    world
        .write("workspace/heartbeat.py", "")
        .write("workspace/policies/x.py", "")
        .write("workspace/notes.txt", "");
    world.remove("workspace/a2a_client.py");
    refused(&world, 2, "the module `heartbeat` is in the folder but not in the list");
    refused(&world, 2, "the folder `policies` contains modules but is not in the list");
    refused(&world, 2, "the file `notes.txt` is neither listed nor excluded");
    refused(&world, 2, "--> package.yaml:5:11");
    refused(&world, 2, "nothing was built: the list and the folder differ in 4 places");
}

/// What makes a folder bad.
type Spoil = fn(&World);

const BAD_FOLDERS: [(Spoil, i32, &str); 13] = [
    (
        |world| std::fs::rename(world.path("workspace"), world.path("x")).expect("moved"),
        2,
        "there is no source folder `workspace`\n  --> package.yaml:4:9",
    ),
    (
        |world| {
            world.replace("package.yaml", "source: workspace", "source: nowhere");
        },
        2,
        "there is no source folder `nowhere`\n  --> package.yaml:4:9",
    ),
    (
        |world| {
            world.replace("package.yaml", "source: workspace", "source: empty");
            std::fs::create_dir(world.path("empty")).expect("made");
        },
        2,
        "the source folder contains nothing to package",
    ),
    (
        |world| {
            world.write("workspace/main.py", "x = 1\ndef broken(:\n");
        },
        3,
        "workspace/main.py:2:12",
    ),
    (
        |world| {
            world.write("workspace/main.py", b"# caf\xe9\n");
        },
        3,
        "workspace/main.py:1:6",
    ),
    (
        |world| {
            world.write("workspace/main.py", "x\0y");
        },
        3,
        "contains a NUL byte",
    ),
    (
        |world| {
            std::os::unix::fs::symlink("/etc/passwd", world.path("workspace/builtin_tools/x.txt"))
                .expect("made")
        },
        2,
        "is a link to `/etc/passwd`, outside the folder",
    ),
    (
        |world| {
            world.replace("package.yaml", "[a2a_client, main]", "[a2a_client, main, queue]");
            world.write("workspace/queue.py", "");
        },
        2,
        "the module `queue` shadows the standard library's",
    ),
    (
        |world| {
            world.write("workspace/builtin_tools/Memory.py", "");
        },
        2,
        "differ only in case",
    ),
    (
        |world| {
            world.write("workspace/builtin_tools/memory/x.py", "");
        },
        2,
        "Python imports the folder",
    ),
    (
        |world| {
            world.write("workspace/builtin_tools/fast.so", "");
        },
        2,
        "is compiled",
    ),
    (
        |world| {
            world.remove("LICENSE");
        },
        2,
        "there is no file `LICENSE`\n  --> package.yaml:13:19",
    ),
    (
        |world| {
            world.replace("package.yaml", "BUSL-1.1", "BSL-1.1");
        },
        2,
        "the Business Source License is `BUSL-1.1`",
    ),
];

#[test]
fn bad_folders_are_refused_each_with_its_reason() {
    for (spoil, code, message) in BAD_FOLDERS {
        let world = runtime();
        spoil(&world);
        refused(&world, code, message);
    }
}

#[test]
fn all_modules_that_do_not_parse_are_told_at_once() {
    let world = runtime();
    world.write("workspace/main.py", "x = (\n").write("workspace/builtin_tools/memory.py", "def\n");
    let ran = build(&world, &[]).exits(3);
    assert!(
        ran.stderr.contains("workspace/main.py:")
            && ran.stderr.contains("workspace/builtin_tools/memory.py:1:"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_report_does_not_go_into_the_folder_that_is_made() {
    let world = runtime();
    build(&world, &[]).exits(0);
    for report in ["out/report.json", "./out/dist/../deep/r.json"] {
        let ran = build(&world, &["--rewrite-report", report]).exits(2);
        assert!(
            ran.stderr.contains("the rewrite report is in the output folder"),
            "{}",
            ran.stderr
        );
    }
    build(&world, &["--rewrite-report", "out.json"]).exits(0);
    assert!(!world.path("out/report.json").exists() && world.path("out.json").exists());
}

#[test]
fn a_pipe_is_no_distribution() {
    let world = runtime();
    for (name, command) in [
        ("x-1-py3-none-any.whl", &["package", "check"][..]),
        ("x-1.tar.gz", &["package", "build", "--out", "out", "--from-sdist"]),
    ] {
        let made = Command::new("mkfifo").arg(world.path(name)).status().expect("mkfifo runs");
        assert!(made.success());
        let ran = world.run(&[command, &[name]].concat()).exits(3);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("it is not a regular file"), "{said}");
    }
}
