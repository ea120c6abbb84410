//! The result of an upload: kinds of answers, and the index's messages made safe to show.
//!
//! Indexes agree on little. For a file that already exists, PyPI answers 200 if it is the same and 400 if not, with the
//! reason only in the message; devpi and pypiserver answer 409 to both. So an answer says *that* such a file exists,
//! and a look at the index says which. After a 5xx or without a response, it is unknown whether the file was accepted.

use std::time::Duration;

use super::super::Credentials;
use crate::edge::network::{Fault, Heard};
use crate::edge::terminal::visible_line;
use crate::source::secrets::SentSecrets;

/// Maximum number of characters of an index's message to show.
const MAX_WORDS: usize = 600;

/// The result of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The index has the file now. PyPI says so too if it already had the same file.
    Taken,
    /// The index already has a file of this name, the same or another.
    Exists(Refusal),
    /// A file of this name was deleted, and its name cannot be used again.
    Deleted(Refusal),
    /// The credentials are unknown or lack permission.
    Unauthorized(Refusal),
    /// The index rejects the file.
    Refused(Refusal),
    /// Whether the index has the file is unknown.
    Doubtful {
        /// What is known.
        why: String,
        /// How long the index asks to wait.
        wait: Option<Duration>,
    },
}

/// A refusal with the index's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status; 0 if the request was not sent.
    pub status: u16,
    /// The message on one line, safe to show; empty if there is none.
    pub words: String,
}

impl Refusal {
    /// The refusal as an error's cause.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self.words.as_str() {
            "" => format!("the index answered {} without a message", self.status),
            words => format!("the index answered {}: {words}", self.status),
        }
    }
}

/// Interprets a response.
pub(super) fn of(heard: &Heard, credentials: &Credentials) -> Answer {
    let words = words(heard, &credentials.sent());
    let lower = words.to_lowercase();
    let says = |some: &[&str]| some.iter().any(|some| lower.contains(some));
    let refusal = |words: String| Refusal { status: heard.status, words };
    match heard.status {
        200..=299 => Answer::Taken,
        300..=399 => Answer::Refused(refusal(
            "it redirects, and uploads do not follow redirects; is the address right, including the slash at its end?"
                .to_owned(),
        )),
        401 | 403 => Answer::Unauthorized(refusal(words)),
        408 | 425 | 429 | 500.. => Answer::Doubtful {
            why: refusal(words).in_words(),
            wait: heard.wait,
        },
        _ if says(&["has already been used", "previously been used"]) => {
            Answer::Deleted(refusal(words))
        }
        409 => Answer::Exists(refusal(words)),
        _ if says(&["already exists", "file-name-reuse"]) => Answer::Exists(refusal(words)),
        _ => Answer::Refused(refusal(words)),
    }
}

/// Interprets the lack of a response.
pub(super) fn of_fault(fault: &Fault) -> Answer {
    match fault {
        Fault::Refused(..) => Answer::Refused(Refusal { status: 0, words: fault.to_string() }),
        _ => Answer::Doubtful { why: fault.to_string(), wait: None },
    }
}

/// An index's message on one line: the strings of JSON, or HTML without its tags. It is untrusted and may repeat what
/// was sent, so secrets are masked.
pub(in crate::index) fn words(heard: &Heard, sent: &SentSecrets) -> String {
    let text = String::from_utf8_lossy(&heard.body);
    let text = match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(value) => {
            let mut said = Vec::new();
            collect(&value, &mut said);
            said.join("; ")
        }
        Err(_) => text.into_owned(),
    };
    let is_markup = heard.content_type.contains("html") || text.contains("<br");
    let text = if is_markup { without_tags(&text) } else { text };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // WebOb's preface to the reason says nothing.
    const PREFACE: &str = "The server could not comply with the request since it is either malformed or otherwise incorrect.";
    let text = text.replace(PREFACE, " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut text = visible_line(&sent.masked(&text));
    if let Some((end, _)) = text.char_indices().nth(MAX_WORDS) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Collects the strings of a document, each once, in order.
fn collect(value: &serde_json::Value, said: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => {
            let is_new = !said.iter().any(|known| known.contains(text));
            if is_new && !text.trim().is_empty() {
                said.push(text.clone());
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, said)),
        serde_json::Value::Object(fields) => {
            fields.values().for_each(|value| collect(value, said));
        }
        _ => {}
    }
}

fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    // The title repeats the heading.
    if let Some((before, behind)) = rest.split_once("<title>")
        && let Some((_, behind)) = behind.split_once("</title>")
    {
        plain.push_str(before.split('<').next().unwrap_or_default());
        rest = behind;
    }
    while let Some((before, tag)) = rest.split_once('<') {
        plain.push_str(before);
        plain.push(' ');
        rest = tag.split_once('>').map_or("", |(_, behind)| behind);
    }
    plain.push_str(rest);
    for (written, meant) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        plain = plain.replace(written, meant);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(status: u16, content_type: &str, body: &str) -> Heard {
        Heard {
            status,
            content_type: content_type.to_owned(),
            wait: None,
            body: body.as_bytes().to_vec(),
        }
    }

    fn answer(status: u16, body: &str) -> Answer {
        of(&heard(status, "text/plain", body), &Credentials::token("pypi-hunter22"))
    }

    #[test]
    fn answers_are_told_apart_by_status_and_by_words() {
        assert_eq!(answer(200, ""), Answer::Taken);
        let exists = "400 File already exists ('x.whl', with blake2_256 hash 'ab'). See the help (#file-name-reuse)";
        assert!(matches!(answer(400, exists), Answer::Exists(_)));
        assert!(matches!(answer(409, "Package 'x.whl' already exists!"), Answer::Exists(_)));
        let used = "This filename has already been used, use a different version. See the help (#file-name-reuse)";
        assert!(matches!(answer(400, used), Answer::Deleted(_)));
        assert!(matches!(
            answer(400, "Only one sdist may be uploaded per release."),
            Answer::Refused(_)
        ));
        assert!(matches!(
            answer(403, "Invalid or non-existent authentication"),
            Answer::Unauthorized(_)
        ));
        assert!(
            matches!(answer(301, ""), Answer::Refused(refused) if refused.words.contains("slash"))
        );
        for status in [408, 425, 429, 500, 502, 503] {
            assert!(matches!(answer(status, "later"), Answer::Doubtful { .. }), "{status}");
        }
    }

    #[test]
    fn words_are_taken_out_of_json_and_html() {
        let said = |kind: &str, body: &str| words(&heard(400, kind, body), &SentSecrets::default());
        let json = r#"{"message": "The server could not comply with the request since it is either malformed or otherwise incorrect.<br /><br />\nFile &#x27;x&#x27; is bad", "code": "400 File 'x' is bad", "title": "Bad Request"}"#;
        assert_eq!(
            said("application/json", json),
            "File 'x' is bad; 400 File 'x' is bad; Bad Request"
        );
        let html =
            "<html><head><title>400 Bad</title></head><body><h1>400 Bad</h1>why</body></html>";
        assert_eq!(said("text/html", html), "400 Bad why");
    }

    #[test]
    fn what_an_index_says_is_short_obeys_nobody_and_holds_no_secret() {
        let hostile = format!("\u{1b}[31m\n::error::x\u{202e} pypi-hunter22 {}", "y".repeat(5000));
        let Answer::Refused(refused) = answer(400, &hostile) else { panic!("refused") };
        assert!(
            refused.words.starts_with("\\u{1b}[31m ::error::x\\u{202e} ***"),
            "{}",
            refused.words
        );
        assert!(refused.words.chars().count() <= MAX_WORDS + 1);
        assert!(!refused.words.contains("hunter"));
    }
}
