//! Names of repositories in a line: as many as find room, whole ones, and the number of the others.

use super::paint::width;
use crate::report::visible::visible;

/// `before` with names behind it in at most `room` columns where that can be: a name that would not fit is counted,
/// not cut, and where not even the first fits there is none. What all begin with is left out, but for a name by itself that fits.
pub(super) fn listed(before: &str, names: &[&str], prefix: &str, room: usize) -> String {
    let mut line = before.to_owned();
    let fits = |name: &&str| width(before) + width(&visible(name)) <= room;
    let prefix = if names.len() > 1 || !names.iter().all(fits) { prefix } else { "" };
    for (index, name) in names.iter().enumerate() {
        let short = visible(name.strip_prefix(prefix).unwrap_or(name));
        let separator = if index == 0 { "" } else { ", " };
        let left = names.len() - index;
        // The number of those that are left out has to find room as well, but for behind the last one.
        let behind = if left == 1 { 0 } else { width(&others(left - 1)) };
        let taken = width(&line) + width(separator) + width(&short);
        if taken.saturating_add(behind) > room && names.len() > 1 {
            match index {
                0 => line.truncate(line.trim_end_matches([':', ' ']).len()),
                _ => line.push_str(&others(left)),
            }
            break;
        }
        line.push_str(separator);
        line.push_str(&short);
    }
    line
}

fn others(number: usize) -> String {
    format!(" and {number} more")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_whole_and_the_others_are_counted() {
        let names = ["t-alpha", "t-beta", "t-gamma"];
        assert_eq!(listed("in ", &names, "t-", 80), "in alpha, beta, gamma");
        assert_eq!(listed("in ", &names, "t-", 22), "in alpha and 2 more");
        assert_eq!(listed("in 3: ", &names, "", 12), "in 3");
        assert_eq!(listed("in ", &["t-alpha"], "t-", 10), "in t-alpha");
        assert_eq!(listed("in ", &["t-alpha"], "t-", 5), "in alpha");
        assert_eq!(listed("in ", &["a\u{1b}"], "", 5), "in a\\u{1b}");
        assert_eq!(listed("in ", &[], "", 5), "in ");
    }
}
