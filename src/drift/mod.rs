//! A fleet against its shape: judging each repository, comparing them, and remembering.
//!
//! In: snapshots and the shape. Out: a report's values. Pure, but for the history that the caller
//! hands in and writes back.

pub mod canon;
pub mod history;
pub mod judge;
pub mod mend;
pub mod migrate;
pub mod model;
pub mod outliers;
mod paths;
pub mod survey;
pub mod trees;
pub mod triage;
mod verdict;

pub use judge::{Judgement, Settings};
pub use verdict::RepositoryVerdict;
