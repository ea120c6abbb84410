//! Identities: an issuer like that of GitHub Actions, and the token mint of an index.
//!
//! A proof is a JSON web token whose signature only its issuer knows: the mint accepts only what
//! the issuer issued, and only once. A minted token lasts some minutes by the sandbox's clock, and
//! is valid for the projects that have the job as a trusted publisher.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::Digest as _;

use super::Moment;
use super::seed::{FlawSeed, IndexSeed, JobSeed, KeySeed, PublisherSeed, TrustSeed};
use super::store::{Project, Store, normal};
use super::upload::Bearer;
use crate::digest::hexadecimal;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::reply::Reply;
use crate::sandbox::server::{Authorization, Incoming};

/// The issuer of GitHub's job identities.
const GITHUB: &str = "https://token.actions.githubusercontent.com";

/// The required audience of a proof.
const AUDIENCE: &str = "sandbox";

/// The lifetime of a proof, in seconds.
const PROOF_SECONDS: f64 = 300.0;

/// The default lifetime of a minted token, in seconds.
const TOKEN_SECONDS: f64 = 900.0;

/// The token with which a job requests its identity.
const REQUEST_TOKEN: &str = "sandbox-request-token";

#[derive(Clone, Debug)]
struct Proof {
    claims: Value,
    begins: f64,
    ends: f64,
    used: bool,
}

/// The issuer of job identities.
#[derive(Debug, Default)]
pub(super) struct Issuer {
    job: JobSeed,
    given: BTreeMap<String, Proof>,
}

impl Issuer {
    pub(super) fn wish(&mut self, wishes: &IndexSeed) {
        if let Some(job) = &wishes.job {
            self.job = job.clone();
        }
    }

    pub(super) fn request_token(&self) -> &'static str {
        REQUEST_TOKEN
    }

    /// Handles `GET /_oidc/token?audience=…`.
    pub(super) fn proof(&mut self, incoming: &Incoming, moment: Moment) -> Reply {
        let known = matches!(&incoming.authorization, Some(Authorization::Token(secret)) if secret == REQUEST_TOKEN);
        if !known || self.job.flaw == Some(FlawSeed::Withheld) {
            return Refusal::new(401, "The request is not authorized.").reply();
        }
        let number = self.given.len() + 1;
        let now = moment.now;
        let (begins, ends) = match self.job.flaw {
            Some(FlawSeed::Expired) => (now - 7200.0, now - 6900.0),
            Some(FlawSeed::Early) => (now + 3600.0, now + 3900.0),
            _ => (now, now + PROOF_SECONDS),
        };
        let audience = incoming.asked("audience").unwrap_or("https://github.com/acme");
        let mut claims = self.claims(audience, number);
        for (name, value) in [("iat", begins), ("nbf", begins), ("exp", ends)] {
            claims[name] = json!(value as i64);
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({"alg": "RS256", "typ": "JWT"})), part(&claims));
        let signature = URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(format!("{signed} {number}")));
        let mut proof = format!("{signed}.{signature}");
        let used = self.job.flaw == Some(FlawSeed::Used) && number == 1;
        self.given.insert(proof.clone(), Proof { claims, begins, ends, used });
        match self.job.flaw {
            Some(FlawSeed::Malformed) => "not-a-token".clone_into(&mut proof),
            Some(FlawSeed::Forged) => proof = format!("{signed}.Zm9yZ2Vk"),
            _ => {}
        }
        Reply::ok(json!({ "value": proof, "count": proof.len() }))
    }

    fn claims(&self, audience: &str, number: usize) -> Value {
        let job = &self.job;
        let repository = job.repository.as_deref().unwrap_or("acme/platform");
        let workflow = job.workflow.as_deref().unwrap_or("publish.yml");
        let owner = repository.split('/').next().unwrap_or_default();
        let reference = "refs/tags/runtime-v1";
        let top = format!("{repository}/.github/workflows/{workflow}@{reference}");
        let mut claims = json!({
            "jti": format!("proof-{number}"),
            "iss": job.issuer.as_deref().unwrap_or(GITHUB),
            "aud": audience,
            "sub": format!("repo:{repository}:ref:{reference}"),
            "repository": repository,
            "repository_owner": owner,
            "repository_owner_id": "1",
            "workflow_ref": top,
            "job_workflow_ref": job.called.clone().unwrap_or(top),
            "ref": reference,
            "sha": "0123456789abcdef0123456789abcdef01234567",
            "event_name": job.event.as_deref().unwrap_or("push"),
        });
        if let Some(environment) = &job.environment {
            claims["environment"] = json!(environment);
        }
        claims
    }
}

