//! Repository names in a line: as many whole names as fit, and the number of the others.

use super::paint::width;
use crate::report::visible::visible;

/// `before` followed by names, in at most `room` columns if possible. A name that does not fit is counted rather than
/// cut; if not even the first fits, no names are listed. The common prefix is left out, also of a single name: a
/// repository has one name in all parts of a report.
pub(super) fn listed(before: &str, names: &[&str], prefix: &str, room: usize) -> String {
    let mut line = before.to_owned();
    for (index, name) in names.iter().enumerate() {
        let short = visible(name.strip_prefix(prefix).unwrap_or(name));
        let separator = if index == 0 { "" } else { ", " };
        let left = names.len() - index;
        // Unless this is the last name, the number of the remaining ones has to fit as well.
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
        assert_eq!(listed("in ", &["t-alpha"], "t-", 5), "in alpha");
        assert_eq!(listed("in ", &["a\u{1b}"], "", 5), "in a\\u{1b}");
        assert_eq!(listed("in ", &[], "", 5), "in ");
    }
}
