//! Background work: judging, re-reading fleet.yaml, and handling deliveries.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::app::App;
use super::metrics::Event;
use crate::counted::counted;
use crate::drift::RepositoryVerdict;
use crate::drift::model::Report;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::serve::deliveries::{Handled, Line, Tail, Wish};
use crate::serve::facts::{Facts, Which};
use crate::serve::options::Role;
use crate::serve::refresh::RefreshRequest;

/// How often the deliveries of other processes are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// How often fleet.yaml is read again.
const READ_AGAIN: Duration = Duration::from_secs(60);
/// Pauses before a refresh that failed as a whole is retried; after the last retry it is given up.
const TRY_AGAIN: [Duration; 3] =
    [Duration::from_secs(5), Duration::from_secs(30), Duration::from_secs(120)];

/// The running background work.
pub(super) struct Background {
    judging: Option<JoinHandle<()>>,
    /// Ends by itself, after the refresh in progress.
    refreshing: Option<tokio::task::JoinHandle<()>>,
    tasks: Vec<AbortHandle>,
}

/// Starts the work that the roles need.
pub(super) fn begin(app: &Arc<App>) -> Result<Background> {
    let mut background = Background { judging: None, refreshing: None, tasks: Vec::new() };
    if let Some(file) = app.options.deliveries.clone() {
        if app.options.has(Role::Dashboard) {
            // Before the fleet is judged: whatever arrives from now on may not be covered by that judgement.
            let tail = Tail::from_end(&file).map_err(|cause| unreadable(&file, &cause))?;
            let judging = tokio::spawn(judge_what_came(Arc::clone(app), tail));
            background.tasks.push(judging.abort_handle());
        }
        if app.refreshing.is_some() {
            background.refreshing = Some(begin_refreshing(app, &file)?);
        }
    }
    if app.options.has(Role::Dashboard) {
        let judged = Arc::clone(app);
        let thread = std::thread::Builder::new().name("judging".to_owned());
        let begun = thread.spawn(move || judge(&judged));
        background.judging =
            Some(begun.map_err(|cause| Error::failed("cannot start a thread").caused_by(cause))?);
    }
    background.tasks.push(tokio::spawn(read_again(Arc::clone(app))).abort_handle());
    Ok(background)
}

impl Background {
    /// Waits for work that must not be cut short.
    pub(super) async fn finished(&mut self, app: &App) {
        // Wakes the task, which may be waiting for deliveries.
        app.delivered.send_replace(());
        if let Some(refreshing) = self.refreshing.take() {
            let _ = refreshing.await;
        }
    }

    /// Ends the work. A judgement only reads, so it is not waited for.
    pub(super) fn end(self, app: &App) {
        app.judging.end();
        self.tasks.iter().for_each(AbortHandle::abort);
        if let Some(judging) = self.judging.filter(JoinHandle::is_finished) {
            let _ = judging.join();
        }
    }
}

fn unreadable(file: &Path, cause: &std::io::Error) -> Error {
    Error::failed("cannot read what was delivered").in_file(file).caused_by(cause)
}

/// The body of the judging thread.
fn judge(app: &App) {
    let begun_at = std::cell::Cell::new(Instant::now());
    let begun = |which: &Which| {
        begun_at.set(Instant::now());
        app.learn(|known| known.judging = Some((app.facts.now(), which.clone())));
    };
    let over = |which: &Which, judged: Result<Report>| {
        app.metrics.judged_in(begun_at.get().elapsed());
        match judged {
            Ok(report) => {
                app.metrics.count(Event::Judgings, "judged");
                (app.tell)(&told(which, &report));
                app.learn(|known| known.judged(which, report));
            }
            Err(error) => {
                app.metrics.count(Event::Judgings, "failed");
                (app.tell)(&format!("the fleet could not be judged: {}", said(&error)));
                app.learn(|known| known.failed(app.facts.now(), error));
                return;
            }
        }
        if *which == Which::All {
            look_around(app, &*app.facts);
        }
    };
    app.judging.run(&*app.facts, &begun, &over);
}

