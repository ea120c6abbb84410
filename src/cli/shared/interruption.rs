//! The message printed when Ctrl-C ends a command that makes changes: at first that nothing was changed, later how to
//! continue.

use std::io::Write as _;
use std::sync::{Mutex, Once, PoisonError};

use dialoguer::console;

/// The exit status that shells report for a process ended by SIGINT.
const INTERRUPTED: i32 = 130;

/// The registered messages, in the order of registration. A command that runs another one registers first, and only the
/// first message is printed.
static SAID: Mutex<Vec<Said>> = Mutex::new(Vec::new());

/// Installs the handler once per process, since the signal then loses its default effect for good.
static LISTENING: Once = Once::new();

/// A registered message.
struct Said {
    id: usize,
    words: String,
}

/// A message that may change while the work proceeds, and is withdrawn when dropped.
#[derive(Debug)]
pub(in crate::cli) struct LastWords {
    id: usize,
}

impl LastWords {
    /// Registers a message. From now on, Ctrl-C prints it and ends the process, after showing the cursor again if a
    /// list has hidden it.
    pub(in crate::cli) fn listening(words: &str) -> Self {
        LISTENING.call_once(listen);
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        let id = said.last().map_or(0, |last| last.id + 1);
        said.push(Said { id, words: words.to_owned() });
        Self { id }
    }

    /// Replaces the message.
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

/// The message to print; `None` when the work is over.
fn words() -> Option<String> {
    let said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    said.first().map(|first| first.words.clone())
}

fn listen() {
    let (ready, is_ready) = std::sync::mpsc::channel();
    // Without the thread, Ctrl-C keeps its default effect: no message, and at worst a hidden cursor.
    let _ = std::thread::Builder::new().spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        let heard = runtime.block_on(async {
            let mut heard = std::pin::pin!(tokio::signal::ctrl_c());
            // The handler is installed by the first poll.
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
            // If standard error is gone, the failure cannot be reported anywhere.
            let _ = match words() {
                Some(words) => writeln!(std::io::stderr(), "\n{words}"),
                None => writeln!(std::io::stderr()),
            };
            std::process::exit(INTERRUPTED);
        }
    });
    // Fails if the thread ended early, which dropped its sender.
    let _ = is_ready.recv();
}
