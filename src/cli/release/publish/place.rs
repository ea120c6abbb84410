//! What is published and where to: the version, the distribution, the index, the journal.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use pep440_rs::Version;

use super::Wish;
use crate::cli::Context;
use crate::cli::package::options::present;
use crate::cli::shared::journal;
use crate::edge::environment::{Environment, NamedBy};
use crate::error::{Error, Obstacle, Result};
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::ForgeAddress;
use crate::index::served::Served;
use crate::index::trusted::{Identity, Mint, Publisher};
use crate::index::upload::{PASSWORD_VARIABLE, USERNAME_VARIABLE, UploadAddress, Uploads};
use crate::index::{
    Credentials, DEFAULT_INDEX, DEFAULT_UPLOAD, IndexAddress, Limits, Listener, Options, not_shown,
};
use crate::journal::place::{FleetIdentity, state_file};
use crate::package::distribution;
use crate::package::project::Project;
use crate::package::version;
use crate::release::publish::{Access, Indexes};
use crate::release::{ReleaseId, Subject};
use crate::source::requirements::normalize;

/// The index, and how to authenticate.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct UploadOptions {
    /// The simple API of the index to publish to (default: that of fleet.yaml, otherwise PyPI).
    #[arg(
        long,
        alias = "index",
        value_name = "URL",
        env = "SHIPSHAPE_INDEX_URL",
        hide_env_values = true,
        help_heading = "Package index"
    )]
    pub(in crate::cli) index_url: Option<String>,

    /// The upload API (default: that of fleet.yaml, otherwise PyPI).
    #[arg(
        long,
        value_name = "URL",
        env = "SHIPSHAPE_UPLOAD_URL",
        hide_env_values = true,
        help_heading = "Package index"
    )]
    upload_url: Option<String>,

    /// Whether to use Trusted Publishing: by default if the job can and SHIPSHAPE_UPLOAD_PASSWORD is not set.
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", help_heading = "Package index")]
    trusted_publishing: Trust,
}

/// When to use Trusted Publishing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Trust {
    /// If the job can, and there is no password.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What is published, and where to.
pub(super) struct Place {
    pub(super) version: Version,
    pub(super) distribution: String,
    pub(super) fleet: Option<Fleet>,
    /// What is built, unless the files already exist.
    pub(super) project: Option<Project>,
    pub(super) indexes: Indexes,
    /// How uploads are authorized, or why they are not: a run that finds everything published does not need it.
    pub(super) access: Result<Access>,
    /// The file of the journal.
    pub(super) journal: PathBuf,
    pub(super) forge: ForgeAddress,
}

impl Place {
    pub(super) fn release(&self) -> ReleaseId<'_> {
        ReleaseId { distribution: &self.distribution, version: &self.version }
    }

    pub(super) fn of(wish: &Wish, context: &Context) -> Result<Self> {
        let version = published(&wish.version)?;
        let fleet = context.fleet(None)?;
        let forge = wish.forge.address(fleet.as_ref())?;
        let (project, distribution, near) = match &wish.from {
            Some(folder) => (None, in_folder(folder, &version)?, folder.clone()),
            None => {
                let project = wish
                    .subject
                    .project(context)
                    .map_err(|error| unfetched(elsewhere(error, wish, context, fleet.as_ref())))?;
                let name = project.document.description.distribution.clone();
                let file = project.document.file.clone();
                (Some(project), name, file)
            }
        };
        let runtime = fleet.as_ref().and_then(|fleet| fleet.manifest.runtime_package.as_ref());
        if let (Some(runtime), Some(fleet)) = (runtime, &fleet)
            && normalize(&runtime.distribution) != normalize(&distribution)
        {
            return Err(Error::usage(format!(
                "this is `{distribution}`, and the fleet's runtime is `{}`",
                runtime.distribution
            ))
            .in_file(&fleet.file)
            .hint("run it where the runtime's package.yaml is, or name that: `--package FILE`"));
        }
        let (index, upload) = wish.index.addresses(fleet.as_ref())?;
        let named = wish.index.named_by(context);
        let journal = match (&wish.state, &fleet) {
            (Some(file), _) => file.clone(),
            (None, Some(fleet)) => journal::file_at(None, context, fleet, &forge)?,
            (None, None) => {
                let folder = journal::state_folder(context)?;
                let address = forge.to_string();
                let identity = FleetIdentity::Manifest { file: &near, forge: &address };
                state_file(&folder, &distribution, identity)
            }
        };
        let environment = &context.environment;
        let terminal = context.terminal.clone();
        let listener = Listener::new(move |line| terminal.note(line));
        let access =
            wish.index.access(environment, (&index, &upload, named), fleet.as_ref(), &listener);
        let named = if index.is_everybodys() { NamedBy::User } else { named };
        let served = Served::new(Options {
            credentials: Credentials::shown_to(
                (&index.shown(), named, "SHIPSHAPE_INDEX_URL"),
                |name| environment.get(name).map(str::to_owned),
            )?,
            address: index,
            cache: None,
            limits: Limits::default(),
            listener: listener.clone(),
        })?;
        let uploads = Uploads::new(upload, Limits::default(), listener)?;
        let indexes = Indexes { uploads, served };
        Ok(Self { version, distribution, fleet, project, indexes, access, journal, forge })
    }
}

