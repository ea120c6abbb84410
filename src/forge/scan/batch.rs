//! Adapts the size of documents to what the forge can handle, and waits while it handles nothing.
//!
//! A document that asks for too much is answered with a 502, times out, or comes back half empty (GitHub's "Node limit"
//! and "Timeouts"). Then it is asked for again in halves ([`super::waiting`]), the batch size is halved, and it grows slowly
//! again afterwards.
//!
//! A 502 or a time-out says as well that the forge is down, and only another document shows which it is. A round in which
//! nothing at all is answered is therefore repeated in halves at once; if nothing of these is answered either, one thing
//! is asked for alone, with the pauses of any other read. While it waits, all the rest does. What is answered so shows
//! that documents were too large. If nothing is, and nothing of one more round about others, the rest is not asked for: a
//! dead forge gets some sixteen documents, however many repositories there are. So does one that answers each of them with
//! an error of its own: what is too much even alone does not show that the forge answers at all.

use std::cmp::Reverse;
use std::ops::Range;
use std::pin::Pin;
use std::task::Poll;

use super::super::{Client, ForgeError, ForgeErrorKind};
use super::waiting::{Chunk, Waiting};

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

/// An adaptive batch size, and what is known of a forge that does not answer.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    size: usize,
    most: usize,
    silence: Silence,
}

/// What was tried since the forge last answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Silence {
    /// Nothing: it answers.
    #[default]
    None,
    /// A round of documents, which may have been too large.
    OfDocuments,
    /// Their halves, too, and one thing alone, again and again.
    Lasting,
}

/// What follows a round of documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another round, at once.
    Round,
    /// The first things that wait are asked for alone and patiently, until one of them is not answered: so many, with why
    /// the last document was not answered. [`Batch::answered`] is told of each answer.
    Alone(usize, ForgeError),
    /// The rest is not asked for.
    Nothing(ForgeError),
}

impl Batch {
    pub(super) fn new(most: usize) -> Self {
        Self { size: most.max(1), most: most.max(1), silence: Silence::None }
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Halves the size after a batch was too large.
    fn too_much(&mut self, asked: usize) {
        self.size = (asked.min(self.size) / 2).max(1);
    }

    /// Grows the size by an eighth after a success.
    pub(super) fn went_well(&mut self) {
        self.size = (self.size + self.size.div_ceil(8)).min(self.most);
        self.answered();
    }

    /// Whether only one more round has to show that the forge is down.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.silence == Silence::Lasting
    }

    /// Records that the forge answers.
    pub(super) fn answered(&mut self) {
        self.silence = Silence::None;
    }

    /// Decides what follows a round in which the forge said something (`heard`) or did not. Given is the smallest document
    /// that has to be asked for again, by its length, with its error.
    fn after(&mut self, heard: bool, smallest: Option<(usize, ForgeError)>) -> Next {
        if heard {
            self.answered();
        }
        let Some((length, error)) = smallest else { return Next::Round };
        match (heard, self.silence, length) {
            (true, _, 2..) => Next::Round,
            (true, _, _) => Next::Alone(1, error),
            (false, Silence::None, 2..) => {
                self.silence = Silence::OfDocuments;
                Next::Round
            }
            (false, Silence::None | Silence::OfDocuments, _) => {
                self.silence = Silence::Lasting;
                Next::Alone(1, error)
            }
            (false, Silence::Lasting, _) => Next::Nothing(error),
        }
    }
}

/// The documents of a round that were not answered.
#[derive(Debug)]
pub(super) struct Round<C> {
    heard: bool,
    lost: Vec<(usize, C, ForgeError)>,
}

impl<C> Round<C> {
    pub(super) fn new() -> Self {
        Self { heard: false, lost: Vec::new() }
    }

    /// Records that the forge answered a document, if only with a refusal.
    pub(super) fn heard(&mut self) {
        self.heard = true;
    }

    /// Records a document about so many things that has to be asked for again, in parts if there are several.
    pub(super) fn lost(&mut self, batch: &mut Batch, length: usize, chunk: C, error: ForgeError) {
        batch.too_much(length);
        // What is too much even alone may be all that the forge says today, to whatever it is asked.
        self.heard |= error.is_too_much && length > 1;
        self.lost.push((length, chunk, error));
    }

    /// What is to be put back in front of what waits, in this order, so that what cannot be halved comes first; and what is
    /// done then.
    fn ends(mut self, batch: &mut Batch) -> (Vec<C>, Next) {
        self.lost.sort_by_key(|(length, ..)| Reverse(*length));
        let smallest = self.lost.last().map(|(length, _, error)| (*length, error.clone()));
        let singles = self.lost.iter().filter(|(length, ..)| *length == 1).count();
        let next = match batch.after(self.heard, smallest) {
            Next::Alone(_, error) => Next::Alone(singles.max(1), error),
            next => next,
        };
        (self.lost.into_iter().map(|(_, chunk, _)| chunk).collect(), next)
    }
}

