//! Campaigns through the binary, against the sandbox forge.

mod consent;
mod goes_on;
mod hostile;
mod journal;
mod kills;
mod permissions;
mod reverts;
mod scenarios;
pub(crate) mod stage;
mod untold;
mod waves;
