//! Decides whether to release, and as which version. Pure.

use pep440_rs::Version;

use super::observed::{Observed, Tagged};
use super::version::{self, Known, Level};
use crate::counted::counted;
use crate::error::{Error, Result};
use crate::fleet::manifest::Release;

/// What the user asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// This version; the next one when absent.
    pub version: Option<Version>,
    /// Whether to override what may be overridden: an implausible version, a skip word in the commit, no changes.
    pub force: bool,
    /// Versions that are not continued: members went back from them, or the index has withdrawn them.
    pub ended: Vec<Version>,
    /// Versions that can never be published, since the index has other files of their names. Their commits are released as
    /// the next version.
    pub taken: Vec<Version>,
    /// Whether the version is recorded for the commit, and its tag is gone: it is created again, whatever was released since.
    pub is_again: bool,
}

/// The decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Release this version.
    Release(Chosen),
    /// The commit is already released.
    Already(Tagged),
    /// The source has not changed since this release.
    Nothing(Tagged),
    /// The commit message asks for no release, with this word.
    Skipped(String),
}

/// The chosen version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The version.
    pub version: Version,
    /// The level of the change; `None` if the user named the version.
    pub level: Option<Level>,
    /// The reasons, one line each.
    pub why: Vec<String>,
    /// Objections to this version which `--force` overrides, one line each: it skips versions, its commit is already
    /// released, or it would lose changes.
    pub set_aside: Vec<String>,
    /// What this version would lose, which keeps it from being reserved; `None` if `--force` sets that aside.
    pub lost: Option<Lost>,
}

/// Changes of the highest final version that the commit of a higher one lacks, since it is on another line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// How many changes.
    changes: usize,
    /// The version that has them.
    last: Version,
    /// The commit of that version.
    commit: String,
}

impl Lost {
    /// What a version of the observed commit would lose. A version below the highest one takes nothing from it: a patch
    /// of an older line.
    fn of(observed: &Observed, version: &Version) -> Option<Self> {
        let last = observed.last().filter(|last| *version > last.version)?;
        let (version, commit) = (last.version.clone(), last.commit.clone());
        (observed.lacks > 0).then_some(Self { changes: observed.lacks, last: version, commit })
    }

    /// In one line.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { changes, last, commit } = self;
        let short = commit.get(..12).unwrap_or(commit);
        let changes = counted(*changes, "change");
        format!(
            "{changes} of {last} ({short}) or before would be lost: the commit is on another line"
        )
    }

    /// How the version is released that was probably meant.
    #[must_use]
    pub fn hint(&self) -> String {
        format!("a patch of an older line needs a --version below {}", self.last)
    }

    /// The refusal; `nothing` says what was not done.
    #[must_use]
    pub fn refused(&self, nothing: &str) -> Error {
        Error::usage(format!("{}, so {nothing}", self.in_words())).hint(self.hint()).hint(format!(
            "otherwise bring the changes of {} to the commit first; if it has them in another form, as cherry-picked \
             commits: --force",
            self.last
        ))
    }
}

/// The versions known from tags and from the index.
#[must_use]
pub fn known(observed: &Observed, indexed: &[Version]) -> Known {
    let tagged = observed.tags.iter().map(|tagged| tagged.version.clone()).collect();
    Known { tagged, indexed: indexed.to_vec() }
}

