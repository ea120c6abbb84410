//! A dry run: what a run would do. The recorded state of a stage that would be repeated does not count.

use pep440_rs::Version;

use super::plan::Ready;
use super::rows::{NONE_CHECKED, NOT_MIRRORED, told};
use super::waves::untyped;
use super::way_back::TakesBack;
use super::{Arguments, tokens};
use crate::cli::release::back::{CONTINUES, continued};
use crate::cli::release::went_back::WentBack;
use crate::cli::release::{Target, cascade, run_of_another, show_chain};
use crate::cli::shared::next::Step as Useful;
use crate::cli::shared::{journal, releases};
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::journal::Journal;
use crate::package::version;
use crate::release::Stage;
use crate::release::back::{self, Back};
use crate::release::chain::{Record, Row, Run, State, TakeUp, operation, taken_up};

/// What is recorded of a version before a run.
#[derive(Default)]
pub(super) struct Before {
    pub(super) record: Record,
    /// When its first run began.
    pub(super) begun_at: Option<String>,
    /// The unfinished way back to an earlier version, if there is one.
    pub(super) back: Option<Back>,
    /// All runs that are remembered.
    others: Vec<Run>,
    /// That of the newest version that the index offers, if it is later than this one.
    pub(super) newer: Option<Run>,
    /// Whether members went back from the newest version that the index offers, and it is given up.
    pub(super) is_newest_bad: bool,
}

impl Before {
    /// The later version that has superseded this one; `None` if that one is given up.
    pub(super) fn superseded<'a>(&self, ready: &'a Ready) -> Option<&'a Version> {
        ready.later().filter(|_| !self.is_newest_bad)
    }

    /// Warns of a way back from a version that was started here, if the record of the version does not show it: it may
    /// have been cut off while it notified the first member.
    pub(super) fn warn_of_back(&self, context: &Context, version: &Version) {
        let is_before = |back: &&Back| version::read(&back.version).is_ok_and(|it| it < *version);
        let is_shown = self.begun_at.is_none() || self.record.went_back.is_some();
        let back = self.back.as_ref().filter(|back| back.is_open() && !is_shown);
        let Some(back) = back.filter(is_before) else { return };
        let goes_on = match back.can_go_on() {
            true => format!("; `{}` continues it", continued(context, back)),
            false => String::new(),
        };
        let line = format!("WARNING: members are being taken back: {}{goes_on}", back.in_words());
        context.terminal.note(&visible_line(&line));
    }
}

/// What earlier runs of a version have done.
pub(super) fn remembered(
    arguments: &Arguments,
    context: &Context,
    Target { fleet, subject }: &Target,
    ready: &Ready,
) -> Result<Before> {
    let forge = arguments.forge.address(Some(fleet))?;
    let file = journal::file_at(arguments.state.as_deref(), context, fleet, &forge)?;
    let (name, _) = operation(subject.at(&ready.version));
    // Opening the journal would create or migrate it.
    let Some(journal) = Journal::look(&file)? else { return Ok(Before::default()) };
    let back = back::begun(&journal, &subject.distribution)?;
    let (record, begun_at) = match journal.unfinished(&name)? {
        Some(begun) => (Record::of_effects(&begun.effects), Some(begun.begun_at)),
        None => (Record::default(), None),
    };
    let others = releases::remembered(&journal, fleet)?;
    let later = ready.later().map(Version::to_string);
    let newer = others.iter().find(|run| later.is_some() && run.version == later).cloned();
    let newer = newer.map(|run| run.among(&others, &releases::members(fleet), back.as_ref()));
    let is_newest_bad = is_given_up(ready.later(), newer.as_ref(), &record);
    Ok(Before { record, begun_at, back, others, newer, is_newest_bad })
}

/// Whether a later version is given up. `newer` is its chain, if it is remembered, and `record` that of the version to
/// which members may have gone back.
fn is_given_up(later: Option<&Version>, newer: Option<&Run>, record: &Record) -> bool {
    match (later, newer) {
        (None, _) => false,
        // Some members may be at an earlier version on purpose, which says nothing against this one.
        (Some(_), Some(newer)) if newer.went_back.is_some() => newer.is_over(),
        // Another machine may have released it: then only the chain of the earlier version says so.
        (Some(later), _) => record.taken_back_from.as_ref().is_some_and(|from| later <= from),
    }
}

/// What a row itself says, without what it says about the earlier state of the stage.
pub(super) fn alone(what: &str) -> &str {
    what.split("; before: ").next().unwrap_or(what)
}

