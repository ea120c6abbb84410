//! What users rely on, through the binary.
//!
//! One test binary, since linking thirty takes longer than running them. Suites that need more than a
//! Rust toolchain and a C compiler are ignored by name; `.ci/run` installs what they need and runs them.

mod world;
mod worst;

/// The wheels that unit tests break, broken here through the binary.
#[path = "../../src/checks/distribution/testing.rs"]
#[expect(dead_code, reason = "unit tests use what is left")]
mod wheels;

mod action;
mod beside_repositories;
mod book;
mod broken_canons;
mod campaign;
mod canons;
mod checkouts;
mod comment;
mod demo;
mod doctor;
mod drift;
mod editors;
mod emulator;
mod explain;
mod fix;
mod fleet_commands;
mod fleet_forge;
mod fleet_init;
mod fleet_lists;
mod foreign;
mod forge;
mod forge_app;
mod forge_reports;
mod forge_schema;
mod forge_silence;
mod generated;
mod guide;
mod hostile;
mod images;
mod job_log;
mod judging;
mod lacking;
mod lineage;
mod listed;
mod managed_lines;
mod member_folders;
mod migrate;
mod mishaps;
mod new;
mod new_answers;
mod new_begun;
mod new_errors;
mod new_forge;
mod new_given_up;
mod new_json;
mod new_listed;
mod new_members;
mod new_renewed;
mod offers;
mod one_repository;
mod other_kinds;
mod pack_demands;
mod pack_variables;
mod package_build;
mod package_check;
mod package_compat;
mod package_init;
mod package_smoke;
mod packs_in_git;
mod permissions;
mod pin;
mod promoted;
mod proposed_commands;
mod put_away;
mod quoted;
mod refusals;
mod rehearsal;
mod release;
mod release_publish;
mod repeated;
mod reviews;
mod sandbox;
mod secrets;
mod serve;
mod shape_init;
mod shape_on_forge;
mod shape_packs;
mod shipping;
mod stage;
mod starter_local;
mod structure;
mod suites;
mod told;
mod validate;
mod waivers;
mod work_trees;
mod work_trees_as_kept;

use std::collections::BTreeSet;
use std::path::Path;

/// A test file that no `mod` names would never run.
#[test]
fn every_file_here_is_a_module() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    name_all(&folder.join("main.rs"), &folder);
    for module in [
        "book",
        "images",
        "package_build",
        "package_compat",
        "release",
        "release_publish",
        "sandbox",
        "serve",
    ] {
        name_all(&folder.join(format!("{module}.rs")), &folder.join(module));
    }
}

/// Requires that a module names every file of a folder.
fn name_all(module: &Path, folder: &Path) {
    let text = std::fs::read_to_string(module).expect("readable");
    let named: BTreeSet<&str> =
        text.lines().filter_map(|line| line.split_once("mod ")?.1.strip_suffix(';')).collect();
    for entry in std::fs::read_dir(folder).expect("readable") {
        let name = entry.expect("readable").file_name().to_string_lossy().into_owned();
        let Some(found) = name.strip_suffix(".rs").filter(|found| *found != "main") else {
            continue;
        };
        assert!(named.contains(found), "{name} is not a module of {}", module.display());
    }
}
