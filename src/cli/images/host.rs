//! What the image commands share: the chosen runtimes, the recorded state, and the container engine.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::super::Context;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::next::quoted;
use crate::cli::shared::options::Form;
use crate::cli::shared::releases::Remembered;
use crate::cli::shared::{journal, registry, targets};
use crate::edge::network::Limits;
use crate::error::{Error, Result};
use crate::fleet::manifest::Images;
use crate::fleet::{Fleet, Member};
use crate::images::engine::{Engine, places};
use crate::images::memory::Memory;
use crate::images::smoke::Wish;
use crate::images::{Host, Runtime};
use crate::journal::Journal;

/// The number of images that are read or pulled concurrently.
const AT_ONCE: usize = 8;

/// Options of every command about images.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct HostOptions {
    /// The file that records holds and earlier images (default: in the fleet's folder below the user's state
    /// folder).
    #[arg(long, value_name = "FILE", help_heading = "Host")]
    state: Option<PathBuf>,

    /// The forge's address, which distinguishes fleets of the same owner on several forges (default: that of
    /// fleet.yaml).
    #[arg(long, value_name = "URL", env = "SHIPSHAPE_FORGE", hide_env_values = true, hide = true)]
    forge: Option<String>,
}

impl HostOptions {
    /// A command about the same host, with this one's options.
    pub(super) fn command(&self, context: &Context, rest: &str) -> String {
        let command = context.command(&format!("images {rest}"));
        match &self.state {
            Some(file) => format!("{command} --state {}", quoted(&file.to_string_lossy())),
            None => command,
        }
    }

    /// What is recorded of releases beside the images of this fleet.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(super) fn releases(&self, context: &Context, fleet: &Fleet) -> Result<Remembered> {
        let forge = ForgeOptions { forge: self.forge.clone(), read_only: true };
        let file = journal::file_at(None, context, fleet, &forge.address(Some(fleet))?)?;
        match Journal::look(&file)? {
            Some(journal) => Remembered::of(&journal, fleet),
            None => Ok(Remembered::default()),
        }
    }

    /// The options of a command that already has forge options.
    pub(in crate::cli) fn of(forge: &ForgeOptions) -> Self {
        Self { state: None, forge: forge.forge.clone() }
    }
}

/// Selects runtimes.
#[derive(Clone, Debug, Args)]
pub(super) struct ChosenOptions {
    /// Runtimes, by slug, alias or repository (default: all).
    #[arg(value_name = "RUNTIME")]
    runtimes: Vec<String>,

    /// A runtime; may be given several times.
    #[arg(long, short, alias = "repository", value_name = "RUNTIME")]
    runtime: Vec<String>,
}

impl ChosenOptions {
    /// The runtimes named in either way.
    pub(super) fn names(&self) -> Vec<String> {
        self.runtimes.iter().chain(&self.runtime).cloned().collect()
    }
}

/// Selects runtimes explicitly.
#[derive(Clone, Debug, Args)]
pub(super) struct MeantOptions {
    /// Runtimes, by slug, alias or repository, or `--all`.
    #[arg(value_name = "RUNTIME")]
    runtimes: Vec<String>,

    /// All runtimes of fleet.yaml.
    #[arg(long, conflicts_with = "runtimes")]
    all: bool,
}

impl MeantOptions {
    /// The chosen runtimes.
    pub(super) fn of(&self, loaded: &Loaded) -> Result<Vec<Runtime>> {
        if self.runtimes.is_empty() && !self.all {
            let runtimes = loaded.named(&[])?;
            let known: Vec<&str> = runtimes.iter().map(|runtime| runtime.slug.as_str()).collect();
            return Err(Error::usage("no runtime is given")
                .hint(format!("name some of them ({}), or all: --all", known.join(", "))));
        }
        loaded.named(&self.runtimes)
    }

    /// The choice as it was typed.
    pub(super) fn words(&self) -> String {
        match self.all {
            true => "--all".to_owned(),
            false => {
                let names: Vec<String> = self.runtimes.iter().map(|name| quoted(name)).collect();
                names.join(" ")
            }
        }
    }
}

/// How images are pulled.
#[derive(Clone, Debug, Args)]
pub(super) struct PullOptions {
    /// Do not remove containers.
    #[arg(long)]
    pub(super) no_recreate: bool,

    /// Number of images to pull at once (default: 8).
    #[arg(long, value_name = "N")]
    pub(super) pulls: Option<usize>,
}

/// Output and state options.
#[derive(Clone, Debug, Args)]
pub(super) struct SaidOptions {
    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) format: Form,

    #[command(flatten)]
    pub(super) host: HostOptions,
}

/// A fleet with images.
pub(in crate::cli) struct Loaded {
    pub(in crate::cli) fleet: Fleet,
    images: Images,
    pub(in crate::cli) all: Vec<Runtime>,
}

impl Loaded {
    pub(in crate::cli) fn load(context: &Context) -> Result<Self> {
        let fleet = context.required_fleet()?;
        let images = fleet.manifest.images.clone().ok_or_else(|| {
            Error::usage("this fleet has no images").in_file(&fleet.file).hint(
                "say where they are kept: `images: { registry: ghcr.io, name: 'ghcr.io/acme/template-{slug}' }`",
            )
        })?;
        let runtimes = fleet.active().map(|member| Runtime::of(&fleet, member, &images.tag));
        let all = runtimes.filter_map(Result::transpose).collect::<Result<Vec<_>>>()?;
        Ok(Self { fleet, images, all })
    }

    /// The runtimes with these names, or all if none are given.
    pub(in crate::cli) fn named(&self, names: &[String]) -> Result<Vec<Runtime>> {
        if names.is_empty() {
            return Ok(self.all.clone());
        }
        let mut found = Vec::new();
        for name in names {
            let runtime = self.one(name)?;
            if !found.contains(&runtime) {
                found.push(runtime);
            }
        }
        Ok(found)
    }

