//! Lists the members of a fleet as a document, with the values inherited from their kinds. Pure.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Fleet, Member};

/// Name and version of the document; see `schemas/members.schema.json`.
pub const SCHEMA: &str = "shipshape/members/1";

/// Members of a fleet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Listing {
    /// Name and version of this form.
    pub schema: &'static str,
    /// Name of the fleet.
    pub fleet: String,
    /// The selected members, in the order of the manifest.
    pub members: Vec<Listed>,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Listed {
    /// Its short name.
    pub slug: String,
    /// Its repository, with its owner.
    pub repository: String,
    /// The member's folder in the repository. Absent for the root.
    pub path: Option<String>,
    /// Its kind.
    pub kind: String,
    /// Its profile of the shape.
    pub profile: Option<String>,
    /// Its owner: a team or a person.
    pub owner: Option<String>,
    /// Its image, without a tag.
    pub image: Option<String>,
    /// Other names of the member.
    pub aliases: Vec<String>,
    /// The day on which it was retired, YYYY-MM-DD.
    pub retired: Option<String>,
}

impl Listing {
    /// Creates the listing of some members.
    #[must_use]
    pub fn of(fleet: &Fleet, members: &[&Member]) -> Self {
        let members = members.iter().map(|member| Listed {
            slug: member.slug.clone(),
            repository: member.repository.to_string(),
            path: member.path.clone(),
            kind: member.kind.clone(),
            profile: member.profile.clone(),
            owner: member.owner.clone(),
            image: fleet.image(member),
            aliases: member.aliases.clone(),
            retired: member.retired.map(|date| date.to_string()),
        });
        Self { schema: SCHEMA, fleet: fleet.manifest.name.clone(), members: members.collect() }
    }
}
