//! Every refusal on the way to a token: its meaning and the next step. Pure.
//!
//! The codes are PyPI's (its documentation, "Troubleshooting", and warehouse's `oidc/views.py`).

use serde::Deserialize;
use url::Url;

use super::super::upload::words;
use super::{Claims, Difference, Identity, NoToken};
use crate::edge::network::{Fault, Heard, shown};
use crate::edge::terminal::visible_line;
use crate::error::Error;
use crate::source::secrets::SentSecrets;

/// The difference between clocks, in seconds, beyond which one of them is reported as wrong.
const SKEW: i64 = 120;

const INSTEAD: &str = "or use an API token of the index: SHIPSHAPE_UPLOAD_PASSWORD";

/// The proof is for another job than the index expects.
pub(super) fn of_claims(differences: &[Difference], claims: &Claims) -> Error {
    let first = differences.first().map_or("", |difference| difference.field);
    let mut error = Error::failed(format!(
        "this job is not the publisher that fleet.yaml names: `{first}` differs"
    ));
    for Difference { field, wanted, found } in differences {
        error = error.caused_by(format!("`{field}` is {found}, and should be {wanted}"));
    }
    for Difference { field, .. } in differences {
        let hint = match *field {
            "event_name" => {
                "publish from a push, a release or `workflow_dispatch`: an index accepts nothing from `pull_request_target`"
            }
            "environment" => {
                "name it in the job: `environment: NAME`; or correct `publisher.environment`, here and on the index"
            }
            "job_workflow_ref" if claims.is_reusable() => {
                "the job is in a reusable workflow, and an index compares that one: move the job to the workflow that \
                 is named, or name the reusable one"
            }
            "job_workflow_ref" => {
                "publish from the workflow that is named; or correct `publisher.workflow`, here and on the index"
            }
            _ => {
                "publish from that repository; or correct `publisher.repository`, here and on the index"
            }
        };
        if !error.hints().iter().any(|known| known == hint) {
            error = error.hint(hint);
        }
    }
    error
}

/// The proof is for another index than the one to publish to.
pub(super) fn of_audience_claim(identity: &Identity, claims: &Claims, audience: &str) -> Error {
    let wanted: String = audience.chars().take(200).flat_map(char::escape_debug).collect();
    let from = identity.variable().map(|name| format!(" in {name}")).unwrap_or_default();
    Error::failed(format!("the proof of identity{from} is for another index: `aud` differs"))
        .caused_by(format!("`aud` is `{}`, but this index requires `{wanted}`", claims.audience()))
        .hint(format!("let CI put one with the audience `{wanted}` in SHIPSHAPE_ID_TOKEN"))
        .hint(INSTEAD)
}

/// The index did not provide the audience for a proof.
pub(super) fn of_audience(url: &Url, fault: &Fault) -> NoToken {
    let cause = format!("{}: {fault}", shown(url));
    let lasting = |message: &str, hint: &str| {
        NoToken::Lasting(Error::failed(message).caused_by(&cause).hint(hint))
    };
    match fault {
        Fault::Status { code: 403, .. } => lasting(
            "the index has switched Trusted Publishing off",
            "wait until it is on again, or use an API token of the index: SHIPSHAPE_UPLOAD_PASSWORD",
        ),
        Fault::Status { code: 404 | 405 | 410, .. } => lasting(
            "the index does not support Trusted Publishing",
            "use an API token of the index: SHIPSHAPE_UPLOAD_PASSWORD (and SHIPSHAPE_UPLOAD_USERNAME)",
        ),
        Fault::Status { code, .. } if *code != 429 && *code < 500 => {
            lasting("the index does not offer Trusted Publishing", INSTEAD)
        }
        Fault::Refused(..) => lasting("the index cannot be asked for Trusted Publishing", INSTEAD),
        _ => NoToken::Passing(
            Error::failed("the index cannot be asked for Trusted Publishing").caused_by(cause),
        ),
    }
}

#[derive(Deserialize)]
struct Refused {
    #[serde(default)]
    errors: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(default)]
    code: String,
    #[serde(default)]
    description: String,
}

