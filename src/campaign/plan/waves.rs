//! Who goes first.

use crate::campaign::file::{Size, Waves};
use crate::error::Error;
use crate::fleet::Member;

/// The order of repositories and the wave of each: positions in `members`, each with its wave from 1.
///
/// Repositories are counted, and not changes: one that needs nothing today holds its place, so that nobody moves
/// to another wave when a plan is made again.
///
/// # Errors
/// When `first` names no member that is meant.
pub fn assign(waves: &Waves, members: &[&Member]) -> Result<Vec<(usize, u32)>, Error> {
    let mut order: Vec<usize> = Vec::with_capacity(members.len());
    for name in &waves.first {
        let found = members.iter().position(|member| member.is_called(name)).ok_or_else(|| {
            Error::usage(format!("`{name}` is to go first, and is not among what is selected"))
                .hint("take it out of `waves.first`, or select it")
        })?;
        if !order.contains(&found) {
            order.push(found);
        }
    }
    let rest: Vec<usize> = (0..members.len()).filter(|index| !order.contains(index)).collect();
    order.extend(rest);
    let mut ends = Vec::new();
    let mut end = 0;
    for size in &waves.sizes {
        end += match size {
            Size::Count(count) => *count as usize,
            // A part of few is still one.
            Size::Percent(part) => (members.len() * usize::from(*part)).div_ceil(100).max(1),
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
        let members: Vec<&Member> = members.iter().collect();
        let first = first.iter().map(|name| (*name).to_owned()).collect();
        let waves = Waves { sizes: sizes.to_vec(), first, ..Waves::default() };
        assign(&waves, &members).expect("an order")
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
