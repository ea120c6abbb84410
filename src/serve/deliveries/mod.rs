//! What GitHub delivered: what it asks for, and whether it was delivered before.
//!
//! In: deliveries whose signature was found good, and the members of the fleet. Out: [`Wish`]es, each once. What
//! was taken is on disk before GitHub hears that it was, so that a server which is killed forgets nothing, and
//! so that another process may do what this one is asked: public webhooks need not stand beside an engine.

mod event;
mod inbox;
mod tail;

pub(super) use event::{Asked, asked};
pub(super) use inbox::{Inbox, Taken};
pub(super) use tail::{Handled, Tail};

use serde::{Deserialize, Serialize};

/// What a delivery asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wish {
    /// Judge the members in a repository, `owner/name` in lower case.
    Judge(String),
    /// Refresh a runtime's image, or all.
    Refresh(Option<String>),
}

/// A delivery as the file holds it: one JSON object a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    /// Counts on from line to line.
    pub(super) number: u64,
    /// When it came, RFC 3339.
    pub(super) at: String,
    /// What it was known by: digests of its id and of its body.
    pub(super) known: [String; 2],
    pub(super) event: String,
    pub(super) wish: Wish,
}

/// Lines of a file; those that are none, such as one that a killed process left unfinished, are passed over.
fn lines(bytes: &[u8]) -> impl Iterator<Item = Line> {
    let lines = bytes.split(|byte| *byte == b'\n');
    lines.filter_map(|line| serde_json::from_slice(line).ok())
}
