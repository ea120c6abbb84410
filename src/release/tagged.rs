//! Where the tag of a version was when a run recorded it here, and where it is on the forge now. Pure.
//!
//! A machine without a record believes the tag. With one, somebody may have deleted or moved the tag since:
//!
//! | the tag is | files were sent to the index | the run | with `--commit` of another commit |
//! |---|---|---|---|
//! | where it was | | goes on | refused: the tag is at another commit |
//! | gone | no | creates it again where it was | releases that commit instead |
//! | gone | yes | creates it again where it was | refused |
//! | elsewhere | no | refused | goes on there, if the tag is there |
//! | elsewhere | yes | refused | refused |
//!
//! The tag is created again by a run of that version, or of its commit if the version is the next one. If it is not, a run
//! that names none releases that commit as the next version, unless files of a final version were sent from it: then it is
//! refused. Once files were sent, they are what the version is: no other commit counts as released by its tag.

use pep440_rs::Version;

use super::observed::{Observed, Tagged};
use crate::error::Error;
use crate::source::shell::quoted;

/// What is recorded here of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The version.
    pub version: Version,
    /// Its tag.
    pub tag: String,
    /// The commit that the tag was at.
    pub commit: String,
    /// Whether an upload of its files was started, so that the index may have them.
    pub is_sent: bool,
}

/// What is to be released.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The version: the one that was asked for, or that was decided on.
    pub version: Option<&'a Version>,
    /// Whether the version was asked for.
    pub is_named: bool,
    /// Whether the commit was.
    pub is_commit_named: bool,
    /// Whether a commit may be released again.
    pub force: bool,
}

/// How a release goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Course<'a> {
    /// As the forge shows it.
    AsShown,
    /// The tag is gone, and is created again where it was.
    Again(Displaced<'a>),
    /// From the commit that was named, which is not the recorded one.
    Anew(Displaced<'a>),
}

/// A tag that is not where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Displaced<'a> {
    /// What is recorded of its version.
    pub known: &'a Known,
    /// The commit that it is at; `None` if it is gone.
    to: Option<&'a str>,
}

/// What is recorded of a version; `None` if nothing is.
#[must_use]
pub fn known<'a>(all: &'a [Known], version: &Version) -> Option<&'a Known> {
    all.iter().find(|known| known.version == *version)
}

/// Decides how a release of the observed commit goes on.
///
/// # Errors
/// When it would release another commit than the recorded one unasked, or count one as released that is not.
pub fn course<'a>(
    all: &'a [Known],
    observed: &'a Observed,
    asked: Asked<'_>,
) -> Result<Course<'a>, Error> {
    let ours = asked.version.and_then(|version| known(all, version));
    if let Some(displaced) = ours.and_then(|known| Displaced::of(known, &observed.tags)) {
        return displaced.course(observed, asked);
    }
    let is_other = |known: &&Known| known.is_sent && Some(&known.version) != asked.version;
    let last = observed.last().map(|last| &last.version);
    let counts = |displaced: &Displaced<'_>| match displaced.to {
        // What changed would be counted from there.
        Some(_) => last == Some(&displaced.known.version),
        // The commit is released, and no tag says so any more. By a candidate it is not: the final version is still to come.
        None => {
            displaced.known.commit == observed.commit
                && !displaced.known.version.any_prerelease()
                && observed.released_here().is_none()
        }
    };
    let others = all.iter().filter(is_other).filter(|_| !asked.force && !asked.is_named);
    let mut others = others.filter_map(|known| Displaced::of(known, &observed.tags));
    match others.find(counts) {
        Some(displaced) => Err(displaced.refused(&observed.commit)),
        None => Ok(Course::AsShown),
    }
}

impl<'a> Displaced<'a> {
    /// Compares what is recorded of a version with the tags on the forge; `None` if its tag is where it was.
    fn of(known: &'a Known, tags: &'a [Tagged]) -> Option<Self> {
        let to = tags.iter().find(|tagged| tagged.version == known.version);
        let to = to.map(|tagged| tagged.commit.as_str());
        (to != Some(known.commit.as_str())).then_some(Self { known, to })
    }

