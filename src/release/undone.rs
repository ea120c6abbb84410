//! Which release a way back would undo that nobody asked it to. Pure.
//!
//! Whoever takes members back to a version means to leave the later ones that are known by then. The same command once more,
//! by a script, by a proposal that is out of date, or for the members that are left, means no others. So everything above the
//! version counts as released since, and is left only by name (`--from`), unless it was known at an earlier way back to this
//! very version or is no release to keep:
//!
//! | question | answer |
//! |---|---|
//! | Was there an earlier way back? | A record of one is open, or a later version has the target in its chain. Which members it was for does not matter: those that it was not for are the ones that are proposed to go back next. |
//! | What was known then? | What that record says (`Back::knew`), the versions with the target in their chains, and what these chains say of versions that have none, such as candidates. Where there was none, everything: to leave that is what the command is for. |
//! | What if the forge knows more? | A member whose runs show that it was notified of a version for the first time after it had been taken back to the target has what was released since, whatever is recorded here, unless an open record knows that version. |
//! | What may be undone? | What the index offers to builds and what was published from here, although no image contains it yet; what images contain; what runs under way bring. |
//! | What is no release to keep? | What the index has withdrawn, and what members left because it is bad. |
//!
//! With `--from`, what is later than that is in the way only in images or on the way into them: a version that was only
//! released is left by nobody. Nor is it recorded as left then ([`is_left`]): that would keep members from it.

use pep440_rs::Version;

use super::back::Back;
use super::cascade::Row;
use super::chain::{Returned, Run};
use super::later::Later;
use super::version::is_final_above;

/// What is known before members go back.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The version to go back to.
    pub to: &'a Version,
    /// What this machine recorded of versions of the distribution.
    pub runs: &'a [Run],
    /// The last way back to that version whose record is open, also if it was overtaken.
    pub open: Option<&'a Back>,
    /// The versions above that one.
    pub later: &'a Later,
    /// The members that are to go back, as they were seen.
    pub rows: &'a [Row],
    /// The newest version that they leave, as somebody says.
    pub from: Option<&'a Version>,
}

/// A release that a way back would undo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// The newest version that members were not meant to leave. One that they are near to comes before one that was only
    /// released.
    pub by: Version,
    /// How near members are to it.
    pub at: Whereabouts,
    /// Whether it was released since an earlier way back to the same version; else it is only later than what was said.
    pub is_since: bool,
    /// Whether an unfinished way back does not know what was released since.
    pub is_unfinished: bool,
    /// The newest version that members leave where the run goes on all the same: that one, unless it was only released.
    pub up_to: Version,
}

/// How near members are to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// Images contain it.
    Images,
    /// Runs under way bring it to so many repositories.
    UnderWay(usize),
    /// It was released.
    Released,
}

/// Whether a way back that leaves the versions up to `from` is to be recorded of a later one: it is among them, members left it
/// before because it is bad, or it was in an image. Any other was only released: nobody left it. `before` is what is recorded
/// of it, and `rows` say what images contained.
#[must_use]
pub fn is_left(
    later: &Version,
    from: Option<&Version>,
    (before, rows): (Option<&Returned>, &[Row]),
) -> bool {
    from.is_none_or(|from| later <= from)
        || before.is_some_and(Returned::is_blamed)
        || rows.iter().any(|row| row.had(later) == Some(true))
}

/// The versions in the images of a repository.
pub fn contained(row: &Row) -> impl Iterator<Item = Version> {
    row.images.iter().filter_map(|image| image.version.as_ref()?.parse().ok())
}

