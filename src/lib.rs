//! shipshape keeps a fleet of template repositories in one canonical shape.
//!
//! The map of the crate, from the edge inwards. Arrows run one way: a room uses those below it.
//!
//! | room | what it owns |
//! |---|---|
//! | [`cli`] | the clap tree, one thin file for each command |
//! | [`serve`] | the server that watches: dashboard, webhooks, refreshing images |
//! | [`report`] | what was judged, one file for each format |
//! | [`campaign`] | the same change in every repository: plan, waves, outcome |
//! | [`demo`] | a fleet to try everything on |
//! | [`images`] | the images of a fleet on one host: what is here, what is behind, bringing it up to date |
//! | [`scaffold`] | the wizard of a new repository, and what it makes |
//! | [`release`] | from a merged commit to images that contain it |
//! | [`journal`] | effects on the world: intent, look-up, outcome |
//! | [`guide`] | what to do next, here and now |
//! | [`doctor`] | what works here, and what to do where it does not |
//! | [`status`] | how each member stands: one row for each |
//! | [`drift`] | judging repositories, comparing them, mending, remembering |
//! | [`fleet`] | the manifest, its members, registrations, waivers, the baseline |
//! | [`checks`] | rules and the engines that decide them, a room for each format |
//! | [`sandbox`] | the rehearsal forge: GitHub over real bare repositories |
//! | [`package`] | the packaging engine: what a package is, its bytes, its symbols |
//! | [`forge`] | a forge, asked and told: GitHub within its limits |
//! | [`index`] | a package index, read and given files |
//! | [`registry`] | a container registry, read |
//! | [`change`] | edits that are not made yet: change sets, diffs, merges, migrations |
//! | [`shape`] | what is wanted: packs, policies, variables, rendering, lineage |
//! | [`snapshot`] | a tree as it was seen: folders, git directories, histories |
//! | [`source`] | text turned into documents with spans: YAML, Dockerfile, Python, … |
//! | [`edge`] | clock, files, programs, network, terminal |
//! | [`error`] | the one error that crosses a command's boundary |
//! | [`digest`] | digests as they are written |
//! | [`schema`] | the JSON Schemas of our files and reports |
//!
//! A run goes *load → observe → decide → act → report*. Deciding is pure: `drift`, `checks`, `change`, `guide`,
//! `shape` (but its `load`) and `source` take values and return values. docs/architecture.md says more.

pub mod campaign;
pub mod change;
pub mod checks;
pub mod cli;
pub mod demo;
pub mod digest;
pub mod doctor;
pub mod drift;
pub mod edge;
pub mod error;
pub mod fleet;
pub mod forge;
pub mod guide;
pub mod images;
pub mod index;
pub mod journal;
pub mod package;
pub mod registry;
pub mod release;
pub mod report;
pub mod sandbox;
pub mod scaffold;
pub mod schema;
pub mod serve;
pub mod shape;
pub mod snapshot;
pub mod source;
pub mod status;

pub use error::{Error, Result};
