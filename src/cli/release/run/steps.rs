//! The steps behind the tag: each calls what its own command calls, and says how the stages stand.

use super::Arguments;
use super::plan::Ready;
use crate::cli::release::source::Source;
use crate::cli::release::{cascade, consumers, mirror, publish};
use crate::cli::{Context, Exit, counted};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Kind, Result};
use crate::fleet::Fleet;
use crate::release::Subject;
use crate::release::cascade::{Cascade, StageState, State as Told};
use crate::release::chain::{Row, Stage, State, Step};
use crate::release::consumers::{Row as Consumer, State as Standing};
use crate::release::mirror::State as Shown;
use crate::release::publish::document::{Document, Outcome};
use crate::source::secrets::masked;

/// Findings of a gate that are told.
const TOLD: usize = 10;

/// The steps of one run.
pub(super) struct Steps<'a> {
    arguments: &'a Arguments,
    context: &'a Context,
    fleet: &'a Fleet,
    subject: &'a Subject,
    ready: Ready,
    /// What consumers said.
    pub(super) consumers: Vec<Consumer>,
    /// How the run ends.
    pub(super) exit: Exit,
}

impl<'a> Steps<'a> {
    pub(super) fn new(
        arguments: &'a Arguments,
        context: &'a Context,
        (fleet, subject): (&'a Fleet, &'a Subject),
        ready: Ready,
    ) -> Self {
        let (consumers, exit) = (Vec::new(), Exit::Clean);
        Self { arguments, context, fleet, subject, ready, consumers, exit }
    }

    /// Does one step. What failed stands in its rows; only a command that is wrong is an error.
    pub(super) fn take(&mut self, step: Step) -> Result<Vec<Row>> {
        let taken = match step {
            // They were done before there was a version to remember them of.
            Step::Plan | Step::Tag => Ok(Vec::new()),
            Step::Publish => self.publish(),
            Step::Mirror => self.mirror(),
            Step::Cascade => self.cascade(),
            Step::Consumers => self.consumers(),
        };
        let mut rows = match taken {
            Ok(rows) => rows,
            Err(error) if error.kind() == Kind::Usage => return Err(error),
            Err(error) => {
                self.context.terminal.error(&error);
                self.exit = self.exit.worse(Exit::Unchecked);
                let stage = step.stages().first().copied().unwrap_or(Stage::Plan);
                vec![Row::new(stage, State::Failed, told(&error))]
            }
        };
        let at = self.context.clock.again().rfc3339();
        for row in &mut rows {
            row.at = Some(at.clone());
            if row.state == State::Failed && row.next.is_none() {
                row.next = Some(self.again());
            }
        }
        Ok(rows)
    }

    /// The command that goes on.
    fn again(&self) -> String {
        format!("shipshape release run --version {}", self.ready.version)
    }

    fn publish(&mut self) -> Result<Vec<Row>> {
        let arguments = self.arguments;
        let source = Source::of(
            self.context,
            (self.fleet, self.subject),
            &self.ready.commit,
            &arguments.subject,
            &arguments.forge,
        )?;
        let wish = publish::Wish {
            version: self.ready.version.clone(),
            subject: source.options.clone(),
            gates: arguments.gates.clone(),
            index: arguments.index.clone(),
            wait: arguments.wait,
            state: arguments.state.clone(),
            force: arguments.force,
            forge: arguments.forge.clone(),
            until: (arguments.until < Stage::Wait).then(|| arguments.until.as_str()),
        };
        let (document, ended) = publish::stages(wish, self.context)?;
        let mut rows = of_document(&document);
        let exit = match ended {
            Ok(exit) => exit,
            Err(error) => {
                self.context.terminal.error(&error);
                if !rows.iter().any(|row| row.state == State::Failed) {
                    rows.push(Row::new(Stage::Publish, State::Failed, told(&error)));
                }
                Exit::Unchecked
            }
        };
        self.exit = self.exit.worse(exit);
        let findings = document.stages.iter().flat_map(|stage| {
            let failed = stage.outcome == Outcome::Failed;
            stage.findings.iter().filter(move |_| failed).map(move |finding| (stage.name, finding))
        });
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
        Ok(rows)
    }

    fn mirror(&mut self) -> Result<Vec<Row>> {
        if self.subject.release.mirror.is_none() {
            let what = "fleet.yaml names no mirror";
            return Ok(vec![Row::new(Stage::Mirror, State::Skipped, what)]);
        }
        let wish = mirror::Wish {
            version: &self.ready.version,
            commit: &self.ready.commit,
            subject: &self.arguments.subject,
            overwrite: false,
            dry_run: false,
            forge: &self.arguments.forge,
        };
        let document = mirror::shown(self.context, (self.fleet, self.subject), &wish)?;
        let repository = &document.repository;
        Ok(vec![match document.state {
            Shown::Refused => {
                self.exit = self.exit.worse(Exit::Findings);
                let paths = counted(document.edits.len(), "path");
                let what = format!("somebody changed {paths} of {repository} by hand");
                let next = format!("shipshape release mirror {}", self.ready.version);
                Row { next: Some(next), ..Row::new(Stage::Mirror, State::Failed, what) }
            }
            Shown::Already => {
                Row::new(Stage::Mirror, State::Done, format!("{repository} shows it already"))
            }
            Shown::Written | Shown::Planned => {
                Row::new(Stage::Mirror, State::Done, format!("{repository} shows it"))
            }
        }])
    }

