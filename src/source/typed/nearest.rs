//! Suggestions for misspelled words.

/// The fewest characters of a word that is taken for the beginning of another.
const MIN_BEGINNING: usize = 3;

/// The most characters that are compared each with each: names of keys and rules are shorter, and so is what differs of
/// two paths.
const MAX_COMPARED: usize = 64;

/// Returns the known word that `word` was meant to be, if any is likely: the only longer one that begins with it, or else
/// the closest, if it is close: at most a third of the characters differ.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let limit = length.div_ceil(3).clamp(1, 4);
    let known: Vec<&str> = known.into_iter().collect();
    let mut continued = known.iter().filter(|candidate| begins(candidate, word));
    let only = continued.next().filter(|_| continued.next().is_none() && length >= MIN_BEGINNING);
    let close = known.iter().map(|candidate| (distance(word, candidate), *candidate));
    let close = close.filter_map(|(distance, it)| Some((distance.filter(|it| *it <= limit)?, it)));
    let close = close.min();
    match (only, close) {
        (_, Some((0, same))) => Some(same),
        (Some(only), _) => Some(only),
        (None, close) => close.map(|(_, candidate)| candidate),
    }
}

/// Whether a candidate is a word and more, ignoring ASCII case and treating `-` like `_`.
fn begins(candidate: &str, word: &str) -> bool {
    let fold = |text: &str| text.replace('-', "_").to_ascii_lowercase();
    fold(candidate).strip_prefix(&fold(word)).is_some_and(|rest| !rest.is_empty())
}

/// The Levenshtein distance in characters, ignoring ASCII case and treating `-` like `_`. A
/// transposition of two neighbours counts as one edit. `None` if too much of them differs to count.
fn distance(left: &str, right: &str) -> Option<usize> {
    let (left, right) = differing(left, right);
    if left.len().max(right.len()) > MAX_COMPARED {
        return None;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    // The previous letter, and the row before the previous one.
    let (mut letter, mut earlier): (Option<char>, Vec<usize>) = (None, Vec::new());
    for (index, a) in left.into_iter().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        let mut next = Vec::with_capacity(row.len());
        next.push(before);
        let mut beside = None;
        for (column, (b, above)) in right.iter().zip(row.iter().skip(1)).enumerate() {
            let changed = diagonal + usize::from(a != *b);
            before = changed.min(before + 1).min(above + 1);
            let is_exchanged = beside == Some(a) && letter == Some(*b);
            if let Some(start) = column.checked_sub(1).filter(|_| is_exchanged) {
                before = before.min(earlier.get(start).copied().unwrap_or(before) + 1);
            }
            diagonal = *above;
            beside = Some(*b);
            next.push(before);
        }
        letter = Some(a);
        earlier = std::mem::replace(&mut row, next);
    }
    row.last().copied()
}

/// Two words, folded, without what both begin and end with, which changes nothing in their distance.
fn differing(left: &str, right: &str) -> (Vec<char>, Vec<char>) {
    let fold = |c: char| if c == '-' { '_' } else { c.to_ascii_lowercase() };
    let [mut left, mut right]: [Vec<char>; 2] =
        [left, right].map(|word| word.chars().map(fold).collect());
    let same = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    left.drain(..same);
    right.drain(..same);
    let same = left.iter().rev().zip(right.iter().rev()).take_while(|(a, b)| a == b).count();
    left.truncate(left.len() - same);
    right.truncate(right.len() - same);
    (left, right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant_and_nothing_far() {
        let known = ["repository", "registrations", "kind", "owner"];
        assert_eq!(nearest("repositry", known), Some("repository"));
        assert_eq!(nearest("Kinds", known), Some("kind"));
        assert_eq!(nearest("registration", known), Some("registrations"));
        assert_eq!(nearest("campaign", known), None);
        assert_eq!(nearest("", []), None);
        assert_eq!(nearest("regist", known), Some("registrations"));
        assert_eq!(nearest("base", ["case", "base-line"]), Some("base-line"));
        assert_eq!(nearest("base", ["base", "baseline"]), Some("base"));
        assert_eq!(nearest("base", ["baseline", "baseless", "case"]), Some("case"));
    }

    #[test]
    fn counts_insertions_deletions_and_changes() {
        assert_eq!(distance("kitten", "sitting"), Some(3));
        assert_eq!(distance("", "abc"), Some(3));
        assert_eq!((distance("nwe", "new"), distance("abcd", "badc")), (Some(1), Some(2)));
        assert_eq!(distance("runtime-package", "runtime_package"), Some(0));
        assert_eq!((distance("aab", "ab"), distance("abab", "ab")), (Some(1), Some(2)));
    }

    #[test]
    fn long_paths_are_compared_to_their_ends() {
        let path = |end: &str| format!("{}/{end}", "folder/".repeat(12));
        let [known, close, far] = [path("tests.py"), path("test.py"), path("quite/another.rs")];
        assert_eq!(nearest(&close, [known.as_str()]), Some(known.as_str()));
        assert_eq!(nearest(&far, [known.as_str()]), None);
        assert_eq!(nearest(&known, [close.as_str(), known.as_str()]), Some(known.as_str()));
        let [long, other] = ["a".repeat(100), "b".repeat(100)];
        assert_eq!((distance(&long, &other), nearest(&long, [other.as_str()])), (None, None));
    }
}
