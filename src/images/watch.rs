//! Brings what changed in the registry since the last look to this host.
//!
//! A look is a HEAD request with the ETag of the last answer. The first look at an image only records the answer, since
//! the image that is here may be intentional. A change is due until it has been brought here, which makes up for runs
//! that were killed or failed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::memory::Seen;
use super::outcome::{Failure, Outcome};
use super::refresh::{self, refresh};
use super::{Host, Listener, Runtime};
use crate::edge::concurrent::together;
use crate::error::Result;
use crate::registry::{Head, Refusal};

/// The result of a look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Runtimes looked at for the first time.
    pub seeded: Vec<String>,
    /// Runtimes without a change.
    pub unchanged: Vec<String>,
    /// Runtimes with a change that was brought here, or should have been.
    pub moved: Vec<String>,
    /// Failures to look.
    pub unseen: Vec<Failure>,
    /// The outcome of bringing the changes here.
    pub outcome: Outcome,
}

/// The result for one image.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Glance {
    First(Seen),
    Same,
    /// It changed, now or before, and is not here yet.
    Owed(Seen),
}

/// Compares an answer with the last one. A `head` of `None` means "not modified", which is invalid for a first look.
fn glance(seen: Option<&Seen>, head: Option<Head>) -> Option<Glance> {
    Some(match (seen, head) {
        (None, None) => return None,
        (None, Some(Head { digest, etag })) => Glance::First(Seen { digest, etag, due: false }),
        (Some(seen), Some(Head { digest, etag })) if seen.digest != digest => {
            Glance::Owed(Seen { digest, etag, due: true })
        }
        (Some(seen), _) if seen.due => Glance::Owed(seen.clone()),
        (Some(_), _) => Glance::Same,
    })
}

/// Looks once, and brings the changes here.
///
/// # Errors
/// When the memory cannot be read or written. Other failures are in the round, and stay due.
pub async fn round(host: &Host, request: &refresh::Request, listener: &Listener) -> Result<Round> {
    let known = host.memory.read()?;
    let asked = together(request.at_once, request.runtimes.clone(), |runtime: Runtime| {
        let registry = host.registry.clone();
        let seen = known.image(&runtime.image).seen;
        async move {
            let etag = seen.as_ref().and_then(|seen| seen.etag.clone());
            let head = registry.head(&runtime.image, etag.as_deref()).await;
            (runtime, seen, head)
        }
    });
    let mut round = Round::default();
    let (mut marks, mut owed): (Vec<(Runtime, Seen)>, Vec<Runtime>) = Default::default();
    for (runtime, seen, head) in asked.await.into_iter().flatten() {
        let slug = runtime.slug.clone();
        let glanced = head.map(|head| glance(seen.as_ref(), head));
        match glanced {
            Ok(Some(Glance::First(seen))) => {
                round.seeded.push(slug);
                marks.push((runtime, seen));
            }
            Ok(Some(Glance::Same)) => round.unchanged.push(slug),
            Ok(Some(Glance::Owed(seen))) => {
                round.moved.push(slug);
                owed.push(runtime.clone());
                marks.push((runtime, seen));
            }
            Ok(None) => round.unseen.push(Failure::of_registry(&slug, &unasked(&runtime))),
            Err(refusal) => round.unseen.push(Failure::of_registry(&slug, &refusal)),
        }
    }
    // Recorded before pulling, so that changes are due whatever happens.
    if !marks.is_empty() {
        keep(host, marks).await?;
    }
    if owed.is_empty() {
        return Ok(round);
    }
    let wanted = refresh::Request { runtimes: owed.clone(), ..request.clone() };
    round.outcome = refresh(host, &wanted, listener).await?;
    let failed = round.outcome.failed.iter().map(|it| it.runtime.as_str());
    // Changes of held runtimes stay due until released.
    let held = round.outcome.held.iter().map(|it| it.runtime.as_str());
    let left: BTreeSet<&str> = failed.chain(held).collect();
    let done = owed.into_iter().filter(|runtime| !left.contains(runtime.slug.as_str()));
    let done: Vec<Runtime> = done.collect();
    let settled = host.memory.change_apart(move |known| {
        for runtime in done {
            if let Some(seen) = &mut known.entry(&runtime.image).seen {
                seen.due = false;
            }
        }
    });
    settled.await?;
    Ok(round)
}

