//! Judges in the background on its own thread: at the start, at an interval, and when a webhook asks for it.
//!
//! Wishes are coalesced: however many arrive during one judgement, the next one covers all of them. A failed judgement
//! is retried with growing pauses, and its wishes are kept.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::facts::{Facts, Which};
use crate::drift::model::Report;
use crate::error::{Error, Result};

/// How long wishes are collected before they are carried out, since one merge causes several deliveries.
const SETTLE: Duration = Duration::from_millis(250);
/// The first pause after a failure. Each further failure doubles it, up to the interval.
const FIRST_PAUSE: Duration = Duration::from_secs(15);

/// The wishes, and the thread that waits for them.
#[derive(Debug)]
pub(super) struct Judging {
    wishes: Mutex<Wishes>,
    woken: Condvar,
}

/// What is to be judged, and when. The caller supplies the time.
#[derive(Debug)]
struct Wishes {
    every: Duration,
    all: bool,
    some: BTreeSet<String>,
    asked: Option<Instant>,
    last_whole: Option<Instant>,
    not_before: Option<Instant>,
    failures: u32,
    ended: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Next {
    Judge(Which),
    Wait(Duration),
    End,
}

impl Wishes {
    fn new(every: Duration) -> Self {
        Self {
            every,
            all: false,
            some: BTreeSet::new(),
            asked: None,
            last_whole: None,
            not_before: None,
            failures: 0,
            ended: false,
        }
    }

    fn ask(&mut self, which: Which, now: Instant) {
        match which {
            Which::All => self.all = true,
            Which::Some(names) => self.some.extend(names),
        }
        self.asked.get_or_insert(now);
    }

    fn next(&mut self, now: Instant) -> Next {
        if self.ended {
            return Next::End;
        }
        let whole_in = match self.last_whole {
            _ if self.all => Duration::ZERO,
            Some(last) => (last + self.every).saturating_duration_since(now),
            None => Duration::ZERO,
        };
        let paused =
            self.not_before.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let settled = match self.asked {
            Some(asked) => (asked + SETTLE).saturating_duration_since(now),
            None => Duration::ZERO,
        };
        if !whole_in.is_zero() && self.some.is_empty() {
            return Next::Wait(whole_in.max(paused));
        }
        let wait = paused.max(settled);
        if !wait.is_zero() {
            return Next::Wait(wait);
        }
        self.asked = None;
        let some = std::mem::take(&mut self.some);
        if whole_in.is_zero() {
            self.all = false;
            return Next::Judge(Which::All);
        }
        Next::Judge(Which::Some(some))
    }

    fn ended(&mut self, which: Which, well: bool, now: Instant) {
        if well {
            self.failures = 0;
            self.not_before = None;
            if which == Which::All {
                self.last_whole = Some(now);
            }
            return;
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(10)).min(self.every);
        self.failures = self.failures.saturating_add(1);
        self.not_before = Some(now + pause);
        self.ask(which, now);
    }
}

impl Judging {
    pub(super) fn new(every: Duration) -> Self {
        Self { wishes: Mutex::new(Wishes::new(every)), woken: Condvar::new() }
    }

    /// Asks for a judgement.
    pub(super) fn ask(&self, which: Which) {
        self.with(|wishes| wishes.ask(which, Instant::now()));
    }

    /// Asks for an immediate judgement of the whole fleet, without waiting out a pause after a failure.
    pub(super) fn ask_now(&self) {
        self.with(|wishes| {
            wishes.not_before = None;
            wishes.ask(Which::All, Instant::now());
        });
    }

    /// Ends the thread after the judgement in progress.
    pub(super) fn end(&self) {
        self.with(|wishes| wishes.ended = true);
    }

    fn with(&self, change: impl FnOnce(&mut Wishes)) {
        change(&mut self.wishes.lock().unwrap_or_else(PoisonError::into_inner));
        self.woken.notify_all();
    }

