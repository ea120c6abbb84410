//! Whether a member still lives: what was seen of it lately.
//!
//! In: when somebody last committed, dispatched or published, and what waits. Out: [`Sign`]s, each said to be of
//! life or not. Whoever retires a member looks at them first; live templates were once pruned by mistake.

use jiff::Timestamp;

/// When something was last seen of a member, RFC 3339; `None` for never.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The newest commit on the default branch.
    pub commit: Option<String>,
    /// The newest run that a dispatch started.
    pub dispatch: Option<String>,
    /// When its image was made.
    pub image: Option<String>,
    /// Pull requests that wait.
    pub open_pulls: usize,
    /// What could not be read, and why.
    pub unread: Vec<String>,
}

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// What it is.
    pub what: &'static str,
    /// What was seen, in words.
    pub seen: String,
    /// Whether it says that somebody needs the member.
    pub is_of_life: bool,
}

/// What the signs say, `now` in seconds since 1970: what happened within so many days is of life.
#[must_use]
pub fn signs(seen: &Seen, now: i64, days: i64) -> Vec<Sign> {
    let dated = |what, time: &Option<String>| {
        let Some(time) = time else {
            return Sign { what, seen: "none".to_owned(), is_of_life: false };
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
                Sign { what, seen: format!("{day}, {ago}"), is_of_life: age < days }
            }
            // What cannot be understood may be recent.
            Err(_) => Sign { what, seen: format!("at `{time}`"), is_of_life: true },
        }
    };
    let mut signs = vec![
        dated("last commit", &seen.commit),
        dated("last dispatch", &seen.dispatch),
        dated("image", &seen.image),
        Sign {
            what: "open pull requests",
            seen: seen.open_pulls.to_string(),
            is_of_life: seen.open_pulls > 0,
        },
    ];
    signs.extend(seen.unread.iter().map(|why| Sign {
        what: "not read",
        seen: why.clone(),
        is_of_life: true,
    }));
    signs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recent_or_unknown_is_of_life() {
        let seen = Seen {
            commit: Some("2026-11-20T10:00:00Z".to_owned()),
            dispatch: Some("2026-01-01T00:00:00Z".to_owned()),
            image: Some("odd".to_owned()),
            open_pulls: 0,
            unread: vec!["x".to_owned()],
        };
        let now = "2026-11-22T12:00:00Z".parse::<Timestamp>().expect("a time").as_second();
        let said: Vec<String> = signs(&seen, now, 30)
            .iter()
            .map(|sign| format!("{}: {} {}", sign.what, sign.seen, sign.is_of_life))
            .collect();
        assert_eq!(
            said,
            [
                "last commit: 2026-11-20, 2 days ago true",
                "last dispatch: 2026-01-01, 325 days ago false",
                "image: at `odd` true",
                "open pull requests: 0 false",
                "not read: x true",
            ]
        );
    }
}
