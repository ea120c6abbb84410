//! Compares a fleet with its shape: judges each repository, finds outliers and keeps the history of past runs.
//!
//! Pure, except for `survey`, which reads repositories from this machine. The caller reads and writes the history file.

pub mod archived;
pub mod canon;
pub mod fix;
mod help;
pub mod history;
pub mod judge;
pub mod migrate;
pub mod model;
pub mod outliers;
mod paths;
pub mod survey;
pub mod trees;
pub mod triage;
mod unwritable;
mod verdict;
pub mod worst;

pub use judge::{Judgement, Settings};
pub use verdict::RepositoryVerdict;
