use super::*;

fn made(target: &Path, files: &[(&str, &str)]) -> Result<()> {
    let making = Making::begin(target)?;
    let mut hashes = BTreeMap::new();
    for (path, content) in files {
        let file = making.folder().join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("writable");
        fs::write(&file, content).expect("writable");
        hashes.insert((*path).to_owned(), hash_of(&file).expect("readable"));
    }
    making.finish(hashes, vec!["dist/acme-".to_owned()])
}

fn listing(folder: &Path) -> Vec<String> {
    files_below(folder).expect("readable")
}

#[test]
fn a_folder_of_ours_is_replaced_as_a_whole() {
    let world = tempfile::tempdir().expect("a folder");
    let target = world.path().join("deep/out");
    made(&target, &[("a", "1"), ("d/b", "2")]).expect("made");
    made(&target, &[("c", "3")]).expect("made again");
    assert_eq!(listing(world.path()), ["deep/out/.shipshape-made.json", "deep/out/c"]);
}

#[test]
fn what_is_somebodys_is_left_alone() {
    let world = tempfile::tempdir().expect("a folder");
    let target = world.path().join("out");
    fs::create_dir(&target).expect("writable");
    made(&target, &[("a", "1")]).expect("an empty folder may be taken");
    fs::create_dir_all(target.join("dist")).expect("writable");
    fs::create_dir_all(target.join("p/__pycache__")).expect("writable");
    fs::write(target.join("dist/acme-1.whl"), "built by another tool").expect("writable");
    fs::write(target.join("p/__pycache__/x.pyc"), "").expect("writable");
    made(&target, &[("a", "1")]).expect("what builds leave may go");
    for (path, content, message) in [
        ("notes.txt", "mine", "the folder holds a file that shipshape did not make"),
        ("a", "edited", "a file of the folder has been changed since it was made"),
        (MARKER, "{}", "the folder is not empty, and was not made by shipshape"),
    ] {
        fs::remove_dir_all(&target).expect("removed");
        made(&target, &[("a", "1")]).expect("made");
        fs::write(target.join(path), content).expect("writable");
        let error = made(&target, &[("a", "2")]).expect_err(path);
        assert_eq!(error.message(), message);
        assert_eq!(fs::read_to_string(target.join(path)).expect("still there"), content);
    }
    fs::write(world.path().join("file"), "").expect("writable");
    assert!(made(&world.path().join("file"), &[]).is_err());
}

#[test]
fn what_killed_runs_left_is_cleared_away_and_what_others_write_is_not() {
    let world = tempfile::tempdir().expect("a folder");
    let target = world.path().join("out");
    made(&target, &[("a", "1")]).expect("made");
    // Killed between the renames, after another one was killed while it wrote.
    fs::rename(&target, world.path().join(".out.shipshape-old")).expect("renamed");
    let dead = world.path().join(".out.shipshape-new-dead");
    fs::create_dir(&dead).expect("writable");
    fs::write(dead.join(MARKER), "").expect("writable");
    let alive = Making::begin(&target).expect("begun");
    assert_eq!(fs::read_to_string(target.join("a")).expect("put back"), "1");
    made(&target, &[("a", "2")]).expect("made");
    assert!(!dead.exists() && alive.folder().exists());
    alive.finish(BTreeMap::new(), Vec::new()).expect("made");
    assert_eq!(listing(world.path()), ["out/.shipshape-made.json"]);
}

#[test]
fn a_run_that_gives_up_leaves_nothing() {
    let world = tempfile::tempdir().expect("a folder");
    let making = Making::begin(&world.path().join("out")).expect("begun");
    fs::write(making.folder().join("half"), "").expect("writable");
    drop(making);
    assert_eq!(listing(world.path()), Vec::<String>::new());
}