/// Parses a version, and refuses one that no index accepts.
fn published(text: &str) -> Result<Version> {
    let version = version::read(text)?;
    if version.is_local() {
        return Err(Error::usage(format!(
            "`{version}` is a local version, which no index accepts"
        ))
        .hint("leave out what follows `+`: `package build` is for such versions"));
    }
    Ok(version)
}

/// The distribution of all files in a folder, which must be of this version.
fn in_folder(folder: &std::path::Path, version: &Version) -> Result<String> {
    present(folder, "folder of distributions")?;
    let mut found: Option<String> = None;
    for path in distribution::in_folder(folder)? {
        let read = distribution::open(&path)?;
        let name = read
            .name()
            .map_err(|why| Error::usage(format!("the name of this file {why}")).in_file(&path))?;
        let is_version = name.version().and_then(|written| version::read(written).ok());
        if is_version.as_ref() != Some(version) {
            return Err(Error::usage(format!("this file is not of version {version}"))
                .in_file(&path)
                .hint("name a folder with the files of this version alone"));
        }
        let name = normalize(name.distribution());
        if found.as_ref().is_some_and(|known| *known != name) {
            return Err(Error::usage("the files in this folder are of more than one distribution")
                .in_file(folder));
        }
        found = Some(name);
    }
    found.ok_or_else(|| {
        Error::usage("this folder has no wheel and no sdist")
            .in_file(folder)
            .hint("`shipshape package build` creates them; leave `--from` out to build here")
    })
}

/// What fleet.yaml says about the index.
#[derive(Default)]
struct Written {
    simple: Option<String>,
    upload: Option<String>,
    publisher: Option<Publisher>,
}

impl Written {
    fn of(fleet: Option<&Fleet>) -> Self {
        let Some(fleet) = fleet else { return Self::default() };
        let Some(package) = &fleet.manifest.runtime_package else { return Self::default() };
        let owner = &fleet.manifest.forge.owner;
        let index = package.index.as_ref();
        let publisher = package.release.publisher.as_ref().map(|publisher| Publisher {
            repository: whole(&publisher.repository, owner),
            workflow: publisher.workflow.clone(),
            environment: publisher.environment.clone(),
        });
        Self {
            simple: index.map(|index| index.simple.clone()),
            upload: index.and_then(|index| index.upload.clone()),
            publisher,
        }
    }
}

impl UploadOptions {
    /// Where the index is read and written. One without the other would wait for files where none were sent.
    fn addresses(&self, fleet: Option<&Fleet>) -> Result<(IndexAddress, UploadAddress)> {
        let named = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let (index, upload) = (named(&self.index_url), named(&self.upload_url));
        let (index, upload) = match (index, upload) {
            (Some(index), Some(upload)) => (index, upload),
            (None, None) => {
                let Written { simple, upload, .. } = Written::of(fleet);
                match (simple, upload) {
                    (Some(simple), Some(upload)) => (simple, upload),
                    (None, None) => (DEFAULT_INDEX.to_owned(), DEFAULT_UPLOAD.to_owned()),
                    _ => return Err(half("`runtime_package.index` of fleet.yaml names")),
                }
            }
            (Some(index), None)
                if index.trim_end_matches('/') == DEFAULT_INDEX.trim_end_matches('/') =>
            {
                (index, DEFAULT_UPLOAD.to_owned())
            }
            _ => return Err(half("the command line and the environment name")),
        };
        Ok((IndexAddress::parse(&index)?, UploadAddress::parse(&upload)?))
    }

    /// Whether the user or a manifest names the index.
    fn named_by(&self, context: &Context) -> NamedBy {
        let is_named =
            |text: &Option<String>| text.as_ref().is_some_and(|it| !it.trim().is_empty());
        match is_named(&self.index_url) || is_named(&self.upload_url) {
            true => NamedBy::User,
            false => context.manifest_named_by(),
        }
    }

