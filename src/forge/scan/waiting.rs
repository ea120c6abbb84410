//! What waits to be asked for: what was not asked for yet, and the halves of what a document lost.
//!
//! Halves come first, and are joined neither with each other nor with the rest, however large documents are again by then.
//! So one thing that the forge never answers is alone after a few documents, and costs the others no more than these.

use std::collections::VecDeque;
use std::ops::Range;

use super::batch::{AT_ONCE, Batch};

/// Things that one document asks for.
pub(super) trait Chunk {
    /// How many there are.
    fn length(&self) -> usize;

    /// Takes so many from its start.
    fn cut(&mut self, count: usize) -> Self;
}

impl Chunk for Range<usize> {
    fn length(&self) -> usize {
        self.len()
    }

    fn cut(&mut self, count: usize) -> Self {
        let first = self.start..self.end.min(self.start + count);
        self.start = first.end;
        first
    }
}

impl<T> Chunk for Vec<T> {
    fn length(&self) -> usize {
        self.len()
    }

    fn cut(&mut self, count: usize) -> Self {
        self.drain(..count.min(self.len())).collect()
    }
}

/// What waits to be asked for.
#[derive(Debug)]
pub(super) struct Waiting<C> {
    halves: VecDeque<C>,
    rest: C,
}

impl<C: Chunk> Waiting<C> {
    pub(super) fn new(all: C) -> Self {
        Self { halves: VecDeque::new(), rest: all }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.length() == 0 && self.halves.iter().all(|half| half.length() == 0)
    }

    /// Takes what the next documents ask for. `fitting` says how many things of a chunk fit into one.
    pub(super) fn round(&mut self, batch: &Batch, fitting: impl Fn(&C) -> usize) -> Vec<C> {
        let mut chunks = Vec::new();
        while chunks.len() < AT_ONCE
            && let Some(chunk) = self.next(batch.is_in_doubt())
        {
            let count = fitting(chunk).max(1);
            chunks.push(chunk.cut(count));
        }
        chunks
    }

    /// Takes one thing.
    pub(super) fn one(&mut self) -> Option<C> {
        self.next(false).map(|chunk| chunk.cut(1))
    }

    /// Puts back what a document lost, in halves, in front of everything.
    pub(super) fn put_back(&mut self, mut lost: C) {
        let first = lost.cut(lost.length().div_ceil(2));
        self.halves.push_front(lost);
        self.halves.push_front(first);
    }

    /// Everything that waits.
    pub(super) fn into_chunks(self) -> impl Iterator<Item = C> {
        self.halves.into_iter().chain(std::iter::once(self.rest))
    }

    /// The chunk that comes next, which is not empty; from afar, one that was lost long ago or not at all.
    fn next(&mut self, from_afar: bool) -> Option<&mut C> {
        while self.halves.front().is_some_and(|half| half.length() == 0) {
            self.halves.pop_front();
        }
        while self.halves.back().is_some_and(|half| half.length() == 0) {
            self.halves.pop_back();
        }
        let has_rest = self.rest.length() > 0;
        if self.halves.is_empty() || (from_afar && has_rest) {
            return has_rest.then_some(&mut self.rest);
        }
        if from_afar { self.halves.back_mut() } else { self.halves.front_mut() }
    }
}

