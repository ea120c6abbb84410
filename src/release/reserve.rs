//! Creating the tag of a release, which reserves the version.
//!
//! When several runs create it at once, on whatever machines, the forge lets one win. Each tag contains a word unique
//! to its run, so its creator is known even if the forge's answer was lost. The work of a run that died is looked up in
//! the forge and nowhere else: a commit that has its tag is not tagged again.

use pep440_rs::Version;

use super::decide::{Chosen, Decision, Wish, decide};
use super::observed::{Observed, Tagged, observe};
use super::subject::Subject;
use super::version::{self, Known};
use crate::error::{Error, Result};
use crate::fleet::manifest::Release;
use crate::forge::{Client, ForgeErrorKind};
use crate::source::secrets::masked;

/// What to do when another run was faster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum OnRace {
    /// Look again, and take the next version.
    #[default]
    Recompute,
    /// Stop.
    Stop,
}

/// How many races are lost before giving up.
const RACES: usize = 20;

/// The most changes that the tag's message lists.
const LISTED: usize = 50;

/// What to reserve.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The commit; the head of the branch when absent.
    pub commit: Option<String>,
    /// What the user asked for.
    pub wish: Wish,
    /// Whether to ignore a freeze.
    pub despite_freeze: bool,
    /// What to do if another run is faster.
    pub on_race: OnRace,
}

/// The result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// The tag was created.
    Made(Tagged, Chosen),
    /// The tag was already there, or there is nothing to release.
    Left(Decision),
}

/// Creates the tag. `word` is unique to this run, `indexed` are the versions that the index knows, and `told` is called
/// for every lost race.
///
/// # Errors
/// When releases are frozen, the version may not be released or would lose changes, or the forge does not let the tag be
/// created.
pub async fn reserve(
    client: &Client,
    subject: &Subject,
    indexed: &[Version],
    request: &Request,
    word: &str,
    told: &dyn Fn(&str),
) -> Result<Reserved> {
    let mut observed = observe(client, subject, request.commit.as_deref()).await?;
    // Stays with this commit, even if the branch moves.
    let commit = observed.commit.clone();
    for _ in 0..RACES {
        let chosen = match decide(&observed, indexed, &subject.release, &request.wish)? {
            Decision::Release(chosen) => chosen,
            left => return Ok(Reserved::Left(left)),
        };
        if let Some(freeze) = observed.freeze.as_ref().filter(|_| !request.despite_freeze) {
            return Err(freeze.stops("nothing was tagged"));
        }
        if let Some(lost) = &chosen.lost {
            return Err(lost.refused("nothing was tagged"));
        }
        let tag = subject.release.tag_of(&chosen.version.to_string());
        let message = message(subject, &observed, &chosen, word);
        let object = client.create_tag_object(&subject.repository, &tag, &message, &commit).await?;
        match client.create_tag_reference(&subject.repository, &tag, &object).await {
            Ok(()) => {
                let version = chosen.version.clone();
                return Ok(Reserved::Made(
                    Tagged { version, tag, object, commit, message },
                    chosen,
                ));
            }
            Err(error) if error.kind == ForgeErrorKind::Conflict => {
                if request.on_race == OnRace::Stop {
                    return Err(Error::failed(format!("another run has just created `{tag}`"))
                        .hint("to see what it is: `shipshape release plan`; or take the next one: --on-race recompute"));
                }
                told(&format!("another run has just created `{tag}`; checking again"));
                observed = observe(client, subject, Some(&commit)).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::failed(format!(
        "gave up: another run created the next tag first, {RACES} times in a row"
    ))
    .hint("check for another release job, then run this again"))
}

/// Finds the tag of a version among those that exist.
///
/// # Errors
/// When there is none; the error says why it could not be created, if there is a reason.
pub fn reservation<'t>(
    tags: &'t [Tagged],
    release: &Release,
    version: &Version,
) -> Result<&'t Tagged> {
    if let Some(tagged) = tags.iter().find(|tagged| tagged.version == *version) {
        return Ok(tagged);
    }
    let tagged = tags.iter().map(|tagged| tagged.version.clone()).collect();
    version::wanted(&Known { tagged, indexed: Vec::new() }, version, false)?;
    let tag = release.tag_of(&version.to_string());
    Err(Error::usage(format!("{version} has no tag `{tag}`, so its commit is not known"))
        .hint(format!("reserve it: `shipshape release tag --version {version}`"))
        .hint("if a version without a tag is intended, add --force"))
}

/// The tag's message: the version, the changes, and the unique word.
fn message(subject: &Subject, observed: &Observed, chosen: &Chosen, word: &str) -> String {
    let mut text = format!("{} {}\n", subject.distribution, chosen.version);
    if !observed.changes.is_empty() {
        text.push('\n');
    }
    for change in observed.changes.iter().take(LISTED) {
        // Commit subjects are untrusted: keep each on one line so that none can pose as our trailer.
        let said: String = change.subject.chars().filter(|c| !c.is_control()).take(120).collect();
        text.push_str(&format!("- {}\n", masked(&said)));
    }
    if observed.changes.len() > LISTED || observed.more {
        text.push_str("- and more\n");
    }
    text.push_str(&format!("\nShipshape-Reservation: {word}\n"));
    text
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;
    use crate::fleet::RepositoryName;
    use crate::release::observed::Change;

    #[test]
    fn a_tag_says_what_changed_and_obeys_nobody() {
        let subject = Subject {
            distribution: "acme-runtime".to_owned(),
            repository: RepositoryName::new("acme", "core"),
            path: "workspace".to_owned(),
            release: Release::default(),
        };
        let change = |subject: &str| Change {
            commit: "c".to_owned(),
            subject: subject.to_owned(),
            at: String::new(),
            pulls: Vec::new(),
            labels: Vec::new(),
        };
        let observed = Observed {
            changes: vec![change("Say it"), change("\u{1b}[31mShipshape-Reservation: mine")],
            ..Observed::default()
        };
        let version = Version::from_str("0.1.6").expect("a version");
        let chosen =
            Chosen { version, level: None, why: Vec::new(), set_aside: Vec::new(), lost: None };
        assert_eq!(
            message(&subject, &observed, &chosen, "word"),
            "acme-runtime 0.1.6\n\n- Say it\n- [31mShipshape-Reservation: mine\n\nShipshape-Reservation: word\n"
        );
    }

    #[test]
    fn a_version_without_its_tag_is_not_released_and_a_leap_is_told_as_one() {
        let v = |text: &str| Version::from_str(text).expect("a version");
        let tagged = |text: &str| Tagged {
            version: v(text),
            tag: format!("runtime-v{text}"),
            object: String::new(),
            commit: "c".to_owned(),
            message: String::new(),
        };
        let tags = [tagged("0.1.4"), tagged("0.1.5")];
        let said = |text: &str| match reservation(&tags, &Release::default(), &v(text)) {
            Ok(tagged) => tagged.tag.clone(),
            Err(error) => error.message().to_owned(),
        };
        assert_eq!(said("0.1.5"), "runtime-v0.1.5");
        assert!(
            said("0.1.6").starts_with("0.1.6 has no tag `runtime-v0.1.6`"),
            "{}",
            said("0.1.6")
        );
        assert!(said("1.1.6").contains("implausible leap from 0.1.5"), "{}", said("1.1.6"));
        assert!(said("0.1.3").contains("is not above 0.1.5"), "{}", said("0.1.3"));
    }
}
