//! How far a consumer is behind. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use pep440_rs::Version;

use super::State;
use super::image::Seen;
use super::value::Running;

/// The input of [`judge`].
#[derive(Debug)]
pub(super) struct Facts<'a> {
    /// What the consumer reports.
    pub(super) told: &'a Running,
    /// The release.
    pub(super) released: Option<&'a Version>,
    /// The versions that the index knows.
    pub(super) known: &'a [Version],
    /// The versions that none is to run, and why.
    pub(super) unwanted: &'a BTreeMap<Version, String>,
    /// The image that the member's tag points to; `None` if it was not requested.
    pub(super) tagged: Option<&'a Result<Seen, String>>,
    /// The image that runs; `None` if it was not requested.
    pub(super) running: Option<&'a Result<Seen, String>>,
}

/// The result of [`judge`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lag {
    pub(super) state: State,
    pub(super) version: Option<Version>,
    pub(super) releases: Option<usize>,
    pub(super) days: Option<i64>,
    pub(super) why: Option<String>,
}

/// Compares the running version with the release. Without a release to compare with, compares the digests.
pub(super) fn judge(facts: &Facts<'_>) -> Lag {
    let tagged = facts.tagged.and_then(|tagged| tagged.as_ref().ok());
    let running = facts.running.and_then(|running| running.as_ref().ok());
    let is_tagged = match (facts.told, tagged) {
        (Running::Digest(digest), Some(tagged)) => Some(tagged.is(digest)),
        _ => None,
    };
    let unchecked = |why: String| Lag {
        state: State::Unchecked,
        version: None,
        releases: None,
        days: None,
        why: Some(why),
    };
    let version = match (facts.told, facts.running) {
        (Running::Version(version), _) => Ok(version.clone()),
        (Running::Digest(_), Some(Ok(seen))) => seen.version.clone(),
        (Running::Digest(_), Some(Err(why))) => Err(why.clone()),
        (Running::Digest(_), None) => Err("fleet.yaml names no images to look into".to_owned()),
    };
    let days = tagged.zip(running).and_then(|(tagged, running)| older(running, tagged));
    let Some(released) = facts.released else {
        return match is_tagged {
            Some(true) => Lag {
                state: State::Current,
                version: version.ok(),
                releases: None,
                days: None,
                why: None,
            },
            Some(false) => Lag {
                state: State::Behind,
                version: version.ok(),
                releases: None,
                days,
                why: Some("it is not what the registry's tag points to".to_owned()),
            },
            None => unchecked("nothing is known to have been released".to_owned()),
        };
    };
    let version = match version {
        Ok(version) => version,
        Err(why) => return Lag { days, ..unchecked(why) },
    };
    // A version above the release that was never published is most likely mistyped, or of another index.
    if version > *released && !facts.known.is_empty() && !facts.known.contains(&version) {
        let why = format!("the index does not know {version}");
        return Lag { version: Some(version), days, ..unchecked(why) };
    }
    // Whatever it is compared with, another one is to run there.
    let unwanted = facts.unwanted.get(&version);
    if let (Some(why), true) = (unwanted, version >= *released) {
        let (state, why) = (State::Behind, Some(why.clone()));
        return Lag { state, version: Some(version), releases: None, days, why };
    }
    if version >= *released {
        // Either a later build of the same release, or the tag has moved on.
        let why = (is_tagged == Some(false))
            .then(|| "it is another build than the registry's tag points to".to_owned());
        let (state, version) = (State::Current, Some(version));
        return Lag { state, version, releases: None, days: None, why };
    }
    // Those that none is to run lie not between. The release itself counts even if the index was not asked.
    let is_between = |known: &&Version| {
        **known > version
            && *known < released
            && !known.any_prerelease()
            && !facts.unwanted.contains_key(*known)
    };
    let releases = facts.known.iter().filter(is_between).count() + 1;
    let why = match is_tagged {
        Some(true) => format!("the registry's tag itself points to {version}"),
        _ => format!("it runs {version}, not {released}"),
    };
    let why = match unwanted {
        Some(unwanted) => format!("{why}; {unwanted}"),
        None => why,
    };
    Lag {
        state: State::Behind,
        version: Some(version),
        releases: Some(releases),
        days,
        why: Some(why),
    }
}

