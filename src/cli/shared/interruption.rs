//! What is said when Ctrl-C ends a command that makes things: before the first one that nothing was made; later how to go on.

use std::io::Write as _;
use std::sync::{Mutex, Once, PoisonError};

use dialoguer::console;

/// What a shell says of a process that SIGINT ended.
const INTERRUPTED: i32 = 130;

/// What those who listen want to have said, in the order in which they began. A command that another one runs is a part of
/// that, and knows nothing of what is around it: the first one speaks.
static SAID: Mutex<Vec<Said>> = Mutex::new(Vec::new());

/// Listens once in the life of a process: the signal then has no other effect any more.
static LISTENING: Once = Once::new();

/// The words of one who listens.
struct Said {
    id: usize,
    words: String,
}

/// The words, which change as the work goes on, and are withdrawn when it is over.
#[derive(Debug)]
pub(in crate::cli) struct LastWords {
    id: usize,
}

impl LastWords {
    /// Listens from now on: at Ctrl-C the words are said, and the process ends as it would by itself, but with the
    /// cursor back, which a list hides.
    pub(in crate::cli) fn listening(words: &str) -> Self {
        LISTENING.call_once(listen);
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        let id = said.last().map_or(0, |last| last.id + 1);
        said.push(Said { id, words: words.to_owned() });
        Self { id }
    }

    /// Others from now on.
    pub(in crate::cli) fn are(&self, words: String) {
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ours) = said.iter_mut().find(|it| it.id == self.id) {
            ours.words = words;
        }
    }
}

impl Drop for LastWords {
    fn drop(&mut self) {
        SAID.lock().unwrap_or_else(PoisonError::into_inner).retain(|it| it.id != self.id);
    }
}

/// What is to be said now; nothing where the work is over.
fn words() -> Option<String> {
    let said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    said.first().map(|first| first.words.clone())
}

fn listen() {
    let (ready, is_ready) = std::sync::mpsc::channel();
    // Without the thread Ctrl-C works as ever, says nothing, and hides the cursor at worst.
    let _ = std::thread::Builder::new().spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        let heard = runtime.block_on(async {
            let mut heard = std::pin::pin!(tokio::signal::ctrl_c());
            // It is heard from its first poll on.
            tokio::select! {
                biased;
                heard = &mut heard => return heard,
                () = std::future::ready(()) => {}
            }
            let _ = ready.send(());
            heard.await
        });
        if heard.is_ok() {
            let terminal = console::Term::stderr();
            if terminal.is_term() {
                let _ = terminal.show_cursor();
            }
            // There is nowhere left to report that standard error is gone.
            let _ = match words() {
                Some(words) => writeln!(std::io::stderr(), "\n{words}"),
                None => writeln!(std::io::stderr()),
            };
            std::process::exit(INTERRUPTED);
        }
    });
    // One that did not come so far has let its end of the channel go.
    let _ = is_ready.recv();
}
