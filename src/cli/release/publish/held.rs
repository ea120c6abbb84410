//! What a version is uploaded from: what its tag points to, and nothing uncommitted.

use super::run::Run;
use crate::cli::Context;
use crate::error::{Error, Result};
use crate::forge::WriteScope;
use crate::package::project::{Place, Project};
use crate::release::publish::Kept;
use crate::release::reserve::reservation;
use crate::release::{Subject, tags};
use crate::snapshot::{SourceKind, kind_of};

/// The most paths that an error names.
const NAMED: usize = 3;

impl Run<'_> {
    /// Refuses a version without its tag, an implausible version, and a source that differs from the tag's. If
    /// fleet.yaml does not say where the source is on the forge, refuses a source that is not committed. A chain has
    /// already checked all of this.
    pub(super) fn held_to_its_tag(&mut self) -> Result<()> {
        if self.bounds.commit.is_some() || self.bounds.is_named {
            return Ok(());
        }
        if self.wish.force {
            self.context.terminal.detail("the version's tag is neither looked up nor compared");
            return Ok(());
        }
        let commit = self.reserved()?;
        // Files kept from this very commit are uploaded, whatever became of the source, unless `--from` names others.
        if let (Some(tagged), None) = (&commit, &self.wish.from)
            && Kept::open(&self.folder())?
                .is_some_and(|kept| kept.origin.commit.as_ref() == Some(tagged))
        {
            self.commit = commit;
            return Ok(());
        }
        // Files from `--from` do not prove what they were built from.
        if let (Some(project), None) = (&self.place.project, &self.wish.from) {
            let is_of_it = self.differing(project, commit.as_deref())?;
            self.commit = commit.filter(|_| is_of_it);
        }
        Ok(())
    }

    /// The commit of the version's tag; `None` if fleet.yaml names no repository that could have one.
    fn reserved(&self) -> Result<Option<String>> {
        let Some(fleet) = &self.place.fleet else { return Ok(None) };
        let package = fleet.manifest.runtime_package.as_ref();
        let source = package.and_then(|package| package.source.as_ref());
        if source.is_none_or(|source| source.repository.is_none()) {
            return Ok(None);
        }
        let subject = Subject::of(fleet)?;
        let session = self.wish.forge.session(self.context, Some(fleet), WriteScope::none())?;
        let tags = session.run(tags(session.client(), &subject)).map_err(|error| {
            Error::from(error)
                .hint("the tag is looked up in the source's repository; --force skips that")
        })?;
        reservation(&tags, &subject.release, &self.place.version)
            .map(|tagged| Some(tagged.commit.clone()))
    }

    /// Refuses a source that differs from the commit (`HEAD` if `None`). Returns whether it is that of the commit; a
    /// folder outside a repository never is.
    fn differing(&self, project: &Project, commit: Option<&str>) -> Result<bool> {
        let subject = &self.wish.subject;
        let may_differ = match &subject.reference {
            // What a reference names is committed.
            Some(_) => commit.is_some(),
            None => kind_of(&project.folder)? != SourceKind::Folder,
        };
        if !may_differ {
            return Ok(false);
        }
        let place = Place {
            description: Some(&project.document.file),
            source: subject.source.as_deref(),
            reference: Some(commit.unwrap_or("HEAD")),
        };
        let tag = self.tag();
        let held = read(self.context, place).map_err(|error| match commit {
            Some(_) => error.hint(format!("fetch the commit of {tag}: `git fetch --tags`")),
            None => error.hint("commit it: what is not committed is never released"),
        })?;
        let differing = project.differences(&held);
        let Some(first) = differing.first() else { return Ok(commit.is_some()) };
        let full = held.source.commit.clone().or_else(|| commit.map(str::to_owned));
        let at = full.unwrap_or_default();
        let at = at.get(..12).unwrap_or(&at);
        let error = match commit {
            Some(_) => Error::usage(format!("`{first}` is not what {tag} contains, {at}")),
            None => Error::usage(format!("`{first}` is not what is committed, {at}")),
        };
        let error = match differing.get(1..).unwrap_or_default() {
            [] => error,
            more => {
                let named: Vec<&str> = more.iter().take(NAMED).map(|path| path.as_str()).collect();
                let rest = more.len().saturating_sub(NAMED);
                let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
                error.caused_by(format!("nor are {}{rest}", named.join(", ")))
            }
        };
        Err(match commit {
            Some(_) => error.hint(format!("publish what the tag contains: `--ref {tag}`")),
            None => error.hint("commit it: what is not committed is never released"),
        }
        .hint("if that is intended, add --force"))
    }

    fn tag(&self) -> String {
        let version = self.place.version.to_string();
        let fleet = self.place.fleet.as_ref();
        let package = fleet.and_then(|fleet| fleet.manifest.runtime_package.as_ref());
        package.map_or(version.clone(), |package| package.release.tag_of(&version))
    }
}

fn read(context: &Context, place: Place<'_>) -> Result<Project> {
    context.all(Project::load(place))
}
