//! What is said when Ctrl-C ends a command that makes things: before the first one that nothing was made; later how to go on.

use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use dialoguer::console;

/// What a shell says of a process that SIGINT ended.
const INTERRUPTED: i32 = 130;

/// The words, which change as the work goes on. Cheap to clone.
#[derive(Clone, Debug)]
pub(in crate::cli) struct LastWords(Arc<Mutex<String>>);

impl LastWords {
    /// Listens from now on: at Ctrl-C the words are said, and the process ends as it would by itself, but with the
    /// cursor back, which a list hides.
    pub(in crate::cli) fn listening(words: &str) -> Self {
        let listening = Self(Arc::new(Mutex::new(words.to_owned())));
        let said = listening.clone();
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
                let _ = writeln!(std::io::stderr(), "\n{}", said.words());
                std::process::exit(INTERRUPTED);
            }
        });
        // One that did not come so far has let its end of the channel go.
        let _ = is_ready.recv();
        listening
    }

    /// Others from now on.
    pub(in crate::cli) fn are(&self, words: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = words;
    }

    fn words(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
