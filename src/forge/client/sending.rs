//! Sends one request until the forge accepts it, waiting for limits and following redirects.

use std::sync::PoisonError;
use std::time::Duration;

use super::{Client, Request, Sent};
use crate::edge::network::proxy_to;
use crate::forge::account::{Spent, span};
use crate::forge::cache::Kept;
use crate::forge::credential;
use crate::forge::error::{ForgeError, ForgeErrorKind};
use crate::forge::meaning::{self, Meaning};
use crate::forge::transport::{Answer, Lost, MAX_BYTES, MAX_DOCUMENT_BYTES, Sending};

/// The most redirects that are followed.
const HOPS: usize = 3;

/// The most attempts to reach an unreachable forge.
const UNSENT: u32 = 3;

/// Waits shorter than this, in seconds, are not reported: they are the normal pace of writes.
const WORTH_TELLING: f64 = 5.0;

/// The hourly budget was used up whenever a request was sent again.
const USED_UP: &str = "the hourly limit of the token stays used up";

/// The forge refused a request as too soon whenever it was sent again.
const TOO_SOON: &str = "the forge keeps saying that requests come too soon";

/// What to do where an answer is larger than what is read of one.
const STAYS_LARGE: &str =
    "asking again does not help; read a clone with `--local DIR`, where the command takes one";

impl Client {
    /// Sends a request until the forge accepts it, waiting for limits and following redirects.
    pub(super) async fn send(
        &self,
        request: &Request,
        kept: Option<&Kept>,
    ) -> Result<Sent, ForgeError> {
        let mut path = request.path.clone();
        let mut hops = 0;
        let mut refusals = 0;
        let mut unsent = 0;
        let mut renewed = false;
        let mut moved = None;
        loop {
            self.admit(request).await?;
            let due = self.renewal_due();
            let answer = match self.exchange(request, &path, kept).await? {
                Ok(answer) => answer,
                Err(Lost::NotSent(why)) => {
                    unsent += 1;
                    if unsent >= self.limits().attempts.min(UNSENT) {
                        return Err(self.unreachable(request, &why));
                    }
                    self.pause(&request.label, unsent - 1, "the forge cannot be reached").await;
                    continue;
                }
                Err(Lost::Unanswered(why)) => {
                    let failed = ForgeError::new(ForgeErrorKind::Unavailable, &request.label, why);
                    return Ok(Sent::Doubtful(failed));
                }
                Err(Lost::TooLarge(why)) => {
                    let failed = ForgeError::new(ForgeErrorKind::Unavailable, &request.label, why);
                    let failed = failed.hint(STAYS_LARGE);
                    return Ok(Sent::Doubtful(ForgeError { is_too_much: true, ..failed }));
                }
            };
            match meaning::of(&answer, request.is_document) {
                Meaning::Done => {
                    self.with_governor(|governor| governor.calm(request.cost));
                    if let Some(from) = moved {
                        self.0.account.renamed(from, name_in(&answer.body));
                    }
                    return Ok(Sent::Answer(answer));
                }
                Meaning::Unchanged => {
                    self.with_governor(|governor| governor.calm(request.cost));
                    return Ok(Sent::Unchanged);
                }
                Meaning::Trouble(said) => {
                    let kind = ForgeErrorKind::Unavailable;
                    return Ok(Sent::Doubtful(self.failure(kind, request, &said, &answer)));
                }
                Meaning::Elsewhere { address, renamed } => {
                    hops += 1;
                    path = self.elsewhere(request, &address, hops)?;
                    if renamed {
                        moved = repository_in(&request.label);
                    }
                }
                Meaning::UsedUp => {
                    refusals += 1;
                    // The governor has read when the hourly budget resets. If the forge did not say, wait as for any
                    // other refusal.
                    let now = self.0.time.now();
                    if self.with_governor(|governor| governor.wait_for(request.cost, now)).is_none()
                    {
                        self.with_governor(|governor| governor.refused(None, now));
                    }
                    self.not_too_often(request, refusals, USED_UP)?;
                }
                Meaning::TooSoon(retry_after) => {
                    refusals += 1;
                    let now = self.0.time.now();
                    self.with_governor(|governor| governor.refused(retry_after, now));
                    self.not_too_often(request, refusals, TOO_SOON)?;
                }
                Meaning::Failed(ForgeErrorKind::Unauthorized, _)
                    if self.0.app.is_some() && !renewed =>
                {
                    renewed = true;
                    self.renew(Some(due)).await?;
                }
                Meaning::Failed(kind, said) => {
                    let failure = self.failure(kind, request, &said, &answer);
                    return Err(match self.is_anonymous() && kind.may_be_of_token() {
                        true => self.without_token(failure),
                        false => failure,
                    });
                }
            }
        }
    }

