//! Where the process touches the world: clock, environment, files, terminal.
//!
//! Everything else takes values. A context built once in `main` holds these.

pub mod clock;
pub mod terminal;
