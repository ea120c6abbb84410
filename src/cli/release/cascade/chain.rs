//! The chain of the version: a cascade outside of `release run` reads and writes it too, so that the table and the next
//! steps of a release show who was notified last, whichever command did it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

use pep440_rs::Version;

use super::Wish;
use super::allowed::{on_index, on_purpose};
use crate::cli::Context;
use crate::cli::counted;
use crate::cli::release::Target;
use crate::cli::release::run::{is_news, lacking, looked_at, of_cascade, of_telling, taken_back};
use crate::cli::release::went_back::WentBack;
use crate::cli::shared::given::Given;
use crate::cli::shared::{journal, releases};
use crate::edge::clock::Clock;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::index::Availability;
use crate::journal::Journal;
use crate::package::version;
use crate::release::cascade::{Cascade, Row as Member, StageState, State as Told, overtaken};
use crate::release::chain::{Reach, Record, Returned, Row, State, operation};
use crate::release::{ReleaseId, Stage, back};

/// The chain of the version that members are notified of.
pub(super) struct Chain {
    file: PathBuf,
    distribution: String,
    version: Version,
    /// What was recorded before; `None` if no run of the version is remembered.
    before: Option<Record>,
    back: Option<back::Back>,
    /// Which members went back from this version, as far as this cascade knows.
    went_back: RefCell<Option<Returned>>,
    /// To which version another command took members back while this cascade ran.
    meanwhile: RefCell<Option<String>>,
    /// Whether runs are followed until the images contain the version.
    follows: bool,
    /// Which members take part: where these are only some, what is recorded of the others stays.
    reach: Reach,
    /// The repositories of all members that are notified of releases, in lower case.
    members: BTreeSet<String>,
    clock: Clock,
}

