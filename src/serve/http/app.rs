//! The state that all requests share.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use tokio::sync::watch;

use super::budget::Budget;
use super::guard::Names;
use super::metrics::{Event, Metrics};
use super::rates::Rates;
use super::sessions::{Bearer, Sessions};
use crate::error::Result;
use crate::images::by_runtime::ByRuntime;
use crate::serve::Teller;
use crate::serve::deliveries::Inbox;
use crate::serve::facts::{Facts, Members};
use crate::serve::judging::Judging;
use crate::serve::known::Known;
use crate::serve::options::{Options, Role};
use crate::serve::pages::{Pages, Standing};
use crate::serve::refresh::{RefreshRequest, Refresher, Refreshing, told};
use crate::serve::secret::{hex, random};

/// The server's state.
pub(super) struct App {
    pub(super) options: Options,
    pub(super) names: Names,
    pub(super) rates: Rates,
    /// Limits wrong credentials per address.
    pub(super) wrong: Rates,
    pub(super) sessions: Sessions,
    pub(super) metrics: Metrics,
    pub(super) pages: Pages,
    pub(super) judging: Judging,
    pub(super) refreshing: Option<Arc<Refreshing>>,
    pub(super) inbox: Option<Arc<Mutex<Inbox>>>,
    /// Notified on each delivery that asks for something.
    pub(super) delivered: watch::Sender<()>,
    /// Limits the bytes of deliveries that are read at once.
    pub(super) budget: Arc<Budget>,
    pub(super) facts: Arc<dyn Facts>,
    pub(super) tell: Teller,
    pub(super) ending: AtomicBool,
    known: Mutex<Known>,
    /// Locked while pages are rendered, so that they appear in the order of the changes.
    making: Mutex<()>,
    /// The form token where nobody signs in. Other sites' pages cannot read it.
    open: Bearer,
}

/// The caller of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// A program with the token.
    Token,
    /// A person who signed in, or anybody if no token is required.
    Person(Bearer),
    /// A caller with a wrong token.
    Wrong,
    /// A caller without credentials.
    Nobody,
}

/// Wrong credentials that one address may present: per second, and as a burst.
const WRONG: (f64, f64) = (0.2, 20.0);

impl App {
    pub(super) fn new(
        options: Options,
        address: SocketAddr,
        facts: Arc<dyn Facts>,
        refresher: Option<Arc<dyn Refresher>>,
        tell: Teller,
    ) -> Result<Self> {
        let rate = f64::from(options.limits.rate.max(1));
        let inbox = match &options.deliveries {
            Some(file) if options.has(Role::Webhooks) => {
                Some(Arc::new(Mutex::new(Inbox::open(file)?)))
            }
            _ => None,
        };
        let refreshing = refresher.filter(|_| options.has(Role::Images)).map(Refreshing::new);
        let app = Self {
            names: Names::new(address, &options.hosts),
            rates: Rates::new(rate, rate * 2.0),
            wrong: Rates::new(WRONG.0, WRONG.1),
            sessions: Sessions::new(),
            metrics: Metrics::default(),
            pages: Pages::new()?,
            judging: Judging::new(options.every),
            refreshing,
            inbox,
            delivered: watch::Sender::new(()),
            budget: Budget::new(options.limits.deliveries_bytes),
            facts,
            tell,
            ending: AtomicBool::new(false),
            known: Mutex::default(),
            making: Mutex::default(),
            open: Bearer::without_session(hex(&random::<32>()?)),
            options,
        };
        Ok(app)
    }

    /// Records a change and renders the pages again. Must not be called on threads that serve requests.
    pub(super) fn learn(&self, change: impl FnOnce(&mut Known)) {
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        // Release the lock before rendering: requests read what is known without waiting for pages.
        let known = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut known);
            known.clone()
        };
        let standing = Standing {
            signs_in: !self.options.tokenless,
            refreshes_images: self.refreshing.is_some(),
            refreshing: self.refreshing.as_ref().map_or(0, |refreshing| refreshing.busy()),
        };
        if let Err(error) = self.pages.renew(&known, standing) {
            (self.tell)(&error.to_string());
        }
    }

    /// A copy of what is known.
    pub(super) fn known(&self) -> Known {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The members of the fleet, as last read.
    pub(super) fn members(&self) -> Arc<Members> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.members.clone().unwrap_or_default()
    }

    /// Refreshes images and records the outcome. `asked_by` is named in the log.
    pub(super) async fn refresh(
        self: &Arc<Self>,
        refreshing: &Arc<Refreshing>,
        request: &RefreshRequest,
        anew: bool,
        asked_by: &str,
    ) -> (Arc<ByRuntime>, bool) {
        let (outcome, joined) = refreshing.run(request, anew).await;
        if !joined {
            let failed = outcome.runtimes.iter().filter(|one| one.failure.is_some()).count();
            let well = outcome.failure.is_none() && failed == 0;
            self.metrics.count(Event::Refreshes, if well { "whole" } else { "not whole" });
            told(request, &outcome, asked_by).iter().for_each(|line| (self.tell)(line));
            let (app, request, at) = (Arc::clone(self), request.clone(), self.facts.now());
            let entered = Arc::clone(&outcome);
            // Rendering takes longer than answering, and the caller does not need the pages.
            tokio::task::spawn_blocking(move || {
                let images = app.facts.images().map(Arc::from);
                app.learn(|known| {
                    known.was_refreshed(&at, &request, &entered);
                    known.images = Some((at, images));
                });
            });
        }
        (outcome, joined)
    }

    /// Whether the server is shutting down.
    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// Identifies the caller of a request.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Caller {
        if let Some(authorization) = headers.get(AUTHORIZATION) {
            let presented = bearer(authorization.as_bytes());
            let token = self.options.token.as_ref();
            return match (token, presented) {
                (Some(token), Some(presented)) if token.is(presented) => Caller::Token,
                (None, _) if self.options.tokenless => Caller::Person(self.open.clone()),
                _ => Caller::Wrong,
            };
        }
        if self.options.tokenless {
            return Caller::Person(self.open.clone());
        }
        let session = cookie(headers, self.cookie_name());
        match session.and_then(|id| self.sessions.of(id, Instant::now())) {
            Some(bearer) => Caller::Person(bearer),
            None => Caller::Nobody,
        }
    }

    /// The name of the session cookie. Browsers accept the `__Host-` prefix over https and for this host only.
    pub(super) fn cookie_name(&self) -> &'static str {
        if self.options.https { "__Host-shipshape" } else { "shipshape" }
    }
}

/// The token of a `Bearer` authorization (RFC 6750).
pub(super) fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, presented) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(presented)
}

/// The value of a cookie. If the name occurs twice, neither is trusted: one may have been set by another page.
pub(super) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs =
        all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(named, _)| *named == name).map(|(_, value)| value);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name_and_only_once() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, value.parse().expect("a value"));
            cookie(&headers, "shipshape").map(str::to_owned)
        };
        assert_eq!(of("a=1; shipshape=abc; b=2").as_deref(), Some("abc"));
        assert_eq!(of("xshipshape=abc"), None);
        assert_eq!(of("shipshape=abc; shipshape=def"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn a_bearer_is_of_its_scheme() {
        assert_eq!(bearer(b"Bearer abc"), Some(&b"abc"[..]));
        assert_eq!(bearer(b"bearer abc"), Some(&b"abc"[..]));
        assert_eq!(bearer(b"Basic abc"), None);
        assert_eq!(bearer(b"Bear"), None);
    }
}
