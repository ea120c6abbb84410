//! The types of `fleet.yaml`.
//!
//! Every key is documented here, since the JSON Schema for editors is generated from these types. [`super::Fleet`] is a
//! manifest with slugs derived, defaults applied and names resolved.
//!
//! There is one module per section: `forge` (with `home`), `defaults`, `kinds`, `runtime_package`, `images`, `consumers`,
//! `members`, `campaigns`, `rules`.

mod campaigns;
mod consumers;
mod defaults;
mod forge;
mod images;
mod kinds;
mod members;
mod rules;
mod runtime_package;

pub use campaigns::{Approval, Campaigns};
pub use consumers::Consumer;
pub use defaults::Defaults;
pub use forge::{Forge, ForgeKind, Home};
pub use images::{Boot, Containers, ImageSmoke, Images};
pub use kinds::{
    Kind, NamedShape, NewRepositories, Select, Shape, ShapeFolder, ShapeRepository, Visibility,
};
pub use members::{FullMember, MemberEntry};
pub use rules::{RuleSetting, RuleSeverity};
pub use runtime_package::{
    IndexAddresses, Mirror, Publisher, Release, ReleaseLabels, RuntimePackage, Source, VERSION,
};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::registration::Registration;

/// The current version of the format, for the `schema` key.
pub const SCHEMA: u32 = 1;

/// A fleet: its forge, its kinds of repositories and its members.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format: 1.
    #[schemars(schema_with = "schema_version")]
    pub schema: u32,
    /// Name of the fleet, for reports.
    pub name: String,
    /// The forge that hosts the repositories.
    pub forge: Forge,
    /// The repository of this file. If given, changes of this file are offered there as a pull request instead
    /// of being written locally.
    pub home: Option<Home>,
    /// What holds for every member, unless its kind or its entry says otherwise.
    #[serde(default)]
    pub defaults: Defaults,
    /// Kinds of repositories, by name. Most fleets have one.
    pub kinds: BTreeMap<String, Kind>,
    /// The Python package that every member runs on, if the fleet has one.
    pub runtime_package: Option<RuntimePackage>,
    /// The container images of the members, if the fleet has them.
    pub images: Option<Images>,
    /// Sources that report which image is running, the last step of a release's chain.
    #[serde(default)]
    pub consumers: Vec<Consumer>,
    /// The members, one per line.
    pub members: Vec<MemberEntry>,
    /// Other lists of the members, which are checked against this one.
    #[serde(default)]
    pub registrations: Vec<Registration>,
    /// The file of waivers, relative to this file.
    #[serde(default = "waivers_file")]
    pub waivers: String,
    /// The baseline: a file of findings that were known when the fleet was first checked, relative to this
    /// file.
    pub baseline: Option<String>,
    /// The file that records the results of runs, relative to this file.
    pub history: Option<String>,
    /// Settings that apply to every campaign.
    #[serde(default)]
    pub campaigns: Campaigns,
    /// Settings of rules in this fleet, by id (`path-stale`) or code (`SHP012`).
    #[serde(default)]
    pub rules: BTreeMap<String, RuleSetting>,
}

fn schema_version(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "const": SCHEMA })
}

fn waivers_file() -> String {
    "waivers.yaml".to_owned()
}
