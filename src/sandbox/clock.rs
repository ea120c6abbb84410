//! The sandbox's clock: real, or virtual, which only advances while every registered client sleeps.
//!
//! With virtual time, a run that would wait an hour for a limit takes no time and still waits: the
//! forge sees an hour between two requests. A client registers, and sleeps through the clock's
//! interface instead of by itself. Once all registered clients sleep, time jumps to the earliest
//! wake-up. It never jumps while a request is being answered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

/// How time passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Real time.
    #[default]
    Real,
    /// Time only advances while every client sleeps.
    Virtual,
}

/// The clock. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    pace: Pace,
    began: Instant,
    start: f64,
    state: Arc<Mutex<State>>,
    /// Notifies sleepers that time has advanced.
    changed: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    now: f64,
    /// Registered clients, with their number of registrations.
    clients: BTreeMap<String, u32>,
    /// Sleeps by number: the client, and the time of its wake-up.
    sleeps: BTreeMap<u64, (String, f64)>,
    last_sleep: u64,
    /// The number of requests being answered.
    busy: u32,
}

impl State {
    /// Jumps to the earliest wake-up if every client sleeps. Returns whether time advanced.
    fn leap(&mut self) -> bool {
        let asleep = |client: &String| self.sleeps.values().any(|(sleeper, _)| sleeper == client);
        if self.busy > 0 || self.sleeps.is_empty() || !self.clients.keys().all(asleep) {
            return false;
        }
        let earliest = self.sleeps.values().map(|(_, until)| *until).fold(f64::INFINITY, f64::min);
        if earliest <= self.now {
            return false;
        }
        self.now = earliest;
        true
    }

    fn deregister(&mut self, client: &str) {
        if let Some(count) = self.clients.get_mut(client) {
            *count -= 1;
            if *count == 0 {
                self.clients.remove(client);
            }
        }
    }
}

impl Clock {
    pub(super) fn new(pace: Pace, start: i64) -> Self {
        let start = start as f64;
        let state = State {
            now: start,
            clients: BTreeMap::new(),
            sleeps: BTreeMap::new(),
            last_sleep: 0,
            busy: 0,
        };
        let (changed, _) = watch::channel(0);
        Self { pace, began: Instant::now(), start, state: Arc::new(Mutex::new(state)), changed }
    }

    pub(super) fn is_virtual(&self) -> bool {
        self.pace == Pace::Virtual
    }

    /// Returns the time in seconds since 1970.
    pub(super) fn now(&self) -> f64 {
        match self.pace {
            Pace::Real => self.start + self.began.elapsed().as_secs_f64(),
            Pace::Virtual => self.with(|state| state.now),
        }
    }

    /// Ignoring poisoning is safe: no panic leaves the state half changed, since each change is one
    /// assignment.
    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn pass(&self) {
        if self.with(State::leap) {
            self.changed.send_modify(|count| *count += 1);
        }
    }

    /// Registers a client: from now on time waits for it.
    pub(super) fn register(&self, client: &str) {
        self.with(|state| *state.clients.entry(client.to_owned()).or_default() += 1);
    }

    /// Deregisters a client: time no longer waits for it.
    pub(super) fn deregister(&self, client: &str) {
        self.with(|state| state.clients.remove(client));
        self.pass();
    }

    /// Marks a request as being answered until the guard is dropped.
    pub(super) fn busy(&self) -> Busy {
        self.with(|state| state.busy += 1);
        Busy(self.clone())
    }

    /// Sleeps. A client whose connection drops meanwhile is deregistered.
    pub(super) async fn sleep(&self, client: &str, seconds: f64) {
        let seconds = if seconds.is_finite() { seconds.clamp(0.0, 31_536_000.0) } else { 0.0 };
        if self.pace == Pace::Real {
            tokio::time::sleep(std::time::Duration::from_secs_f64(seconds)).await;
            return;
        }
        let mut changed = self.changed.subscribe();
        let (number, until) = self.with(|state| {
            state.last_sleep += 1;
            let until = state.now + seconds;
            state.sleeps.insert(state.last_sleep, (client.to_owned(), until));
            *state.clients.entry(client.to_owned()).or_default() += 1;
            (state.last_sleep, until)
        });
        let mut asleep =
            Asleep { clock: self.clone(), client: client.to_owned(), number, woken: false };
        self.pass();
        while self.now() < until {
            if changed.changed().await.is_err() {
                return;
            }
        }
        asleep.woken = true;
    }
}

/// A sleep in progress.
#[derive(Debug)]
struct Asleep {
    clock: Clock,
    client: String,
    number: u64,
    woken: bool,
}

impl Drop for Asleep {
    fn drop(&mut self) {
        self.clock.with(|state| {
            state.sleeps.remove(&self.number);
            state.deregister(&self.client);
            // The sleep was dropped with its connection: the client is gone.
            if !self.woken {
                state.clients.remove(&self.client);
            }
        });
        if !self.woken {
            self.clock.pass();
        }
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Busy(Clock);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.with(|state| state.busy = state.busy.saturating_sub(1));
        self.0.pass();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
    }

    #[test]
    fn virtual_time_passes_when_everybody_sleeps() {
        let clock = Clock::new(Pace::Virtual, 1000);
        runtime().block_on(async {
            clock.sleep("a", 3600.0).await;
            assert!((clock.now() - 4600.0).abs() < 1e-9);
            clock.register("b");
            let other = clock.clone();
            let sleeper = tokio::spawn(async move { other.sleep("a", 10.0).await });
            tokio::task::yield_now().await;
            assert!((clock.now() - 4600.0).abs() < 1e-9, "b is awake");
            clock.sleep("b", 4.0).await;
            assert!((clock.now() - 4604.0).abs() < 1e-9, "the earliest waking");
            clock.deregister("b");
            sleeper.await.expect("woken");
            assert!((clock.now() - 4610.0).abs() < 1e-9);
        });
    }

    #[test]
    fn a_sleeper_that_is_gone_holds_nobody() {
        let clock = Clock::new(Pace::Virtual, 0);
        runtime().block_on(async {
            clock.register("gone");
            clock.register("here");
            let other = clock.clone();
            let sleeper = tokio::spawn(async move { other.sleep("gone", 5.0).await });
            tokio::task::yield_now().await;
            sleeper.abort();
            assert!(sleeper.await.is_err());
            clock.sleep("here", 7.0).await;
            assert!((clock.now() - 7.0).abs() < 1e-9);
        });
    }

    #[test]
    fn nobody_leaps_while_a_request_is_answered() {
        let clock = Clock::new(Pace::Virtual, 0);
        runtime().block_on(async {
            let busy = clock.busy();
            let other = clock.clone();
            let sleeper = tokio::spawn(async move { other.sleep("a", 5.0).await });
            tokio::task::yield_now().await;
            assert!(clock.now() < 1.0);
            drop(busy);
            sleeper.await.expect("woken");
        });
    }
}
