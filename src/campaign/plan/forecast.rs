//! How many writes a plan takes, and how long under the forge's limits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Action, Plan};
use crate::forge::Limits;

/// How fast content is created.
///
/// GitHub documents 80 things a minute and 500 an hour for one token, and keeps other limits to itself; tools that go
/// as fast as that are refused after some ten pull requests in a row.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Pace {
    /// 5 a minute, 150 an hour.
    Slow,
    /// 10 a minute, 300 an hour.
    #[default]
    Careful,
    /// 80 a minute, 500 an hour: what the forge documents.
    Documented,
}

impl Pace {
    /// Things created in a minute, and in an hour.
    #[must_use]
    pub fn creations(self) -> (usize, usize) {
        match self {
            Self::Slow => (5, 150),
            Self::Careful => (10, 300),
            Self::Documented => (80, 500),
        }
    }

    /// The limits of a client that goes at this pace.
    #[must_use]
    pub fn limits(self) -> Limits {
        let (creations_per_minute, creations_per_hour) = self.creations();
        Limits { creations_per_minute, creations_per_hour, ..Limits::default() }
    }
}

/// What a plan takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forecast {
    /// Pull requests that are opened or finished.
    pub opened: usize,
    /// Pull requests whose branch gets a new commit.
    pub updated: usize,
    /// Pull requests that are closed.
    pub closed: usize,
    /// Requests that create content, which the forge limits most: pull requests, labels, requests for reviews.
    pub creations: usize,
    /// All requests that write: labels and reviewers too.
    pub writes: usize,
    /// Minutes that it takes at least, at the pace that was asked for.
    pub minutes: u64,
}

/// Seconds between two writes that notify people, and between other writes (docs.github.com, "Best practices for using
/// the REST API": at least one).
const GAPS: (u64, u64) = (3, 1);

/// What a plan takes at a pace.
#[must_use]
pub fn forecast(plan: &Plan, pace: Pace) -> Forecast {
    let mut forecast = Forecast::default();
    let mut seconds = 0;
    for item in &plan.items {
        let mut writes = 0;
        match item.action {
            Action::Leave => continue,
            // What is said in it is content.
            Action::Close => {
                forecast.closed += 1;
                forecast.creations += 1;
                writes += 2;
            }
            Action::Update => {
                forecast.updated += 1;
                forecast.creations += 1;
                writes += 3;
            }
            Action::Open | Action::Finish => {
                forecast.opened += 1;
                let labels = usize::from(!plan.terms.labels.is_empty());
                let asks = item.change.as_ref().is_some_and(|change| {
                    !change.reviewers.is_empty() || !change.team_reviewers.is_empty()
                });
                // Labels and requests for reviews are content, as the forge counts.
                let beside = labels + usize::from(asks);
                forecast.creations += 1 + beside;
                writes += beside + usize::from(plan.terms.auto_merge.is_some());
            }
        }
        forecast.writes += writes + 1;
        seconds += GAPS.0 + GAPS.1 * u64::try_from(writes).unwrap_or(u64::MAX);
    }
    forecast.minutes = seconds.max(at_pace(forecast.creations, pace)).div_ceil(60);
    forecast
}

/// Seconds until so many things are created: none of them waits while there is room in the minute and in the hour.
fn at_pace(creations: usize, pace: Pace) -> u64 {
    let (minute, hour) = pace.creations();
    let Some(last) = creations.checked_sub(1) else { return 0 };
    let hours = last / hour;
    let minutes = (last % hour) / minute;
    u64::try_from(hours * 3600 + minutes * 60).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_and_hours_hold_so_many() {
        assert_eq!(at_pace(0, Pace::Careful), 0);
        assert_eq!(at_pace(10, Pace::Careful), 0);
        assert_eq!(at_pace(11, Pace::Careful), 60);
        assert_eq!(at_pace(301, Pace::Careful), 3600);
        assert_eq!(at_pace(1000, Pace::Documented), 3600 + 6 * 60);
    }
}
