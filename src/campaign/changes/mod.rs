//! What a campaign does to one repository's tree: a file for each kind of change.
//!
//! In: what campaign.yaml asks for, the ground that a change may look at, and a tree. Out: the change set
//! from that tree to the one that is wanted, or the hindrance that keeps this repository from taking the
//! change. Nothing is ever half-made. Pure, but for the files beside campaign.yaml, which the caller loads.
//! Which repositories are meant, and how a change gets there, is for others to say.

mod add;
mod fix;
mod ground;
mod judged;
mod migrate;
mod moves;
mod paths;
mod pin;
mod pin_image;
mod pin_uses;
mod remove;
mod rename;
mod restore;
mod run;
mod spec;
#[cfg(test)]
pub(super) mod testing;
mod yaml;

pub use add::{Add, Existing};
pub use fix::FixRules;
pub use ground::{Files, Ground, Hindrance, Judge, Outcome, Runner, Step};
pub use judged::{Refusal, judged};
pub use migrate::MigrateConfig;
pub use moves::Move;
pub use pin::{Pin, Place, Style, asked_in_words, places, unread};
pub use pin_image::PinImage;
pub use pin_uses::{PinUses, Written};
pub use remove::Remove;
pub use rename::RenameSymbol;
pub use restore::{Restorable, Restore};
pub use run::Run;
pub use spec::{ChangeSpec, SpecProblem};
pub use yaml::{Where, YamlChange, YamlEdit};

use crate::change::ChangeSet;
use crate::snapshot::Snapshot;

/// Makes one change on a tree, in memory.
///
/// # Errors
/// What keeps this repository from taking the change; then nothing of it is made.
pub fn step(spec: &ChangeSpec, ground: &Ground<'_>, tree: &Snapshot) -> Result<Step, Hindrance> {
    match spec {
        ChangeSpec::Restore(restore) => restore.make(ground, tree),
        ChangeSpec::Fix(fix) => fix.make(ground, tree),
        ChangeSpec::MigrateConfig(migrate) => migrate.make(ground, tree),
        ChangeSpec::Add(add) => add.make(ground, tree),
        ChangeSpec::Remove(remove) => remove.make(ground, tree),
        ChangeSpec::Move(moves) => moves.make(ground, tree),
        ChangeSpec::Yaml(yaml) => yaml.make(ground, tree),
        ChangeSpec::RenameSymbol(rename) => rename.make(ground, tree),
        ChangeSpec::Run(run) => run.make(ground, tree),
        ChangeSpec::Pin(pin) => pin.make(ground, tree),
        ChangeSpec::PinUses(pin) => pin.make(ground, tree),
        ChangeSpec::PinImage(pin) => pin.make(ground, tree),
    }
}

/// Makes changes in their order, each on the tree that the one before has led to.
///
/// # Errors
/// The first hindrance; then none of the changes is made.
pub fn all(
    specs: &[ChangeSpec],
    ground: &Ground<'_>,
    tree: &Snapshot,
) -> Result<Outcome, Hindrance> {
    let mut after = tree.clone();
    let mut remarks = Vec::new();
    for spec in specs {
        let made = step(spec, ground, &after)?;
        remarks.extend(made.remarks);
        if !made.changes.is_empty() {
            after = made.changes.apply_to(&after);
        }
    }
    Ok(Outcome { changes: ChangeSet::between(tree, &after), after, remarks })
}

#[cfg(test)]
mod tests;
