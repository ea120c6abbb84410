//! Operations that are killed at every point, two runs at once, and files of other versions.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::json;

use super::*;
use crate::error::Kind;

const NOW: &str = "2026-11-22T12:00:00Z";

/// How many more steps a run may take before it is killed.
#[derive(Clone, Debug)]
pub(super) struct Life(Arc<AtomicI64>);

impl Life {
    fn of(steps: i64) -> Self {
        Self(Arc::new(AtomicI64::new(steps)))
    }

    pub(super) fn spend(&self) -> Result<()> {
        if self.0.fetch_sub(1, Ordering::SeqCst) > 0 {
            return Ok(());
        }
        Err(Error::failed("killed"))
    }
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("state/acme/state.db")
    }

    fn journal(&self) -> Journal {
        Journal::open(&self.file()).expect("a journal")
    }
}

fn name() -> OperationName {
    OperationName::new("new", "acme/x")
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

/// Three effects on a world that is a list, each visible in it before its outcome is known.
async fn run(journal: &Journal, world: &RefCell<Vec<String>>, life: &Life) -> Result<Vec<usize>> {
    let operation = journal.begin(&name(), &json!({ "a": 1 }), NOW)?;
    let mut places = Vec::new();
    for key in ["repository", "commit", "pull request"] {
        let look_up = async || {
            life.spend()?;
            Ok(world.borrow().iter().position(|it| it == key))
        };
        let act = async || {
            life.spend()?;
            world.borrow_mut().push(key.to_owned());
            life.spend()?;
            Ok(world.borrow().len() - 1)
        };
        let caution = Caution::WhenInDoubt;
        places.push(operation.effect(key, &key, caution, look_up, act).await?.outcome());
    }
    operation.finish()?;
    Ok(places)
}

#[test]
fn killed_at_every_point_each_effect_happens_once() {
    let mut kills = 0;
    for steps in 0.. {
        let place = Place::new();
        let world = RefCell::new(Vec::new());
        let journal = place.journal();
        let life = Life::of(steps);
        let mortal = |store: &mut Store| {
            store.life = Some(life.clone());
            Ok(())
        };
        journal.with(mortal).expect("set");
        let ended = wait(run(&journal, &world, &life));
        drop(journal);
        let outcome = match ended {
            Ok(outcome) => outcome,
            Err(error) => {
                assert_eq!(error.message(), "killed");
                kills += 1;
                wait(run(&place.journal(), &world, &Life::of(1000))).expect("resumed")
            }
        };
        assert_eq!(*world.borrow(), ["repository", "commit", "pull request"], "killed at {steps}");
        assert_eq!(outcome, [0, 1, 2]);
        let unfinished = place.journal().unfinished(&name()).expect("readable");
        assert!(unfinished.is_none());
        if life.0.load(Ordering::SeqCst) >= 0 {
            break;
        }
    }
    assert!(kills > 12, "{kills}");
}

#[test]
fn an_empty_journal_is_rebuilt_by_looking_first() {
    let place = Place::new();
    let journal = place.journal();
    let operation = journal.begin(&name(), &json!(null), NOW).expect("begun");
    let acted = Cell::new(false);
    let settled = wait(operation.effect(
        "repository",
        &"acme/x",
        Caution::Always,
        async || Ok(Some(7)),
        async || {
            acted.set(true);
            Ok(8)
        },
    ));
    assert_eq!(settled, Ok(Settled::Found(7)));
    assert!(!acted.get());
    let again = wait(operation.effect(
        "repository",
        &"acme/x",
        Caution::Always,
        async || panic!("the outcome is known"),
        async || Ok(9),
    ));
    assert_eq!(again, Ok(Settled::Before(7)));
}

#[test]
fn what_failed_is_looked_up_before_it_is_tried_again() {
    let place = Place::new();
    let journal = place.journal();
    let operation = journal.begin(&name(), &json!(null), NOW).expect("begun");
    let asked = Cell::new(0);
    let attempt = |answer: Result<u8>| {
        wait(operation.effect(
            "x",
            &"x",
            Caution::WhenInDoubt,
            async || {
                asked.set(asked.get() + 1);
                Ok(None)
            },
            async || answer,
        ))
    };
    assert!(attempt(Err(Error::failed("no answer"))).is_err());
    assert_eq!(asked.get(), 0);
    assert_eq!(attempt(Ok(1)), Ok(Settled::Now(1)));
    assert_eq!(asked.get(), 1);
    let effects = operation.effects().expect("readable");
    assert_eq!((effects.len(), effects[0].tries), (1, 2));
    assert_eq!(effects[0].state, EffectState::Done(json!(1)));
}

#[test]
fn a_try_that_is_cut_off_neither_fails_nor_takes_a_failure_back() {
    let place = Place::new();
    let journal = place.journal();
    let operation = journal.begin(&name(), &json!(null), NOW).expect("begun");
    let attempt = |key: &str, seen: Result<Option<u8>>, answer: Result<u8>| {
        let caution = Caution::Always;
        let _ = wait(operation.effect(key, &key, caution, async || seen, async || answer));
        let effects = operation.effects().expect("readable");
        let effect = effects.iter().find(|effect| effect.key == key).expect("recorded");
        (effect.state.clone(), effect.why_failed().map(str::to_owned))
    };
    let no = || Error::failed("no answer");
    let cut_off = |key| attempt(key, Err(no()), Ok(1));
    for _ in 0..3 {
        assert_eq!(cut_off("x"), (EffectState::Intended, None));
    }
    let (state, why) = attempt("x", Ok(None), Err(no()));
    assert!(matches!(state, EffectState::Failed(_)) && why.is_some(), "{state:?}");
    for _ in 0..2 {
        assert_eq!(cut_off("x"), (EffectState::Intended, why.clone()));
    }
    assert_eq!(attempt("x", Ok(None), Ok(1)), (EffectState::Done(json!(1)), None));
}

#[test]
fn other_answers_do_not_go_on_with_what_was_begun() {
    let place = Place::new();
    let journal = place.journal();
    let begin = |input| journal.begin(&name(), &input, NOW);
    drop(begin(json!({ "a": 1, "b": 2 })).expect("begun"));
    // Nothing was tried yet, so other answers simply replace the first.
    let operation = begin(json!({ "a": 2, "b": 2 })).expect("begun anew");
    assert!(!operation.is_resumed());
    let done =
        wait(operation.effect("x", &1, Caution::WhenInDoubt, async || Ok(None), async || Ok(1)));
    assert!(done.expect("done").is_new());
    drop(operation);
    let error = begin(json!({ "a": 1, "b": 2 })).expect_err("other answers");
    assert_eq!(error.kind(), Kind::Usage);
    assert!(error.hints().iter().any(|hint| hint.contains("--start-over")), "{error:?}");
    // The order of keys is no difference.
    assert!(begin(json!({ "b": 2, "a": 2 })).expect("the same").is_resumed());
    let unfinished = journal.unfinished(&name()).expect("readable").expect("there");
    assert_eq!(unfinished.input, json!({ "a": 2, "b": 2 }));
    journal.abandon(&name(), NOW).expect("given up");
    assert!(!begin(json!({ "a": 1 })).expect("anew").is_resumed());
}

#[test]
fn an_operation_is_one_runs_at_a_time_and_another_is_free() {
    let place = Place::new();
    let (one, other) = (place.journal(), place.journal());
    let at_it = || other.at_it(&name()).expect("readable");
    assert_eq!(at_it(), None);
    let operation = one.begin(&name(), &json!(1), NOW).expect("begun");
    let told = at_it().expect("a run is at it");
    assert!(told.starts_with(&format!("process {}", std::process::id())), "{told}");
    assert!(told.ends_with(&format!("), since {NOW}")), "{told}");
    // A run that has written nothing for longer than its lease lasts is at it as long as it has the lock.
    let lease_ends = |until: i64| {
        let connection = rusqlite::Connection::open(place.file()).expect("open");
        let set = "UPDATE operations SET lease_until = ?1";
        connection.execute(set, [until]).expect("set");
    };
    lease_ends(1);
    assert_eq!(at_it(), Some(told));
    // What it has seen done renews the lease.
    let lease = || {
        let connection = rusqlite::Connection::open(place.file()).expect("open");
        let asked = "SELECT lease_until FROM operations";
        connection.query_row(asked, [], |row| row.get::<_, i64>(0)).expect("a lease")
    };
    operation.found_now("stage", &1).expect("written");
    assert!(lease() > 1_000_000);
    lease_ends(1);
    wait(operation.found("stage", &2)).expect("written");
    assert!(lease() > 1_000_000);
    let error = other.begin(&name(), &json!(1), NOW).expect_err("held");
    assert!(error.message().contains("another run is working on"), "{error}");
    assert!(error.message().contains(&std::process::id().to_string()), "{error}");
    assert!(other.abandon(&name(), NOW).is_err());
    assert!(other.begin_if_free(&name(), &json!(1), NOW).expect("readable").is_none());
    let elsewhere = OperationName::new("new", "acme/y");
    other.begin(&elsewhere, &json!(1), NOW).expect("another one is free");
    drop(operation);
    assert_eq!(at_it(), None);
    let again = other.begin_if_free(&name(), &json!(1), NOW).expect("readable").expect("free");
    assert!(again.is_resumed());
}

#[test]
fn what_says_something_only_together_is_recorded_by_one_write() {
    let place = Place::new();
    let journal = place.journal();
    let operation = journal.begin(&name(), &json!(1), NOW).expect("begun");
    let effects = ["one", "two"].map(|key| (key.to_owned(), json!(1)));
    for (writes, recorded) in [(0, 0), (1, 2)] {
        let mortal = |store: &mut Store| {
            store.life = Some(Life::of(writes));
            Ok(())
        };
        journal.with(mortal).expect("set");
        assert_eq!(operation.found_together(&effects).is_ok(), writes > 0);
        assert_eq!(operation.effects().expect("readable").len(), recorded);
    }
}

#[test]
fn a_change_builds_upon_what_another_run_has_recorded_beside_the_one_that_holds_the_operation() {
    let place = Place::new();
    let journal = place.journal();
    let operation = journal.begin(&name(), &json!(1), NOW).expect("begun");
    let beside = |name: &OperationName, value: i64| {
        place
            .journal()
            .change_beside(name, "one", NOW, |_| Ok(Some(json!(value))))
            .expect("written")
    };
    assert!(beside(&name(), 7));
    let add = |known: Option<Value>| {
        Ok(known.and_then(|known| known.as_i64()).map(|known| json!(known + 1)))
    };
    operation.change_now("one", add).expect("written");
    operation.change_now("another", add).expect("written");
    operation.change_now("one", |_| Ok(None)).expect("written");
    assert!(operation.change_now("one", |_| Err(Error::failed("no"))).is_err());
    let effects = operation.effects().expect("readable");
    let outcomes: Vec<_> = effects.iter().map(|it| it.state.outcome().cloned()).collect();
    assert_eq!(outcomes, [Some(json!(8))]);
    assert!(!beside(&OperationName::new("new", "acme/y"), 1));
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_journal() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let journal = place.journal();
    let operation = journal.begin(&name(), &json!("private"), NOW).expect("begun");
    let folder = place.file().parent().map(Path::to_owned).expect("a folder");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).expect("readable") {
        let metadata = entry.expect("readable").metadata().expect("readable");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        seen += 1;
    }
    assert!(seen >= 2, "{seen}");
    let mode = folder.metadata().expect("readable").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    drop(operation);
}

