//! What came of a cascade, as a person reads it.

use std::fmt::Write as _;

use crate::cli::columns;
use crate::edge::terminal::visible_line;
use crate::release::cascade::{Cascade, Row, StageState};
use crate::source::secrets::masked;

fn safe(text: &str) -> String {
    visible_line(&masked(text))
}

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
