use super::*;

fn loose() -> Loose {
    Loose { folder: "dist", beginning: "acme-".to_owned(), endings: &[".whl", ".tar.gz"] }
}

fn made(target: &Path, files: &[(&str, &str)]) -> Result<Vec<String>> {
    let making = Making::begin(target, loose())?;
    let mut hashes = BTreeMap::new();
    for (path, content) in files {
        let file = making.folder().join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("writable");
        fs::write(&file, content).expect("writable");
        hashes.insert((*path).to_owned(), hash_of(&file).expect("readable"));
    }
    making.finish(hashes)
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
        ("notes.txt", "mine", "the folder contains a file that shipshape did not create"),
        ("a", "edited", "a file of the folder has been changed since it was created"),
        (MARKER, "{}", "the folder is not empty, and was not created by shipshape"),
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
    // Killed before it could say that it works there.
    let unborn = world.path().join(".out.shipshape-new-unborn");
    fs::create_dir(&unborn).expect("writable");
    fs::write(dead.join(MARKER), "").expect("writable");
    let alive = Making::begin(&target, loose()).expect("begun");
    assert_eq!(fs::read_to_string(target.join("a")).expect("put back"), "1");
    made(&target, &[("a", "2")]).expect("made");
    assert!(!dead.exists() && !unborn.exists() && alive.folder().exists());
    alive.finish(BTreeMap::new()).expect("made");
    assert_eq!(listing(world.path()), ["out/.shipshape-made.json"]);
}

#[test]
fn a_run_that_gives_up_leaves_nothing() {
    let world = tempfile::tempdir().expect("a folder");
    let making = Making::begin(&world.path().join("out"), loose()).expect("begun");
    fs::write(making.folder().join("half"), "").expect("writable");
    drop(making);
    assert_eq!(listing(world.path()), Vec::<String>::new());
}

#[test]
fn a_marker_does_not_say_what_may_be_wiped() {
    let world = tempfile::tempdir().expect("a folder");
    let target = world.path().join("out");
    fs::create_dir(&target).expect("writable");
    fs::write(target.join("p.txt"), "mine").expect("writable");
    let forged = r#"{"schema":"shipshape/made/1","files":{},"loose":[""]}"#;
    fs::write(target.join(MARKER), forged).expect("writable");
    let error = made(&target, &[("a", "1")]).expect_err("refused");
    assert_eq!(error.message(), "the folder contains a file that shipshape did not create");
    assert_eq!(fs::read_to_string(target.join("p.txt")).expect("still there"), "mine");
}

#[test]
fn only_what_builds_put_there_is_loose() {
    for (path, goes) in [
        ("p/__pycache__/x.cpython-313.pyc", true),
        ("__pycache__/x.pyc", true),
        ("dist/acme-1.0.tar.gz", true),
        ("dist/acme-1.0-py3-none-any.whl", true),
        ("notes__pycache__/n.txt", false),
        ("notes__pycache__/n.pyc", false),
        ("__pycache__/n.txt", false),
        ("__pycache__/deeper/n.pyc", false),
        ("dist/acme-1.0.tar.gz.asc", false),
        ("dist/acme-notes.txt", false),
        ("dist/acme-/n.whl", false),
        ("dist/acmes-1.0.whl", false),
        ("old/dist/acme-1.0.whl", false),
    ] {
        let world = tempfile::tempdir().expect("a folder");
        let target = world.path().join("out");
        made(&target, &[("a", "1")]).expect("made");
        let file = target.join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("writable");
        fs::write(&file, "").expect("writable");
        assert_eq!(made(&target, &[("a", "2")]).is_ok(), goes, "{path}");
        assert_eq!(!file.exists(), goes, "{path}");
    }
}

#[test]
fn what_lies_under_our_names_is_looked_at_before_it_is_touched() {
    let world = tempfile::tempdir().expect("a folder");
    let (target, old) = (world.path().join("out"), world.path().join(".out.shipshape-old"));
    let file = old.join("p.txt");
    fs::create_dir(&old).expect("writable");
    fs::write(&file, "mine").expect("writable");
    made(&target, &[("a", "1")]).expect_err("somebody's folder is no build");
    assert!(file.exists() && !target.exists());
    fs::remove_dir_all(&old).expect("removed");
    made(&target, &[("a", "1")]).expect("made");
    fs::create_dir(&old).expect("writable");
    fs::write(&file, "mine").expect("writable");
    made(&target, &[("a", "2")]).expect_err("refused");
    assert!(file.exists() && target.join("a").exists());
}