/// Looks at campaigns, releases and images.
fn look_around(app: &App, facts: &dyn Facts) {
    let (campaigns, at) = (facts.campaigns(), facts.now());
    for sight in &campaigns {
        match &sight.status {
            Err(error) => {
                let (file, why) = (visible_line(&sight.file), said(error));
                (app.tell)(&format!("the campaign of {file} could not be checked: {why}"));
            }
            Ok(status) => {
                let rows = &status.repositories;
                let unreadable = rows.iter().filter(|row| row.is_unreadable()).count();
                if unreadable > 0 {
                    let what = counted(unreadable, "repository");
                    let campaign = &status.campaign;
                    (app.tell)(&format!(
                        "the token may not read {what} of the campaign `{campaign}`: \
                         `shipshape doctor --permissions campaign status` lists what it needs"
                    ));
                }
            }
        }
    }
    let releases = facts.releases().map(Arc::from);
    let images = app.refreshing.is_some().then(|| facts.images().map(Arc::from));
    app.learn(|known| {
        known.images = images.map(|images| (at.clone(), images));
        known.releases = Some((at.clone(), releases));
        known.campaigns = Some((at, campaigns.into()));
    });
}

/// An error with its hints, which say what was tried and where.
fn said(error: &Error) -> String {
    let hints = error.hints().iter().map(|hint| format!(" ({hint})"));
    std::iter::once(error.to_string()).chain(hints).collect()
}

fn told(which: &Which, report: &Report) -> String {
    let count = |verdict| report.repositories.iter().filter(|one| one.verdict == verdict).count();
    let what = match which {
        Which::All => "the fleet",
        Which::Some(_) => "a part of the fleet",
    };
    format!(
        "judged {what}: {} conformant, {} drifted, {} broken, {} unchecked",
        count(RepositoryVerdict::Conformant),
        count(RepositoryVerdict::Drifted),
        count(RepositoryVerdict::Broken),
        count(RepositoryVerdict::Unchecked),
    )
}

/// Reads fleet.yaml periodically, since the members decide what deliveries ask for.
async fn read_again(app: Arc<App>) {
    let mut told = false;
    loop {
        tokio::time::sleep(READ_AGAIN.min(app.options.every)).await;
        let reading = Arc::clone(&app);
        let read = tokio::task::spawn_blocking(move || {
            if reading.options.has(Role::Dashboard) {
                // A release running on this machine records its stages.
                let (releases, at) = (reading.facts.releases().map(Arc::from), reading.facts.now());
                if reading.known().releases.is_some() {
                    reading.learn(|known| known.releases = Some((at, releases)));
                }
            }
            let members = reading.facts.members()?;
            if *reading.members() != members {
                reading.learn(|known| known.members = Some(Arc::new(members)));
            }
            Ok::<(), Error>(())
        });
        match read.await {
            Ok(Err(error)) if !told => {
                (app.tell)(&format!("the members stay as they were: {error}"));
                told = true;
            }
            Ok(Ok(())) => told = false,
            _ => {}
        }
    }
}

/// The lines since the last look, and the tail to continue with. A failure is logged once.
async fn came(app: &App, mut tail: Tail, told: &mut bool) -> (Tail, Vec<Line>) {
    let read = tokio::task::spawn_blocking(move || {
        let lines = tail.read();
        (tail, lines)
    });
    match read.await {
        Ok((tail, Ok(lines))) => {
            *told = false;
            (tail, lines)
        }
        Ok((tail, Err(error))) => {
            if !std::mem::replace(told, true) {
                (app.tell)(&format!("a delivery cannot be read: {error}"));
            }
            (tail, Vec::new())
        }
        // Only a panic or the end of the runtime leads here, and the tail is lost.
        Err(_) => std::future::pending().await,
    }
}

/// Waits for a delivery to this process, or for the next look at those of others.
async fn next_look(delivered: &mut watch::Receiver<()>) {
    let _ = tokio::time::timeout(LOOK, delivered.changed()).await;
}

