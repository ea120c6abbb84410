//! What is wanted: a shape pack, its policies, variables, rendering and the history of its canon.
//!
//! In: a pack (embedded, a folder, a repository at a ref) and a repository's variables. Out: for each
//! path the canonical content, the policy that holds it, and how a given content stands to both; and the way
//! of a document from one version of its schema to the next, by the steps that the pack declares.

pub mod adopt;
pub mod demands;
pub mod embedded;
pub mod infer;
pub mod kinship;
pub mod lineage;
pub mod load;
pub mod manifest;
pub mod migration;
pub mod pack;
mod policy;
pub mod render;
pub mod stand;
pub(crate) mod template;
pub mod template_names;
pub mod variables;

pub use kinship::Kinship;
pub use pack::Pack;
pub use policy::{Comparison, HeldBy, PathVerdict, Policy};
pub use variables::Variables;
