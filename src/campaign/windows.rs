//! When a campaign may act: weekly time windows.

use super::file::{Day, Window};

const DAYS: [Day; 7] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun];
const DAY: i64 = 86_400;

/// Checks a window.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(window: &Window) -> Result<(), String> {
    for time in [&window.from, &window.to] {
        minutes(time).ok_or_else(|| format!("`{time}` is not a time of day"))?;
    }
    match &window.offset {
        Some(offset) if shift(offset).is_none() => {
            Err(format!("`{offset}` is not an offset from UTC"))
        }
        _ => Ok(()),
    }
}

/// Seconds until a window opens: 0 if one is open now, or if there are none.
#[must_use]
pub fn opens_in(windows: &[Window], now: i64) -> i64 {
    windows.iter().filter_map(|window| wait(window, now)).min().unwrap_or(0)
}

fn wait(window: &Window, now: i64) -> Option<i64> {
    let offset = window.offset.as_deref().map_or(Some(0), shift)?;
    let (from, to) = (minutes(&window.from)? * 60, minutes(&window.to)? * 60);
    let length = if to > from { to - from } else { to + DAY - from };
    let local = now + offset;
    let today = local.div_euclid(DAY);
    // Yesterday's window may extend into today.
    (-1..=7).map(|ahead| today + ahead).filter(|day| is_on(window, *day)).find_map(|day| {
        let begins = day * DAY + from;
        (local < begins + length).then(|| (begins - local).max(0))
    })
}

fn is_on(window: &Window, day: i64) -> bool {
    // 1970-01-01 was a Thursday.
    let index = usize::try_from((day + 3).rem_euclid(7)).unwrap_or_default();
    window.days.is_empty() || DAYS.get(index).is_some_and(|day| window.days.contains(day))
}

fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str, below: i64| {
        let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|number| plain && *number < below)
    };
    Some(number(hours, 24)? * 60 + number(minutes, 60)?)
}

fn shift(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    Some(sign * minutes(rest)? * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(days: &[Day], from: &str, to: &str, offset: Option<&str>) -> Window {
        Window {
            days: days.to_vec(),
            from: from.to_owned(),
            to: to.to_owned(),
            offset: offset.map(str::to_owned),
        }
    }

    /// Thursday, 1970-01-01, at an hour of UTC.
    fn thursday(hour: i64) -> i64 {
        hour * 3600
    }

    #[test]
    fn without_a_window_it_is_always_open() {
        assert_eq!(opens_in(&[], thursday(3)), 0);
    }

    #[test]
    fn a_window_opens_on_its_days_at_its_time() {
        let week = [window(&[Day::Thu], "09:00", "17:00", None)];
        assert_eq!(opens_in(&week, thursday(10)), 0);
        assert_eq!(opens_in(&week, thursday(8)), 3600);
        assert_eq!(opens_in(&week, thursday(17)), 6 * DAY + 16 * 3600);
    }

    #[test]
    fn a_window_may_reach_over_midnight_and_has_its_own_clock() {
        let night = [window(&[Day::Wed], "22:00", "04:00", None)];
        assert_eq!(opens_in(&night, thursday(3)), 0);
        assert!(opens_in(&night, thursday(5)) > 0);
        let east = [window(&[Day::Thu], "09:00", "10:00", Some("+02:00"))];
        assert_eq!(opens_in(&east, thursday(7)), 0);
        assert_eq!(opens_in(&east, thursday(6)), 3600);
    }

    #[test]
    fn wrong_times_are_told() {
        for wrong in ["9:00", "24:00", "09:60", "", "ab:cd"] {
            assert!(check(&window(&[], wrong, "10:00", None)).is_err(), "{wrong}");
        }
        assert!(check(&window(&[], "09:00", "10:00", Some("2"))).is_err());
    }
}
