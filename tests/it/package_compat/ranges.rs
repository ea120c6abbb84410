//! Which versions requirements admit, and what those have.

use super::{BASE, compat, said, world};
use crate::world::World;

/// Wheels 0.1.0 to 0.1.2 of the runtime; `load_plugins` came with 0.1.1.
fn older(world: &World) {
    for (version, plugins) in [
        ("0.1.0", ""),
        ("0.1.1", "def load_plugins(): ...\n"),
        ("0.1.2", "def load_plugins(): ...\n"),
    ] {
        let files = [
            ("acme_runtime/__init__.py", ""),
            ("acme_runtime/adapter_base.py", BASE),
            ("acme_runtime/plugins.py", plugins),
        ];
        world.wheel("old", ("acme_runtime", version), &[], &files);
    }
}

#[test]
fn a_range_that_admits_versions_without_a_symbol_is_told_with_its_lower_bound() {
    let world = world();
    older(&world);
    // Endings count whatever their case, and a folder is no wheel.
    let wheel = |end: &str| world.path(&format!("old/acme_runtime-0.1.0-py3-none-any.{end}"));
    std::fs::rename(wheel("whl"), wheel("WHL")).expect("ours");
    world.write("old/unpacked.whl/note.txt", "");
    let report = compat(&world, &["--wheels", "old"], 1);
    let found = said(&report);
    assert_eq!(
        found,
        [
            "pin-admits-too-old requirements.txt:1 `acme-runtime>=0.1.0` admits acme-runtime 0.1.0, in which \
          `acme_runtime.plugins` has no `load_plugins`: `hermes` breaks when `adapter.py` is imported"
        ]
    );
    let finding = &report["repositories"][0]["findings"][0];
    assert_eq!(finding["help"], "set the lower bound: `acme-runtime>=0.1.1`");
    world
        .write("hermes/requirements.txt", "-r base.txt\n")
        .write("hermes/base.txt", "acme_runtime>=0.1.1\n");
    assert!(said(&compat(&world, &["--wheels", "old"], 0)).is_empty());
    world.write("hermes/base.txt", "acme_runtime>=0.1.0,<0.1.1\n");
    let found = said(&compat(&world, &["--wheels", "old"], 1));
    assert!(found[0].starts_with("pin-admits-too-old base.txt:1"), "{found:?}");
}

#[test]
fn a_pin_that_excludes_the_new_version_is_told_in_files_and_in_the_dockerfile() {
    let world = world();
    world
        .write("hermes/requirements.txt", "acme-runtime==0.1.4\n")
        .write("hermes/Dockerfile", "FROM python\nRUN pip install acme_runtime==0.1.3\n");
    let found = said(&compat(&world, &["--version", "0.2.0"], 1));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().any(|line| line.starts_with(
        "pin-excludes-runtime requirements.txt:1 `hermes` will not get acme-runtime 0.2.0"
    )));
    assert!(found.iter().any(|line| line.starts_with("pin-excludes-runtime Dockerfile:2")));
    // The place is that of the instruction, not of a comment above it that says the same.
    world.write(
        "hermes/Dockerfile",
        "FROM python\n# once acme_runtime==0.1.3\nRUN true && \\\n    pip install acme_runtime==0.1.3\n",
    );
    let found = said(&compat(&world, &["--version", "0.2.0"], 1));
    assert!(
        found.iter().any(|line| line.starts_with("pin-excludes-runtime Dockerfile:4")),
        "{found:?}"
    );
    // A tag is no version; the hint says what was meant.
    let arguments = ["package", "compat", "mono", "--local", "hermes", "--shape", "pack"];
    let ran = world.run(&[&arguments[..], &["--version", "runtime-v0.2.0"]].concat()).exits(2);
    assert!(ran.stderr.contains("write `0.2.0`"), "{}", ran.stderr);
    // Of a version that is not known, nothing is said.
    assert!(said(&compat(&world, &[], 0)).is_empty());
}

#[test]
fn ranges_that_leave_no_room_break_the_build() {
    let world = world();
    world.write("hermes/requirements.txt", "acme-runtime\nHTTPX<0.25\n");
    let found = said(&compat(&world, &[], 1));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with(
            "dependency-ranges-disjoint requirements.txt:2 breaks the build of `hermes`: "
        ),
        "{found:?}"
    );
    assert!(
        found[0].contains("requires `httpx>=0.27`, and no version of it is also `HTTPX<0.25`"),
        "{found:?}"
    );
    world.write("hermes/requirements.txt", "acme-runtime\nhttpx>=0.25,<0.28\n");
    assert!(said(&compat(&world, &[], 0)).is_empty());
}

#[test]
fn third_party_symbols_are_looked_up_in_the_wheels_that_are_at_hand() {
    let world = world();
    world
        .write("hermes/more.py", "from agents import Runner\n")
        .write("hermes/requirements.txt", "acme-runtime\nopen-agents<2\n");
    world.wheel(
        "third",
        ("open_agents", "1.0"),
        &[],
        &[("agents/__init__.py", "class Runner: ...\n")],
    );
    world.wheel(
        "third",
        ("open_agents", "1.5"),
        &[],
        &[("agents/__init__.py", "class Crew: ...\n")],
    );
    world.wheel("third", ("open_agents", "2.0"), &[], &[("agents/__init__.py", "")]);
    let found = said(&compat(&world, &["--wheels", "third"], 1));
    assert_eq!(
        found,
        [
            "third-party-symbol-missing more.py:1 breaks `hermes` when `more.py` is imported: `agents` has no \
          `Runner` in open-agents 1.5, which `open-agents<2` admits"
        ]
    );
    world.write("hermes/requirements.txt", "acme-runtime\nopen-agents<1.5\n");
    assert!(said(&compat(&world, &["--wheels", "third"], 0)).is_empty());
}
