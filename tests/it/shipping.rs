//! What is linked in and what is shipped: licences, the oldest Rust, and one build for the program and its tests. What takes a
//! network (advisories) is not judged here, and nothing says that it was.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn own(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect("readable")
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The list of deny.toml, evaluated by the same crate that cargo-deny uses, so that `cargo test` says it without cargo-deny.
#[test]
fn every_crate_that_is_linked_in_has_an_allowed_licence() {
    let deny: toml_edit::Document<String> = own("deny.toml").parse().expect("TOML");
    let allowed: Vec<spdx::Licensee> = deny["licenses"]["allow"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|name| spdx::Licensee::parse(name.as_str().expect("a text")).expect("SPDX"))
        .collect();
    assert!(allowed.len() > 5);
    let metadata: Value = serde_json::from_str(&cargo(&[
        "metadata",
        "--format-version=1",
        "--locked",
        "--offline",
        "--filter-platform=x86_64-unknown-linux-gnu",
    ]))
    .expect("JSON");
    // Of all that Cargo.lock has, what this platform's build reaches.
    let reached: BTreeSet<&str> = metadata["resolve"]["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .filter_map(|node| node["id"].as_str())
        .collect();
    let mut judged = 0;
    let mut refused = Vec::new();
    for package in metadata["packages"].as_array().expect("packages") {
        if !reached.contains(package["id"].as_str().expect("an id")) {
            continue;
        }
        judged += 1;
        // Older crates name a file instead of an expression; of those only the text of MIT is known here.
        let of_file = || {
            let folder = Path::new(package["manifest_path"].as_str()?).parent()?;
            let text =
                std::fs::read_to_string(folder.join(package["license_file"].as_str()?)).ok()?;
            text.contains("Permission is hereby granted, free of charge").then_some("MIT")
        };
        let said = package["license"].as_str().or_else(of_file).unwrap_or_default();
        let fine =
            spdx::Expression::parse_mode(said, spdx::ParseMode::LAX).is_ok_and(|expression| {
                expression
                    .evaluate(|wanted| allowed.iter().any(|licensee| licensee.satisfies(wanted)))
            });
        if !fine {
            refused.push(format!("{} {}: {said:?}", package["name"], package["version"]));
        }
    }
    assert!(judged > 200, "{judged} crates only");
    assert!(refused.is_empty(), "not allowed by deny.toml:\n{}", refused.join("\n"));
}

/// What the README promises: `cargo run` and `cargo test` take the same crates. Each crate of the program is built with the same
/// features whether or not tools of the tests are there.
#[test]
fn the_program_and_its_tests_are_one_build() {
    let features = |edges: &str| -> BTreeMap<String, String> {
        let listed = cargo(&[
            "tree",
            "--locked",
            "--offline",
            "--prefix=none",
            "--no-dedupe",
            "--format={p}|{f}",
            "--edges",
            edges,
        ]);
        listed
            .lines()
            .filter_map(|line| line.split_once('|'))
            .map(|(package, features)| (package.to_owned(), features.to_owned()))
            .collect()
    };
    let program = features("normal,build");
    let tests = features("normal,build,dev");
    assert!(program.len() > 200, "{} crates only", program.len());
    let other: Vec<String> = program
        .iter()
        .filter_map(|(package, of_program)| {
            let of_tests = tests.get(package)?;
            (of_tests != of_program).then(|| {
                format!("{package}: {of_program} for the program, {of_tests} for the tests")
            })
        })
        .collect();
    assert!(
        other.is_empty(),
        "built twice; name the features in Cargo.toml, where the others are:\n{}",
        other.join("\n")
    );
}

/// The oldest Rust is said in one place and in prose, alike.
#[test]
fn the_oldest_rust_is_the_one_that_the_readme_names() {
    let manifest: toml_edit::Document<String> = own("Cargo.toml").parse().expect("TOML");
    let oldest = manifest["package"]["rust-version"].as_str().expect("rust-version");
    let readme = own("README.md");
    assert!(readme.contains(&format!("a Rust toolchain ({oldest} or newer)")), "README.md");
}
