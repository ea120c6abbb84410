//! Entry points for fuzzing the parsing of forge answers.

use std::time::Duration;

use serde_json::Value;

use super::calls::{branch_pulls, repositories_of_owner};
use super::governor::{Cost, Governor};
use super::graphql::Data;
use super::meaning::{self, Meaning};
use super::transport::Answer;
use super::{ForgeErrorKind, Limits, scan};
use crate::edge::network::fuzzing::message;
use crate::source::secrets::SentSecrets;

/// The longest message that is derived from a forge's answer, in characters.
const LONGEST: usize = 600;

/// Checks an HTTP answer, given as headers, an empty line and a body; a header `status` sets its status.
///
/// Asserts that it has a consistent meaning, that limits yield finite waits and never shorten a requested pause, that
/// messages are single lines, and that redirects stay on the host.
pub fn answer(input: &[u8]) {
    let (headers, body) = message(input);
    let status = headers.get("status").and_then(|status| status.to_str().ok()?.parse().ok());
    let answer = Answer { status: status.unwrap_or(200), headers, body: body.to_vec() };
    let now = 1_000.0;
    for is_document in [false, true] {
        let mut governor = Governor::new(Limits::default());
        governor.answered(Cost::READ, 0.1, meaning::told(&answer), now);
        match meaning::of(&answer, is_document) {
            Meaning::Done => assert!((200..=299).contains(&answer.status)),
            Meaning::Unchanged => assert_eq!(answer.status, 304),
            Meaning::UsedUp => {
                assert_eq!(answer.header("x-ratelimit-remaining").map(str::trim), Some("0"))
            }
            Meaning::TooSoon(after) => {
                let pause = governor.refused(after, now);
                assert!(pause >= after.unwrap_or(60.0).max(0.0), "{after:?}");
            }
            Meaning::Trouble(said) => {
                assert!(!said.is_empty() && answer.status >= 500);
                assert!(!said.contains(['\n', '\r']), "{said:?}");
            }
            Meaning::Failed(kind, said) => {
                let sent = SentSecrets::default();
                let failure = meaning::failure(kind, "GET /x", &said, &answer, &sent);
                one_line(&failure.said);
                assert!(!failure.to_string().is_empty());
            }
            Meaning::Elsewhere { address, .. } => {
                if let Ok(path) = meaning::path_of("https://api.example", &address) {
                    let uri: http::Uri = path.parse().unwrap_or_else(|_| panic!("{path:?}"));
                    assert!(uri.authority().is_none(), "{path}");
                }
            }
        }
        if let Some(wait) = governor.wait_for(Cost::READ, now) {
            assert!(wait.seconds > 0.0 && wait.seconds.is_finite(), "{wait:?}");
            if wait.seconds <= Limits::default().patience {
                let _ = Duration::from_secs_f64(wait.seconds);
            }
        }
    }
}

/// Checks a GraphQL answer.
///
/// Asserts that every field has either a value or an error, that repository names are valid, and that paths stay below
/// their folder.
pub fn document(input: &[u8]) {
    let Ok(data) = Data::read(input) else { return };
    for error in &data.errors {
        let failure = error.failure("GraphQL x");
        one_line(&failure.said);
        assert!(!error.is_too_much() || failure.kind != ForgeErrorKind::Invalid);
    }
    let fields = data.data.as_object().map(|fields| fields.keys().cloned().collect::<Vec<_>>());
    for alias in fields.iter().flatten().map(String::as_str).chain(["r0", "absent"]) {
        let failed = data.errors.iter().any(|error| error.root() == Some(alias));
        match data.field(alias, "GraphQL x") {
            Ok(value) => {
                assert!(!failed && !value.is_null());
                read(value);
            }
            Err(error) => one_line(&error.said),
        }
    }
    let whole = data.errors.is_empty();
    assert_eq!(data.whole("GraphQL x").is_ok(), whole);
}

/// Parses a value with the reader of each document.
fn read(value: &Value) {
    scan::fuzzed_head(value);
    scan::fuzzed_trees(value);
    repositories_of_owner::fuzzed(value);
    branch_pulls::fuzzed(value);
}

fn one_line(said: &str) {
    assert!(said.chars().count() <= LONGEST && !said.contains(['\n', '\r']), "{said:?}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::network::fuzzing::every_seed;

    #[test]
    fn seeds_hold() {
        every_seed("forge", answer);
        every_seed("graphql", document);
    }
}
