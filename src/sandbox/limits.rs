//! GitHub's limits: primary ones per hour, and secondary ones against abuse.
//!
//! The numbers are those documented by GitHub unless the seed says otherwise.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::refusal::Refusal;

/// The length of the window of a primary limit, in seconds.
const HOUR: f64 = 3600.0;
const MINUTE: f64 = 60.0;

/// A resource with its own budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Resource {
    Core,
    Search,
    GraphQl,
}

impl Resource {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Search => "search",
            Self::GraphQl => "graphql",
        }
    }
}

/// The numbers of the limits.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    /// Requests per hour and user.
    pub(super) rest: u64,
    pub(super) graphql: u64,
    /// Requests per minute.
    pub(super) search: u64,
    /// Points per minute.
    pub(super) rest_points: u64,
    pub(super) graphql_points: u64,
    pub(super) concurrent: usize,
    pub(super) content_per_minute: usize,
    pub(super) content_per_hour: usize,
    /// Pull requests per minute before one counts as "submitted too quickly".
    pub(super) pulls_per_minute: usize,
    pub(super) nodes: u64,
    /// The `retry-after` of a secondary refusal, in seconds.
    pub(super) retry_after: u64,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            rest: 5000,
            graphql: 5000,
            search: 30,
            rest_points: 900,
            graphql_points: 2000,
            concurrent: 100,
            content_per_minute: 80,
            content_per_hour: 500,
            pulls_per_minute: 20,
            nodes: 500_000,
            retry_after: 60,
        }
    }
}

/// The current window of a primary limit.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    used: u64,
    /// The end of the window.
    reset: f64,
}

/// The recent activity of one identity.
#[derive(Clone, Debug, Default)]
struct Spent {
    windows: BTreeMap<Resource, Window>,
    /// Points with the time at which they were spent.
    rest: VecDeque<(f64, u64)>,
    graphql: VecDeque<(f64, u64)>,
    content: VecDeque<f64>,
    pulls: VecDeque<f64>,
}

/// The limits, and how much of them is used.
#[derive(Debug, Default)]
pub(super) struct Limits {
    pub(super) numbers: Numbers,
    /// A smaller limit than GitHub's, so that a test can reach it.
    pub(super) max_tree_entries: Option<usize>,
    pub(super) max_blob: Option<usize>,
    spent: BTreeMap<String, Spent>,
}

/// The properties of a request that matter to limits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work {
    pub(super) resource: Resource,
    /// The points against the secondary limit: 1 for a read, 5 for a write.
    pub(super) points: u64,
    /// Whether it creates content that people see.
    pub(super) content: bool,
    pub(super) pull: bool,
}

impl Limits {
    fn limit(&self, resource: Resource, identity: &str) -> u64 {
        match resource {
            // GitHub's limits for anonymous requests.
            Resource::Core if identity.is_empty() => 60.min(self.numbers.rest),
            Resource::Search if identity.is_empty() => 10.min(self.numbers.search),
            Resource::GraphQl if identity.is_empty() => 0,
            Resource::Core => self.numbers.rest,
            Resource::Search => self.numbers.search,
            Resource::GraphQl => self.numbers.graphql,
        }
    }

    fn window(&mut self, identity: &str, resource: Resource, now: f64) -> &mut Window {
        let spent = self.spent.entry(identity.to_owned()).or_default();
        let window = spent.windows.entry(resource).or_default();
        if now >= window.reset {
            let length = if resource == Resource::Search { MINUTE } else { HOUR };
            *window = Window { used: 0, reset: (now + length).floor() };
        }
        window
    }

    /// Refuses a request that exceeds a primary limit.
    pub(super) fn check_primary(
        &mut self,
        identity: &str,
        resource: Resource,
        now: f64,
    ) -> Result<(), Refusal> {
        let limit = self.limit(resource, identity);
        if self.window(identity, resource, now).used < limit {
            return Ok(());
        }
        Err(primary())
    }

    /// Counts against a primary limit.
    pub(super) fn spend(&mut self, identity: &str, resource: Resource, cost: u64, now: f64) {
        self.window(identity, resource, now).used += cost;
    }