/// The index minted no token.
pub(super) fn of_mint(
    heard: &Heard,
    proof: &str,
    claims: &Claims,
    now: i64,
    renewable: bool,
) -> NoToken {
    let details: Vec<Detail> =
        serde_json::from_slice::<Refused>(&heard.body).map(|it| it.errors).unwrap_or_default();
    let sent = SentSecrets::of(proof);
    let mut error = Error::failed("the index gives this job no token");
    for Detail { code, description } in &details {
        let said = sent.masked(&format!("{code}: {description}"));
        error = error.caused_by(visible_line(&said).chars().take(600).collect::<String>());
    }
    if details.is_empty() {
        let said = words(heard, &sent);
        error = error.caused_by(format!("it answered {}: {said}", heard.status));
    }
    if heard.status == 429 || heard.status >= 500 {
        return NoToken::Passing(error.hint("the index is failing; try again later"));
    }
    let has = |code: &str| details.iter().any(|detail| detail.code == code);
    if has("invalid-reuse-token") {
        return if renewable {
            NoToken::Passing(
                error.hint("a proof of identity can be used once; the next run requests a new one"),
            )
        } else {
            NoToken::Lasting(error.hint(
                "a proof of identity can be used once, and this CI gives one to each job: run the job again",
            ))
        };
    }
    NoToken::Lasting(if has("invalid-publisher") {
        let error = claims.listed().into_iter().fold(error, Error::caused_by);
        error.hint("compare these with the publisher that the index has for the project: one of them differs")
            .hint("a new project needs a \"pending publisher\" on the index first")
    } else if has("invalid-pending-publisher") {
        error.hint(
            "the project already exists: add the publisher in the project's settings on the index",
        )
    } else if has("not-enabled") {
        error.hint("the index has switched this off; wait until it is on again").hint(INSTEAD)
    } else if has("invalid-payload") {
        error.hint("does the index accept this CI as an issuer of identities?").hint(INSTEAD)
    } else if has("invalid-token") {
        let error = match clock(claims, now) {
            Some(words) => error.caused_by(words),
            None => error,
        };
        error.hint("is the proof for this index, and still valid? Correct the clock of this machine, and run the command again")
    } else {
        error.hint(INSTEAD)
    })
}

/// What the times of a proof reveal about this machine's clock, if anything.
fn clock(claims: &Claims, now: i64) -> Option<String> {
    let begins = claims.moment("nbf").or_else(|| claims.moment("iat"));
    if let Some(begins) = begins.filter(|begins| *begins > now + SKEW) {
        return Some(format!(
            "by this machine's clock the proof becomes valid in {} seconds",
            begins - now
        ));
    }
    let ends = claims.moment("exp").filter(|ends| *ends < now - SKEW)?;
    Some(format!("by this machine's clock the proof expired {} seconds ago", now - ends))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    fn claims(value: &serde_json::Value) -> Claims {
        let encoded = URL_SAFE_NO_PAD.encode(value.to_string());
        Claims::read(&format!("e30.{encoded}.c2ln")).expect("claims")
    }

    fn minted(status: u16, body: &str, renewable: bool) -> NoToken {
        let heard = Heard {
            status,
            content_type: "application/json".to_owned(),
            wait: None,
            body: body.as_bytes().to_vec(),
        };
        let claims = claims(&serde_json::json!({"repository": "acme/x", "exp": 1000, "nbf": 500}));
        of_mint(&heard, "the.proof.itself", &claims, 5000, renewable)
    }

    fn refused(code: &str) -> String {
        format!(
            r#"{{"message": "Token request failed", "errors": [{{"code": "{code}", "description": "the.proof.itself\u001b"}}]}}"#
        )
    }

    #[test]
    fn every_code_has_a_next_step_of_its_own_and_repeats_no_secret() {
        let codes = [
            "invalid-publisher",
            "invalid-pending-publisher",
            "not-enabled",
            "invalid-payload",
            "invalid-token",
            "unheard-of",
        ];
        let mut steps = Vec::new();
        for code in codes {
            let NoToken::Lasting(error) = minted(422, &refused(code), true) else {
                panic!("{code}")
            };
            let text = format!("{error:?}");
            assert!(!text.contains("the.proof.itself") && text.contains(code), "{text}");
            steps.push(error.hints().join(" "));
        }
        steps.sort();
        steps.dedup();
        assert_eq!(steps.len(), codes.len());
    }

    #[test]
    fn a_proof_that_was_used_is_renewed_where_ci_gives_a_new_one() {
        let used = refused("invalid-reuse-token");
        assert!(matches!(minted(422, &used, true), NoToken::Passing(_)));
        assert!(matches!(minted(422, &used, false), NoToken::Lasting(_)));
        assert!(matches!(minted(503, "later", true), NoToken::Passing(_)));
    }

    #[test]
    fn a_clock_that_is_wrong_is_said() {
        let at = |now| clock(&claims(&serde_json::json!({"exp": 1900, "nbf": 1000})), now);
        assert_eq!(at(1500), None);
        assert!(at(100).expect("behind").contains("becomes valid in 900 seconds"));
        assert!(at(9900).expect("ahead").contains("expired 8000 seconds ago"));
    }

    #[test]
    fn a_reusable_workflow_has_a_hint_of_its_own() {
        let called = claims(
            &serde_json::json!({"job_workflow_ref": "a/b/x.yml@r", "workflow_ref": "c/d/y.yml@r"}),
        );
        let differences =
            [Difference { field: "job_workflow_ref", wanted: "`w`".into(), found: "`f`".into() }];
        let error = of_claims(&differences, &called);
        assert!(error.message().contains("`job_workflow_ref` differs"));
        assert!(error.hints()[0].contains("reusable workflow"));
    }
}
