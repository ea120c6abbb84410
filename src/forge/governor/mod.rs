//! Decides when the next request may be sent, so that the forge's limits are respected before they are hit.
//!
//! It is told the cost of requests, their answers and the time, and returns how long to wait and why; it does not wait
//! or send anything itself. The numbers are GitHub's (docs.github.com, "Rate limits for the REST API", "Rate limits and
//! query limits for the GraphQL API" and "Best practices for using the REST API"). Undocumented limits, such as the one
//! on bursts of pull requests, are handled by slowing down after each refusal. Content creations are shared on disk
//! with other runs that use the same token.

mod creations;
mod window;

pub(super) use creations::Creations;

use std::collections::{BTreeMap, BTreeSet};

use window::Window;

/// The forge's limits, and the pace that stays within them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// REST points per minute.
    pub rest_points: f64,
    /// GraphQL points per minute.
    pub graphql_points: f64,
    /// Seconds of the forge's CPU time per minute, estimated from how long answers took.
    pub processor: f64,
    /// The part of these seconds that GraphQL may use.
    pub graphql_processor: f64,
    /// Content creations per minute: repositories, pull requests, comments, commits through the API.
    pub creations_per_minute: usize,
    /// Content creations per hour.
    pub creations_per_hour: usize,
    /// Seconds between two writes.
    pub write_gap: f64,
    /// Seconds between two writes that notify people.
    pub notification_gap: f64,
    /// The number of concurrent reads.
    pub reads_at_once: usize,
    /// How often a request is sent if the forge does not answer.
    pub attempts: u32,
    /// How often a request may be refused as too soon before it fails.
    pub refusals: u32,
    /// The longest wait for one limit, in seconds; beyond it, the run ends and says when to come back.
    pub patience: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rest_points: 900.0,
            graphql_points: 2000.0,
            processor: 90.0,
            graphql_processor: 60.0,
            creations_per_minute: 80,
            creations_per_hour: 500,
            write_gap: 1.0,
            notification_gap: 3.0,
            reads_at_once: 6,
            attempts: 5,
            refusals: 6,
            patience: 3700.0,
        }
    }
}

/// The hourly budget that a request counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Budget {
    Core,
    Graphql,
}

/// The cost of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) budget: Budget,
    /// 1 for a read, 5 for a write.
    pub(super) points: u32,
    /// Whether it changes anything. Such requests are sent one at a time.
    pub(super) writes: bool,
    /// How many content creations it counts as.
    pub(super) creates: usize,
    /// Whether it notifies people.
    pub(super) notifies: bool,
}

impl Cost {
    pub(super) const READ: Self =
        Self { budget: Budget::Core, points: 1, writes: false, creates: 0, notifies: false };
    pub(super) const WRITE: Self = Self { points: 5, writes: true, ..Self::READ };

    /// A write that counts as a content creation.
    pub(super) const CREATION: Self = Self { creates: 1, ..Self::WRITE };
}

/// A required wait, and the reason for it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wait {
    pub(super) seconds: f64,
    pub(super) why: &'static str,
}

/// An hourly budget as of the last answer, in local time.
#[derive(Clone, Copy, Debug)]
struct Primary {
    remaining: u64,
    reset: f64,
}

/// What an answer reported about limits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Allowance {
    pub(super) remaining: Option<u64>,
    /// Seconds until the hourly budget resets, by the forge's clock.
    pub(super) until_reset: Option<f64>,
}

/// The state of all limits, from the requests and answers so far.
#[derive(Clone, Debug)]
pub(super) struct Governor {
    limits: Limits,
    rest: Window,
    graphql: Window,
    processor: Window,
    graphql_processor: Window,
    primary: BTreeMap<Budget, Primary>,
    next_write: f64,
    blocked_until: f64,
    /// Consecutive refusals that did not say how long to wait.
    refusals: u32,
    /// The requests that a limit outlasted, by their budget and whether they write.
    given_up: BTreeSet<(Budget, bool)>,
}