    /// Refuses where there is nothing to authenticate an upload with. Nothing is sent, so whether the index accepts it
    /// stays open.
    pub(in crate::cli) fn must_have_credentials(
        &self,
        context: &Context,
        fleet: &Fleet,
    ) -> Result<()> {
        let (index, upload) = self.addresses(Some(fleet))?;
        let terminal = context.terminal.clone();
        let listener = Listener::new(move |line| terminal.note(line));
        let server = (&index, &upload, self.named_by(context));
        self.access(&context.environment, server, Some(fleet), &listener).map(drop)
    }

    fn access(
        &self,
        environment: &Environment,
        (index, upload, named): (&IndexAddress, &UploadAddress, NamedBy),
        fleet: Option<&Fleet>,
        listener: &Listener,
    ) -> Result<Access> {
        let is_unknown = named == NamedBy::FoundManifest && !upload.is_everybodys();
        let refused = |what: &str| {
            let how = "set SHIPSHAPE_INDEX_URL and SHIPSHAPE_UPLOAD_URL to what it says";
            not_shown(what, &upload.shown(), how)
        };
        let key = key(environment, index, upload);
        if let (Some(key), Trust::Auto | Trust::Never) = (&key, self.trusted_publishing) {
            return if is_unknown {
                Err(refused("the password for uploads"))
            } else {
                Ok(Access::Key(key.clone()))
            };
        }
        let nobody = || {
            Error::failed("no credentials for uploading")
                .caused_by(format!("{PASSWORD_VARIABLE} is not set"))
                .hint(format!(
                    "put a token of the index in {PASSWORD_VARIABLE} (its name is __token__, else \
                               {USERNAME_VARIABLE})"
                ))
                .hint("or publish from CI with Trusted Publishing: docs/publishing.md")
        };
        if self.trusted_publishing == Trust::Never {
            return Err(nobody());
        }
        let found = Identity::of(|name| environment.get(name).map(str::to_owned))?;
        let Some(identity) = found else {
            return Err(match self.trusted_publishing {
                Trust::Always => Error::failed("nothing here can prove the identity of this job")
                    .caused_by(
                        "neither ACTIONS_ID_TOKEN_REQUEST_URL nor an ID token of another CI is set",
                    )
                    .hint(
                        "publish from a job of GitHub Actions with `permissions: id-token: write`",
                    ),
                _ => nobody(),
            });
        };
        if is_unknown {
            // An index chooses the audience of a proof: it could name another index, and present the proof there.
            return Err(refused("the proof of this job's identity"));
        }
        let publisher = Written::of(fleet).publisher;
        let mint = Mint::new(upload, identity, publisher, Limits::default(), listener.clone())?;
        Ok(Access::Trusted(Box::new(mint)))
    }
}

fn half(who: &str) -> Error {
    Error::usage(format!("{who} one address of the index, but publishing needs two"))
        .hint("`--index-url` (SHIPSHAPE_INDEX_URL) is where it is read, `--upload-url` (SHIPSHAPE_UPLOAD_URL) where files go")
}

/// The upload password from the environment, or the one for reading if both are the same server.
fn key(
    environment: &Environment,
    index: &IndexAddress,
    upload: &UploadAddress,
) -> Option<Credentials> {
    let set = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    if let Some(password) = set(PASSWORD_VARIABLE) {
        return Some(match set(USERNAME_VARIABLE) {
            Some(username) => Credentials::new(username, password),
            None => Credentials::token(password),
        });
    }
    let one_server = index.origin() == upload.url().origin();
    let read = || Credentials::of(|name| environment.get(name).map(str::to_owned));
    one_server.then(read).flatten()
}

/// The full name of a publisher's repository.
fn whole(name: &str, owner: &str) -> String {
    RepositoryName::parse(name, owner).map_or_else(|| name.to_owned(), |it| it.to_string())
}
/// Adds to the error of a missing source where fleet.yaml says that it is.
fn elsewhere(error: Error, wish: &Wish, context: &Context, fleet: Option<&Fleet>) -> Error {
    let is_it = error.obstacle() == Some(Obstacle::NoDescription);
    match fleet.map(Subject::of) {
        Some(Ok(subject)) if is_it => {
            let run = format!("release run --version {} --until wait", wish.version);
            let run = context.command(&context.given.carried_to(&run));
            error.hint(format!("or let `{run}` read the source from {}", subject.repository))
        }
        _ => error,
    }
}

/// Adds to the error of a missing reference that the tag may only exist on the forge.
pub(super) fn unfetched(error: Error) -> Error {
    match error.obstacle() {
        Some(Obstacle::NoReference) => {
            error.hint("a tag that was created on the forge is fetched by `git fetch --tags`")
        }
        Some(
            Obstacle::NoDescription
            | Obstacle::Freeze
            | Obstacle::Permission
            | Obstacle::Credential
            | Obstacle::NoPack
            | Obstacle::NoCanon
            | Obstacle::Deleted,
        )
        | None => error,
    }
}
