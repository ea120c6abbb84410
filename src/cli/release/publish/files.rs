//! The files of a publication: made once, or taken from where they were made, and kept.

use std::path::{Path, PathBuf};

use super::run::Run;
use crate::cli::counted;
use crate::cli::package::options::epoch;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::package::build::{self, ARTEFACTS, Request};
use crate::package::project::Project;
use crate::release::Stage;
use crate::release::publish::document::{Outcome, Published, StageReport};
use crate::release::publish::{Kept, KeptFile, Origin, Seen, State};

impl Run<'_> {
    /// The files of the version: those that an earlier run kept, or new ones.
    pub(super) fn of_version(&mut self, begun: bool) -> Result<Kept> {
        match self.kept_before(begun)? {
            Some(kept) => Ok(kept),
            None => self.kept(&self.folder()),
        }
    }

    /// The files that an earlier run kept, where they are what this one publishes. Where a folder of files is named, or they
    /// have to be of one commit and were kept of something else, they are made anew and compared: an earlier run may have been
    /// given a work tree.
    pub(super) fn kept_before(&mut self, begun: bool) -> Result<Option<Kept>> {
        let folder = self.folder();
        let Some(kept) = Kept::open(&folder)? else { return Ok(None) };
        let wanted = match (&self.wish.from, &self.commit) {
            (Some(made), _) => made.display().to_string(),
            (None, Some(commit)) if kept.origin.commit.as_ref() != Some(commit) => commit.clone(),
            (None, _) => return Ok(Some(kept)),
        };
        let scratch = scratch()?;
        let made = self.kept(&scratch.path().join("kept"))?;
        if made.files == kept.files && (begun || kept.has_attestations_of(&made)?) {
            return Ok(Some(kept));
        }
        let source = &kept.origin.source;
        if begun {
            let what = match self.wish.from {
                Some(_) => {
                    "what an earlier run began to upload is not what is in the folder of `--from`"
                }
                None => "what an earlier run began to upload is not of this commit",
            };
            let error = Error::failed(what)
                .in_file(&folder)
                .caused_by(format!("it is from {source}, and {wanted} gives other bytes"))
                .hint("the index may have taken it: publish the next version");
            return self.failed(Stage::Build, error);
        }
        let line = format!(
            "files from {source} that an earlier run kept are replaced by those of {wanted}"
        );
        self.context.terminal.note(&visible_line(&line));
        Ok(None)
    }

    /// Throws away what an earlier run kept, where that is of no release yet.
    pub(super) fn start_over(&self, begun: bool) -> Result<()> {
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

    /// Files that were refused before any upload are of no release: what is mended is built anew.
    pub(super) fn thrown_away(&mut self, kept: &Kept, seen: &Seen) -> Result<()> {
        if kept.files.iter().any(|file| seen.is_there(&file.name)) {
            return Ok(());
        }
        kept.discard()?;
        self.document.files.clear();
        let line = "the files were refused and are thrown away; nothing was uploaded";
        self.context.terminal.note(line);
        Ok(())
    }

    pub(super) fn folder(&self) -> PathBuf {
        Kept::place(&self.place.journal, &self.place.distribution, &self.place.version)
    }

    /// Makes the files, or takes those that are at hand, and keeps them in a folder.
    pub(super) fn kept(&mut self, folder: &Path) -> Result<Kept> {
        let at = self.context.clock.rfc3339();
        let commit = self.commit.clone();
        let kept = match (&self.wish.from, &self.place.project) {
            (Some(made), _) => {
                let source = made.display().to_string();
                Kept::keep(folder, made, Origin { source, commit, at })
            }
            (None, Some(project)) => self.build(project).and_then(|made| {
                let source = self.source(project);
                let origin = Origin { source, commit, at };
                Kept::keep(folder, &made.path().join(ARTEFACTS), origin)
            }),
            (None, None) => Err(Error::failed("there is nothing to build")),
        };
        kept.or_else(|error| self.failed(Stage::Build, error))
    }

    /// What files are made of, for a person. A folder that a commit was fetched into says nothing to anybody.
    fn source(&self, project: &Project) -> String {
        let reference = self.wish.subject.reference.as_deref();
        match (reference, &self.commit) {
            (Some(reference), _) => format!("{} at {reference}", project.folder.display()),
            (None, Some(commit)) => commit.clone(),
            (None, None) => project.folder.display().to_string(),
        }
    }

    fn build(&self, project: &Project) -> Result<tempfile::TempDir> {
        let metadata = project.metadata(&self.wish.version)?;
        let context = self.context;
        context.all(build::refuse_drift(project))?;
        let epoch = epoch(context)?;
        let request = Request { wheel: true, sdist: true, tree: false, report: false, epoch };
        let folder = scratch()?;
        context.all(build::build(project, &metadata, &request, Some(folder.path())))?;
        Ok(folder)
    }

    pub(super) fn built(&mut self, kept: &Kept) {
        let files = counted(kept.files.len(), "file");
        // A commit's twelve digits are enough for a table; the report has all of them.
        let source = kept.origin.source.as_str();
        let is_commit = source.len() == 40 && source.bytes().all(|byte| byte.is_ascii_hexdigit());
        let source = source.get(..12).filter(|_| is_commit).unwrap_or(source);
        let detail = match kept.before {
            true => format!("{files}, kept since {} from {source}", kept.origin.at),
            false => format!("{files} from {source}"),
        };
        self.document.origin = Some(kept.origin.clone());
        self.stage(StageReport::new(Stage::Build, Outcome::Done, detail));
    }

    pub(super) fn files(&mut self, kept: &Kept, state: impl Fn(&str) -> State) {
        let of = |file: &KeptFile| Published {
            name: file.name.clone(),
            size: file.size,
            sha256: file.sha256.clone(),
            state: state(&file.name),
            attestations: 0,
        };
        self.document.files = kept.files.iter().map(of).collect();
    }
}

fn scratch() -> Result<tempfile::TempDir> {
    tempfile::tempdir()
        .map_err(|error| Error::failed("cannot make a temporary folder").caused_by(error))
}
