//! How much one document asks for: as much as the forge can stand.
//!
//! A document that asks for too much is answered 502, times out, or comes back half empty (GitHub's
//! "Node limit" and "Timeouts"). Then half as much is asked for, and slowly more again.

use std::pin::Pin;
use std::task::Poll;

use super::super::{ForgeError, ForgeErrorKind};

/// Documents that are under way at once: more gain nothing, since the forge counts the work that it does for us.
pub(super) const AT_ONCE: usize = 4;

/// Asks for several things at once; the answers in the order of the things.
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

/// The size of batches, which learns.
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

    /// It was too much for so many.
    pub(super) fn too_much(&mut self, asked: usize) {
        self.size = (asked.min(self.size) / 2).max(1);
    }

    /// It went well.
    pub(super) fn went_well(&mut self) {
        self.size = (self.size + self.size.div_ceil(8)).min(self.most);
    }
}

/// Whether asking for less may help.
pub(super) fn may_shrink(error: &ForgeError) -> bool {
    error.kind == ForgeErrorKind::Unavailable
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
}
