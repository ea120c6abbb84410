//! Campaigns through the binary, against the sandbox forge.

mod journal;
mod kills;
mod scenarios;
pub(crate) mod stage;
mod waves;