async fn judge_what_came(app: Arc<App>, mut tail: Tail) {
    let mut delivered = app.delivered.subscribe();
    let mut told = false;
    loop {
        next_look(&mut delivered).await;
        let (again, lines) = came(&app, tail, &mut told).await;
        tail = again;
        let names: BTreeSet<String> = lines
            .into_iter()
            .filter_map(|line| match line.wish {
                Wish::Judge(name) => Some(name),
                Wish::Refresh(_) => None,
            })
            .collect();
        if !names.is_empty() {
            app.judging.ask(Which::Some(names));
        }
    }
}

fn begin_refreshing(app: &Arc<App>, file: &Path) -> Result<tokio::task::JoinHandle<()>> {
    let handled = Handled::beside(file);
    let tail = match handled.next()? {
        Some(next) => Tail::from(file, next),
        None => {
            // Nothing was ever handled here: skip deliveries from before this server.
            let tail = Tail::from_end(file).map_err(|cause| unreadable(file, &cause))?;
            if let Some(folder) = file.parent() {
                let made = std::fs::create_dir_all(folder);
                made.map_err(|cause| unreadable(file, &cause))?;
            }
            handled.note(tail.position())?;
            tail
        }
    };
    Ok(tokio::spawn(refresh_what_came(Arc::clone(app), tail, handled)))
}

/// Carries out requested refreshes. Requests that arrive during a refresh are combined into the next one.
async fn refresh_what_came(app: Arc<App>, mut tail: Tail, handled: Handled) {
    let handled = Arc::new(handled);
    let mut delivered = app.delivered.subscribe();
    let mut told = false;
    while !app.is_ending() {
        let (again, lines) = came(&app, tail, &mut told).await;
        tail = again;
        let mut wanted: BTreeSet<Option<String>> = BTreeSet::new();
        let is_news = !lines.is_empty();
        for line in lines {
            if let Wish::Refresh(runtime) = line.wish {
                wanted.insert(runtime);
            }
        }
        if wanted.contains(&None) {
            // Refreshing all covers each one.
            wanted = [None].into();
        }
        let known = app.members().runtimes();
        wanted.retain(|runtime| runtime.as_ref().is_none_or(|runtime| known.contains(runtime)));
        for runtime in wanted {
            if !refresh(&app, &RefreshRequest { runtime, recreate: true }).await {
                // Not recorded as handled: the next server does it.
                return;
            }
        }
        if is_news {
            let (handled, next) = (Arc::clone(&handled), tail.position());
            let noted = tokio::task::spawn_blocking(move || handled.note(next)).await;
            if let Ok(Err(error)) = noted {
                (app.tell)(&format!("a refresh cannot be recorded: {error}"));
            }
            continue;
        }
        next_look(&mut delivered).await;
    }
}

/// Refreshes, with retries if it fails as a whole. Returns `false` if the server is shutting down before it is done.
async fn refresh(app: &Arc<App>, request: &RefreshRequest) -> bool {
    let Some(refreshing) = app.refreshing.clone() else { return true };
    let tries = TRY_AGAIN.len() + 1;
    for (number, pause) in (1..).zip(TRY_AGAIN.into_iter().map(Some).chain([None])) {
        if app.is_ending() {
            return false;
        }
        let asked_by = format!("a delivery, {number} of {tries} tries");
        let (outcome, _) = app.refresh(&refreshing, request, true, &asked_by).await;
        let Some(failure) = &outcome.failure else { return true };
        match pause {
            Some(pause) => {
                (app.tell)(&format!("it is tried again in {} s", pause.as_secs()));
                pause_unless_ending(app, pause).await;
            }
            None => (app.tell)(&format!("a refresh was given up: {}", failure.why)),
        }
    }
    true
}

async fn pause_unless_ending(app: &App, pause: Duration) {
    let until = Instant::now() + pause;
    while !app.is_ending() && Instant::now() < until {
        tokio::time::sleep(LOOK).await;
    }
}
