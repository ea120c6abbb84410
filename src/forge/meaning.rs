//! Interprets an answer: done, unchanged, redirected, too soon, retry, or failed.
//!
//! Rate limits take many forms: 403 or 429 with a header or with a sentence, or errors in a GraphQL document with
//! status 200 (docs.github.com, "Rate limits for the REST API: exceeding the rate limit"; the sentences are GitHub's
//! own).

use serde::Deserialize;

use super::error::{ForgeError, ForgeErrorKind};
use super::governor::Allowance;
use super::transport::Answer;
use crate::source::secrets::SentSecrets;

/// The most characters of a forge's message that are shown.
const MAX_SAID: usize = 600;

/// What to do about an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// The request succeeded.
    Done,
    /// The cached answer is still valid.
    Unchanged,
    /// The request is redirected to this address.
    Elsewhere {
        address: String,
        /// Whether permanently, as for a renamed repository.
        renamed: bool,
    },
    /// The request came too soon; retry after this many seconds, if the forge says so.
    TooSoon(Option<f64>),
    /// The hourly budget is used up.
    UsedUp,
    /// A server error. A write may have taken effect.
    Trouble(String),
    /// The request was refused.
    Failed(ForgeErrorKind, String),
}

/// The fields of an error body.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem {
    message: Option<String>,
    errors: Option<serde_json::Value>,
}

/// The limits that an answer's headers report.
pub(super) fn told(answer: &Answer) -> Allowance {
    let number = |name: &str| answer.header(name).and_then(|text| text.trim().parse::<u64>().ok());
    // The forge's clock and ours may differ, so the reset time is taken relative to the answer's `Date`.
    let now = answer.header("date").and_then(seconds_of);
    let until_reset = number("x-ratelimit-reset").zip(now).map(|(reset, now)| reset as f64 - now);
    Allowance { remaining: number("x-ratelimit-remaining"), until_reset }
}

/// Parses a `Date` header (RFC 9110, 5.6.7) into seconds since 1970.
fn seconds_of(date: &str) -> Option<f64> {
    let time = jiff::fmt::rfc2822::parse(date.trim()).ok()?;
    Some(time.timestamp().as_second() as f64)
}

/// Interprets an answer.
pub(super) fn of(answer: &Answer, is_document: bool) -> Meaning {
    let status = answer.status;
    let problem: Problem = match status {
        200..=299 if !is_document => return Meaning::Done,
        304 => return Meaning::Unchanged,
        301 | 302 | 307 | 308 => {
            return match answer.header("location") {
                Some(address) => Meaning::Elsewhere {
                    address: address.to_owned(),
                    renamed: matches!(status, 301 | 308),
                },
                None => Meaning::Failed(
                    ForgeErrorKind::Unintelligible,
                    "it redirects without an address".to_owned(),
                ),
            };
        }
        _ => serde_json::from_slice(&answer.body).unwrap_or_default(),
    };
    let said = in_words(&problem);
    if let Some(limited) = limit(answer, status, is_document, &problem, &said) {
        return limited;
    }
    match status {
        200..=299 => Meaning::Done,
        500.. => {
            Meaning::Trouble(if said.is_empty() { format!("it answered {status}") } else { said })
        }
        401 => Meaning::Failed(ForgeErrorKind::Unauthorized, said),
        403 if said.contains("archived") => Meaning::Failed(ForgeErrorKind::Archived, said),
        403 if said.contains("access blocked") || said.contains("disabled") => {
            Meaning::Failed(ForgeErrorKind::Disabled, said)
        }
        403 => Meaning::Failed(ForgeErrorKind::Forbidden, said),
        404 | 410 => Meaning::Failed(ForgeErrorKind::NotFound, said),
        409 => Meaning::Failed(ForgeErrorKind::Conflict, said),
        451 => Meaning::Failed(ForgeErrorKind::Disabled, said),
        405 => Meaning::Failed(ForgeErrorKind::Blocked, said),
        400 | 422 => Meaning::Failed(ForgeErrorKind::Invalid, said),
        _ => Meaning::Failed(ForgeErrorKind::Unintelligible, said),
    }
}

/// The path and query of a redirect, or why it is not followed.
pub(super) fn path_of(origin: &str, address: &str) -> Result<String, &'static str> {
    let nowhere = "it redirects without an address";
    let base = url::Url::parse(origin).map_err(|_| nowhere)?;
    let url = base.join(address).map_err(|_| nowhere)?;
    // A token must not be sent to another host.
    if url.origin() != base.origin() {
        return Err("it redirects to another host");
    }
    let path = url.path();
    Ok(url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
}

