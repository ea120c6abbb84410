//! Campaigns through the binary, against the sandbox forge.

mod scenarios;
pub(crate) mod stage;
mod waves;
