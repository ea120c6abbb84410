//! The gate: a build does not start while the list and the folder differ.

use crate::error::Error;
use crate::package::inventory::Drift;
use crate::package::project::Project;

/// Maximum number of differences to show individually.
const MOST_TOLD: usize = 20;

/// Returns every difference as an error at its place, with a hint for all of them.
///
/// # Errors
/// When there is a difference.
pub fn refuse_drift(project: &Project) -> Result<(), Vec<Error>> {
    let drift = &project.inventory.drift;
    if drift.is_empty() {
        return Ok(());
    }
    let mut errors: Vec<Error> =
        drift.iter().take(MOST_TOLD).map(|drift| error(project, drift)).collect();
    let repairable = drift.iter().filter(|drift| drift.kind.is_repairable()).count();
    let places =
        if drift.len() == 1 { "one place".to_owned() } else { format!("{} places", drift.len()) };
    let summary =
        Error::usage(format!("nothing was built: the list and the folder differ in {places}"))
            .in_file(&project.document.file);
    errors.push(match repairable {
        0 => summary,
        _ => summary.hint(
            "`shipshape package init --update` repairs the lists, and keeps comments and order",
        ),
    });
    Err(errors)
}

fn error(project: &Project, drift: &Drift) -> Error {
    let error = match &drift.listed {
        Some(listed) => project.document.problem(&listed.steps(), drift.message.clone()),
        None => {
            let path = drift.path.as_str();
            let place =
                if path == "." { project.folder.clone() } else { project.folder.join(path) };
            Error::usage(drift.message.clone()).in_file(place)
        }
    };
    error.hint(drift.help.clone())
}