fn limit(
    answer: &Answer,
    status: u16,
    is_document: bool,
    problem: &Problem,
    said: &str,
) -> Option<Meaning> {
    let lower = said.to_lowercase();
    let speaks_of_it = lower.contains("secondary rate limit")
        || lower.contains("abuse detection")
        || lower.contains("submitted too quickly");
    let typed = is_document
        && problem.errors.as_ref().and_then(serde_json::Value::as_array).is_some_and(|errors| {
            errors.iter().any(|error| {
                let kind = error.get("type").or_else(|| error.pointer("/extensions/code"));
                kind.and_then(serde_json::Value::as_str) == Some("RATE_LIMITED")
            })
        });
    let refused = matches!(status, 403 | 429) || (is_document && status == 200 && typed);
    let refused = refused || (speaks_of_it && matches!(status, 200 | 422));
    if !refused {
        return None;
    }
    let retry_after = answer.header("retry-after").and_then(|text| text.trim().parse::<f64>().ok());
    if retry_after.is_some() {
        return Some(Meaning::TooSoon(retry_after.filter(|seconds| seconds.is_finite())));
    }
    if answer.header("x-ratelimit-remaining").map(str::trim) == Some("0") {
        return Some(Meaning::UsedUp);
    }
    (status == 429 || typed || speaks_of_it).then_some(Meaning::TooSoon(None))
}

