//! How many writes a plan takes, and how long under the forge's limits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::missing::gets_auto_merge;
use super::{Action, Extra, Plan};
use crate::forge::Limits;

/// How fast content is created.
///
/// For one token, GitHub documents limits of 80 requests per minute and 500 per hour. GitHub also has limits that it does
/// not publish: tools at the documented rate are refused after about ten pull requests in a row.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Pace {
    /// 5 per minute, 150 per hour.
    Slow,
    /// 10 per minute, 300 per hour.
    #[default]
    Careful,
    /// 80 per minute, 500 per hour: the limits that the forge documents.
    Documented,
    /// No limit, for a forge of your own without limits.
    Unlimited,
}

/// Seconds between two writes that notify people, and between other writes (docs.github.com, "Best practices for using
/// the REST API": at least one).
const GAPS: (u64, u64) = (3, 1);

impl Pace {
    /// Things created in a minute, and in an hour.
    #[must_use]
    pub fn creations(self) -> (usize, usize) {
        match self {
            Self::Slow => (5, 150),
            Self::Careful => (10, 300),
            Self::Documented => (80, 500),
            Self::Unlimited => (usize::MAX, usize::MAX),
        }
    }

    /// Seconds after a write that notifies people, and after another.
    fn gaps(self) -> (u64, u64) {
        if self == Self::Unlimited { (0, 0) } else { GAPS }
    }

    /// The limits of a client that goes at this pace.
    #[must_use]
    pub fn limits(self) -> Limits {
        let (creations_per_minute, creations_per_hour) = self.creations();
        let limits = Limits { creations_per_minute, creations_per_hour, ..Limits::default() };
        if self != Self::Unlimited {
            return limits;
        }
        Limits {
            rest_points: f64::INFINITY,
            graphql_points: f64::INFINITY,
            processor: f64::INFINITY,
            graphql_processor: f64::INFINITY,
            write_gap: 0.0,
            notification_gap: 0.0,
            ..limits
        }
    }
}

/// The cost of applying a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forecast {
    /// Pull requests that are opened or finished.
    pub opened: usize,
    /// Pull requests whose branch gets a new commit.
    pub updated: usize,
    /// Pull requests that get missing labels, reviewers or settings.
    pub completed: usize,
    /// Pull requests that are closed.
    pub closed: usize,
    /// Requests that create content, which the forge limits most: pull requests, labels, requests for reviews.
    pub creations: usize,
    /// All requests that write: labels and reviewers too.
    pub writes: usize,
    /// The minimum duration in minutes, at the requested pace.
    pub minutes: u64,
}

/// What a plan takes at a pace.
#[must_use]
pub fn forecast(plan: &Plan, pace: Pace) -> Forecast {
    let mut forecast = Forecast::default();
    let mut clock = Clock::new(pace);
    for item in &plan.items {
        let before = clock.writes;
        match item.action {
            Action::Leave => continue,
            Action::Close => {
                forecast.closed += 1;
                clock.write(Write::Notifying);
                clock.write(Write::Changing);
                clock.write(Write::Changing);
            }
            Action::Complete => {
                forecast.completed += 1;
                for extra in &item.missing {
                    match extra {
                        Extra::Labels => clock.write(Write::Creating),
                        Extra::Reviewers => clock.write(Write::Notifying),
                        Extra::Words
                        | Extra::Title
                        | Extra::Text
                        | Extra::Mark
                        | Extra::AutoMerge => clock.write(Write::Changing),
                    }
                }
            }
            Action::Update => {
                forecast.updated += 1;
                clock.write(Write::Creating);
                clock.write(Write::Changing);
            }
            Action::Open | Action::Finish => {
                forecast.opened += 1;
                clock.write(Write::Notifying);
                let change = item.change.as_ref();
                if change.is_some_and(|change| gets_auto_merge(&plan.terms, change)) {
                    clock.write(Write::Changing);
                }
                if !plan.terms.labels.is_empty() {
                    clock.write(Write::Creating);
                }
                let asks = change.is_some_and(|change| {
                    !change.reviewers.is_empty() || !change.team_reviewers.is_empty()
                });
                // The forge notifies the reviewers, and counts the request as content.
                if asks {
                    clock.write(Write::Notifying);
                }
            }
        }
        forecast.writes += clock.writes - before;
    }
    forecast.creations = clock.created.len();
    forecast.minutes = clock.last.div_ceil(60);
    forecast
}

/// What a write is to the forge's limits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Write {
    /// Creates something and notifies people: a pull request, a request for a review, a comment.
    Notifying,
    /// Creates something without a notification: labels, a commit.
    Creating,
    /// Changes something that exists.
    Changing,
}

/// When writes happen: each as soon as the limits per minute and per hour allow it.
struct Clock {
    pace: Pace,
    /// When things were created, in seconds from the start.
    created: Vec<u64>,
    /// When the next write may happen, and when the last one happened.
    next: u64,
    last: u64,
    writes: usize,
}

impl Clock {
    fn new(pace: Pace) -> Self {
        Self { pace, created: Vec::new(), next: 0, last: 0, writes: 0 }
    }

    fn write(&mut self, write: Write) {
        let mut now = self.next;
        if write != Write::Changing {
            let (minute, hour) = self.pace.creations();
            for (most, span) in [(minute, 60), (hour, 3600)] {
                let first = self.created.len().checked_sub(most);
                let first = first.and_then(|first| self.created.get(first));
                now = first.map_or(now, |first| now.max(first + span));
            }
            self.created.push(now);
        }
        let (long, short) = self.pace.gaps();
        self.last = now;
        self.next = now + if write == Write::Notifying { long } else { short };
        self.writes += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_and_hours_hold_so_many() {
        let last = |creations: usize, pace| {
            let mut clock = Clock::new(pace);
            (0..creations).for_each(|_| clock.write(Write::Notifying));
            clock.last
        };
        assert_eq!(last(0, Pace::Careful), 0);
        assert_eq!(last(10, Pace::Careful), 27);
        assert_eq!(last(11, Pace::Careful), 60);
        assert_eq!(last(301, Pace::Careful), 3600);
        assert_eq!(last(1000, Pace::Documented), 3600 + 499 * 3);
        assert_eq!(last(1000, Pace::Unlimited), 0);
    }
}
