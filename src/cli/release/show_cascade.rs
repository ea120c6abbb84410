//! The report of a cascade for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::cli::release::show::safe;
use crate::cli::shared::columns;
use crate::cli::shared::next::Step;
use crate::release::cascade::{Cascade, Row, StageState, State, only_taken_back};

/// A table of the repositories, and the reasons why some are not through.
pub(super) fn human(document: &Cascade, columns: Option<usize>) -> String {
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
    text.push_str(&columns::fitted(&rows, columns));
    for (why, whose) in reasons(document) {
        let _ = match whose.as_slice() {
            [one] => writeln!(text, "{}: {}", safe(one), safe(&why)),
            several => {
                let more = several.len().saturating_sub(NAMED);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let names: Vec<String> = several.iter().take(NAMED).map(|it| safe(it)).collect();
                let count = several.len();
                let names = names.join(", ");
                writeln!(text, "{count} repositories: {}: {names}{more}", safe(&why))
            }
        };
    }
    text
}

/// Each reason once, in the order of the table, with its repositories. The same reason for different images counts as
/// one.
fn reasons(document: &Cascade) -> Vec<(String, Vec<&str>)> {
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    let rows = document.repositories.iter();
    let all: Vec<(&str, String)> = rows
        .flat_map(|row| reasons_of(row).into_iter().map(|why| (&*row.repository, why)))
        .collect();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, why) in &all {
        *times.entry(unnamed(why)).or_default() += 1;
    }
    for (repository, why) in &all {
        let short = unnamed(why);
        let why = if times.get(short).is_some_and(|it| *it > 1) { short } else { why.as_str() };
        match found.iter_mut().find(|(known, _)| known == why) {
            Some((_, whose)) => whose.push(repository),
            None => found.push((why.to_owned(), vec![repository])),
        }
    }
    found
}

/// What is said of one repository: its reason, or else why its images could not be read, and the remark.
fn reasons_of(row: &Row) -> Vec<String> {
    let unread = row.images.iter().filter_map(|image| {
        let why = image.unread.as_ref()?;
        Some(format!("`{}`: {why}", image.name))
    });
    let unread = unread.take(if row.reason.is_none() { usize::MAX } else { 0 });
    row.reason.iter().cloned().chain(unread).chain(row.remark.clone()).collect()
}

/// A reason without the image name in front of it.
pub(super) fn unnamed(why: &str) -> &str {
    let named = why.strip_prefix('`').and_then(|rest| rest.find("`: "));
    named.and_then(|end| why.get(end + "``: ".len()..)).unwrap_or(why)
}

/// The most members that a command names; with more, `--only-behind` is suggested instead.
const NAMED: usize = 8;

/// A suggested command, and what it is for if that is not obvious.
pub(super) struct Next {
    pub(super) command: String,
    why: Option<&'static str>,
}

impl Next {
    fn new(command: String) -> Self {
        Self { command, why: None }
    }

    /// The suggestion, with the command in its final spelling.
    pub(super) fn said(&self, command: String) -> Step {
        match self.why {
            Some(why) => Step::because(command, why),
            None => command.into(),
        }
    }
}

/// The condition for a command that notifies members again whose workflow did not start.
pub(super) const HEARS: &str = "when its workflow is triggered by the event";

/// What another `release back` does about members that are not back. Where nothing but their images is unknown, another
/// build shows no more than the last one did.
pub(super) fn notifies_again(document: &Cascade) -> &'static str {
    let rows = document.repositories.iter();
    let open = || rows.clone().filter(|row| !row.state.is_through() && !row.cannot_be_told);
    let unread = || open().flat_map(|row| &row.images).filter(|image| image.unread.is_some());
    let is_unknown = |row: &Row| {
        row.state == State::Unchecked && row.images.iter().any(|image| image.unread.is_some())
    };
    if !open().all(is_unknown) {
        "notifies again those that are not back; the others are left alone"
    } else if unread().all(|image| image.digest.is_some()) {
        "when the images say their version, in a label: notifies again those that are not back"
    } else {
        "when the images can be read: notifies again those that are not back"
    }
}

/// The suggested commands; none if all members are through.
pub(super) fn next(document: &Cascade) -> Vec<Next> {
    let version = &document.version;
    if document.state == StageState::Skipped {
        return vec![Next::new(format!("shipshape release cascade {version} --watch"))];
    }
    let rows = &document.repositories;
    let members = |wanted: fn(&Row) -> bool| -> Vec<&str> {
        let rows = rows.iter().filter(|row| wanted(row));
        rows.filter_map(|row| row.members.first().map(String::as_str)).collect()
    };
    let (deaf, ended) = (members(Row::is_deaf), members(Row::wants_another));
    let mut commands = Vec::new();
    let again = |whom: &[&str]| {
        let whom = match whom.len() > NAMED {
            true => "--only-behind".to_owned(),
            false => format!("--runtime {}", whom.join(" ")),
        };
        Next::new(format!("shipshape release cascade {version} --watch --again {whom}"))
    };
    if document.freeze.is_some() {
        let command = "shipshape release thaw".to_owned();
        commands.push(Next { command, why: Some("when the reason of the freeze is gone") });
    }
    // Nothing more will come of these dispatches, so watching them again would not help.
    if !deaf.is_empty() {
        let whom = match deaf.len() > NAMED {
            true => String::new(),
            false => format!(" --repository {}", deaf.join(" ")),
        };
        commands.push(Next::new(format!("shipshape drift{whom}")));
        commands.push(Next { why: Some(HEARS), ..again(&deaf) });
    }
    // Not if the command above already covers all that are behind.
    if !ended.is_empty() && deaf.len().min(ended.len()) <= NAMED {
        commands.push(again(&ended));
    }
    let is_open = |row: &Row| {
        let is_through = row.state == State::Contained || row.state.is_left_alone();
        // One that was taken back goes forward only with `--force`, which its reason names and no command repeats.
        !is_through && row.earlier_since.is_none()
    };
    let is_stuck = only_taken_back(rows);
    let is_over = !deaf.is_empty() || !ended.is_empty() || is_stuck;
    if !is_over && rows.iter().any(is_open) {
        let command = format!("shipshape release cascade {version} --watch --only-behind");
        commands.push(Next::new(command));
    }
    commands
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