/// The forge's message with nested errors, on one line.
fn in_words(problem: &Problem) -> String {
    let mut parts: Vec<String> = problem.message.iter().cloned().collect();
    for error in problem.errors.iter().flat_map(|errors| errors.as_array()).flatten() {
        let text = |key: &str| error.get(key).and_then(serde_json::Value::as_str);
        let part = match (error.as_str(), text("message"), text("field"), text("code")) {
            (Some(whole), ..) => whole.to_owned(),
            (_, Some(message), ..) => message.to_owned(),
            (_, _, Some(field), Some(code)) => {
                format!("{} {field}: {code}", text("resource").unwrap_or("field"))
            }
            _ => continue,
        };
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    let line: String = parts.join("; ");
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Creates the failure of a request. Forges and proxies may repeat what they were sent, so nothing of an answer gets
/// into an error but by here, by [`Data::masked`](super::graphql::Data::masked), or by what `Client` says of an answer that it
/// cannot read.
pub(super) fn failure(
    kind: ForgeErrorKind,
    request: &str,
    said: &str,
    answer: &Answer,
    sent: &SentSecrets,
) -> ForgeError {
    let accepted = answer
        .header("x-accepted-github-permissions")
        .filter(|_| kind.may_lack_permission())
        .map(|accepted| sent.masked(accepted));
    let hint = match (answer.header("x-oauth-scopes"), answer.header("x-accepted-oauth-scopes")) {
        (Some(has), Some(wants))
            if kind.may_lack_permission()
                && !wants.is_empty()
                && !wants.split(", ").any(|want| has.split(", ").any(|have| have == want)) =>
        {
            let has = match has.trim() {
                "" => "no scopes".to_owned(),
                has => format!("the scopes `{has}`"),
            };
            Some(sent.masked(&format!("the token has {has}, and this requires one of `{wants}`")))
        }
        _ => None,
    };
    ForgeError {
        kind,
        request: request.to_owned(),
        status: Some(answer.status),
        // Cut after it is masked: a part of a credential is not known as one.
        said: sent.masked(said).chars().take(MAX_SAID).collect(),
        accepted,
        hint,
        is_too_much: false,
    }
}

#[cfg(test)]
mod tests {
    use http::header::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        Answer { status, headers: map, body: body.as_bytes().to_vec() }
    }

    fn rest(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Meaning {
        of(&answer(status, headers, body), false)
    }

    #[test]
    fn every_form_of_a_limit_is_known() {
        let secondary = r#"{"message":"You have exceeded a secondary rate limit. Please wait."}"#;
        assert_eq!(rest(403, &[("retry-after", "7")], secondary), Meaning::TooSoon(Some(7.0)));
        assert_eq!(rest(429, &[], "{}"), Meaning::TooSoon(None));
        assert_eq!(rest(403, &[], secondary), Meaning::TooSoon(None));
        assert_eq!(
            rest(
                403,
                &[("x-ratelimit-remaining", "0")],
                r#"{"message":"API rate limit exceeded"}"#
            ),
            Meaning::UsedUp
        );
        let quickly = r#"{"message":"Validation Failed","errors":[{"resource":"PullRequest","code":"custom","field":"base","message":"was submitted too quickly"}]}"#;
        assert_eq!(rest(422, &[], quickly), Meaning::TooSoon(None));
        let typed = r#"{"data":null,"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}"#;
        assert_eq!(of(&answer(200, &[], typed), true), Meaning::TooSoon(None));
        assert_eq!(
            of(&answer(200, &[("x-ratelimit-remaining", "0")], typed), true),
            Meaning::UsedUp
        );
        // Text of a repository that speaks of limits is not one.
        let harmless = r#"{"data":{"text":"secondary rate limit"}}"#;
        assert_eq!(of(&answer(200, &[], harmless), true), Meaning::Done);
        assert_eq!(rest(200, &[("x-ratelimit-remaining", "0")], "{}"), Meaning::Done);
    }

    #[test]
    fn failures_have_their_kinds() {
        let kind = |status, body: &str| match rest(status, &[], body) {
            Meaning::Failed(kind, _) => kind,
            other => panic!("{status}: {other:?}"),
        };
        assert_eq!(kind(404, r#"{"message":"Not Found"}"#), ForgeErrorKind::NotFound);
        assert_eq!(
            kind(403, r#"{"message":"Repository was archived so is read-only."}"#),
            ForgeErrorKind::Archived
        );
        assert_eq!(
            kind(403, r#"{"message":"Resource not accessible"}"#),
            ForgeErrorKind::Forbidden
        );
        assert_eq!(kind(451, "{}"), ForgeErrorKind::Disabled);
        assert_eq!(
            kind(409, r#"{"message":"Git Repository is empty."}"#),
            ForgeErrorKind::Conflict
        );
        assert_eq!(kind(418, "not JSON"), ForgeErrorKind::Unintelligible);
        assert_eq!(rest(502, &[], "<html>"), Meaning::Trouble("it answered 502".to_owned()));
        assert_eq!(rest(304, &[], ""), Meaning::Unchanged);
    }

    #[test]
    fn nested_errors_are_told() {
        let body = r#"{"message":"Validation Failed","errors":[
            {"resource":"Issue","field":"title","code":"missing_field"},
            {"message":"Changes must be made\nthrough a pull request."}, "plain", 7]}"#;
        let Meaning::Failed(ForgeErrorKind::Invalid, said) = rest(422, &[], body) else { panic!() };
        assert_eq!(
            said,
            "Validation Failed; Issue title: missing_field; \
             Changes must be made through a pull request.; plain"
        );
    }

    #[test]
    fn the_forges_own_clock_counts() {
        let answer = answer(
            200,
            &[
                ("date", "Sat, 22 Nov 2025 08:26:40 GMT"),
                ("x-ratelimit-remaining", "3"),
                ("x-ratelimit-reset", "1763800060"),
            ],
            "",
        );
        assert_eq!(told(&answer), Allowance { remaining: Some(3), until_reset: Some(60.0) });
    }

    #[test]
    fn what_was_sent_is_masked_before_the_message_is_cut() {
        let token = "0123456789abcdef".repeat(3);
        let sent = SentSecrets::of(&token);
        let headers = [
            ("x-oauth-scopes", "0123456789abcdef0123456789abcdef0123456789abcdef"),
            ("x-accepted-oauth-scopes", "repo"),
            ("x-accepted-github-permissions", "0123456789abcdef0123456789abcdef0123456789abcdef"),
        ];
        let said = format!("{} you sent Bearer {token}", "x".repeat(MAX_SAID - 30));
        let answer = answer(403, &headers, "");
        let error = failure(ForgeErrorKind::Forbidden, "GET /x", &said, &answer, &sent);
        assert!(error.said.ends_with("Bearer ***"), "{error:?}");
        assert!(!format!("{error:?}").contains("01234"), "{error:?}");
    }

    #[test]
    fn a_scope_that_is_missing_is_named() {
        let answer = answer(
            404,
            &[("x-oauth-scopes", "repo, gist"), ("x-accepted-oauth-scopes", "workflow")],
            "{}",
        );
        let error =
            failure(ForgeErrorKind::NotFound, "PUT /x", "", &answer, &SentSecrets::default());
        assert_eq!(
            error.hint.as_deref(),
            Some("the token has the scopes `repo, gist`, and this requires one of `workflow`")
        );
        let answer = super::tests::answer(
            404,
            &[("x-oauth-scopes", ""), ("x-accepted-oauth-scopes", "repo")],
            "{}",
        );
        let error =
            failure(ForgeErrorKind::NotFound, "PUT /x", "", &answer, &SentSecrets::default());
        let says = "the token has no scopes, and this requires one of `repo`";
        assert_eq!(error.hint.as_deref(), Some(says));
    }
}
