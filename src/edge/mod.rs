//! Where shipshape touches the machine: files that are written.
//!
//! In: values that were decided elsewhere. Out: effects. Nothing is decided here.

pub mod fs;