    /// Exhausts a primary limit, for a fault.
    pub(super) fn exhaust(&mut self, identity: &str, resource: Resource, now: f64) {
        let limit = self.limit(resource, identity);
        self.window(identity, resource, now).used = limit;
    }

    /// Counts a request against the secondary limits, or refuses it. A refused request counts as
    /// well: GitHub bans clients that keep asking.
    pub(super) fn check_secondary(
        &mut self,
        identity: &str,
        work: Work,
        concurrent: usize,
        now: f64,
    ) -> Result<(), Refusal> {
        let numbers = self.numbers.clone();
        let spent = self.spent.entry(identity.to_owned()).or_default();
        let (queue, limit) = match work.resource {
            Resource::GraphQl => (&mut spent.graphql, numbers.graphql_points),
            _ => (&mut spent.rest, numbers.rest_points),
        };
        queue.push_back((now, work.points));
        queue.retain(|(time, _)| *time > now - MINUTE);
        let points: u64 = queue.iter().map(|(_, points)| points).sum();
        if points > limit || concurrent > numbers.concurrent {
            return Err(secondary(Some(numbers.retry_after)));
        }
        if work.content {
            spent.content.push_back(now);
            spent.content.retain(|time| *time > now - HOUR);
            let minute = spent.content.iter().filter(|time| **time > now - MINUTE).count();
            if minute > numbers.content_per_minute || spent.content.len() > numbers.content_per_hour
            {
                return Err(secondary(Some(numbers.retry_after)));
            }
        }
        if work.pull {
            spent.pulls.push_back(now);
            spent.pulls.retain(|time| *time > now - MINUTE);
            if spent.pulls.len() > numbers.pulls_per_minute {
                let message = "was submitted too quickly";
                let mut refusal = Refusal::custom("PullRequest", None, message);
                refusal.message = format!("Validation Failed: {message}");
                return Err(refusal);
            }
        }
        Ok(())
    }

    /// Returns the headers of every response.
    pub(super) fn headers(
        &mut self,
        identity: &str,
        resource: Resource,
        now: f64,
    ) -> Vec<(&'static str, String)> {
        let limit = self.limit(resource, identity);
        let window = *self.window(identity, resource, now);
        vec![
            ("x-ratelimit-limit", limit.to_string()),
            ("x-ratelimit-remaining", limit.saturating_sub(window.used).to_string()),
            ("x-ratelimit-used", window.used.min(limit).to_string()),
            ("x-ratelimit-reset", format!("{:.0}", window.reset)),
            ("x-ratelimit-resource", resource.name().to_owned()),
        ]
    }

    /// Returns the status of a limit: limit, remaining, used, reset.
    pub(super) fn left(
        &mut self,
        identity: &str,
        resource: Resource,
        now: f64,
    ) -> (u64, u64, u64, f64) {
        let limit = self.limit(resource, identity);
        let window = *self.window(identity, resource, now);
        (limit, limit.saturating_sub(window.used), window.used.min(limit), window.reset)
    }

    /// Handles `GET /rate_limit`, which is free.
    pub(super) fn shown(&mut self, identity: &str, now: f64) -> Value {
        let mut one = |resource| {
            let (limit, remaining, used, reset) = self.left(identity, resource, now);
            json!({"limit": limit, "remaining": remaining, "used": used, "reset": reset.floor() as i64})
        };
        let (core, search, graphql) =
            (one(Resource::Core), one(Resource::Search), one(Resource::GraphQl));
        json!({
            "resources": {"core": core.clone(), "search": search, "graphql": graphql},
            "rate": core,
        })
    }
}

/// Builds the refusal of a primary limit; the headers say when it ends.
pub(super) fn primary() -> Refusal {
    Refusal::forbidden(
        "API rate limit exceeded for user ID 1. If you reach out to GitHub Support for help, please include the \
         request ID and timestamp.",
    )
}

/// Builds the refusal of a secondary limit.
pub(super) fn secondary(retry_after: Option<u64>) -> Refusal {
    let message =
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    let refusal = Refusal::forbidden(message);
    match retry_after {
        Some(seconds) => refusal.header("retry-after", seconds.to_string()),
        None => refusal,
    }
}
