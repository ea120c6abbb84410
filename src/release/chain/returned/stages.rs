//! The stages of a version in whose chain it is recorded that members went back from it.

use super::{Returned, Unseen};
use crate::release::Stage;
use crate::release::chain::{Row, State};

impl Returned {
    /// The stages that say which repositories went back: the images and, unless all were notified, the dispatches. Otherwise a
    /// cascade that a freeze had stopped would suggest continuing: no command suggests notifying members of the version again,
    /// since nobody here knows why they went back.
    #[must_use]
    pub fn stages(&self, is_announced: bool, at: &str) -> Vec<Row> {
        let said = |stage, state| {
            let what = self.in_words().unwrap_or_default();
            Row { at: Some(at.to_owned()), ..Row::new(stage, state, what) }
        };
        let is_stuck = self.unseen.values().any(|known| *known == Unseen::Still);
        let of_images = match (self.is_seen(), is_stuck) {
            (true, _) => State::Back,
            (false, true) => State::Failed,
            (false, false) => State::Unchecked,
        };
        let told = if self.is_seen() { State::Back } else { State::Unchecked };
        let dispatches = (!is_announced).then(|| said(Stage::Cascade, told));
        [said(Stage::Images, of_images)].into_iter().chain(dispatches).collect()
    }
}
