//! The steps after the tag; each calls what its own command calls.

mod members;

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::Arguments;
use super::asked::{THAW, of_consumers};
use super::foreseen::alone;
use super::plan::Ready;
use super::rows::{NOT_MIRRORED, of_document, of_mirror, of_part, told};
use crate::cli::release::source::Source;
use crate::cli::release::{Target, consumers, mirror, publish, run_of_another};
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Kind, Obstacle, Result};
use crate::journal::Operation;
use crate::release::chain::{Hindrance, Record, Row, State};
use crate::release::consumers::Row as Consumer;
use crate::release::mirror::{ShowsLater, State as Shown};
use crate::release::publish::document::{Outcome, StageReport};
use crate::release::{Stage, Step};
use crate::source::secrets::masked;
use members::WentBackHere;

/// The most findings of gates that are reported.
const TOLD: usize = 10;

/// Why no image is checked.
const NO_IMAGES: &str = "fleet.yaml names no images";

/// The steps of one run.
pub(super) struct Steps<'a> {
    arguments: &'a Arguments,
    context: &'a Context,
    target: &'a Target,
    ready: Ready,
    /// Records the states of stages.
    operation: &'a Operation,
    /// The record from before this run, without what no longer holds.
    before: Record,
    /// The whole record from before this run.
    recorded: Record,
    /// Which members went back from the version.
    went_back: WentBackHere,
    /// What consumers reported.
    pub(super) consumers: Vec<Consumer>,
    /// Whether members are to go forward, so that suggestions concern this version rather than a way back from it.
    pub(super) goes_forward: bool,
    /// How the run ends.
    pub(super) exit: Exit,
}

