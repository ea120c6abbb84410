//! Assigns repositories to waves.

use std::collections::HashSet;

use crate::campaign::file::{Size, Waves};
use crate::error::Error;
use crate::fleet::{Member, name_one};

/// A repository that is assigned to a wave.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'m> {
    /// The members in it, by which `waves.first` names it.
    pub members: &'m [&'m Member],
    /// Whether it is counted.
    pub counts: Counts,
}

impl<'m> Candidate<'m> {
    /// The member of this name in it.
    fn called(&self, name: &str) -> Option<&'m Member> {
        self.members.iter().copied().find(|member| member.is_called(name))
    }
}

/// Whether a repository counts towards the sizes of waves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// It counts: the campaign offers it the change, or did so earlier.
    Yes,
    /// It does not count: a wave of repositories that need nothing would be over at once.
    No,
}

/// The order of repositories, as positions in `candidates`, and the wave of each; the first wave is 1. A `narrowed`
/// selection need not include the members in `waves.first`.
///
/// Repositories count if the campaign changes them, today or earlier. A merged repository keeps its place, so that no
/// repository moves to another wave in a new plan.
///
/// # Errors
/// When a name in `first` is that of no selected member, or of several.
pub fn assign(
    waves: &Waves,
    candidates: &[Candidate<'_>],
    narrowed: bool,
) -> Result<Vec<(usize, u32)>, Error> {
    let mut order: Vec<usize> = Vec::with_capacity(candidates.len());
    for name in &waves.first {
        let called = (0..).zip(candidates).filter_map(|(at, it)| Some((at, it.called(name)?)));
        let found: Vec<(usize, &Member)> = called.collect();
        match found.as_slice() {
            [(found, _)] if !order.contains(found) => order.push(*found),
            [_] => {}
            [_, _, ..] => {
                let what =
                    format!("`waves.first` names `{name}`, and several members are called that");
                let found: Vec<&Member> = found.into_iter().map(|(_, member)| member).collect();
                return Err(Error::usage(what).hint(name_one(&found)));
            }
            [] if narrowed => {}
            [] => {
                let what =
                    format!("`waves.first` names `{name}`, which the campaign does not select");
                let hint = "remove it from `waves.first`, or select it";
                return Err(Error::usage(what).hint(hint));
            }
        }
    }
    let first: HashSet<usize> = order.iter().copied().collect();
    let rest: Vec<usize> = (0..candidates.len()).filter(|index| !first.contains(index)).collect();
    order.extend(rest);
    let is_counted =
        |index: usize| candidates.get(index).is_some_and(|it| it.counts == Counts::Yes);
    let count = order.iter().filter(|index| is_counted(**index)).count();
    let mut ends = Vec::new();
    let mut end = 0;
    for size in &waves.sizes {
        end += match size {
            Size::Count(count) => *count as usize,
            // A percentage of a few repositories is at least one repository.
            Size::Percent(part) => (count * usize::from(*part)).div_ceil(100).max(1),
        };
        ends.push(end);
    }
    let wave = |place: usize| {
        let before = ends.iter().filter(|end| **end <= place).count();
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    };
    let mut place = 0;
    let placed = |index: usize| {
        let of = wave(place);
        place += usize::from(is_counted(index));
        (index, of)
    };
    Ok(order.into_iter().map(placed).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(slug: &str) -> Member {
        Member { slug: slug.to_owned(), ..Member::default() }
    }

    fn counted<'m>(members: &'m [&'m Member]) -> Candidate<'m> {
        Candidate { members, counts: Counts::Yes }
    }

    fn assigned(sizes: &[Size], first: &[&str], count: usize) -> Vec<(usize, u32)> {
        let members: Vec<Member> = (0..count).map(|index| member(&format!("m{index}"))).collect();
        let members: Vec<Vec<&Member>> = members.iter().map(|member| vec![member]).collect();
        let members: Vec<Candidate<'_>> = members.iter().map(|it| counted(it)).collect();
        let first = first.iter().map(|name| (*name).to_owned()).collect();
        let waves = Waves { sizes: sizes.to_vec(), first, ..Waves::default() };
        assign(&waves, &members, false).expect("an order")
    }

    #[test]
    fn members_that_go_first_are_selected_unless_the_selection_is_narrowed() {
        let waves = Waves { first: vec!["b".to_owned(), "c".to_owned()], ..Waves::default() };
        let [a, b, c] = ["a", "b", "c"].map(member);
        // Any member of a repository identifies it.
        let (one, two) = ([&a], [&b, &c]);
        let (one, two) = (counted(&one), counted(&two));
        assert_eq!(assign(&waves, &[one, two], false), Ok(vec![(1, 1), (0, 1)]));
        assert!(assign(&waves, &[one], false).is_err());
        assert_eq!(assign(&waves, &[one], true), Ok(vec![(0, 1)]));
    }

    #[test]
    fn a_name_of_several_repositories_is_refused_with_both_names() {
        let repositories = ["t-a", "u-a"].map(|name| Member {
            repository: crate::fleet::RepositoryName::new("acme", name),
            ..member("a")
        });
        let [one, two] = &repositories;
        let (one, two) = ([one], [two]);
        let both = [counted(&one), counted(&two)];
        let waves = |name: &str| Waves { first: vec![name.to_owned()], ..Waves::default() };
        let error = assign(&waves("a"), &both, false).expect_err("it is ambiguous");
        assert_eq!(error.hints(), ["name the repository: `t-a`, `u-a`"]);
        assert_eq!(assign(&waves("u-a"), &both, false), Ok(vec![(1, 1), (0, 1)]));
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
    fn a_named_member_goes_first() {
        assert_eq!(assigned(&[Size::Count(1)], &["m2"], 3), [(2, 1), (0, 2), (1, 2)]);
    }

    #[test]
    fn a_repository_that_needs_nothing_takes_no_place_in_a_wave() {
        let members: Vec<Member> = (0..4).map(|index| member(&format!("m{index}"))).collect();
        let members: Vec<Vec<&Member>> = members.iter().map(|member| vec![member]).collect();
        let mut candidates: Vec<Candidate<'_>> = members.iter().map(|it| counted(it)).collect();
        candidates[0].counts = Counts::No;
        let order = |sizes: &[Size]| {
            let waves = Waves { sizes: sizes.to_vec(), ..Waves::default() };
            assign(&waves, &candidates, false).expect("an order")
        };
        assert_eq!(order(&[Size::Count(1)]), [(0, 1), (1, 1), (2, 2), (3, 2)]);
        assert_eq!(order(&[Size::Percent(50)]), [(0, 1), (1, 1), (2, 1), (3, 2)]);
    }
}
