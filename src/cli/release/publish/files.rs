//! The files of a publication: built once or taken from a folder, and kept.

use std::path::{Path, PathBuf};

use super::run::Run;
use crate::cli::counted;
use crate::cli::package::options::epoch;
use crate::edge::private_files::temporary_folder;
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

    /// The files that an earlier run kept, if they are the ones to publish. If `--from` names a folder, or the files
    /// must be from one commit but were kept from something else, they are created again and compared: the earlier run
    /// may have used a work tree.
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
                    "what an earlier run started to upload is not what is in the folder of `--from`"
                }
                None => "what an earlier run started to upload is not of this commit",
            };
            let error = Error::failed(what)
                .in_file(&folder)
                .caused_by(format!("it is from {source}, and {wanted} produces other bytes"))
                .hint("the index may have accepted it: publish the next version");
            return self.failed(Stage::Build, error);
        }
        let line = format!(
            "files from {source} that an earlier run kept are replaced by those of {wanted}"
        );
        self.context.terminal.note(&visible_line(&line));
        Ok(None)
    }

    /// Discards what an earlier run kept, unless its upload was started.
    pub(super) fn start_over(&self, begun: bool) -> Result<()> {
        let folder = self.folder();
        if begun {
            return Err(Error::usage(
                "the upload of this version was started, so its files stay what they are",
            )
            .in_file(folder)
            .hint("run it without `--start-over` to continue, or publish the next version"));
        }
        match folder.exists() {
            true => std::fs::remove_dir_all(&folder).map_err(|error| {
                Error::failed("cannot delete these files").in_file(folder).caused_by(error)
            }),
            false => Ok(()),
        }
    }

    /// Discards files that were refused before any upload: they belong to no release, and a fix is built again.
    pub(super) fn thrown_away(&mut self, kept: &Kept, seen: &Seen) -> Result<()> {
        if kept.files.iter().any(|file| seen.is_there(&file.name)) {
            return Ok(());
        }
        kept.discard()?;
        self.document.files.clear();
        let mut stages = self.document.stages.iter_mut();
        if let Some(build) = stages.find(|stage| stage.name == Stage::Build) {
            build.detail.push_str("; deleted, since they were refused");
            (self.noted)(build);
        }
        let line = "the files were refused and are deleted; nothing was uploaded";
        self.context.terminal.note(line);
        Ok(())
    }

    pub(super) fn folder(&self) -> PathBuf {
        Kept::place(&self.place.journal, &self.place.distribution, &self.place.version)
    }

    /// Creates the files, or takes existing ones, and keeps them in a folder.
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

    /// What the files are made from, for people. The temporary folder of a fetched commit would mean nothing to them.
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
        // Twelve digits of a commit are enough for a table; the report contains all.
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
    temporary_folder("shipshape-publish-")
        .map_err(|error| Error::failed("cannot make a temporary folder").caused_by(error))
}
