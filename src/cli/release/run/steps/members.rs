//! The step that notifies members and follows their images.

use std::cell::RefCell;

use super::super::rows::{is_news, looked_at, of_cascade, of_telling};
use super::{NO_IMAGES, Steps};
use crate::cli::Exit;
use crate::cli::release::cascade;
use crate::cli::release::went_back::WentBack;
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::journal::Operation;
use crate::release::Stage;
use crate::release::cascade::{Cascade, Row as Member, StageState, State as Told};
use crate::release::chain::{Reach, Record, Returned, Row, State};
use crate::source::secrets::masked;

/// Which members went back from the version, as far as this run knows.
pub(super) struct WentBackHere {
    /// What it found, or recorded last.
    last: RefCell<Option<Returned>>,
    /// Whether it was said that another command took members back meanwhile.
    is_told: bool,
}

impl WentBackHere {
    pub(super) fn of(recorded: &Record) -> Self {
        Self { last: RefCell::new(recorded.went_back.clone()), is_told: false }
    }

    /// Records which members are left of those that went back. What another command has recorded since this run last looked
    /// stays, and is returned.
    fn keep(&self, operation: &Operation, left: Option<Returned>) -> Result<Option<Returned>> {
        let mut meanwhile = None;
        Record::change_went_back(operation, |known| {
            if known == *self.last.borrow() {
                return left.clone();
            }
            meanwhile.clone_from(&known);
            known
        })?;
        if meanwhile.is_none() {
            self.last.replace(left);
        }
        Ok(meanwhile)
    }
}

