//! Links that are not valid.

use url::Url;

use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::{Document, Field, Headers};

/// The longest label of a link, in characters.
const MAX_LABEL: usize = 32;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP869",
    id: "metadata-url",
    severity: Severity::Error,
    summary: "Every link has a label of at most 32 characters and a web address.",
    protects: "whoever publishes: the index refuses the file.",
    details: "`Project-URL: Label, URL`; `Home-page` and `Download-URL` have no label. Addresses are http or https \
              (core metadata specification). They are not visited.",
    fails: ("text", "Project-URL: https://example.com/acme"),
    passes: ("text", "Project-URL: Homepage, https://example.com/acme"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    for field in metadata.value.all("Project-URL") {
        let (label, url) = match field.value.split_once(',') {
            Some((label, url)) => (label.trim(), url.trim()),
            None => ("", field.value.as_str()),
        };
        let fault = if label.is_empty() {
            Some("the link has no label".to_owned())
        } else if label.chars().count() > MAX_LABEL {
            Some(format!("the label `{label}` has more than {MAX_LABEL} characters"))
        } else {
            wrong_url(url)
        };
        findings.extend(fault.map(|message| finding(metadata, field, message)));
    }
    for name in ["Home-page", "Download-URL"] {
        let Some(field) = metadata.value.one(name) else { continue };
        if !field.value.is_empty() && field.value != "UNKNOWN" {
            findings
                .extend(wrong_url(&field.value).map(|message| finding(metadata, field, message)));
        }
    }
}

fn finding(metadata: &Document<Headers>, field: &Field, message: String) -> Finding {
    at_field(&RULE, metadata, field, message)
        .help("write it like `Homepage, https://example.com/acme`")
}

fn wrong_url(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let sound = url.is_some_and(|url| url.has_host()) && !text.contains(char::is_whitespace);
    (!sound).then(|| format!("`{text}` is not a web address"))
}
