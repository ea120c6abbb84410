use super::*;

const THEN: &str = "2026-11-22T12:00:00Z";
const LATER: &str = "2026-11-22T13:00:00Z";

fn read(text: &str) -> Version {
    text.parse().expect("a version")
}

fn of(version: &Version) -> ReleaseId<'_> {
    ReleaseId { distribution: "acme-runtime", version }
}

#[test]
fn it_is_remembered_until_all_are_back_or_another_or_a_later_release_is_begun() {
    let place = tempfile::tempdir().expect("a folder");
    let journal = Journal::open(&place.path().join("journal.db")).expect("a journal");
    let begin = |version: &str| {
        begin(&journal, of(&read(version)), &["--waves 1".to_owned()], THEN).expect("begun")
    };
    let known = || begun(&journal, "Acme_Runtime").expect("read");
    assert_eq!(known(), None);
    let first = begin("0.1.6");
    assert!(known().is_some_and(|back| back.at_it.is_some() && back.ended.is_none()));
    drop(first);
    let back = known().expect("one");
    assert_eq!((back.version.as_str(), back.at_it.clone()), ("0.1.6", None));
    assert_eq!(back.in_words(), format!("`release back 0.1.6`, started at {THEN}, was cut off"));
    assert_eq!(back.options, ["--waves 1"]);
    begin("0.1.5").end(Ended { back: 1, of: 3, unreachable: 0 }).expect("ended");
    assert!(known().is_some_and(|back| back.can_go_on()));
    let words = known().map(|back| back.in_words()).unwrap_or_default();
    assert!(words.ends_with("ended with 1 of 3 repositories back"), "{words}");
    let release = |version: &str, at: &str| {
        let (name, input) = chain::operation(of(&read(version)));
        let operation = journal.begin(&name, &input, at).expect("begun");
        chain::Record::keep_about(&operation, &chain::About::default()).expect("kept");
    };
    release("0.1.4", LATER);
    release("0.1.7", THEN);
    assert!(known().is_some(), "neither is a later release that was begun since");
    release("0.1.8", LATER);
    assert_eq!(known(), None);
    begin("0.1.6").end(Ended { back: 3, of: 3, unreachable: 0 }).expect("ended");
    assert!(open(&journal, "acme-runtime").expect("read").is_empty());
}

#[test]
fn chains_that_only_record_a_way_back_do_not_end_it() {
    let place = tempfile::tempdir().expect("a folder");
    let journal = Journal::open(&place.path().join("journal.db")).expect("a journal");
    drop(begin(&journal, of(&read("0.1.6")), &[], THEN).expect("begun"));
    let known = || begun(&journal, "acme-runtime").expect("read").is_some();
    let chain_of = |version: &str| {
        let (name, input) = chain::operation(of(&read(version)));
        journal.begin(&name, &input, LATER).expect("begun")
    };
    // A version that was published by other means.
    let way = chain::WayBack {
        from: &read("0.1.7"),
        to: &read("0.1.6"),
        purpose: chain::Purpose::Leave,
        progress: chain::Progress::Over,
    };
    let back = chain::Returned::with(None, &[], way);
    let keep = |operation: &Operation| {
        chain::Record::change_went_back(operation, |_| Some(back.clone())).expect("kept");
    };
    keep(&chain_of("0.1.7"));
    assert!(known());
    // One that was released from here, until members go back from it as well.
    let released = chain_of("0.1.8");
    chain::Record::keep_about(&released, &chain::About::default()).expect("kept");
    assert!(!known());
    keep(&released);
    assert!(known());
}

#[test]
fn one_that_is_given_up_is_forgotten_unless_another_was_open() {
    let place = tempfile::tempdir().expect("a folder");
    let journal = Journal::open(&place.path().join("journal.db")).expect("a journal");
    let begin = |version: &str| begin(&journal, of(&read(version)), &[], THEN).expect("begun");
    let known = || begun(&journal, "acme-runtime").expect("read");
    begin("0.1.6").give_up().expect("given up");
    assert_eq!(known(), None);
    begin("0.1.6").end(Ended { back: 1, of: 3, unreachable: 0 }).expect("ended");
    begin("0.1.6").give_up().expect("given up");
    assert!(known().is_some_and(|back| back.can_go_on()));
}

#[test]
fn a_later_version_that_goes_forward_ends_it_unless_a_process_is_at_it() {
    let place = tempfile::tempdir().expect("a folder");
    let journal = Journal::open(&place.path().join("journal.db")).expect("a journal");
    let at_it = begin(&journal, of(&read("0.1.6")), &[], THEN).expect("begun");
    let known = || begun(&journal, "acme-runtime").expect("read").is_some();
    let forward = |version: &str| {
        let before = opened(&journal, of(&read(version))).expect("read");
        overtake(&journal, &before, LATER).expect("written");
    };
    forward("0.1.7");
    assert!(known());
    at_it.end(Ended { back: 1, of: 3, unreachable: 0 }).expect("ended");
    forward("0.1.6");
    assert!(known());
    forward("0.1.7");
    assert!(!known());
    let back = last(&journal, "acme-runtime").expect("read").expect("it stays on record");
    assert!(back.is_overtaken);
    // One that is given up leaves nothing that could be continued.
    begin(&journal, of(&read("0.1.6")), &[], LATER).expect("begun").give_up().expect("given up");
    assert!(!known());
}

