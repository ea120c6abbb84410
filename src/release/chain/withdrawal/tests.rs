use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::release::cascade::{ImageSeen, Row, State};
use crate::release::chain::{Progress, Purpose, Reach, WayBack};

const ALL: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// What happens to a fleet of eight, whose members all begin at the newest version.
struct Story {
    at: BTreeMap<&'static str, &'static str>,
    chains: BTreeMap<&'static str, Option<Returned>>,
    newest: &'static str,
    is_announced: bool,
    is_begun: bool,
    withdrawn: &'static [&'static str],
    open: Option<&'static str>,
    unheard: &'static [&'static str],
}

fn read(text: &str) -> Version {
    text.parse().expect("a version")
}

fn image(version: &str) -> ImageSeen {
    let version = Some(version.to_owned());
    ImageSeen { name: "x".to_owned(), digest: None, version, unread: None }
}

/// Versions in their order.
fn story(versions: &[&'static str]) -> Story {
    let newest = *versions.last().expect("one");
    Story {
        at: ALL.map(|name| (name, newest)).into(),
        chains: versions.iter().map(|version| (*version, None)).collect(),
        newest,
        is_announced: true,
        is_begun: true,
        withdrawn: &[],
        open: None,
        unheard: &[],
    }
}

impl Story {
    fn moved(mut self, to: &'static str, names: &[&'static str], way: (Purpose, Progress)) -> Self {
        let (purpose, progress) = way;
        let row = |name: &&'static str| Row {
            repository: (*name).to_owned(),
            images: vec![image(to)],
            images_before: vec![image(self.at[name])],
            state: State::Contained,
            is_told_now: true,
            ..Row::default()
        };
        let rows: Vec<Row> = names.iter().map(row).collect();
        for (version, returned) in &mut self.chains {
            let (from, to) = (&read(version), &read(to));
            if from > to {
                let way = WayBack { from, to, purpose, progress };
                *returned = Some(Returned::with(returned.take(), &rows, way));
            } else if from == to {
                *returned = returned.take().and_then(|it| it.without(&rows, Reach::Some));
            }
        }
        self.at.extend(names.iter().map(|name| (*name, to)));
        self
    }

    /// By `release back`, which is cut off before any of them is notified.
    fn cut_off(mut self, to: &'static str, names: &[&'static str]) -> Self {
        let row = |name: &&'static str| Row {
            repository: (*name).to_owned(),
            images_before: vec![image(self.at[name])],
            ..Row::default()
        };
        let rows: Vec<Row> = names.iter().map(row).collect();
        let (purpose, progress) = (Purpose::Leave, Progress::UnderWay);
        for (version, returned) in &mut self.chains {
            let (from, to) = (&read(version), &read(to));
            if from > to {
                let way = WayBack { from, to, purpose, progress };
                *returned = Some(Returned::with(returned.take(), &rows, way));
            }
        }
        self
    }

    /// By `release back`.
    fn leave(self, to: &'static str, names: &[&'static str]) -> Self {
        self.moved(to, names, (Purpose::Leave, Progress::Over))
    }

    /// By `release back`, which notifies them without any run starting.
    fn without_effect(mut self, to: &'static str, names: &[&'static str]) -> Self {
        let row = |name: &&'static str| Row {
            repository: (*name).to_owned(),
            id: Some("x".to_owned()),
            images: vec![image(self.at[name])],
            images_before: vec![image(self.at[name])],
            state: State::Failed,
            is_told_now: true,
            ..Row::default()
        };
        let rows: Vec<Row> = names.iter().map(row).collect();
        let (purpose, progress) = (Purpose::Leave, Progress::Over);
        for (version, returned) in &mut self.chains {
            let (from, to) = (&read(version), &read(to));
            if from > to {
                let way = WayBack { from, to, purpose, progress };
                *returned = Some(Returned::with(returned.take(), &rows, way));
            }
        }
        self
    }

    /// `release back` sees them at an earlier version than it goes to, and leaves them alone.
    fn left_alone(mut self, at: &'static str, names: &[&'static str]) -> Self {
        let row = |name: &&'static str| Row {
            repository: (*name).to_owned(),
            images: vec![image(at)],
            state: State::Earlier,
            ..Row::default()
        };
        let rows: Vec<Row> = names.iter().map(row).collect();
        for returned in self.chains.values_mut() {
            *returned = returned.take().map(|it| it.with_earlier(&rows).unwrap_or(it));
        }
        self
    }

    /// By a cascade with `--force`.
    fn choose(self, to: &'static str, names: &[&'static str]) -> Self {
        self.moved(to, names, (Purpose::Choose, Progress::Over))
    }

    /// What is to be withdrawn, and of each version that remains how many have it and how they go back.
    fn ends(self) -> (Vec<String>, Vec<Left>) {
        let unheard: BTreeSet<String> = self.unheard.iter().map(|&name| name.to_owned()).collect();
        let known = self.chains.iter().map(|(version, returned)| Known {
            version: read(version),
            returned: returned.as_ref(),
            is_announced: self.is_announced && *version == self.newest,
            is_begun: self.is_begun && *version == self.newest,
            is_withdrawn: self.withdrawn.contains(version),
            unheard: &unheard,
        });
        let members = ALL.map(str::to_owned).into();
        let open = self.open.map(read);
        let found = withdrawal(&known.collect::<Vec<_>>(), &members, open.as_ref());
        let remaining = found.remaining.into_iter().map(|it| {
            let command = it.goes_back();
            (it.version, it.repositories.len(), command)
        });
        (found.now.iter().map(Version::to_string).collect(), remaining.collect())
    }
}

