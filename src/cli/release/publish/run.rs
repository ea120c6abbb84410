//! One publication, stage by stage: build, look, gates, upload, wait.

use std::path::Path;
use std::time::Duration;

use super::Arguments;
use super::place::Place;
use crate::cli::package::options::epoch;
use crate::cli::release::gates::{GateOptions, Ground};
use crate::cli::{Context, Exit, counted, forge};
use crate::error::{Error, Result};
use crate::forge::Writes;
use crate::journal::{Journal, Operation};
use crate::package::build::{self, ARTEFACTS, Request};
use crate::package::project::Project;
use crate::release::publish::document::{Document, Outcome, Published, SCHEMA, Stage};
use crate::release::publish::{
    Access, Around, Kept, Origin, Seen, Sending, Sent, State, look, wait, was_begun, was_taken,
};
use crate::release::{self, Subject, freeze};

/// What a stage came to: the report so far, and how the run ends.
type Ended = (Document, Result<Exit>);

pub(super) fn run(arguments: &Arguments, place: &Place, context: &Context) -> Result<Ended> {
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
    let told = |line: &str| context.terminal.note(line);
    let patience = Duration::from_secs(arguments.wait * 60);
    let around = Around { time: &time, told: &told, hush: &hush, patience };
    let mut run = Run { arguments, place, context, document: document(arguments, place, context) };
    let ended = match arguments.dry_run {
        true => run.rehearse(&runtime, &around),
        false => run.publish(&runtime, &around),
    };
    Ok((run.document, ended))
}

fn document(arguments: &Arguments, place: &Place, context: &Context) -> Document {
    Document {
        schema: SCHEMA,
        generated_at: context.clock.rfc3339(),
        distribution: place.distribution.clone(),
        version: place.version.to_string(),
        index: place.indexes.served.address().shown(),
        upload: place.indexes.uploads.address().shown(),
        dry_run: arguments.dry_run,
        origin: None,
        stages: Vec::new(),
        files: Vec::new(),
        next: Vec::new(),
    }
}

struct Run<'a> {
    arguments: &'a Arguments,
    place: &'a Place,
    context: &'a Context,
    document: Document,
}

