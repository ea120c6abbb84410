//! What is to become of the versions that members went back from: which are to be withdrawn on the index, and which
//! members still have one of them. Pure.
//!
//! A version is bad if a member that had it left it by `release back`, or if members went back from it and all are below
//! it. It is withdrawn once no member has it: builds take the newest version that the index offers, and a member that has
//! a withdrawn version cannot be notified of it again. The target of a way back that can be continued stays on the index.
//!
//! Once members are notified of a later version that is not bad, what they have is its affair: to take back those of which
//! nothing else is known would undo the fix.

use std::collections::BTreeSet;

use pep440_rs::Version;
use schemars::JsonSchema;
use serde::Serialize;

use super::returned::Returned;
use crate::counted::counted;
use crate::release::back::Back;

/// What is recorded of one version of a distribution.
#[derive(Clone, Debug)]
pub(super) struct Known<'a> {
    /// The version.
    pub(super) version: Version,
    /// Which members went back from it.
    pub(super) returned: Option<&'a Returned>,
    /// Whether all members were notified of it.
    pub(super) is_announced: bool,
    /// Whether members were notified of it, or it was tried: all of them, or some.
    pub(super) is_begun: bool,
    /// Whether the index has withdrawn it.
    pub(super) is_withdrawn: bool,
    /// The repositories that were notified of it without any run starting.
    pub(super) unheard: &'a BTreeSet<String>,
}

/// What is to become of the versions that members went back from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Withdrawal {
    /// The versions that are bad.
    pub(super) bad: Vec<Version>,
    /// Those of them to withdraw now, in their order.
    pub(super) now: Vec<Version>,
    /// Those of them that members still have.
    pub(super) remaining: Vec<Remaining>,
}

/// How members go back where the version is withdrawn to which others went.
const OTHER: &str = "`shipshape release back VERSION` takes them to another one before it";

/// A bad version that members still have: as far as is recorded, they did not go back from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Remaining {
    /// The version.
    pub version: String,
    /// The repositories of these members, in lower case.
    pub repositories: BTreeSet<String>,
    /// The number of all members' repositories.
    pub of: usize,
    /// Whether these members were notified of the version. Otherwise they have it only if they were built since it was
    /// published.
    pub is_certain: bool,
    /// Whether the index has withdrawn the version.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_withdrawn: bool,
    /// The version to which others went back. Absent if members cannot go back to that one either.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What the command that took others back was told of the index.
    #[serde(skip)]
    pub options: Vec<String>,
}

impl Withdrawal {
    /// Leaves out the members whom an open way back takes back: all, or those that are meant to go. To continue it is proposed
    /// already.
    pub(super) fn leave_to(&mut self, back: &Back, known: &[Known<'_>]) {
        for it in &mut self.remaining {
            let ours = known.iter().find(|known| known.version.to_string() == it.version);
            let returned = ours.and_then(|known| known.returned);
            for name in returned.into_iter().flat_map(|known| known.meant_for(&back.version)) {
                it.repositories.remove(name);
            }
        }
        self.remaining.retain(|it| !back.is_of_all() && !it.repositories.is_empty());
    }
}

impl Remaining {
    /// How many members have it, and what follows.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { version, repositories, of, is_certain, is_withdrawn, to, .. } = self;
        let (count, all) = (repositories.len(), counted(*of, "repository"));
        // Another machine may have taken them elsewhere since.
        let (known, contains) = match (is_certain, count) {
            (false, _) => ("", "may still contain"),
            (true, 1) => ("as recorded here, ", "still contains"),
            (true, _) => ("as recorded here, ", "still contain"),
        };
        let what =
            format!("{known}{count} of {all} {contains} {version}, from which others went back");
        let this = match is_certain {
            true => "this takes them back",
            false => "this shows which would go back",
        };
        let yank = withdrawing(version);
        match (is_withdrawn, to) {
            (true, Some(_)) => format!("{what}, and which is withdrawn: {this}"),
            (true, None) => format!("{what}, and which is withdrawn: {OTHER}"),
            (false, Some(_)) if *is_certain => format!("{what}: {this}; then {yank}"),
            (false, Some(_)) => format!("{what}: {this}; once none does, {yank}"),
            (false, None) => format!("{what}: {OTHER}; once none does, {yank}"),
        }
    }

    /// The command that takes these members back; `None` if there is no version to go back to. It names them, since others
    /// may be at a later version that this machine knows nothing of. Where that may be so of these, too, it only looks. It
    /// names the version that they leave as well: a fix that was released since is not undone, nor in its way.
    #[must_use]
    pub fn goes_back(&self) -> Option<String> {
        let to = self.to.as_ref()?;
        let names: Vec<&str> = self.repositories.iter().map(String::as_str).collect();
        let (names, from) = (names.join(" "), &self.version);
        let mut command = format!("shipshape release back {to} --runtime {names} --from {from}");
        for option in &self.options {
            command.push_str(&format!(" {option}"));
        }
        Some(command + if self.is_certain { "" } else { " --dry-run" })
    }
}

