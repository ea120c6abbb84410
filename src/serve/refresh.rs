//! Refreshing images: one run at a time per runtime, whose result goes to all callers who asked for it.
//!
//! A [`Refresher`] does the work and the result becomes an [`Answer`]. A run continues if its caller disconnects, and
//! the server waits for it before it shuts down.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::watch;

use crate::images::by_runtime::{ByRuntime, RefreshedRuntime, Unfinished};

/// The name and version of the answer, see `schemas/refresh-answer.schema.json`.
const SCHEMA: &str = "shipshape/refresh-answer/1";

/// What to refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshRequest {
    /// One runtime, or all if `None`.
    pub runtime: Option<String>,
    /// Whether to remove containers of older images, so that the platform creates them again.
    pub recreate: bool,
}

/// Pulls images and removes containers.
pub trait Refresher: Send + Sync + 'static {
    /// Refreshes images. All failures are part of the outcome.
    fn refresh<'a>(
        &'a self,
        request: &'a RefreshRequest,
    ) -> Pin<Box<dyn Future<Output = ByRuntime> + Send + 'a>>;
}

/// The response of the endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Answer {
    /// Name and version of this form.
    pub schema: &'static str,
    /// Runtimes whose local image is that of the registry.
    pub pulled: Vec<String>,
    /// Runtimes whose image could not be pulled, or whose containers could not be removed.
    pub failed: Vec<String>,
    /// Containers that were removed, so that the platform creates them again.
    pub recreated: Vec<String>,
    /// Runtimes that are held and were not changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<String>,
    /// Why each runtime failed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<String, String>,
    /// Why the response is incomplete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How to fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Whether a run that was already in progress did it.
    pub joined: bool,
}

impl Answer {
    /// The answer for one runtime, or for all.
    #[must_use]
    pub fn of(outcome: &ByRuntime, runtime: Option<&str>, joined: bool) -> Self {
        let mut answer = Self {
            schema: SCHEMA,
            pulled: Vec::new(),
            failed: Vec::new(),
            recreated: Vec::new(),
            held: Vec::new(),
            reasons: BTreeMap::new(),
            error: outcome.failure.as_ref().map(|failure| failure.why.clone()),
            hint: outcome.failure.as_ref().and_then(|failure| failure.hint.clone()),
            joined,
        };
        let meant = |it: &&RefreshedRuntime| runtime.is_none_or(|runtime| it.runtime == runtime);
        for one in outcome.runtimes.iter().filter(meant) {
            let named = || one.runtime.clone();
            answer.pulled.extend(one.pulled.then(named));
            answer.held.extend(one.held.then(named));
            if let Some(why) = &one.failure {
                answer.failed.push(named());
                answer.reasons.insert(named(), why.clone());
            }
            answer.recreated.extend(one.recreated.iter().cloned());
        }
        answer
    }
}

/// The log lines for an outcome: each failure with its reason, then how many refreshes succeeded and who asked.
#[must_use]
pub(super) fn told(request: &RefreshRequest, outcome: &ByRuntime, asked_by: &str) -> Vec<String> {
    let whom = request.runtime.as_deref().unwrap_or("all images");
    let mut lines = Vec::new();
    if let Some(failure) = &outcome.failure {
        lines.push(format!("refresh of {whom} failed: {}; asked by {asked_by}", failure.why));
    }
    let mut failed = 0;
    for one in &outcome.runtimes {
        if let Some(why) = &one.failure {
            failed += 1;
            lines.push(format!("{} was not refreshed: {why}", one.runtime));
        }
    }
    let tried = outcome.runtimes.len();
    if tried > 0 {
        lines.push(format!("refreshed {} of {tried} images; asked by {asked_by}", tried - failed));
    }
    lines
}

/// The runs in progress, and who waits for which.
pub struct Refreshing {
    refresher: Arc<dyn Refresher>,
    runs: Mutex<Runs>,
    /// The number of runs in progress.
    busy: watch::Sender<usize>,
}

impl fmt::Debug for Refreshing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refreshing").field("busy", &*self.busy.borrow()).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Runs {
    next: u64,
    running: Vec<Run>,
}

/// A run in progress.
struct Run {
    number: u64,
    request: RefreshRequest,
    result: watch::Receiver<Option<Arc<ByRuntime>>>,
}

impl RefreshRequest {
    /// Whether both may affect the same runtime.
    fn meets(&self, other: &Self) -> bool {
        match (&self.runtime, &other.runtime) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
    }

