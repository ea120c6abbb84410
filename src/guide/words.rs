//! Formats durations.

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How long ago something was, in the largest unit of which there are two or more.
pub(super) fn ago(now: i64, then: i64) -> String {
    let seconds = now.saturating_sub(then);
    let (unit, name) = match seconds {
        ..120 => return "a moment ago".to_owned(),
        120..7_200 => (MINUTE, "minutes"),
        7_200..172_800 => (HOUR, "hours"),
        _ => (DAY, "days"),
    };
    format!("{} {name} ago", seconds / unit)
}

/// How long something has lasted, in the same units.
pub(super) fn lasting(now: i64, then: i64) -> String {
    ago(now, then).trim_end_matches(" ago").to_owned()
}

/// How long an ongoing state has lasted: `for 3 days`, or `since just now`.
pub(super) fn since_then(now: i64, then: i64) -> String {
    match now.saturating_sub(then) {
        ..120 => "since just now".to_owned(),
        _ => format!("for {}", lasting(now, then)),
    }
}

/// Whole days between two times.
pub(super) fn days(now: i64, then: i64) -> i64 {
    now.saturating_sub(then) / DAY
}
