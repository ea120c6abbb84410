//! The same change in every repository, once each, and never against a person's will.
//!
//! | room | what it owns |
//! |---|---|
//! | [`changes`] | what a campaign does to one tree: a file for each kind of change |

pub mod changes;