impl Steps<'_> {
    pub(super) fn cascade(&mut self) -> Result<Vec<Row>> {
        let arguments = self.arguments;
        let has_images = self.target.fleet.manifest.images.is_some();
        let follows = has_images && arguments.until >= Stage::Images;
        let wish = cascade::Wish {
            pace: match follows {
                true => arguments.pace.clone(),
                false => arguments.pace.without_waves(),
            },
            watch: follows,
            unlisted: self.ready.ahead.unlisted.versions(),
            ..arguments.cascade_of(&self.ready.version)
        };
        if !cascade::has_token(self.context)
            && let Some(known) = self.before.dispatched().cloned()
        {
            return self.without_token(&wish, known);
        }
        let noted = |members: &[Member]| {
            // What an earlier run saw of images stands until this one has seen some.
            let is_news = is_news(members) || self.before.row(Stage::Images).is_none();
            let images = (follows && is_news).then(|| looked_at(members));
            let rows = [of_telling(members, true)].into_iter().chain(images).map(|row| {
                let at = Some(self.now());
                Row { at, next: Some(self.again()), ..row }
            });
            // Errors are ignored here: the whole step is written again at the end, where an error is reported.
            let _ = Record::keep(self.operation, &rows.collect::<Vec<Row>>());
            let _ = self.went_back.keep(self.operation, self.still_back(members));
        };
        let document = cascade::tell(&wish, self.context, self.target, &noted)?;
        let left = self.still_back(&document.repositories);
        if let Some(back) = self.went_back.keep(self.operation, left)? {
            return Ok(self.taken_back(&document, &back));
        }
        self.goes_forward = !document.is_halted() && document.state != StageState::Skipped;
        let mut rows = self.of_cascade(&document, follows);
        if !has_images && arguments.until >= Stage::Images {
            rows.retain(|row| row.stage != Stage::Images);
            rows.push(Row::new(Stage::Images, State::Skipped, NO_IMAGES));
        }
        let is_open = |row: &Row| matches!(row.state, State::Failed | State::Unchecked);
        // A freeze concerns the whole release, so `--soft` does not excuse it.
        let is_frozen = document.is_halted();
        if is_frozen || (!arguments.soft && rows.iter().any(is_open)) {
            self.exit = self.exit.worse(Exit::Unchecked);
        }
        // The other outcomes were reported as they were seen.
        let held = document.repositories.iter().filter(|row| row.state == Told::Held);
        for repository in held.filter(|_| !is_frozen) {
            if let Some(why) = &repository.reason {
                let line = format!("{}: {why}", repository.repository);
                self.context.terminal.note(&visible_line(&masked(&line)));
            }
        }
        Ok(rows)
    }

    /// The two stages after another command took members back while this run followed them: what that recorded stays, and to
    /// notify them again is not proposed.
    fn taken_back(&mut self, document: &Cascade, back: &Returned) -> Vec<Row> {
        self.tell_of_meanwhile(back);
        let dispatches = of_telling(&document.repositories, false);
        let is_announced = dispatches.state == State::Done;
        let told = is_announced.then_some(dispatches);
        told.into_iter().chain(back.stages(is_announced, &self.now())).collect()
    }

    /// Says it once; what is recorded by now is known from here on.
    fn tell_of_meanwhile(&mut self, back: &Returned) {
        self.went_back.last.replace(Some(back.clone()));
        if !std::mem::replace(&mut self.went_back.is_told, true) {
            let line = WentBack::meanwhile(&self.ready.version, &back.all_targets());
            self.context.terminal.note(&visible_line(&line));
        }
        if self.arguments.until >= Stage::Cascade {
            self.exit = self.exit.worse(Exit::Unchecked);
        }
    }

    /// Takes over what another command has recorded of members that went back, also after the step that notified them: that
    /// command leaves the stages to this run.
    pub(in crate::cli::release::run) fn end(&mut self, record: &mut Record) -> Result<()> {
        let now = Record::of_effects(&self.operation.effects()?).went_back;
        if let Some(back) = now.as_ref().filter(|_| now != *self.went_back.last.borrow()) {
            let rows = back.stages(record.is_settled(Stage::Cascade), &self.now());
            Record::keep(self.operation, &rows)?;
            rows.into_iter().for_each(|row| record.set(row));
            self.goes_forward = false;
            self.tell_of_meanwhile(back);
        }
        record.went_back = now;
        Ok(())
    }

    /// Which members are still back after this run came so far. One that was notified before went back since, so only one
    /// that this run notified, or whose image contains the version, goes forward again.
    fn still_back(&self, rows: &[Member]) -> Option<Returned> {
        self.before.went_back.clone()?.without(rows, Reach::All)
    }

    /// The two stages of a cascade. Their suggested commands have the options that the run was given.
    fn of_cascade(&self, document: &Cascade, follows: bool) -> Vec<Row> {
        let given = |next: String| self.context.given.carried_to(&next);
        let rows = of_cascade(document, follows).into_iter();
        let carried = rows.map(|row| Row {
            next: row.next.map(given),
            also: row.also.into_iter().map(given).collect(),
            ..row
        });
        carried.collect()
    }

    /// Without the token, what is recorded of dispatches stays, and images are only read.
    fn without_token(&mut self, wish: &cascade::Wish, known: Row) -> Result<Vec<Row>> {
        let why = format!(
            "WARNING: {} is not set, so no member is notified: images are only checked",
            cascade::TOKEN
        );
        self.context.terminal.note(&why);
        // What failed continues with the command that failed; the options of this run need not be those.
        let again = known.next.clone().filter(|_| known.state == State::Failed);
        let mut rows = vec![known];
        if wish.watch {
            let document = cascade::observed(wish, self.context, self.target)?;
            let images = self.of_cascade(&document, true).into_iter();
            let images = images.filter(|row| row.stage == Stage::Images).map(|row| {
                let is_open = matches!(row.state, State::Failed | State::Unchecked);
                let is_open = is_open && !row.is_taken_back();
                let next = row.next.or_else(|| again.clone().filter(|_| is_open));
                Row { next, ..row }
            });
            rows.extend(images);
        } else if self.arguments.until >= Stage::Images {
            rows.push(Row::new(Stage::Images, State::Skipped, NO_IMAGES));
        }
        let is_open = |row: &Row| matches!(row.state, State::Failed | State::Unchecked);
        if !self.arguments.soft && rows.iter().any(is_open) {
            self.exit = self.exit.worse(Exit::Unchecked);
        }
        Ok(rows)
    }
}