    /// Whether this request includes everything that the other asks for.
    fn covers(&self, other: &Self) -> bool {
        let wide = self.runtime.is_none() || self.runtime == other.runtime;
        wide && (self.recreate || !other.recreate)
    }
}

/// How to handle a request.
enum Turn {
    /// Wait for a run that does the same.
    Join(watch::Receiver<Option<Arc<ByRuntime>>>),
    /// Wait for a conflicting run, then check again.
    After(watch::Receiver<Option<Arc<ByRuntime>>>),
    /// Start a run.
    Begin(watch::Receiver<Option<Arc<ByRuntime>>>),
}

impl Refreshing {
    /// Creates it without any runs.
    #[must_use]
    pub fn new(refresher: Arc<dyn Refresher>) -> Arc<Self> {
        let busy = watch::Sender::new(0);
        Arc::new(Self { refresher, runs: Mutex::default(), busy })
    }

    /// Refreshes images, or joins a run that already does. Returns the outcome and whether it was joined. A run that
    /// began before an image was published may have missed it; with `anew`, only runs that begin from now on are
    /// joined.
    pub async fn run(
        self: &Arc<Self>,
        request: &RefreshRequest,
        anew: bool,
    ) -> (Arc<ByRuntime>, bool) {
        let first = if anew { self.lock().next } else { 0 };
        loop {
            let (mut result, joined) = match self.turn(request, first) {
                Turn::After(mut other) => {
                    // It finished or its task was aborted; either way it is no longer in the way.
                    let _ = other.wait_for(Option::is_some).await;
                    continue;
                }
                Turn::Join(result) => (result, true),
                Turn::Begin(result) => (result, false),
            };
            let outcome = result.wait_for(Option::is_some).await;
            let outcome = outcome.ok().and_then(|outcome| outcome.clone());
            return (outcome.unwrap_or_else(cut_short), joined);
        }
    }

    /// The number of runs in progress.
    #[must_use]
    pub fn busy(&self) -> usize {
        *self.busy.borrow()
    }

    /// Waits until no run is in progress.
    pub async fn idle(&self) {
        let mut busy = self.busy.subscribe();
        // The sender is our own, so it cannot be closed.
        let _ = busy.wait_for(|running| *running == 0).await;
    }

