//! Ctrl-C: once to stop at the next good moment, twice to leave at once. Servers end at the wish of other
//! programs as well.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Whether somebody asked to stop. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
    /// Wakes whoever waits for it.
    told: Arc<Notify>,
}

/// What a shell says of a program that Ctrl-C ended: 128 and the number of the signal.
const INTERRUPTED: i32 = 130;

impl Interrupt {
    /// Listens from now on, inside a runtime. `told` is called at the first Ctrl-C; the second ends the process.
    #[must_use]
    pub fn listening(told: impl Fn() + Send + 'static) -> Self {
        let interrupt = Self::default();
        let listener = interrupt.clone();
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if listener.asked.swap(true, Ordering::Relaxed) {
                    std::process::exit(INTERRUPTED);
                }
                listener.told.notify_waiters();
                told();
            }
        });
        interrupt
    }

    /// Waits until somebody asks to stop.
    pub async fn asked(&self) {
        let told = self.told.notified();
        tokio::pin!(told);
        // Whoever asks from here on is heard.
        told.as_mut().enable();
        if !self.is_asked() {
            told.await;
        }
    }

    /// Whether somebody asked to stop.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

/// Ctrl-C, the wish of another program (SIGTERM), or a terminal that is closed (SIGHUP), heard from the moment this is
/// made.
#[derive(Debug)]
pub struct Ending {
    interrupted: Heard,
    #[cfg(unix)]
    terminated: Heard,
    /// Not where it would end nothing: `nohup` lets a program run on.
    #[cfg(unix)]
    hung_up: Option<Heard>,
}

#[cfg(unix)]
type Heard = tokio::signal::unix::Signal;
#[cfg(not(unix))]
type Heard = tokio::signal::windows::CtrlC;

impl Ending {
    /// Listens from now on, inside a runtime.
    ///
    /// # Errors
    /// When the system lets nobody listen.
    pub fn listening() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let hung_up =
                if ends_with_its_terminal() { Some(signal(SignalKind::hangup())?) } else { None };
            Ok(Self {
                interrupted: signal(SignalKind::interrupt())?,
                terminated: signal(SignalKind::terminate())?,
                hung_up,
            })
        }
        #[cfg(not(unix))]
        Ok(Self { interrupted: tokio::signal::windows::ctrl_c()? })
    }

    /// Waits for the next wish.
    pub async fn heard(&mut self) {
        #[cfg(unix)]
        {
            let hung_up = async {
                match &mut self.hung_up {
                    Some(hung_up) => hung_up.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.interrupted.recv() => {}
                _ = self.terminated.recv() => {}
                _ = hung_up => {}
            }
        }
        #[cfg(not(unix))]
        self.interrupted.recv().await;
    }
}

/// Whether SIGHUP would end this process: to listen to a signal that is ignored would undo `nohup`. Where the system does
/// not say so (Linux does), it is left as it is.
#[cfg(unix)]
fn ends_with_its_terminal() -> bool {
    const HANGUP: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & HANGUP == 0)
}
