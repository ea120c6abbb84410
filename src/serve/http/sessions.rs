//! Browser sessions: a random id in a cookie, kept in memory until it expires.
//!
//! Only digests of ids are kept. Each session has its own form token.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::Digest as _;

use crate::error::Result;
use crate::serve::secret::{Token, hex, random};

/// The lifetime of a session, used or not: a working day.
pub(super) const LASTS: Duration = Duration::from_secs(8 * 3600);
/// The most sessions at once; a new one replaces the oldest.
const MOST: usize = 1_000;

/// All sessions.
pub(super) struct Sessions(Mutex<HashMap<[u8; 32], Session>>);

struct Session {
    ends: Instant,
    form_token: String,
}

/// A session, as seen by its holder.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Bearer {
    id: [u8; 32],
    /// The token that its forms carry.
    pub(super) form_token: String,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer")
    }
}

impl Sessions {
    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    /// Starts a session. Returns the id for its cookie.
    pub(super) fn begin(&self, now: Instant) -> Result<String> {
        let id = hex(&random::<32>()?);
        let form_token = hex(&random::<32>()?);
        self.with(|sessions| {
            sessions.retain(|_, session| session.ends > now);
            if sessions.len() >= MOST {
                let oldest = sessions.iter().min_by_key(|(_, session)| session.ends);
                let oldest = oldest.map(|(id, _)| *id);
                oldest.map(|oldest| sessions.remove(&oldest));
            }
            sessions.insert(digest(&id), Session { ends: now + LASTS, form_token });
        });
        Ok(id)
    }

    /// The session with a cookie's id, if it has not expired.
    pub(super) fn of(&self, id: &str, now: Instant) -> Option<Bearer> {
        let id = digest(id);
        self.with(|sessions| {
            let session = sessions.get(&id).filter(|session| session.ends > now)?;
            Some(Bearer { id, form_token: session.form_token.clone() })
        })
    }

    /// Ends a session.
    pub(super) fn end(&self, bearer: &Bearer) {
        self.with(|sessions| sessions.remove(&bearer.id));
    }

    /// The number of live sessions.
    pub(super) fn count(&self, now: Instant) -> usize {
        self.with(|sessions| sessions.values().filter(|session| session.ends > now).count())
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<[u8; 32], Session>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Bearer {
    /// A bearer without a session, for servers that require no token.
    pub(super) fn without_session(form_token: String) -> Self {
        Self { id: [0; 32], form_token }
    }

    /// Whether a form carries this session's token, compared in constant time.
    pub(super) fn made(&self, form_token: &str) -> bool {
        Token::of(self.form_token.as_bytes()).is_ok_and(|token| token.is(form_token.as_bytes()))
    }
}

/// Ids are random and long, so looking their digests up in variable time reveals nothing.
fn digest(id: &str) -> [u8; 32] {
    sha2::Sha256::digest(id).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_known_until_it_ends() {
        let (sessions, now) = (Sessions::new(), Instant::now());
        let id = sessions.begin(now).expect("random numbers");
        let bearer = sessions.of(&id, now).expect("a session");
        assert!(bearer.made(&bearer.form_token) && !bearer.made("") && !bearer.made(&id));
        assert!(sessions.of("another", now).is_none());
        assert!(sessions.of(&id, now + LASTS).is_none());
        sessions.end(&bearer);
        assert!(sessions.of(&id, now).is_none());
    }

    #[test]
    fn sessions_are_bounded_and_the_oldest_ends_first() {
        let (sessions, now) = (Sessions::new(), Instant::now());
        let begin = |after: u64| sessions.begin(now + Duration::from_millis(after)).expect("one");
        let first = begin(0);
        let second = begin(1);
        (2..=MOST as u64).for_each(|after| drop(begin(after)));
        let late = now + Duration::from_secs(2);
        assert!(sessions.of(&first, late).is_none() && sessions.of(&second, late).is_some());
        assert_eq!(sessions.count(late), MOST);
        begin(1_000 * LASTS.as_secs() + 2_000);
        assert_eq!(sessions.count(now + LASTS + Duration::from_secs(3)), 1);
    }
}
