//! shipshape keeps a fleet of template repositories in one canonical shape.
//!
//! The table maps the crate, from the user inwards. Dependencies run one way: a room uses only rooms below it, and
//! `tests/it/structure.rs` parses this table and enforces that. Rooms below [`edge`] use no network, program or
//! terminal: they take values and return values. Among them, only [`snapshot`] opens repositories and folders on a disk;
//! `shape::load` and `shape::infer::read` call it.
//!
//! | room | what it owns |
//! |---|---|
//! | [`cli`] | the clap tree, one file or folder for each command |
//! | [`schema`] | the JSON Schemas of our files and reports, generated from their types |
//! | [`serve`] | the long-running server: dashboard, webhooks, image updates |
//! | [`report`] | reports of what was judged, one file for each format |
//! | [`guide`] | what the user can do next |
//! | [`doctor`] | which parts of the environment work, and how to fix those that do not |
//! | [`status`] | the status of each member, one row each |
//! | [`demo`] | a demonstration fleet to try everything on |
//! | [`images`] | the images of a fleet on one host: which are present, which are behind, and updating them |
//! | [`scaffold`] | the wizard for a new repository, which asks for the shape's variables, and what it creates |
//! | [`release`] | from a merged commit to images that contain it |
//! | [`campaign`] | the same change in every repository: plan, waves, outcome |
//! | [`drift`] | judging repositories, comparing and fixing them, and remembering the results |
//! | [`forge`] | reading and changing a forge: GitHub, within its limits |
//! | [`fleet`] | the manifest, its members, registrations, waivers, the baseline |
//! | [`checks`] | rules and the engines that decide them, one room for each format |
//! | [`index`] | reading a package index, and uploading to it |
//! | [`package`] | the packaging engine: what a package is, its bytes, its symbols |
//! | [`registry`] | reading a container registry |
//! | [`sandbox`] | the rehearsal forge: GitHub's API over real bare repositories |
//! | [`journal`] | effects on the world: intent, look-up, outcome |
//! | [`edge`] | clock, files, programs, network, terminal |
//! | [`shape`] | the wanted state: packs, policies, variables, rendering, lineage, migrations |
//! | [`change`] | edits that are not applied yet: change sets, diffs, merges |
//! | [`snapshot`] | trees as they were read: folders, git directories, histories |
//! | [`source`] | text parsed into documents with spans: YAML, Dockerfile, Python, … |
//! | [`severity`] | how much something matters |
//! | [`error`] | the one error type that crosses a command's boundary |
//! | [`digest`] | digests in their written form |
//! | [`counted`] | numbers with their nouns |
//!
//! A run goes *load → observe → decide → act → report*. Deciding is pure: `drift`, `checks`, `change`, `guide`, `shape` and
//! `source` take values and return values, except for four files that read. See docs/architecture.md.

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
