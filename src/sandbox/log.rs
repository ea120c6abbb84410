//! The log of requests and responses, on which tests assert.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

/// The most entries that are kept; the oldest are dropped first.
const KEPT: usize = 100_000;

/// The most entries whose bodies are kept, since these may be large.
const WITH_BODIES: usize = 2_000;

/// A request and its response.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Entry {
    /// The number of the request; the first is 1.
    pub(super) n: u64,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    /// The route, such as `GET /repos/{owner}/{repo}` or `POST /graphql`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) route: Option<String>,
    /// The beginning of a GraphQL document, such as `mutation propose`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) operation: Option<String>,
    /// The token's name, never its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<String>,
    pub(super) status: u16,
    /// The points against the primary limit.
    pub(super) cost: u64,
    /// The size of the response body in bytes.
    pub(super) bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fault: Option<&'static str>,
    /// Seconds since 1970, by the sandbox's clock.
    pub(super) time: f64,
    #[serde(skip)]
    pub(super) request: Value,
    #[serde(skip)]
    pub(super) response: Value,
}

impl Entry {
    /// Returns the operation and name at the beginning of the GraphQL document in a body.
    pub(super) fn operation(request: &Value) -> Option<String> {
        let document = request.get("query")?.as_str()?;
        let head = document.split(['(', '{']).next().unwrap_or_default();
        let words: Vec<&str> = head.split_whitespace().take(2).collect();
        Some(words.join(" ").chars().take(80).collect())
    }
}

/// The log.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: VecDeque<Entry>,
    count: u64,
}

impl Log {
    /// Returns the number of the next request.
    pub(super) fn next(&self) -> u64 {
        self.count + 1
    }

    pub(super) fn add(&mut self, entry: Entry) {
        self.count += 1;
        self.entries.push_back(entry);
        if self.entries.len() > KEPT {
            self.entries.pop_front();
        }
        let old = self.entries.len().checked_sub(WITH_BODIES + 1);
        if let Some(entry) = old.and_then(|index| self.entries.get_mut(index)) {
            entry.request = Value::Null;
            entry.response = Value::Null;
        }
    }

    /// Records the status of a response that is only known later.
    pub(super) fn answered(&mut self, number: u64, status: u16, bytes: usize) {
        if let Some(entry) = self.entries.iter_mut().rev().find(|entry| entry.n == number) {
            entry.status = status;
            entry.bytes = bytes;
        }
    }

    /// Returns the log as JSON, including bodies if requested.
    pub(super) fn shown(&self, bodies: bool) -> Value {
        let shown = self.entries.iter().map(|entry| {
            let mut value = serde_json::to_value(entry).unwrap_or_default();
            if let Some(fields) = value.as_object_mut().filter(|_| bodies) {
                fields.insert("request".to_owned(), entry.request.clone());
                fields.insert("response".to_owned(), entry.response.clone());
            }
            value
        });
        shown.collect()
    }

    /// Clears the log; the next request is number 1 again.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
