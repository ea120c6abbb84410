//! The label that images contain their version in.

use std::collections::BTreeMap;

use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::cli::shared::{observing, targets};
use crate::edge::terminal::visible_line;
use crate::fleet::manifest::ShapeRepository;
use crate::fleet::{Fleet, Member};

/// The version label of each member's image: from fleet.yaml, or else from its shape.
pub(in crate::cli::release) fn labels(
    context: &Context,
    session: &Session,
    fleet: &Fleet,
    members: &[&Member],
) -> BTreeMap<String, String> {
    let Some(images) = &fleet.manifest.images else { return BTreeMap::new() };
    if let Some(label) = &images.version_label {
        return members.iter().map(|member| (member.slug.clone(), label.clone())).collect();
    }
    let owner = &fleet.manifest.forge.owner;
    let remote = |shape: &ShapeRepository| observing::remote_pack(session, owner, shape);
    let named = targets::Named::default();
    let found = match targets::of_members(context, fleet, members, &named, &remote) {
        Ok(found) => found,
        Err(error) => {
            let line = format!("it is not known which label contains the version: {error}");
            context.terminal.note(&visible_line(&line));
            return BTreeMap::new();
        }
    };
    let label = |target: &crate::drift::survey::Target| {
        let demands = &target.shape.manifest.demands.dockerfiles;
        let label = demands.iter().find_map(|demand| {
            let argument = &demand.cache_key.as_ref()?.arg;
            let stamped = |label: &&crate::shape::demands::dockerfile::Label| {
                label.from_arg.as_ref() == Some(argument)
            };
            demand.labels.iter().find(stamped).map(|label| label.name.clone())
        });
        Some((target.identity.slug.clone(), label?))
    };
    found.iter().filter_map(label).collect()
}
