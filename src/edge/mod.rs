//! Where the process touches the world: clock, files, programs, network, terminal.
//!
//! Performs effects that were decided elsewhere, and decides nothing itself. A context built once in `main` holds what
//! commands need of it.

pub mod cache_folder;
pub mod checkout;
pub mod clock;
pub mod concurrent;
pub mod docker_engines;
pub mod environment;
pub mod fs;
pub mod history_file;
pub mod interrupt;
pub mod isolation;
pub mod made_folder;
pub mod network;
pub mod owner;
pub mod private_files;
pub mod process;
pub mod random;
pub mod terminal;
pub mod turn;
pub mod whole_file;