    /// Ends a request that was refused too often, and with it those that follow: what outlasted all waits of one
    /// request, others of its kind do not wait for as often.
    fn not_too_often(
        &self,
        request: &Request,
        refusals: u32,
        said: &str,
    ) -> Result<(), ForgeError> {
        let most = self.limits().refusals;
        let now = self.0.time.now();
        let lasting = self.with_governor(|governor| {
            if refusals <= most && !governor.has_given_up(request.cost) {
                return None;
            }
            governor.gives_up(request.cost);
            Some(governor.limited(request.cost, now).map(|limit| limit.seconds))
        });
        lasting.map_or(Ok(()), |seconds| Err(outlasted(request, said, seconds, now)))
    }

    /// A failure that a token may prevent, where none was given.
    fn without_token(&self, failure: ForgeError) -> ForgeError {
        let [first, second] = credential::variables_for(&self.0.address);
        // `gh` is not asked for a forge of this machine.
        let gh = match self.0.address.is_this_machine() {
            true => "",
            false => ", or log in with `gh auth login`",
        };
        // Which permission a token lacks is beside the point where there is no token.
        ForgeError { accepted: None, ..failure }
            .hint(format!("no token was given: set {first} or {second}{gh}"))
    }

    /// The failure of a request, without what was sent as a credential.
    pub(super) fn failure(
        &self,
        kind: ForgeErrorKind,
        request: &Request,
        said: &str,
        answer: &Answer,
    ) -> ForgeError {
        meaning::failure(kind, &request.label, said, answer, &self.sent_secrets())
    }

    /// Performs one exchange, and records it in the account and the governor.
    async fn exchange(
        &self,
        request: &Request,
        path: &str,
        kept: Option<&Kept>,
    ) -> Result<std::result::Result<Answer, Lost>, ForgeError> {
        if self.0.app.is_some() {
            self.renew(None).await?;
        }
        let transport = self.0.transport.read().await.clone();
        let sending = Sending {
            method: request.method.clone(),
            path,
            body: request.body.as_deref(),
            etag: kept.map(|kept| kept.etag.as_str()),
            at_most: if request.is_document { MAX_DOCUMENT_BYTES } else { MAX_BYTES },
        };
        let before = self.0.time.now();
        self.with_governor(|governor| governor.sent(request.cost, before));
        let began = std::time::Instant::now();
        let result = transport.exchange(&sending).await;
        let took = began.elapsed();
        let told = result.as_ref().map(meaning::told).unwrap_or_default();
        let after = self.0.time.now();
        self.with_governor(|governor| {
            governor.answered(request.cost, took.as_secs_f64(), told, after)
        });
        self.spent(request, result.as_ref().ok(), took);
        Ok(result)
    }

    /// Records an exchange in the account.
    pub(super) fn spent(&self, request: &Request, answer: Option<&Answer>, took: Duration) {
        let status = answer.map(|answer| answer.status);
        let cost =
            answer.filter(|_| request.is_document).and_then(|answer| graphql_cost(&answer.body));
        let spent = Spent {
            request: request.label.clone(),
            status,
            points: if status == Some(304) { 0 } else { cost.unwrap_or(request.cost.points) },
            bytes: answer.map_or(0, |answer| answer.body.len()),
            took,
        };
        self.0.account.enter(request.is_document, spent);
    }

    /// Waits until a request may be sent.
    async fn admit(&self, request: &Request) -> Result<(), ForgeError> {
        loop {
            let now = self.0.time.now();
            let outlasting = self.with_governor(|governor| {
                governor.limited(request.cost, now).filter(|_| governor.has_given_up(request.cost))
            });
            if let Some(limit) = outlasting {
                return Err(outlasted(request, limit.why, Some(limit.seconds), now));
            }
            let wait = self.with_governor(|governor| governor.wait_for(request.cost, now));
            let (seconds, why) = match wait {
                Some(wait) => (wait.seconds, wait.why),
                None if request.cost.creates > 0 => {
                    let limits = self.limits();
                    let mut creations =
                        self.0.creations.lock().unwrap_or_else(PoisonError::into_inner);
                    let seconds = creations.reserve(request.cost.creates, &limits, now);
                    if seconds == 0.0 {
                        return Ok(());
                    }
                    (
                        seconds,
                        "the forge limits how much new content it accepts per minute and per hour",
                    )
                }
                None => return Ok(()),
            };
            let patience = self.limits().patience;
            if seconds > patience {
                let said = format!("{why}; it would take {}", span(seconds.ceil() as u64));
                return Err(ForgeError::new(ForgeErrorKind::Limited, &request.label, said));
            }
            let duration = Duration::from_secs_f64(seconds);
            // The normal pace of writes is not cut short: what was begun is finished.
            if seconds < WORTH_TELLING {
                self.0.time.sleep(duration).await;
            } else {
                self.wait_unless_stopped(duration, why).await?;
            }
        }
    }

