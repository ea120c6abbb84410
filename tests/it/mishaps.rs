//! Whatever is killed or lost on the way, a command that is run again ends the same.
//!
//! A sample by default; every request with every fault when `SHIPSHAPE_EVERY_REQUEST` is set.

use serde_json::{Value, json};

use crate::rehearsal::Rehearsal;
use crate::world::{Ran, World};

/// Everything that can go wrong with one request.
const KINDS: [&str; 11] = [
    "bad-gateway-before",
    "bad-gateway-after",
    "reset-before",
    "reset-after",
    "partial-data",
    "secondary-403",
    "secondary-429",
    "secondary-200",
    "secondary-no-retry-after",
    "truncated-body",
    "unauthorized",
];

/// A world with a forge, as it is before a command.
pub(crate) trait Stage {
    fn set() -> Self;
    fn world(&self) -> &World;
    fn forge(&self) -> &Rehearsal;
    /// What is there in the end, without what may differ.
    fn end_state(&self) -> Value;

    fn run(&self, arguments: &[&str]) -> Ran {
        self.forge().run(self.world(), arguments)
    }
}

/// Every how many requests something happens; all, when the whole is wanted.
fn stride(usual: usize) -> usize {
    if std::env::var_os("SHIPSHAPE_EVERY_REQUEST").is_some() { 1 } else { usual }
}

/// What a command that nothing happens to ends with, and how many requests it makes.
fn calm<S: Stage>(arguments: &[&str], code: i32) -> (Value, usize) {
    let stage = S::set();
    stage.run(arguments).exits(code);
    let requests = stage.forge().count();
    assert!(requests > 5, "{requests}");
    (stage.end_state(), requests)
}

/// Kills a command while the answer to a request is held back, and runs it again.
pub(crate) fn killed_anywhere<S: Stage>(arguments: &[&str], code: i32, every: usize) {
    let (wanted, requests) = calm::<S>(arguments, code);
    for at in (1..=requests).step_by(stride(every)) {
        let stage = S::set();
        stage.forge().fail(&json!([{ "at": at, "kind": "slow", "seconds": 600 }]));
        stage.forge().kill(stage.forge().start(stage.world(), arguments), at);
        stage.run(arguments).exits(code);
        assert_eq!(stage.end_state(), wanted, "killed at request {at}");
    }
}

/// Disturbs a request of a command, and runs it again where it did not get over it.
pub(crate) fn faulty_anywhere<S: Stage>(arguments: &[&str], code: i32, every: usize) {
    let (wanted, requests) = calm::<S>(arguments, code);
    for (turn, at) in (1..=requests).step_by(stride(every)).enumerate() {
        let kinds = if stride(2) == 1 { &KINDS[..] } else { &KINDS[turn % KINDS.len()..][..1] };
        for kind in kinds {
            let stage = S::set();
            stage.forge().fail(&json!([{ "at": at, "kind": kind }]));
            let ran = stage.run(arguments);
            if ran.code != code {
                assert_eq!(ran.code, 3, "{kind} at request {at}: {}{}", ran.stdout, ran.stderr);
                stage.run(arguments).exits(code);
            }
            assert_eq!(stage.end_state(), wanted, "{kind} at request {at}: {}", ran.stderr);
        }
    }
}
