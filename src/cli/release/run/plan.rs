//! The first two stages: choosing a version, and its tag. There is no version yet to record anything for, so what they
//! have done is looked up on the forge.

use pep440_rs::Version;

use super::others::{self, Ours};
use super::placed::Placed;
use super::{Arguments, on_purpose};
use crate::cli::Context;
use crate::cli::release::ahead::Ahead;
use crate::cli::release::recorded::Recorded;
use crate::cli::release::{
    Target, cascade, compat, declined, listed, must_be_meant, project, run_of_another, show,
    undecided,
};
use crate::cli::shared::confirmed::confirmed;
use crate::cli::shared::forge::Session;
use crate::edge::random;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::forge::WriteScope;
use crate::index::{Availability, Project};
use crate::package::version;
use crate::release::Stage;
use crate::release::cascade::{WouldGoBack, newer};
use crate::release::chain::{About, Row, State};
use crate::release::freeze::Freeze;
use crate::release::reserve::{OnRace, Request, Reserved, reserve};
use crate::release::subject::Subject;
use crate::release::{Chosen, Decision, Observed, Wish, decide, decide::known as known_of};
use crate::source::secrets::masked;

/// The result of the plan.
pub(super) enum Planned {
    /// There is a version to release.
    Ready(Box<Ready>),
    /// There is nothing to release, and why.
    Nothing(Row),
}

/// A version to release.
pub(super) struct Ready {
    pub(super) version: Version,
    /// Its tag, if it already has one.
    pub(super) tag: Option<String>,
    pub(super) commit: String,
    /// The versions that the index knew before; an error if it could not be read and the version already had its tag.
    pub(super) known: Result<Vec<Version>>,
    /// The newest final version that the index offered before.
    pub(super) newest: Option<Version>,
    /// Whether the index has withdrawn this version: no member is notified of it, and another version has to fix it.
    pub(super) is_withdrawn: bool,
    /// The freeze, if releases are stopped.
    pub(super) freeze: Option<Freeze>,
    /// The stages that are done.
    pub(super) rows: Vec<Row>,
    /// Whether this run has reserved it just now, after what `--force` overrides was listed.
    pub(super) is_new: bool,
    /// Whether its tag was gone, and is created again.
    pub(super) is_tagged_again: bool,
    /// The versions that have a tag.
    pub(super) tagged: Vec<Version>,
    /// What is ahead of it before members are notified.
    pub(super) ahead: Ahead,
}

impl Ready {
    /// A version without a tag of which nothing is done.
    fn of(version: Version, observed: Observed, indexed: Indexed) -> Self {
        let Indexed { known, newest, withdrawn } = indexed;
        Self {
            is_withdrawn: withdrawn.contains(&version),
            tagged: tagged(&observed),
            version,
            tag: None,
            commit: observed.commit,
            known,
            newest,
            freeze: observed.freeze,
            rows: Vec::new(),
            is_new: false,
            is_tagged_again: false,
            ahead: Ahead::default(),
        }
    }

    /// The command that continues the release, with the options of this one. A withdrawn version cannot continue; the
    /// next one is released.
    pub(super) fn again(&self, context: &Context) -> String {
        match self.is_withdrawn {
            true => run_of_another(&context.given, None),
            false => {
                let command = format!("shipshape release run --version {}", self.version);
                context.given.carried_to(&command)
            }
        }
    }

    /// The newest version that the index offers, if it is later than this one.
    pub(super) fn later(&self) -> Option<&Version> {
        newer(&self.version, self.newest.as_ref())
    }

    /// Whether the index knows the version. Members cannot go back to one that has only its tag.
    pub(super) fn is_served(&self) -> bool {
        self.known.as_ref().is_ok_and(|known| known.contains(&self.version))
    }

    /// What is recorded of it.
    pub(super) fn about(&self) -> Option<About> {
        let (tag, commit) = (self.tag.clone()?, self.commit.clone());
        Some(About { tag, commit })
    }
}

fn tagged(observed: &Observed) -> Vec<Version> {
    observed.tags.iter().map(|tagged| tagged.version.clone()).collect()
}

/// What the index knew before.
#[derive(Clone)]
struct Indexed {
    known: Result<Vec<Version>>,
    newest: Option<Version>,
    withdrawn: Vec<Version>,
}