/// Decides what to release. `indexed` are the versions that the index knows, including withdrawn ones.
///
/// # Errors
/// When the version asked for may not be released, or no commit ever touched the source path.
pub fn decide(
    observed: &Observed,
    indexed: &[Version],
    release: &Release,
    wish: &Wish,
) -> Result<Decision> {
    let known = known(observed, indexed);
    let is_taken = |tagged: &&Tagged| wish.taken.contains(&tagged.version);
    let released = observed.released_here().filter(|tagged| !is_taken(tagged));
    if let Some(wanted) = &wish.version {
        if let Some(tagged) = observed.tags.iter().find(|tagged| tagged.version == *wanted) {
            return if tagged.commit == observed.commit {
                Ok(Decision::Already(tagged.clone()))
            } else {
                let error = Error::usage(format!("`{}` is at another commit", tagged.tag));
                Err(error
                    .caused_by(format!("it is at {}", tagged.commit))
                    .hint("a version is released once: name another"))
            };
        }
        let mut set_aside = Vec::new();
        if wish.is_again {
            let why =
                vec!["its tag is gone, and was at this commit when it was recorded".to_owned()];
            let version = wanted.clone();
            let chosen = Chosen { version, level: None, why, set_aside, lost: None };
            return Ok(Decision::Release(chosen));
        }
        version::wanted(&known, wanted, wish.force)?;
        if let Err(error) = version::wanted(&known, wanted, false) {
            set_aside.push(error.message().to_owned());
        }
        if let Some(tagged) = released {
            let short = observed.commit.get(..12).unwrap_or(&observed.commit);
            let what = format!("{short} is released as {} already", tagged.version);
            if !wish.force {
                let error = Error::usage(what);
                let error = match wish.ended.contains(&tagged.version) {
                    true => error
                        .caused_by(format!(
                            "{} is not continued: members went back from it, or it was withdrawn",
                            tagged.version
                        ))
                        .hint("once a fix is merged, release its commit"),
                    false => error.hint(format!("to continue that: --version {}", tagged.version)),
                };
                return Err(
                    error.hint(format!("to release the same commit again as {wanted}: --force"))
                );
            }
            set_aside.push(what);
        }
        let why = vec!["requested by --version".to_owned()];
        let chosen = Chosen { version: wanted.clone(), level: None, why, set_aside, lost: None };
        return Ok(Decision::Release(chosen.against(observed, wish)));
    }
    if let Some(tagged) = released {
        return Ok(Decision::Already(tagged.clone()));
    }
    let skip = release.skip.iter().find(|word| observed.message.contains(word.as_str()));
    if let Some(word) = skip.filter(|_| !wish.force) {
        return Ok(Decision::Skipped(word.clone()));
    }
    if !observed.touched {
        return Err(Error::usage("no commit ever touched the source of the runtime package")
            .hint("is `runtime_package.source.path` in fleet.yaml correct?"));
    }
    let taken = observed.last().filter(is_taken);
    let is_nothing = observed.changes.is_empty() && !wish.force && taken.is_none();
    if let Some(last) = observed.last().filter(|_| is_nothing) {
        return Ok(Decision::Nothing(last.clone()));
    }
    let (level, mut why) = level(observed, release);
    why.extend(taken.map(|taken| {
        format!(
            "{} is not published from here: the index has other files of its names",
            taken.version
        )
    }));
    match known.highest() {
        Some(highest) => {
            let places = known.places(highest).unwrap_or("nobody");
            why.push(format!("{highest} is the highest so far, known from {places}"));
        }
        None => why.push("neither the tags nor the index have a version".to_owned()),
    }
    let version = version::next(&known, level)?;
    let set_aside = Vec::new();
    let chosen = Chosen { version, level: Some(level), why, set_aside, lost: None };
    Ok(Decision::Release(chosen.against(observed, wish)))
}

impl Chosen {
    /// The choice with what it would lose, and with the objections that are set aside among its reasons.
    fn against(self, observed: &Observed, wish: &Wish) -> Self {
        let Self { version, level, mut why, mut set_aside, .. } = self;
        let lost = Lost::of(observed, &version);
        set_aside.extend(lost.iter().filter(|_| wish.force).map(Lost::in_words));
        why.extend(set_aside.iter().map(|what| format!("--force sets aside: {what}")));
        Self { version, level, why, set_aside, lost: lost.filter(|_| !wish.force) }
    }
}

