//! Who goes first.

use std::collections::HashSet;

use crate::campaign::file::{Size, Waves};
use crate::error::Error;
use crate::fleet::Member;

/// The order of repositories and the wave of each: positions in `repositories`, which are told by the members in them,
/// each with its wave from 1. Of a `narrowed` selection, who is to go first need not be a part.
///
/// Repositories are counted, and not changes: one that needs nothing today holds its place, so that nobody moves
/// to another wave when a plan is made again.
///
/// # Errors
/// When `first` names no member that is meant.
pub fn assign(
    waves: &Waves,
    repositories: &[&[&Member]],
    narrowed: bool,
) -> Result<Vec<(usize, u32)>, Error> {
    let mut order: Vec<usize> = Vec::with_capacity(repositories.len());
    for name in &waves.first {
        let is_called = |members: &&[&Member]| members.iter().any(|member| member.is_called(name));
        match repositories.iter().position(is_called) {
            Some(found) if !order.contains(&found) => order.push(found),
            Some(_) => {}
            None if narrowed => {}
            None => {
                let what =
                    format!("`waves.first` names `{name}`, which the campaign does not select");
                let hint = "remove it from `waves.first`, or select it";
                return Err(Error::usage(what).hint(hint));
            }
        }
    }
    let first: HashSet<usize> = order.iter().copied().collect();
    let rest: Vec<usize> = (0..repositories.len()).filter(|index| !first.contains(index)).collect();
    order.extend(rest);
    let mut ends = Vec::new();
    let mut end = 0;
    for size in &waves.sizes {
        end += match size {
            Size::Count(count) => *count as usize,
            // A part of few is still one.
            Size::Percent(part) => (repositories.len() * usize::from(*part)).div_ceil(100).max(1),
        };
        ends.push(end);
    }
    let wave = |place: usize| {
        let before = ends.iter().filter(|end| **end <= place).count();
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    };
    Ok(order.into_iter().enumerate().map(|(place, index)| (index, wave(place))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(slug: &str) -> Member {
        Member { slug: slug.to_owned(), ..Member::default() }
    }

    fn assigned(sizes: &[Size], first: &[&str], count: usize) -> Vec<(usize, u32)> {
        let members: Vec<Member> = (0..count).map(|index| member(&format!("m{index}"))).collect();
        let members: Vec<Vec<&Member>> = members.iter().map(|member| vec![member]).collect();
        let members: Vec<&[&Member]> = members.iter().map(Vec::as_slice).collect();
        let first = first.iter().map(|name| (*name).to_owned()).collect();
        let waves = Waves { sizes: sizes.to_vec(), first, ..Waves::default() };
        assign(&waves, &members, false).expect("an order")
    }

    #[test]
    fn who_is_to_go_first_is_selected_unless_the_selection_is_narrowed() {
        let waves = Waves { first: vec!["b".to_owned(), "c".to_owned()], ..Waves::default() };
        let [a, b, c] = ["a", "b", "c"].map(member);
        // Any member of a repository stands for it.
        let (one, two): (&[&Member], &[&Member]) = (&[&a], &[&b, &c]);
        assert_eq!(assign(&waves, &[one, two], false), Ok(vec![(1, 1), (0, 1)]));
        assert!(assign(&waves, &[one], false).is_err());
        assert_eq!(assign(&waves, &[one], true), Ok(vec![(0, 1)]));
    }

    #[test]
    fn without_sizes_there_is_one_wave() {
        assert_eq!(assigned(&[], &[], 3), [(0, 1), (1, 1), (2, 1)]);
    }

    #[test]
    fn sizes_follow_each_other_and_the_rest_is_the_last() {
        let waves: Vec<u32> = assigned(&[Size::Count(1), Size::Percent(25)], &[], 8)
            .into_iter()
            .map(|(_, wave)| wave)
            .collect();
        assert_eq!(waves, [1, 2, 2, 3, 3, 3, 3, 3]);
    }

    #[test]
    fn who_is_named_goes_first() {
        assert_eq!(assigned(&[Size::Count(1)], &["m2"], 3), [(2, 1), (0, 2), (1, 2)]);
    }
}
