//! Webhook deliveries: what they ask for, and whether they were seen before.
//!
//! Deliveries with a valid signature become [`Wish`]es, each once. An accepted delivery is on disk before GitHub gets
//! its answer, so a server that is killed loses nothing, and another process can carry out the wishes: the public
//! webhook endpoint need not run next to a container engine.

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
    /// Judge the members in a repository, given as `owner/name` in lower case.
    Judge(String),
    /// Refresh the image of one runtime, or of all.
    Refresh(Option<String>),
}

/// A delivery as stored in the file: one JSON object per line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    /// Increases from line to line.
    pub(super) number: u64,
    /// When it arrived (RFC 3339).
    pub(super) at: String,
    /// The digests of its id and its body, by which it is recognised.
    pub(super) known: [String; 2],
    pub(super) event: String,
    pub(super) wish: Wish,
}

/// Parses the lines of a file, skipping invalid ones such as one that a killed process left incomplete.
fn lines(bytes: &[u8]) -> impl Iterator<Item = Line> {
    let lines = bytes.split(|byte| *byte == b'\n');
    lines.filter_map(|line| serde_json::from_slice(line).ok())
}
