//! What a repository should look like: a shape pack with its policies, variables and templates, and its canon's
//! history.
//!
//! A pack is loaded from the binary, a folder, or a repository at a ref. With a repository's variables it yields the
//! canonical content and the policy of each path, and how a content compares with them. Documents are migrated from one
//! version of their schema to the next by the steps that the pack declares.

pub mod adopt;
pub mod breakout;
pub mod canon_match;
pub mod demands;
pub mod embedded;
pub mod infer;
pub mod kinship;
pub mod lacking;
pub mod lineage;
pub mod load;
pub mod manifest;
pub mod migration;
pub mod pack;
mod policy;
mod quoting;
pub mod render;
pub(crate) mod template;
pub mod template_names;
pub mod variables;

pub use kinship::Kinship;
pub use pack::Pack;
pub use policy::{Comparison, HeldBy, PathVerdict, Policy};
pub use variables::Variables;