impl Governor {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            rest: Window::new(60.0),
            graphql: Window::new(60.0),
            processor: Window::new(60.0),
            graphql_processor: Window::new(60.0),
            primary: BTreeMap::new(),
            next_write: 0.0,
            blocked_until: 0.0,
            refusals: 0,
            given_up: BTreeSet::new(),
        }
    }

    /// How long a request of this cost has to wait; `None` when it may be sent now.
    pub(super) fn wait_for(&mut self, cost: Cost, now: f64) -> Option<Wait> {
        let mut longest = self.limited(cost, now);
        let mut consider = |seconds: f64, why| {
            if seconds > 0.0 && longest.as_ref().is_none_or(|wait| wait.seconds < seconds) {
                longest = Some(Wait { seconds, why });
            }
        };
        let points = f64::from(cost.points);
        let (window, limit) = match cost.budget {
            Budget::Graphql => (&mut self.graphql, self.limits.graphql_points),
            Budget::Core => (&mut self.rest, self.limits.rest_points),
        };
        consider(window.until_room(points, limit, now), "requests of the last minute");
        let processor = self.processor.until_room(0.0, self.limits.processor, now);
        consider(processor, "work that the forge did for us in the last minute");
        if cost.budget == Budget::Graphql {
            let seconds =
                self.graphql_processor.until_room(0.0, self.limits.graphql_processor, now);
            consider(seconds, "work that the forge did for us in the last minute");
        }
        if cost.writes {
            consider(self.next_write - now, "writes go one after the other");
        }
        longest
    }

    /// How long a limit lasts, for requests of this cost, of which the forge itself has told.
    pub(super) fn limited(&self, cost: Cost, now: f64) -> Option<Wait> {
        let pause = Wait { seconds: self.blocked_until - now, why: "the forge asked for a pause" };
        let budget = self.primary.get(&cost.budget).filter(|primary| primary.remaining == 0);
        let used_up = budget.map(|primary| Wait {
            seconds: primary.reset - now,
            why: "the hourly limit of the token is used up",
        });
        let lasting = [Some(pause), used_up].into_iter().flatten().filter(|it| it.seconds > 0.0);
        lasting.max_by(|one, other| one.seconds.total_cmp(&other.seconds))
    }

    /// Records that a limit outlasted a request: others of its kind do not wait for it as often, until one succeeds.
    pub(super) fn gives_up(&mut self, cost: Cost) {
        self.given_up.insert((cost.budget, cost.writes));
    }

    /// Whether a limit outlasted a request of this kind, and none has succeeded since.
    pub(super) fn has_given_up(&self, cost: Cost) -> bool {
        self.given_up.contains(&(cost.budget, cost.writes))
    }

    /// Records that a request is sent.
    pub(super) fn sent(&mut self, cost: Cost, now: f64) {
        let window = match cost.budget {
            Budget::Graphql => &mut self.graphql,
            Budget::Core => &mut self.rest,
        };
        window.add(f64::from(cost.points), now);
        if let Some(primary) = self.primary.get_mut(&cost.budget) {
            primary.remaining = primary.remaining.saturating_sub(1);
        }
    }

    /// Records that a request was answered or failed, after this many seconds.
    pub(super) fn answered(&mut self, cost: Cost, took: f64, told: Allowance, now: f64) {
        self.processor.add(took, now);
        if cost.budget == Budget::Graphql {
            self.graphql_processor.add(took, now);
        }
        if let (Some(remaining), Some(until)) = (told.remaining, told.until_reset) {
            // One second more, since the forge rounds.
            let reset = now + until.max(0.0) + 1.0;
            self.primary.insert(cost.budget, Primary { remaining, reset });
        }
        if cost.writes {
            let gap =
                if cost.notifies { self.limits.notification_gap } else { self.limits.write_gap };
            self.next_write = now + gap;
        }
    }

    /// Records a success, which resets the count of refusals.
    pub(super) fn calm(&mut self, cost: Cost) {
        self.refusals = 0;
        self.given_up.remove(&(cost.budget, cost.writes));
    }

    /// Records that the forge refused a request as too soon. `retry_after` is in seconds, if the forge said so. Returns
    /// how long all requests now wait.
    pub(super) fn refused(&mut self, retry_after: Option<f64>, now: f64) -> f64 {
        // Without a stated pause, wait one minute, doubling with each refusal.
        let pause = retry_after.map_or_else(
            || 60.0 * 2_f64.powi(self.refusals.min(6).cast_signed()),
            |said| said.max(0.0),
        );
        self.refusals += 1;
        self.blocked_until = self.blocked_until.max(now + pause);
        self.blocked_until - now
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAPHQL: Cost = Cost { budget: Budget::Graphql, ..Cost::READ };

    #[test]
    fn a_minute_holds_so_many_points_and_no_more() {
        let mut governor = Governor::new(Limits { rest_points: 10.0, ..Limits::default() });
        for second in 0..10 {
            assert_eq!(governor.wait_for(Cost::READ, f64::from(second)), None);
            governor.sent(Cost::READ, f64::from(second));
        }
        let wait = governor.wait_for(Cost::READ, 10.0).expect("full");
        assert!((wait.seconds - 50.0).abs() < 0.01, "{wait:?}");
        assert_eq!(governor.wait_for(GRAPHQL, 10.0), None);
        assert_eq!(governor.wait_for(Cost::READ, 60.1), None);
        // A write is five points: five reads have to leave.
        let wait = governor.wait_for(Cost::WRITE, 60.1).expect("full");
        assert!((wait.seconds - 3.9).abs() < 0.02, "{wait:?}");
    }

    #[test]
    fn writes_keep_apart_and_further_where_people_are_told() {
        let mut governor = Governor::new(Limits::default());
        governor.sent(Cost::WRITE, 0.0);
        governor.answered(Cost::WRITE, 0.1, Allowance::default(), 0.1);
        assert_eq!(governor.wait_for(Cost::READ, 0.1), None);
        assert!((governor.wait_for(Cost::WRITE, 0.1).expect("a gap").seconds - 1.0).abs() < 1e-9);
        let notifying = Cost { notifies: true, ..Cost::CREATION };
        governor.answered(notifying, 0.1, Allowance::default(), 2.0);
        assert!((governor.wait_for(Cost::WRITE, 2.0).expect("a gap").seconds - 3.0).abs() < 1e-9);
    }

    #[test]
    fn an_hourly_budget_that_is_used_up_is_waited_for() {
        let mut governor = Governor::new(Limits::default());
        let told = Allowance { remaining: Some(0), until_reset: Some(1200.0) };
        governor.answered(Cost::READ, 0.1, told, 100.0);
        assert!(
            (governor.wait_for(Cost::READ, 100.0).expect("used up").seconds - 1201.0).abs() < 1e-9
        );
        assert_eq!(governor.wait_for(GRAPHQL, 100.0), None, "another budget");
        assert_eq!(governor.wait_for(Cost::READ, 1301.0), None);
    }

    #[test]
    fn what_is_known_to_be_left_is_not_overdrawn_by_requests_under_way() {
        let mut governor = Governor::new(Limits::default());
        let told = Allowance { remaining: Some(1), until_reset: Some(60.0) };
        governor.answered(Cost::READ, 0.1, told, 0.0);
        assert_eq!(governor.wait_for(Cost::READ, 0.0), None);
        governor.sent(Cost::READ, 0.0);
        assert!(governor.wait_for(Cost::READ, 0.0).is_some());
    }

    #[test]
    fn refusals_are_obeyed_and_without_a_word_the_pause_doubles() {
        let mut governor = Governor::new(Limits::default());
        assert!((governor.refused(Some(7.0), 0.0) - 7.0).abs() < 1e-9);
        governor.calm(Cost::READ);
        assert!((governor.refused(None, 100.0) - 60.0).abs() < 1e-9);
        assert!((governor.refused(None, 200.0) - 120.0).abs() < 1e-9);
        assert!(governor.wait_for(GRAPHQL, 200.0).is_some(), "everything waits");
        governor.calm(Cost::READ);
        assert!((governor.refused(None, 1000.0) - 60.0).abs() < 1e-9);
    }

    #[test]
    fn what_was_given_up_is_asked_again_once_its_kind_succeeds() {
        let mut governor = Governor::new(Limits::default());
        governor.refused(Some(60.0), 0.0);
        governor.gives_up(Cost::CREATION);
        assert!(governor.has_given_up(Cost::WRITE) && !governor.has_given_up(Cost::READ));
        assert!(
            (governor.limited(Cost::WRITE, 10.0).expect("it lasts").seconds - 50.0).abs() < 1e-9
        );
        assert_eq!(governor.limited(Cost::WRITE, 60.0), None);
        governor.calm(Cost::READ);
        assert!(governor.has_given_up(Cost::WRITE), "reads may be answered meanwhile");
        governor.calm(Cost::WRITE);
        assert!(!governor.has_given_up(Cost::CREATION));
    }

    #[test]
    fn slow_answers_are_taken_for_work() {
        let mut governor = Governor::new(Limits::default());
        for _ in 0..8 {
            governor.answered(GRAPHQL, 9.0, Allowance::default(), 30.0);
        }
        assert!(governor.wait_for(GRAPHQL, 30.0).is_some());
        assert_eq!(governor.wait_for(Cost::READ, 30.0), None, "72 s of 90 s");
    }
}
