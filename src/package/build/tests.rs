//! Modes are those of Unix.
#![cfg(unix)]

use std::fs::Permissions;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::package::project::Place;

const DESCRIPTION: &str = "schema: 1\ndistribution: d\npackage: p\nsource: code\n\
    data: [first.bin, large.bin, last.sh]\nmetadata: { description: d }\n";

/// More than a batch takes.
const LARGE: usize = 9 << 20;

/// A package of data whose first and last file are executable, and whose files do not fit into one batch.
fn project(folder: &Path) -> Project {
    let code = folder.join("code");
    std::fs::create_dir(&code).expect("writable");
    let file = folder.join("package.yaml");
    std::fs::write(&file, DESCRIPTION).expect("writable");
    for (name, mode, bytes) in [
        ("first.bin", 0o755, b"\x7fELF".to_vec()),
        ("large.bin", 0o644, vec![0; LARGE]),
        ("last.sh", 0o755, b"#!/bin/sh\n".to_vec()),
    ] {
        let path = code.join(name);
        std::fs::write(&path, bytes).expect("writable");
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).expect("ours");
    }
    let place = Place { description: Some(&file), ..Place::default() };
    let project = Project::load(place).unwrap_or_else(|errors| panic!("{errors:?}"));
    assert!(project.inventory.drift.is_empty(), "{:?}", project.inventory.drift);
    project
}

#[test]
fn executable_data_is_executable_once_installed_in_whatever_batch_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = project(folder.path());
    let metadata = project.metadata("1.0").expect("a version");
    let request =
        Request { wheel: true, sdist: false, tree: false, report: false, epoch: 1_700_000_000 };
    let out = folder.path().join("out");
    let built = build(&project, &metadata, &request, Some(&out))
        .unwrap_or_else(|errors| panic!("{errors:?}"));
    let [wheel] = built.artefacts.as_slice() else { panic!("{:?}", built.artefacts) };
    let listed = wheel.members.iter().filter(|member| member.executable);
    let listed: Vec<&str> = listed.map(|member| member.path.as_str()).collect();
    assert_eq!(listed, ["p/first.bin", "p/last.sh"]);
    let file = std::fs::File::open(out.join(&wheel.path)).expect("the wheel");
    let mut archive = zip::ZipArchive::new(file).expect("a zip");
    for (name, mode, size) in [
        ("p/first.bin", 0o100_755, 4),
        ("p/large.bin", 0o100_644, LARGE),
        ("p/last.sh", 0o100_755, 10),
    ] {
        let mut entry = archive.by_name(name).expect("an entry");
        assert_eq!(entry.unix_mode(), Some(mode), "{name}");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("sound");
        assert_eq!(content.len(), size, "{name}");
    }
}