impl<'a> Steps<'a> {
    pub(super) fn new(
        arguments: &'a Arguments,
        context: &'a Context,
        target: &'a Target,
        ready: Ready,
        (operation, before, recorded): (&'a Operation, Record, Record),
    ) -> Self {
        Self {
            arguments,
            context,
            target,
            ready,
            operation,
            before,
            went_back: WentBackHere::of(&recorded),
            recorded,
            consumers: Vec::new(),
            goes_forward: false,
            exit: Exit::Clean,
        }
    }

    /// Runs one step. A failure is reported in its rows; only a usage error is returned.
    pub(super) fn take(&mut self, step: Step, record: &Record) -> Result<Vec<Row>> {
        let taken = match step {
            // They were done before there was a version to record them for.
            Step::Plan | Step::Tag => Ok(Vec::new()),
            Step::Publish => self.publish(record),
            Step::Mirror => self.mirror(),
            Step::Cascade => self.cascade(),
            Step::Consumers => self.consumers(record),
        };
        let mut rows = match taken {
            Ok(rows) => rows,
            Err(error) if error.kind() == Kind::Usage => return Err(error),
            Err(error) => {
                self.context.terminal.error(&error);
                self.exit = self.exit.worse(Exit::Unchecked);
                let mut rows = self.not_begun(step, &error);
                rows.extend(self.images_of_withdrawn(step));
                rows
            }
        };
        let at = self.now();
        for row in &mut rows {
            row.at.get_or_insert_with(|| at.clone());
            // Images that could not be read are looked at again.
            let is_unseen = (row.stage, row.state) == (Stage::Images, State::Unchecked);
            let is_open = (row.state == State::Failed && !row.is_taken_back()) || is_unseen;
            if is_open && row.next.is_none() {
                row.next = Some(match row.is_taken() {
                    true => run_of_another(&self.context.given, None),
                    false => self.again(),
                });
            }
        }
        Ok(rows)
    }

    /// Reports that the index could not be read, before the upload that needs it.
    pub(super) fn report_unread(&mut self) {
        if let Err(error) = &self.ready.known {
            self.context.terminal.error(error);
        }
        self.exit = self.exit.worse(Exit::Unchecked);
    }

    fn now(&self) -> String {
        self.context.clock.again().rfc3339()
    }

    fn again(&self) -> String {
        self.ready.again(self.context)
    }

    /// The rows of a step that could not begin: settled stages keep their rows, and the failed one mentions what it
    /// said before. A freeze undoes nothing, so where all stages were settled, none has failed; and where only members are
    /// left that somebody took back, they stay so once it is lifted.
    fn not_begun(&self, step: Step, error: &Error) -> Vec<Row> {
        let is_frozen = error.obstacle() == Some(Obstacle::Freeze);
        let record = if is_frozen { &self.recorded } else { &self.before };
        let known = |stage: &Stage| record.row(*stage).filter(|_| record.is_settled(*stage));
        let mut rows: Vec<Row> = step.stages().iter().filter_map(known).cloned().collect();
        let open = step.stages().iter().find(|stage| known(stage).is_none());
        if is_frozen && open.is_none() {
            return rows;
        }
        let open_row = open.and_then(|open| record.row(*open));
        if is_frozen && open_row.is_some_and(Row::is_taken_back) {
            return step.stages().iter().filter_map(|stage| record.row(*stage)).cloned().collect();
        }
        let stage = open.or(step.stages().last()).copied().unwrap_or(Stage::Plan);
        rows.retain(|row| row.stage != stage);
        let now = told(error);
        // One earlier state is enough, and only if it differs.
        let before = self.before.row(stage).filter(|row| row.at.is_some());
        let before = before.map(|row| alone(&row.what)).filter(|before| *before != now);
        // A freeze that is already mentioned is not repeated.
        let cause = error.causes().last().map(|cause| format!("; {cause}"));
        let before = before.map(|before| match &cause {
            Some(cause) => before.strip_suffix(cause.as_str()).unwrap_or(before),
            None => before,
        });
        let before = before.map(|before| format!("; before: {before}"));
        let what = format!("{now}{}", before.unwrap_or_default());
        let next = is_frozen.then(|| THAW.to_owned());
        rows.push(Row { next, ..Row::new(stage, State::Failed, what) });
        rows
    }

    /// The images stage of a withdrawn version, without the commands that would notify members of it again.
    fn images_of_withdrawn(&self, step: Step) -> Option<Row> {
        if step != Step::Cascade || !self.ready.is_withdrawn {
            return None;
        }
        let row = self.before.row(Stage::Images).filter(|row| row.state != State::Done)?;
        let next = Some(self.again());
        Some(Row { next, also: Vec::new(), hindrance: None, ..row.clone() })
    }

    /// Records a stage of the publication that is done, and returns it; and that the upload has begun, of which what the last run
    /// said holds no longer.
    fn note(&self, part: &StageReport) -> Option<Row> {
        let row = of_part(part).filter(|row| matches!(row.state, State::Done | State::Waiting))?;
        let is_done = row.state == State::Done;
        let next = (!is_done).then(|| self.again());
        let row = Row { at: Some(self.now()), next, ..row };
        // Errors are ignored here: the whole step is written again at the end, where an error is reported.
        let _ = Record::keep(self.operation, std::slice::from_ref(&row));
        is_done.then_some(row)
    }

    /// Publishes. Each stage is recorded as soon as it is done, so a killed run continues after it.
    fn publish(&mut self, record: &Record) -> Result<Vec<Row>> {
        let arguments = self.arguments;
        let source = Source::of(
            self.context,
            self.target,
            &self.ready.commit,
            &arguments.subject,
            &arguments.forge,
        )?;
        let wish = publish::Wish {
            version: self.ready.version.to_string(),
            subject: source.options.clone(),
            from: None,
            gates: arguments.gates.clone(),
            index: arguments.index.clone(),
            wait: arguments.wait,
            state: arguments.state.clone(),
            force: arguments.force,
            start_over: false,
            dry_run: false,
            forge: arguments.forge.clone(),
        };
        let bounds = publish::Bounds {
            until: (arguments.until < Stage::Wait).then_some(arguments.until),
            from: arguments.from,
            // A source that was named is used as it is.
            commit: source.is_of_the_commit.then(|| self.ready.commit.clone()),
            is_named: !source.is_of_the_commit,
            builds_anew: record.row(Stage::Build).is_some_and(is_to_be_built),
        };
        let done = RefCell::new(BTreeMap::new());
        let noted = |part: &StageReport| {
            if let Some(row) = self.note(part) {
                done.borrow_mut().insert(row.stage, row);
            }
        };
        let (document, ended) = publish::stages(&wish, &bounds, self.context, &noted)?;
        let done = done.into_inner();
        let mut rows = of_document(&document);
        let was_done = |stage: Stage| record.row(stage).filter(|row| row.state == State::Done);
        for row in &mut rows {
            let known = match row.state {
                // A stage that was done before keeps its time; gates mention theirs themselves.
                State::Done if row.stage >= Stage::Publish => {
                    was_done(row.stage).or_else(|| done.get(&row.stage))
                }
                State::Done => done.get(&row.stage),
                // What is not checked again keeps its earlier result.
                State::Unchecked => was_done(row.stage)
                    .or_else(|| self.before.row(row.stage).filter(|row| row.state == State::Done)),
                _ => None,
            };
            if let Some(known) = known {
                *row = known.clone();
            }
        }
        let exit = match ended {
            Ok(exit) => exit,
            Err(error) => {
                self.context.terminal.error(&error);
                if !rows.iter().any(|row| row.state == State::Failed) {
                    rows.push(Row::new(Stage::Publish, State::Failed, told(&error)));
                }
                self.after(&error, &mut rows);
                Exit::Unchecked
            }
        };
        self.exit = self.exit.worse(exit);
        let findings = document.stages.iter().flat_map(|stage| {
            let is_judged = matches!(stage.outcome, Outcome::Failed | Outcome::Done);
            let findings = stage.findings.iter().filter(move |_| is_judged);
            findings.map(move |finding| (stage.name, finding))
        });
        let closed = document
            .stages
            .iter()
            .find(|stage| stage.outcome == Outcome::Failed && Stage::GATES.contains(&stage.name));
        for (stage, finding) in findings.take(TOLD) {
            let place = finding.place.as_deref().map(|place| format!(" {place}"));
            let line = format!(
                "{stage}: {} {} {}{}: {}",
                finding.severity,
                finding.rule,
                finding.of,
                place.unwrap_or_default(),
                finding.message
            );
            self.context.terminal.note(&visible_line(&masked(&line)));
        }
        if exit == Exit::Findings
            && let Some(closed) = closed
        {
            self.closed(closed.name, &mut rows);
        }
        Ok(rows)
    }

    /// Suggests what to do about an obstacle that the same command would meet again.
    fn after(&self, error: &Error, rows: &mut [Row]) {
        let (next, hindrance) = match error.obstacle() {
            Some(Obstacle::Freeze) => (THAW.to_owned(), None),
            Some(Obstacle::Deleted) => {
                (run_of_another(&self.context.given, None), Some(Hindrance::Deleted))
            }
            _ => return,
        };
        for row in rows.iter_mut().filter(|row| row.state == State::Failed) {
            row.next = Some(next.clone());
            row.hindrance = hindrance.or(row.hindrance);
        }
    }

    /// Suggests what to do about a failed gate: the same files would be refused again, so the same command does not
    /// help.
    fn closed(&self, gate: Stage, rows: &mut [Row]) {
        let version = &self.ready.version;
        let fixed = "fix the source; what is merged is released as the next version";
        let line = match gate == Stage::Compat {
            true => format!(
                "nothing was uploaded, and {version} stays reserved: fix the templates that it breaks, and continue \
                 it; or {fixed}: {}",
                self.context.command("release run")
            ),
            false => format!("nothing was uploaded, and {version} stays reserved: {fixed}"),
        };
        self.context.terminal.note(&line);
        let failed =
            rows.iter_mut().filter(|row| row.state == State::Failed && row.stage != Stage::Compat);
        failed.for_each(|row| {
            row.next = Some(run_of_another(&self.context.given, None));
        });
    }

    fn mirror(&mut self) -> Result<Vec<Row>> {
        if self.target.subject.release.mirror.is_none() {
            let what = "fleet.yaml names no mirror";
            return Ok(vec![Row::new(Stage::Mirror, State::Skipped, what)]);
        }
        // It may have been withdrawn after the upload; the mirror shows what the index serves.
        if self.ready.is_withdrawn {
            return Ok(vec![Row::new(Stage::Mirror, State::Skipped, NOT_MIRRORED)]);
        }
        let wish = mirror::Wish {
            version: &self.ready.version,
            commit: &self.ready.commit,
            subject: &self.arguments.subject,
            overwrite: false,
            dry_run: false,
            forge: &self.arguments.forge,
        };
        let document = match mirror::shown(self.context, self.target, &wish)? {
            Ok(document) => document,
            Err(ShowsLater(later)) => {
                let what = format!("the mirror shows {later}, a later version");
                return Ok(vec![Row::new(Stage::Mirror, State::Skipped, what)]);
            }
        };
        if document.state == Shown::Refused {
            self.exit = self.exit.worse(Exit::Findings);
        }
        Ok(vec![of_mirror(&document, &self.context.given)])
    }

    fn consumers(&mut self, record: &Record) -> Result<Vec<Row>> {
        if self.target.fleet.manifest.consumers.is_empty() {
            let what = "fleet.yaml names no consumers";
            return Ok(vec![Row::new(Stage::Consumers, State::Skipped, what)]);
        }
        // Read again after the upload: before the first publication, the index had no version at all.
        let again =
            consumers::on_index(&self.arguments.reading(), self.context, &self.target.fleet);
        let (known, withdrawn) = match again {
            Ok(again) => (again.known, again.withdrawn),
            Err(_) => (self.ready.known.clone()?, Vec::new()),
        };
        let asked = consumers::Asked {
            fleet: &self.target.fleet,
            released: Some(&self.ready.version),
            known: &known,
            withdrawn: &withdrawn,
            trust: self.arguments.trust,
            forge: &self.arguments.forge,
        };
        self.consumers = consumers::ask(self.context, &asked)?;
        let row = of_consumers(&self.consumers, record, &self.again());
        if row.state == State::Unchecked {
            self.exit = self.exit.worse(Exit::Unchecked);
        }
        Ok(vec![row])
    }
}

/// Whether files that were kept are not those to publish: the stages were reset since the version is released from another
/// commit, and no build has succeeded since. One that fails keeps nothing.
fn is_to_be_built(build: &Row) -> bool {
    matches!(build.state, State::Waiting | State::Failed)
}