fn unasked(runtime: &Runtime) -> Refusal {
    Refusal {
        kind: crate::registry::RefusalKind::Unsound,
        image: runtime.image.to_string(),
        why: "it answered that nothing has changed, without being asked".to_owned(),
    }
}

async fn keep(host: &Host, marks: Vec<(Runtime, Seen)>) -> Result<()> {
    let kept = host.memory.change_apart(move |known| {
        for (runtime, seen) in marks {
            known.entry(&runtime.image).seen = Some(seen);
        }
    });
    kept.await
}

/// Backoff for failing runtimes: the wait doubles with each consecutive failure.
#[derive(Clone, Debug, Default)]
pub struct Patience {
    waits: BTreeMap<String, Wait>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Wait {
    failures: u32,
    rounds: u32,
}

/// Maximum number of doublings: at most 32 intervals between attempts.
const MOST_DOUBLINGS: u32 = 5;

impl Patience {
    /// Whether a runtime is due in this round; must be called once per round.
    pub fn is_ready(&mut self, runtime: &str) -> bool {
        let Some(wait) = self.waits.get_mut(runtime) else { return true };
        wait.rounds = wait.rounds.saturating_sub(1);
        wait.rounds == 0
    }

    /// Records the result of a round.
    pub fn note(&mut self, round: &Round) {
        let failed: Vec<&str> = round
            .unseen
            .iter()
            .chain(&round.outcome.failed)
            .map(|it| it.runtime.as_str())
            .collect();
        for runtime in round.seeded.iter().chain(&round.unchanged).chain(&round.moved) {
            if !failed.contains(&runtime.as_str()) {
                self.waits.remove(runtime);
            }
        }
        let mut told: Vec<&str> = failed;
        told.sort_unstable();
        told.dedup();
        for runtime in told {
            let wait = self.waits.entry(runtime.to_owned()).or_default();
            wait.failures = wait.failures.saturating_add(1);
            wait.rounds = 1 << wait.failures.min(MOST_DOUBLINGS);
        }
    }
}

/// Varies an interval by up to a tenth, so that hosts that were started together do not stay in step. `chance` is any
/// number.
#[must_use]
pub fn jittered(interval: Duration, chance: u64) -> Duration {
    let share = u32::try_from(chance % 2_001).unwrap_or_default();
    // 0.9 to 1.1 times the interval.
    interval.saturating_mul(9_000 + share) / 10_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(digest: &str, due: bool) -> Seen {
        Seen { digest: digest.to_owned(), etag: Some(format!("\"{digest}\"")), due }
    }

    fn head(digest: &str) -> Option<Head> {
        Some(Head { digest: digest.to_owned(), etag: Some(format!("\"{digest}\"")) })
    }

    #[test]
    fn the_first_look_seeds_and_what_moved_is_owed_until_it_is_here() {
        assert_eq!(glance(None, head("a")), Some(Glance::First(seen("a", false))));
        assert_eq!(glance(Some(&seen("a", false)), None), Some(Glance::Same));
        assert_eq!(glance(Some(&seen("a", false)), head("a")), Some(Glance::Same));
        let owed = Some(Glance::Owed(seen("b", true)));
        assert_eq!(glance(Some(&seen("a", false)), head("b")), owed);
        assert_eq!(glance(Some(&seen("b", true)), None), owed);
        // A registry that answers so without having been asked is not believed.
        assert_eq!(glance(None, None), None);
    }

    #[test]
    fn who_fails_again_and_again_is_asked_less_often() {
        let refusal =
            |runtime: &str| Failure::of_memory(runtime, &crate::error::Error::failed("x"));
        let mut patience = Patience::default();
        let mut asked = Vec::new();
        for round in 0..40 {
            if patience.is_ready("x") {
                asked.push(round);
                patience.note(&Round { unseen: vec![refusal("x")], ..Round::default() });
            }
            assert!(patience.is_ready("y"));
        }
        assert_eq!(asked, [0, 2, 6, 14, 30]);
        patience.note(&Round { unchanged: vec!["x".to_owned()], ..Round::default() });
        assert!(patience.is_ready("x"));
    }

    #[test]
    fn intervals_differ_by_a_tenth_at_most() {
        let interval = Duration::from_secs(300);
        assert_eq!(jittered(interval, 0), Duration::from_secs(270));
        assert_eq!(jittered(interval, 1_000), interval);
        assert_eq!(jittered(interval, 2_000), Duration::from_secs(330));
        assert!(jittered(Duration::MAX, u64::MAX) <= Duration::MAX);
    }
}
