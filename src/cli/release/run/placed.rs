//! Where the tag of a version is, beside where it was when a run recorded it here.

use pep440_rs::Version;

use super::Arguments;
use crate::cli::Context;
use crate::cli::release::Target;
use crate::cli::release::recorded::Recorded;
use crate::cli::shared::forge::Session;
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::release::subject::Subject;
use crate::release::tagged::{Asked, Course, Displaced, Known, course};
use crate::release::{Decision, Observed, observe};

impl Arguments {
    /// What the forge shows, what is recorded here, and what becomes of the tag of a version that is concerned already: the
    /// one that was asked for, or the one of the commit, be its tag gone.
    pub(super) fn shown_and_recorded(
        &self,
        context: &Context,
        target: &Target,
        (session, wanted): (&Session, Option<&Version>),
    ) -> Result<(Observed, Recorded, Placed)> {
        let recorded = Recorded::of(self.state.as_deref(), context, target, &self.forge)?;
        let observed = self.observed(session, &target.subject, (wanted, &recorded.known))?;
        let released = || observed.released_here().map(|tagged| &tagged.version);
        // Whether that one is chosen is not decided yet.
        let gone = || Displaced::gone_at(&recorded.known, &observed).map(|it| &it.known.version);
        let concerned = wanted.or_else(released).or_else(gone);
        let placed = self.course(&recorded.known, &observed, concerned)?;
        Ok((observed, recorded, placed))
    }

    /// What there is to release. A release that was started continues at its own commit, wherever the branch is now, also if
    /// somebody deleted its tag since it was recorded here.
    fn observed(
        &self,
        session: &Session,
        subject: &Subject,
        (wanted, known): (Option<&Version>, &[Known]),
    ) -> Result<Observed> {
        let client = session.client();
        let observed = session.run(observe(client, subject, self.commit.as_deref()))?;
        if let (Some(wanted), None) = (wanted, &self.commit)
            && let Some(tagged) = observed.tags.iter().find(|tagged| tagged.version == *wanted)
            && tagged.commit != observed.commit
        {
            let commit = tagged.commit.clone();
            return session.run(observe(client, subject, Some(&commit)));
        }
        if let (Some(wanted), None) = (wanted, &self.commit)
            && let Some(gone) = Displaced::gone(known, &observed.tags, wanted)
            && gone.known.commit != observed.commit
        {
            let commit = gone.known.commit.as_str();
            let found = session.run(client.named(&subject.repository, Some(commit)))?;
            return match found {
                Some(_) => session.run(observe(client, subject, Some(commit))),
                None => Err(gone.without_commit(&subject.repository.to_string())),
            };
        }
        Ok(observed)
    }

    /// What becomes of the tag of a version that was not asked for, now that it is decided on.
    pub(super) fn decided(
        &self,
        placed: Placed,
        (known, observed): (&[Known], &Observed),
        decision: &Decision,
    ) -> Result<Placed> {
        match decision {
            Decision::Already(_) => Ok(placed),
            Decision::Release(chosen) => self.course(known, observed, Some(&chosen.version)),
            // No tag is created.
            Decision::Nothing(_) | Decision::Skipped(_) => self.course(known, observed, None),
        }
    }

    /// How the release of a version goes on, where its tag is not where it was when it was recorded here.
    pub(super) fn course(
        &self,
        known: &[Known],
        observed: &Observed,
        version: Option<&Version>,
    ) -> Result<Placed> {
        let asked = Asked {
            version,
            is_named: self.version.is_some(),
            is_commit_named: self.commit.is_some(),
            force: self.force,
        };
        Ok(match course(known, observed, asked)? {
            Course::AsShown => Placed::default(),
            Course::Again(displaced) => {
                let told = format!("{}: it is created again there", displaced.in_words());
                Placed { is_again: true, told: Some(told) }
            }
            Course::Anew(displaced) => {
                let short = observed.commit.get(..12).unwrap_or(&observed.commit);
                let told = format!("{}: {short} is released instead", displaced.in_words());
                Placed { is_again: false, told: Some(told) }
            }
        })
    }
}

/// What becomes of a tag that is not where it was.
#[derive(Default)]
pub(super) struct Placed {
    /// Whether it is gone, and is created again.
    pub(super) is_again: bool,
    /// What is said of it, if it is not where it was.
    pub(super) told: Option<String>,
}

impl Placed {
    /// Says it, once nothing refuses the run any more.
    pub(super) fn tell(&self, context: &Context) {
        if let Some(told) = &self.told {
            context.terminal.note(&visible_line(told));
        }
    }
}
