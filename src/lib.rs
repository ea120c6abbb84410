//! shipshape keeps a fleet of template repositories in one canonical shape.

pub mod change;
pub mod checks;
pub mod cli;
pub mod demo;
pub mod drift;
pub mod edge;
pub mod error;
pub mod fleet;
pub mod report;
pub mod schema;
pub mod shape;
pub mod snapshot;
pub mod source;

pub use error::{Error, Result};
