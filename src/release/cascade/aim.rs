//! Which members are left alone, by what their images contain and what runs there. Pure.
//!
//! What a run does and what a look foresees are decided here alike.

use super::document::{Row, State};
use super::image::{Fault, Held, Wanted};
use super::tell::Seen;

/// Why a member is left alone that has an earlier version than all others go back to.
const EARLIER: &str = "its image contains an earlier version: it is left alone";

/// Which members are left alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aim {
    /// Whether the index knows a later version, so that only images with this very one are through: members go back. What they
    /// contain is looked at before they are told, and who was told of it long ago is told anew.
    pub goes_back: bool,
    /// Whether a member that has an earlier version is left alone.
    pub only_back: bool,
    /// Whether members whose image contains the version are left alone.
    pub only_behind: bool,
}

/// What the image of a member that may be told contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contains {
    /// The version that is wanted.
    It,
    /// A later one.
    Later,
    /// An older one.
    Older,
    /// It was not looked at, or cannot be read.
    Unread,
}

/// What is done about a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is left alone: its image contains the version.
    Current,
    /// It is left alone: its image contains an earlier version.
    Earlier,
    /// It is told.
    Told {
        /// Whether what it was told before does not count once that is over.
        goes_back: bool,
    },
}

impl Fate {
    /// Sets how one stands that is left alone; of one that is told, whether what it was told before does not count once that
    /// is over.
    pub(super) fn of_row(self, row: &mut Row) -> Option<bool> {
        match self {
            Self::Told { goes_back } => return Some(goes_back),
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
    /// Whether images are looked into before members are told.
    #[must_use]
    pub fn looks_into_images(self) -> bool {
        self.only_behind || self.goes_back
    }

    /// What images contain.
    pub(super) fn contains(self, wanted: Wanted<'_>, held: &[(String, Held)]) -> Contains {
        match wanted.verdict(held) {
            Ok(()) => Contains::It,
            Err(Fault::Later(_)) => Contains::Later,
            Err(Fault::Unknown(_)) => Contains::Unread,
            // Beside an earlier one there may be a later one, where not all can be read.
            Err(Fault::Old(_)) if self.only_back && held.iter().any(|(_, it)| it.is_unknown()) => {
                Contains::Unread
            }
            Err(Fault::Old(_)) => Contains::Older,
        }
    }

    /// Whether its image alone says that a member is left alone, whatever runs there.
    pub(super) fn is_through(self, contains: Contains) -> bool {
        contains == Contains::It && !self.goes_back
    }

    /// What is done about a member; `seen` is absent where it could not be looked at.
    pub(super) fn fate(self, contains: Contains, seen: Option<&Seen>) -> Fate {
        // What is being built at this moment may be what it is to be taken back from.
        let is_building = seen.is_some_and(Seen::is_building);
        let is_earlier = self.only_back && contains == Contains::Older;
        match contains {
            Contains::It if !self.goes_back || (self.only_behind && !is_building) => Fate::Current,
            Contains::Older if is_earlier && seen.is_some() && !is_building => Fate::Earlier,
            Contains::It => Fate::Told { goes_back: is_building },
            Contains::Later => Fate::Told { goes_back: true },
            // It may be a later one: going back is what was asked for, and a build too many does no harm.
            Contains::Unread => Fate::Told { goes_back: self.goes_back },
            Contains::Older => Fate::Told { goes_back: is_earlier && is_building },
        }
    }
}
