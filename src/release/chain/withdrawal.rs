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
}

impl Remaining {
    /// How many members have it, and what follows.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { version, repositories, of, is_certain, is_withdrawn, to } = self;
        let (count, all) = (repositories.len(), counted(*of, "repository"));
        let contains = match (is_certain, count) {
            (false, _) => "may still contain",
            (true, 1) => "still contains",
            (true, _) => "still contain",
        };
        let what = format!("{count} of {all} {contains} {version}, from which others went back");
        let this = match is_certain {
            true => "this takes them back",
            false => "this shows which would go back",
        };
        let yank = format!("withdraw (yank) {version} on the index");
        match (is_withdrawn, to) {
            (true, Some(_)) => format!("{what}, and which is withdrawn: {this}"),
            (true, None) => format!("{what}, and which is withdrawn"),
            (false, Some(_)) if *is_certain => format!("{what}: {this}; then {yank}"),
            (false, Some(_)) => format!("{what}: {this}; once none does, {yank}"),
            (false, None) => format!("{what}: once none does, {yank}"),
        }
    }

    /// The command that takes these members back; `None` if there is no version to go back to. It names them, since others
    /// may be at a later version that this machine knows nothing of. Where that may be so of these, too, it only looks.
    #[must_use]
    pub fn goes_back(&self) -> Option<String> {
        let to = self.to.as_ref()?;
        let names: Vec<&str> = self.repositories.iter().map(String::as_str).collect();
        let looks = if self.is_certain { "" } else { " --dry-run" };
        Some(format!("shipshape release back {to} --runtime {}{looks}", names.join(" ")))
    }
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
        let is_at_it = |member| matches!(fleet.place(member), Place::At(at) if at == it.version);
        found.remaining.push(Remaining {
            version: it.version.to_string(),
            is_certain: repositories.iter().all(is_at_it),
            repositories,
            of: members.len(),
            is_withdrawn: it.is_withdrawn,
            to: to.map(|to| to.to_string()),
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
    /// At this version: it was notified of it, or went back to it.
    At(Version),
    /// At none of the recorded versions that it is known to have left.
    Unknown,
}

impl Fleet<'_> {
    fn is_bad(&self, known: &Known<'_>) -> bool {
        let Some(returned) = known.returned else { return false };
        let is_below = |member| matches!(self.place(member), Place::At(at) if at < known.version);
        returned.is_blamed() || (!self.members.is_empty() && self.members.iter().all(is_below))
    }

    /// The newest recorded version that says where a member is.
    fn place(&self, member: &String) -> Place {
        for known in self.known.iter().rev() {
            let to = known.returned.and_then(|returned| returned.repositories.get(member));
            match to.map(|to| to.parse()) {
                Some(Ok(to)) => return Place::At(to),
                None if known.is_announced => return Place::At(known.version.clone()),
                _ => {}
            }
        }
        Place::Unknown
    }

    /// The members that may have a version: those that are at it, and those that did not go back from it and are at no
    /// other, unless members are notified of a later one that is not bad.
    fn holders(&self, version: &Version, bad: &[&Known<'_>]) -> BTreeSet<String> {
        let names = |known: &&Known<'_>| known.version == *version;
        let returned = self.known.iter().copied().find(names).and_then(|known| known.returned);
        // An earlier build of this program did not record which members went back: then all did.
        if returned.is_some_and(|returned| returned.repositories.is_empty()) {
            return BTreeSet::new();
        }
        let is_back =
            |member: &String| returned.is_some_and(|it| it.repositories.contains_key(member));
        let is_bad = |known: &Known<'_>| bad.iter().any(|bad| bad.version == known.version);
        let is_fix = |known: &Known<'_>| {
            known.version > *version && known.is_begun && !known.is_withdrawn && !is_bad(known)
        };
        let is_mended = self.known.iter().any(|known| is_fix(known));
        let has_it = |member: &&String| match self.place(member) {
            Place::At(at) => at == *version,
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
        let targets = known.returned?.targets().filter_map(|to| to.parse().ok());
        targets.filter(|to| !is_gone(to)).max()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::release::cascade::{ImageSeen, Row, State};
    use crate::release::chain::{Progress, Purpose, Reach, WayBack};

    const ALL: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

    /// What happens to a fleet of eight, whose members all begin at the newest version.
    struct Story {
        at: BTreeMap<&'static str, &'static str>,
        chains: BTreeMap<&'static str, Option<Returned>>,
        newest: &'static str,
        is_announced: bool,
        is_begun: bool,
        withdrawn: &'static [&'static str],
        open: Option<&'static str>,
    }

    fn read(text: &str) -> Version {
        text.parse().expect("a version")
    }

    fn image(version: &str) -> ImageSeen {
        let version = Some(version.to_owned());
        ImageSeen { name: "x".to_owned(), digest: None, version, unread: None }
    }

    /// Versions in their order.
    fn story(versions: &[&'static str]) -> Story {
        let newest = *versions.last().expect("one");
        Story {
            at: ALL.map(|name| (name, newest)).into(),
            chains: versions.iter().map(|version| (*version, None)).collect(),
            newest,
            is_announced: true,
            is_begun: true,
            withdrawn: &[],
            open: None,
        }
    }

    impl Story {
        fn moved(
            mut self,
            to: &'static str,
            names: &[&'static str],
            way: (Purpose, Progress),
        ) -> Self {
            let (purpose, progress) = way;
            let row = |name: &&'static str| Row {
                repository: (*name).to_owned(),
                images: vec![image(to)],
                images_before: vec![image(self.at[name])],
                state: State::Contained,
                is_told_now: true,
                ..Row::default()
            };
            let rows: Vec<Row> = names.iter().map(row).collect();
            for (version, returned) in &mut self.chains {
                let (from, to) = (&read(version), &read(to));
                if from > to {
                    let way = WayBack { from, to, purpose, progress };
                    *returned = Some(Returned::with(returned.take(), &rows, way));
                } else if from == to {
                    *returned = returned.take().and_then(|it| it.without(&rows, Reach::Some));
                }
            }
            self.at.extend(names.iter().map(|name| (*name, to)));
            self
        }

        /// By `release back`.
        fn leave(self, to: &'static str, names: &[&'static str]) -> Self {
            self.moved(to, names, (Purpose::Leave, Progress::Over))
        }

        /// By a cascade with `--force`.
        fn choose(self, to: &'static str, names: &[&'static str]) -> Self {
            self.moved(to, names, (Purpose::Choose, Progress::Over))
        }

        /// What is to be withdrawn, and of each version that remains how many have it and how they go back.
        fn ends(self) -> (Vec<String>, Vec<(String, usize, Option<String>)>) {
            let known = self.chains.iter().map(|(version, returned)| Known {
                version: read(version),
                returned: returned.as_ref(),
                is_announced: self.is_announced && *version == self.newest,
                is_begun: self.is_begun && *version == self.newest,
                is_withdrawn: self.withdrawn.contains(version),
            });
            let members = ALL.map(str::to_owned).into();
            let open = self.open.map(read);
            let found = withdrawal(&known.collect::<Vec<_>>(), &members, open.as_ref());
            let remaining = found.remaining.into_iter().map(|it| {
                let command = it.goes_back();
                (it.version, it.repositories.len(), command)
            });
            (found.now.iter().map(Version::to_string).collect(), remaining.collect())
        }
    }

    /// A case: what happens, what is to be withdrawn, and which versions remain.
    type Case<'a> = (&'a str, Story, &'a [&'a str], &'a [(&'a str, usize, Option<&'a str>)]);

    #[test]
    fn a_version_is_withdrawn_if_it_is_bad_and_no_member_is_left_with_it() {
        let three = || story(&["0.1.1", "0.1.2", "0.2.0"]);
        // All have 0.2.0 when one of them leaves it.
        let before_the_fix = || {
            let mut story = story(&["0.1.1", "0.2.0"]).leave("0.1.1", &["a"]);
            story.chains.insert("0.2.1", None);
            story
        };
        let four = || story(&["0.1.1", "0.1.2", "0.2.0", "0.2.1"]);
        let rest = "shipshape release back 0.1.1 --runtime b c d e f g h";
        let named = "shipshape release back 0.1.1 --runtime c d e f g h";
        let looks = "shipshape release back 0.1.1 --runtime b c d e f g h --dry-run";
        let cases: [Case<'_>; 15] = [
            ("nothing happened", three(), &[], &[]),
            ("one was chosen an earlier version for", three().choose("0.1.2", &["a"]), &[], &[]),
            (
                "one is at an earlier version on purpose, and one went back past it",
                three().choose("0.1.2", &["a"]).leave("0.1.1", &["b"]),
                &[],
                &[("0.2.0", 6, Some(named))],
            ),
            (
                "two are at the target of an earlier way back, and one went further",
                four().leave("0.2.0", &["a", "b"]).leave("0.1.2", &["c"]),
                &[],
                &[("0.2.1", 5, Some("shipshape release back 0.2.0 --runtime d e f g h"))],
            ),
            (
                "a way back that was cut off can be continued, and one went further",
                Story {
                    open: Some("0.2.0"),
                    ..four()
                        .moved("0.2.0", &ALL, (Purpose::Leave, Progress::UnderWay))
                        .leave("0.1.1", &["a"])
                },
                &["0.2.1"],
                &[("0.2.0", 7, Some(rest))],
            ),
            ("one left it", three().leave("0.1.1", &["a"]), &[], &[("0.2.0", 7, Some(rest))]),
            (
                "all left it, and builds would take the one between",
                three().leave("0.1.1", &ALL),
                &["0.1.2", "0.2.0"],
                &[],
            ),
            (
                "all left it, for two versions",
                three().leave("0.1.2", &ALL[..7]).leave("0.1.1", &ALL[7..]),
                &["0.2.0"],
                &[],
            ),
            (
                "all left it, and six went forward again",
                three().leave("0.1.1", &ALL).leave("0.2.0", &ALL[2..]),
                &[],
                &[("0.2.0", 6, Some(named))],
            ),
            (
                "one left it and went forward again, another is back on purpose",
                three().leave("0.1.1", &["a"]).choose("0.1.2", &["b"]).choose("0.2.0", &["a"]),
                &[],
                &[],
            ),
            (
                "an earlier one is bad that only one had",
                three().choose("0.1.2", &["a"]).leave("0.1.1", &["a"]),
                &["0.1.2"],
                &[],
            ),
            ("no member has it any more", three().choose("0.1.2", &ALL), &["0.2.0"], &[]),
            (
                "it is withdrawn already, and so is the earlier one",
                Story { withdrawn: &["0.2.0", "0.1.1"], ..three().leave("0.1.1", &["a"]) },
                &[],
                &[("0.2.0", 7, None)],
            ),
            (
                "another machine has published it",
                Story { is_announced: false, is_begun: false, ..three().leave("0.1.1", &["a"]) },
                &[],
                &[("0.2.0", 7, Some(looks))],
            ),
            (
                "not all could be notified of the fix",
                Story { newest: "0.2.1", is_announced: false, ..before_the_fix() },
                &["0.2.0"],
                &[],
            ),
        ];
        for (what, story, now, remaining) in cases {
            let remaining: Vec<_> = remaining
                .iter()
                .map(|(version, count, command)| {
                    ((*version).to_owned(), *count, command.map(str::to_owned))
                })
                .collect();
            let now: Vec<String> = now.iter().map(|&version| version.to_owned()).collect();
            assert_eq!(story.ends(), (now, remaining), "{what}");
        }
    }

    #[test]
    fn what_remains_says_how_certain_that_is_and_what_follows() {
        let remaining = Remaining {
            version: "0.2.0".to_owned(),
            repositories: ["acme/a".to_owned()].into(),
            of: 8,
            is_certain: true,
            is_withdrawn: false,
            to: Some("0.1.1".to_owned()),
        };
        let says = "1 of 8 repositories still contains 0.2.0, from which others went back: this takes them back; then \
            withdraw (yank) 0.2.0 on the index";
        assert_eq!(remaining.in_words(), says);
        let unsure = Remaining { is_certain: false, ..remaining.clone() };
        let says = "1 of 8 repositories may still contain 0.2.0, from which others went back: this shows which would go \
            back; once none does, withdraw (yank) 0.2.0 on the index";
        assert_eq!(unsure.in_words(), says);
        let looks = "shipshape release back 0.1.1 --runtime acme/a --dry-run";
        assert_eq!(unsure.goes_back().as_deref(), Some(looks));
        let withdrawn =
            Remaining { is_withdrawn: true, is_certain: false, to: None, ..remaining.clone() };
        let says = "1 of 8 repositories may still contain 0.2.0, from which others went back, and which is withdrawn";
        assert_eq!(withdrawn.in_words(), says);
        assert_eq!((withdrawn.goes_back(), remaining.goes_back().is_some()), (None, true));
    }
}
