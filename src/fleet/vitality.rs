//! Determines whether a member is still in use from its recent activity.
//!
//! From the times of its last commit, dispatch and image and its open pull requests follow [`Sign`]s of life, of none,
//! or unknown. They are shown before a member is retired; live templates were once pruned by mistake.

use jiff::Timestamp;

/// The time of the last activity of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Last {
    /// There was none.
    #[default]
    Never,
    /// The time, RFC 3339.
    At(String),
    /// Unknown, for this reason.
    Unread(String),
}

impl From<Option<String>> for Last {
    fn from(time: Option<String>) -> Self {
        time.map_or(Self::Never, Self::At)
    }
}

/// The activity of a member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The newest commit on the default branch.
    pub commit: Last,
    /// The newest run started by a dispatch; `None` in a fleet whose members are not notified of releases.
    pub dispatch: Option<Last>,
    /// When its image was built; `None` for a member without one.
    pub image: Option<Last>,
    /// Number of open pull requests; `None` if unknown.
    pub open_pulls: Option<usize>,
    /// Whether its repository is archived: its last commit and open pull requests are left over then.
    pub is_archived: bool,
}

/// The name of the image among the signs.
pub const IMAGE: &str = "image";

/// A sign of life, or the lack of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// The kind of activity.
    pub what: &'static str,
    /// What was seen, in words.
    pub seen: String,
    /// What it indicates.
    pub says: Says,
}

/// What a sign indicates about a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    /// No recent activity.
    Nothing,
    /// Unknown, because it could not be read.
    Unknown,
    /// The member is in use.
    Life,
}

impl Says {
    /// Returns life if there was recent activity.
    fn life(lately: bool) -> Self {
        if lately { Self::Life } else { Self::Nothing }
    }
}

/// Evaluates the activity of a member, where anything within `days` counts as life; `now` is in seconds since 1970.
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
            // A time that cannot be parsed may be recent.
            Err(_) => Sign { what, seen: format!("at `{time}`"), says: Says::Unknown },
        }
    };
    let left_over = |sign: Sign| match sign.says {
        Says::Life if seen.is_archived => Sign {
            seen: format!("{}; the repository is archived", sign.seen),
            says: Says::Nothing,
            ..sign
        },
        _ => sign,
    };
    let pulls = "open pull requests";
    let pulls = match seen.open_pulls {
        Some(count) => {
            left_over(Sign { what: pulls, seen: count.to_string(), says: Says::life(count > 0) })
        }
        None => unread(pulls, "the repository is not seen"),
    };
    std::iter::once(left_over(dated("last commit", &seen.commit)))
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
            is_archived: false,
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
