use super::*;
use crate::release::ReleaseId;
use crate::release::cascade::ImageSeen;
use crate::release::chain::{Progress, Purpose, Record, Returned, WayBack};
use crate::release::later::Listed;

const TO: &str = "0.1.1";

fn read(text: &str) -> Version {
    text.parse().expect("a version")
}

/// A repository whose image contains a version.
fn row(repository: &str, version: &str) -> Row {
    let image = ImageSeen {
        name: "x".to_owned(),
        digest: None,
        version: Some(version.to_owned()),
        unread: None,
    };
    let images_before = vec![image.clone()];
    let id = Some("0.1.1-0".to_owned());
    let repository = repository.to_owned();
    Row { repository, images: vec![image], images_before, id, ..Row::default() }
}

/// The same where runs under way bring another one.
fn building(repository: &str, version: &str, brings: &str) -> Row {
    Row { brings: vec![read(brings)], ..row(repository, version) }
}

/// One whose runs show that it was taken back to the target, and was notified of this version, which it has, since.
fn forward(repository: &str, version: &str) -> Row {
    Row { new_since: Some(read(version)), ..row(repository, version) }
}

/// A version from which these went back.
fn left(version: &str, to: &str, purpose: Purpose, rows: &[Row]) -> Run {
    let (from, to) = (read(version), read(to));
    let way = WayBack { from: &from, to: &to, purpose, progress: Progress::Over };
    let mut record = Record::default();
    record.went_back = Some(Returned::with(None, rows, way));
    Run::of(ReleaseId { distribution: "acme-runtime", version: &from }, &record, false, None)
}

fn begun(knew: &[&str], is_overtaken: bool) -> Back {
    Back {
        distribution: "acme-runtime".to_owned(),
        version: TO.to_owned(),
        begun_at: "2026-11-22T12:00:00Z".to_owned(),
        options: Vec::new(),
        knew: knew.iter().map(|&version| version.to_owned()).collect(),
        is_overtaken,
        ended: None,
        at_it: None,
    }
}

/// What is known, and what an answer has to be.
struct Case {
    what: &'static str,
    runs: Vec<Run>,
    open: Option<Back>,
    offered: &'static [&'static str],
    withdrawn: &'static [&'static str],
    rows: Vec<Row>,
    from: Option<&'static str>,
    undone: Option<(&'static str, Whereabouts)>,
}

impl Case {
    /// The index offers 0.1.2 and 0.1.3, and `a` has 0.1.1.
    fn of(what: &'static str) -> Self {
        let rows = vec![row("acme/a", TO)];
        let offered = &["0.1.1", "0.1.2", "0.1.3"];
        let (runs, withdrawn) = (Vec::new(), &[]);
        Self { what, runs, open: None, offered, withdrawn, rows, from: None, undone: None }
    }

    fn answer(&self) -> Option<Undone> {
        self.answers().0
    }

    /// What would be undone, and whether the open way back is overtaken.
    fn answers(&self) -> (Option<Undone>, bool) {
        let all = |texts: &[&str]| texts.iter().map(|text| read(text)).collect();
        let listed = Listed { offered: all(self.offered), withdrawn: all(self.withdrawn) };
        let (to, from) = (read(TO), self.from.map(read));
        let release = ReleaseId { distribution: "acme-runtime", version: &to };
        let later = Later::of(release, &listed, &self.runs, &self.rows);
        let (open, from) = (self.open.as_ref(), from.as_ref());
        let (to, runs, rows, later) = (&to, self.runs.as_slice(), self.rows.as_slice(), &later);
        let ground = Ground { to, runs, open, later, rows, from };
        (ground.undone(), ground.is_overtaken())
    }
}

/// `a` went back from 0.1.2 to 0.1.1, before there was 0.1.3.
fn night() -> Vec<Run> {
    vec![left("0.1.2", TO, Purpose::Leave, &[row("acme/a", "0.1.2")])]
}

