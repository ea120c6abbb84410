//! The source of a release at its commit.

use tempfile::TempDir;

use super::{Target, compat};
use crate::cli::Context;
use crate::cli::package::options::SubjectOptions;
use crate::cli::shared::forge::ForgeOptions;
use crate::edge::checkout;
use crate::edge::private_files::temporary_folder;
use crate::error::{Error, Result};
use crate::forge::WriteScope;
use crate::package::description;
use crate::package::project::{Place, Project};

/// The source, and the temporary folder that it was fetched into, if it was.
pub(super) struct Source {
    pub(super) options: SubjectOptions,
    /// Whether it is what the commit contains, rather than a source that was named.
    pub(super) is_of_the_commit: bool,
    _fetched: Option<TempDir>,
}

impl Source {
    /// Reads the source of a commit from the local git repository if that has it, or else from the forge. A source
    /// named on the command line is used as it is.
    pub(super) fn of(
        context: &Context,
        target: &Target,
        commit: &str,
        given: &SubjectOptions,
        forge: &ForgeOptions,
    ) -> Result<Self> {
        let Target { fleet, subject } = target;
        if given.source.is_some() || given.reference.is_some() {
            let options = given.clone();
            return Ok(Self { options, is_of_the_commit: false, _fetched: None });
        }
        let description = given.package.as_deref();
        let here = Place { description, source: None, reference: Some(commit) };
        match Project::load(here) {
            Ok(_) => {
                let reference = Some(commit.to_owned());
                return Ok(Self {
                    options: SubjectOptions { reference, ..given.clone() },
                    is_of_the_commit: true,
                    _fetched: None,
                });
            }
            // The forge's package.yaml would not be the one that was named.
            Err(errors) if description.is_some() => {
                return context.all(Err(errors)).map_err(|error: Error| {
                    error.hint("leave `--package` out, and the source is read from the forge")
                });
            }
            Err(_) => {}
        }
        let short = commit.get(..12).unwrap_or(commit);
        let repository = &subject.repository;
        context.terminal.note(&format!("reading {short} of {repository}"));
        let session = forge.session(context, Some(fleet), WriteScope::none())?;
        let tree = compat::source(&session, subject, commit)?;
        let folder = temporary_folder("shipshape-source-")
            .map_err(|error| Error::failed("cannot make a temporary folder").caused_by(error))?;
        checkout::write(folder.path(), &tree)?;
        let source = folder.path().join(&subject.path);
        let above = source.ancestors().take_while(|above| above.starts_with(folder.path()));
        let file = above.map(|above| above.join(description::FILE)).find(|file| file.is_file());
        let file = file.ok_or_else(|| {
            Error::failed(format!("`{repository}` has no {} at {short}", description::FILE))
                .hint(format!("it belongs in `{}`, or in a folder above", subject.path))
        })?;
        let options = SubjectOptions { package: Some(file), ..SubjectOptions::default() };
        Ok(Self { options, is_of_the_commit: true, _fetched: Some(folder) })
    }
}
