//! What is told in each kind of place.

mod frozen;
use super::facts::{
    Begun, Campaign, Contents, Done, Facts, Fleet, Halt, Held, History, Inside, Place, Plan,
    Release, Unreadable, Verb, Waivers, WithoutShape,
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
        Word::Several(words) => words.clone(),
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
    let repository = |contents, path: &str| {
        let (name, path) = ("svc-billing".to_owned(), path.to_owned());
        told(Place::Repository { name, path, contents, pack: None })
    };
    assert_eq!(
        commands(&repository(Contents::OfThatShape, ".")),
        ["validate", "fix --diff", "init .", "demo"]
    );
    assert_eq!(
        commands(&repository(Contents::OfThatShape, "..")),
        ["validate ..", "fix --diff ..", "init .. --output ../fleet.yaml", "demo"]
    );
    assert_eq!(
        commands(&repository(Contents::OfAnotherKind, ".")),
        ["shape init --from . ../ANOTHER --out shape", "init .", "demo"]
    );
    let with_pack = Place::Repository {
        name: "svc-billing".to_owned(),
        path: "..".to_owned(),
        contents: Contents::OfAnotherKind,
        pack: Some("../.shipshape/shape".to_owned()),
    };
    assert_eq!(
        commands(&told(with_pack)),
        [
            "validate --shape ../.shipshape/shape ..",
            "fix --diff --shape ../.shipshape/shape ..",
            "init .. --output ../fleet.yaml",
            "demo",
        ]
    );
    let part = Place::Part {
        folder: "packages/two".to_owned(),
        repository: "mono".to_owned(),
        root: "../..".to_owned(),
    };
    assert_eq!(commands(&told(part)), ["validate", "init . --output ../../fleet.yaml", "demo"]);
    let shape = told(Place::Shape(None));
    assert_eq!(commands(&shape)[0], "shape show --pack .");
    let many = |number, are_strangers| {
        told(Place::Repositories { number, folder: "repos".to_owned(), are_strangers })
    };
    let shape = "shape init --from repos/* --out shape";
    let all = ["init repos/*", "drift --local repos/*", shape, "demo"];
    assert_eq!(commands(&many(3, false)), all);
    assert_eq!(commands(&many(3, true)), [all[0], all[2], all[3]]);
    assert_eq!(commands(&many(1, false)), [all[0], all[1], all[3]]);
}

