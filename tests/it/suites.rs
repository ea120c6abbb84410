//! Suites that need more than a Rust toolchain and a C compiler. `cargo test` shows them as ignored, by
//! name; `.ci/run` installs what they need and runs them with `cargo test -- --ignored`.

use std::process::Command;

use crate::world::World;

fn passes(script: &str, arguments: &[&str]) {
    let status = Command::new("bash")
        .arg(format!("{}/tests/{script}", env!("CARGO_MANIFEST_DIR")))
        .args(arguments)
        .status()
        .expect("bash runs");
    assert!(status.success(), "tests/{script} failed");
}

#[test]
#[ignore = "needs Chromium and Node.js; .ci/run installs them and runs it"]
fn browser() {
    let world = World::new();
    world.run(&["demo", "--into", "fleet", "--quiet"]).exits(0);
    passes("browser/run.sh", &[&world.path("fleet/report.html").to_string_lossy()]);
}

#[test]
#[ignore = "needs Python, Node.js and the package registries; .ci/run installs them and runs it"]
fn embedded_pack_under_actionlint_zizmor_and_cpython() {
    let world = World::new();
    world.run(&["shape", "show", "--render", "rendered/starter", "--starter"]).exits(0);
    world.run(&["shape", "show", "--render", "rendered/plain", "--slug", "acme-agent"]).exits(0);
    let hostile = "display_name=a\"b'c\\d$(e)${f}`g`: #x {{ y }} \u{202e}";
    world
        .run(&["shape", "show", "--render", "rendered/hostile", "--slug", "acme", "--set", hostile])
        .exits(0);
    passes("pack/run.sh", &[&world.path("rendered").to_string_lossy()]);
}

#[test]
#[ignore = "needs Python and a package index; .ci/run installs what it needs and runs it"]
fn smoke_with_a_real_python_and_a_real_index() {
    passes("smoke/run.sh", &[env!("CARGO_BIN_EXE_shipshape")]);
}