impl Indexed {
    fn of(project: Result<Project>) -> Self {
        let project = match project {
            Ok(project) => project,
            Err(error) => {
                return Self { known: Err(error), newest: None, withdrawn: Vec::new() };
            }
        };
        let known: Vec<Version> = project.releases().into_keys().collect();
        let is_withdrawn = |version: &&Version| {
            matches!(project.availability(version), Availability::Withdrawn(_))
        };
        let withdrawn = known.iter().filter(is_withdrawn).cloned().collect();
        Self { known: Ok(known), newest: project.latest(false), withdrawn }
    }
}

/// Decides on the version, and reserves it unless nothing may be changed.
pub(super) fn plan(arguments: &Arguments, context: &Context, target: &Target) -> Result<Planned> {
    let Target { fleet, subject } = target;
    let wanted = arguments.version.as_deref().map(version::read).transpose()?;
    let project = project(context, &arguments.reading(), fleet).map(Option::unwrap_or_default);
    let listed = project.as_ref().map(listed).unwrap_or_default();
    let Indexed { known, newest, withdrawn } = Indexed::of(project);
    let writes = match arguments.only_looks() {
        true => WriteScope::none(),
        false => arguments.forge.writes([&subject.repository]),
    };
    let session = arguments.forge.session(context, Some(fleet), writes)?;
    let (observed, recorded, mut placed) =
        arguments.shown_and_recorded(context, target, (&session, wanted.as_ref()))?;
    let Recorded { known: recorded, taken } = recorded;
    // The index only matters for deciding on a new version.
    let has_its_tag = match &wanted {
        Some(wanted) => observed.tags.iter().any(|tagged| tagged.version == *wanted),
        None => observed.released_here().is_some_and(|it| !taken.contains(&it.version)),
    };
    let (known, unread) = match known {
        Ok(known) => (known, None),
        Err(error) if has_its_tag => (Vec::new(), Some(error)),
        Err(error) => return Err(undecided(error)),
    };
    arguments.stays_above(wanted.as_ref(), &known_of(&observed, &known), newest.as_ref())?;
    let ended = others::ended(arguments, context, target, &withdrawn)?;
    let (force, is_again) = (arguments.force, placed.is_again);
    let wish = Wish { version: wanted, force, ended, taken, is_again };
    let decision = decide(&observed, &known, &subject.release, &wish)?;
    if wish.version.is_none() {
        placed = arguments.decided(placed, (&recorded, &observed), &decision)?;
    }
    let ours = match &decision {
        Decision::Release(chosen) => Some((&chosen.version, true)),
        Decision::Already(tagged) => Some((&tagged.version, false)),
        _ => None,
    };
    if unread.is_none() {
        others::revive(arguments, context, target, (&known, &withdrawn, &listed))?;
    }
    if let (None, Some((version, is_new))) = (&arguments.version, ours) {
        let ours = Ours { version, is_new, newest: newest.as_ref() };
        others::list(arguments, context, target, &ours)?;
    }
    if let Some((version, _)) = ours {
        on_purpose::list(arguments, context, target, version)?;
    }
    let Decision::Release(chosen) = decision else {
        placed.tell(context);
        let known = unread.map_or(Ok(known), Err);
        return left(context, observed, Indexed { known, newest, withdrawn }, decision);
    };
    if let Some(lost) = &chosen.lost {
        return Err(lost.refused("nothing was done"));
    }
    let indexed = Indexed { known: Ok(known), newest, withdrawn };
    if arguments.only_looks() {
        let ready = Ready::of(chosen.version.clone(), observed, indexed);
        arguments.before(context, target, &ready)?;
        placed.tell(context);
        return Ok(foreseen((subject, &placed), ready, (context, &chosen)));
    }
    reserved(arguments, context, target, (&session, wish, &placed), (observed, indexed, chosen))
}