#[derive(Clone, Debug)]
struct Minted {
    secret: String,
    ends: f64,
    bearer: Bearer,
}

/// The mint of upload tokens.
#[derive(Debug)]
pub(super) struct Mint {
    keys: Vec<KeySeed>,
    trust: TrustSeed,
    publishers: Vec<PublisherSeed>,
    seconds: f64,
    minted: Vec<Minted>,
}

impl Default for Mint {
    fn default() -> Self {
        let key = KeySeed { name: "index".to_owned(), value: None, projects: None };
        Self {
            keys: vec![key],
            trust: TrustSeed::On,
            publishers: Vec::new(),
            seconds: TOKEN_SECONDS,
            minted: Vec::new(),
        }
    }
}

/// Returns the token as the client sends it.
fn value(key: &KeySeed) -> String {
    key.value.clone().unwrap_or_else(|| format!("pypi-sandbox-{}", key.name))
}

fn refused(code: &str, description: impl Into<String>) -> Reply {
    let error = json!({ "code": code, "description": description.into() });
    Reply::json(422, json!({ "message": "Token request failed", "errors": [error] }))
}

impl Mint {
    pub(super) fn wish(&mut self, wishes: &IndexSeed) {
        if let Some(keys) = &wishes.tokens {
            self.keys.clone_from(keys);
        }
        self.trust = wishes.trusted_publishing.unwrap_or(self.trust);
        if let Some(publishers) = &wishes.publishers {
            self.publishers.clone_from(publishers);
        }
        self.seconds = wishes.token_seconds.unwrap_or(self.seconds);
    }

    pub(super) fn first_key(&self) -> String {
        self.keys.first().map(value).unwrap_or_default()
    }

    /// Returns the number of minted tokens, but never the tokens.
    pub(super) fn shown(&self) -> Value {
        json!({ "minted": self.minted.len() })
    }

