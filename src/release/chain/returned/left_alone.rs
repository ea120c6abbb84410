//! Repositories that a way back leaves alone, since their images contain another version.

use std::collections::BTreeSet;

use pep440_rs::Version;

use super::{Returned, key};
use crate::release::cascade::{Row, State};

impl Returned {
    /// Removes a repository that was still to go back, and is left alone with an earlier version.
    pub(super) fn leave_alone(&mut self, row: &Row) {
        let name = key(row);
        if row.state == State::Earlier && self.has_yet_to_go(&name) {
            self.repositories.remove(&name);
            self.unseen.remove(&name);
            self.no_fault.remove(&name);
        }
    }

    /// The record that images of repositories were seen to contain an earlier version than others go back to, so that they
    /// have none of the later ones; `None` if that adds nothing.
    #[must_use]
    pub fn with_earlier(&self, rows: &[Row]) -> Option<Self> {
        // A record that names no repositories says of all that they are back.
        if self.repositories.is_empty() {
            return None;
        }
        let mut back = self.clone();
        for row in rows.iter().filter(|row| row.state == State::Earlier) {
            let name = key(row);
            let images = row.images.iter().filter_map(|image| image.version.as_deref());
            let newest = images.filter_map(|text| text.parse::<Version>().ok()).max();
            if let (Some(newest), None) = (newest, back.repositories.get(&name)) {
                back.again.remove(&name);
                back.unseen.remove(&name);
                back.earlier.insert(name, newest.to_string());
            }
        }
        (back != *self).then_some(back)
    }

    /// The record that images of repositories were seen to contain only later versions than this one, so that they do not have
    /// it; `None` if that adds nothing.
    #[must_use]
    pub fn with_later(&self, ours: &Version, rows: &[Row]) -> Option<Self> {
        if self.repositories.is_empty() {
            return None;
        }
        let mut back = self.clone();
        for row in rows {
            let images = row.images.iter().map(|image| image.version.as_ref()?.parse().ok());
            let versions = images.collect::<Option<BTreeSet<Version>>>().unwrap_or_default();
            let name = key(row);
            // One that has yet to go back has not gone.
            let is_back = back.repositories.contains_key(&name) && !back.has_yet_to_go(&name);
            if let (Some(oldest), Some(newest)) = (versions.first(), versions.last())
                && oldest > ours
                && !is_back
            {
                back.repositories.remove(&name);
                back.no_fault.remove(&name);
                back.again.remove(&name);
                back.unseen.remove(&name);
                back.earlier.insert(name, newest.to_string());
            }
        }
        // A record that names no repositories would say of all that they are back.
        (back != *self && !back.repositories.is_empty()).then_some(back)
    }
}
