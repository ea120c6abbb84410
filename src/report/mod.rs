//! What was judged, in every form that somebody reads: one file for each format.
//!
//! In: a [`model::Report`]. Out: text, through the writer that the caller hands in. Nothing is
//! decided here. All text that came from a repository is hostile until a format has escaped it.

pub mod model;