    /// Returns the bearer of a secret; the inner error says why it is not valid.
    pub(super) fn bearer(&self, secret: &str, now: f64) -> Option<Result<Bearer, &'static str>> {
        if let Some(key) = self.keys.iter().find(|key| value(key) == secret) {
            let projects =
                key.projects.as_ref().map(|all| all.iter().map(|it| normal(it)).collect());
            return Some(Ok(Bearer { name: key.name.clone(), projects, trusted: false }));
        }
        let minted = self.minted.iter().find(|minted| minted.secret == secret)?;
        Some(if now < minted.ends { Ok(minted.bearer.clone()) } else { Err("token is expired") })
    }

    /// Handles `GET /_/oidc/audience`.
    pub(super) fn audience(&self) -> Reply {
        match self.trust {
            TrustSeed::On | TrustSeed::IssuerOff => Reply::ok(json!({ "audience": AUDIENCE })),
            TrustSeed::Off => Reply::json(
                403,
                json!({ "message": "Trusted publishing functionality not enabled" }),
            ),
            TrustSeed::Absent => Refusal::not_found().reply(),
        }
    }

    /// Handles `POST /_/oidc/mint-token`.
    pub(super) fn token(
        &mut self,
        issuer: &mut Issuer,
        store: &mut Store,
        incoming: &Incoming,
        moment: Moment,
    ) -> Reply {
        match self.trust {
            TrustSeed::Absent => return Refusal::not_found().reply(),
            TrustSeed::Off => {
                return refused("not-enabled", "trusted publishing functionality not enabled");
            }
            TrustSeed::On | TrustSeed::IssuerOff => {}
        }
        let sent: Value = serde_json::from_slice(&incoming.body).unwrap_or_default();
        let Some(token) = sent.get("token").and_then(Value::as_str) else {
            return refused("invalid-payload", "token: Field required");
        };
        let Some(claims) = unverified(token) else {
            return refused("invalid-payload", "malformed JWT");
        };
        if claims.get("iss") != Some(&json!(GITHUB)) {
            return refused("invalid-payload", "unknown trusted publishing issuer");
        }
        if self.trust == TrustSeed::IssuerOff {
            return refused("not-enabled", "GitHub trusted publishing functionality not enabled");
        }
        let invalid = || refused("invalid-token", "malformed or invalid token");
        let Some(proof) = issuer.given.get_mut(token) else { return invalid() };
        let counts = moment.now >= proof.begins && moment.now < proof.ends;
        if !counts || proof.claims.get("aud") != Some(&json!(AUDIENCE)) {
            return invalid();
        }
        if std::mem::replace(&mut proof.used, true) {
            return refused("invalid-reuse-token", "invalid token: already used");
        }
        let claims = proof.claims.clone();
        self.mint(&claims, store, moment)
    }

    fn mint(&mut self, claims: &Value, store: &mut Store, moment: Moment) -> Reply {
        let known: Vec<&PublisherSeed> =
            self.publishers.iter().filter(|publisher| is_of(claims, publisher)).collect();
        if known.is_empty() {
            return refused(
                "invalid-publisher",
                "valid token, but no corresponding publisher (Publisher with matching claims was not found)",
            );
        }
        for pending in known.iter().filter(|publisher| publisher.pending) {
            let name = normal(&pending.project);
            if store.projects.contains_key(&name) {
                return refused(
                    "invalid-pending-publisher",
                    "valid token, but project already exists",
                );
            }
            store
                .projects
                .insert(name, Project { name: pending.project.clone(), ..Project::default() });
        }
        let projects = known.iter().map(|publisher| normal(&publisher.project)).collect();
        for publisher in &mut self.publishers {
            publisher.pending &= !is_of(claims, publisher);
        }
        let seed = format!("{} {}", self.minted.len(), moment.now);
        let secret = format!("pypi-{}", hexadecimal(&sha2::Sha256::digest(seed)));
        let ends = moment.now + self.seconds;
        let bearer = Bearer {
            name: "trusted publisher".to_owned(),
            projects: Some(projects),
            trusted: true,
        };
        self.minted.push(Minted { secret: secret.clone(), ends, bearer });
        Reply::ok(json!({ "success": true, "token": secret, "expires": ends as i64 }))
    }
}

fn unverified(token: &str) -> Option<Value> {
    let parts: Vec<&str> = token.split('.').collect();
    let [_, claims, _] = parts.as_slice() else { return None };
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

/// Whether claims match a publisher.
fn is_of(claims: &Value, publisher: &PublisherSeed) -> bool {
    let claim = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let lower = |text: &str| text.to_lowercase();
    let file = format!("{}/.github/workflows/{}@", publisher.repository, publisher.workflow);
    let environment = publisher.environment.as_deref().unwrap_or_default();
    let owner = publisher.repository.split('/').next().unwrap_or_default();
    // As on PyPI: the workflow file at the commit or the reference of the run, and no other.
    let at = claim("job_workflow_ref").split_once('@').map_or("", |(_, at)| at);
    lower(claim("repository")) == lower(&publisher.repository)
        && lower(claim("repository_owner")) == lower(owner)
        && lower(claim("job_workflow_ref")).starts_with(&lower(&file))
        && !at.is_empty()
        && (at == claim("ref") || at == claim("sha"))
        && (environment.is_empty() || lower(claim("environment")) == lower(environment))
        && claim("event_name") != "pull_request_target"
}