/// Sets stages that would be done to waiting, with what would be done.
fn foresee(record: &mut Record, until: Stage, fleet: &Fleet, ready: &Ready) {
    let stays = |row: &Row| match row.state {
        State::Done => true,
        State::Waiting => row.at.is_none(),
        // Whether the index still withholds it, or the mirror shows a later version, is asked again.
        State::Skipped if row.stage == Stage::Mirror => ready.is_withdrawn,
        State::Skipped => row.stage != Stage::Consumers || fleet.manifest.consumers.is_empty(),
        State::Failed | State::Unchecked | State::Back => false,
    };
    for stage in Stage::ALL.into_iter().filter(|stage| *stage <= until) {
        if record.is_settled(stage) {
            continue;
        }
        let Some(row) = record.row(stage).filter(|row| !stays(row)) else { continue };
        let what = match row.state {
            State::Skipped => stage.in_words().to_owned(),
            State::Waiting if alone(&row.what) == NONE_CHECKED => stage.in_words().to_owned(),
            state => {
                let before = alone(&row.what);
                format!("{}; before: {}: {before}", stage.in_words(), state.as_str())
            }
        };
        record.set(Row::new(stage, State::Waiting, what));
    }
}

/// Skips the stages that a withdrawn version does not reach. Returns whether a run would stop at one.
fn stops_withdrawn(record: &mut Record, until: Stage) -> bool {
    let is_open = |stage: Stage, record: &Record| stage <= until && !record.is_settled(stage);
    // To follow images, the same step asks whether members may have the version.
    let is_skipped = record.row(Stage::Images).is_some_and(|row| row.state == State::Skipped);
    let is_stopped = [Stage::Publish, Stage::Cascade].into_iter().any(|it| is_open(it, record))
        || (is_open(Stage::Images, record) && !is_skipped);
    let stops = [
        (Stage::Mirror, NOT_MIRRORED),
        (Stage::Cascade, "it was withdrawn, so no member is notified"),
    ];
    for (stage, what) in stops {
        if is_open(stage, record) {
            record.set(Row::new(stage, State::Skipped, what));
        }
    }
    is_stopped
}

/// What is recorded of dispatches, unless the run would take members back, which makes that outdated.
fn record_of_dispatches(arguments: &Arguments, ready: &Ready, recorded: &Record) -> Option<Row> {
    let is_forward = TakesBack::of(arguments, ready).is_none();
    recorded.dispatched().filter(|_| is_forward && arguments.until >= Stage::Cascade).cloned()
}

/// Shows what a run would do, and what to do next. A run that would be refused is something to look at.
pub(super) fn show(
    arguments: &Arguments,
    context: &Context,
    target: &Target,
    ready: &Ready,
    before: Before,
) -> Result<Exit> {
    let later = before.superseded(ready).cloned();
    let Before { record: recorded, begun_at, back, others, .. } = before;
    // The files are those of the last run; the answer to which members break changes with their templates.
    let wish = TakeUp { gates: &[Stage::Compat], ..arguments.take_up(context, target, ready) };
    let mut record = taken_up(&recorded, wish).record;
    // What the index offers now, whatever the last run has recorded.
    arguments.supersede(ready, later.as_ref(), &mut record);
    if arguments.until != Stage::Plan {
        foresee(&mut record, arguments.until, &target.fleet, ready);
    }
    let is_stopped = ready.is_withdrawn && stops_withdrawn(&mut record, arguments.until);
    // Without the token, what is recorded of dispatches stays.
    if !cascade::has_token(context)
        && let Some(known) = record_of_dispatches(arguments, ready, &recorded)
    {
        record.set(known);
    }
    record.is_withdrawn = ready.is_withdrawn;
    let mut exit = if is_stopped { Exit::Findings } else { Exit::Clean };
    if arguments.until >= Stage::Cascade
        && let Some(went_back) = WentBack::of(&ready.version, &recorded, back.as_ref())
    {
        if !arguments.force {
            exit = Exit::Findings;
        }
        let begins = if arguments.force { "--force sets aside: " } else { "refused: " };
        context.terminal.note(&visible_line(&format!("{begins}{}", went_back.in_words())));
    }
    let (ends, mut instead) = arguments.foresee_way_back(context, ready);
    exit = exit.worse(ends);
    if let Err(refused) = arguments.keeps_waves(context, ready, &recorded) {
        exit = Exit::Findings;
        context.terminal.note(&visible_line(&format!("refused: {}", told(&refused))));
    }
    if let Some(step) = next_instead(arguments, context, &recorded) {
        exit = Exit::Findings;
        instead = instead.or(Some(step));
    }
    if let Some(freeze) = &ready.freeze {
        let begins = if arguments.force { "--force sets aside: " } else { "releases are " };
        context.terminal.note(&visible_line(&format!("{begins}{}", freeze.in_words())));
    }
    if arguments.until != Stage::Plan {
        context.terminal.note("Nothing was done.");
    }
    let Target { subject, .. } = target;
    let has_mirror = subject.release.mirror.is_some();
    let run = Run::of(subject.at(&ready.version), &record, has_mirror, begun_at);
    // Who has which version is what is on record, and not what this run would do.
    let mut recorded = recorded;
    recorded.is_withdrawn = ready.is_withdrawn;
    let known = Run::of(subject.at(&ready.version), &recorded, has_mirror, None);
    let known = known.among(&others, &releases::members(&target.fleet), back.as_ref());
    let run = run.concluded_as(known);
    // A freeze refuses what is to come; where nothing is, it does not matter.
    let is_frozen = ready.freeze.is_some() && !arguments.force && arguments.until != Stage::Plan;
    if is_frozen && run.stages.iter().any(is_to_come) {
        exit = Exit::Findings;
    }
    let allowed = match arguments.until {
        Stage::Plan => Ok(Exit::Clean),
        _ => tokens::tell(arguments, context, target, &run),
    };
    let next = match instead {
        Some(instead) => Some(vec![instead]),
        None => in_earnest(arguments, context, (&run, back.as_ref()), ready),
    };
    super::show(arguments, context, run, next)?;
    Ok(exit.worse(allowed?))
}