    /// Carries out wishes until it is ended. `begun` and `over` are called for each judgement.
    pub(super) fn run(
        &self,
        facts: &dyn Facts,
        begun: &dyn Fn(&Which),
        over: &dyn Fn(&Which, Result<Report>),
    ) {
        loop {
            let mut wishes = self.wishes.lock().unwrap_or_else(PoisonError::into_inner);
            let which = loop {
                match wishes.next(Instant::now()) {
                    Next::End => return,
                    Next::Judge(which) => break which,
                    Next::Wait(wait) => {
                        let waited = self.woken.wait_timeout(wishes, wait);
                        wishes = waited.unwrap_or_else(PoisonError::into_inner).0;
                    }
                }
            };
            drop(wishes);
            begun(&which);
            // After a panic, show an error instead of a page that never changes again.
            let judged = catch_unwind(AssertUnwindSafe(|| facts.judge(&which)));
            let judged =
                judged.unwrap_or_else(|_| Err(Error::failed("judging was cut short by a panic")));
            let well = judged.is_ok();
            // Likewise for a panic while recording the result, which is then retried.
            let told = catch_unwind(AssertUnwindSafe(|| over(&which, judged)));
            let well = well && told.is_ok();
            self.with(|wishes| wishes.ended(which, well, Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn some(names: &[&str]) -> Which {
        Which::Some(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn all_is_judged_first_and_again_after_the_interval() {
        let (start, mut wishes) = (Instant::now(), Wishes::new(HOUR));
        assert_eq!(wishes.next(start), Next::Judge(Which::All));
        wishes.ended(Which::All, true, start);
        assert_eq!(wishes.next(start), Next::Wait(HOUR));
        assert_eq!(wishes.next(start + HOUR), Next::Judge(Which::All));
    }

    #[test]
    fn wishes_that_come_together_are_fulfilled_together() {
        let (start, mut wishes) = (Instant::now(), Wishes::new(HOUR));
        wishes.ended(Which::All, true, start);
        for name in ["acme/a", "acme/b", "acme/a"] {
            wishes.ask(some(&[name]), start);
        }
        assert_eq!(wishes.next(start), Next::Wait(SETTLE));
        assert_eq!(wishes.next(start + SETTLE), Next::Judge(some(&["acme/a", "acme/b"])));
        assert_eq!(wishes.next(start + SETTLE), Next::Wait(HOUR - SETTLE));
        // Who judges all has judged each.
        wishes.ask(some(&["acme/a"]), start);
        wishes.ask(Which::All, start);
        assert_eq!(wishes.next(start + SETTLE), Next::Judge(Which::All));
        wishes.ended(Which::All, true, start + SETTLE);
        assert_eq!(wishes.next(start + SETTLE), Next::Wait(HOUR));
    }

    #[test]
    fn a_steady_stream_of_wishes_puts_nothing_off() {
        let (start, mut wishes) = (Instant::now(), Wishes::new(HOUR));
        wishes.ended(Which::All, true, start);
        let mut judged = 0;
        for tick in 0..100 {
            let now = start + Duration::from_millis(20) * tick;
            wishes.ask(some(&["acme/a"]), now);
            if let Next::Judge(which) = wishes.next(now) {
                wishes.ended(which, true, now);
                judged += 1;
            }
        }
        assert!((6..=8).contains(&judged), "{judged} in two seconds");
    }

    #[test]
    fn what_fails_is_tried_again_ever_more_rarely_and_no_wish_is_lost() {
        let (mut now, mut wishes) = (Instant::now(), Wishes::new(HOUR));
        wishes.ended(Which::All, true, now);
        wishes.ask(some(&["acme/a"]), now);
        let mut pauses = Vec::new();
        for _ in 0..10 {
            let Next::Wait(wait) = wishes.next(now) else { panic!("it settles first") };
            pauses.push(wait);
            now += wait;
            // The interval is not what is tested here.
            wishes.last_whole = Some(now);
            assert_eq!(wishes.next(now), Next::Judge(some(&["acme/a"])));
            wishes.ended(some(&["acme/a"]), false, now);
        }
        assert_eq!(pauses[0], SETTLE);
        assert_eq!(pauses[1], FIRST_PAUSE);
        assert!(pauses.is_sorted() && pauses[9] == HOUR, "{pauses:?}");
    }
}
