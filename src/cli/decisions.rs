//! What the fleet's owners decided about findings: waivers and the baseline, read and applied.

use super::Context;
use super::targets::Targets;
use crate::checks::{Finding, registry};
use crate::error::{Error, Result};
use crate::fleet::{Date, Fleet};
use crate::fleet::waivers::{Circumstances, Judged, Waivers};
use crate::report::model::RepositoryReport;

/// Marks what is waived, and says which waivers hold no longer.
pub(super) fn apply(
    context: &Context,
    targets: &Targets,
    repositories: &mut [RepositoryReport],
) -> Result<Vec<Finding>> {
    let Some(fleet) = &targets.fleet else { return Ok(Vec::new()) };
    let waivers = waivers(context, fleet)?;
    let whole_fleet = fleet.active().all(|member| {
        repositories.iter().any(|repository| repository.error.is_none() && member.is_called(&repository.name))
    });
    let mut judged: Vec<Judged<'_>> = repositories
        .iter_mut()
        .map(|repository| {
            let member = fleet.named(&repository.name).next();
            let names = member.map_or_else(|| vec![repository.name.clone()], |member| member.names());
            Judged { names, findings: &mut repository.findings }
        })
        .collect();
    let circumstances = Circumstances {
        today: Date(context.clock.today()),
        whole_fleet,
        path: &fleet.manifest.waivers,
    };
    Ok(waivers.apply(&mut judged, circumstances))
}

/// The fleet's waivers; none when the file is not there.
pub(super) fn waivers(context: &Context, fleet: &Fleet) -> Result<Waivers> {
    let file = fleet.beside(&fleet.manifest.waivers);
    let bytes = match std::fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Waivers::none()),
        Err(error) => {
            return Err(Error::failed("cannot read the waivers").in_file(file).caused_by(error));
        }
    };
    let waivers = context.all(Waivers::parse(&file, &bytes))?;
    let rules: Vec<_> = registry::rules().collect();
    let unknown = waivers.check_rules(&file, &rules);
    if unknown.is_empty() { Ok(waivers) } else { context.all(Err(unknown)) }
}
