//! Asks the package index for the runtime package, in a fleet that has one.

use crate::cli::Context;
use crate::cli::shared::index::{self, IndexOptions};
use crate::doctor::Examined;
use crate::doctor::index::package_index;
use crate::fleet::Fleet;

/// What the index answers.
pub(super) fn examined(
    context: &Context,
    options: &IndexOptions,
    fleet: &Fleet,
) -> Option<Examined> {
    let package = fleet.manifest.runtime_package.as_ref()?;
    let name = &package.distribution;
    Some(match index::of_fleet(context, options, package) {
        Ok(index) => package_index(&index.address().shown(), name, &index.find_project(name)),
        Err(error) => package_index("", name, &Err(error)),
    })
}