/// A version that remains, how many have it, and how they go back.
type Left = (String, usize, Option<String>);

/// A case: what happens, what is to be withdrawn, and which versions remain.
type Case<'a> = (&'a str, Story, &'a [&'a str], &'a [(&'a str, usize, Option<&'a str>)]);

#[test]
#[expect(clippy::too_many_lines, reason = "a table of stories")]
fn a_version_is_withdrawn_if_it_is_bad_and_no_member_is_left_with_it() {
    let three = || story(&["0.1.1", "0.1.2", "0.2.0"]);
    // All have 0.2.0 when one of them leaves it.
    let before_the_fix = || {
        let mut story = story(&["0.1.1", "0.2.0"]).leave("0.1.1", &["a"]);
        story.chains.insert("0.2.1", None);
        story
    };
    let four = || story(&["0.1.1", "0.1.2", "0.2.0", "0.2.1"]);
    let rest = "shipshape release back 0.1.1 --runtime b c d e f g h --from 0.2.0";
    let named = "shipshape release back 0.1.1 --runtime c d e f g h --from 0.2.0";
    let looks = "shipshape release back 0.1.1 --runtime b c d e f g h --from 0.2.0 --dry-run";
    let last = "shipshape release back 0.1.1 --runtime h --from 0.2.0";
    let cases: [Case<'_>; 21] = [
        ("nothing happened", three(), &[], &[]),
        ("one was chosen an earlier version for", three().choose("0.1.2", &["a"]), &[], &[]),
        (
            "one is at an earlier version on purpose, and one went back past it",
            three().choose("0.1.2", &["a"]).leave("0.1.1", &["b"]),
            &[],
            &[("0.2.0", 6, Some(named))],
        ),
        (
            "two are at the target of an earlier way back, and one went further",
            four().leave("0.2.0", &["a", "b"]).leave("0.1.2", &["c"]),
            &[],
            &[("0.2.1", 5, Some("shipshape release back 0.2.0 --runtime d e f g h --from 0.2.1"))],
        ),
        (
            "a way back that was cut off can be continued, and one went further",
            Story {
                open: Some("0.2.0"),
                ..four()
                    .moved("0.2.0", &ALL, (Purpose::Leave, Progress::UnderWay))
                    .leave("0.1.1", &["a"])
            },
            &["0.2.1"],
            &[("0.2.0", 7, Some(rest))],
        ),
        (
            "one was left alone with an earlier version than others go back to",
            three().leave("0.1.2", &["a"]).left_alone("0.1.1", &["b"]),
            &[],
            &[(
                "0.2.0",
                6,
                Some("shipshape release back 0.1.2 --runtime c d e f g h --from 0.2.0"),
            )],
        ),
        (
            "all left it but one that was notified without effect",
            three().leave("0.1.1", &ALL[..7]).without_effect("0.1.1", &ALL[7..]),
            &[],
            &[("0.2.0", 1, Some(last))],
        ),
        (
            "the same with two bad versions, of which it has the first",
            {
                let story = four().leave("0.2.0", &["h"]).leave("0.1.1", &ALL[..7]);
                story.without_effect("0.1.1", &ALL[7..])
            },
            &["0.2.1"],
            &[("0.2.0", 1, Some(last))],
        ),
        ("one left it", three().leave("0.1.1", &["a"]), &[], &[("0.2.0", 7, Some(rest))]),
        (
            "one left it, and no run started in another that was notified of it",
            Story { unheard: &["b"], ..three().leave("0.1.1", &["a"]) },
            &[],
            &[("0.2.0", 6, Some(named))],
        ),
        (
            "all left it, and builds would take the one between",
            three().leave("0.1.1", &ALL),
            &["0.1.2", "0.2.0"],
            &[],
        ),
        (
            "all left it, for two versions",
            three().leave("0.1.2", &ALL[..7]).leave("0.1.1", &ALL[7..]),
            &["0.2.0"],
            &[],
        ),
        (
            "all left it, and six went forward again",
            three().leave("0.1.1", &ALL).leave("0.2.0", &ALL[2..]),
            &[],
            &[("0.2.0", 6, Some(named))],
        ),
        (
            "one left it and went forward again, another is back on purpose",
            three().leave("0.1.1", &["a"]).choose("0.1.2", &["b"]).choose("0.2.0", &["a"]),
            &[],
            &[],
        ),
        (
            "an earlier one is bad that only one had",
            three().choose("0.1.2", &["a"]).leave("0.1.1", &["a"]),
            &["0.1.2"],
            &[],
        ),
        ("no member has it any more", three().choose("0.1.2", &ALL), &["0.2.0"], &[]),
        (
            "it is withdrawn already, and so is the earlier one",
            Story { withdrawn: &["0.2.0", "0.1.1"], ..three().leave("0.1.1", &["a"]) },
            &[],
            &[("0.2.0", 7, None)],
        ),
        (
            "another machine has published it",
            Story { is_announced: false, is_begun: false, ..three().leave("0.1.1", &["a"]) },
            &[],
            &[("0.2.0", 7, Some(looks))],
        ),
        (
            "one of those left it that alone were notified of it",
            Story { is_announced: false, ..three().leave("0.1.1", &["a"]) },
            &[],
            &[("0.2.0", 7, Some(looks))],
        ),
        (
            "a way back of all was cut off after one",
            Story {
                open: Some("0.1.1"),
                ..three().cut_off("0.1.1", &ALL).moved(
                    "0.1.1",
                    &["a"],
                    (Purpose::Leave, Progress::UnderWay),
                )
            },
            &[],
            &[("0.2.0", 7, Some(rest))],
        ),
        (
            "not all could be notified of the fix",
            Story { newest: "0.2.1", is_announced: false, ..before_the_fix() },
            &["0.2.0"],
            &[],
        ),
    ];
    for (what, story, now, remaining) in cases {
        let remaining: Vec<_> = remaining
            .iter()
            .map(|(version, count, command)| {
                ((*version).to_owned(), *count, command.map(str::to_owned))
            })
            .collect();
        let now: Vec<String> = now.iter().map(|&version| version.to_owned()).collect();
        assert_eq!(story.ends(), (now, remaining), "{what}");
    }
}