    fn cascade(&mut self) -> Result<Vec<Row>> {
        let arguments = self.arguments;
        let has_images = self.fleet.manifest.images.is_some();
        let follows = has_images && arguments.until >= Stage::Images;
        let wish = cascade::Wish {
            version: self.ready.version.clone(),
            waves: if follows { arguments.waves.clone() } else { Vec::new() },
            first: if follows { arguments.first.clone() } else { Vec::new() },
            watch: follows,
            patience: arguments.patience,
            force: arguments.force,
            state: arguments.state.clone(),
            index: arguments.reading(),
            forge: arguments.forge.clone(),
        };
        let document = cascade::stage(wish, self.context)?;
        let mut rows = of_cascade(&document, follows);
        if !has_images && arguments.until >= Stage::Images {
            rows.retain(|row| row.stage != Stage::Images);
            rows.push(Row::new(Stage::Images, State::Skipped, "fleet.yaml names no images"));
        }
        let is_open = |row: &Row| matches!(row.state, State::Failed | State::Unchecked);
        if !arguments.soft && rows.iter().any(is_open) {
            self.exit = self.exit.worse(Exit::Unchecked);
        }
        for repository in document.repositories.iter().filter(|row| !row.state.is_through()) {
            if let Some(why) = &repository.reason {
                let line = format!("{}: {why}", repository.repository);
                self.context.terminal.note(&visible_line(&masked(&line)));
            }
        }
        Ok(rows)
    }

    fn consumers(&mut self) -> Result<Vec<Row>> {
        if self.fleet.manifest.consumers.is_empty() {
            let what = "fleet.yaml names no consumers";
            return Ok(vec![Row::new(Stage::Consumers, State::Skipped, what)]);
        }
        let asked = consumers::Asked {
            fleet: self.fleet,
            released: Some(&self.ready.version),
            known: &self.ready.known,
            trust: self.arguments.trust,
            forge: &self.arguments.forge,
        };
        self.consumers = consumers::ask(self.context, &asked)?;
        let row = of_consumers(&self.consumers);
        if row.state == State::Unchecked {
            self.exit = self.exit.worse(Exit::Unchecked);
        }
        Ok(vec![row])
    }
}

/// What went wrong, in one line.
fn told(error: &Error) -> String {
    let causes: Vec<&str> = error.causes().iter().map(String::as_str).collect();
    match causes.is_empty() {
        true => error.message().to_owned(),
        false => format!("{}: {}", error.message(), causes.join(": ")),
    }
}

/// The stages of a publication that were come to.
fn of_document(document: &Document) -> Vec<Row> {
    let row = |stage: &crate::release::publish::document::Stage| {
        let state = match stage.outcome {
            Outcome::Done => State::Done,
            Outcome::Unchecked => State::Unchecked,
            Outcome::Planned => State::Waiting,
            Outcome::Failed => State::Failed,
            Outcome::NotReached => return None,
        };
        Some(Row::new(Stage::named(stage.name)?, state, stage.detail.clone()))
    };
    document.stages.iter().filter_map(row).collect()
}

/// The two stages that a cascade is.
fn of_cascade(document: &Cascade, follows: bool) -> Vec<Row> {
    let version = &document.version;
    let again = format!("shipshape release cascade {version} --watch --only-behind");
    if document.state == StageState::Skipped {
        let why = document.reason.clone().unwrap_or_default();
        let cascade = Row {
            next: Some(format!("shipshape release cascade {version} --watch")),
            ..Row::new(Stage::Cascade, State::Skipped, why)
        };
        let mut rows = vec![cascade];
        if follows {
            let what = "nobody was told: each takes it up with its next build";
            rows.push(Row::new(Stage::Images, State::Skipped, what));
        }
        return rows;
    }
    let rows = &document.repositories;
    let count = |wanted: &dyn Fn(&crate::release::cascade::Row) -> bool| {
        rows.iter().filter(|row| wanted(row)).count()
    };
    let all = match rows.len() {
        1 => "1 repository".to_owned(),
        count => format!("{count} repositories"),
    };
    let told = count(&|row| row.id.is_some() || row.state == Told::Current);
    let mut cascade = match told == rows.len() {
        true => Row::new(Stage::Cascade, State::Done, format!("{all} told")),
        false => Row::new(Stage::Cascade, State::Failed, format!("{told} of {all} told")),
    };
    if cascade.state == State::Failed {
        cascade.next = Some(again.clone());
    }
    let mut stages = vec![cascade];
    if follows {
        let contained = count(&|row| matches!(row.state, Told::Contained | Told::Current));
        let failed = count(&|row| row.state == Told::Failed);
        let state = match (contained == rows.len(), failed) {
            (true, _) => State::Done,
            (false, 0) => State::Unchecked,
            (false, _) => State::Failed,
        };
        let what = format!("{contained} of {all} contain it");
        let next = (state != State::Done).then_some(again);
        stages.push(Row { next, ..Row::new(Stage::Images, state, what) });
    }
    stages
}

/// The stage that consumers are.
fn of_consumers(consumers: &[Consumer]) -> Row {
    let count = |wanted: Standing| consumers.iter().filter(|row| row.state == wanted).count();
    let (current, behind) = (count(Standing::Current), count(Standing::Behind));
    let unchecked = count(Standing::Unchecked);
    let mut what = format!("{current} of {} run it", counted(consumers.len(), "consumer"));
    if behind > 0 {
        what.push_str(&format!(", {behind} behind"));
    }
    if unchecked > 0 {
        what.push_str(&format!(", {unchecked} unchecked"));
    }
    let state = match (unchecked, behind) {
        (0, 0) => State::Done,
        (0, _) => State::Waiting,
        _ => State::Unchecked,
    };
    let next = match state {
        State::Waiting => Some("shipshape images refresh".to_owned()),
        State::Unchecked => Some("shipshape release consumers".to_owned()),
        _ => None,
    };
    Row { next, ..Row::new(Stage::Consumers, state, what) }
}
