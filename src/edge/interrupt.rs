//! Ctrl-C: once to stop at the next safe point, twice to exit at once. Servers also stop on signals from other
//! programs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Whether a stop was requested. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
    /// Wakes the tasks that wait for it.
    told: Arc<Notify>,
}

/// The exit code that shells report for Ctrl-C: 128 plus the number of the signal.
const INTERRUPTED: i32 = 130;

impl Interrupt {
    /// Starts listening, within a runtime. `told` is called at the first Ctrl-C; the second ends the process.
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

    /// Waits until a stop is requested.
    pub async fn asked(&self) {
        let told = self.told.notified();
        tokio::pin!(told);
        // Registers before the check below, so that no request is missed in between.
        told.as_mut().enable();
        if !self.is_asked() {
            told.await;
        }
    }

    /// Whether a stop was requested.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

/// Ctrl-C, a request from another program (SIGTERM), or a closed terminal (SIGHUP), received from the moment this is
/// created.
#[derive(Debug)]
pub struct Ending {
    interrupted: Heard,
    #[cfg(unix)]
    terminated: Heard,
    /// `None` unless SIGHUP would end this process: `nohup` lets a program run on.
    #[cfg(unix)]
    hung_up: Option<Heard>,
}

#[cfg(unix)]
type Heard = tokio::signal::unix::Signal;
#[cfg(not(unix))]
type Heard = tokio::signal::windows::CtrlC;

impl Ending {
    /// Starts listening, within a runtime.
    ///
    /// # Errors
    /// When the system does not allow it.
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

    /// Waits for the next signal.
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

/// Whether SIGHUP would end this process: listening to an ignored signal would undo `nohup`. `false` on systems that do
/// not say so (Linux does).
#[cfg(unix)]
fn ends_with_its_terminal() -> bool {
    const HANGUP: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & HANGUP == 0)
}