impl<T> Waiting<Vec<T>> {
    /// Adds what comes last.
    pub(super) fn add(&mut self, more: Vec<T>) {
        self.rest.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::super::batch::{Next, Round};
    use super::*;
    use crate::forge::{ForgeError, ForgeErrorKind};

    #[test]
    fn chunks_are_cut_into_documents_in_order() {
        let batch = Batch::new(2);
        let mut waiting = Waiting::new(0..9);
        assert_eq!(waiting.round(&batch, |_| 2), [0..2, 2..4, 4..6, 6..8]);
        assert_eq!(waiting.round(&batch, |_| 2), vec![8..9; 1]);
        assert!(waiting.is_empty() && waiting.one().is_none());
    }

    #[test]
    fn what_was_lost_comes_first_in_halves_that_are_not_joined_again() {
        let batch = Batch::new(100);
        let mut waiting = Waiting::new(vec![6, 7, 8, 9]);
        waiting.put_back(vec![1, 2, 3, 4, 5]);
        waiting.put_back(vec![0]);
        assert_eq!(waiting.one(), Some(vec![0]));
        let all: [Vec<i32>; 3] = [vec![1, 2, 3], vec![4, 5], vec![6, 7, 8, 9]];
        assert_eq!(waiting.round(&batch, |_| 100), all);
        assert!(waiting.is_empty());
        waiting.put_back(vec![1, 2]);
        waiting.add(vec![3]);
        assert_eq!(waiting.into_chunks().flatten().collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn whether_the_forge_is_down_is_asked_with_what_was_not_lost_just_now() {
        let mut batch = Batch::new(1);
        let mut waiting = Waiting::new(vec![6]);
        waiting.put_back(vec![3, 4]);
        waiting.put_back(vec![1, 2]);
        let mut round = Round::new();
        round.lost(&mut batch, 1, vec![0], lost());
        assert!(matches!(round.ends_with(&mut batch, &mut waiting), Next::Alone(1, _)));
        assert_eq!(waiting.one(), Some(vec![0]), "alone");
        assert_eq!(waiting.round(&batch, |_| 1), [[6], [4], [3], [2]]);
        batch.answered();
        assert_eq!(waiting.round(&batch, |_| 1), [[1]]);
    }

    fn lost() -> ForgeError {
        ForgeError::new(ForgeErrorKind::Unavailable, "", "lost")
    }

    /// Asks for so many things, and for those alone that have to be, as trees and texts are asked for. The forge answers no
    /// document about one of `bad`. Returns how many documents were sent, how many of them were lost, and what was asked
    /// for alone.
    fn read(count: usize, most: usize, bad: &[usize]) -> (usize, usize, Vec<usize>) {
        let (mut sent, mut failed, mut alone) = (0, 0, Vec::new());
        let mut batch = Batch::new(most);
        let mut waiting = Waiting::new((0..count).collect::<Vec<_>>());
        while !waiting.is_empty() {
            let mut round = Round::new();
            for chunk in waiting.round(&batch, |_| batch.size()) {
                sent += 1;
                if chunk.iter().any(|one| bad.contains(one)) {
                    failed += 1;
                    round.lost(&mut batch, chunk.len(), chunk, lost());
                } else {
                    round.heard();
                    batch.went_well();
                }
            }
            match round.ends_with(&mut batch, &mut waiting) {
                Next::Round => {}
                Next::Alone(some, _) => {
                    for _ in 0..some {
                        alone.extend(waiting.one().unwrap_or_default());
                        batch.answered();
                    }
                }
                Next::Nothing(_) => panic!("the forge answers"),
            }
        }
        (sent, failed, alone)
    }

    #[test]
    fn one_thing_that_is_never_answered_costs_a_few_documents() {
        // Trees and texts, as many of them as large fleets have.
        for (count, most) in [(10_000, 50), (30_000, 240)] {
            for bad in [0, 17, count / 2, count - 1] {
                let (sent, failed, alone) = read(count, most, &[bad]);
                assert_eq!(alone, [bad]);
                assert!(failed <= 10, "{failed} failed");
                assert!(sent <= count / most + 60, "{sent} of {count}");
            }
        }
        // Many of them, side by side.
        let bad: Vec<usize> = (100..140).collect();
        let (sent, failed, mut alone) = read(10_000, 50, &bad);
        alone.sort_unstable();
        assert!(bad.iter().all(|one| alone.contains(one)), "{alone:?}");
        assert!(sent <= 500 && failed <= 120, "{sent} sent, {failed} failed");
    }
}
