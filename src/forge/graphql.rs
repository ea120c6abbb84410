//! GraphQL answers, which may contain both data and errors.

use serde::Deserialize;
use serde_json::Value;

use super::error::{ForgeError, ForgeErrorKind};
use super::permissions::of_field;
use crate::source::secrets::SentSecrets;

/// One error of an answer.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct GraphqlError {
    /// GitHub's own classification: `NOT_FOUND`, `FORBIDDEN`, `RATE_LIMITED`, ….
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The message.
    pub message: String,
    /// The path of the failed field: names and indices from the root.
    pub path: Vec<Value>,
}

impl GraphqlError {
    /// The first element of the path: the alias of a root field.
    #[must_use]
    pub fn root(&self) -> Option<&str> {
        self.path.first().and_then(Value::as_str)
    }

    /// Whether the document asked for too much at once, so that a smaller one may succeed.
    #[must_use]
    pub fn is_too_much(&self) -> bool {
        let lower = self.message.to_lowercase();
        matches!(self.kind.as_deref(), Some("RESOURCE_LIMITS_EXCEEDED" | "MAX_NODE_LIMIT_EXCEEDED"))
            || lower.contains("something went wrong while executing")
            || lower.contains("timeout")
            || lower.contains("timedout")
            || lower.contains("resource limits")
    }

    /// Converts it into a [`ForgeError`], by its GitHub type.
    #[must_use]
    pub fn failure(&self, request: &str) -> ForgeError {
        let kind = match self.kind.as_deref() {
            Some("NOT_FOUND") => ForgeErrorKind::NotFound,
            Some("FORBIDDEN") if self.message.contains("archived") => ForgeErrorKind::Archived,
            // GraphQL's equivalent of REST's answer for a disabled repository.
            Some("FORBIDDEN") if self.message.contains("access blocked") => {
                ForgeErrorKind::Disabled
            }
            Some("FORBIDDEN" | "INSUFFICIENT_SCOPES" | "SAML_PROTECTED") => {
                ForgeErrorKind::Forbidden
            }
            Some("STALE_DATA") => ForgeErrorKind::Conflict,
            Some("SERVICE_UNAVAILABLE") => ForgeErrorKind::Unavailable,
            _ if self.is_too_much() => ForgeErrorKind::Unavailable,
            _ => ForgeErrorKind::Invalid,
        };
        let line: String = self.message.split_whitespace().collect::<Vec<_>>().join(" ");
        let failure = ForgeError::new(kind, request, line.chars().take(600).collect::<String>());
        let accepted = match kind {
            ForgeErrorKind::Forbidden => of_field(&self.path).map(str::to_owned),
            _ => None,
        };
        ForgeError { accepted, is_too_much: self.is_too_much(), ..failure }
    }
}

/// The answer to a document: its data and its errors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Data {
    /// The root fields by alias; `Null` where one failed.
    pub data: Value,
    /// The errors.
    pub errors: Vec<GraphqlError>,
}

impl Data {
    /// Parses an answer.
    pub(super) fn read(body: &[u8]) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default)]
            data: Value,
            #[serde(default)]
            errors: Vec<GraphqlError>,
        }
        let answer: Answer = serde_json::from_slice(body)?;
        Ok(Self { data: answer.data, errors: answer.errors })
    }

    /// Its errors without the credentials that were sent, which forges and proxies may repeat.
    pub(super) fn masked(mut self, sent: &SentSecrets) -> Self {
        for error in &mut self.errors {
            error.message = sent.masked(&error.message);
        }
        self
    }

    /// Whether the document was too much for the forge at once.
    #[must_use]
    pub fn is_too_much(&self) -> bool {
        self.errors.iter().any(GraphqlError::is_too_much)
    }

    /// All data, or the first error.
    ///
    /// # Errors
    /// When there is any error.
    pub fn whole(self, request: &str) -> Result<Value, ForgeError> {
        match self.errors.first() {
            None => Ok(self.data),
            Some(error) => Err(error.failure(request)),
        }
    }

    /// A root field by its alias, or why it is missing.
    ///
    /// # Errors
    /// When it failed or is null.
    pub fn field(&self, alias: &str, request: &str) -> Result<&Value, ForgeError> {
        // A field may have several errors; the one nearest the root explains why the whole field is missing.
        let of_it = self.errors.iter().filter(|error| error.root() == Some(alias));
        if let Some(error) = of_it.min_by_key(|error| error.path.len()) {
            return Err(error.failure(request));
        }
        match self.data.get(alias) {
            Some(value) if !value.is_null() => Ok(value),
            _ => Err(match self.errors.first() {
                Some(error) => error.failure(request),
                None => {
                    ForgeError::new(ForgeErrorKind::NotFound, request, format!("`{alias}` is null"))
                }
            }),
        }
    }
}

