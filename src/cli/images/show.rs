//! The output of the image commands.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::ProgressBar;

use super::hold;
use super::host::{HostOptions, SaidOptions};
use crate::cli::shared::columns;
use crate::cli::shared::next::{self, Step};
use crate::cli::shared::options::Form;
use crate::cli::{Context, Exit, counted, json_text};
use crate::digest::short;
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::images::memory::newest_first;
use crate::images::outcome::{Failure, Outcome, Report};
use crate::images::status::{Row, Standing, ToldBy, Verdict};
use crate::images::{Event, Host, Listener};

/// A progress bar that names the runtimes being pulled.
pub(super) struct Progress {
    bar: ProgressBar,
    context: Context,
    pulling: Arc<Mutex<BTreeSet<String>>>,
}

impl Progress {
    pub(super) fn new(context: &Context, runtimes: usize) -> Self {
        let bar = context.terminal.progress(runtimes, "pulling");
        Self { bar, context: context.clone(), pulling: Arc::default() }
    }

    /// The listener that updates the bar.
    pub(super) fn listener(&self) -> Listener {
        let (bar, context) = (self.bar.clone(), self.context.clone());
        let pulling = Arc::clone(&self.pulling);
        Listener::new(move |event| {
            let detail =
                |line: String| bar.suspend(|| context.terminal.detail(&visible_line(&line)));
            let mut pulling = pulling.lock().unwrap_or_else(PoisonError::into_inner);
            match event {
                Event::Pulling { runtime, digest } => {
                    detail(format!("{runtime}: pulling {digest}"));
                    pulling.insert(runtime);
                }
                Event::Bytes { runtime, done, total } if total > 0 => {
                    bar.set_message(format!("{runtime} {}", share(done, total)));
                    return;
                }
                Event::Bytes { .. } => return,
                Event::Moved { runtime, digest } => {
                    detail(format!("{runtime}: its tag now points to {digest}"));
                }
                Event::NotCompared { runtime, why } => {
                    let note = format!(
                        "{runtime}: {why}, so the versions of the two images were not compared; `shipshape images \
                         status {runtime} -v` lists the earlier images, and --to names one"
                    );
                    bar.suspend(|| context.terminal.note(&visible_line(&note)));
                }
                Event::NotHere { runtime, digest } => {
                    let note = format!(
                        "{runtime}: {digest} is not here, so it would be pulled: the registry has to have it"
                    );
                    bar.suspend(|| context.terminal.note(&visible_line(&note)));
                }
                Event::LeftAlone { runtime, why } => {
                    let note = format!("{runtime} is left alone: {why}");
                    bar.suspend(|| context.terminal.note(&visible_line(&note)));
                }
                Event::Removed { runtime, container } => {
                    detail(format!("{runtime}: removed {container}"));
                }
                Event::Settled { runtime } => {
                    pulling.remove(&runtime);
                    bar.inc(1);
                }
            }
            let names: Vec<&str> = pulling.iter().map(String::as_str).collect();
            bar.set_message(format!("pulling {}", names.join(", ")));
        })
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// The progress of a download: `12 of 80 MB`.
fn share(done: u64, total: u64) -> String {
    format!("{} of {} MB", done >> 20, total >> 20)
}

/// What was requested. `again` is the same command without `--dry-run`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Refresh { again: String },
    Rollback { again: String },
}

/// Prints the outcome, and returns the exit status.
pub(super) fn outcome(
    context: &Context,
    host: &Host,
    outcome: Outcome,
    asked: &Asked,
    said: &SaidOptions,
) -> Result<Exit> {
    let report = Report::new(context.clock.rfc3339(), host.engine.name(), outcome);
    let outcome = &report.outcome;
    let text = match said.format {
        Form::Human => {
            let command = |rest: &str| said.host.command(context, rest);
            lines(outcome, asked) + &steps(outcome, asked, &command)
        }
        Form::Json => json_text(&report)?,
    };
    context.terminal.output(&text)?;
    if said.format == Form::Human {
        all_told(&outcome.failed).iter().for_each(|line| context.terminal.note(line));
        let has_held = !outcome.pulled.is_empty() || !outcome.current.is_empty();
        if matches!(asked, Asked::Rollback { .. }) && !outcome.dry_run && has_held {
            context.terminal.note(&hold::kept_in(&host.memory));
        }
    }
    Ok(if !outcome.failed.is_empty() {
        Exit::Unchecked
    } else if outcome.dry_run && outcome.has_changes() {
        Exit::Findings
    } else {
        Exit::Clean
    })
}

/// A failure as a warning, with its hint.
pub(super) fn told(failure: &Failure) -> String {
    let hint = failure.hint.as_ref().map(|hint| format!("\nhint: {}", visible_line(hint)));
    warning(failure) + &hint.unwrap_or_default()
}

fn warning(failure: &Failure) -> String {
    let about = failure.container.as_ref().map(|name| format!(", container {name}"));
    let line =
        format!("warning: {}{}: {}", failure.runtime, about.unwrap_or_default(), failure.why);
    visible_line(&line)
}

/// Failures as warnings, grouped by hint: a registry that is down fails for all images, but its hint is printed once.
pub(super) fn all_told<'f>(failures: impl IntoIterator<Item = &'f Failure>) -> Vec<String> {
    let mut by_hint: Vec<(&Option<String>, Vec<String>)> = Vec::new();
    for failure in failures {
        match by_hint.iter_mut().find(|(hint, _)| **hint == failure.hint) {
            Some((_, warnings)) => warnings.push(warning(failure)),
            None => by_hint.push((&failure.hint, vec![warning(failure)])),
        }
    }
    let said = by_hint.into_iter().flat_map(|(hint, warnings)| {
        let hint = hint.as_ref().map(|hint| format!("hint: {}", visible_line(hint)));
        warnings.into_iter().chain(hint)
    });
    said.collect()
}