    /// Waits for a limit before anything is sent, until the user wants to stop.
    async fn wait_unless_stopped(&self, duration: Duration, why: &str) -> Result<(), ForgeError> {
        let stopped = || ForgeError::of_answer(ForgeErrorKind::Interrupted, "stopped by Ctrl-C");
        let Some(interrupt) = self.0.interrupt.get() else {
            self.0.account.waits(duration, why);
            self.0.time.sleep(duration).await;
            return Ok(());
        };
        if interrupt.is_asked() {
            return Err(stopped());
        }
        self.0.account.begins_to_wait(duration, why);
        let begun = self.0.time.now();
        tokio::select! {
            () = self.0.time.sleep(duration) => {
                self.0.account.waited(duration);
                Ok(())
            }
            () = interrupt.asked() => {
                let passed = Duration::try_from_secs_f64(self.0.time.now() - begun);
                self.0.account.waited(passed.unwrap_or_default().min(duration));
                Err(stopped())
            }
        }
    }

    /// Waits before a retry: one second, two, four, and so on up to 32.
    pub(super) async fn pause(&self, label: &str, attempt: u32, why: &str) {
        let duration = Duration::from_secs(1 << attempt.min(5));
        if duration.as_secs() >= 4 {
            self.0.account.waits(duration, &format!("{why} (`{label}`)"));
        }
        self.0.time.sleep(duration).await;
    }

    /// The path that a redirect points to, on the same host.
    fn elsewhere(
        &self,
        request: &Request,
        address: &str,
        hops: usize,
    ) -> Result<String, ForgeError> {
        let wrong =
            |said: &str| Err(ForgeError::new(ForgeErrorKind::Unintelligible, &request.label, said));
        if hops > HOPS {
            return wrong("it redirects too many times");
        }
        meaning::path_of(&self.0.address.origin(), address).or_else(wrong)
    }

    pub(super) fn unreachable(&self, request: &Request, why: &str) -> ForgeError {
        let address = &self.0.address;
        let proxy = url::Url::parse(&address.origin()).ok().and_then(|url| proxy_to(&url));
        let hint = match proxy {
            Some(variable) => format!(
                "{address} is reached through the proxy in {variable}: does the proxy answer?"
            ),
            None => format!("is {address} correct, and can this machine reach it?"),
        };
        ForgeError::new(ForgeErrorKind::Unreachable, &request.label, why).hint(hint)
    }
}

/// The failure of a request that a limit outlasts, which is known to last for so many seconds more.
fn outlasted(request: &Request, said: &str, seconds: Option<f64>, now: f64) -> ForgeError {
    let until = seconds.and_then(|seconds| minute_after(now + seconds));
    let until = until.map_or_else(String::new, |until| format!("; the limit lasts until {until}"));
    ForgeError::new(ForgeErrorKind::Limited, &request.label, format!("{said}{until}"))
}

/// The first full minute that is not before a time in seconds since 1970, in words.
fn minute_after(time: f64) -> Option<String> {
    let minute = ((time / 60.0).ceil() * 60.0) as i64;
    let minute = jiff::Timestamp::from_second(minute).ok()?;
    Some(minute.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// The repository that a REST request is about: `acme/api` for `GET /repos/acme/api/pulls`.
fn repository_in(label: &str) -> Option<String> {
    let (_, path) = label.split_once(" /repos/")?;
    let mut parts = path.split('/');
    Some(format!("{}/{}", parts.next()?, parts.next()?))
}

/// The repository name in an answer.
fn name_in(body: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Named {
        full_name: String,
    }
    let named: Named = serde_json::from_slice(body).ok()?;
    crate::fleet::RepositoryName::parse(&named.full_name, "").map(|name| name.to_string())
}

/// The cost that a GraphQL answer reports.
fn graphql_cost(body: &[u8]) -> Option<u32> {
    #[derive(serde::Deserialize)]
    struct Answer {
        data: Option<Data>,
    }
    #[derive(serde::Deserialize)]
    struct Data {
        #[serde(rename = "rateLimit")]
        rate_limit: Option<RateLimit>,
    }
    #[derive(serde::Deserialize)]
    struct RateLimit {
        cost: u32,
    }
    // Parses only the cost; the caller parses the answer itself.
    let answer: Answer = serde_json::from_slice(body).ok()?;
    Some(answer.data?.rate_limit?.cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_by_the_minute_after_which_it_is_over() {
        assert_eq!(minute_after(60.5).as_deref(), Some("1970-01-01 00:02 UTC"));
        assert_eq!(minute_after(120.0).as_deref(), Some("1970-01-01 00:02 UTC"));
        assert_eq!(minute_after(f64::INFINITY), None);
    }

    #[test]
    fn a_repository_is_known_by_its_name_and_not_by_the_request() {
        assert_eq!(repository_in("PATCH /repos/acme/api").as_deref(), Some("acme/api"));
        assert_eq!(repository_in("GET /repos/acme/api/pulls/7").as_deref(), Some("acme/api"));
        assert_eq!(repository_in("GET /rate_limit"), None);
        assert_eq!(repository_in("GraphQL heads"), None);
    }
}