/// The same, where these versions were known then, of which nothing is recorded.
fn knowing(versions: &[&str]) -> Vec<Run> {
    let mut runs = night();
    for returned in runs.iter_mut().filter_map(|run| run.returned.as_mut()) {
        returned.know_besides(versions.iter().map(|&version| version.to_owned()).collect());
    }
    runs
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn cases() -> Vec<Case> {
    let at = Whereabouts::Images;
    let released = Some(("0.1.3", Whereabouts::Released));
    let brings = || vec![building("acme/a", TO, "0.1.3")];
    let bad = || left("0.1.3", TO, Purpose::Leave, &[row("acme/b", "0.1.3")]);
    let passed = || left("0.1.3", TO, Purpose::Leave, &[row("acme/a", TO)]);
    let of = Case::of;
    vec![
        Case { rows: vec![row("acme/a", "0.1.3")], ..of("the first night") },
        Case { rows: brings(), ..of("the first night, while members build") },
        Case {
            rows: vec![forward("acme/a", "0.1.3")],
            undone: Some(("0.1.3", at)),
            ..of("another machine took it back, and released the fix")
        },
        Case {
            runs: [night(), vec![bad()]].concat(),
            rows: vec![forward("acme/a", "0.1.3")],
            undone: Some(("0.1.3", at)),
            ..of("the fix was left by others, before it came to this one")
        },
        Case {
            open: Some(begun(&["0.1.2", "0.1.3"], false)),
            rows: vec![forward("acme/a", "0.1.3")],
            ..of("to leave it was begun")
        },
        Case { rows: vec![forward("acme/a", "0.1.3")], from: Some("0.1.3"), ..of("it is named") },
        Case {
            runs: night(),
            offered: &["0.1.1", "0.1.2"],
            rows: vec![row("acme/a", "0.1.2"), building("acme/b", "0.1.2", "0.1.2")],
            ..of("images are not built yet")
        },
        Case {
            runs: night(),
            rows: vec![row("acme/A", "0.1.3")],
            undone: Some(("0.1.3", at)),
            ..of("who went back has the fix")
        },
        Case {
            runs: night(),
            rows: vec![row("acme/b", "0.1.3")],
            undone: Some(("0.1.3", at)),
            ..of("who did not go back has the fix")
        },
        Case { runs: night(), undone: released, ..of("the fix is only on the index") },
        Case {
            runs: night(),
            offered: &["0.1.1", "0.1.2"],
            rows: brings(),
            undone: Some(("0.1.3", Whereabouts::UnderWay(1))),
            ..of("the fix is under way, and the index does not list it")
        },
        Case {
            open: Some(begun(&["0.1.2"], false)),
            undone: released,
            ..of("it was cut off before anything was recorded of 0.1.2")
        },
        Case {
            open: Some(begun(&["0.1.2"], true)),
            undone: released,
            ..of("it was cut off, and a later release goes forward")
        },
        Case { open: Some(begun(&["0.1.2", "0.1.3"], false)), ..of("it knew all of them") },
        Case { open: Some(begun(&[], false)), ..of("an earlier build did not record that") },
        Case { runs: [night(), vec![passed()]].concat(), ..of("it went past that one too") },
        Case {
            runs: vec![passed()],
            offered: &["0.1.1", "0.1.2", "0.1.3", "0.1.4"],
            undone: Some(("0.1.4", Whereabouts::Released)),
            ..of("nobody had what was left")
        },
        Case {
            runs: vec![left("0.1.2", "0.1.0", Purpose::Leave, &[row("acme/a", "0.1.2")])],
            rows: vec![row("acme/a", "0.1.3")],
            ..of("members went to another version")
        },
        Case {
            runs: vec![left("0.1.2", TO, Purpose::Choose, &[row("acme/a", "0.1.2")])],
            rows: vec![row("acme/a", "0.1.3")],
            ..of("it was chosen for some")
        },
        Case {
            runs: vec![left("0.1.2", TO, Purpose::Choose, &[row("acme/a", TO)])],
            ..of("it was chosen for some that did not have the later one")
        },
        Case {
            runs: [night(), vec![bad()]].concat(),
            rows: vec![row("acme/a", "0.1.3")],
            ..of("the fix is bad, too")
        },
        Case {
            runs: night(),
            offered: &["0.1.1", "0.1.2"],
            withdrawn: &["0.1.3"],
            rows: vec![building("acme/a", "0.1.3", "0.1.3")],
            ..of("the fix is withdrawn")
        },
        Case {
            runs: night(),
            offered: &["0.1.1", "0.1.2", "0.1.3rc1"],
            ..of("no build takes a candidate")
        },
        Case {
            runs: night(),
            offered: &["0.1.1", "0.1.2", "0.1.3rc1"],
            rows: vec![row("acme/b", "0.1.3rc1")],
            undone: Some(("0.1.3rc1", at)),
            ..of("but a member has it")
        },
        Case { runs: night(), from: Some("0.1.3"), ..of("that is what is to be left") },
        Case {
            runs: night(),
            from: Some("0.1.2"),
            ..of("a later one than said was released since, and no member has it")
        },
        Case {
            runs: night(),
            from: Some("0.1.2"),
            rows: vec![row("acme/b", "0.1.3")],
            undone: Some(("0.1.3", at)),
            ..of("a later one than said was released since, and a member has it")
        },
        Case {
            runs: night(),
            offered: &["0.1.1", "0.1.2", "0.1.3", "0.1.4"],
            rows: vec![row("acme/b", "0.1.3")],
            undone: Some(("0.1.3", at)),
            ..of("two were released since, and a member has one")
        },
        Case {
            runs: knowing(&["0.1.3rc1"]),
            offered: &["0.1.1", "0.1.2", "0.1.3rc1"],
            rows: vec![row("acme/b", "0.1.3rc1")],
            ..of("a member had the candidate all along")
        },
        Case {
            runs: knowing(&["0.1.3rc1"]),
            offered: &["0.1.1", "0.1.2", "0.1.3rc2"],
            rows: vec![row("acme/b", "0.1.3rc2")],
            undone: Some(("0.1.3rc2", at)),
            ..of("a member has a candidate that is newer")
        },
        Case { from: Some("0.1.2"), ..of("the first night, and no member has a later one") },
        Case {
            from: Some("0.1.2"),
            rows: brings(),
            undone: Some(("0.1.3", Whereabouts::UnderWay(1))),
            ..of("a later one than said is under way")
        },
    ]
}

#[test]
fn what_was_not_known_when_members_went_back_is_left_only_by_name() {
    for case in cases() {
        let undone = case.answer().map(|it| (it.by.to_string(), it.at));
        let wanted = case.undone.map(|(by, at)| (by.to_owned(), at));
        assert_eq!(undone, wanted, "{}", case.what);
    }
}

#[test]
fn only_a_record_that_can_be_continued_is_unfinished() {
    let of = |open, from| {
        let case = Case { open, from, runs: night(), ..Case::of("") };
        case.answer().map(|undone| (undone.is_since, undone.is_unfinished))
    };
    assert_eq!(of(Some(begun(&["0.1.2"], false)), None), Some((true, true)));
    assert_eq!(of(Some(begun(&["0.1.2"], true)), None), Some((true, false)));
    assert_eq!(of(None, None), Some((true, false)));
    assert_eq!(of(None, Some("0.1.2")), None);
}

#[test]
fn an_unfinished_way_back_is_overtaken_by_what_may_be_left_without_it() {
    for (knew, is_over, from, is_overtaken) in [
        (&["0.1.2"][..], false, None, true),
        (&["0.1.2"], false, Some("0.1.3"), true),
        // Nothing is recorded of 0.1.3 then.
        (&["0.1.2"], false, Some("0.1.2"), false),
        (&["0.1.2", "0.1.3"], false, Some("0.1.3"), false),
        (&["0.1.2"], true, Some("0.1.3"), false),
        (&[], false, Some("0.1.3"), false),
    ] {
        let open = Some(begun(knew, is_over));
        let case = Case { open, from, rows: vec![row("acme/b", "0.1.3")], ..Case::of("") };
        assert_eq!(case.answers().1, is_overtaken, "{knew:?} {from:?}");
    }
}

#[test]
fn what_was_only_released_is_left_by_nobody() {
    let up_to = |rows: Vec<Row>| {
        let offered = &["0.1.1", "0.1.2", "0.1.3", "0.1.4"];
        let case = Case { runs: night(), rows, offered, ..Case::of("") };
        case.answer().map(|undone| undone.up_to.to_string())
    };
    assert_eq!(up_to(vec![row("acme/b", "0.1.2")]).as_deref(), Some("0.1.2"));
    assert_eq!(up_to(vec![row("acme/b", "0.1.3")]).as_deref(), Some("0.1.3"));
    let (from, fix) = (read("0.1.2"), read("0.1.3"));
    let blamed = left("0.1.3", TO, Purpose::Leave, &[row("acme/b", "0.1.3")]).returned;
    let passed = left("0.1.3", TO, Purpose::Leave, &[row("acme/a", TO)]).returned;
    for (later, from, before, rows, is_recorded) in [
        (&fix, None, None, vec![], true),
        (&from, Some(&from), None, vec![], true),
        (&fix, Some(&from), None, vec![row("acme/b", "0.1.2")], false),
        (&fix, Some(&from), None, vec![row("acme/b", "0.1.3")], true),
        (&fix, Some(&from), blamed.as_ref(), vec![], true),
        (&fix, Some(&from), passed.as_ref(), vec![], false),
    ] {
        assert_eq!(is_left(later, from, (before, &rows)), is_recorded, "{later} {from:?}");
    }
}
