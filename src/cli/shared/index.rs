//! Package index options, and the wheels of versions.

use std::path::PathBuf;

use clap::Args;
use pep440_rs::Version;

use crate::cli::Context;
use crate::edge::environment::NamedBy;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::manifest::RuntimePackage;
use crate::index::{
    Credentials, DEFAULT_INDEX, Index, IndexAddress, Limits, Listener, Options, Project,
};
use crate::package::interface::Offer;

/// Options of commands that read a package index.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct IndexOptions {
    /// The simple API of the package index (default: that of the runtime package in fleet.yaml, otherwise
    /// PyPI). Credentials are read from SHIPSHAPE_INDEX_USERNAME and SHIPSHAPE_INDEX_PASSWORD.
    #[arg(
        long,
        value_name = "URL",
        env = "SHIPSHAPE_INDEX_URL",
        hide_env_values = true,
        help_heading = "Package index"
    )]
    pub(in crate::cli) index_url: Option<String>,

    /// The cache folder for the index (default: in the user's cache folder).
    #[arg(long, value_name = "DIR", help_heading = "Package index")]
    pub(in crate::cli) index_cache: Option<PathBuf>,
}

impl IndexOptions {
    /// The index on the command line. A blank value, such as from an unset CI variable, counts as absent.
    fn named(&self) -> Option<&str> {
        self.index_url.as_deref().filter(|text| !text.trim().is_empty())
    }
}

/// The index of a fleet's runtime package: from the options, else from fleet.yaml, else PyPI.
pub(in crate::cli) fn of_fleet(
    context: &Context,
    options: &IndexOptions,
    package: &RuntimePackage,
) -> Result<Index> {
    of_package(context, options, Some(package))
}

/// Like [`of_fleet`], for a command that may have no fleet.
pub(in crate::cli) fn of_package(
    context: &Context,
    options: &IndexOptions,
    package: Option<&RuntimePackage>,
) -> Result<Index> {
    let written = package.and_then(|package| package.index.as_ref());
    let written = written.map(|index| index.simple.as_str());
    let (address, named) = match (options.named(), written) {
        (Some(named), _) => (named, NamedBy::User),
        (None, Some(written)) => (written, context.manifest_named_by()),
        (None, None) => (DEFAULT_INDEX, NamedBy::User),
    };
    let address = IndexAddress::parse(address)?;
    let named = if address.is_everybodys() { NamedBy::User } else { named };
    let environment = &context.environment;
    let terminal = context.terminal.clone();
    let cache = options.index_cache.clone().or_else(|| context.cache_folder());
    Index::new(Options {
        credentials: Credentials::shown_to(
            (&address.shown(), named, "SHIPSHAPE_INDEX_URL"),
            |name| environment.get(name).map(str::to_owned),
        )?,
        address,
        cache,
        limits: Limits::default(),
        listener: Listener::new(move |line| terminal.note(line)),
    })
}

/// One version of a distribution.
pub(in crate::cli) fn version(
    context: &Context,
    index: &Index,
    name: &str,
    version: &Version,
) -> Result<Offer> {
    let project = index.project(name)?;
    wheel(context, index, &project, version)?.ok_or_else(|| {
        let known: Vec<String> =
            project.releases().keys().rev().take(5).map(ToString::to_string).collect();
        Error::failed(format!("the package index has no wheel of {name} {version}"))
            .caused_by(format!("its newest versions are {}", known.join(", ")))
            .hint("has the index processed it yet? That can take some minutes")
    })
}

/// The newest versions of a distribution that were not yanked.
pub(in crate::cli) fn newest(
    context: &Context,
    index: &Index,
    name: &str,
    count: usize,
) -> Result<Vec<Offer>> {
    let project = index.project(name)?;
    let mut offers = Vec::new();
    for (version, files) in project.releases().into_iter().rev() {
        if offers.len() >= count {
            break;
        }
        if files.iter().any(|file| file.yanked.is_none()) {
            offers.extend(wheel(context, index, &project, &version)?);
        }
    }
    Ok(offers)
}

/// The wheel of a version, if it has one.
pub(in crate::cli) fn wheel(
    context: &Context,
    index: &Index,
    project: &Project,
    version: &Version,
) -> Result<Option<Offer>> {
    let Some(file) = project.wheel(version) else { return Ok(None) };
    if let Some(yanked) = &file.yanked {
        let why = if yanked.reason.is_empty() { "no reason is given" } else { &yanked.reason };
        let line = format!("{} {version} was withdrawn: {why}", project.name);
        context.terminal.note(&visible_line(&line));
    }
    let downloaded = index.download(file)?;
    Offer::of_wheel(&downloaded.path).map(Some)
}