impl Run<'_> {
    /// Everything but what changes something. Files that an earlier run kept are the ones that are looked at.
    fn rehearse(&mut self, runtime: &tokio::runtime::Runtime, around: &Around<'_>) -> Result<Exit> {
        let scratch = tempfile::tempdir()
            .map_err(|error| Error::failed("cannot make a temporary folder").caused_by(error))?;
        let kept = match Kept::open(&self.folder())? {
            Some(kept) => kept,
            None => self.kept(&scratch.path().join("kept"))?,
        };
        self.built(&kept);
        let seen = match runtime.block_on(self.look(&kept, around)) {
            Ok(seen) => seen,
            Err(error) => return self.failed("publish", error),
        };
        if let Err(error) = self.possible(&seen) {
            return self.failed("publish", error);
        }
        if let Err(error) = self.thawed() {
            return self.failed("publish", error);
        }
        let exit = self.gates(&kept)?;
        if exit != Exit::Clean {
            return Ok(exit);
        }
        let missing =
            seen.files.values().filter(|it| **it == release::publish::Standing::Absent).count();
        let detail = match (&self.place.access, missing) {
            (_, 0) => "all of it is published already".to_owned(),
            (Ok(access), _) => format!("{} with {}", counted(missing, "upload"), access.in_words()),
            (Err(error), _) => format!("{}; {}", counted(missing, "upload"), error.message()),
        };
        self.stage(Stage::new("publish", Outcome::Planned, detail));
        self.stage(Stage::new("wait", Outcome::Planned, ""));
        self.files(&kept, |name| match seen.is_there(name) {
            true => State::AlreadyPublished,
            false => State::NotSent,
        });
        self.document.next.push(format!("shipshape release publish {}", self.place.version));
        Ok(Exit::Clean)
    }

    fn publish(&mut self, runtime: &tokio::runtime::Runtime, around: &Around<'_>) -> Result<Exit> {
        let Place { distribution, version, journal, .. } = self.place;
        let journal = Journal::open(journal)?;
        let (name, input) = release::publish::operation(distribution, version);
        // Held from here on: another process that publishes the same version is told to wait.
        let operation = journal.begin(&name, &input, &self.context.clock.rfc3339())?;
        let effects = operation.effects()?;
        let (begun, taken) = (was_begun(&effects), was_taken(&effects));
        if self.arguments.start_over {
            self.start_over(begun)?;
        }
        let kept = match Kept::open(&self.folder())? {
            Some(kept) => kept,
            None => self.kept(&self.folder())?,
        };
        self.built(&kept);
        self.files(&kept, |_| State::NotSent);
        if self.arguments.until == Some("build") {
            return Ok(Exit::Clean);
        }
        let seen = match runtime.block_on(self.look(&kept, around)) {
            Ok(seen) => seen,
            Err(error) => return self.failed("publish", error),
        };
        let uploads = !matches!(self.arguments.until, Some("check" | "smoke" | "compat"));
        if let Err(error) = self.possible(&seen) {
            // Files that can never be published would keep those from it that can.
            if !begun && seen.withdrawn.is_none() {
                self.thrown_away(&kept, &seen)?;
            }
            return self.failed("publish", error);
        }
        if uploads
            && !seen.is_complete()
            && let Err(error) = &self.place.access
        {
            return self.failed("publish", error.clone());
        }
        if !seen.is_complete()
            && let Err(error) = self.thawed()
        {
            return self.failed("publish", error);
        }
        let is_there = |file: &release::publish::KeptFile| seen.is_there(&file.name);
        if taken || kept.files.iter().any(is_there) {
            let why = if seen.is_complete() {
                "not again: published already"
            } else if taken {
                "not again: an earlier run uploaded it"
            } else {
                "not again: the index has a part of it already"
            };
            GateOptions::left(why).into_iter().for_each(|stage| self.stage(stage));
        } else {
            let exit = self.gates(&kept)?;
            // What an earlier run began to send may be there all the same.
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
        runtime.block_on(self.upload(&kept, &seen, &operation, around))?;
        if self.arguments.until == Some("publish") {
            return Ok(Exit::Clean);
        }
        runtime.block_on(self.wait(&kept, around))?;
        // Who did not wait may come back to do so.
        if self.arguments.wait > 0 {
            operation.finish()?;
        }
        Ok(Exit::Clean)
    }

    /// Throws away what an earlier run kept, where that is of no release yet.
    fn start_over(&self, begun: bool) -> Result<()> {
        let folder = self.folder();
        if begun {
            return Err(Error::usage(
                "the upload of this version was begun, so its files stay what they are",
            )
            .in_file(folder)
            .hint("run it without `--start-over` to go on, or publish the next version"));
        }
        match folder.exists() {
            true => std::fs::remove_dir_all(&folder).map_err(|error| {
                Error::failed("cannot throw these files away").in_file(folder).caused_by(error)
            }),
            false => Ok(()),
        }
    }

    fn folder(&self) -> std::path::PathBuf {
        Kept::place(&self.place.journal, &self.place.distribution, &self.place.version)
    }

    /// Makes the files, or takes those that are at hand, and keeps them in a folder.
    fn kept(&mut self, folder: &Path) -> Result<Kept> {
        let at = self.context.clock.rfc3339();
        let kept = match (&self.arguments.from, &self.place.project) {
            (Some(made), _) => {
                let source = made.display().to_string();
                Kept::keep(folder, made, Origin { source, at })
            }
            (None, Some(project)) => self.build(project).and_then(|made| {
                let reference = self.arguments.subject.reference.as_deref();
                let of = reference.map(|it| format!(" at {it}")).unwrap_or_default();
                let source = format!("{}{of}", project.folder.display());
                Kept::keep(folder, &made.path().join(ARTEFACTS), Origin { source, at })
            }),
            (None, None) => Err(Error::failed("there is nothing to build")),
        };
        kept.or_else(|error| self.failed("build", error))
    }

    fn build(&self, project: &Project) -> Result<tempfile::TempDir> {
        let metadata = project.metadata(&self.arguments.version)?;
        let context = self.context;
        context.all(build::refuse_drift(project))?;
        let epoch = epoch(context)?;
        let request = Request { wheel: true, sdist: true, tree: false, report: false, epoch };
        let folder = tempfile::tempdir()
            .map_err(|error| Error::failed("cannot make a temporary folder").caused_by(error))?;
        context.all(build::build(project, &metadata, &request, Some(folder.path())))?;
        Ok(folder)
    }

    fn built(&mut self, kept: &Kept) {
        let files = counted(kept.files.len(), "file");
        let detail = match kept.before {
            true => format!("{files}, kept since {} from {}", kept.origin.at, kept.origin.source),
            false => format!("{files} from {}", kept.origin.source),
        };
        self.document.origin = Some(kept.origin.clone());
        self.stage(Stage::new("build", Outcome::Done, detail));
    }

    async fn look(&self, kept: &Kept, around: &Around<'_>) -> Result<Seen> {
        let of = (self.place.distribution.as_str(), &self.place.version);
        let seen = look(&self.place.indexes, of, &kept.files, around).await?;
        for other in &seen.others {
            (around.told)(&format!(
                "the index has a file of this version that is not ours: {other}"
            ));
        }
        Ok(seen)
    }

    /// Refuses while releases are frozen, where a repository is named that could say so.
    fn thawed(&self) -> Result<()> {
        let Some(fleet) = self.place.fleet.as_ref().filter(|_| !self.arguments.force) else {
            return Ok(());
        };
        let package = fleet.manifest.runtime_package.as_ref();
        let source = package.and_then(|package| package.source.as_ref());
        if source.is_none_or(|source| source.repository.is_none()) {
            return Ok(());
        }
        let subject = Subject::of(fleet)?;
        let session = self.arguments.forge.session(self.context, Some(fleet), Writes::none())?;
        let found = session.run(freeze::find(session.client(), &subject)).map_err(|error| {
            Error::from(error)
                .hint("whether releases are frozen stands in the source's repository; --force does not ask")
        })?;
        match found {
            Some(freeze) => Err(freeze.stops("nothing is published")),
            None => Ok(()),
        }
    }

    fn gates(&mut self, kept: &Kept) -> Result<Exit> {
        let project = self.place.project.as_ref();
        let package = project.map(|project| project.document.file.clone());
        let ground = Ground {
            context: self.context,
            package: package.or_else(|| self.arguments.subject.package.clone()),
            forge: &self.arguments.forge,
        };
        let (stages, exit) = self.arguments.gates.pass(kept, &ground, self.arguments.until);
        stages.into_iter().for_each(|stage| self.stage(stage));
        exit
    }

    /// Files that were refused before any upload are of no release: what is mended is built anew.
    fn thrown_away(&mut self, kept: &Kept, seen: &Seen) -> Result<()> {
        if kept.files.iter().any(|file| seen.is_there(&file.name)) {
            return Ok(());
        }
        kept.discard()?;
        self.document.files.clear();
        let line = "the files were refused and are thrown away; nothing was uploaded";
        self.context.terminal.note(line);
        Ok(())
    }

    fn possible(&self, seen: &Seen) -> Result<()> {
        let Place { indexes, distribution, version, .. } = self.place;
        seen.possible(indexes, &format!("{distribution} {version}"))
    }

    async fn upload(
        &mut self,
        kept: &Kept,
        seen: &Seen,
        operation: &Operation,
        around: &Around<'_>,
    ) -> Result<()> {
        let (sent, ended) = match &self.place.access {
            Ok(access) => self.send(access, kept, seen, operation, around).await,
            // Nothing is left to upload.
            Err(_) => (present(kept), Ok(())),
        };
        let count = |state| sent.iter().filter(|sent| sent.state == state).count();
        let detail = format!(
            "{} uploaded, {} already published",
            count(State::Uploaded),
            count(State::AlreadyPublished)
        );
        self.document.files = sent.iter().map(published).collect();
        match ended {
            Ok(()) => {
                self.stage(Stage::new("publish", Outcome::Done, detail));
                Ok(())
            }
            Err(error) => {
                self.stage(Stage::new(
                    "publish",
                    Outcome::Failed,
                    format!("{detail}; {}", error.message()),
                ));
                Err(error)
            }
        }
    }

    async fn send(
        &self,
        access: &Access,
        kept: &Kept,
        seen: &Seen,
        operation: &Operation,
        around: &Around<'_>,
    ) -> (Vec<Sent>, Result<()>) {
        let mut sending =
            Sending::new(&self.place.indexes, access, around, &self.place.distribution);
        sending.send(kept, seen, operation).await
    }

    async fn wait(&mut self, kept: &Kept, around: &Around<'_>) -> Result<()> {
        if self.arguments.wait == 0 {
            self.stage(Stage::new("wait", Outcome::Unchecked, "--wait 0"));
            return Ok(());
        }
        let Place { indexes, distribution, version, .. } = self.place;
        match wait(indexes, distribution, &kept.files, around).await {
            Ok(waited) => {
                let forms = waited.forms.join(" and ");
                let detail = format!("served as {forms} after {:.0} s", waited.seconds);
                self.stage(Stage::new("wait", Outcome::Done, detail));
                self.document.next.push(format!("shipshape pin {version} --check"));
                Ok(())
            }
            Err(error) => self.failed("wait", error),
        }
    }

    fn stage(&mut self, stage: Stage) {
        self.document.stages.push(stage);
    }

    fn failed<T>(&mut self, stage: &'static str, error: Error) -> Result<T> {
        self.stage(Stage::new(stage, Outcome::Failed, error.message()));
        Err(error)
    }

    fn files(&mut self, kept: &Kept, state: impl Fn(&str) -> State) {
        let of = |file: &release::publish::KeptFile| Published {
            name: file.name.clone(),
            size: file.size,
            sha256: file.sha256.clone(),
            state: state(&file.name),
            attestations: 0,
        };
        self.document.files = kept.files.iter().map(of).collect();
    }
}

/// All of them, as the index has them.
fn present(kept: &Kept) -> Vec<Sent> {
    let there = |file: &release::publish::KeptFile| Sent {
        file: file.clone(),
        state: State::AlreadyPublished,
        attestations: 0,
    };
    kept.files.iter().map(there).collect()
}

fn published(sent: &Sent) -> Published {
    Published {
        name: sent.file.name.clone(),
        size: sent.file.size,
        sha256: sent.file.sha256.clone(),
        state: sent.state,
        attestations: sent.attestations,
    }
}
