//! Where the process touches the world: clock, files, terminal.
//!
//! In: values that were decided elsewhere. Out: effects. Nothing is decided here. A context built
//! once in `main` holds what commands need of it.

pub mod clock;
pub mod fs;
pub mod terminal;
//! Where the program meets the machine: files, the clock, processes, the terminal.

pub mod history_file;