/// What is proposed instead of a version whose files the index cannot take, which is said first; `None` if it can.
fn next_instead(arguments: &Arguments, context: &Context, recorded: &Record) -> Option<Useful> {
    let is_taken = |row: &&Row| row.is_taken() && arguments.until >= Stage::Publish;
    let row = recorded.row(Stage::Publish).filter(is_taken)?;
    let line = format!("refused, unless the index has changed: {}", alone(&row.what));
    context.terminal.note(&visible_line(&line));
    let command = context.command(&run_of_another(&context.given, None));
    Some(Useful::because(command, show_chain::OF_THE_NEXT))
}

/// Whether a stage is still to be run.
pub(super) fn is_to_come(row: &Row) -> bool {
    row.state == State::Waiting && row.at.is_none()
}

/// The recorded waves, in which members that are still to be notified were to go, unless this command line has its own, or ends
/// before there are any.
fn paced(arguments: &Arguments, recorded: &[String], typed: &[String]) -> Vec<String> {
    match arguments.until >= Stage::Images {
        true => untyped(recorded, typed),
        false => Vec::new(),
    }
}

/// What to suggest after a dry run: the same command line without the options that made it one. `None` if nothing is
/// left to do, or members went back from the version, in which case the rows suggest what is next.
fn in_earnest(
    arguments: &Arguments,
    context: &Context,
    (run, back): (&Run, Option<&Back>),
    ready: &Ready,
) -> Option<Vec<Useful>> {
    if run.went_back.is_some() && arguments.until >= Stage::Cascade && !arguments.force {
        let back = back.filter(|back| run.is_going_back && back.can_go_on())?;
        let goes_on = Useful::because(continued(context, back), CONTINUES);
        let rows = show_chain::next(run, context, arguments.state.as_deref());
        return Some([goes_on].into_iter().chain(rows).collect());
    }
    if ready.is_withdrawn {
        let command = context.command(&run_of_another(&context.given, None));
        let why = "once a fix is merged: it is released as the next version";
        return Some(vec![Useful::because(command, why)]);
    }
    if !run.stages.iter().any(is_to_come) {
        return None;
    }
    let command = match (&run.tag, &run.version) {
        (Some(_), Some(version)) => format!("shipshape release run --version {version}"),
        _ => "shipshape release run".to_owned(),
    };
    let without: &[&str] = if arguments.until == Stage::Plan { &["until"] } else { &[] };
    let pace = paced(arguments, &run.options, &context.given.kept());
    let command = context.given.before(&pace).in_earnest(&command, without);
    let command = context.command(&command);
    let command = match pace.iter().any(|option| option.starts_with("--waves ")) {
        true => Useful::because(command, "in the waves of its last run"),
        false => command.into(),
    };
    let thaw = (ready.freeze.is_some() && !arguments.force)
        .then(|| Useful::because(context.command("release thaw"), "when the reason is gone"));
    Some(thaw.into_iter().chain([command]).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::release::ReleaseId;
    use crate::release::cascade::Row as Member;
    use crate::release::chain::{Progress, Purpose, Returned, WayBack};

    #[test]
    fn a_version_that_some_members_left_on_purpose_is_not_given_up() {
        let [earlier, later] =
            ["0.1.6", "0.1.7"].map(|text| text.parse::<Version>().expect("a version"));
        let back = Member {
            repository: "acme/a".to_owned(),
            id: Some("0.1.6-0".to_owned()),
            ..Member::default()
        };
        let mut record = Record::default();
        record.taken_back_from = Some(later.clone());
        let decides = |purpose, members: &[&str]| {
            let way = WayBack { from: &later, to: &earlier, purpose, progress: Progress::Over };
            let mut of_later = Record::default();
            of_later.went_back = Some(Returned::with(None, std::slice::from_ref(&back), way));
            let release = ReleaseId { distribution: "acme-runtime", version: &later };
            let members: BTreeSet<String> = members.iter().map(|&name| name.to_owned()).collect();
            let newer = Run::of(release, &of_later, false, None).among(&[], &members, None);
            is_given_up(Some(&later), Some(&newer), &record)
        };
        assert!(decides(Purpose::Leave, &["acme/a", "acme/b"]));
        assert!(!decides(Purpose::Choose, &["acme/a", "acme/b"]));
        assert!(decides(Purpose::Choose, &["acme/a"]), "no member has it any more");
        // One that this machine knows nothing of.
        assert!(is_given_up(Some(&later), None, &record));
        assert!(!is_given_up(Some(&later), None, &Record::default()));
    }
}
