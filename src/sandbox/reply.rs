//! A response before it is sent.

use serde_json::Value;

/// A response.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Body,
}

/// The body of a response.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Nothing,
    Json(Value),
    Bytes(Vec<u8>, &'static str),
}

impl Reply {
    pub(super) fn json(status: u16, value: Value) -> Self {
        Self { status, headers: Vec::new(), body: Body::Json(value) }
    }

    pub(super) fn ok(value: Value) -> Self {
        Self::json(200, value)
    }

    pub(super) fn created(value: Value) -> Self {
        Self::json(201, value)
    }

    pub(super) fn nothing() -> Self {
        Self { status: 204, headers: Vec::new(), body: Body::Nothing }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Returns the body as bytes, with its media type.
    pub(super) fn bytes(&self) -> (Vec<u8>, &'static str) {
        match &self.body {
            Body::Nothing => (Vec::new(), ""),
            Body::Json(value) => {
                // A `Value` only has string keys, so serializing it cannot fail.
                (serde_json::to_vec(value).unwrap_or_default(), "application/json; charset=utf-8")
            }
            Body::Bytes(bytes, kind) => (bytes.clone(), kind),
        }
    }
}
