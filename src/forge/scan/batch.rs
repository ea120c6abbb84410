//! Adapts the size of documents to what the forge can handle.
//!
//! A document that asks for too much is answered with a 502, times out, or comes back half empty (GitHub's "Node limit"
//! and "Timeouts"). Then the batch size is halved, and it grows slowly again afterwards.

use std::collections::VecDeque;
use std::ops::Range;
use std::pin::Pin;
use std::task::Poll;

use super::super::{ForgeError, ForgeErrorKind};

/// Concurrent documents. More gain nothing, since the forge limits the CPU time spent on a client.
pub(super) const AT_ONCE: usize = 4;

/// Runs requests concurrently. Returns the answers in the order of the requests.
pub(super) async fn at_once<T, R>(things: Vec<T>, ask: impl AsyncFn(T) -> R) -> Vec<R> {
    let mut asked: Vec<Pin<Box<dyn Future<Output = R> + '_>>> = Vec::with_capacity(things.len());
    for thing in things {
        asked.push(Box::pin(ask(thing)));
    }
    let mut answers: Vec<Option<R>> = asked.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (asked, answer) in asked.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let Poll::Ready(ready) = asked.as_mut().poll(context)
            {
                *answer = Some(ready);
            }
        }
        if answers.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}

/// An adaptive batch size.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    size: usize,
    most: usize,
}

impl Batch {
    pub(super) fn new(most: usize) -> Self {
        Self { size: most.max(1), most: most.max(1) }
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Halves the size after a batch was too large.
    pub(super) fn too_much(&mut self, asked: usize) {
        self.size = (asked.min(self.size) / 2).max(1);
    }

    /// Grows the size by an eighth after a success.
    pub(super) fn went_well(&mut self) {
        self.size = (self.size + self.size.div_ceil(8)).min(self.most);
    }
}

/// Whether a smaller batch may succeed.
pub(super) fn may_shrink(error: &ForgeError) -> bool {
    error.kind == ForgeErrorKind::Unavailable
}

/// Requests `count` items in adaptive batches, one document per batch. Returns the answers in order. `went` receives
/// the number of items answered by each document.
pub(in crate::forge) async fn in_batches<A: Clone>(
    count: usize,
    most: usize,
    ask: impl AsyncFn(Range<usize>) -> Result<Vec<Result<A, ForgeError>>, ForgeError>,
    went: impl Fn(usize),
) -> Vec<Result<A, ForgeError>> {
    let mut batch = Batch::new(most);
    let mut answers: Vec<Option<Result<A, ForgeError>>> = vec![None; count];
    let mut waiting = VecDeque::from(vec![0..count; 1]);
    while waiting.iter().any(|range| !range.is_empty()) {
        let ranges = take(&mut waiting, batch.size());
        let asking = async |range: Range<usize>| (range.clone(), ask(range).await);
        for (range, answer) in at_once(ranges, asking).await {
            let asked = answers.get_mut(range.clone()).unwrap_or_default();
            match answer {
                Ok(found) => {
                    batch.went_well();
                    went(found.len());
                    asked.iter_mut().zip(found).for_each(|(place, found)| *place = Some(found));
                }
                Err(error) if may_shrink(&error) && range.len() > 1 => {
                    batch.too_much(range.len());
                    waiting.push_front(range);
                }
                Err(error) if may_shrink(&error) => {
                    asked.iter_mut().for_each(|place| *place = Some(Err(error.clone())));
                }
                Err(error) => {
                    // An error such as an invalid token or an exhausted limit applies to all remaining items as well.
                    let rest = answers.iter_mut().filter(|place| place.is_none());
                    rest.for_each(|place| *place = Some(Err(error.clone())));
                    waiting.clear();
                }
            }
        }
    }
    answers.into_iter().flatten().collect()
}

/// The next ranges to request concurrently, none larger than a batch.
fn take(waiting: &mut VecDeque<Range<usize>>, size: usize) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    while ranges.len() < AT_ONCE
        && let Some(range) = waiting.pop_front()
    {
        let end = range.end.min(range.start + size);
        if end < range.end {
            waiting.push_front(end..range.end);
        }
        if range.start < end {
            ranges.push(range.start..end);
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_halve_at_once_and_grow_slowly() {
        let mut batch = Batch::new(100);
        batch.too_much(100);
        assert_eq!(batch.size(), 50);
        batch.too_much(7);
        assert_eq!(batch.size(), 3);
        batch.went_well();
        assert_eq!(batch.size(), 4);
        for _ in 0..100 {
            batch.went_well();
        }
        assert_eq!(batch.size(), 100);
        for _ in 0..20 {
            batch.too_much(1);
        }
        assert_eq!(batch.size(), 1);
    }

    #[test]
    fn ranges_are_cut_into_batches_in_order() {
        let mut waiting = VecDeque::from([0..5, 7..8]);
        assert_eq!(take(&mut waiting, 2), [0..2, 2..4, 4..5, 7..8]);
        assert!(waiting.is_empty());
        let mut waiting = VecDeque::from(vec![0..9; 1]);
        assert_eq!(take(&mut waiting, 2).len(), AT_ONCE);
        assert_eq!(waiting.pop_front(), Some(8..9));
    }
}