/// The level of the changes, and the reasons for it.
fn level(observed: &Observed, release: &Release) -> (Level, Vec<String>) {
    let mut furthest: Option<(Level, String)> = None;
    for change in &observed.changes {
        let labels = change.labels.iter().map(String::as_str);
        let Some(level) = Level::of_labels(labels, &release.labels) else { continue };
        if furthest.as_ref().is_none_or(|(known, _)| level > *known) {
            let label = match level {
                Level::Major => &release.labels.major,
                Level::Minor | Level::Patch => &release.labels.minor,
            };
            let pulls: Vec<String> = change.pulls.iter().map(|pull| format!("#{pull}")).collect();
            furthest = Some((level, format!("{} has the label `{label}`", pulls.join(", "))));
        }
    }
    let (level, said) = furthest.unwrap_or_else(|| {
        let pulls = observed.changes.iter().any(|change| !change.pulls.is_empty());
        let said = match (observed.changes.is_empty(), pulls) {
            (true, _) => "nothing changed, but a release was requested",
            (false, true) => "no pull request has a label for the level",
            (false, false) => "no pull request contains it",
        };
        (Level::Patch, said.to_owned())
    });
    let mut why = vec![format!("{level}: {said}")];
    if observed.more {
        let read = observed.changes.len();
        why.push(format!("only labels of the newest {read} commits were read"));
    }
    (level, why)
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;
    use crate::release::observed::Change;

    fn v(text: &str) -> Version {
        Version::from_str(text).expect("a version")
    }

    fn tagged(version: &str, commit: &str) -> Tagged {
        Tagged {
            version: v(version),
            tag: format!("runtime-v{version}"),
            object: format!("tag of {version}"),
            commit: commit.to_owned(),
            message: String::new(),
        }
    }

    fn change(pull: Option<u64>, labels: &[&str]) -> Change {
        Change {
            commit: "new".to_owned(),
            subject: "Say it".to_owned(),
            at: String::new(),
            pulls: pull.into_iter().collect(),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        }
    }

    fn observed(tags: &[(&str, &str)], changes: Vec<Change>) -> Observed {
        Observed {
            branch: "main".to_owned(),
            commit: "new".to_owned(),
            message: "Say it".to_owned(),
            tags: tags.iter().map(|(version, commit)| tagged(version, commit)).collect(),
            changes,
            touched: true,
            ..Observed::default()
        }
    }

    fn said(observed: &Observed, indexed: &[&str], wish: &Wish) -> String {
        let indexed: Vec<Version> = indexed.iter().map(|text| v(text)).collect();
        match decide(observed, &indexed, &Release::default(), wish) {
            Ok(Decision::Release(chosen)) => {
                format!("{} ({})", chosen.version, chosen.why.join("; "))
            }
            Ok(Decision::Already(tagged)) => format!("already {}", tagged.version),
            Ok(Decision::Nothing(tagged)) => format!("nothing since {}", tagged.version),
            Ok(Decision::Skipped(word)) => format!("skipped by {word}"),
            Err(error) => error.message().to_owned(),
        }
    }

    fn wish(version: &str) -> Wish {
        Wish { version: Some(v(version)), ..Wish::default() }
    }

    #[test]
    fn labels_of_everything_since_the_last_tag_say_how_far_it_goes() {
        let seen = observed(
            &[("0.1.5", "old")],
            vec![change(Some(8), &[]), change(Some(7), &["release:minor"])],
        );
        assert_eq!(
            said(&seen, &["0.1.4", "0.1.5"], &Wish::default()),
            "0.2.0 (minor: #7 has the label `release:minor`; 0.1.5 is the highest so far, known from tags and the index)"
        );
        let seen = observed(&[("0.1.5", "old")], vec![change(None, &[])]);
        assert_eq!(
            said(&seen, &["0.1.6"], &Wish::default()),
            "0.1.7 (patch: no pull request contains it; 0.1.6 is the highest so far, known from the index)"
        );
    }

    #[test]
    fn what_was_released_is_not_released_again() {
        let seen = observed(&[("0.1.5", "old"), ("0.1.6", "new")], Vec::new());
        assert_eq!(said(&seen, &[], &Wish::default()), "already 0.1.6");
        assert_eq!(said(&seen, &[], &wish("0.1.6")), "already 0.1.6");
        assert_eq!(said(&seen, &[], &wish("0.1.5")), "`runtime-v0.1.5` is at another commit");
        // A mistyped version is no other release of the same commit, unless somebody insists.
        assert_eq!(said(&seen, &[], &wish("0.1.7")), "new is released as 0.1.6 already");
        assert_eq!(said(&seen, &[], &wish("0.1.7.dev1")), "new is released as 0.1.6 already");
        let insisted = Wish { force: true, ..wish("0.1.7") };
        assert_eq!(
            said(&seen, &[], &insisted),
            "0.1.7 (requested by --version; --force sets aside: new is released as 0.1.6 already)"
        );
        let leap = Wish { force: true, ..wish("0.1.66") };
        let Ok(Decision::Release(chosen)) = decide(&seen, &[], &Release::default(), &leap) else {
            panic!("it is released");
        };
        assert_eq!(
            chosen.set_aside,
            ["0.1.66 is an implausible leap from 0.1.6", "new is released as 0.1.6 already"]
        );
        // Its final version comes from the commit that was tried out.
        let seen = observed(&[("0.1.5", "old"), ("0.1.6rc1", "new")], vec![change(None, &[])]);
        assert!(said(&seen, &[], &Wish::default()).starts_with("0.1.6 ("));
        assert_eq!(said(&seen, &[], &wish("0.1.6rc1")), "already 0.1.6rc1");
    }

    #[test]
    fn the_commit_of_a_version_whose_names_are_taken_is_released_as_the_next_one() {
        let seen = observed(&[("0.1.5", "old"), ("0.1.6", "new")], Vec::new());
        let taken = |wish: Wish| Wish { taken: vec![v("0.1.6")], ..wish };
        assert_eq!(
            said(&seen, &["0.1.6"], &taken(Wish::default())),
            "0.1.7 (patch: nothing changed, but a release was requested; 0.1.6 is not published from here: the index \
             has other files of its names; 0.1.6 is the highest so far, known from tags and the index)"
        );
        let named = said(&seen, &["0.1.6"], &taken(wish("0.1.7")));
        assert_eq!(named, "0.1.7 (requested by --version)");
        // Who names it finds out what the index says by now.
        assert_eq!(said(&seen, &["0.1.6"], &taken(wish("0.1.6"))), "already 0.1.6");
        // A later commit without changes has not been released either.
        let later = Observed { commit: "later".to_owned(), ..seen };
        assert!(said(&later, &["0.1.6"], &taken(Wish::default())).starts_with("0.1.7 ("));
        let next = observed(&[("0.1.6", "new"), ("0.1.7", "new")], Vec::new());
        assert_eq!(said(&next, &["0.1.6"], &taken(Wish::default())), "already 0.1.7");
    }

    #[test]
    fn a_tag_that_is_gone_is_created_again_whatever_was_released_since() {
        let seen = observed(&[("0.1.5", "old"), ("0.1.7", "newer")], Vec::new());
        let again = Wish { is_again: true, ..wish("0.1.6") };
        assert_eq!(
            said(&seen, &["0.1.6"], &again),
            "0.1.6 (its tag is gone, and was at this commit when it was recorded)"
        );
    }

    #[test]
    fn nothing_new_and_words_of_the_commit_keep_it_from_being_released_unless_somebody_insists() {
        let force = Wish { force: true, ..Wish::default() };
        let seen = observed(&[("0.1.5", "old")], Vec::new());
        assert_eq!(said(&seen, &[], &Wish::default()), "nothing since 0.1.5");
        assert!(said(&seen, &[], &force).starts_with("0.1.6 ("));
        let mut seen = observed(&[("0.1.5", "old")], vec![change(None, &[])]);
        seen.message = "Fix it [skip-release]".to_owned();
        assert_eq!(said(&seen, &[], &Wish::default()), "skipped by [skip-release]");
        assert!(said(&seen, &[], &force).starts_with("0.1.6 ("));
        assert!(said(&seen, &[], &wish("0.1.6.dev1")).starts_with("0.1.6.dev1 ("));
    }

    #[test]
    fn a_version_that_would_lose_changes_is_held_up_unless_somebody_insists() {
        let of_a_line =
            Observed { lacks: 2, ..observed(&[("0.2.0", "old")], vec![change(None, &[])]) };
        let chosen = |wish: &Wish| match decide(&of_a_line, &[], &Release::default(), wish) {
            Ok(Decision::Release(chosen)) => chosen,
            other => panic!("it is released: {other:?}"),
        };
        let says =
            "2 changes of 0.2.0 (old) or before would be lost: the commit is on another line";
        for wanted in [None, Some("0.2.1")] {
            let wish = Wish { version: wanted.map(v), ..Wish::default() };
            let held = chosen(&wish);
            assert_eq!(held.lost.as_ref().map(Lost::in_words).as_deref(), Some(says));
            assert!(held.set_aside.is_empty(), "{held:?}");
            let forced = chosen(&Wish { force: true, ..wish });
            assert_eq!((forced.lost, forced.set_aside), (None, vec![says.to_owned()]));
            assert!(forced.why.contains(&format!("--force sets aside: {says}")));
        }
        // A patch of the older line takes nothing from those who have the newest version.
        let patch = chosen(&Wish { force: true, ..wish("0.1.6") });
        assert_eq!((patch.lost, patch.set_aside.len()), (None, 1));
    }

    #[test]
    fn a_path_that_never_was_is_told() {
        for tags in [&[][..], &[("0.1.5", "old")]] {
            let seen = Observed { touched: false, ..observed(tags, Vec::new()) };
            assert!(said(&seen, &[], &Wish::default()).starts_with("no commit ever touched"));
        }
    }
}
