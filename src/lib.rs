//! shipshape keeps a fleet of template repositories in one canonical shape.

pub mod source;