    fn course(self, observed: &Observed, asked: Asked<'_>) -> Result<Course<'a>, Error> {
        let commit = observed.commit.as_str();
        if self.to.is_none() && commit == self.known.commit {
            return Ok(Course::Again(self));
        }
        let is_there = self.to.is_none_or(|to| to == commit);
        match asked.is_commit_named && is_there && !self.known.is_sent {
            true => Ok(Course::Anew(self)),
            false => Err(self.refused(commit)),
        }
    }

    /// In one line.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Known { tag, commit, .. } = self.known;
        let was = format!("the tag `{tag}` was at {} when this was recorded here", short(commit));
        match self.to {
            Some(to) => format!("{was}, and is at {} now", short(to)),
            None => format!("{was}, and is gone"),
        }
    }

    /// How a program or a person puts it back.
    fn way_back(&self) -> String {
        let Known { version, tag, commit, .. } = self.known;
        match self.to {
            Some(_) => {
                let reference = quoted(&format!("{commit}:refs/tags/{tag}"));
                format!("to put it back: git push --force origin {reference}")
            }
            None => format!(
                "to create it again there, and continue that: `shipshape release run --version {version}`"
            ),
        }
    }

    /// The refusal to go on with a commit.
    fn refused(&self, commit: &str) -> Error {
        let Known { version, is_sent, .. } = self.known;
        let error = Error::failed(format!("{}, so nothing was done", self.in_words()));
        let error = match is_sent {
            true => error.caused_by(self.sent()),
            false => error,
        };
        let error = error.hint(self.way_back());
        let to = self.to.unwrap_or(commit);
        match is_sent {
            true => error,
            false => error.hint(format!(
                "to release {} as {version} instead: --version {version} --commit {to}",
                short(to)
            )),
        }
    }

    fn sent(&self) -> String {
        let Known { version, commit, .. } = self.known;
        format!("files of {version} were sent to the index from {}", short(commit))
    }

    /// The refusal to create a tag at a commit that the repository does not have any more.
    #[must_use]
    pub fn without_commit(&self, repository: &str) -> Error {
        let Known { version, is_sent, .. } = self.known;
        let error = Error::failed(format!("{}, so nothing was done", self.in_words()));
        let error = error.caused_by(format!("{repository} does not have that commit any more"));
        match is_sent {
            true => {
                error.caused_by(self.sent()).hint("release the next version: --version VERSION")
            }
            false => error.hint(format!(
                "to release another one as {version}: --version {version} --commit COMMIT"
            )),
        }
    }

    /// The version whose tag is gone that was at the observed commit.
    #[must_use]
    pub fn gone_at(all: &'a [Known], observed: &'a Observed) -> Option<Self> {
        let of_it = all.iter().filter(|known| known.commit == observed.commit);
        of_it.filter_map(|known| Self::of(known, &observed.tags)).find(|it| it.to.is_none())
    }

    /// The version whose tag is gone, before anything else is read.
    #[must_use]
    pub fn gone(all: &'a [Known], tags: &'a [Tagged], version: &Version) -> Option<Self> {
        Self::of(known(all, version)?, tags).filter(|displaced| displaced.to.is_none())
    }
}