    fn turn(self: &Arc<Self>, request: &RefreshRequest, first: u64) -> Turn {
        let mut runs = self.lock();
        let mut met = runs.running.iter().filter(|run| run.request.meets(request));
        let suits = |run: &&Run| run.number >= first && run.request.covers(request);
        if let Some(run) = met.clone().find(suits) {
            return Turn::Join(run.result.clone());
        }
        if let Some(run) = met.next() {
            return Turn::After(run.result.clone());
        }
        let number = runs.next;
        runs.next += 1;
        let (told, result) = watch::channel(None);
        runs.running.push(Run { number, request: request.clone(), result: result.clone() });
        self.busy.send_replace(runs.running.len());
        drop(runs);
        let (refreshing, request) = (Arc::clone(self), request.clone());
        tokio::spawn(async move {
            let refresher = Arc::clone(&refreshing.refresher);
            // In a separate task, so that a panic leaves nobody waiting.
            let done = tokio::spawn(async move { refresher.refresh(&request).await }).await;
            let outcome = done.map_or_else(|_| cut_short(), Arc::new);
            let mut runs = refreshing.lock();
            runs.running.retain(|run| run.number != number);
            told.send_replace(Some(outcome));
            // While the runs are locked: of two that end together, the later one must publish the final number.
            refreshing.busy.send_replace(runs.running.len());
        });
        Turn::Begin(result)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Runs> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cut_short() -> Arc<ByRuntime> {
    let why = "refreshing was cut short".to_owned();
    Arc::new(ByRuntime {
        runtimes: Vec::new(),
        failure: Some(Unfinished { why, hint: Some("ask again".to_owned()) }),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    /// Refreshes when it is let, and counts.
    struct Gate {
        begun: AtomicUsize,
        at_once: AtomicUsize,
        most: AtomicUsize,
        let_through: Semaphore,
    }

    impl Refresher for Gate {
        fn refresh<'a>(
            &'a self,
            request: &'a RefreshRequest,
        ) -> Pin<Box<dyn Future<Output = ByRuntime> + Send + 'a>> {
            Box::pin(async move {
                let number = self.begun.fetch_add(1, Ordering::SeqCst);
                let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
                self.most.fetch_max(now, Ordering::SeqCst);
                assert!(request.runtime.as_deref() != Some("panics"), "as asked");
                self.let_through.acquire().await.expect("open").forget();
                self.at_once.fetch_sub(1, Ordering::SeqCst);
                let names =
                    request.runtime.clone().map_or(vec!["a".into(), "b".into()], |it| vec![it]);
                let one = |runtime| RefreshedRuntime {
                    runtime,
                    pulled: true,
                    held: false,
                    failure: None,
                    recreated: vec![format!("ws-{number}")],
                };
                ByRuntime { runtimes: names.into_iter().map(one).collect(), failure: None }
            })
        }
    }

    fn gate() -> (Arc<Gate>, Arc<Refreshing>) {
        let gate = Arc::new(Gate {
            begun: AtomicUsize::new(0),
            at_once: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            let_through: Semaphore::new(0),
        });
        (Arc::clone(&gate), Refreshing::new(gate))
    }

    fn request(runtime: Option<&str>, recreate: bool) -> RefreshRequest {
        RefreshRequest { runtime: runtime.map(str::to_owned), recreate }
    }

    fn wait<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(future)
    }

    #[test]
    fn a_log_tells_a_refresh_that_failed_by_its_reason_and_who_asked() {
        let failure = Some(Unfinished { why: "no engine".to_owned(), hint: None });
        let none = ByRuntime { runtimes: Vec::new(), failure };
        assert_eq!(
            told(&request(Some("hermes"), true), &none, "a delivery"),
            ["refresh of hermes failed: no engine; asked by a delivery"]
        );
        let one = |name: &str, failure: Option<&str>| RefreshedRuntime {
            runtime: name.to_owned(),
            pulled: failure.is_none(),
            held: false,
            failure: failure.map(str::to_owned),
            recreated: Vec::new(),
        };
        let runtimes = vec![one("a", None), one("b", Some("gone"))];
        assert_eq!(
            told(&request(None, true), &ByRuntime { runtimes, failure: None }, "the page"),
            ["b was not refreshed: gone", "refreshed 1 of 2 images; asked by the page"]
        );
    }

    #[test]
    fn the_second_caller_gets_the_result_of_the_first() {
        wait(async {
            let (gate, refreshing) = gate();
            let (all, narrow) = (request(None, true), request(Some("a"), false));
            let second = async {
                tokio::task::yield_now().await;
                gate.let_through.add_permits(1);
                refreshing.run(&narrow, false).await
            };
            let ((first, joined), (second, second_joined)) =
                tokio::join!(refreshing.run(&all, false), second);
            assert_eq!((joined, second_joined), (false, true));
            assert_eq!(gate.begun.load(Ordering::SeqCst), 1);
            assert_eq!(Answer::of(&first, None, false).pulled, ["a", "b"]);
            assert_eq!(Answer::of(&second, Some("a"), true).pulled, ["a"]);
            refreshing.idle().await;
            assert_eq!(refreshing.busy(), 0);
        });
    }

    #[test]
    fn a_run_that_does_less_or_began_too_early_is_waited_for_and_not_taken() {
        wait(async {
            let (gate, refreshing) = gate();
            let (careful, whole) = (request(Some("a"), false), request(Some("a"), true));
            let later = async {
                tokio::task::yield_now().await;
                gate.let_through.add_permits(9);
                tokio::join!(
                    refreshing.run(&whole, false),
                    refreshing.run(&careful, true),
                    refreshing.run(&careful, true)
                )
            };
            let (_, (one, two, three)) = tokio::join!(refreshing.run(&careful, false), later);
            // One run for all three, who asked before it began; or two, when one that does less was first.
            let begun = gate.begun.load(Ordering::SeqCst);
            assert!((2..=3).contains(&begun), "{begun}");
            assert!(two.1 || three.1, "those who want the same share a run");
            assert!(one.0.failure.is_none());
            assert_eq!(gate.most.load(Ordering::SeqCst), 1, "one at a time");
        });
    }

    #[test]
    fn runtimes_do_not_wait_for_each_other() {
        wait(async {
            let (gate, refreshing) = gate();
            let (a, b) = (request(Some("a"), true), request(Some("b"), true));
            let third = async {
                tokio::task::yield_now().await;
                tokio::task::yield_now().await;
                gate.let_through.add_permits(2);
            };
            tokio::join!(refreshing.run(&a, false), refreshing.run(&b, false), third);
            assert_eq!(gate.most.load(Ordering::SeqCst), 2);
        });
    }

    #[test]
    fn a_panic_is_told_and_leaves_nobody_waiting() {
        wait(async {
            let (_, refreshing) = gate();
            let (outcome, _) = refreshing.run(&request(Some("panics"), true), false).await;
            assert!(outcome.failure.is_some());
            refreshing.idle().await;
        });
    }
}
