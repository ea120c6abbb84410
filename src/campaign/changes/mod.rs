//! What a campaign does to the tree of one repository, with one module for each kind of change.
//!
//! Each change maps a tree to the change set towards the wanted one, or to the hindrance that keeps this repository
//! from taking it. Nothing is ever half-made. Pure, except for the files beside campaign.yaml, which the caller loads.

mod add;
mod fix;
mod judged;
mod migrate_config;
// The key is `move`, which Rust keeps for itself.
mod moves;
mod nowhere;
mod paths;
mod pin;
mod pin_image;
mod pin_uses;
mod remove;
mod rename_symbol;
mod restore;
mod run;
mod spec;
mod surroundings;
#[cfg(test)]
pub(super) mod testing;
mod yaml;

pub use add::{Add, Existing};
pub use fix::FixRules;
pub use judged::{Refusal, judged};
pub use migrate_config::MigrateConfig;
pub use moves::Move;
pub use nowhere::{Nowhere, in_none_of};
pub use pin::{Pin, Place, Style, asked_in_words, places, unread};
pub use pin_image::PinImage;
pub use pin_uses::{PinUses, Written};
pub use remove::Remove;
pub use rename_symbol::RenameSymbol;
pub use restore::{Restorable, Restore};
pub use run::Run;
pub use spec::{ChangeSpec, SpecProblem};
pub use surroundings::{Files, Hindered, Hindrance, Judge, Outcome, Runner, Step, Surroundings};
pub use yaml::{Where, YamlChange, YamlEdit, unwritable_numbers};

use crate::change::ChangeSet;
use crate::snapshot::Snapshot;

/// Makes one change to a tree, in memory.
///
/// # Errors
/// What keeps this repository from taking the change; in that case nothing of it is made.
pub fn step(
    spec: &ChangeSpec,
    surroundings: &Surroundings<'_>,
    tree: &Snapshot,
) -> Result<Step, Hindrance> {
    match spec {
        ChangeSpec::Restore(restore) => restore.make(surroundings, tree),
        ChangeSpec::Fix(fix) => fix.make(surroundings, tree),
        ChangeSpec::MigrateConfig(migrate) => migrate.make(surroundings, tree),
        ChangeSpec::Add(add) => add.make(surroundings, tree),
        ChangeSpec::Remove(remove) => remove.make(surroundings, tree),
        ChangeSpec::Move(moves) => moves.make(surroundings, tree),
        ChangeSpec::Yaml(yaml) => yaml.make(surroundings, tree),
        ChangeSpec::RenameSymbol(rename) => rename.make(surroundings, tree),
        ChangeSpec::Run(run) => run.make(surroundings, tree),
        ChangeSpec::Pin(pin) => pin.make(surroundings, tree),
        ChangeSpec::PinUses(pin) => pin.make(surroundings, tree),
        ChangeSpec::PinImage(pin) => pin.make(surroundings, tree),
    }
}

/// Makes changes in order, each on the tree that results from the one before.
///
/// # Errors
/// The first hindrance; in that case none of the changes is made.
pub fn all(
    specs: &[ChangeSpec],
    surroundings: &Surroundings<'_>,
    tree: &Snapshot,
) -> Result<Outcome, Hindered> {
    let mut after = tree.clone();
    let (mut remarks, mut nowhere) = (Vec::new(), Vec::new());
    for spec in specs {
        // What a shape has does not depend on what is done here.
        let is_of_shape = matches!(spec, ChangeSpec::Restore(_));
        if is_of_shape {
            nowhere.extend(spec.nowhere(surroundings, &after));
        }
        let made = match step(spec, surroundings, &after) {
            Ok(made) => made,
            // Later changes may be for what this one would have made.
            Err(by) => return Err(Hindered { by, nowhere }),
        };
        remarks.extend(made.remarks);
        match made.changes.is_empty() {
            true if is_of_shape => {}
            // What an earlier change makes is there for this one.
            true => nowhere.extend(spec.nowhere(surroundings, &after)),
            // Of edits that are made in one change, some may be for what is written otherwise elsewhere.
            false => after = made.changes.apply_to(&after),
        }
    }
    Ok(Outcome { changes: ChangeSet::between(tree, &after), after, remarks, nowhere })
}

#[cfg(test)]
mod tests;
