//! The types of `fleet.yaml`.
//!
//! Every key is documented here, since the JSON Schema for editors is generated from these types. [`super::Fleet`] is a
//! manifest with slugs derived, defaults applied and names resolved.
//!
//! There is one module per section: `forge` (with `home`), `kinds`, `runtime_package`, `images`, `consumers`,
//! `members`, `campaigns`, `rules`.

mod campaigns;
mod consumers;
mod forge;
mod images;
mod kinds;
mod members;
mod rules;
mod runtime_package;

pub use campaigns::{Approval, Campaigns};
pub use consumers::Consumer;
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

/// A fleet: where it lives, what kinds of repository it has, and which repositories these are.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format; 1.
    #[schemars(schema_with = "schema_version")]
    pub schema: u32,
    /// Name of the fleet, for reports.
    pub name: String,
    /// Where the repositories live.
    pub forge: Forge,
    /// The repository that this file is kept in: its change is then offered there as a pull request, and not
    /// made in the file.
    pub home: Option<Home>,
    /// The kinds of repository, by name. Most fleets have one.
    pub kinds: BTreeMap<String, Kind>,
    /// The Python package that every member runs on; absent in fleets without one.
    pub runtime_package: Option<RuntimePackage>,
    /// The container images of the members; absent in fleets without images.
    pub images: Option<Images>,
    /// Places that say which image really runs, for the end of a release's chain.
    #[serde(default)]
    pub consumers: Vec<Consumer>,
    /// The repositories, one a line.
    pub members: Vec<MemberEntry>,
    /// Other places that keep the list of members, which are checked against this one.
    #[serde(default)]
    pub registrations: Vec<Registration>,
    /// The file of waivers, relative to this one.
    #[serde(default = "waivers_file")]
    pub waivers: String,
    /// The file of findings that were there when the fleet began to be judged, relative to this one.
    pub baseline: Option<String>,
    /// The file that the results of runs are recorded in, relative to this one.
    pub history: Option<String>,
    /// What is asked of every campaign, whatever its file says.
    #[serde(default)]
    pub campaigns: Campaigns,
    /// Rules whose severity differs here, by id (`path-stale`) or code (`SHP012`).
    #[serde(default)]
    pub rules: BTreeMap<String, RuleSetting>,
}

fn schema_version(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "const": SCHEMA })
}

fn waivers_file() -> String {
    "waivers.yaml".to_owned()
}