#[test]
fn a_journal_of_a_newer_version_is_left_alone() {
    let place = Place::new();
    drop(place.journal());
    let connection = rusqlite::Connection::open(place.file()).expect("open");
    connection.pragma_update(None, "user_version", 99).expect("set");
    drop(connection);
    let error = Journal::open(&place.file()).expect_err("newer");
    assert_eq!(error.kind(), Kind::Usage);
    std::fs::write(place.file(), "no database").expect("written");
    let error = Journal::open(&place.file()).expect_err("damaged");
    assert!(error.place().is_some() && !error.hints().is_empty(), "{error}");
}

#[cfg(unix)]
#[test]
fn a_journal_is_the_same_through_a_link() {
    let place = Place::new();
    let journal = place.journal();
    let operation = journal.begin(&name(), &json!(1), NOW).expect("begun");
    operation.found_now("repository", &1).expect("written");
    let link = place.0.path().join("link.db");
    std::os::unix::fs::symlink(place.file(), &link).expect("linked");
    // What was written last is beside the file, and not beside the link.
    let looked = Journal::look(&link).expect("readable").expect("a journal");
    let known = looked.unfinished(&name()).expect("readable").expect("begun");
    assert_eq!(known.effects.len(), 1);
    assert!(looked.at_it(&name()).expect("readable").is_some());
    let through_link = Journal::open(&link).expect("a journal");
    let error = through_link.begin(&name(), &json!(1), NOW).expect_err("held");
    assert!(error.to_string().contains("another run is working on"), "{error}");
    drop(operation);
    through_link.begin(&name(), &json!(1), NOW).expect("free");
}

#[test]
fn a_look_at_an_older_journal_reads_it_and_leaves_it_as_it_is() {
    let place = Place::new();
    drop(place.journal().begin(&name(), &json!(1), NOW).expect("begun"));
    let connection = rusqlite::Connection::open(place.file()).expect("open");
    connection
        .execute_batch("ALTER TABLE operations DROP COLUMN held_since; PRAGMA user_version = 1")
        .expect("older");
    connection.pragma_update(None, "journal_mode", "delete").expect("one file");
    drop(connection);
    let before = std::fs::read(place.file()).expect("readable");
    let looked = Journal::look(&place.file()).expect("readable").expect("a journal");
    assert_eq!(looked.at_it(&name()).expect("readable"), None);
    assert_eq!(looked.running("new").expect("readable"), [name()]);
    assert!(looked.unfinished(&name()).expect("readable").is_some());
    assert_eq!(std::fs::read(place.file()).expect("readable"), before);
    let empty = place.0.path().join("empty.db");
    std::fs::write(&empty, "").expect("written");
    assert!(Journal::look(&empty).expect("readable").is_none());
}