#[test]
fn one_that_is_started_while_a_later_version_goes_forward_stays() {
    let place = tempfile::tempdir().expect("a folder");
    let journal = Journal::open(&place.path().join("journal.db")).expect("a journal");
    let later = read("0.1.7");
    let begin = |version: &str, at: &str| {
        drop(begin(&journal, of(&read(version)), &[], at).expect("begun"));
    };
    let before = || opened(&journal, of(&later)).expect("read");
    let is_open = || begun(&journal, "acme-runtime").expect("read").is_some();
    let nothing = before();
    begin("0.1.6", THEN);
    overtake(&journal, &nothing, LATER).expect("written");
    assert!(is_open());
    // To the same version, but not the same one.
    let known = before();
    begin("0.1.6", LATER);
    overtake(&journal, &known, LATER).expect("written");
    assert!(is_open());
    overtake(&journal, &before(), LATER).expect("written");
    assert!(!is_open());
}

#[test]
fn it_ends_once_its_version_is_withdrawn() {
    let place = tempfile::tempdir().expect("a folder");
    let journal = Journal::open(&place.path().join("journal.db")).expect("a journal");
    let operation = begin(&journal, of(&read("0.1.6")), &[], THEN).expect("begun");
    operation.end(Ended { back: 1, of: 3, unreachable: 0 }).expect("ended");
    for (version, is_open) in [("0.1.5", true), ("0.1.6", false)] {
        withdrawn(&journal, of(&read(version)), LATER).expect("written");
        let known = begun(&journal, "acme-runtime").expect("read");
        assert_eq!(known.is_some(), is_open, "{version}");
    }
}

#[test]
fn what_was_known_stays_on_record_once_it_is_overtaken() {
    let place = tempfile::tempdir().expect("a folder");
    let journal = Journal::open(&place.path().join("journal.db")).expect("a journal");
    let to = read("0.1.6");
    let operation = begin(&journal, of(&to), &[], THEN).expect("begun");
    let known = || begun(&journal, "acme-runtime").expect("read");
    operation.keep_known(&["0.1.7".to_owned()]).expect("kept");
    operation.end(Ended { back: 1, of: 3, unreachable: 0 }).expect("ended");
    assert!(known().is_some());
    note_overtaken(&journal, of(&to), LATER).expect("noted");
    assert_eq!(known(), None);
    let back = last(&journal, "acme-runtime").expect("read").expect("it stays on record");
    assert!(back.is_overtaken && back.knew == ["0.1.7"]);
}

#[test]
fn what_was_known_outlives_one_that_is_given_up() {
    let place = tempfile::tempdir().expect("a folder");
    let journal = Journal::open(&place.path().join("journal.db")).expect("a journal");
    let to = read("0.1.6");
    let begin = |version: &Version| begin(&journal, of(version), &[], THEN).expect("begun");
    let known = || last(&journal, "acme-runtime").expect("read");
    begin(&to).keep_known(&["0.1.7".to_owned()]).expect("kept");
    note_overtaken(&journal, of(&to), LATER).expect("noted");
    let further = begin(&to);
    further.keep_known(&["0.1.7".to_owned(), "0.1.8".to_owned()]).expect("kept");
    further.give_up().expect("given up");
    assert!(known().is_some_and(|back| back.is_overtaken && back.knew == ["0.1.7"]));
    // That says nothing of another version.
    begin(&read("0.1.5")).give_up().expect("given up");
    assert_eq!(known(), None);
}

#[test]
fn it_does_not_go_on_where_only_those_are_left_that_cannot_be_notified() {
    let place = tempfile::tempdir().expect("a folder");
    let journal = Journal::open(&place.path().join("journal.db")).expect("a journal");
    let operation = begin(&journal, of(&read("0.1.6")), &[], THEN).expect("begun");
    operation.end(Ended { back: 2, of: 3, unreachable: 1 }).expect("ended");
    let back = begun(&journal, "acme-runtime").expect("read").expect("one");
    assert!(!back.can_go_on());
    let words = back.in_words();
    assert!(words.ends_with("2 of 3 repositories back; 1 cannot be notified"), "{words}");
}

#[test]
fn another_run_of_the_command_does_the_same_or_more_or_something_else() {
    let place = tempfile::tempdir().expect("a folder");
    let journal = Journal::open(&place.path().join("journal.db")).expect("a journal");
    let options = ["--waves 1".to_owned(), "--runtime a b".to_owned()];
    drop(begin(&journal, of(&read("0.1.6")), &options, THEN).expect("begun"));
    let back = begun(&journal, "acme-runtime").expect("read").expect("one");
    assert_eq!(back.names(), ["a", "b"]);
    let these = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let beside = |version: &str, ours: &[&str]| {
        back.beside(&read(version), (&these(&["x/a", "x/b"]), &these(ours)))
    };
    assert_eq!(beside("0.1.6", &["x/a", "x/b"]), Beside::Same);
    assert_eq!(beside("0.1.6", &["x/a", "x/b", "x/c"]), Beside::Within);
    assert_eq!(beside("0.1.6", &["x/a"]), Beside::Apart);
    assert_eq!(beside("0.1.5", &["x/a", "x/b"]), Beside::Apart);
}
