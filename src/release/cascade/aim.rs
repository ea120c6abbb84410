//! Which members are left alone, by what their images contain and what runs there. Pure.
//!
//! A cascade and its preview share these decisions.

use super::document::{Row, State};
use super::image::{Fault, Held, Wanted};
use super::seen::Seen;

/// Why a member is left alone whose version is earlier than the one that the others go back to.
const EARLIER: &str = "its image contains an earlier version: it is left alone";

/// Which members are left alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aim {
    /// Whether members go back, because the index knows a later version. Only images with exactly this version are then
    /// through: images are read before members are notified, and an old notification of the version does not count.
    pub goes_back: bool,
    /// Whether a member with an earlier version is left alone.
    pub only_back: bool,
    /// Whether members whose images contain the version are left alone.
    pub only_behind: bool,
    /// Whether a member that was notified of an earlier version since, and so was taken back, is notified again.
    pub takes_forward: bool,
}

/// What the images of a member contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contains {
    /// The wanted version.
    It,
    /// A later version.
    Later,
    /// An older version.
    Older,
    /// Unknown: the images were not read, or cannot be.
    Unread,
}

/// What happens to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Left alone: its image contains the version.
    Current,
    /// Left alone: its image contains an earlier version.
    Earlier,
    /// Notified.
    Notified {
        /// Whether an earlier notification whose run is over does not count.
        goes_back: bool,
    },
}

impl Fate {
    /// Sets the row of a member that is left alone and returns `None`; returns `goes_back` for one to notify.
    pub(super) fn of_row(self, row: &mut Row) -> Option<bool> {
        match self {
            Self::Notified { goes_back } => return Some(goes_back),
            Self::Current => row.state = State::Current,
            Self::Earlier => {
                row.state = State::Earlier;
                row.reason = Some(EARLIER.to_owned());
            }
        }
        None
    }
}

impl Aim {
    /// Whether images are read before members are notified.
    #[must_use]
    pub fn looks_into_images(self) -> bool {
        self.only_behind || self.goes_back
    }

    /// Sums up what the images of a member contain.
    pub(super) fn contains(self, wanted: Wanted<'_>, held: &[(String, Held)]) -> Contains {
        match wanted.verdict(held) {
            Ok(()) => Contains::It,
            Err(Fault::Later(_)) => Contains::Later,
            Err(Fault::Unknown(_)) => Contains::Unread,
            // If not all images can be read, one of them may contain a later version.
            Err(Fault::Old(_)) if self.only_back && held.iter().any(|(_, it)| it.is_unknown()) => {
                Contains::Unread
            }
            Err(Fault::Old(_)) => Contains::Older,
        }
    }

    /// Whether the images alone decide that a member is left alone, whatever runs there.
    pub(super) fn is_through(self, contains: Contains) -> bool {
        contains == Contains::It && !self.goes_back
    }

    /// Decides what happens to a member; `seen` is `None` if the repository could not be read.
    pub(super) fn fate(self, contains: Contains, seen: Option<&Seen>) -> Fate {
        // A build that is running now may be one that has to be undone.
        let is_building = seen.is_some_and(Seen::is_building);
        let is_earlier = self.only_back && contains == Contains::Older;
        match contains {
            Contains::It if !self.goes_back || (self.only_behind && !is_building) => Fate::Current,
            Contains::Older if is_earlier && seen.is_some() && !is_building => Fate::Earlier,
            Contains::It => Fate::Notified { goes_back: is_building },
            Contains::Later => Fate::Notified { goes_back: true },
            // It may contain a later version: going back is what was asked for, and one more build does no harm.
            Contains::Unread => Fate::Notified { goes_back: self.goes_back },
            Contains::Older => Fate::Notified { goes_back: is_earlier && is_building },
        }
    }
}
