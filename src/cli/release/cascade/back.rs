//! Members that went back to a version: what is remembered of later ones, which were in their images.

use pep440_rs::Version;

use crate::cli::counted;
use crate::error::Result;
use crate::journal::Journal;
use crate::package::version;
use crate::release::Stage;
use crate::release::cascade;
use crate::release::chain::{KIND, Record, Row, State, operation};

/// Remembers of later versions that images contain them no more: their tables would go on to say so.
///
/// # Errors
/// When the journal cannot be read or written.
pub(super) fn remember(
    journal: &Journal,
    (distribution, version): (&str, &Version),
    rows: &[cascade::Row],
    now: &str,
) -> Result<()> {
    let went = rows.iter().filter(|row| row.id.is_some() || row.state == cascade::State::Current);
    let went = went.count();
    if went == 0 {
        return Ok(());
    }
    for name in journal.running(KIND)? {
        let Some((_, text)) = name.key.split_once('@') else { continue };
        let Ok(later) = version::read(text) else { continue };
        let (ours, input) = operation(distribution, &later);
        if later <= *version || ours.key != name.key {
            continue;
        }
        let Some(begun) = journal.unfinished(&name)? else { continue };
        let record = Record::of_effects(&begun.effects);
        if record.row(Stage::Cascade).is_none() {
            continue;
        }
        // Whoever is at it this moment says by themselves how its images stand.
        let Some(operation) = journal.begin_if_free(&name, &input, now)? else { continue };
        // It is not suggested to tell them of it again: why they went back, nobody here knows.
        let what = format!("{} went back to {version}", counted(went, "repository"));
        let at = Some(now.to_owned());
        let said = |stage, state, what: &str| Row {
            at: at.clone(),
            ..Row::new(stage, state, what.to_owned())
        };
        let mut rows = vec![said(Stage::Images, State::Unchecked, &what)];
        // A cascade that a freeze had stopped would propose to go on.
        if !record.is_settled(Stage::Cascade) {
            rows.push(said(Stage::Cascade, State::Unchecked, &what));
        }
        Record::keep(&operation, &rows)?;
    }
    Ok(())
}
