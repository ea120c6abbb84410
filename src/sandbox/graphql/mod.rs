//! The GraphQL interface.

use serde_json::{Value, json};

use super::call::Call;
use super::refusal::{Answer, Refusal};
use super::reply::Reply;
use super::world::World;

/// Answers a document.
pub(super) fn answer(_: &mut World, _: &Call, _: &mut u64) -> Answer {
    Err(Refusal::not_found())
}

/// The refusal of the primary limit.
pub(super) fn limited() -> Reply {
    Reply::ok(json!({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded."}]}))
}

/// Takes a part of the data away, with the errors that GitHub tells of it.
pub(super) fn lose_half(_: &mut Value) {}
