//! Campaigns through the binary, against the sandbox forge.

mod scenarios;
mod stage;
