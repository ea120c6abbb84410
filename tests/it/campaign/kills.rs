//! A campaign that is killed at any request, and run again: the end is the same.
//!
//! `cargo test` takes a sample, by a seed; `SHIPSHAPE_EVERY_REQUEST=1 cargo test --test it campaign::kills -- --nocapture`
//! takes all of them and says how many.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shipshape::journal::{EffectState, Journal, OperationName};

use super::stage::Stage;

/// A campaign that asks for everything that goes with a pull request.
const CAMPAIGN: &str = "schema: 1
name: add-note
changes:
  - add: { path: NOTE.md, content: \"noted\\n\", existing: replace }
pull_request: { title: 'Add a note to {{ slug }}', labels: [bulk, note], reviewers: { users: [ann] } }
waves: { sizes: [1, 4, 50%], advance: opened }
";

const APPLY: [&str; 3] = ["campaign", "apply", "--yes"];

/// All kinds of faults that the sandbox knows.
const KINDS: [&str; 15] = [
    "bad-gateway-before",
    "bad-gateway-after",
    "reset-before",
    "reset-after",
    "partial-data",
    "secondary-403",
    "secondary-429",
    "secondary-200",
    "secondary-no-retry-after",
    "primary",
    "moved-301",
    "redirect-307",
    "slow",
    "truncated-body",
    "unauthorized",
];

/// When a run dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Death {
    /// Before this request, counted from 1, does anything.
    Before(usize),
    /// When this request has done what it asks for, and is not answered yet.
    After(usize),
}

/// Both deaths of each of so many requests.
fn deaths(requests: usize) -> Vec<Death> {
    (1..=requests).flat_map(|at| [Death::Before(at), Death::After(at)]).collect()
}

fn is_whole() -> bool {
    std::env::var_os("SHIPSHAPE_EVERY_REQUEST").is_some()
}

/// Says how much was tried, with `--nocapture`.
#[expect(clippy::print_stdout, reason = "how many there were is what a person wants to know")]
fn said(line: &str) {
    println!("{line}");
}

/// The next number of a sequence that always is the same (splitmix64).
fn next(seed: &mut u64) -> usize {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut value = *seed;
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((value ^ (value >> 31)) >> 33).expect("31 bits")
}

/// All, or as many as are usual, drawn by a seed.
fn sample<T: Clone>(all: &[T], usual: usize, mut seed: u64) -> Vec<T> {
    if is_whole() {
        return all.to_vec();
    }
    let mut drawn = BTreeSet::new();
    while drawn.len() < usual.min(all.len()) {
        drawn.insert(next(&mut seed) % all.len());
    }
    drawn.into_iter().map(|index| all[index].clone()).collect()
}

/// So many repositories; in every third the file is there and executable, which a document cannot keep.
fn fleet(count: usize) -> Stage {
    let slugs: Vec<String> = (0..count).map(|number| format!("m{number:02}")).collect();
    let slugs: Vec<&str> = slugs.iter().map(String::as_str).collect();
    let stage = Stage::with(&slugs, |slug| {
        let number: usize = slug[1..].parse().expect("a number");
        let checks = "checks: [{ name: ci }]";
        match number % 3 {
            2 => format!(", {checks}, files: {{ NOTE.md: {{ text: other, executable: true }} }}"),
            _ => format!(", {checks}, files: {{ README.md: x }}"),
        }
    });
    stage.world.write("campaign.yaml", CAMPAIGN);
    stage
}

impl Stage {
    /// Runs a command until it dies. Whether it did: one that gives up before it is killed, since all was lost on
    /// the way, did too.
    fn killed(&self, arguments: &[&str], death: Death) -> bool {
        let (at, faults) = match death {
            // Whatever it asks from then on is lost on the way.
            Death::Before(at) => {
                let lost = |at: usize| json!({ "at": at, "kind": "reset-before" });
                (at, (at..at + 100).map(lost).collect())
            }
            Death::After(at) => (at, vec![json!({ "at": at, "kind": "slow", "seconds": 600 })]),
        };
        self.forge.requests();
        self.forge.fail(&faults.into());
        let ended = self.forge.kill(self.forge.start(&self.world, arguments), at);
        ended.is_none_or(|status| !status.success())
    }