#[test]
fn what_remains_says_how_certain_that_is_and_what_follows() {
    let remaining = Remaining {
        version: "0.2.0".to_owned(),
        repositories: ["acme/a".to_owned()].into(),
        of: 8,
        is_certain: true,
        is_withdrawn: false,
        to: Some("0.1.1".to_owned()),
        options: vec!["--index-url http://i/simple/".to_owned()],
    };
    let says = "as recorded here, 1 of 8 repositories still contains 0.2.0, from which others went back: this \
        takes them back; then withdraw (yank) 0.2.0 on the index";
    assert_eq!(remaining.in_words(), says);
    let unsure = Remaining { is_certain: false, ..remaining.clone() };
    let says = "1 of 8 repositories may still contain 0.2.0, from which others went back: this shows which would go \
        back; once none does, withdraw (yank) 0.2.0 on the index";
    assert_eq!(unsure.in_words(), says);
    let looks = "shipshape release back 0.1.1 --runtime acme/a --from 0.2.0 --index-url http://i/simple/ --dry-run";
    assert_eq!(unsure.goes_back().as_deref(), Some(looks));
    let withdrawn =
        Remaining { is_withdrawn: true, is_certain: false, to: None, ..remaining.clone() };
    let says = "1 of 8 repositories may still contain 0.2.0, from which others went back, and which is withdrawn: \
        `shipshape release back VERSION` takes them to another one before it";
    assert_eq!(withdrawn.in_words(), says);
    assert_eq!((withdrawn.goes_back(), remaining.goes_back().is_some()), (None, true));
}