/// What is said of the version of which an observed commit is, or would be, where that is not what is recorded: for a plan,
/// which does not go on.
#[must_use]
pub fn objection(all: &[Known], observed: &Observed, asked: Asked<'_>) -> Option<String> {
    let error = course(all, observed, asked).err()?;
    let what = error.message().trim_end_matches(", so nothing was done").to_owned();
    let causes = error.causes().iter().cloned();
    let hints = error.hints().iter().cloned();
    Some([what].into_iter().chain(causes).chain(hints).collect::<Vec<_>>().join("; "))
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(text: &str) -> Version {
        text.parse().expect("a version")
    }

    fn recorded(version: &str, commit: &str, is_sent: bool) -> Known {
        let (version, tag) = (v(version), format!("v{version}"));
        Known { version, tag, commit: commit.to_owned(), is_sent }
    }

    fn observed(commit: &str, tags: &[(&str, &str)]) -> Observed {
        let tagged = |(version, commit): &(&str, &str)| Tagged {
            version: v(version),
            tag: format!("v{version}"),
            object: String::new(),
            commit: (*commit).to_owned(),
            message: String::new(),
        };
        Observed {
            commit: commit.to_owned(),
            tags: tags.iter().map(tagged).collect(),
            ..Observed::default()
        }
    }

    /// What is done about a version that was asked for.
    fn said(known: &Known, observed: &Observed, is_commit_named: bool) -> &'static str {
        let version = known.version.clone();
        let asked =
            Asked { version: Some(&version), is_named: true, is_commit_named, force: false };
        match course(std::slice::from_ref(known), observed, asked) {
            Ok(Course::AsShown) => "as shown",
            Ok(Course::Again(_)) => "again",
            Ok(Course::Anew(_)) => "anew",
            Err(_) => "refused",
        }
    }

    #[test]
    fn the_table_holds() {
        let (old, there) = (("0.1.4", "zero"), ("0.1.5", "one"));
        for is_sent in [false, true] {
            let known = recorded("0.1.5", "one", is_sent);
            let anew = if is_sent { "refused" } else { "anew" };
            assert_eq!(said(&known, &observed("one", &[old, there]), false), "as shown");
            // Gone.
            assert_eq!(said(&known, &observed("one", &[old]), false), "again");
            assert_eq!(said(&known, &observed("one", &[old]), true), "again");
            assert_eq!(said(&known, &observed("two", &[old]), false), "refused");
            assert_eq!(said(&known, &observed("two", &[old]), true), anew);
            // Elsewhere.
            let moved = [old, ("0.1.5", "two")];
            assert_eq!(said(&known, &observed("two", &moved), false), "refused");
            assert_eq!(said(&known, &observed("two", &moved), true), anew);
            assert_eq!(said(&known, &observed("one", &moved), true), "refused");
        }
    }

    #[test]
    fn a_machine_without_a_record_believes_the_tag() {
        let seen = observed("two", &[("0.1.5", "two")]);
        let version = v("0.1.5");
        let asked =
            Asked { version: Some(&version), is_named: true, is_commit_named: false, force: false };
        assert_eq!(course(&[], &seen, asked), Ok(Course::AsShown));
    }

    #[test]
    fn no_other_commit_counts_as_released_by_a_tag_whose_files_were_sent() {
        let next = v("0.1.6");
        let fine = |known: &Known, seen: &Observed, force| {
            let asked =
                Asked { version: Some(&next), is_named: false, is_commit_named: false, force };
            course(std::slice::from_ref(known), seen, asked).is_ok()
        };
        let sent = recorded("0.1.5", "one", true);
        let moved = observed("three", &[("0.1.5", "two")]);
        assert!(!fine(&sent, &moved, false) && fine(&sent, &moved, true));
        assert!(fine(&recorded("0.1.5", "one", false), &moved, false), "nothing was sent");
        // Only the last version decides what changed.
        let older = observed("three", &[("0.1.5", "two"), ("0.1.5.post1", "three")]);
        assert!(fine(&sent, &older, false));
        // Its own commit is released, although no tag says so.
        assert!(!fine(&sent, &observed("one", &[]), false));
        assert!(fine(&sent, &observed("two", &[]), false));
        // By a candidate it is not.
        assert!(fine(&recorded("0.1.6rc1", "one", true), &observed("one", &[]), false));
    }

    #[test]
    fn the_version_of_a_commit_whose_tag_is_gone_is_found_there() {
        let all = [recorded("0.1.5", "one", true), recorded("0.1.6", "two", true)];
        let at = |commit| {
            let seen = observed(commit, &[("0.1.5", "one")]);
            Displaced::gone_at(&all, &seen).map(|it| it.known.version.to_string())
        };
        assert_eq!(at("two").as_deref(), Some("0.1.6"));
        assert_eq!((at("one"), at("three")), (None, None), "it is there, and nothing is recorded");
    }

    #[test]
    fn it_is_said_where_the_tag_was_and_is_and_what_there_is_to_do() {
        let version = v("0.1.5");
        let asked =
            Asked { version: Some(&version), is_named: true, is_commit_named: false, force: false };
        let seen = observed("two", &[("0.1.5", "two")]);
        let says = |is_sent| objection(&[recorded("0.1.5", "one", is_sent)], &seen, asked);
        let moved = "the tag `v0.1.5` was at one when this was recorded here, and is at two now";
        let back = "to put it back: git push --force origin one:refs/tags/v0.1.5";
        let sent = "files of 0.1.5 were sent to the index from one";
        assert_eq!(says(true), Some(format!("{moved}; {sent}; {back}")));
        let accept = "to release two as 0.1.5 instead: --version 0.1.5 --commit two";
        assert_eq!(says(false), Some(format!("{moved}; {back}; {accept}")));
    }
}