    /// Everything that is there, but for the ids that hold a time.
    fn end_state(&self) -> Value {
        let mut state = self.forge.state();
        let repositories = state["repositories"].as_object_mut().expect("repositories");
        for repository in repositories.values_mut() {
            let references = repository["references"].as_object_mut().expect("references");
            for reference in references.values_mut() {
                reference.as_object_mut().expect("a reference").remove("commit");
            }
        }
        let text = state.to_string().replace(&self.forge.url(), "[forge]");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The effects that the journal knows; all of them must be done.
    fn effects(&self, campaign: &str) -> BTreeSet<String> {
        let journal = Journal::open(&self.journal()).expect("a journal");
        let name = OperationName::new("campaign", campaign);
        let known = journal.unfinished(&name).expect("readable").expect("an operation");
        let open = known.effects.iter().filter(|it| !matches!(it.state, EffectState::Done(_)));
        let open: Vec<_> = open.map(|it| (&it.key, &it.state)).collect();
        assert!(open.is_empty(), "{open:#?}");
        // Ids of commits hold their time, and so do digests of plans.
        let word = |word: &str| match word.len() {
            40 => "[commit]".to_owned(),
            64 => "[plan]".to_owned(),
            _ => word.to_owned(),
        };
        let key = |key: &str| key.split(' ').map(word).collect::<Vec<_>>().join(" ");
        known.effects.iter().map(|it| key(&it.key)).collect()
    }
}

/// What a run that nothing happened to comes to.
struct Calm {
    requests: usize,
    state: Value,
    effects: BTreeSet<String>,
}

impl Calm {
    fn of(stage: &Stage, arguments: &[&str], campaign: &str) -> Self {
        stage.forge.requests();
        stage.forge.run(&stage.world, arguments).exits(0);
        let requests = stage.forge.count();
        Self { requests, state: stage.end_state(), effects: stage.effects(campaign) }
    }

