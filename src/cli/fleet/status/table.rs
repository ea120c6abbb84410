//! The table of `fleet status`.

use std::cmp::Reverse;

use crate::cli::counted;
use crate::cli::shared::columns;
use crate::cli::shared::next;
use crate::drift::RepositoryVerdict;
use crate::edge::terminal::{Terminal, lines_of, visible_line};
use crate::status::{Denied, ImageStanding, Row, RunStanding, Status};

const HEADS: [&str; 7] = ["MEMBER", "OWNER", "PIN", "IMAGE", "DRIFT", "PULLS", "LAST RUN"];

/// The column that is left out first where the terminal is narrow: `fleet list` shows it, too.
const OWNER: usize = 1;

/// The table, and what it adds up to.
pub(super) fn render(status: &Status, terminal: &Terminal) -> String {
    let nothing = if terminal.unicode() { "–" } else { "-" };
    table(status, nothing, terminal.columns()) + &closing(status, terminal.columns())
}

fn table(status: &Status, nothing: &str, width: Option<usize>) -> String {
    let rows: Vec<[String; 7]> = status.members.iter().map(|row| cells(row, nothing)).collect();
    let heads = HEADS.map(str::to_owned);
    // Columns that are empty for all members are left out.
    let is_shown = |column: usize| {
        column == 0 || rows.iter().any(|row| row.get(column).is_some_and(|cell| cell != nothing))
    };
    let shown: Vec<usize> = (0..HEADS.len()).filter(|column| is_shown(*column)).collect();
    let picked = |without: Option<usize>| -> Vec<Vec<String>> {
        let columns: Vec<usize> =
            shown.iter().copied().filter(|column| Some(*column) != without).collect();
        let pick = |row: &[String; 7]| {
            columns.iter().filter_map(|column| row.get(*column).cloned()).collect()
        };
        [&heads].into_iter().chain(&rows).map(pick).collect()
    };
    let all = picked(None);
    if columns::fits(&all, width) {
        return columns::fitted(&all, width);
    }
    let without_owner = picked(Some(OWNER));
    if columns::fits(&without_owner, width) {
        return columns::fitted(&without_owner, width);
    }
    columns::fitted(&all, width)
}

fn cells(row: &Row, nothing: &str) -> [String; 7] {
    let or_nothing = |cell: Option<String>| cell.unwrap_or_else(|| nothing.to_owned());
    let cells = [
        row.name.clone(),
        or_nothing(row.owner.clone()),
        or_nothing(row.pin.clone()),
        or_nothing(row.image.as_ref().map(image)),
        or_nothing(row.drift.map(|drift| verdict(drift, row))),
        or_nothing(row.open_pulls.map(|count| count.to_string())),
        or_nothing(last_run(row)),
    ];
    cells.map(|cell| visible_line(&cell))
}

fn image(image: &ImageStanding) -> String {
    let Some(digest) = &image.digest else { return "absent".to_owned() };
    let digits = digest.strip_prefix("sha256:").unwrap_or(digest);
    let short: String = digits.chars().take(7).collect();
    match image.created.as_deref().map(day) {
        Some(day) => format!("{day} {short}"),
        None => short,
    }
}

/// The latest run or, since which of several workflows of one push is last is chance, the first that failed: as long as that
/// is the latest of its workflow, it is what somebody should see.
fn last_run(row: &Row) -> Option<String> {
    match &row.failed_runs[..] {
        [] => row.last_run.as_ref().map(run),
        [failed] => Some(run(failed)),
        [failed, more @ ..] => Some(format!("{} +{}", run(failed), more.len())),
    }
}

fn run(run: &RunStanding) -> String {
    format!("{} {} {}", run.outcome, run.workflow, day(&run.created)).trim_end().to_owned()
}

/// The day of an RFC 3339 time.
fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

fn verdict(verdict: RepositoryVerdict, row: &Row) -> String {
    let word = verdict.as_str();
    let found = if row.findings == 0 { String::new() } else { format!(" ({})", row.findings) };
    let archived = if row.is_archived { ", archived" } else { "" };
    format!("{word}{found}{archived}")
}

fn closing(status: &Status, width: Option<usize>) -> String {
    let text = summary(status);
    let lines = width.map_or_else(|| vec![text.clone()], |width| lines_of(&text, width));
    format!("\n{}\n", lines.join("\n"))
}

fn summary(status: &Status) -> String {
    let count =
        |holds: &dyn Fn(&Row) -> bool| status.members.iter().filter(|row| holds(row)).count();
    let drifted = count(&|row| row.drift != Some(RepositoryVerdict::Conformant));
    let failed = count(&|row| !row.failed_runs.is_empty());
    let absent = count(&|row| row.image.as_ref().is_some_and(|image| image.digest.is_none()));
    let unseen = count(&Row::has_unread_image);
    let has_images = status.members.iter().any(|row| row.image.is_some());
    let mut text = format!("{}: {drifted} not conformant", counted(status.members.len(), "member"));
    if failed > 0 {
        text.push_str(&format!(", {failed} with failed runs"));
    }
    if has_images {
        text.push_str(&format!(", {absent} without an image"));
    }
    if unseen > 0 {
        text.push_str(&format!(", {unseen} whose image was not read"));
    }
    let archived = count(&|row| row.is_archived);
    if archived > 0 {
        text.push_str(&format!(", {archived} archived: no change can be made there"));
    }
    match count(&|row| row.is_archived && !row.is_retired) {
        0 => {}
        unmarked if unmarked == archived => {
            text.push_str("; mark them with `retired` in fleet.yaml");
        }
        unmarked => {
            let unmarked = format!("; mark the {unmarked} without it with `retired` in fleet.yaml");
            text.push_str(&unmarked);
        }
    }
    text
}