/// Whether a document has a mutation among its operations. Strings and comments are skipped, so that their words and
/// braces do not count.
pub(super) fn is_mutation(text: &str) -> bool {
    let (mut rest, mut depth, mut begins) = (text, 0_usize, true);
    while let Some(first) = rest.chars().next() {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = match first {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' => string_length(rest),
            c if is_name(c) => rest.find(|c| !is_name(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        match token {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                // A definition ends with its selection; the next one begins with its keyword.
                begins = depth == 0 && token == "}";
            }
            "mutation" if depth == 0 && begins => return true,
            _ if first.is_ascii_alphabetic() => begins = false,
            _ => {}
        }
        rest = after;
    }
    false
}

/// The length of the string at the start of a text, with its quotes.
fn string_length(text: &str) -> usize {
    if let Some(block) = text.strip_prefix("\"\"\"") {
        return block.find("\"\"\"").map_or(text.len(), |end| end + 6);
    }
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' | '\n' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_masked_in_errors() {
        let body = br#"{"errors":[{"message":"you sent Bearer hunter2hunter2"}]}"#;
        let data = Data::read(body).expect("an answer");
        let error = data.masked(&SentSecrets::of("hunter2hunter2")).whole("scan").expect_err("one");
        assert_eq!(error.said, "you sent Bearer ***");
    }

    #[test]
    fn half_an_answer_is_kept() {
        let body = br#"{"data":{"a":{"id":"1"},"b":null},
            "errors":[{"type":"NOT_FOUND","path":["b"],"message":"Could not resolve"}]}"#;
        let data = Data::read(body).expect("an answer");
        assert_eq!(data.field("a", "scan").expect("there")["id"], "1");
        assert_eq!(data.field("b", "scan").expect_err("not there").kind, ForgeErrorKind::NotFound);
        assert!(data.whole("scan").is_err());
    }

    #[test]
    fn of_several_refusals_the_one_that_left_nothing_counts() {
        let body = br#"{"data":{"a":null},"errors":[
            {"type":"FORBIDDEN","path":["a","defaultBranchRef","target","statusCheckRollup"],"message":"Resource not accessible"},
            {"type":"FORBIDDEN","path":["a","pullRequests"],"message":"Resource not accessible"}]}"#;
        let data = Data::read(body).expect("an answer");
        let error = data.field("a", "scan").expect_err("not there");
        assert_eq!(error.accepted.as_deref(), Some("pull_requests=read"));
    }

    #[test]
    fn a_mutation_is_known_wherever_it_is_in_a_document() {
        for text in [
            "mutation remove($input: X!) { a }",
            "\n# first\nmutation { a }",
            "fragment f on Y { id } mutation m { a { ...f } }",
            "query q { a(text: \"{ \\\" {\") } mutation m { b }",
        ] {
            assert!(is_mutation(text), "{text}");
        }
        for text in [
            "{ mutation }",
            "query mutation { a }",
            "query q { mutation(text: \"} mutation { a }\") }",
            "# mutation { a }\nquery q { a }",
            "fragment mutation on Y { id } query q { a(text: \"\"\"} mutation {\"\"\") }",
        ] {
            assert!(!is_mutation(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_answer_is_told() {
        assert!(Data::read(b"<html>").is_err());
        let data = Data::read(b"{}").expect("an answer, if an empty one");
        assert!(data.field("a", "scan").is_err());
    }

    #[test]
    fn asking_for_too_much_is_known() {
        let too_much = |kind: Option<&str>, message: &str| {
            let kind = kind.map(str::to_owned);
            GraphqlError { kind, message: message.to_owned(), path: Vec::new() }.is_too_much()
        };
        assert!(too_much(Some("RESOURCE_LIMITS_EXCEEDED"), ""));
        assert!(too_much(
            None,
            "Something went wrong while executing your query. This may be the result of a timeout"
        ));
        assert!(!too_much(Some("NOT_FOUND"), "Could not resolve to a Repository"));
    }
}
