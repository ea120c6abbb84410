//! How many repositories went back, in words.

use std::collections::BTreeSet;

use super::{Returned, Unseen};
use crate::counted::counted;

impl Returned {
    /// How many repositories were notified of the later version again, and how many were back at which version; `None` if
    /// that is not recorded. Some may have been at it all along, so nothing is said of how they got there, and they may be
    /// at another version later.
    #[must_use]
    pub fn in_words(&self) -> Option<String> {
        // Where none is back, nothing says that they were notified of it before.
        let once_more = if self.repositories.is_empty() { "" } else { " again" };
        let again = match self.again.len() {
            0 => None,
            again => Some(format!("{} notified of it{once_more}", were(again))),
        };
        let parts: Vec<String> = again.into_iter().chain(self.places()).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// How many repositories were back at which version; `None` if none was, or that is not recorded.
    #[must_use]
    pub fn places(&self) -> Option<String> {
        let versions: BTreeSet<&String> = self.repositories.values().collect();
        let parts: Vec<String> = versions.into_iter().map(|at| self.place(at)).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// How many repositories were at a version, as proven by their images, and how many others were asked to go back to
    /// it.
    fn place(&self, version: &str) -> String {
        let names = self.repositories.iter().filter(|(_, at)| *at == version);
        let names: Vec<&String> = names.map(|(name, _)| name).collect();
        let count = |known: Option<Unseen>| {
            names.iter().filter(|name| self.unseen.get(**name).copied() == known).count()
        };
        let (at_it, notified) = (count(None), count(Some(Unseen::Notified)));
        let (meant, still) = (count(Some(Unseen::Meant)), count(Some(Unseen::Still)));
        let without_effect =
            || format!("{} notified to go back to {version} without effect", were(still));
        // A cascade that was cut off may have done more than was recorded.
        let some = |count: usize| match meant {
            0 => were(count),
            _ => "at least one repository was".to_owned(),
        };
        let said = match (at_it, notified) {
            (0, 0) if still == names.len() => return without_effect(),
            (0, 0) => format!("{} to go back to {version}", were(meant)),
            (0, told) => format!("{} notified to go back to {version}", some(told)),
            (at_it, 0) => format!("{} at {version}", some(at_it)),
            (at_it, told) => {
                let (at_it, told) = (some(at_it), some(told));
                format!("{at_it} at {version}, and {told} notified to go back to it")
            }
        };
        if still > 0 { format!("{said}; {}", without_effect()) } else { said }
    }
}

fn were(repositories: usize) -> String {
    let verb = if repositories == 1 { "was" } else { "were" };
    format!("{} {verb}", counted(repositories, "repository"))
}
