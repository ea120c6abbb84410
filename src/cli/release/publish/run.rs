//! One publication, stage by stage: build, look, gates, upload, wait.

use std::time::Duration;

use super::place::Place;
use super::{Bounds, Wish};
use crate::cli::release::gates::{GateOptions, Ground, Holding};
use crate::cli::shared::forge;
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::forge::WriteScope;
use crate::journal::Journal;
use crate::release::Stage;
use crate::release::publish::document::{Document, Outcome, SCHEMA, StageReport};
use crate::release::publish::{
    Around, Kept, KeptFile, Seen, State, look, operation, was_begun, was_taken,
};
use crate::release::{Subject, freeze};
use crate::source::secrets::masked;

/// The pause between two looks at an index that cannot be read.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// The report so far, and how the run ends.
type Ended = (Document, Result<Exit>);

/// Publishes, or shows what would be done. `noted` is called with each stage as soon as it is over, and with the upload before it
/// begins.
pub(super) fn run(
    (wish, bounds): (&Wish, &Bounds),
    place: &Place,
    context: &Context,
    noted: &dyn Fn(&StageReport),
) -> Result<Ended> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| Error::failed("cannot start the runtime").caused_by(cause))?;
    let time = forge::time(context, &place.forge, &runtime)?;
    let is_github = context.environment.get("GITHUB_ACTIONS") == Some("true");
    let hush = |secret: &str| {
        if is_github {
            context.terminal.mask(secret);
        }
    };
    // File names and reasons come from the index, which may be anybody's.
    let told = |line: &str| context.terminal.note(&visible_line(&masked(line)));
    let patience = Duration::from_secs(wish.wait * 60);
    let around = Around { time: &time, told: &told, hush: &hush, patience };
    let document = document(wish, place, context);
    let commit = bounds.commit.clone();
    let mut run = Run { wish, bounds, place, context, document, noted, commit };
    let ended = match wish.dry_run {
        true => run.rehearse(&runtime, &around),
        false => run.publish(&runtime, &around),
    };
    Ok((run.document, ended))
}

fn document(wish: &Wish, place: &Place, context: &Context) -> Document {
    Document {
        schema: SCHEMA,
        generated_at: context.clock.rfc3339(),
        distribution: place.distribution.clone(),
        version: place.version.to_string(),
        index: place.indexes.served.address().shown(),
        upload: place.indexes.uploads.address().shown(),
        dry_run: wish.dry_run,
        origin: None,
        stages: Vec::new(),
        files: Vec::new(),
        next: Vec::new(),
    }
}

/// One run.
pub(super) struct Run<'a> {
    pub(super) wish: &'a Wish,
    pub(super) bounds: &'a Bounds,
    pub(super) place: &'a Place,
    pub(super) context: &'a Context,
    pub(super) document: Document,
    pub(super) noted: &'a dyn Fn(&StageReport),
    /// The commit that the files have to be built from.
    pub(super) commit: Option<String>,
}

