//! Runs several requests concurrently and returns their results in order.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Calls `ask` for each of `things`, at most `at_once` concurrently, and returns the results in the order of `things`.
///
/// `None` stands for a cancelled call, which happens only when the runtime shuts down. A panic is propagated: otherwise
/// a missing answer would go unnoticed.
pub async fn together<T, R, A, F>(at_once: usize, things: Vec<T>, ask: A) -> Vec<Option<R>>
where
    T: Send + 'static,
    R: Send + 'static,
    A: Fn(T) -> F,
    F: Future<Output = R> + Send + 'static,
{
    let seats = Arc::new(Semaphore::new(at_once.max(1)));
    let mut answers: Vec<Option<R>> = Vec::new();
    answers.resize_with(things.len(), || None);
    let mut asking = JoinSet::new();
    for (index, thing) in things.into_iter().enumerate() {
        let (seats, asked) = (Arc::clone(&seats), ask(thing));
        asking.spawn(async move {
            let _seat = seats.acquire().await;
            (index, asked.await)
        });
    }
    while let Some(ended) = asking.join_next().await {
        match ended {
            Ok((index, answer)) => {
                if let Some(place) = answers.get_mut(index) {
                    *place = Some(answer);
                }
            }
            Err(cut) if cut.is_panic() => std::panic::resume_unwind(cut.into_panic()),
            Err(_) => {}
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn answers_are_in_order_and_few_are_asked_at_once() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let answers = runtime.block_on(together(3, (0..20).collect(), |number: u64| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                now.fetch_sub(1, Ordering::SeqCst);
                number * 2
            }
        }));
        let wanted: Vec<Option<u64>> = (0..20).map(|number| Some(number * 2)).collect();
        assert_eq!(answers, wanted);
        assert_eq!(most.load(Ordering::SeqCst), 3);
    }

    #[test]
    #[should_panic(expected = "as asked")]
    fn a_panic_is_not_an_answer_that_is_missing() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let things = vec![1, 2, 3];
        runtime.block_on(together(2, things, |number: u64| async move {
            assert!(number != 2, "as asked");
            number
        }));
    }
}
