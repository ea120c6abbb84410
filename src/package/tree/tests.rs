use std::path::Path;

use super::*;
use crate::package::project::{Place, Project};

const MIB: usize = 1 << 20;

/// A package of twenty files of data, each a MiB, in a folder.
fn large(folder: &Path) -> PackageTree {
    let names: Vec<String> = (0..20).map(|number| format!("{number:02}.bin")).collect();
    for (number, name) in names.iter().enumerate() {
        std::fs::write(folder.join(name), vec![u8::try_from(number).expect("few"); MIB])
            .expect("writable");
    }
    let description = format!(
        "schema: 1\ndistribution: d\npackage: p\nmetadata: {{ description: d, requires-python: '>=3.11' }}\ndata: [{}]\n",
        names.join(", ")
    );
    let file = folder.join("package.yaml");
    std::fs::write(&file, description).expect("writable");
    let place = Place { description: Some(&file), ..Place::default() };
    let project = Project::load(place).unwrap_or_else(|errors| panic!("{errors:?}"));
    assert!(project.inventory.drift.is_empty(), "{:?}", project.inventory.drift);
    project.tree()
}

#[test]
fn batches_are_bounded_and_hold_every_file_once_and_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let tree = large(folder.path());
    let (mut paths, mut sizes) = (Vec::new(), Vec::new());
    tree.in_batches(false, &mut |batch| {
        sizes.push(batch.iter().map(|file| file.bytes.len()).sum::<usize>());
        paths.extend(batch.into_iter().map(|file| file.path));
        Ok(())
    })
    .expect("all can be made");
    let wanted: Vec<RepoPath> = tree.files.iter().map(|file| file.path.clone()).collect();
    assert_eq!(paths, wanted);
    // Each thread may still have a file in its hands when the limit is reached.
    let most = BATCH_BYTES as usize + rayon::current_num_threads() * MIB;
    assert!(sizes.iter().all(|size| *size <= most), "{sizes:?}");
    // What a thread made behind a gap is made again, so that a batch may also be smaller.
    assert!(sizes.len() >= 3 && sizes.iter().all(|size| *size > 0), "{sizes:?}");
}

#[test]
fn what_can_be_made_is_the_same_as_far_as_possible() {
    let folder = tempfile::tempdir().expect("a folder");
    let tree = large(folder.path());
    let made = tree.assemble_as_far_as_possible().expect("readable");
    assert!(made.unmade.is_empty());
    assert_eq!(made.files, tree.assemble().expect("all can be made"));
    let (from, _) = tree.source_of("p/03.bin").expect("a file of the folder");
    assert_eq!(from.as_str(), "03.bin");
    assert!(tree.source_of("p/py.typed").is_none());
}
