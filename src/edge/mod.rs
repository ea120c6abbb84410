//! Where the process touches the world: clock, environment, files, terminal.
//!
//! Everything else takes values. A context built once in `main` holds these.

pub mod clock;
pub mod terminal;
//! Where shipshape touches the machine: files that are written.
//!
//! In: values that were decided elsewhere. Out: effects. Nothing is decided here.
