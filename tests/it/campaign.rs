//! Campaigns through the binary, against the sandbox forge.

mod hostile;
mod journal;
mod kills;
mod permissions;
mod scenarios;
pub(crate) mod stage;
mod waves;