/// What is to be done on the index about these versions.
#[must_use]
pub fn withdrawing(versions: &str) -> String {
    format!("withdraw (yank) {versions} on the index")
}

/// Decides it for all versions of a distribution. `members` are the repositories of those that are notified of releases,
/// `open` is the target of a way back that is running or can be continued.
#[must_use]
pub(super) fn withdrawal(
    known: &[Known<'_>],
    members: &BTreeSet<String>,
    open: Option<&Version>,
) -> Withdrawal {
    let mut known: Vec<&Known<'_>> = known.iter().collect();
    known.sort_by(|one, other| one.version.cmp(&other.version));
    let fleet = Fleet { known, members };
    let bad: Vec<&Known<'_>> = fleet.known.iter().copied().filter(|it| fleet.is_bad(it)).collect();
    let mut found = Withdrawal::default();
    for it in &bad {
        found.bad.push(it.version.clone());
        let repositories = fleet.holders(&it.version, &bad);
        if repositories.is_empty() {
            if !it.is_withdrawn && open != Some(&it.version) {
                found.now.push(it.version.clone());
            }
            continue;
        }
        let to = fleet.target(it, &bad);
        let is_at_it =
            |member: &String| matches!(fleet.place(member), Place::At(at) if at == it.version);
        found.remaining.push(Remaining {
            version: it.version.to_string(),
            is_certain: repositories.iter().all(is_at_it),
            repositories,
            of: members.len(),
            is_withdrawn: it.is_withdrawn,
            to: to.map(|to| to.to_string()),
            options: it.returned.map(|returned| returned.options.clone()).unwrap_or_default(),
        });
    }
    found
}

/// The recorded versions in their order, and the members.
struct Fleet<'a> {
    known: Vec<&'a Known<'a>>,
    members: &'a BTreeSet<String>,
}

/// Where a member is, as far as is recorded.
enum Place {
    /// At this version: it was notified of it, or went back to it, or did not go back from it.
    At(Version),
    /// At none of the recorded versions that it is known to have left, or at one of which only some were notified.
    Unknown,
}

impl Fleet<'_> {
    fn is_bad(&self, known: &Known<'_>) -> bool {
        let Some(returned) = known.returned else { return false };
        let is_below =
            |member: &String| matches!(self.place(member), Place::At(at) if at < known.version);
        returned.is_blamed() || (!self.members.is_empty() && self.members.iter().all(is_below))
    }

    /// The newest recorded version that says where a member is.
    fn place(&self, member: &str) -> Place {
        for known in self.known.iter().rev() {
            if known.returned.is_some_and(|returned| returned.still_has_it(member)) {
                return Place::At(known.version.clone());
            }
            let to = known.returned.and_then(|returned| returned.place_of(member));
            match to.map(str::parse) {
                Some(Ok(to)) => return Place::At(to),
                None if known.is_announced => return Place::At(known.version.clone()),
                // Some were notified of it: whether this one was is not recorded.
                None if known.is_begun => return Place::Unknown,
                _ => {}
            }
        }
        Place::Unknown
    }

    /// The members that may have a version: those that are at it, and those that did not go back from it and are at no
    /// other, unless members are notified of a later one that is not bad.
    fn holders(&self, version: &Version, bad: &[&Known<'_>]) -> BTreeSet<String> {
        let names = |known: &&Known<'_>| known.version == *version;
        let ours = self.known.iter().copied().find(names);
        let returned = ours.and_then(|known| known.returned);
        let is_unheard = |member: &String| ours.is_some_and(|known| known.unheard.contains(member));
        // An earlier build of this program did not record which members went back: then all did.
        if returned.is_some_and(|returned| returned.repositories.is_empty()) {
            return BTreeSet::new();
        }
        let is_back = |member: &String| returned.is_some_and(|it| it.place_of(member).is_some());
        let is_bad = |known: &Known<'_>| bad.iter().any(|bad| bad.version == known.version);
        let is_fix = |known: &Known<'_>| {
            known.version > *version && known.is_begun && !known.is_withdrawn && !is_bad(known)
        };
        let is_mended = self.known.iter().any(|known| is_fix(known));
        let has_it = |member: &&String| match self.place(member) {
            Place::At(at) => at == *version && !is_unheard(member),
            Place::Unknown => !is_mended && !is_back(member),
        };
        self.members.iter().filter(has_it).cloned().collect()
    }

    /// The version to which the others that have a bad one can go back: the newest to which members went for that reason,
    /// which is neither bad nor withdrawn itself.
    fn target(&self, known: &Known<'_>, bad: &[&Known<'_>]) -> Option<Version> {
        let is_gone = |version: &Version| {
            let is_it = |it: &&Known<'_>| it.version == *version;
            bad.iter().any(&is_it) || self.known.iter().any(|it| is_it(it) && it.is_withdrawn)
        };
        let targets = known.returned?.open_targets().filter_map(|to| to.parse().ok());
        targets.filter(|to| !is_gone(to)).max()
    }
}

#[cfg(test)]
mod tests;
