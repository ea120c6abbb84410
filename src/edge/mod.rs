//! Where the program meets the machine: files, the clock, processes, the terminal.

pub mod history_file;