fn lines(outcome: &Outcome, asked: &Asked) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut add = |runtime: &str, what: String| {
        rows.push(vec![visible_line(runtime), visible_line(&what)]);
    };
    let goes_back = matches!(asked, Asked::Rollback { .. });
    let pulled = match (goes_back, outcome.dry_run) {
        (false, false) => "pulled",
        (false, true) => "would be pulled:",
        (true, false) => "brought back to",
        (true, true) => "would be brought back to",
    };
    let here = if goes_back { "was brought back already:" } else { "here already:" };
    let removed = match outcome.dry_run {
        true => "would be removed, to be recreated:",
        false => "removed, to be recreated:",
    };
    for it in &outcome.pulled {
        let version = it.version.as_ref().map(|version| format!(", version {version}"));
        let before = it.previous.as_deref().map(|digest| format!(", before {}", short(digest)));
        let parts = [version, before].map(Option::unwrap_or_default).concat();
        add(&it.runtime, format!("{pulled} {}{parts}", short(&it.digest)));
    }
    for it in &outcome.current {
        add(&it.runtime, format!("{here} {}", short(&it.digest)));
    }
    for it in &outcome.held {
        let why = it.hold.reason.as_ref().map(|reason| format!(": {reason}"));
        add(&it.runtime, format!("held since {}{}", it.hold.since, why.unwrap_or_default()));
    }
    for it in &outcome.recreated {
        add(&it.runtime, format!("{removed} {}", it.container));
    }
    for it in &outcome.pinned {
        add(&it.runtime, format!("left alone: {} was made from {}", it.container, it.image));
    }
    let images = counted(outcome.pulled.len(), "image");
    let mut summary = match (goes_back, outcome.dry_run) {
        (true, true) => vec![format!("{images} to bring back")],
        (true, false) => vec![format!("{images} brought back")],
        (false, true) => vec![format!("{images} to pull")],
        (false, false) => vec![format!("{images} pulled")],
    };
    if !goes_back {
        summary.push(format!("{} here already", outcome.current.len()));
    }
    if !outcome.held.is_empty() {
        summary.push(format!("{} held", outcome.held.len()));
    }
    let containers = counted(outcome.recreated.len(), "container");
    summary.push(format!("{containers} {}", if outcome.dry_run { "to remove" } else { "removed" }));
    if !outcome.failed.is_empty() {
        summary.push(counted(outcome.failed.len(), "failure"));
    }
    let blank = if rows.is_empty() { "" } else { "\n" };
    columns::aligned(&rows) + blank + &summary.join(", ") + "\n"
}