/// Reserves the version that was decided on, unless a run of it is refused before any member is notified: no tag is left behind
/// then.
fn reserved(
    arguments: &Arguments,
    context: &Context,
    target: &Target,
    (session, wish, placed): (&Session, Wish, &Placed),
    (observed, indexed, mut chosen): (Observed, Indexed, Chosen),
) -> Result<Planned> {
    let Target { fleet, subject } = target;
    let at = context.clock.again().rfc3339();
    let mut ready = Ready::of(chosen.version.clone(), observed.clone(), indexed.clone());
    let before = arguments.before(context, target, &ready)?;
    must_get_through(arguments, context, session, fleet)?;
    ready.ahead = arguments.ahead_of(context, target, &ready)?;
    match arguments.force {
        true => chosen.set_aside.extend(set_aside(&ready.ahead)),
        false => arguments.takes_nobody_back(context, target, (&ready, &before))?,
    }
    // Members may have had a version whose tag is gone.
    arguments.undoes_no_way_back(context, &ready, (&before.record, before.back.as_ref()))?;
    let about = compat::Asked {
        fleet,
        subject,
        commit: &observed.commit,
        version: &chosen.version,
        source: None,
    };
    confirm(arguments, context, (session, &observed), (&about, &chosen, placed))?;
    let request = Request {
        commit: Some(observed.commit.clone()),
        wish,
        despite_freeze: arguments.force,
        on_race: OnRace::Recompute,
    };
    let word = random::word()?;
    let told = |line: &str| context.terminal.note(line);
    let (known, ahead) = (indexed.known.clone()?, ready.ahead);
    let reserved =
        session.run(reserve(session.client(), subject, &known, &request, &word, &told))?;
    match reserved {
        Reserved::Made(tagged, chosen) => {
            let short = tagged.commit.get(..12).unwrap_or(&tagged.commit);
            let was_gone = if placed.is_again { ", created again: it was gone" } else { "" };
            let what = format!("`{}` at {short} of {}{was_gone}", tagged.tag, subject.repository);
            let tag = Row { at: Some(at.clone()), ..Row::new(Stage::Tag, State::Done, what) };
            let rows = vec![done(Stage::Plan, &chosen.version, &chosen.why, &at), tag];
            let (tag, commit) = (Some(tagged.tag), tagged.commit);
            let is_tagged_again = placed.is_again;
            let ready = Ready::of(chosen.version, observed, indexed);
            let ready = Ready { tag, commit, rows, is_new: true, is_tagged_again, ahead, ..ready };
            Ok(Planned::Ready(Box::new(ready)))
        }
        Reserved::Left(decision) => left(context, observed, indexed, decision),
    }
}

/// What `--force` overrides of what is ahead of a version, one line each.
fn set_aside(ahead: &Ahead) -> Vec<String> {
    let back = ahead.back.iter().map(WouldGoBack::in_words);
    back.chain(ahead.unlisted.in_words()).collect()
}

/// What a run would reserve. A version that is recorded has its tag and commit on record, also if the tag is gone.
fn foreseen(
    (subject, placed): (&Subject, &Placed),
    ready: Ready,
    (context, chosen): (&Context, &Chosen),
) -> Planned {
    let at = context.clock.again().rfc3339();
    let mut rows = vec![done(Stage::Plan, &chosen.version, &chosen.why, &at)];
    let tag = subject.release.tag_of(&chosen.version.to_string());
    if placed.is_again {
        let short = ready.commit.get(..12).unwrap_or(&ready.commit);
        let what = format!("create `{tag}` at {short} of {} again: it is gone", subject.repository);
        rows.push(Row::new(Stage::Tag, State::Waiting, what));
    }
    let (tag, is_tagged_again) = (placed.told.is_some().then_some(tag), placed.is_again);
    Planned::Ready(Box::new(Ready { tag, rows, is_tagged_again, ..ready }))
}

/// Refuses, before anything is reserved, a release that would stop half-way: no member can be notified of it, or the
/// members cannot be read.
fn must_get_through(
    arguments: &Arguments,
    context: &Context,
    session: &Session,
    fleet: &Fleet,
) -> Result<()> {
    if arguments.until >= Stage::Cascade {
        cascade::can_notify(&arguments.forge, context, fleet, &[])?;
    }
    if arguments.until >= Stage::Compat && arguments.gates.asks_the_fleet() {
        compat::can_read(session, fleet)?;
    }
    Ok(())
}

