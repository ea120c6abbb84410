//! What came of a cascade, as a person reads it.

use std::fmt::Write as _;

use crate::cli::columns;
use crate::cli::release::show::safe;
use crate::release::cascade::{Cascade, Row, StageState, State};

/// A table of the repositories, and why some are not through.
pub(super) fn human(document: &Cascade) -> String {
    let head = format!("{} {}, `{}`", document.distribution, document.version, document.event);
    if document.state == StageState::Skipped {
        let why = document.reason.as_deref().unwrap_or_default();
        return format!("cascade skipped: {}: {}\n", safe(&head), safe(why));
    }
    let mut text = format!("{}\n\n", safe(&head));
    let waves = document.repositories.iter().any(|row| row.wave > 1);
    let mut heads = vec!["REPOSITORY", "STATE", "VERSION", "RUN"];
    if waves {
        heads.insert(0, "WAVE");
    }
    let mut rows = vec![heads.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    rows.extend(document.repositories.iter().map(|row| line(row, waves)));
    text.push_str(&columns::aligned(&rows));
    for row in &document.repositories {
        for why in row.reason.iter().chain(&row.remark) {
            let _ = writeln!(text, "{}: {}", safe(&row.repository), safe(why));
        }
    }
    text
}

/// Members that a command names, at most; those that are behind are meant when there are more.
const NAMED: usize = 8;

/// The command that is useful next; `None` when everybody is through.
pub(super) fn next(document: &Cascade) -> Option<String> {
    let version = &document.version;
    if document.state == StageState::Skipped {
        return Some(format!("shipshape release cascade {version} --watch"));
    }
    let open = |row: &&Row| !matches!(row.state, State::Contained | State::Current);
    let open: Vec<&Row> = document.repositories.iter().filter(open).collect();
    let ended: Vec<&Row> = open.iter().copied().filter(|row| row.wants_another()).collect();
    match (open.as_slice(), ended.as_slice()) {
        ([], _) => None,
        (_, []) => Some(format!("shipshape release cascade {version} --watch --only-behind")),
        // What they were told has come to nothing: looking at it again would not help.
        (_, ended) => {
            let members: Vec<&str> =
                ended.iter().filter_map(|row| row.members.first().map(String::as_str)).collect();
            let whom = match members.len() > NAMED {
                true => "--only-behind".to_owned(),
                false => format!("--runtime {}", members.join(" ")),
            };
            Some(format!("shipshape release cascade {version} --watch --again {whom}"))
        }
    }
}

fn line(row: &Row, waves: bool) -> Vec<String> {
    let versions: Vec<&str> =
        row.images.iter().map(|image| image.version.as_deref().unwrap_or("?")).collect();
    let run = row.run.as_ref().map(|run| match &run.conclusion {
        Some(conclusion) => format!("{} {conclusion}", run.id),
        None => run.id.to_string(),
    });
    let mut cells = vec![
        safe(&row.repository),
        row.state.as_str().to_owned(),
        safe(&versions.join(" ")),
        safe(&run.unwrap_or_default()),
    ];
    if waves {
        cells.insert(0, row.wave.to_string());
    }
    cells
}