/// The next commands, separated into those for now and those for later, so that nobody has to guess.
fn steps(outcome: &Outcome, asked: &Asked, command: &dyn Fn(&str) -> String) -> String {
    let (Asked::Refresh { again } | Asked::Rollback { again }) = asked;
    if outcome.dry_run {
        return match outcome.has_changes() {
            true => next::text([again.clone()]),
            false => String::new(),
        };
    }
    match asked {
        Asked::Refresh { .. } => {
            let first = outcome.pulled.iter().find(|it| it.previous.is_some());
            first.map_or_else(String::new, |first| {
                let back = command(&format!("rollback {}", first.runtime));
                next::below("If one of them does not work:", [back])
            })
        }
        Asked::Rollback { .. } => {
            let pulled = outcome.pulled.iter().map(|it| it.runtime.as_str());
            let all = pulled.chain(outcome.current.iter().map(|it| it.runtime.as_str()));
            let all: Vec<&str> = all.collect();
            let names = all.join(" ");
            let head = match all.as_slice() {
                [] => return String::new(),
                [one] => {
                    format!("{one} is held: `images refresh` leaves it alone. Once it is fixed:")
                }
                _ => "They are held: `images refresh` leaves them alone. Once they are fixed:"
                    .to_owned(),
            };
            let further = match outcome.current.is_empty() {
                true => String::new(),
                false => next::below(
                    "What was here before, to go further back:",
                    [command(&format!("status {names} -v"))],
                ),
            };
            let later = ["unhold", "refresh"].map(|verb| command(&format!("{verb} {names}")));
            further + &next::below(&head, &later)
        }
    }
}

const HEADS: [&str; 6] = ["RUNTIME", "REGISTRY", "HERE", "VERSION", "CONTAINERS", ""];

/// The table of `images status`.
pub(super) fn standing(standing: &Standing, context: &Context, host: &HostOptions) -> String {
    let nothing = if context.terminal.unicode() { "–" } else { "-" };
    let mut rows = vec![HEADS.map(str::to_owned).to_vec()];
    rows.extend(standing.runtimes.iter().map(|row| cells(row, nothing)));
    let mut text = columns::fitted(&rows, context.terminal.columns());
    if context.terminal.verbose() {
        for row in &standing.runtimes {
            let is_here = |digest: &str| row.local.as_deref() == Some(digest);
            for earlier in newest_first(&row.earlier).into_iter().filter(|it| !is_here(&it.digest))
            {
                let digits = short(&earlier.digest);
                let back = format!("rollback {} --to {digits}", row.runtime);
                let line = format!(
                    "{}: {digits} was here until {}; back to it: {}",
                    row.runtime,
                    earlier.until,
                    host.command(context, &back)
                );
                text.push_str(&format!("{}\n", visible_line(&line)));
            }
        }
    }
    let behind = standing.runtimes.iter().filter(|row| {
        (matches!(row.verdict, Verdict::Behind | Verdict::Absent) && row.hold.is_none())
            || !row.behind.is_empty()
    });
    let behind: Vec<&Row> = behind.collect();
    let all = counted(standing.runtimes.len(), "runtime");
    let held = standing.runtimes.iter().filter(|row| row.hold.is_some()).count();
    let held = if held > 0 { format!(", {held} held") } else { String::new() };
    // What is not here at all is not behind, but is brought up to date by the same command.
    let is_absent = |row: &&&Row| row.verdict == Verdict::Absent && row.behind.is_empty();
    let absent = behind.iter().filter(is_absent).count();
    let not_here = if absent > 0 { format!(", {absent} not here") } else { String::new() };
    text.push_str(&format!(
        "\n{all}: {} behind{not_here}{held}, by {}\n",
        behind.len() - absent,
        visible_line(&standing.engine)
    ));
    let command = |rest: &str| host.command(context, rest);
    text.push_str(&next::text(catching_up(&behind, &command)));
    text
}

/// The commands that update what is behind. A refresh skips held runtimes and their containers.
fn catching_up(behind: &[&Row], command: &dyn Fn(&str) -> String) -> Vec<Step> {
    let names = |wanted: &dyn Fn(&Row) -> bool| -> Vec<&str> {
        let rows = behind.iter().filter(|row| wanted(row));
        rows.map(|row| row.runtime.as_str()).collect()
    };
    let is_back = |row: &Row| row.hold.as_ref().is_some_and(|hold| hold.back.is_some());
    let (free, back) = (names(&|row| row.hold.is_none()), names(&is_back));
    let held = names(&|row| row.hold.is_some() && !is_back(row));
    let mut steps: Vec<Step> = match free.as_slice() {
        [] => Vec::new(),
        [one] => vec![command(&format!("refresh {one}")).into()],
        _ => vec![command("refresh --dry-run").into()],
    };
    if !back.is_empty() {
        let again = command(&format!("rollback {}", back.join(" ")));
        let why = "containers are of another image than they were brought back to";
        steps.push(Step::because(again, why));
    }
    if !held.is_empty() {
        let unhold = command(&format!("unhold {}", held.join(" ")));
        let why = "containers are of an earlier image; while it is held, no refresh removes them";
        steps.push(Step::because(unhold, why));
    }
    steps
}