    /// The runtime with a name: a slug, an alias or a repository.
    pub(in crate::cli) fn one(&self, name: &str) -> Result<Runtime> {
        // A member of another kind may have the same slug.
        let of = self.images.of.as_ref();
        let has_image = |member: &&Member| of.is_none_or(|kind| *kind == member.kind);
        let is_called = |runtime: &&Runtime| {
            let mut members = self.fleet.named(name).filter(has_image);
            members.any(|member| member.slug == runtime.slug)
        };
        self.all.iter().find(is_called).cloned().ok_or_else(|| {
            let without = self.fleet.named(name).next().zip(self.images.of.as_ref());
            if let Some((member, kind)) = without {
                return Error::usage(format!(
                    "`{}` has no image: it is of another kind",
                    member.slug
                ))
                .in_file(&self.fleet.file)
                .hint(format!("`images: {{ of: {kind} }}` says which members have one"));
            }
            Error::usage(format!("`{name}` is not a runtime of this fleet"))
                .in_file(&self.fleet.file)
                .hint(format!("the runtimes are {}", self.some_slugs()))
        })
    }

    /// The slugs of the fleet, shortened if there are many.
    fn some_slugs(&self) -> String {
        const MOST: usize = 30;
        let slugs: Vec<&str> = self.all.iter().take(MOST).map(|it| it.slug.as_str()).collect();
        let rest = self.all.len().saturating_sub(MOST);
        match rest {
            0 => slugs.join(", "),
            _ => format!("{}, and {rest} more: `shipshape fleet list`", slugs.join(", ")),
        }
    }

    /// Refuses to remove containers if it is not known which are the platform's.
    ///
    /// # Errors
    /// When containers are to be removed, and fleet.yaml does not say how they are named.
    pub(in crate::cli) fn may_recreate(&self, recreate: bool) -> Result<()> {
        if !recreate || self.images.containers.is_some() {
            return Ok(());
        }
        Err(Error::usage(
            "the names of the platform's containers are not configured, so none can be removed",
        )
        .in_file(&self.fleet.file)
        .hint(
            "set `images: { …, containers: { prefix: ws- } }`; or leave them alone: --no-recreate",
        ))
    }

    /// Whether fleet.yaml says how the platform's containers are named.
    pub(in crate::cli) fn names_containers(&self) -> bool {
        self.images.containers.is_some()
    }

    /// How to smoke-test images.
    pub(in crate::cli) fn smoke(&self) -> Option<Wish> {
        Wish::of(&self.fleet)
    }

    /// The distribution whose version images contain.
    pub(in crate::cli) fn distribution(&self) -> Option<String> {
        self.fleet.manifest.runtime_package.as_ref().map(|package| package.distribution.clone())
    }

    pub(in crate::cli) fn memory(
        &self,
        context: &Context,
        options: &HostOptions,
    ) -> Result<Memory> {
        if let Some(file) = &options.state {
            return Ok(Memory::new(file.clone()));
        }
        let forge = ForgeOptions { forge: options.forge.clone(), read_only: true };
        let address = forge.address(Some(&self.fleet))?;
        let file = journal::file_at(None, context, &self.fleet, &address)?;
        Ok(Memory::new(file.with_file_name("images.json")))
    }

    /// The label with the version in an image: from fleet.yaml, else the one that a kind's shape requires to be set
    /// from the image's cache-key argument. Shapes on the forge are not fetched for this.
    fn label(&self, context: &Context) -> Option<String> {
        if let Some(label) = &self.images.version_label {
            return Some(label.clone());
        }
        let of = |kind: &&String| self.images.of.as_ref().is_none_or(|of| of == *kind);
        self.fleet.manifest.kinds.keys().filter(of).find_map(|kind| {
            let shape = targets::shape(context, Some(&self.fleet), kind, None, None);
            let shape = shape.map_err(|error| context.terminal.detail(&error.to_string())).ok()?;
            shape.manifest.demands.dockerfiles.iter().find_map(|demand| {
                let argument = &demand.cache_key.as_ref()?.arg;
                let label = demand.labels.iter().find(|it| it.from_arg.as_ref() == Some(argument));
                label.map(|label| label.name.clone())
            })
        })
    }
}

/// The host, with the async runtime for its operations.
pub(in crate::cli) struct Session {
    runtime: tokio::runtime::Runtime,
    pub(in crate::cli) host: Host,
}

impl Session {
    pub(in crate::cli) fn open(
        context: &Context,
        options: &HostOptions,
        loaded: &Loaded,
    ) -> Result<Self> {
        let memory = loaded.memory(context, options)?;
        let places = places(&context.environment)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|cause| Error::failed("cannot start the runtime").caused_by(cause))?;
        let engine = runtime.block_on(Engine::connect(&places))?;
        context.terminal.detail(&format!("telling {}", engine.name()));
        // Report a busy registry soon instead of waiting for minutes.
        let limits =
            Limits { attempts: 3, longest_pause: Duration::from_secs(5), ..Limits::default() };
        let host = Host {
            registry: registry::of_fleet(context, &loaded.fleet, limits),
            engine,
            memory,
            prefix: loaded.images.containers.as_ref().map(|it| it.prefix.clone()),
            label: loaded.label(context),
            now: context.clock.rfc3339(),
        };
        Ok(Self { runtime, host })
    }

    pub(in crate::cli) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

/// The number of concurrent pulls: as requested, else the default.
pub(in crate::cli) fn at_once(pulls: Option<usize>) -> usize {
    pulls.unwrap_or(AT_ONCE).max(1)
}
