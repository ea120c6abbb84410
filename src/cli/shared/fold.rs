//! Folds rows that say the same into one.

use std::collections::BTreeMap;

/// More than this many rows that say the same are folded.
const SAME: usize = 5;

/// How many names of a folded row are shown.
const NAMES: usize = 3;

/// Groups rows: more than [`SAME`] rows that say the same form one group at the place of the first; others stay alone.
pub(in crate::cli) fn folded<R>(
    rows: impl IntoIterator<Item = R>,
    said: impl Fn(&R) -> String,
) -> Vec<Vec<R>> {
    let rows: Vec<(String, R)> = rows.into_iter().map(|row| (said(&row), row)).collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (said, _) in &rows {
        *counts.entry(said.clone()).or_default() += 1;
    }
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<R>> = Vec::new();
    for (said, row) in rows {
        let is_alone = counts.get(&said).is_none_or(|count| *count <= SAME);
        match places.get(&said).and_then(|place| groups.get_mut(*place)) {
            Some(group) => group.push(row),
            None => {
                if !is_alone {
                    places.insert(said, groups.len());
                }
                groups.push(vec![row]);
            }
        }
    }
    groups
}

/// The first few names: `svc-01, svc-04, svc-08 and 9 more`.
pub(in crate::cli) fn some(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
    match names.len().saturating_sub(NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A statement about many, with the first few of their names.
pub(in crate::cli) fn of_many(reason: &str, names: &[String]) -> String {
    match reason {
        "" => some(names),
        reason => format!("{reason}: {}", some(names)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_that_say_the_same_stand_together_where_the_first_stood() {
        let rows: Vec<(usize, &str)> = ["b", "a", "b", "a", "b", "a", "b", "a", "b", "a", "a"]
            .into_iter()
            .enumerate()
            .collect();
        let groups = folded(rows, |(_, said)| (*said).to_owned());
        let shape: Vec<Vec<usize>> =
            groups.iter().map(|group| group.iter().map(|(number, _)| *number).collect()).collect();
        let alone = [vec![0], vec![1, 3, 5, 7, 9, 10], vec![2], vec![4], vec![6], vec![8]];
        assert_eq!(shape, alone);
    }

    #[test]
    fn a_few_names_stand_for_many() {
        let names: Vec<String> = (1..=5).map(|number| format!("svc-{number}")).collect();
        assert_eq!(of_many("waits", &names), "waits: svc-1, svc-2, svc-3 and 2 more");
        assert_eq!(of_many("", &names[..2]), "svc-1, svc-2");
    }
}
