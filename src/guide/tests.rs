//! What is told in each kind of place.

use super::facts::{
    Begun, Campaign, Done, Facts, Fleet, Held, History, Place, Plan, Release, Unreadable, Waivers,
};
use super::*;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const NOW: i64 = 400 * DAY;

fn told(place: Place) -> Vec<(String, String)> {
    let guide = guide(&Facts { now: NOW, place });
    assert!(!guide.here.is_empty() && guide.next.len() <= MOST);
    let word = |word: &Word| match word {
        Word::Plain(text) => text.clone(),
        Word::AllIn(folder) => format!("{folder}/*"),
    };
    let line = |suggestion: Suggestion| {
        let words: Vec<String> = suggestion.command.iter().map(word).collect();
        (words.join(" "), suggestion.why)
    };
    guide.next.into_iter().map(line).collect()
}

fn fleet(fleet: Fleet) -> Vec<(String, String)> {
    told(Place::Fleet(Box::new(fleet)))
}

fn commands(told: &[(String, String)]) -> Vec<&str> {
    told.iter().map(|(command, _)| command.as_str()).collect()
}

#[test]
fn where_nothing_is_there_is_the_demo_first() {
    assert_eq!(
        commands(&told(Place::Nowhere)),
        ["demo", "init --owner NAME", "validate PATH", "doctor"]
    );
    let repository = told(Place::Repository("svc-billing".to_owned()));
    assert_eq!(commands(&repository)[..2], ["validate", "fix --diff"]);
    let shape = told(Place::Shape(None));
    assert_eq!(commands(&shape)[0], "shape show --pack .");
    let many = told(Place::Repositories { number: 3, folder: "repos".to_owned() });
    assert_eq!(
        commands(&many),
        ["init repos/*", "drift --local repos/*", "shape init --from repos/*", "demo"]
    );
}

#[test]
fn what_presses_most_comes_first_and_five_are_enough() {
    let told = fleet(Fleet {
        campaigns: vec![
            Campaign { file: "a.yaml".to_owned(), ..Campaign::default() },
            Campaign {
                file: "b.yaml".to_owned(),
                done: Some(Done { failed: 2, ..Done::default() }),
                ..Campaign::default()
            },
        ],
        releases: vec![Release {
            distribution: "acme-runtime".to_owned(),
            version: "1.2.0".to_owned(),
            stage: "publish".to_owned(),
            has_failed: true,
        }],
        begun: vec![Begun {
            command: "new".to_owned(),
            subject: "hermes".to_owned(),
            at: Some(NOW - 3 * HOUR),
        }],
        unreadable: vec![Unreadable {
            command: vec!["waivers".to_owned()],
            why: "unknown key".to_owned(),
        }],
        waivers: Waivers { expired: 1, ..Waivers::default() },
        ..Fleet::default()
    });
    assert_eq!(
        commands(&told),
        [
            "release run --version 1.2.0",
            "new hermes",
            "waivers",
            "campaign apply b.yaml --failed",
            "campaign plan a.yaml",
        ]
    );
    assert!(told[0].1.contains("failed at its stage `publish`"), "{}", told[0].1);
    assert!(told[1].1.starts_with("begun 3 hours ago"), "{}", told[1].1);
}

#[test]
fn a_campaign_is_led_on_from_where_it_stands() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let plan = |is_current| Plan {
        file: "c.plan.json".to_owned(),
        made_at: Some(NOW - 2 * HOUR),
        is_current,
        repositories: names(&["acme/a", "acme/b"]),
    };
    let done = |opened: &[&str], ended| {
        Some(Done { opened: names(opened), ended, begun_at: Some(NOW - 9 * DAY), failed: 0 })
    };
    let next = |plan: Option<Plan>, done: Option<Done>| {
        let campaign = Campaign { file: "c.yaml".to_owned(), plan, done };
        let told = fleet(Fleet { campaigns: vec![campaign], ..Fleet::default() });
        told.into_iter().find(|(command, _)| command.starts_with("campaign"))
    };
    let line = |told: Option<(String, String)>| {
        told.map_or_else(String::new, |(a, b)| format!("{a}: {b}"))
    };
    let cases = [
        (None, None, "campaign plan c.yaml: nothing of this campaign is planned yet"),
        (
            Some(plan(true)),
            None,
            "campaign apply c.plan.json: planned 2 hours ago for 2 repositories, and not applied",
        ),
        (
            Some(plan(false)),
            None,
            "campaign plan c.yaml: it was changed since it was planned 2 hours ago",
        ),
        (
            Some(plan(true)),
            done(&["acme/a"], 0),
            "campaign apply c.plan.json: planned 2 hours ago for 2 repositories, and applied in 1",
        ),
        (
            Some(plan(true)),
            done(&["acme/a", "acme/b"], 1),
            "campaign status c.yaml: 2 pull requests opened since it began 9 days ago, 1 merged or closed from here",
        ),
        (Some(plan(false)), done(&["acme/a"], 0), "campaign status c.yaml: 1 pull request opened"),
    ];
    for (plan, done, wanted) in cases {
        let told = line(next(plan, done));
        assert!(told.starts_with(wanted), "{told}\n{wanted}");
    }
    assert_eq!(next(Some(plan(true)), done(&["acme/a", "acme/b"], 2)), None);
}

#[test]
fn the_fleet_is_looked_at_when_the_last_look_is_old() {
    let last = |days: i64| History::Last { at: NOW - days * DAY, repositories: 40, conformant: 4 };
    let why = |history: History| {
        let told = fleet(Fleet { history, ..Fleet::default() });
        let found = told.into_iter().find(|(command, _)| command.starts_with("drift"));
        found.map_or_else(String::new, |(command, why)| format!("{command}: {why}"))
    };
    assert!(
        why(last(8)).starts_with("drift --record: the last recorded run is 8 days old: 4 of 40")
    );
    assert!(why(last(2)).contains("the last recorded run, 2 days ago: 4 of 40 "));
    assert!(why(History::Empty).starts_with("drift --record: no run"));
    assert!(why(History::NotKept).starts_with("drift: which members"));
}

#[test]
fn a_fleet_that_was_named_is_named_again_and_a_local_one_is_read_where_it_lies() {
    let told = fleet(Fleet {
        named: Some("elsewhere/fleet.yaml".to_owned()),
        local: Some("repositories".to_owned()),
        inside: Some("t-alpha".to_owned()),
        ..Fleet::default()
    });
    assert_eq!(
        commands(&told)[..3],
        [
            "validate --fleet elsewhere/fleet.yaml",
            "fix --diff --fleet elsewhere/fleet.yaml",
            "drift --local repositories/* --fleet elsewhere/fleet.yaml",
        ]
    );
}

#[test]
fn waivers_and_holds_say_until_when_and_why() {
    let told = fleet(Fleet {
        waivers: Waivers {
            expired: 0,
            soon: 2,
            first: Some(("`path-missing` of `t-alpha`".to_owned(), "2026-12-01".to_owned())),
        },
        held: vec![Held {
            image: "ghcr.io/acme/t:latest".to_owned(),
            reason: Some("boots no more".to_owned()),
            since: Some(NOW - 3 * DAY),
        }],
        ..Fleet::default()
    });
    let why = |command: &str| {
        let found = told.iter().find(|(known, _)| known == command);
        found.map_or("", |(_, why)| why.as_str())
    };
    assert_eq!(
        why("waivers"),
        "2 waivers end soon, first `path-missing` of `t-alpha` on 2026-12-01"
    );
    assert_eq!(why("images status"), "`ghcr.io/acme/t:latest` is held for 3 days: boots no more");
}
