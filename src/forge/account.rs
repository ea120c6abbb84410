//! What a run cost: every request is counted, and reported to a listener if there is one.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::counted::counted;

/// One exchange with the forge, as `--verbose` shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Spent {
    /// `GET /repos/acme/api`, or `GraphQL scan`.
    pub request: String,
    /// The HTTP status; `None` when no answer arrived.
    pub status: Option<u16>,
    /// Points of the limit that it counts against: 1 for a read, 5 for a write, the reported cost for GraphQL, and 0
    /// for an answer that had not changed.
    pub points: u32,
    /// Bytes of the answer.
    pub bytes: usize,
    /// How long it took.
    pub took: Duration,
}

/// Something that the user watching a run may want to see.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A request was answered, or failed.
    Spent(Spent),
    /// The run is waiting.
    Waiting {
        /// For how long.
        duration: Duration,
        /// Why, in words.
        why: String,
    },
    /// A repository answered under another name than the one asked for; reported once per repository.
    Renamed {
        /// The name it was asked for by.
        from: String,
        /// Its present name, if the forge says it: a REST redirect only gives the repository's number.
        to: Option<String>,
    },
}

/// What a run has cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Requests sent, retries included.
    pub requests: u32,
    /// How many of these were GraphQL documents.
    pub documents: u32,
    /// How many of these were answered "not modified", which is free.
    pub unchanged: u32,
    /// REST points.
    pub rest_points: u32,
    /// GraphQL points.
    pub graphql_points: u32,
    /// Seconds spent waiting for limits.
    pub waited: u64,
}

impl Totals {
    /// The costs of two runs added up.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            documents: self.documents + other.documents,
            unchanged: self.unchanged + other.unchanged,
            rest_points: self.rest_points + other.rest_points,
            graphql_points: self.graphql_points + other.graphql_points,
            waited: self.waited + other.waited,
        }
    }

    /// One line, such as `3 requests to the forge (1 GraphQL, 1 unchanged): 2 points of REST, 1 of GraphQL`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut parts = vec![format!("{} GraphQL", self.documents)];
        if self.unchanged > 0 {
            parts.push(format!("{} unchanged", self.unchanged));
        }
        let mut line = format!(
            "{} to the forge ({}): {} of REST, {} of GraphQL",
            counted(self.requests as usize, "request"),
            parts.join(", "),
            counted(self.rest_points as usize, "point"),
            self.graphql_points
        );
        if self.waited > 0 {
            line.push_str(&format!("; {} waited", span(self.waited)));
        }
        line
    }
}

impl Spent {
    /// One line, such as `GET /repos/acme/api → 200, 1 point, 4096 bytes, 12 ms`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let status =
            self.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        let points = counted(self.points as usize, "point");
        let (bytes, took) = (self.bytes, self.took.as_millis());
        format!("{} → {status}, {points}, {bytes} bytes, {took} ms", self.request)
    }
}

/// Formats a number of seconds for people: `40 s`, `2 min 5 s`, `1 h 3 min`.
#[must_use]
pub fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A callback that receives every [`Event`].
pub type Listener = Arc<dyn Fn(&Event) + Send + Sync>;

/// The account of a run. Clones share it.
#[derive(Clone, Default)]
pub struct Account {
    totals: Arc<Mutex<Totals>>,
    /// Old names that were already reported, in lower case.
    renamed: Arc<Mutex<BTreeSet<String>>>,
    listener: Option<Listener>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("totals", &self.totals()).finish_non_exhaustive()
    }
}

impl Account {
    /// An account that reports to a listener.
    #[must_use]
    pub fn heard_by(listener: Listener) -> Self {
        Self { listener: Some(listener), ..Self::default() }
    }

    /// What has been spent so far.
    #[must_use]
    pub fn totals(&self) -> Totals {
        *self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self, is_graphql: bool, spent: Spent) {
        {
            let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
            totals.requests += 1;
            totals.unchanged += u32::from(spent.status == Some(304));
            if is_graphql {
                totals.documents += 1;
                totals.graphql_points += spent.points;
            } else {
                totals.rest_points += spent.points;
            }
        }
        self.tell(&Event::Spent(spent));
    }

    pub(super) fn waits(&self, duration: Duration, why: &str) {
        self.waited(duration);
        self.begins_to_wait(duration, why);
    }

    /// Reports a wait that may be cut short: [`Self::waited`] enters it once it has ended.
    pub(super) fn begins_to_wait(&self, duration: Duration, why: &str) {
        self.tell(&Event::Waiting { duration, why: why.to_owned() });
    }

    pub(super) fn waited(&self, duration: Duration) {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner).waited +=
            duration.as_secs_f64().round() as u64;
    }

    /// Leaves unreported that a repository of this name has another one now: its name is not in fleet.yaml any more.
    pub fn expects_rename(&self, from: &str) {
        self.renamed.lock().unwrap_or_else(PoisonError::into_inner).insert(from.to_lowercase());
    }

    pub(super) fn renamed(&self, from: String, to: Option<String>) {
        let is_new = {
            let mut told = self.renamed.lock().unwrap_or_else(PoisonError::into_inner);
            told.insert(from.to_lowercase())
        };
        if is_new {
            self.tell(&Event::Renamed { from, to });
        }
    }

    fn tell(&self, event: &Event) {
        if let Some(listener) = &self.listener {
            listener(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spent_is_one_line() {
        let account = Account::default();
        let spent = |status, points| Spent {
            request: "GET /user".to_owned(),
            status: Some(status),
            points,
            bytes: 10,
            took: Duration::from_millis(3),
        };
        account.enter(false, spent(200, 1));
        account.enter(false, spent(304, 0));
        account.enter(true, spent(200, 2));
        account.waits(Duration::from_secs(125), "the limit");
        assert_eq!(
            account.totals().in_words(),
            "3 requests to the forge (1 GraphQL, 1 unchanged): 1 point of REST, 2 of GraphQL; \
             2 min 5 s waited"
        );
        let one = Totals { requests: 1, rest_points: 5, ..Totals::default() };
        assert_eq!(
            one.in_words(),
            "1 request to the forge (0 GraphQL): 5 points of REST, 0 of GraphQL"
        );
        assert_eq!(spent(200, 1).in_words(), "GET /user → 200, 1 point, 10 bytes, 3 ms");
    }
}
