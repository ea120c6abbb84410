//! Whether a member still lives: what was seen of it lately.
//!
//! In: when somebody last committed, dispatched or published, and what waits. Out: [`Sign`]s, each said to be of
//! life, of none, or not to be known. Whoever retires a member looks at them first; live templates were once pruned by mistake.

use jiff::Timestamp;

/// When something was last seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Last {
    /// It never was.
    #[default]
    Never,
    /// Then: RFC 3339.
    At(String),
    /// That cannot be read: why.
    Unread(String),
}

impl From<Option<String>> for Last {
    fn from(time: Option<String>) -> Self {
        time.map_or(Self::Never, Self::At)
    }
}

/// What was seen of a member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The newest commit on the default branch.
    pub commit: Last,
    /// The newest run that a dispatch started; `None` in a fleet whose members hear of no release.
    pub dispatch: Option<Last>,
    /// When its image was made; `None` for a member without one.
    pub image: Option<Last>,
    /// Pull requests that wait; `None` where they cannot be seen.
    pub open_pulls: Option<usize>,
}

/// What its image is called among the signs.
pub const IMAGE: &str = "image";

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// What it is.
    pub what: &'static str,
    /// What was seen, in words.
    pub seen: String,
    /// What it says.
    pub says: Says,
}

/// What a sign says of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    /// Nobody was here lately.
    Nothing,
    /// Nothing: it could not be looked at.
    Unknown,
    /// Somebody needs the member.
    Life,
}

impl Says {
    /// Life where something happened lately.
    fn life(lately: bool) -> Self {
        if lately { Self::Life } else { Self::Nothing }
    }
}

/// What the signs say, `now` in seconds since 1970: what happened within so many days is of life.
#[must_use]
pub fn signs(seen: &Seen, now: i64, days: i64) -> Vec<Sign> {
    let unread =
        |what, why: &str| Sign { what, seen: format!("not read: {why}"), says: Says::Unknown };
    let dated = |what, last: &Last| {
        let time = match last {
            Last::Never => return Sign { what, seen: "none".to_owned(), says: Says::Nothing },
            Last::Unread(why) => return unread(what, why),
            Last::At(time) => time,
        };
        let day = time.get(..10).unwrap_or(time);
        match time.parse::<Timestamp>() {
            Ok(moment) => {
                let age = (now - moment.as_second()).max(0) / 86_400;
                let ago = match age {
                    0 => "today".to_owned(),
                    1 => "yesterday".to_owned(),
                    age => format!("{age} days ago"),
                };
                Sign { what, seen: format!("{day}, {ago}"), says: Says::life(age < days) }
            }
            // What cannot be understood may be recent.
            Err(_) => Sign { what, seen: format!("at `{time}`"), says: Says::Unknown },
        }
    };
    let pulls = "open pull requests";
    let pulls = match seen.open_pulls {
        Some(count) => Sign { what: pulls, seen: count.to_string(), says: Says::life(count > 0) },
        None => unread(pulls, "the repository is not seen"),
    };
    std::iter::once(dated("last commit", &seen.commit))
        .chain(seen.dispatch.iter().map(|last| dated("last dispatch", last)))
        .chain(seen.image.iter().map(|last| dated(IMAGE, last)))
        .chain([pulls])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recent_is_of_life_and_what_is_not_read_is_not_known() {
        let seen = Seen {
            commit: Last::At("2026-11-20T10:00:00Z".to_owned()),
            dispatch: Some(Last::At("2026-01-01T00:00:00Z".to_owned())),
            image: Some(Last::At("odd".to_owned())),
            open_pulls: Some(0),
        };
        let nothing = Seen { commit: Last::Unread("x".to_owned()), ..Seen::default() };
        let now = "2026-11-22T12:00:00Z".parse::<Timestamp>().expect("a time").as_second();
        let said = |seen: &Seen| -> Vec<String> {
            let signs = signs(seen, now, 30);
            let words = signs.iter().map(|it| format!("{}: {} {:?}", it.what, it.seen, it.says));
            words.collect()
        };
        assert_eq!(
            said(&seen),
            [
                "last commit: 2026-11-20, 2 days ago Life",
                "last dispatch: 2026-01-01, 325 days ago Nothing",
                "image: at `odd` Unknown",
                "open pull requests: 0 Nothing",
            ]
        );
        assert_eq!(
            said(&nothing),
            [
                "last commit: not read: x Unknown",
                "open pull requests: not read: the repository is not seen Unknown",
            ]
        );
    }
}