/// Suggestions about what to look at first. `fleet` is the option that names the manifest, if it was given.
pub(super) fn next(status: &Status, fleet: &str) -> String {
    let mut next = Vec::new();
    let is_known = |row: &&Row| row.drift.is_some_and(|it| it != RepositoryVerdict::Conformant);
    // The first of equals, as in reports.
    // What could not be judged is reported with its reason, and `drift` would only repeat that.
    let is_judged = |row: &&Row| row.need.is_some() || row.unread.is_empty();
    let worst = status.members.iter().filter(is_known).filter(is_judged);
    let worst = worst.max_by_key(|row| (row.need, Reverse(&row.name)));
    if let Some(worst) = worst {
        let name = worst.repository.rsplit('/').next().unwrap_or(&worst.repository);
        next.push(format!("shipshape drift{fleet} --repository {name}"));
    }
    if status.members.iter().any(|row| !row.failed_runs.is_empty()) {
        next.push(format!("shipshape fleet status{fleet} --rerun-failed"));
    }
    let is_denied = |denied| status.members.iter().any(|row| row.denied == Some(denied));
    if is_denied(Denied::Hidden) {
        next.push(format!("shipshape doctor{fleet}"));
    }
    if is_denied(Denied::Permission) {
        next.push(format!("shipshape doctor --permissions fleet status{fleet}"));
    }
    next::text(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::terminal::Color;

    #[test]
    fn columns_line_up_and_those_without_anything_are_left_out() {
        let row = |name: &str, drift, findings| Row {
            name: name.to_owned(),
            repository: format!("acme/{name}"),
            drift: Some(drift),
            findings,
            open_pulls: Some(2),
            ..Row::default()
        };
        let members = vec![
            row("tpl-a", RepositoryVerdict::Conformant, 0),
            Row { is_archived: true, ..row("tpl-long\u{1b}[31m", RepositoryVerdict::Drifted, 3) },
        ];
        let status = Status { schema: "x", generated_at: String::new(), members };
        let terminal = Terminal::new(Color::Never, false, 0, None);
        assert_eq!(
            render(&status, &terminal) + &next(&status, " --fleet f.yaml"),
            "MEMBER              DRIFT                  PULLS\ntpl-a               conformant             \
            2\ntpl-long\\u{1b}[31m  drifted (3), archived  2\n\n2 members: 1 not conformant, 1 archived: no \
            change can be made there; mark them with `retired` in fleet.yaml\n\nNext:\n  shipshape drift --fleet \
            f.yaml --repository tpl-long\\u{1b}[31m\n"
        );
    }

    #[test]
    fn where_it_is_narrow_the_owner_is_left_out_before_rows_become_blocks() {
        let row = |name: &str| Row {
            name: name.to_owned(),
            owner: Some("@acme/platform".to_owned()),
            drift: Some(RepositoryVerdict::Drifted),
            findings: 2,
            open_pulls: Some(0),
            ..Row::default()
        };
        let members = vec![row("workspace-template-aider"), row("workspace-template-crewai")];
        let status = Status { schema: "x", generated_at: String::new(), members };
        let at = |width: usize| table(&status, "-", Some(width));
        assert!(at(80).starts_with("MEMBER                     OWNER "), "{}", at(80));
        assert_eq!(
            at(50),
            "MEMBER                     DRIFT        PULLS\nworkspace-template-aider   drifted (2)  0\n\
             workspace-template-crewai  drifted (2)  0\n"
        );
        assert!(at(30).starts_with("MEMBER  workspace-template-aider\nOWNER   "), "{}", at(30));
        let closed = closing(&status, Some(20));
        assert_eq!(closed, "\n2 members: 2 not\nconformant\n");
    }

    #[test]
    fn only_archived_members_that_are_not_retired_are_to_be_marked() {
        let row = |is_retired| Row { is_archived: true, is_retired, ..Row::default() };
        let said = |members: Vec<Row>| {
            closing(&Status { schema: "x", generated_at: String::new(), members }, None)
        };
        let all = said(vec![row(true)]);
        assert!(all.contains("1 archived: no change can be made there\n"), "{all}");
        let some = said(vec![row(true), row(false)]);
        assert!(
            some.contains("2 archived: no change can be made there; mark the 1 without"),
            "{some}"
        );
    }

    #[test]
    fn a_failed_workflow_wins_over_one_that_ran_later() {
        let run = |workflow: &str, outcome: &str| RunStanding {
            id: 1,
            workflow: workflow.to_owned(),
            event: "push".to_owned(),
            outcome: outcome.to_owned(),
            created: "2026-11-30T08:00:00Z".to_owned(),
            page: String::new(),
        };
        let (ci, image) = (run("CI", "failure"), run("Image", "failure"));
        let row = |failed: Vec<RunStanding>| Row {
            last_run: Some(run("Scan", "success")),
            failed_runs: failed,
            ..Row::default()
        };
        let shown = |failed| last_run(&row(failed)).unwrap_or_default();
        assert_eq!(shown(vec![]), "success Scan 2026-11-30");
        assert_eq!(shown(vec![ci.clone()]), "failure CI 2026-11-30");
        assert_eq!(shown(vec![ci, image]), "failure CI 2026-11-30 +1");
    }
}
