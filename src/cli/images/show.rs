//! What commands about images say.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::ProgressBar;

use crate::cli::options::Form;
use crate::cli::{Context, Exit, columns, counted, json_text};
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::images::outcome::{Failure, Outcome, Report};
use crate::images::standing::{Row, Standing, ToldBy, Verdict};
use crate::images::{Event, Host, Listener};

/// A bar of runtimes, with those that are being pulled.
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

    /// Who is told how it goes.
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
                    detail(format!("{runtime}: its tag leads to {digest} by now"));
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

/// How much of something is here: `12 of 80 MB`.
fn share(done: u64, total: u64) -> String {
    format!("{} of {} MB", done >> 20, total >> 20)
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Refresh,
    Rollback,
}

/// Shows what came of it, and how the command ends.
pub(super) fn outcome(
    context: &Context,
    host: &Host,
    outcome: Outcome,
    (verb, form): (Verb, Form),
) -> Result<Exit> {
    let report = Report::new(context.clock.rfc3339(), host.engine.name(), outcome);
    let outcome = &report.outcome;
    let text = match form {
        Form::Human => lines(outcome, verb),
        Form::Json => json_text(&report)?,
    };
    context.terminal.output(&text)?;
    if form == Form::Human {
        outcome.failed.iter().for_each(|failure| context.terminal.note(&told(failure)));
    }
    Ok(if !outcome.failed.is_empty() {
        Exit::Unchecked
    } else if outcome.dry_run && outcome.has_changes() {
        Exit::Findings
    } else {
        Exit::Clean
    })
}

/// A failure as a warning, with what to do.
pub(super) fn told(failure: &Failure) -> String {
    let about = failure.container.as_ref().map(|name| format!(", container {name}"));
    let line =
        format!("warning: {}{}: {}", failure.runtime, about.unwrap_or_default(), failure.why);
    let hint = failure.hint.as_ref().map(|hint| format!("\nhint: {}", visible_line(hint)));
    visible_line(&line) + &hint.unwrap_or_default()
}

fn lines(outcome: &Outcome, verb: Verb) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut add = |runtime: &str, what: String| {
        rows.push(vec![visible_line(runtime), visible_line(&what)]);
    };
    let (pulled, removed) = if outcome.dry_run {
        ("would be pulled:", "would be removed, to be made again:")
    } else {
        ("pulled", "removed, to be made again:")
    };
    for it in &outcome.pulled {
        let version = it.version.as_ref().map(|version| format!(", version {version}"));
        let before = it.previous.as_deref().map(|digest| format!(", before {}", short(digest)));
        let parts = [version, before].map(Option::unwrap_or_default).concat();
        add(&it.runtime, format!("{pulled} {}{parts}", short(&it.digest)));
    }
    for it in &outcome.current {
        add(&it.runtime, format!("here already: {}", short(&it.digest)));
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
    let count = |count: usize, what: &str| format!("{} {what}", counted(count, "image"));
    let mut summary = vec![
        count(outcome.pulled.len(), if outcome.dry_run { "to pull" } else { "pulled" }),
        format!("{} here already", outcome.current.len()),
    ];
    if !outcome.held.is_empty() {
        summary.push(format!("{} held", outcome.held.len()));
    }
    let containers = counted(outcome.recreated.len(), "container");
    summary.push(format!("{containers} {}", if outcome.dry_run { "to remove" } else { "removed" }));
    if !outcome.failed.is_empty() {
        summary.push(counted(outcome.failed.len(), "failure"));
    }
    let blank = if rows.is_empty() { "" } else { "\n" };
    let mut text = columns::aligned(&rows) + blank + &summary.join(", ") + "\n";
    if let Some(command) = next(outcome, verb) {
        text.push_str(&format!("\nNext:\n  {}\n", visible_line(&command)));
    }
    text
}

fn next(outcome: &Outcome, verb: Verb) -> Option<String> {
    if outcome.dry_run {
        return outcome.has_changes().then(|| "the same without --dry-run".to_owned());
    }
    let first = outcome.pulled.iter().find(|it| it.previous.is_some())?;
    Some(match verb {
        Verb::Refresh => format!("shipshape images rollback {}", first.runtime),
        Verb::Rollback => format!("shipshape images unhold {}", first.runtime),
    })
}

/// The first digits of a digest: enough for a person.
fn short(digest: &str) -> String {
    let digits = digest.strip_prefix("sha256:").unwrap_or(digest);
    digits.chars().take(12).collect()
}

const HEADS: [&str; 6] = ["RUNTIME", "REGISTRY", "HERE", "VERSION", "CONTAINERS", ""];

/// The table of `images status`.
pub(super) fn standing(standing: &Standing, context: &Context) -> String {
    let nothing = if context.terminal.unicode() { "–" } else { "-" };
    let mut rows = vec![HEADS.map(str::to_owned).to_vec()];
    rows.extend(standing.runtimes.iter().map(|row| cells(row, nothing)));
    let mut text = columns::aligned(&rows);
    if context.terminal.verbose() {
        for row in &standing.runtimes {
            for earlier in row.earlier.iter().rev() {
                text.push_str(&format!(
                    "{}: {} until {}\n",
                    row.runtime, earlier.digest, earlier.until
                ));
            }
        }
    }
    let behind = standing.runtimes.iter().filter(|row| {
        (matches!(row.verdict, Verdict::Behind | Verdict::Absent) && row.hold.is_none())
            || !row.behind.is_empty()
    });
    let behind: Vec<&Row> = behind.collect();
    let all = counted(standing.runtimes.len(), "runtime");
    text.push_str(&format!(
        "\n{all}: {} behind, by {}\n",
        behind.len(),
        visible_line(&standing.engine)
    ));
    if let Some(first) = behind.first() {
        let command = match behind.len() {
            1 => format!("shipshape images refresh --runtime {}", first.runtime),
            _ => "shipshape images refresh --dry-run".to_owned(),
        };
        text.push_str(&format!("\nNext:\n  {}\n", visible_line(&command)));
    }
    text
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
    let hold = row.hold.as_ref().map(|hold| match &hold.reason {
        Some(reason) => format!("{verdict}, held: {reason}"),
        None => format!("{verdict}, held"),
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
            lines(&outcome, Verb::Refresh),
            "hermes  pulled aaaaaaaaaaaa, version 1.2\\u{202e}, before bbbbbbbbbbbb\n\
             crewai  here already: 0\n\
             hermes  removed, to be made again: ws-1\n\n\
             1 image pulled, 1 here already, 1 container removed, 1 failure\n\n\
             Next:\n  shipshape images rollback hermes\n"
        );
    }
}