#[test]
fn the_only_build_that_is_left_stays_when_the_folder_is_somebodys() {
    let world = tempfile::tempdir().expect("a folder");
    let (target, old) = (world.path().join("out"), world.path().join(".out.shipshape-old"));
    made(&target, &[("a", "1")]).expect("made");
    fs::rename(&target, &old).expect("killed between the renames");
    fs::create_dir(&target).expect("writable");
    fs::write(target.join("p.txt"), "mine").expect("writable");
    made(&target, &[("a", "2")]).expect_err("refused");
    assert!(target.join("p.txt").exists() && old.join("a").exists());
    fs::remove_dir_all(&target).expect("removed");
    made(&target, &[("a", "2")]).expect("put back, and replaced");
    assert_eq!(listing(world.path()), ["out/.shipshape-made.json", "out/a"]);
}

#[test]
fn runs_into_one_folder_do_not_disturb_each_other() {
    let world = tempfile::tempdir().expect("a folder");
    let target = world.path().join("out");
    std::thread::scope(|scope| {
        let target = &target;
        let run = move |number: usize| {
            let name = format!("f{number}");
            for _ in 0..30 {
                let notes = made(target, &[("a", "1"), (&name, "2")]).expect("made");
                assert!(
                    notes.iter().all(|note| note.starts_with("another build wrote")),
                    "{notes:?}"
                );
            }
        };
        for number in 0..4 {
            scope.spawn(move || run(number));
        }
    });
    let left = listing(world.path());
    assert!(left.len() == 3 && left.iter().all(|it| it.starts_with("out/")), "{left:?}");
}

#[test]
fn whoever_replaces_what_another_made_meanwhile_says_so() {
    let world = tempfile::tempdir().expect("a folder");
    let target = world.path().join("out");
    made(&target, &[("a", "0")]).expect("made");
    let slow = Making::begin(&target, loose()).expect("begun");
    assert_eq!(made(&target, &[("a", "1")]), Ok(Vec::new()));
    let notes = slow.finish(BTreeMap::new()).expect("made");
    assert!(notes.len() == 1 && notes[0].starts_with("another build wrote"), "{notes:?}");
    // Equal bytes are no loss.
    let slow = Making::begin(&target, loose()).expect("begun");
    made(&target, &[("a", "2")]).expect("made");
    fs::write(slow.folder().join("a"), "2").expect("writable");
    let hash = hash_of(&slow.folder().join("a")).expect("readable");
    assert_eq!(slow.finish(BTreeMap::from([("a".to_owned(), hash)])), Ok(Vec::new()));
}

#[test]
fn a_lock_that_is_somebodys_file_is_left_alone() {
    let world = tempfile::tempdir().expect("a folder");
    let lock = world.path().join(".out.shipshape-lock");
    fs::write(&lock, "mine").expect("writable");
    let error = made(&world.path().join("out"), &[]).expect_err("refused");
    assert!(!error.hints().is_empty(), "{error}");
    assert_eq!(fs::read_to_string(&lock).expect("still there"), "mine");
    fs::write(&lock, "").expect("writable");
    made(&world.path().join("out"), &[]).expect("one of a killed run is taken over");
    assert!(!lock.exists());
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    let world = tempfile::tempdir().expect("a folder");
    for name in [MARKER, "a"] {
        let target = world.path().join("out");
        made(&target, &[("a", "1")]).expect("made");
        fs::remove_file(target.join(name)).expect("removed");
        let made_pipe = std::process::Command::new("mkfifo").arg(target.join(name)).status();
        assert!(made_pipe.expect("mkfifo runs").success());
        made(&target, &[("a", "1")]).expect_err(name);
        fs::remove_dir_all(&target).expect("removed");
    }
}

/// Only root can give files away.
#[cfg(unix)]
#[test]
fn a_lock_of_another_user_is_not_waited_for_and_a_link_is_not_opened() {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
    let world = tempfile::tempdir().expect("a folder");
    fs::set_permissions(world.path(), fs::Permissions::from_mode(0o1777)).expect("ours");
    let (target, lock) = (world.path().join("out"), world.path().join(".out.shipshape-lock"));
    symlink(world.path().join("elsewhere"), &lock).expect("a link");
    made(&target, &[("a", "1")]).expect_err("a link");
    assert!(!world.path().join("elsewhere").exists());
    fs::remove_file(&lock).expect("ours");
    let held = fs::File::create(&lock).expect("made");
    held.lock().expect("locked");
    if chown(&lock, Some(20_001), None).is_err() {
        return;
    }
    let error = made(&target, &[("a", "1")]).expect_err("another's");
    assert!(error.to_string().contains("another user"), "{error}");
}