/// How many whole days older the first image is; `None` if it is newer, or a time is unknown.
fn older(one: &Seen, other: &Seen) -> Option<i64> {
    let made = |seen: &Seen| seen.created.as_deref()?.parse::<Timestamp>().ok();
    let seconds = made(other)?.as_second() - made(one)?.as_second();
    (seconds >= 0).then_some(seconds / 86_400)
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;

    fn v(text: &str) -> Version {
        Version::from_str(text).expect("a version")
    }

    fn seen(digest: &str, version: Option<&str>, day: u8) -> Result<Seen, String> {
        Ok(Seen {
            digest: digest.to_owned(),
            manifest: format!("{digest} of one platform"),
            created: Some(format!("2026-11-{day:02}T12:00:00Z")),
            version: version.map(v).ok_or_else(|| "it has no label".to_owned()),
        })
    }

    struct World {
        told: Running,
        released: Option<Version>,
        tagged: Option<Result<Seen, String>>,
        running: Option<Result<Seen, String>>,
    }

    impl World {
        fn judged(&self) -> (State, Option<usize>, Option<i64>, String) {
            let known = ["0.1.4", "0.1.5", "0.1.6rc1", "0.1.6", "0.1.7"].map(v);
            let unwanted = [(v("0.1.7"), "0.1.7 was withdrawn from the index".to_owned())];
            let lag = judge(&Facts {
                told: &self.told,
                released: self.released.as_ref(),
                known: &known,
                unwanted: &unwanted.into(),
                tagged: self.tagged.as_ref(),
                running: self.running.as_ref(),
            });
            (lag.state, lag.releases, lag.days, lag.why.unwrap_or_default())
        }
    }

    fn digest(digest: &str, running: Result<Seen, String>) -> World {
        World {
            told: Running::Digest(digest.to_owned()),
            released: Some(v("0.1.6")),
            tagged: Some(seen("new", Some("0.1.6"), 22)),
            running: Some(running),
        }
    }

    #[test]
    fn what_runs_is_compared_with_the_release() {
        let same = digest("new", seen("new", Some("0.1.6"), 22)).judged();
        assert_eq!(same, (State::Current, None, None, String::new()));
        let platform = digest("new of one platform", seen("new", Some("0.1.6"), 22)).judged();
        assert_eq!(platform.0, State::Current);
        let old = digest("old", seen("old", Some("0.1.4"), 12)).judged();
        let why = "it runs 0.1.4, not 0.1.6".to_owned();
        assert_eq!(old, (State::Behind, Some(2), Some(10), why));
        let built_again = digest("again", seen("again", Some("0.1.6"), 20)).judged();
        assert_eq!((built_again.0, built_again.1), (State::Current, None));
        assert!(built_again.3.contains("another build"));
        let version = World {
            told: Running::Version(v("0.1.5")),
            tagged: None,
            running: None,
            ..digest("x", seen("x", None, 1))
        };
        assert_eq!(version.judged().1, Some(1));
        // 0.1.7 was withdrawn, so that nobody had to take it up.
        let next = World { released: Some(v("0.1.8")), ..version };
        assert_eq!(next.judged().1, Some(2));
    }

    #[test]
    fn a_version_that_is_not_wanted_makes_nobody_current() {
        let bad = || digest("bad", seen("bad", Some("0.1.7"), 22));
        let why = "0.1.7 was withdrawn from the index".to_owned();
        assert_eq!(bad().judged(), (State::Behind, None, Some(0), why.clone()));
        // Nor where it is the one that is compared with.
        let itself = World { released: Some(v("0.1.7")), ..bad() };
        assert_eq!(itself.judged().0, State::Behind);
        let told =
            World { told: Running::Version(v("0.1.7")), tagged: None, running: None, ..bad() };
        assert_eq!(told.judged(), (State::Behind, None, None, why));
    }

    #[test]
    fn a_tag_that_is_behind_makes_nobody_current() {
        let mut world = digest("new", seen("new", Some("0.1.5"), 22));
        world.tagged = Some(seen("new", Some("0.1.5"), 22));
        let (state, releases, _, why) = world.judged();
        assert_eq!((state, releases), (State::Behind, Some(1)));
        assert!(why.contains("the registry's tag itself points to 0.1.5"), "{why}");
    }

    #[test]
    fn what_cannot_be_seen_is_unchecked() {
        assert_eq!(digest("new", seen("new", None, 22)).judged().0, State::Unchecked);
        assert_eq!(digest("old", Err("it is gone".to_owned())).judged().3, "it is gone");
        let blind = World { tagged: None, running: None, ..digest("x", Err(String::new())) };
        assert_eq!(blind.judged().0, State::Unchecked);
        let nothing = World { told: Running::Version(v("1")), released: None, ..blind };
        assert_eq!(nothing.judged().0, State::Unchecked);
    }

    #[test]
    fn without_a_release_the_digest_decides() {
        let world = |told: &str| World { released: None, ..digest(told, seen(told, None, 12)) };
        assert_eq!(world("new").judged().0, State::Current);
        assert_eq!((world("old").judged().0, world("old").judged().2), (State::Behind, Some(10)));
    }
}