impl Chain {
    /// Reads what is remembered of the version.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(super) fn of(wish: &Wish, context: &Context, target: &Target) -> Result<Self> {
        let Target { fleet, subject } = target;
        let distribution = subject.distribution.clone();
        let version = version::read(&wish.version)?;
        let forge = wish.forge.address(Some(fleet))?;
        let file = journal::file_at(wish.state.as_deref(), context, fleet, &forge)?;
        let (mut before, mut way_back) = (None, None);
        if let Some(journal) = Journal::look(&file)? {
            let (name, _) = operation(ReleaseId { distribution: &distribution, version: &version });
            let begun = journal.unfinished(&name)?;
            before = begun.map(|begun| Record::of_effects(&begun.effects));
            way_back = back::begun(&journal, &distribution)?;
        }
        let went_back = before.as_ref().and_then(|before| before.went_back.clone());
        Ok(Self {
            file,
            distribution,
            version,
            before,
            went_back: RefCell::new(went_back),
            meanwhile: RefCell::default(),
            back: way_back,
            follows: wish.watch || !wish.pace.waves.is_empty(),
            reach: if wish.runtime.is_empty() { Reach::All } else { Reach::Some },
            members: releases::members(fleet),
            clock: context.clock,
        })
    }

    fn release(&self) -> ReleaseId<'_> {
        ReleaseId { distribution: &self.distribution, version: &self.version }
    }

    /// Refuses to take members forward to a version that they went back from, or while a `release back` to an earlier
    /// one is running. Lists what `--force` overrides of that.
    ///
    /// # Errors
    /// When that is so, and `--force` is missing.
    pub(super) fn goes_forward(&self, wish: &Wish, context: &Context, fleet: &Fleet) -> Result<()> {
        let (version, back) = (&self.version, self.back.as_ref());
        let aside = |line: &str| {
            context.terminal.note(&visible_line(line));
            Ok(())
        };
        let record = self.before.as_ref();
        if let Some(taken) = record.filter(|it| it.is_taken()).and_then(|it| it.row(Stage::Publish))
        {
            let what = format!("{version} was not published from here: {}", taken.what);
            match wish.force {
                true => aside(&format!("set aside: {what}"))?,
                false => {
                    return Err(Error::usage(format!("{what}, so no member was notified"))
                        .caused_by("no gate has seen the files that the index has")
                        .hint("to release the next version: `shipshape release run`")
                        .hint(format!("to notify members of {version} anyway: --force")));
                }
            }
        }
        if let Some(went_back) = record.and_then(|it| WentBack::of(version, it, back)) {
            if wish.force {
                return aside(&went_back.set_aside());
            }
            let refused = went_back.refused();
            let project = on_index(wish, context, fleet);
            let newer = overtaken(version, project.latest(false).as_ref());
            return Err(match (project.availability(version), newer) {
                // No member is notified of a withdrawn version, not even with `--force`.
                (Availability::Withdrawn(_), _) => refused,
                // Those that have the later version would not go forward.
                (_, Some(also)) => on_purpose(refused.caused_by(also.message()), wish, version),
                (_, None) => refused.hint(WentBack::insist(version)),
            });
        }
        let is_earlier =
            |back: &&back::Back| version::read(&back.version).is_ok_and(|to| to < *version);
        match back.filter(|back| back.at_it.is_some()).filter(is_earlier) {
            None => Ok(()),
            Some(back) if wish.force => aside(&format!(
                "set aside: members are being taken back to {}: {}",
                back.version,
                back.in_words()
            )),
            Some(back) => Err(Error::usage(format!(
                "members are being taken back to {}, so no member was notified of {version}",
                back.version
            ))
            .caused_by(back.in_words())
            .hint(format!("to notify members of {version} anyway: --force"))),
        }
    }

    /// Records how far the cascade is.
    ///
    /// # Errors
    /// When the journal cannot be read or written.
    pub(super) fn note(&self, members: &[Member]) -> Result<()> {
        match self.before.as_ref() {
            Some(before) => self.keep(before, members, self.under_way(before, members)),
            None => Ok(()),
        }
    }

    /// Records how the cascade ended.
    ///
    /// # Errors
    /// When the journal cannot be read or written.
    pub(super) fn end(&self, document: &Cascade) -> Result<()> {
        let is_not_done = matches!(document.state, StageState::Planned | StageState::Skipped);
        match self.before.as_ref().filter(|_| !is_not_done) {
            Some(before) => self.keep(before, &document.repositories, self.ended(before, document)),
            None => Ok(()),
        }
    }

    /// What to say if members were taken back while this cascade ran.
    pub(super) fn meanwhile(&self) -> Option<String> {
        let to = self.meanwhile.borrow();
        to.as_ref().map(|to| WentBack::meanwhile(&self.version, to))
    }

    /// The way back that another command recorded since this one last looked.
    fn taken_back(&self, known: &Record) -> Option<String> {
        let back = known.went_back.as_ref();
        let back = back.filter(|back| self.went_back.borrow().as_ref() != Some(back));
        back.map(Returned::all_targets)
    }

    /// Which members are still back from what was recorded before, after this cascade came so far.
    fn still_back(&self, before: &Record, members: &[Member]) -> Option<Returned> {
        before.went_back.clone()?.without(members, self.reach)
    }

    /// Where all members are of which something is recorded, after this cascade came so far.
    fn whereabouts(&self, before: &Record, members: &[Member]) -> Returned {
        before.went_back.clone().unwrap_or_default().forward(members, self.reach)
    }

    fn keep(&self, before: &Record, members: &[Member], rows: Vec<Row>) -> Result<()> {
        let journal = Journal::open(&self.file)?;
        let (name, input) = operation(self.release());
        // Following the runs may have taken an hour.
        let now = self.clock.again().rfc3339();
        // A process that is running the chain records its stages itself.
        let Some(operation) = journal.begin_if_free(&name, &input, &now)? else {
            return Ok(());
        };
        // Read again now that nobody else can write it: a `release back` may have recorded something meanwhile, which
        // stays.
        let known = Record::of_effects(&operation.effects()?);
        if let Some(to) = self.taken_back(&known) {
            self.meanwhile.replace(Some(to));
            return Ok(());
        }
        let left = self.still_back(&known, members);
        Record::change_went_back(&operation, |now| {
            // Whatever holds the chain, a `release back` may record at any time who went back.
            if now == known.went_back { left.clone() } else { now }
        })?;
        self.went_back.replace(left);
        // With the options that the run was given.
        let given = Given::default().before(&before.options);
        let again = format!("shipshape release run --version {}", self.version);
        // That only members are left which were taken back says of some members nothing of the others.
        let is_of_all = |row: &Row| match self.reach {
            Reach::All => true,
            Reach::Some => known.row(row.stage).is_some_and(Row::is_taken_back),
        };
        // A stage that is as it was has been so since then.
        let since = |row: &Row| {
            let same = known.row(row.stage);
            let same = same.filter(|it| (it.state, &it.what) == (row.state, &row.what));
            same.and_then(|it| it.at.clone()).unwrap_or_else(|| now.clone())
        };
        let rows = rows.into_iter().map(|row| {
            let is_closed = row.is_taken_back() && is_of_all(&row);
            let again = (!is_closed && row.state != State::Done).then_some(&again);
            let next = row.next.as_ref().filter(|_| row.state != State::Done).or(again);
            Row {
                at: row.at.clone().or_else(|| Some(since(&row))),
                next: next.map(|next| given.carried_to(next)),
                also: row.also.iter().map(|next| given.carried_to(next)).collect(),
                hindrance: row.hindrance.filter(|_| is_closed || !row.is_taken_back()),
                ..row
            }
        });
        Record::keep(&operation, &rows.collect::<Vec<Row>>())
    }

    fn under_way(&self, before: &Record, members: &[Member]) -> Vec<Row> {
        if self.reach == Reach::Some {
            return self.of_some(before, members);
        }
        // What was seen of images before stays until this cascade has seen some.
        let images = match self.follows {
            true if is_news(members) => Some(looked_at(members)),
            _ => not_looked_at(members),
        };
        [of_telling(members, true)].into_iter().chain(images).collect()
    }

    fn ended(&self, before: &Record, document: &Cascade) -> Vec<Row> {
        let members = &document.repositories;
        match (self.reach, self.follows) {
            (Reach::All, true) => of_cascade(document, true),
            (Reach::All, false) => {
                let images = not_looked_at(members);
                of_cascade(document, false).into_iter().chain(images).collect()
            }
            (Reach::Some, false) => self.of_some(before, members),
            (Reach::Some, true) => {
                let is_in = |row: &Member| matches!(row.state, Told::Contained | Told::Current);
                let has_failed = members.iter().any(|row| row.state == Told::Failed);
                let seen = of_cascade(document, true);
                let seen = seen.into_iter().find(|row| row.stage == Stage::Images);
                let images = match before.row(Stage::Images) {
                    Some(known) if known.state == State::Done && members.iter().all(is_in) => {
                        known.clone()
                    }
                    _ => {
                        let row = self.seen_of_some(before, members);
                        let state = if has_failed { State::Failed } else { row.state };
                        let row = Row { state, ..row };
                        match seen.filter(|_| has_failed) {
                            Some(Row { next, also, hindrance, .. }) => {
                                Row { next, also, hindrance, ..row }
                            }
                            None => row,
                        }
                    }
                };
                let mut rows = self.of_some(before, members);
                rows.retain(|row| row.stage != Stage::Images);
                rows.push(images);
                rows
            }
        }
    }

    /// The rows where only some members were notified.
    fn of_some(&self, before: &Record, members: &[Member]) -> Vec<Row> {
        let told = members.iter().filter(|row| row.is_told_now).count();
        if told == 0 {
            return Vec::new();
        }
        let at = self.whereabouts(before, members);
        let what = at.in_words().unwrap_or_default();
        let mut rows = vec![Row::new(Stage::Images, of_those_back(&at), what)];
        if !before.is_settled(Stage::Cascade) {
            let what =
                format!("{} notified, of those that were named", counted(told, "repository"));
            rows.push(Row::new(Stage::Cascade, State::Waiting, what));
        }
        rows
    }

    /// The row of images where only some members were notified and followed. It counts those that went back or forward
    /// again before, too.
    fn seen_of_some(&self, before: &Record, members: &[Member]) -> Row {
        let at = self.whereabouts(before, members);
        let (contained, concerned) = (at.containing(members).len(), at.concerned(members));
        let others = match at.places() {
            Some(places) => format!("; {places}"),
            None if self.members.is_subset(&concerned) => String::new(),
            None => "; other members were not checked".to_owned(),
        };
        let state = match of_those_back(&at) {
            State::Waiting if others.is_empty() && contained == concerned.len() => State::Done,
            state => state,
        };
        let what = format!(
            "{contained} of {} contain it{}{}{others}",
            counted(concerned.len(), "repository"),
            lacking(members),
            taken_back(members, &self.version.to_string())
        );
        Row::new(Stage::Images, state, what)
    }
}

/// The state of the images while some members may be back, and none has failed.
fn of_those_back(at: &Returned) -> State {
    match (at.repositories.is_empty(), at.is_seen()) {
        (true, _) => State::Waiting,
        (false, true) => State::Back,
        (false, false) => State::Unchecked,
    }
}

/// The row of images that were not looked at; `None` if what is recorded of them still holds.
fn not_looked_at(members: &[Member]) -> Option<Row> {
    // Where nobody was notified now, what is recorded of their images is the newest that is known.
    let is_news = members.iter().any(|row| row.is_told_now);
    let what = "members were notified; what their images contain was not checked";
    is_news.then(|| Row::new(Stage::Images, State::Waiting, what))
}
