//! Fetching and renewing a GitHub App's installation token, which expires after an hour.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use super::{Client, Request};
use crate::forge::app::AppCredential;
use crate::forge::credential;
use crate::forge::error::{ForgeError, ForgeErrorKind};
use crate::forge::governor::Cost;
use crate::forge::meaning::{self, Meaning};
use crate::forge::transport::{Lost, MAX_BYTES, Sending, Transport};

/// How many seconds before its expiry a token is renewed.
const EARLY: f64 = 300.0;

/// The forge's answer.
#[derive(serde::Deserialize)]
struct Fresh {
    token: String,
    expires_at: String,
    /// The permissions of the token: those of the installation.
    #[serde(default)]
    permissions: BTreeMap<String, String>,
}

/// Seconds to wait when the forge refuses a request as too soon without saying how long.
const PAUSE: f64 = 60.0;

/// The outcome of one attempt.
enum Tried {
    Fresh(Fresh),
    /// It failed but may succeed later; after the given number of seconds, if the forge said so.
    Later(ForgeError, Option<f64>),
}

impl Client {
    /// When the App's token is to be renewed.
    pub(super) fn renewal_due(&self) -> f64 {
        *self.0.renewal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The permissions that the forge gave the App with its token, such as `contents` with `read`; empty before the
    /// first request, and for any other credential, of which no forge says this.
    #[must_use]
    pub fn granted(&self) -> BTreeMap<String, String> {
        self.0.granted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Renews the App's token if there is none or it expires soon. `refused` is the due time of a token that the forge
    /// refused; of several requests refused with the same token, only the first one renews it.
    pub(super) async fn renew(&self, refused: Option<f64>) -> Result<(), ForgeError> {
        let Some(app) = &self.0.app else { return Ok(()) };
        let mut transport = self.0.transport.write().await;
        let due = self.renewal_due();
        let is_known = self.0.time.now() < due;
        if is_known && refused.is_none_or(|refused| refused != due) {
            return Ok(());
        }
        let path = format!("/app/installations/{}/access_tokens", app.installation());
        let request = self.rest(http::Method::POST, &path, None, Cost::READ);
        // Retried like any other request: one lost answer must not end a long run.
        let attempts = self.limits().attempts.max(1);
        let mut attempt = 0;
        let fresh = loop {
            match self.try_renewing(app, &request).await? {
                Tried::Fresh(fresh) => break fresh,
                Tried::Later(error, _) if attempt + 1 >= attempts => return Err(error),
                Tried::Later(error, None) => {
                    let why = match error.kind {
                        ForgeErrorKind::Unreachable => "the forge could not be reached",
                        _ => "the forge gave no token",
                    };
                    self.pause(&request.label, attempt, why).await;
                }
                Tried::Later(error, Some(seconds)) if seconds > self.limits().patience => {
                    return Err(error);
                }
                Tried::Later(_, Some(seconds)) => {
                    let duration = Duration::from_secs_f64(seconds.max(0.0));
                    self.0.account.waits(duration, "the forge asked for a pause");
                    self.0.time.sleep(duration).await;
                }
            }
            attempt += 1;
        };
        *transport = self.way(&fresh.token, &request)?;
        *self.0.granted.lock().unwrap_or_else(PoisonError::into_inner) = fresh.permissions;
        // An expiry that cannot be parsed counts as past: the next request renews again.
        let ends = fresh.expires_at.parse::<jiff::Timestamp>();
        let ends = ends.map_or(0.0, |ends| ends.as_second() as f64);
        *self.0.renewal.lock().unwrap_or_else(PoisonError::into_inner) = ends - EARLY;
        Ok(())
    }

    /// A transport that authenticates with a secret.
    fn way(&self, secret: &str, request: &Request) -> Result<Transport, ForgeError> {
        self.0.sent.lock().unwrap_or_else(PoisonError::into_inner).add(secret);
        Transport::new(&self.0.http, &self.0.address, Some(secret)).map_err(|error| {
            ForgeError::new(ForgeErrorKind::Unauthorized, &request.label, error.to_string())
        })
    }

    async fn try_renewing(
        &self,
        app: &AppCredential,
        request: &Request,
    ) -> Result<Tried, ForgeError> {
        let failed = |kind, said: String| ForgeError::new(kind, &request.label, said);
        let proof = app
            .proof(self.0.time.now() as u64)
            .map_err(|error| failed(ForgeErrorKind::Unauthorized, error.to_string()))?;
        let way = self.way(&proof, request)?;
        let sending = Sending {
            method: request.method.clone(),
            path: &request.path,
            body: Some("{}"),
            etag: None,
            at_most: MAX_BYTES,
        };
        let began = std::time::Instant::now();
        let result = way.exchange(&sending).await;
        self.spent(request, result.as_ref().ok(), began.elapsed());
        let answer = match result {
            Ok(answer) => answer,
            Err(Lost::NotSent(why)) => {
                return Ok(Tried::Later(self.unreachable(request, &why), None));
            }
            Err(Lost::Unanswered(why) | Lost::TooLarge(why)) => {
                return Ok(Tried::Later(failed(ForgeErrorKind::Unavailable, why), None));
            }
        };
        let later = |kind, said: String, seconds| {
            Ok(Tried::Later(self.failure(kind, request, &said, &answer), seconds))
        };
        let too_soon = || "the forge keeps saying that requests come too soon".to_owned();
        match meaning::of(&answer, false) {
            Meaning::Done => self.parsed(request, &answer.body).map(Tried::Fresh),
            Meaning::Trouble(said) => later(ForgeErrorKind::Unavailable, said, None),
            Meaning::TooSoon(seconds) => {
                later(ForgeErrorKind::Limited, too_soon(), Some(seconds.unwrap_or(PAUSE)))
            }
            Meaning::UsedUp => {
                let seconds = meaning::told(&answer).until_reset.map(|until| until + 1.0);
                later(ForgeErrorKind::Limited, too_soon(), Some(seconds.unwrap_or(PAUSE)))
            }
            // Whatever the reason (404 for an unknown installation, 403 for a suspended one), there is no token, and no
            // other request of this run will get one.
            Meaning::Failed(kind, said) => {
                let kind = match kind.may_lack_permission() {
                    true => ForgeErrorKind::Unauthorized,
                    false => kind,
                };
                let failure = self.failure(kind, request, &said, &answer);
                Err(failure.hint(format!(
                    "are the App, its installation and its key from this forge? {} names the installation",
                    credential::INSTALLATION_VARIABLE
                )))
            }
            Meaning::Unchanged | Meaning::Elsewhere { .. } => Err(failed(
                ForgeErrorKind::Unintelligible,
                "it gave no token, but redirected elsewhere".to_owned(),
            )),
        }
    }
}