impl Run<'_> {
    fn publish(&mut self, runtime: &tokio::runtime::Runtime, around: &Around<'_>) -> Result<Exit> {
        let journal = Journal::open(&self.place.journal)?;
        let (name, input) = operation(self.place.release());
        // Held from here on: another process that publishes the same version is asked to wait.
        let operation = journal.begin(&name, &input, &self.context.clock.rfc3339())?;
        let effects = operation.effects()?;
        let (begun, taken) = (was_begun(&effects), was_taken(&effects));
        let is_of_another = self.bounds.builds_anew && self.bounds.is_named && !begun;
        if self.wish.start_over || is_of_another {
            self.start_over(begun)?;
        }
        if !begun && let Err(error) = self.held_to_its_tag() {
            return self.failed(Stage::Build, error);
        }
        let kept = self.of_version(begun)?;
        self.built(&kept);
        self.files(&kept, |_| State::NotSent);
        if self.bounds.until == Some(Stage::Build) {
            return Ok(Exit::Clean);
        }
        let seen = match runtime.block_on(self.look_until(taken, &kept, around)) {
            Ok(seen) => seen,
            Err(error) if taken => return self.failed(Stage::Wait, error),
            Err(error) => return self.failed(Stage::Publish, error),
        };
        let uploads = self.bounds.until.is_none_or(|until| until >= Stage::Publish);
        if let Err(error) = self.possible(&seen) {
            // Files that can never be published must not block those that can.
            if !begun && seen.withdrawn.is_none() {
                self.thrown_away(&kept, &seen)?;
            }
            return self.impossible(&kept, &seen, error);
        }
        if uploads
            && !seen.is_complete()
            && let Err(error) = &self.place.access
        {
            return self.failed(Stage::Publish, error.clone());
        }
        if !seen.is_complete()
            && let Err(error) = self.thawed()
        {
            return self.failed(Stage::Publish, error);
        }
        let is_there = |file: &KeptFile| seen.is_there(&file.name);
        if taken || kept.files.iter().any(is_there) {
            let why = if seen.is_complete() {
                "not again: published already"
            } else if taken {
                "not again: an earlier run uploaded it"
            } else {
                "not again: the index has a part of it already"
            };
            GateOptions::left(&kept, why).into_iter().for_each(|stage| self.stage(stage));
        } else {
            let exit = self.gates(&kept, true)?;
            // What an earlier run started to send may be on the index nevertheless.
            if exit == Exit::Findings && !begun {
                self.thrown_away(&kept, &seen)?;
            }
            if exit != Exit::Clean {
                return Ok(exit);
            }
        }
        if !uploads {
            return Ok(Exit::Clean);
        }
        if !seen.is_complete() {
            // Who is cut off from here on has not seen what became of the files.
            let begun = "begun: the index may have some of the files";
            (self.noted)(&StageReport::new(Stage::Publish, Outcome::Planned, begun));
        }
        runtime.block_on(self.upload(&kept, &seen, &operation, around))?;
        if self.bounds.until == Some(Stage::Publish) {
            return Ok(Exit::Clean);
        }
        runtime.block_on(self.wait(&kept, around))?;
        // A run that did not wait may be repeated to do so.
        if self.wish.wait > 0 {
            operation.finish()?;
        }
        Ok(Exit::Clean)
    }

    /// [`Self::look`], but if files were uploaded before, an index that cannot be read is asked again until patience
    /// ends.
    async fn look_until(&self, taken: bool, kept: &Kept, around: &Around<'_>) -> Result<Seen> {
        let began = around.time.now();
        loop {
            let error = match self.look(kept, around).await {
                Ok(seen) => return Ok(seen),
                Err(error) => error,
            };
            let left = around.patience.as_secs_f64() - (around.time.now() - began);
            if !taken || left <= 0.0 {
                return Err(error);
            }
            let pause = Duration::from_secs_f64(left).min(LOOK_AGAIN).max(Duration::from_secs(1));
            (around.told)(&format!("not yet: {error}; trying again in {} s", pause.as_secs()));
            around.time.sleep(pause).await;
        }
    }

    /// Which of the files the index has. Reports other files of the version there.
    pub(super) async fn look(&self, kept: &Kept, around: &Around<'_>) -> Result<Seen> {
        let seen = look(&self.place.indexes, self.place.release(), &kept.files, around).await?;
        for other in &seen.others {
            (around.told)(&format!(
                "the index has a file of this version that is not ours: {other}"
            ));
        }
        Ok(seen)
    }

    /// Refuses while releases are frozen, if fleet.yaml names a repository that could be.
    pub(super) fn thawed(&self) -> Result<()> {
        let Some(fleet) = self.place.fleet.as_ref().filter(|_| !self.wish.force) else {
            return Ok(());
        };
        let package = fleet.manifest.runtime_package.as_ref();
        let source = package.and_then(|package| package.source.as_ref());
        if source.is_none_or(|source| source.repository.is_none()) {
            return Ok(());
        }
        let subject = Subject::of(fleet)?;
        let session = self.wish.forge.session(self.context, Some(fleet), WriteScope::none())?;
        let found = session.run(freeze::find(session.client(), &subject)).map_err(|error| {
            Error::from(error)
                .hint("a freeze is looked up in the source's repository; --force skips that")
        })?;
        match found {
            Some(freeze) => Err(freeze.stops("nothing is published")),
            None => Ok(()),
        }
    }

    /// Runs the gates on files. A dry run records nothing.
    pub(super) fn gates(&mut self, kept: &Kept, remembers: bool) -> Result<Exit> {
        let (wish, context, place) = (self.wish, self.context, self.place);
        let package = place.project.as_ref().map(|project| project.document.file.clone());
        let ground = Ground {
            context,
            package: package.or_else(|| wish.subject.package.clone()),
            forge: &wish.forge,
        };
        let Bounds { until, from, .. } = *self.bounds;
        let told = &mut |stage: StageReport| self.stage(stage);
        wish.gates.pass(kept, &ground, Holding { until, from, remembers, told })
    }

    /// Refuses what can never be published.
    pub(super) fn possible(&self, seen: &Seen) -> Result<()> {
        let Place { indexes, distribution, version, .. } = self.place;
        seen.possible(indexes, &format!("{distribution} {version}"))
    }

    /// Reports files that can never be published. Where the index has others of their names, no gate is left to come.
    fn impossible<T>(&mut self, kept: &Kept, seen: &Seen, error: Error) -> Result<T> {
        let is_taken = seen.is_taken();
        if is_taken {
            let why = "not run: the index has other files";
            GateOptions::left(kept, why).into_iter().for_each(|stage| self.stage(stage));
        }
        let refused = StageReport::new(Stage::Publish, Outcome::Failed, error.message());
        self.stage(StageReport { is_taken, ..refused });
        Err(error)
    }

    pub(super) fn stage(&mut self, stage: StageReport) {
        (self.noted)(&stage);
        self.document.stages.push(stage);
    }

    pub(super) fn failed<T>(&mut self, stage: Stage, error: Error) -> Result<T> {
        self.stage(StageReport::new(stage, Outcome::Failed, error.message()));
        Err(error)
    }
}
