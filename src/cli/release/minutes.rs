//! Minutes on the command line.

/// The most minutes that a wait may take: a day.
const MOST: u64 = 24 * 60;

/// A whole number of minutes, up to a day, which may be 0.
pub(super) fn from_zero(text: &str) -> Result<u64, String> {
    within(text, 0)
}

/// A whole number of minutes, up to a day, at least 1.
pub(super) fn from_one(text: &str) -> Result<u64, String> {
    within(text, 1)
}

fn within(text: &str, least: u64) -> Result<u64, String> {
    let minutes = text.parse().ok().filter(|minutes| (least..=MOST).contains(minutes));
    minutes.ok_or_else(|| format!("it takes a whole number of minutes from {least} to {MOST}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_whole_number_of_minutes_is_refused_in_words() {
        let says = "it takes a whole number of minutes from 1 to 1440".to_owned();
        for wrong in ["0.2", "0", "1441", "-1", "x"] {
            assert_eq!(from_one(wrong), Err(says.clone()), "{wrong}");
        }
        assert_eq!((from_one("1440"), from_zero("0")), (Ok(1440), Ok(0)));
    }
}