/// Asks if somebody can answer, since a version on an index can never be reused. Shows first what `--force` overrides.
/// If nobody can be asked, an implausible version also needs `--yes`.
fn confirm(
    arguments: &Arguments,
    context: &Context,
    (session, observed): (&Session, &Observed),
    (about, chosen, placed): (&compat::Asked<'_>, &Chosen, &Placed),
) -> Result<()> {
    if let Some(freeze) = observed.freeze.as_ref().filter(|_| !arguments.force) {
        return Err(freeze.stops("nothing was tagged"));
    }
    if !arguments.yes && context.terminal.hides_questions() {
        return Err(Error::usage(
            "the question could not be asked: standard error is not a terminal",
        )
        .hint("leave standard error on the terminal, or add --yes to do it without confirmation"));
    }
    must_be_meant(context, chosen, arguments.yes)?;
    let compat::Asked { subject, version, .. } = *about;
    let can_ask = context.terminal.can_ask();
    if !arguments.yes && !can_ask && arguments.version.is_none() {
        let name = &subject.distribution;
        return Err(Error::usage(format!(
            "{name} {version} is next, and there is no terminal to ask on"
        ))
        .hint(format!("to reserve it without confirmation: --yes, or --version {version}"))
        .hint("to see what would be done: --dry-run"));
    }
    let freeze = observed.freeze.iter().map(Freeze::in_words);
    let aside: Vec<String> = chosen.set_aside.iter().cloned().chain(freeze).collect();
    for why in &aside {
        context.terminal.note(&visible_line(&masked(&format!("--force sets aside: {why}"))));
    }
    placed.tell(context);
    if arguments.yes || !can_ask {
        return Ok(());
    }
    // A yes uses up the version, so show first what the gate would say.
    if arguments.until >= Stage::Compat && arguments.gates.asks_the_fleet() {
        let lines = match compat::ask(context, session, about) {
            Ok(suits) => [vec![show::verdict_of(&suits)], show::breaks_of(&suits)].concat(),
            Err(error) => {
                vec![format!("Which members it breaks is not known: {}", error.message())]
            }
        };
        for line in lines {
            context.terminal.note(&visible_line(&masked(&line)));
        }
    }
    let commit = observed.commit.get(..12).unwrap_or(&observed.commit);
    let says = observed.message.lines().next().unwrap_or_default();
    let what = match arguments.until {
        until if until >= Stage::Cascade => ", publish it and notify every member",
        until if until >= Stage::Publish => " and publish it",
        _ => "",
    };
    let begins = if aside.is_empty() { "Reserve" } else { "Set that aside, and reserve" };
    let question =
        format!("{begins} {} {version} for {commit} ({says}){what}?", subject.distribution);
    match confirmed(context, &masked(&question))? {
        true => Ok(()),
        false => Err(declined()),
    }
}

fn done(stage: Stage, version: &Version, why: &[String], at: &str) -> Row {
    let what = format!("{version}: {}", why.join("; "));
    Row { at: Some(at.to_owned()), ..Row::new(stage, State::Done, what) }
}

/// The result of a decision that creates no tag.
fn left(
    context: &Context,
    observed: Observed,
    indexed: Indexed,
    decision: Decision,
) -> Result<Planned> {
    let at = context.clock.again().rfc3339();
    let nothing = |what: String| {
        Ok(Planned::Nothing(Row {
            at: Some(at.clone()),
            ..Row::new(Stage::Plan, State::Skipped, what)
        }))
    };
    match decision {
        Decision::Already(tagged) => {
            let why = ["the commit has this version's tag".to_owned()];
            let what = format!("`{}` was there", tagged.tag);
            let tag = Row { at: Some(at.clone()), ..Row::new(Stage::Tag, State::Done, what) };
            let rows = vec![done(Stage::Plan, &tagged.version, &why, &at), tag];
            let (tag, ready) = (Some(tagged.tag), Ready::of(tagged.version, observed, indexed));
            Ok(Planned::Ready(Box::new(Ready { tag, rows, ..ready })))
        }
        Decision::Nothing(last) => nothing(format!("nothing changed since {}", last.version)),
        Decision::Skipped(word) => nothing(format!("the commit's message says `{word}`")),
        // Unreachable: a decision to release is carried out.
        Decision::Release(chosen) => {
            Err(Error::failed(format!("{} was not tagged", chosen.version)))
        }
    }
}
