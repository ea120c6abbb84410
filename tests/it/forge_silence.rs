//! A forge that does not answer: what is asked again, after which pauses, and when no more is asked.

use serde_json::{Value, json};

use crate::rehearsal::Rehearsal;
use crate::world::{Ran, World};

/// What a request may lose.
const KINDS: [&str; 6] = [
    "bad-gateway-before",
    "bad-gateway-after",
    "reset-before",
    "reset-after",
    "truncated-body",
    "partial-data",
];

/// A fleet of so many repositories, all as their shape wants them.
fn fleet(count: usize) -> (World, Rehearsal) {
    let world = World::new();
    let slugs: Vec<String> = (0..count).map(|number| format!("m{number}")).collect();
    world.write(
        "shape/shape.yaml",
        "schema: 1\nname: mine\npaths: [{ path: README.md, policy: exact }]\nextras: ['*.txt']\n",
    );
    world.write("shape/files/README.md", "# m\n");
    world.write(
        "fleet.yaml",
        format!(
            "schema: 1\nname: test\nforge: {{ owner: acme }}\nkinds: {{ k: {{ shape: {{ folder: shape }} }} }}\n\
             members: [{}]\n",
            slugs.join(", ")
        ),
    );
    let repository = |slug: &String| {
        format!(
            "- {{ name: acme/{slug}, files: {{ README.md: \"# m\\n\", notes.txt: \"of {slug}\\n\" }} }}\n"
        )
    };
    let repositories: String = slugs.iter().map(repository).collect();
    let forge = Rehearsal::new(&world, &format!("repositories:\n{repositories}"));
    (world, forge)
}

/// Reads the fleet as on the first day.
fn drift(world: &World, forge: &Rehearsal) -> Ran {
    if world.path(".cache").exists() {
        std::fs::remove_dir_all(world.path(".cache")).expect("a cache");
    }
    forge.run(world, &["drift", "--format", "json"])
}

/// The seconds between the requests that were made, rounded, and what they asked for.
fn pauses(forge: &Rehearsal) -> (Vec<u64>, Vec<Value>) {
    let log = forge.requests();
    let times: Vec<f64> = log.iter().filter_map(|asked| asked["time"].as_f64()).collect();
    let pauses = times.windows(2).map(|pair| (pair[1] - pair[0]).round() as u64).collect();
    (pauses, log.iter().map(|asked| asked["operation"].clone()).collect())
}

#[test]
fn one_lost_answer_about_one_repository_changes_nothing() {
    let (world, forge) = fleet(1);
    let calm = drift(&world, &forge).exits(0).json();
    let count = forge.requests().len();
    assert!(count >= 3, "heads, trees and texts: {count}");
    for kind in KINDS {
        for at in 1..=count {
            forge.fail(&json!([{ "at": at, "kind": kind }]));
            let ran = drift(&world, &forge);
            assert_eq!(ran.code, 0, "{kind} at {at}: {}{}", ran.stdout, ran.stderr);
            assert_eq!(ran.json(), calm, "{kind} at {at}");
        }
    }
}

#[test]
fn one_repository_is_asked_for_again_after_the_pauses_of_any_read() {
    for kind in ["bad-gateway-before", "reset-before", "truncated-body"] {
        let (world, forge) = fleet(1);
        forge.fail(&json!([{ "times": 100_000, "kind": kind }]));
        let ran = drift(&world, &forge).exits(3);
        let (pauses, asked) = pauses(&forge);
        assert_eq!(pauses, [1, 2, 4, 8], "{kind}: {asked:?}");
        // A wait that a person notices is told.
        let told = "the forge did not answer (`GraphQL commits`)";
        assert!(ran.stderr.contains(told), "{kind}: {}", ran.stderr);
        assert_eq!(ran.json()["repositories"][0]["verdict"], "unchecked");
    }
}

#[test]
fn a_forge_that_is_down_is_asked_little_whatever_the_size_of_the_fleet() {
    for kind in ["bad-gateway-before", "reset-before"] {
        let (world, forge) = fleet(450);
        forge.fail(&json!([{ "times": 100_000, "kind": kind }]));
        let report = drift(&world, &forge).exits(3).json();
        let repositories = report["repositories"].as_array().expect("repositories");
        assert_eq!(repositories.len(), 450);
        assert!(repositories.iter().all(|it| it["verdict"] == "unchecked"), "{kind}");
        let (pauses, asked) = pauses(&forge);
        // Four at once, four of their halves at once, one alone four times, four more.
        assert_eq!(asked.len(), 16, "{kind}: {pauses:?} {asked:?}");
        let waited: Vec<u64> = pauses.into_iter().filter(|pause| *pause > 0).collect();
        assert_eq!(waited, [1, 2, 4, 8], "{kind}");
    }
}

#[test]
fn a_forge_that_answers_each_query_with_an_error_is_asked_little_too() {
    let (world, forge) = fleet(450);
    // GitHub's "Something went wrong while executing your query", with status 200.
    forge.fail(&json!([{ "times": 100_000, "kind": "partial-data" }]));
    let report = drift(&world, &forge).exits(3).json();
    let repositories = report["repositories"].as_array().expect("repositories");
    assert_eq!(repositories.len(), 450);
    assert!(repositories.iter().all(|it| it["verdict"] == "unchecked"));
    let (pauses, asked) = pauses(&forge);
    // Four at once, four smaller ones, four about one each, one of these once more, four about others.
    assert_eq!(asked.len(), 17, "{pauses:?} {asked:?}");
    let waited: Vec<u64> = pauses.into_iter().filter(|pause| *pause > 0).collect();
    assert_eq!(waited, [1]);
}

#[test]
fn a_forge_that_comes_back_is_read_as_if_nothing_had_been() {
    let (world, forge) = fleet(42);
    let calm = drift(&world, &forge).exits(0).json();
    // All, both halves, and one alone, twice: three seconds.
    for times in 1..=5 {
        forge.fail(&json!([{ "times": times, "kind": "bad-gateway-before" }]));
        let ran = drift(&world, &forge);
        assert_eq!(ran.code, 0, "{times}: {}", ran.stderr);
        assert_eq!(ran.json(), calm, "{times}");
    }
}

#[test]
fn a_forge_that_goes_down_later_is_asked_little_too() {
    let (world, forge) = fleet(120);
    drift(&world, &forge).exits(0);
    let count = forge.requests().len() as u64;
    for at in 1..=count {
        // Nothing is answered from then on.
        let lost = |at: u64| json!({ "at": at, "kind": "bad-gateway-before" });
        forge.fail(&(at..at + 400).map(lost).collect());
        let report = drift(&world, &forge).exits(3).json();
        let repositories = report["repositories"].as_array().expect("repositories");
        assert!(repositories.iter().any(|it| it["verdict"] == "unchecked"), "at {at}");
        let log = forge.requests();
        let lost: Vec<&Value> = log.iter().filter(|asked| !asked["fault"].is_null()).collect();
        let time = |asked: &Value| asked["time"].as_f64().expect("a time");
        let took = lost.last().map(|it| time(it)).zip(lost.first().map(|it| time(it)));
        let took = took.map_or(0.0, |(last, first)| last - first);
        // Heads, trees and texts each give up for themselves, after 15 s and 16 requests behind the round in which it happens.
        assert!(lost.len() <= 3 * 20 && took < 60.0, "at {at}: {} in {took} s", lost.len());
    }
}
