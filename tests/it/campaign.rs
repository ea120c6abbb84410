//! Campaigns through the binary, against the sandbox forge.

mod accepted;
mod after_trouble;
mod archived;
mod asked;
mod concerned;
mod consent;
mod counted;
mod goes_on;
mod hostile;
mod journal;
mod kept_out;
mod kills;
mod led_on;
mod limits;
mod moved_on;
mod permissions;
mod reverts;
mod rights;
mod scenarios;
pub(crate) mod stage;
mod undone;
mod untold;
mod waves;
mod whole;
