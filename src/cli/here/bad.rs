//! Bad versions that are still on the index once members have a later one.

use crate::guide::facts;
use crate::release::chain::Run;

/// The version that members left last and that is to be withdrawn, unless these releases say so: of the versions below the one
/// that members have, no chain matters any more, but builds may still take it.
pub(super) fn left_over(runs: &[Run], releases: &[facts::Release]) -> Option<facts::Release> {
    if releases.iter().any(|release| !release.to_withdraw.is_empty()) {
        return None;
    }
    let run = runs.iter().find(|run| !run.to_withdraw.is_empty())?;
    Some(facts::Release {
        distribution: run.distribution.clone(),
        version: run.version.clone()?,
        went_back: run.all_targets(),
        to_withdraw: run.to_withdraw.clone(),
        ..facts::Release::default()
    })
}