impl Ground<'_> {
    /// Decides it; `None` if members leave only what they are meant to leave.
    #[must_use]
    pub fn undone(&self) -> Option<Undone> {
        let (near, since) = (self.near(), self.since());
        let by = match self.from {
            Some(from) => near.iter().filter(|it| *it > from).max(),
            None => since.iter().filter(|it| near.contains(it)).max().or(since.iter().max()),
        }?;
        let at = self.whereabouts(by);
        let up_to = match at {
            Whereabouts::Released => self.known_before(&since, &near),
            Whereabouts::Images | Whereabouts::UnderWay(_) => by.clone(),
        };
        Some(Undone {
            by: by.clone(),
            at,
            is_since: since.contains(by),
            is_unfinished: self.unfinished().is_some() && !since.is_empty(),
            up_to,
        })
    }

    /// Whether an unfinished way back does not know a version that was released since and that this run may leave: whoever
    /// continued that one afterwards would leave it, too.
    #[must_use]
    pub fn is_overtaken(&self) -> bool {
        let may_be_left = |it: &Version| self.from.is_none_or(|from| it <= from);
        self.unfinished().is_some() && self.since().iter().any(may_be_left)
    }

    /// The open way back that can be continued, if it recorded what was known.
    fn unfinished(&self) -> Option<&Back> {
        self.open.filter(|open| !open.is_overtaken && !open.knew.is_empty())
    }

    /// The versions that were released since members went back.
    fn since(&self) -> Vec<Version> {
        let was_gone_back_before = self.was_gone_back_before();
        let released = self.later.released().into_iter();
        let released = released.filter(|it| is_final_above(it, self.to) && !self.is_bad(it));
        let all = self.near().into_iter().chain(released);
        let is_since =
            |it: &Version| self.is_proven(it) || (was_gone_back_before && !self.was_known(it));
        all.filter(is_since).collect()
    }

    /// Whether runs of a member prove that a version was released since it was taken back, and this is not about leaving that.
    fn is_proven(&self, version: &Version) -> bool {
        self.rows.iter().any(|row| row.new_since.as_ref() == Some(version))
            && !self.is_in_open(version)
    }

    /// The newest version before those that were released since which members can have; the target if none is known.
    fn known_before(&self, since: &[Version], near: &[Version]) -> Version {
        let open = self.open.iter().flat_map(|open| &open.knew);
        let left = self.left().filter_map(|run| run.version.as_ref());
        let known = open.chain(left).filter_map(|text| text.parse::<Version>().ok());
        let can_be_left = |it: &Version| {
            let is_before = since.iter().all(|since| it < since);
            is_before && (is_final_above(it, self.to) || near.contains(it))
        };
        known.filter(can_be_left).max().unwrap_or_else(|| self.to.clone())
    }

    /// The versions that images contain or are about to contain, and that are there to be kept.
    fn near(&self) -> Vec<Version> {
        let released = self.later.released();
        let contained = self.rows.iter().flat_map(contained).filter(|it| released.contains(it));
        let brought = self.rows.iter().flat_map(|row| row.brings.iter().cloned());
        let all = contained.chain(brought);
        let is_kept = |it: &Version| self.is_proven(it) || !self.is_bad(it);
        all.filter(|it| it > self.to && !self.later.is_withdrawn(it) && is_kept(it)).collect()
    }

    fn whereabouts(&self, version: &Version) -> Whereabouts {
        let rows = self.rows.iter();
        if rows.clone().flat_map(contained).any(|it| it == *version) {
            return Whereabouts::Images;
        }
        match rows.filter(|row| row.brings.contains(version)).count() {
            0 => Whereabouts::Released,
            brought => Whereabouts::UnderWay(brought),
        }
    }

    /// Whether members left it because it is bad.
    fn is_bad(&self, version: &Version) -> bool {
        self.runs.iter().any(|run| run.is_given_up && is_of(run, version))
    }

    fn was_gone_back_before(&self) -> bool {
        self.open.is_some_and(|open| !open.knew.is_empty()) || self.left().next().is_some()
    }

    fn was_known(&self, version: &Version) -> bool {
        let beside = |run: &Run| {
            let returned = run.returned.iter();
            returned.flat_map(|it| it.known_besides(self.to)).any(|text| is_text_of(text, version))
        };
        self.is_in_open(version) || self.left().any(|run| is_of(run, version) || beside(run))
    }

    /// Whether the open way back knows a version.
    fn is_in_open(&self, version: &Version) -> bool {
        self.open.is_some_and(|open| open.knew.iter().any(|text| is_text_of(text, version)))
    }

    /// The versions that were known when members went back to this one.
    fn left(&self) -> impl Iterator<Item = &Run> {
        let to = self.to;
        let is_left = move |run: &&Run| run.returned.as_ref().is_some_and(|it| it.was_left_for(to));
        self.runs.iter().filter(is_left)
    }
}

fn is_of(run: &Run, version: &Version) -> bool {
    run.version.as_ref().is_some_and(|text| is_text_of(text, version))
}

fn is_text_of(text: &str, version: &Version) -> bool {
    text.parse().is_ok_and(|known: Version| known == *version)
}

#[cfg(test)]
mod tests;
