//! shipshape keeps a fleet of template repositories in one canonical shape.
//!
//! The map of the crate, from the user inwards. Arrows run one way: a room uses those below it, and a test
//! (`tests/it/structure.rs`) reads this table and holds them to it. Rooms below [`edge`] reach no
//! network, program or terminal: they take values and return values; [`snapshot`] alone reads a disk.
//!
//! | room | what it owns |
//! |---|---|
//! | [`cli`] | the clap tree, one thin file for each command |
//! | [`schema`] | the JSON Schemas of our files and reports, made from their types |
//! | [`serve`] | the server that watches: dashboard, webhooks, refreshing images |
//! | [`report`] | what was judged, one file for each format |
//! | [`guide`] | what to do next, here and now |
//! | [`doctor`] | what works here, and what to do where it does not |
//! | [`status`] | how each member stands: one row for each |
//! | [`demo`] | a fleet to try everything on |
//! | [`images`] | the images of a fleet on one host: what is here, what is behind, bringing it up to date |
//! | [`scaffold`] | the wizard of a new repository, and what it makes |
//! | [`release`] | from a merged commit to images that contain it |
//! | [`campaign`] | the same change in every repository: plan, waves, outcome |
//! | [`drift`] | judging repositories, comparing them, mending, remembering |
//! | [`forge`] | a forge, asked and told: GitHub within its limits |
//! | [`fleet`] | the manifest, its members, registrations, waivers, the baseline |
//! | [`checks`] | rules and the engines that decide them, a room for each format |
//! | [`index`] | a package index, read and given files |
//! | [`package`] | the packaging engine: what a package is, its bytes, its symbols |
//! | [`registry`] | a container registry, read |
//! | [`sandbox`] | the rehearsal forge: GitHub over real bare repositories |
//! | [`journal`] | effects on the world: intent, look-up, outcome |
//! | [`edge`] | clock, files, programs, network, terminal |
//! | [`shape`] | what is wanted: packs, policies, variables, rendering, lineage, migrations |
//! | [`change`] | edits that are not made yet: change sets, diffs, merges |
//! | [`snapshot`] | a tree as it was seen: folders, git directories, histories |
//! | [`source`] | text turned into documents with spans: YAML, Dockerfile, Python, … |
//! | [`severity`] | how much something matters |
//! | [`error`] | the one error that crosses a command's boundary |
//! | [`digest`] | digests as they are written |
//! | [`counted`] | numbers with their nouns |
//!
//! A run goes *load → observe → decide → act → report*. Deciding is pure: `drift`, `checks`, `change`, `guide`,
//! `shape` (but its `load`) and `source` take values and return values. docs/architecture.md says more.

pub mod campaign;
pub mod change;
pub mod checks;
pub mod cli;
pub mod counted;
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
pub mod severity;
pub mod shape;
pub mod snapshot;
pub mod source;
pub mod status;

pub use error::{Error, Result};