    /// Requires that a stage ended the same, and that another run has nothing to do.
    fn is(&self, stage: &Stage, arguments: &[&str], campaign: &str, what: &str) {
        let state = stage.end_state();
        if state != self.state {
            let (was, is) = (pretty(&self.state), pretty(&state));
            let diff = similar::TextDiff::from_lines(&was, &is);
            panic!("{what}:\n{}", diff.unified_diff());
        }
        assert_eq!(stage.effects(campaign), self.effects, "{what}");
        stage.forge.requests();
        stage.forge.run(&stage.world, arguments).exits(0);
        assert_eq!(stage.writes(), 0, "{what}: another run writes");
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON")
}

/// How many repositories a campaign has that is killed everywhere.
fn size() -> usize {
    if is_whole() { 20 } else { 5 }
}

#[test]
fn killed_anywhere_and_run_again_it_ends_the_same() {
    let calm = Calm::of(&fleet(size()), &APPLY, "add-note");
    let all = deaths(calm.requests);
    let drawn = sample(&all, 4, 1);
    for death in &drawn {
        let stage = fleet(size());
        assert!(stage.killed(&APPLY, *death), "{death:?}: it had ended");
        stage.forge.run(&stage.world, &APPLY).exits(0);
        calm.is(&stage, &APPLY, "add-note", &format!("{death:?}"));
    }
    said(&format!("{} of {} deaths over {} repositories", drawn.len(), all.len(), size()));
}

#[test]
fn killed_anywhere_and_run_again_elsewhere_it_ends_the_same() {
    let calm = Calm::of(&fleet(size()), &APPLY, "add-note");
    let all = deaths(calm.requests);
    let drawn = sample(&all, 3, 2);
    for death in &drawn {
        let stage = fleet(size());
        stage.killed(&APPLY, *death);
        stage.world.remove_state();
        stage.forge.run(&stage.world, &APPLY).exits(0);
        calm.is(&stage, &APPLY, "add-note", &format!("{death:?}, on another machine"));
    }
    said(&format!("{} of {} deaths, and the journal lost", drawn.len(), all.len()));
}

#[test]
fn killed_anywhere_and_met_by_any_fault_it_ends_the_same() {
    let calm = Calm::of(&fleet(5), &APPLY, "add-note");
    let all = deaths(calm.requests);
    let pairs: Vec<(Death, &str)> =
        all.iter().flat_map(|death| KINDS.map(|kind| (*death, kind))).collect();
    let (mut seed, mut tried) = (3, 0);
    // Each kind as often as any other, at places that the seed draws.
    let drawn: Vec<(Death, &str)> = if is_whole() {
        let times = 10;
        (0..times)
            .flat_map(|_| KINDS)
            .map(|kind| (all[next(&mut seed) % all.len()], kind))
            .collect()
    } else {
        sample(&pairs, 3, 3)
    };
    for (death, kind) in drawn {
        let stage = fleet(5);
        stage.killed(&APPLY, death);
        let at = 1 + next(&mut seed) % calm.requests;
        stage.forge.fail(&json!([{ "at": at, "kind": kind }]));
        let ran = stage.forge.run(&stage.world, &APPLY);
        stage.forge.fail(&json!([]));
        let what = format!("{death:?}, then {kind} at request {at}\n{}{}", ran.stdout, ran.stderr);
        stage.forge.run(&stage.world, &APPLY).exits(0);
        calm.is(&stage, &APPLY, "add-note", &what);
        tried += 1;
    }
    said(&format!("{tried} deaths with faults of {} kinds", KINDS.len()));
}

#[test]
fn what_a_killed_run_did_is_in_the_log() {
    let calm = fleet(2);
    calm.forge.requests();
    calm.forge.run(&calm.world, &APPLY).exits(0);
    let exchanges = calm.forge.exchanges();
    let writes = exchanges.iter().enumerate().filter(|(_, it)| super::stage::is_write(it));
    for (at, _) in writes {
        let stage = fleet(2);
        assert!(stage.killed(&APPLY, Death::After(at + 1)), "{at}: it had ended");
        stage.forge.run(&stage.world, &APPLY).exits(0);
        let log = stage.journal().with_file_name("audit.jsonl");
        let log = std::fs::read_to_string(log).expect("a log");
        let entries: Vec<Value> =
            log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        for action in ["open", "labels", "reviewers"] {
            for slug in ["m00", "m01"] {
                let is = |it: &&Value| {
                    it["action"] == action && it["repository"] == format!("acme/t-{slug}")
                };
                let found: Vec<&Value> = entries.iter().filter(is).collect();
                assert_eq!(found.len(), 1, "{action} of {slug}, killed after request {at}: {log}");
                assert_eq!((&found[0]["pull"], &found[0]["by"]), (&json!(1), &json!("robot")));
            }
        }
        let cut = entries.iter().filter(|it| it["outcome"] == "done, by a run that was cut off");
        assert_eq!(cut.count(), 1, "{log}");
    }
}

/// A fleet whose pull requests are open, approved and green.
fn offered() -> Stage {
    let stage = fleet(3);
    stage.forge.run(&stage.world, &APPLY).exits(0);
    for slug in ["m00", "m01", "m02"] {
        stage.review("ann", slug, "APPROVE");
    }
    stage
}

/// The same, merged.
fn merged() -> Stage {
    let stage = offered();
    stage.campaign(&["merge"]).exits(0);
    stage
}

/// Kills a command at each request on such a stage, and requires that another run ends it the same.
fn killed_at_each(arguments: &[&str], stage: fn() -> Stage, campaign: &str, usual: usize) {
    let calm = Calm::of(&stage(), arguments, campaign);
    let all = deaths(calm.requests);
    let drawn = sample(&all, usual, 4);
    for death in &drawn {
        let stage = stage();
        assert!(stage.killed(arguments, *death), "{death:?}: it had ended");
        stage.forge.run(&stage.world, arguments).exits(0);
        calm.is(&stage, arguments, campaign, &format!("{arguments:?}, {death:?}"));
    }
    said(&format!("{} of {} deaths of {}", drawn.len(), all.len(), arguments[1]));
}

#[test]
fn killed_while_it_merges_it_ends_the_same() {
    killed_at_each(&["campaign", "merge"], offered, "add-note", 2);
}

#[test]
fn killed_while_it_closes_it_ends_the_same() {
    killed_at_each(
        &["campaign", "close", "--yes", "--because", "it was a test"],
        offered,
        "add-note",
        2,
    );
}

#[test]
fn killed_while_it_reverts_it_ends_the_same() {
    killed_at_each(&["campaign", "revert", "--yes"], merged, "revert-add-note", 2);
}
