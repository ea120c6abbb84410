//! Refusals of the forge, in GitHub's form.

use serde_json::{Map, Value, json};

use super::reply::Reply;

/// A refusal: a status, a message, and for 422 the errors by field.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: String,
    pub(super) errors: Vec<Value>,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// The result of a route.
pub(super) type Answer<T = Reply> = Result<T, Refusal>;

/// The URL of GitHub's documentation.
pub(super) const DOCUMENTATION: &str = "https://docs.github.com/rest";

impl Refusal {
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), errors: Vec::new(), headers: Vec::new() }
    }

    /// It does not exist or may not be seen; GitHub does not reveal which.
    pub(super) fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, message)
    }

    /// The request is malformed: a field is missing or has the wrong type.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(422, format!("Invalid request.\n\n{}", message.into()))
    }

    /// A 422 with a single sentence.
    pub(super) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(422, message)
    }

    /// "Validation Failed" with a sentence of its own.
    pub(super) fn not_valid(message: impl Into<String>) -> Self {
        Self { errors: vec![Value::String(message.into())], ..Self::new(422, "Validation Failed") }
    }

    /// A field has an invalid value: GitHub's "Validation Failed".
    pub(super) fn validation(resource: &str, field: &str, code: &str) -> Self {
        let error = json!({"resource": resource, "field": field, "code": code});
        Self { errors: vec![error], ..Self::new(422, "Validation Failed") }
    }

    /// A field has an invalid value, explained in words.
    pub(super) fn custom(resource: &str, field: Option<&str>, message: impl Into<String>) -> Self {
        let mut error = Map::new();
        error.insert("resource".to_owned(), resource.into());
        if let Some(field) = field {
            error.insert("field".to_owned(), field.into());
        }
        error.insert("code".to_owned(), "custom".into());
        error.insert("message".to_owned(), message.into().into());
        Self { errors: vec![Value::Object(error)], ..Self::new(422, "Validation Failed") }
    }

    /// The repository has no commits.
    pub(super) fn empty() -> Self {
        Self::new(409, "Git Repository is empty.")
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Builds the reply.
    pub(super) fn reply(&self) -> Reply {
        let mut body = Map::new();
        body.insert("message".to_owned(), self.message.as_str().into());
        if !self.errors.is_empty() {
            body.insert("errors".to_owned(), self.errors.clone().into());
        }
        body.insert("documentation_url".to_owned(), DOCUMENTATION.into());
        body.insert("status".to_owned(), self.status.to_string().into());
        let mut reply = Reply::json(self.status, Value::Object(body));
        reply.headers.extend(self.headers.iter().cloned());
        reply
    }
}

impl From<git2::Error> for Refusal {
    /// A failure of libgit2 is a failure of the server: routes validate their input beforehand.
    fn from(error: git2::Error) -> Self {
        Self::new(500, format!("Server Error: {}", error.message()))
    }
}