impl<C: Chunk> Round<C> {
    /// Puts back what has to be asked for again, and decides what is done then.
    pub(super) fn ends_with(self, batch: &mut Batch, waiting: &mut Waiting<C>) -> Next {
        let (again, next) = self.ends(batch);
        again.into_iter().for_each(|chunk| waiting.put_back(chunk));
        next
    }
}

/// Whether a smaller batch may succeed, or the same later.
pub(super) fn may_shrink(error: &ForgeError) -> bool {
    error.kind == ForgeErrorKind::Unavailable
}

/// Whether the forge said nothing to a request about one thing. To one whose answer is too large, it said more than enough.
pub(super) fn is_silence(error: &ForgeError) -> bool {
    may_shrink(error) && !error.is_too_much
}

/// The error of what is not asked for after `error`: about a route, if that is of a request about another repository.
pub(super) fn of_others(error: ForgeError, route: &str) -> ForgeError {
    match error.request.starts_with("GET ") {
        true => ForgeError { request: format!("GET {route}"), ..error },
        // Documents are about all of them.
        false => error,
    }
}

/// Asks for one thing again until the forge answers, with the pauses of any other read. `last` is why it did not.
async fn patiently<R>(
    client: &Client,
    mut last: ForgeError,
    ask: impl AsyncFn() -> Result<R, ForgeError>,
) -> Result<R, ForgeError> {
    // What is too much even alone is so at any time, or was in a bad moment: once more tells.
    let attempts = if last.is_too_much { 2 } else { client.limits().attempts };
    for attempt in 1..attempts {
        client.pause_unanswered(&last.request, attempt - 1).await;
        match ask().await {
            Err(error) if may_shrink(&error) => last = error,
            answer => return answer,
        }
    }
    Err(last)
}

/// Requests `count` items in adaptive batches, one document per batch. Returns the answers in order. `went` receives
/// the number of items answered by each document.
pub(in crate::forge) async fn in_batches<A: Clone>(
    client: &Client,
    count: usize,
    most: usize,
    ask: impl AsyncFn(Range<usize>) -> Result<Vec<Result<A, ForgeError>>, ForgeError>,
    went: impl Fn(usize),
) -> Vec<Result<A, ForgeError>> {
    let mut batch = Batch::new(most);
    let mut answers: Vec<Option<Result<A, ForgeError>>> = vec![None; count];
    let mut waiting = Waiting::new(0..count);
    // What ends everything: an error such as an invalid token applies to all remaining items as well.
    let mut ended = None;
    while ended.is_none() && !waiting.is_empty() {
        let ranges = waiting.round(&batch, |_| batch.size());
        let asking = async |range: Range<usize>| (range.clone(), ask(range).await);
        let mut round = Round::new();
        for (range, answer) in at_once(ranges, asking).await {
            match answer {
                Ok(found) => {
                    round.heard();
                    batch.went_well();
                    went(found.len());
                    enter(&mut answers, range, found);
                }
                Err(error) if may_shrink(&error) => {
                    round.lost(&mut batch, range.len(), range, error);
                }
                Err(error) => ended = Some(error),
            }
        }
        let next = round.ends_with(&mut batch, &mut waiting);
        if ended.is_some() {
            break;
        }
        match next {
            Next::Round => {}
            Next::Nothing(error) => ended = Some(error),
            Next::Alone(some, last) => {
                for _ in 0..some {
                    let Some(range) = waiting.one() else { break };
                    match patiently(client, last.clone(), async || ask(range.clone()).await).await {
                        Ok(found) => {
                            batch.answered();
                            went(found.len());
                            enter(&mut answers, range, found);
                        }
                        Err(error) if may_shrink(&error) => {
                            enter(&mut answers, range, vec![Err(error)]);
                            break;
                        }
                        Err(error) => {
                            ended = Some(error);
                            break;
                        }
                    }
                }
            }
        }
    }
    let missing = |answer: Option<_>| answer.or_else(|| ended.clone().map(Err));
    answers.into_iter().filter_map(missing).collect()
}

