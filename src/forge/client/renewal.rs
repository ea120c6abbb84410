//! The token of a GitHub App, fetched and renewed: a long run outlives the hour that it is good for.

use std::sync::PoisonError;

use super::Client;
use crate::forge::error::{ForgeError, ForgeErrorKind};
use crate::forge::governor::Cost;
use crate::forge::transport::{Lost, Sending, Transport};
use crate::forge::verdict::{self, Verdict};

/// Seconds before its end at which a token is renewed.
const EARLY: f64 = 300.0;

/// What the forge answers.
#[derive(serde::Deserialize)]
struct Fresh {
    token: String,
    expires_at: String,
}

impl Client {
    /// A new token of the App, when there is none or it ends soon; `now` for one that is refused.
    pub(super) async fn renew(&self, at_once: bool) -> Result<(), ForgeError> {
        let Some(app) = &self.0.app else { return Ok(()) };
        let mut transport = self.0.transport.write().await;
        let now = self.0.time.now();
        let due = *self.0.renewal.lock().unwrap_or_else(PoisonError::into_inner);
        if now < due && !at_once {
            return Ok(());
        }
        let path = format!("/app/installations/{}/access_tokens", app.installation());
        let request = self.rest(http::Method::POST, &path, None, Cost::READ);
        let failed = |kind, said: String| ForgeError::new(kind, &request.label, said);
        let wrong = |error: &crate::Error| failed(ForgeErrorKind::Unauthorized, error.to_string());
        let proof = app.proof(now as u64).map_err(|error| wrong(&error))?;
        let way = Transport::new(&self.0.http, &self.0.address, Some(&proof))
            .map_err(|error| wrong(&error))?;
        let sending = Sending {
            method: request.method.clone(),
            path: &request.path,
            body: Some("{}"),
            etag: None,
        };
        let answer = way.exchange(&sending).await.map_err(|lost| match lost {
            Lost::NotSent(why) | Lost::Unanswered(why) => failed(ForgeErrorKind::Unavailable, why),
        })?;
        if let Verdict::Failed(kind, said) = verdict::of(&answer, false) {
            return Err(verdict::failure(kind, &request.label, said, &answer)
                .hint("are the App, its installation and its key those of this forge?"));
        }
        let fresh: Fresh = self.parsed(&request, &answer.body)?;
        *transport = Transport::new(&self.0.http, &self.0.address, Some(&fresh.token))
            .map_err(|error| wrong(&error))?;
        // A time that cannot be read counts as over: the next request renews again.
        let ends = fresh.expires_at.parse::<jiff::Timestamp>();
        let ends = ends.map_or(0.0, |ends| ends.as_second() as f64);
        *self.0.renewal.lock().unwrap_or_else(PoisonError::into_inner) = ends - EARLY;
        Ok(())
    }
}