fn cells(row: &Row, nothing: &str) -> Vec<String> {
    let digest =
        |digest: &Option<String>| digest.as_deref().map_or_else(|| nothing.to_owned(), short);
    let version = match (&row.version, row.told_by) {
        (Some(version), Some(ToldBy::Layers)) => format!("{version} (layers)"),
        (Some(version), _) => version.clone(),
        (None, _) => nothing.to_owned(),
    };
    let containers = match (row.containers, row.behind.len()) {
        (0, _) => nothing.to_owned(),
        (all, 0) => all.to_string(),
        (all, behind) => format!("{all}, {behind} behind"),
    };
    let verdict = match row.verdict {
        Verdict::Current => "current",
        Verdict::Behind => "behind",
        Verdict::Absent => "not here",
        Verdict::Unknown => "not known",
    };
    let hold = row.hold.as_ref().map(|hold| {
        // A held runtime is expected to differ from the registry.
        let verdict = match row.verdict {
            Verdict::Behind => "held".to_owned(),
            _ => format!("{verdict}, held"),
        };
        match &hold.reason {
            Some(reason) => format!("{verdict}: {reason}"),
            None => verdict,
        }
    });
    let verdict = hold.unwrap_or_else(|| verdict.to_owned());
    let cells = [
        row.runtime.clone(),
        digest(&row.registry),
        digest(&row.local),
        version,
        containers,
        verdict,
    ];
    cells.iter().map(|cell| visible_line(cell)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::outcome::{Current, FailureKind, Pulled, Recreated, Stage};

    #[test]
    fn words_of_others_obey_nobody() {
        let runtime = || "hermes".to_owned();
        let failure = Failure {
            runtime: runtime(),
            stage: Stage::Remove,
            kind: FailureKind::Refused,
            container: Some("ws-1".to_owned()),
            why: "busy\n::error::\u{1b}[31m".to_owned(),
            hint: Some("wait\n::error::".to_owned()),
        };
        assert_eq!(
            told(&failure),
            "warning: hermes, container ws-1: busy\\n::error::\\u{1b}[31m\nhint: wait\\n::error::"
        );
        let outcome = Outcome {
            pulled: vec![Pulled {
                runtime: runtime(),
                image: "ghcr.io/acme/x:latest".to_owned(),
                digest: format!("sha256:{}", "a".repeat(64)),
                previous: Some(format!("sha256:{}", "b".repeat(64))),
                version: Some("1.2\u{202e}".to_owned()),
            }],
            current: vec![Current { runtime: "crewai".to_owned(), digest: "sha256:0".to_owned() }],
            recreated: vec![Recreated { runtime: runtime(), container: "ws-1".to_owned() }],
            failed: vec![failure],
            ..Outcome::default()
        };
        assert_eq!(
            lines(&outcome, &Asked::Refresh { again: String::new() }),
            "hermes  pulled aaaaaaaaaaaa, version 1.2\\u{202e}, before bbbbbbbbbbbb\ncrewai  here already: \
            0\nhermes  removed, to be recreated: ws-1\n\n1 image pulled, 1 here already, 1 container removed, 1 \
            failure\n"
        );
        let back = lines(&outcome, &Asked::Rollback { again: String::new() });
        assert!(back.starts_with("hermes  brought back to aaaaaaaaaaaa, "), "{back}");
        assert!(!back.contains("pulled"), "{back}");
    }

    #[test]
    fn what_is_to_be_done_is_said_once_for_all_that_need_it() {
        let failure = |runtime: &str, hint: &str| Failure {
            runtime: runtime.to_owned(),
            stage: Stage::LookUp,
            kind: FailureKind::RegistryUnreachable,
            container: None,
            why: "gone".to_owned(),
            hint: Some(hint.to_owned()),
        };
        let failures = [failure("a", "wait"), failure("b", "log in"), failure("c", "wait")];
        assert_eq!(
            all_told(&failures),
            [
                "warning: a: gone",
                "warning: c: gone",
                "hint: wait",
                "warning: b: gone",
                "hint: log in"
            ]
        );
    }
}