/// Enters the answers to a range.
fn enter<A>(
    answers: &mut [Option<Result<A, ForgeError>>],
    range: Range<usize>,
    found: Vec<Result<A, ForgeError>>,
) {
    let places = answers.get_mut(range).unwrap_or_default();
    places.iter_mut().zip(found).for_each(|(place, found)| *place = Some(found));
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::forge::ForgeAddress;
    use crate::forge::client::Options;
    use crate::forge::credential::Credential;
    use crate::forge::governor::Limits;

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

    fn error(said: &str, is_too_much: bool) -> ForgeError {
        ForgeError { is_too_much, ..ForgeError::new(ForgeErrorKind::Unavailable, "", said) }
    }

    /// What follows a round that loses documents of these lengths, and whether another one is answered.
    fn after(batch: &mut Batch, lost: &[usize], is_heard: bool, is_too_much: bool) -> Next {
        let mut round = Round::new();
        for length in lost {
            round.lost(batch, *length, *length, error("lost", is_too_much));
        }
        if is_heard {
            round.heard();
        }
        let (again, next) = round.ends(batch);
        assert!(again.is_sorted_by(|one, other| one >= other), "{again:?}");
        assert_eq!(again.len(), lost.len());
        next
    }

    #[test]
    fn a_forge_that_answers_nothing_is_asked_in_halves_and_then_patiently_and_then_no_more() {
        let mut batch = Batch::new(100);
        assert_eq!(after(&mut batch, &[100, 100, 100, 100], false, false), Next::Round);
        assert!(batch.size() < 100);
        let lost = error("lost", false);
        assert_eq!(after(&mut batch, &[6, 6, 6, 2], false, false), Next::Alone(1, lost.clone()));
        assert_eq!(after(&mut batch, &[1, 1, 1, 1], false, false), Next::Nothing(lost.clone()));
        // What is answered alone shows that the documents were too large.
        batch.answered();
        assert_eq!(after(&mut batch, &[4, 4], false, false), Next::Round);
        // What cannot be halved is not asked for again at once.
        let mut batch = Batch::new(100);
        assert_eq!(after(&mut batch, &[1], false, false), Next::Alone(1, lost));
    }

    #[test]
    fn a_forge_that_answers_is_not_waited_for_but_by_what_it_does_not_answer_alone() {
        let mut batch = Batch::new(100);
        for _ in 0..10 {
            assert_eq!(after(&mut batch, &[8, 4], true, false), Next::Round);
            assert_eq!(after(&mut batch, &[8, 4], false, true), Next::Round, "too much");
        }
        let lost = error("lost", false);
        assert_eq!(after(&mut batch, &[1, 2, 1], true, false), Next::Alone(2, lost));
        assert_eq!(after(&mut batch, &[8, 4], false, false), Next::Round);
        assert_eq!(after(&mut batch, &[], true, false), Next::Round);
    }

    #[test]
    fn a_forge_to_which_each_single_thing_is_too_much_is_as_good_as_down() {
        let mut batch = Batch::new(100);
        let lost = error("lost", true);
        assert_eq!(after(&mut batch, &[100, 100, 100, 100], false, true), Next::Round);
        assert_eq!(after(&mut batch, &[1, 1, 1, 1], false, true), Next::Alone(4, lost.clone()));
        assert!(batch.is_in_doubt());
        assert_eq!(after(&mut batch, &[1, 1, 1, 1], false, true), Next::Nothing(lost.clone()));
        // Not if another document of the round is answered.
        assert_eq!(after(&mut batch, &[1, 1, 1], true, true), Next::Alone(3, lost));
        assert!(!batch.is_in_doubt());
    }

    #[test]
    fn what_is_not_asked_for_names_no_request_about_another() {
        let route = "/repos/{owner}/{repo}/git/blobs/{sha}";
        let named = |request: &str| {
            let error = ForgeError { request: request.to_owned(), ..error("lost", false) };
            of_others(error, route).request
        };
        assert_eq!(named("GET /repos/acme/api/git/blobs/1"), format!("GET {route}"));
        assert_eq!(named("GraphQL files"), "GraphQL files");
        assert_eq!(named(""), "");
    }

    fn client(attempts: u32) -> Client {
        let address = ForgeAddress::parse("http://127.0.0.1:1").expect("an address");
        let limits = Limits { attempts, ..Limits::default() };
        let options = Options { limits, ..Options::new(address, Credential::Anonymous) };
        Client::new(options).expect("a client")
    }

    #[tokio::test]
    async fn what_is_never_answered_stops_no_other_and_is_asked_for_again() {
        let alone = Cell::new(0);
        // Documents about more than ten get nothing, and none about the one in their midst.
        let ask = async |range: Range<usize>| {
            alone.set(alone.get() + u32::from(range == (17..18)));
            match range.len() > 10 || range.contains(&17) {
                true => Err(error("lost", false)),
                false => Ok(range.map(Ok).collect()),
            }
        };
        let answers: Vec<Result<usize, ForgeError>> =
            in_batches(&client(2), 100, 50, ask, |_| ()).await;
        assert_eq!(answers.len(), 100);
        for (index, answer) in answers.into_iter().enumerate() {
            assert_eq!(answer.ok(), (index != 17).then_some(index));
        }
        assert_eq!(alone.get(), 2);
    }

    #[tokio::test]
    async fn one_that_is_never_answered_costs_a_large_fleet_a_few_documents() {
        for bad in [0, 17, 5000, 9999] {
            let (sent, failed) = (Cell::new(0), Cell::new(0));
            let ask = async |range: Range<usize>| {
                sent.set(sent.get() + 1);
                if range.contains(&bad) {
                    failed.set(failed.get() + 1);
                    return Err(error("lost", false));
                }
                Ok(range.map(Ok).collect())
            };
            // No pauses: once alone is enough.
            let answers: Vec<Result<usize, ForgeError>> =
                in_batches(&client(1), 10_000, 100, ask, |_| ()).await;
            let lost = answers.iter().enumerate().filter(|(_, answer)| answer.is_err());
            assert_eq!(lost.map(|(index, _)| index).collect::<Vec<_>>(), [bad]);
            assert!(failed.get() <= 10, "{} failed", failed.get());
            assert!(sent.get() <= 160, "{} sent", sent.get());
        }
    }
}
