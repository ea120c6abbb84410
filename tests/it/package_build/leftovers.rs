//! What a build leaves behind, whatever happens to it.

use std::process::Command;

use super::{build, files, runtime};

#[test]
fn a_folder_with_foreign_files_is_left_as_it_is() {
    let world = runtime();
    world.write("out/thesis.txt", "my work");
    let ran = build(&world, &[]).exits(2);
    assert!(ran.stderr.contains("was not created by shipshape"), "{}", ran.stderr);
    assert_eq!(files(&world, "out").len(), 1);
    world.remove("out/thesis.txt");
    build(&world, &[]).exits(0);
    build(&world, &[]).exits(0);
    world.write("out/acme_runtime/notes.txt", "my work");
    let ran = build(&world, &[]).exits(2);
    assert!(ran.stderr.contains("out/acme_runtime/notes.txt"), "{}", ran.stderr);
    assert_eq!(world.read("out/acme_runtime/notes.txt"), "my work");
    let inside =
        world.run(&["package", "build", "--version", "1", "--out", "workspace/build"]).exits(2);
    assert!(inside.stderr.contains("would be part of the next build"), "{}", inside.stderr);
    let here = world.run(&["package", "build", "--version", "1", "--out", "."]).exits(2);
    assert!(here.stderr.contains("the current folder is inside it"), "{}", here.stderr);
}

/// Writing fails from some size on, as it does on a disk that is full.
#[test]
fn a_disk_that_is_full_leaves_what_was_there() {
    let world = runtime();
    build(&world, &[]).exits(0);
    let before = files(&world, "out");
    let noise: String = (0..40_000_u64)
        .map(|number| format!("x{} = {}\n", number, number.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
        .collect();
    world.write("workspace/main.py", noise);
    // In blocks of 512 bytes or of 1 KiB, as the shell has it: 50 or 100 KiB, less than a wheel of this.
    let command = format!(
        "trap '' XFSZ; ulimit -f 100; exec {} package build --version 0.1.6 --out out",
        env!("CARGO_BIN_EXE_shipshape")
    );
    let output = Command::new("/bin/sh")
        .args(["-c", &command])
        .current_dir(world.path("."))
        .output()
        .expect("sh runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("error: cannot write"), "{said}");
    assert!(files(&world, "out") == before);
    let names: Vec<_> = std::fs::read_dir(world.path("."))
        .expect("readable")
        .flatten()
        .map(|it| it.file_name())
        .collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains("shipshape")), "{names:?}");
}

#[test]
fn a_build_that_is_killed_leaves_the_old_one_and_the_next_clears_up() {
    let world = runtime();
    build(&world, &[]).exits(0);
    let before = files(&world, "out");
    let module: String = (0..20_000)
        .map(|number| format!("def f{number}(x):\n    return [x, {number}]\n\n"))
        .collect();
    for number in 0..40 {
        world.write(&format!("workspace/builtin_tools/m{number}.py"), &module);
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_shipshape"))
        .args(["package", "build", "--version", "0.1.7", "--out", "out", "--quiet"])
        .current_dir(world.path("."))
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the binary runs");
    let staging = || {
        let entries = std::fs::read_dir(world.path(".")).expect("readable").flatten();
        entries.map(|it| it.path()).find(|it| it.to_string_lossy().contains("shipshape-new-"))
    };
    while staging().is_none() {
        assert!(child.try_wait().expect("known").is_none(), "it ended before it could be killed");
        crate::world::a_moment();
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert!(staging().is_some() && files(&world, "out") == before);
    for number in 0..40 {
        world.remove(&format!("workspace/builtin_tools/m{number}.py"));
    }
    build(&world, &[]).exits(0);
    assert!(staging().is_none() && files(&world, "out") == before);
}