#[test]
fn what_presses_most_comes_first_and_five_are_enough() {
    let told = fleet(Fleet {
        campaigns: vec![
            Campaign { file: "a.yaml".to_owned(), ..Campaign::default() },
            Campaign {
                file: "b.yaml".to_owned(),
                done: Some(Done {
                    halt: Some(Halt {
                        repositories: vec!["acme/t-a".to_owned(), "acme/t-b".to_owned()],
                        ..Halt::default()
                    }),
                    ..Done::default()
                }),
                ..Campaign::default()
            },
        ],
        releases: vec![Release {
            distribution: "acme-runtime".to_owned(),
            version: "1.2.0".to_owned(),
            stage: "publish".to_owned(),
            halt: facts::ReleaseHalt::Failed,
            ..Release::default()
        }],
        begun: vec![Begun {
            command: "new".to_owned(),
            subject: "hermes".to_owned(),
            at: Some(NOW - 3 * HOUR),
            waits_for_entry: false,
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
            "waivers",
        ]
    );
    assert!(told[0].1.contains("failed at its stage `publish`"), "{}", told[0].1);
    assert!(told[1].1.starts_with("started 3 hours ago"), "{}", told[1].1);
}

#[test]
fn a_campaign_is_led_on_from_where_it_stands() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let plan = |is_current| Plan {
        file: "c.plan.json".to_owned(),
        made_at: Some(NOW - 2 * HOUR),
        is_current,
        moved: Vec::new(),
        changed: Vec::new(),
        needs_approval: None,
        repositories: names(&["acme/a", "acme/b"]).into_iter().zip(1..).collect(),
        only: Vec::new(),
        waits: true,
    };
    let done = |opened: &[&str], ended: &[&str]| {
        let (opened, ended) = (names(opened), names(ended));
        Some(Done { opened, ended, begun_at: Some(NOW - 9 * DAY), ..Done::default() })
    };
    let next = |plan: Option<Plan>, done: Option<Done>| {
        let file = "c.yaml".to_owned();
        let campaign = Campaign { file, plan, done, ..Campaign::default() };
        let told = fleet(Fleet { campaigns: vec![campaign], ..Fleet::default() });
        told.into_iter().find(|(command, _)| command.starts_with("campaign"))
    };
    let line = |told: Option<(String, String)>| {
        told.map_or_else(String::new, |(a, b)| format!("{a}: {b}"))
    };
    let cases = [
        (None, None, "campaign plan c.yaml: this campaign is not planned yet"),
        (
            Some(plan(true)),
            None,
            "campaign apply c.plan.json: planned 2 hours ago for 2 repositories, and not applied",
        ),
        (
            Some(Plan { needs_approval: Some("the fleet wants it approved"), ..plan(true) }),
            None,
            "campaign apply c.plan.json --approved-in NUMBER: planned 2 hours ago for 2 repositories, and not applied; the fleet wants it approved: NUMBER is the pull request that offers the plan",
        ),
        (
            Some(plan(false)),
            None,
            "campaign plan c.yaml: it was changed since it was planned 2 hours ago",
        ),
        (
            Some(plan(true)),
            done(&["acme/a"], &["acme/a"]),
            "campaign apply c.plan.json: planned 2 hours ago for 2 repositories, and applied in 1",
        ),
        (
            Some(plan(true)),
            done(&["acme/a"], &[]),
            "campaign status c.yaml: planned 2 hours ago for 2 repositories, and applied in 1: what the rest waits for, and what to do",
        ),
        (
            Some(Plan { waits: false, ..plan(true) }),
            done(&["acme/a"], &[]),
            "campaign apply c.plan.json: planned 2 hours ago for 2 repositories, and applied in 1",
        ),
        (
            Some(Plan { moved: names(&["acme/b"]), ..plan(true) }),
            done(&["acme/a"], &["acme/a"]),
            "campaign plan c.yaml: the base of 1 repository that is left moved after it was planned",
        ),
        (
            Some(plan(true)),
            done(&["acme/a", "acme/b"], &["acme/a"]),
            "campaign status c.yaml: 2 pull requests opened since it started 9 days ago, 1 merged or closed as far as is known here",
        ),
        (
            Some(plan(false)),
            done(&["acme/a"], &[]),
            "campaign status c.yaml: 1 pull request opened",
        ),
    ];
    for (plan, done, wanted) in cases {
        let told = line(next(plan, done));
        assert!(told.starts_with(wanted), "{told}\n{wanted}");
    }
    let all = ["acme/a", "acme/b"];
    assert_eq!(next(Some(plan(true)), done(&all, &all)), None);
}

#[test]
fn what_was_cut_off_goes_on_with_the_command_that_it_was() {
    let told = |verb: Verb, is_cut: bool, is_reverted: bool, plan: Option<Plan>| {
        let repositories = ["a", "b", "c"].map(str::to_owned).to_vec();
        let halt = Some(Halt { verb, repositories, is_cut });
        let done = Some(Done { halt, ..Done::default() });
        let file = "c.yaml".to_owned();
        let campaign = Campaign { file, plan, done, is_reverted, ..Campaign::default() };
        let told = fleet(Fleet { campaigns: vec![campaign], ..Fleet::default() });
        let (command, why) = told.into_iter().next().unwrap_or_default();
        format!("{command}: {why}")
    };
    let plan = || {
        let (file, names) = ("c.plan.json".to_owned(), ["a", "b", "c"].map(str::to_owned));
        let repositories = names.into_iter().zip(1..).collect();
        Some(Plan { file, repositories, is_current: true, ..Plan::default() })
    };
    assert_eq!(
        told(Verb::Apply, true, false, plan()),
        "campaign apply c.plan.json: the last run was cut off in 3 repositories; this continues there"
    );
    assert_eq!(
        told(Verb::Apply, false, false, plan()),
        "campaign apply c.plan.json --failed: the last run failed in 3 repositories"
    );
    assert!(told(Verb::Apply, true, true, None).starts_with("campaign revert c.yaml: "));
    assert!(
        told(Verb::Merge, true, false, plan())
            .starts_with("campaign merge c.yaml -m a -m b -m c: ")
    );
    assert!(
        told(Verb::Merge, true, true, None)
            .starts_with("campaign merge --reverted c.yaml -m a -m b -m c: ")
    );
    assert!(
        told(Verb::Close, true, false, None).starts_with("campaign close c.yaml -m a -m b -m c: ")
    );
}

#[test]
fn a_campaign_that_is_taken_back_is_told_as_that() {
    let told_of = |done: Option<Done>, moved: &[&str]| {
        let file = "c.yaml".to_owned();
        let plan = Plan {
            file: "back.json".to_owned(),
            is_current: true,
            moved: moved.iter().map(|name| (*name).to_owned()).collect(),
            repositories: vec![("acme/a".to_owned(), 1)],
            ..Plan::default()
        };
        let campaign =
            Campaign { file, plan: Some(plan), done, is_reverted: true, ..Campaign::default() };
        fleet(Fleet { campaigns: vec![campaign], ..Fleet::default() }).swap_remove(0)
    };
    let told = |done| told_of(done, &[]);
    assert_eq!(told_of(None, &["acme/a"]).0, "campaign revert c.yaml --plan back.json");
    let (command, why) = told(None);
    assert_eq!(command, "campaign apply back.json");
    assert_eq!(why, "reverts it: planned for 1 repository, and not applied");
    let opened = vec!["acme/a".to_owned()];
    let (command, why) = told(Some(Done { opened, ..Done::default() }));
    assert_eq!(command, "campaign status --reverted c.yaml");
    assert!(why.starts_with("to revert it, 1 pull request opened"), "{why}");
}

#[test]
fn without_its_shape_a_fleet_is_led_to_one() {
    let bare = |repositories: Option<&str>| {
        let repositories = repositories.map(str::to_owned);
        let without_shape = vec![WithoutShape { folder: "shapes/svc".to_owned(), repositories }];
        Fleet { file: "fleet.yaml".to_owned(), without_shape, ..Fleet::default() }
    };
    let told = fleet(bare(None));
    assert_eq!(commands(&told)[0], "shape init --from CLONES --out shapes/svc");
    assert!(!commands(&told).iter().any(|command| command.starts_with("drift")), "{told:?}");
    let told = fleet(bare(Some("clones/svc-*")));
    assert_eq!(commands(&told)[0], "shape init --from clones/svc-* --out shapes/svc");
}

#[test]
fn a_run_that_is_alive_is_not_told_to_be_run_again() {
    let halt =
        Some(Halt { repositories: vec!["acme/t-a".to_owned()], is_cut: true, ..Halt::default() });
    let at_it = Some("process 7, since 2026-11-22T12:00:00Z".to_owned());
    let done = Some(Done { halt, at_it, ..Done::default() });
    let campaign = Campaign { file: "c.yaml".to_owned(), done, ..Campaign::default() };
    let told = fleet(Fleet { campaigns: vec![campaign], ..Fleet::default() });
    let (command, why) = told.iter().find(|(it, _)| it.starts_with("campaign")).expect("one");
    assert_eq!(command, "campaign status c.yaml");
    assert!(why.starts_with("a run is in progress (process 7, since 2026"), "{why}");
}

#[test]
fn what_was_looked_at_just_now_is_mended_next() {
    let told = |campaigns: Vec<Campaign>, fixable: u32| {
        let automatic = Some(fixable);
        let history = History::Last { at: NOW - HOUR, repositories: 40, conformant: 14, automatic };
        fleet(Fleet { history, campaigns, ..Fleet::default() })
    };
    let of = |name: &str, file: &str| {
        let done = Some(Done::default());
        let [name, file] = [name, file].map(str::to_owned);
        Campaign { name, file, done, ..Campaign::default() }
    };
    let first = told(Vec::new(), 26).swap_remove(0);
    assert_eq!(first.0, "campaign init safe-repairs");
    assert!(first.1.starts_with("26 of 40 repositories had findings that can"), "{}", first.1);
    assert_eq!(
        commands(&told(vec![of("other", "campaign.yaml")], 26))[0],
        "campaign init safe-repairs --output safe-repairs.yaml"
    );
    assert_eq!(commands(&told(vec![of("safe-repairs", "x.yaml")], 26))[0], "drift");
    let back = Campaign { is_reverted: true, ..of("safe-repairs", "x.yaml") };
    assert_eq!(commands(&told(vec![back], 26))[0], "drift");
    let broken = ["campaign.yaml", "safe-repairs.yaml"].map(|file| Unreadable {
        command: ["campaign", "plan", file].map(str::to_owned).to_vec(),
        why: "a key is unknown".to_owned(),
    });
    let among = |unreadable: &[Unreadable]| {
        let automatic = Some(26);
        let history = History::Last { at: NOW - HOUR, repositories: 40, conformant: 14, automatic };
        let unreadable = unreadable.to_vec();
        let told = fleet(Fleet { history, unreadable, ..Fleet::default() });
        let found = told.into_iter().find(|(command, _)| command.starts_with("campaign init"));
        found.map(|(command, _)| command)
    };
    let own = "campaign init safe-repairs --output safe-repairs.yaml";
    assert_eq!(among(&broken[..1]).as_deref(), Some(own), "nothing is overwritten");
    assert_eq!(among(&broken), None);
    // What is left there needs a review, or a person.
    assert_eq!(commands(&told(Vec::new(), 0))[0], "drift", "today's run is recorded");
}

#[test]
fn the_fleet_is_looked_at_when_the_last_look_is_old() {
    let last = |days: i64| {
        let (at, automatic) = (NOW - days * DAY, None);
        History::Last { at, repositories: 40, conformant: 4, automatic }
    };
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
        local: Some("repositories/*".to_owned()),
        inside: Some(Inside { name: "t-alpha".to_owned(), path: ".".to_owned() }),
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

#[test]
fn no_campaign_is_dropped_where_there_are_many() {
    let campaign = |number: usize| Campaign {
        file: format!("c{number}.yaml"),
        name: format!("c{number}"),
        ..Campaign::default()
    };
    let campaigns = (0..MOST + 2).map(campaign).collect();
    let place = Place::Fleet(Box::new(Fleet { campaigns, ..Fleet::default() }));
    let Guide { next, further, .. } = guide(&Facts { now: NOW, place });
    let named = |all: &[Suggestion]| all.iter().filter(|it| it.is_of_campaign()).count();
    assert_eq!((next.len(), named(&next) + named(&further)), (MOST, MOST + 2));
    assert_eq!(named(&further), further.len());
}

#[test]
fn many_unfinished_runs_are_one_suggestion() {
    let new = |slug: &&str| {
        let (command, subject) = ("new".to_owned(), (*slug).to_owned());
        Begun { command, subject, ..Begun::default() }
    };
    let suggested = |slugs: &[&str]| {
        let begun = slugs.iter().map(new).collect();
        let place = Place::Fleet(Box::new(Fleet { begun, ..Fleet::default() }));
        let next = guide(&Facts { now: NOW, place }).next;
        next.iter().filter(|it| it.why.contains("not finished")).count()
    };
    assert_eq!([suggested(&["a", "b", "c"]), suggested(&["a", "b", "c", "d"])], [3, 3]);
}
