//! Input that waits before anybody has asked for it: what was typed ahead, or the rest of a paste.
//!
//! On Windows nothing of this is known: nothing waits there, and nothing is discarded.

#[cfg(unix)]
use std::time::{Duration, Instant};

/// How long a paste may pause between its parts, as over a slow connection, without being taken for two.
#[cfg(unix)]
const PAUSE: Duration = Duration::from_millis(60);

/// The longest wait for input to end, such as that of a key which is held down.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether more input follows at once, as it does within a paste. Standard input must be a terminal.
#[must_use]
pub fn waits() -> bool {
    #[cfg(unix)]
    return here::arrives_within(PAUSE);
    #[cfg(not(unix))]
    false
}

/// Discards what waits, and what follows it at once. Says whether there was something. Standard input must be a terminal.
#[must_use]
pub fn discarded() -> bool {
    let mut any = false;
    #[cfg(unix)]
    {
        let begun = Instant::now();
        while here::arrives_within(PAUSE) && begun.elapsed() < PATIENCE {
            any = true;
            here::discard();
        }
    }
    any
}

#[cfg(unix)]
mod here {
    use std::io;
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use rustix::io::ioctl_fionread;
    use rustix::termios::{LocalModes, OptionalActions, QueueSelector};
    use rustix::termios::{tcflush, tcgetattr, tcsetattr};

    /// How often to look.
    const STEP: Duration = Duration::from_millis(5);

    /// Whether input is there or arrives in this time. Nothing is read.
    pub(super) fn arrives_within(time: Duration) -> bool {
        let input = io::stdin();
        let Ok(before) = tcgetattr(&input) else { return false };
        // Otherwise a terminal hands out whole lines only, and shows what arrives.
        let mut by_key = before.clone();
        by_key.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        if tcsetattr(&input, OptionalActions::Now, &by_key).is_err() {
            return false;
        }
        let begun = Instant::now();
        let arrived = loop {
            match ioctl_fionread(&input) {
                Ok(0) if begun.elapsed() < time => sleep(STEP),
                Ok(count) => break count > 0,
                Err(_) => break false,
            }
        };
        let _ = tcsetattr(&input, OptionalActions::Now, &before);
        arrived
    }

    /// Discards what waits now.
    pub(super) fn discard() {
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    }
}
