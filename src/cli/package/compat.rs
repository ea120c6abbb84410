//! `shipshape package compat`: checks a runtime against every template of the fleet.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::options;
use crate::checks::compatibility::{self, Question, symbol_in_use};
use crate::checks::{Finding, Repository};
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::index;
use crate::cli::shared::observing::{self, MembersOnForge, Source};
use crate::cli::shared::options::{ReportOptions, SubjectOptions};
use crate::cli::shared::targets::{self, Targets};
use crate::cli::shared::{self, decisions, judging};
use crate::cli::{Context, Exit};
use crate::drift::judge::{self, Judgement};
use crate::drift::model::{Report, RepositoryReport, ShapeName};
use crate::drift::survey::Target;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::package::interface::Offer;
use crate::package::{Description, description, distribution, version};
use crate::shape::Pack;
use crate::source::requirements::normalize;

/// Report which templates a runtime would break, before it is published.
///
/// Every use of the runtime in every template is looked up in it, including lazy imports. Adapters and the
/// shape are checked against the runtime's own base class. Requirements must admit the runtime, admit nothing
/// too old, and leave room for its own requirements. A folder is read as its build would contain it. Nothing is
/// run.
// The program's own `--version` gives way to the package's.
#[derive(Debug, Args)]
#[command(
    disable_version_flag = true,
    after_help = "\
Examples:
  shipshape package compat . --local ../templates/*                      in a pull request of the runtime
  shipshape package compat . --local ../templates/* --format github      with annotations
  shipshape package compat dist/*.whl --wheels old/ --local templates/*  with the lower bounds to set
  shipshape package compat 0.1.9 --local templates/*                     a version on the index
  shipshape package compat . --uses acme_runtime.plugins.load --local ../templates/*"
)]
pub(crate) struct Arguments {
    /// The runtime: a folder with package.yaml or its source, a wheel, or a version on the index.
    #[arg(value_name = "RUNTIME", default_value = ".")]
    runtime: PathBuf,

    #[arg(hide = true)]
    more: Vec<PathBuf>,

    /// Repositories on this machine, instead of the fleet on its forge.
    #[arg(long, value_name = "DIR", num_args = 1..)]
    local: Vec<PathBuf>,

    /// Members of the fleet to read from the forge (default: all).
    #[arg(long, value_name = "NAME", num_args = 1.., conflicts_with = "local")]
    repository: Vec<String>,

    /// The version that a folder will be published as.
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,

    /// Folders of wheels: other versions of the runtime, and third-party distributions.
    #[arg(long, value_name = "DIR", num_args = 1..)]
    wheels: Vec<PathBuf>,

    /// Number of the newest other versions of the runtime to read from the index.
    #[arg(long, value_name = "N", default_value_t = 0)]
    earlier: usize,

    /// List the uses of this symbol of the runtime, `package.module.name`, and check nothing.
    #[arg(long, value_name = "SYMBOL")]
    uses: Option<String>,

    #[command(flatten)]
    index: index::IndexOptions,

    #[command(flatten)]
    subject: SubjectOptions,

    #[command(flatten)]
    forge: ForgeOptions,

    #[command(flatten)]
    report: ReportOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    judging::show(context, &judged(arguments, context)?, &arguments.report)
}

/// Judges a finished wheel, for a command that publishes it: against local repositories, or the fleet on the forge if
/// none are named.
pub(in crate::cli) fn of_wheel(
    wheel: PathBuf,
    local: Vec<PathBuf>,
    shape: Option<PathBuf>,
    forge: ForgeOptions,
    context: &Context,
) -> Result<Report> {
    let arguments = Arguments {
        runtime: wheel,
        more: Vec::new(),
        local,
        repository: Vec::new(),
        version: None,
        wheels: Vec::new(),
        earlier: 0,
        uses: None,
        index: index::IndexOptions { index_url: None, index_cache: None },
        subject: SubjectOptions { reference: None, shape, profile: None, slug: None },
        forge,
        report: ReportOptions::unshown(),
    };
    judged(&arguments, context)
}

fn judged(arguments: &Arguments, context: &Context) -> Result<Report> {
    options::only_one(
        &arguments.more,
        "runtime",
        "give only the one to check; other versions go into a folder that `--wheels` names",
    )?;
    for folder in &arguments.wheels {
        options::present(folder, "folder of wheels")?;
    }
    let (targets, mut source) = if arguments.local.is_empty() {
        let members = MembersOnForge {
            names: &arguments.repository,
            here: Some("--local repos/*"),
            subject: &arguments.subject,
        };
        observing::on_forge(context, &arguments.forge, &members)?
    } else {
        let named = arguments.subject.of(&arguments.local);
        (targets::resolve(context, &named)?, Source::Here)
    };
    let packs = targets::packs(&targets.targets);
    let mut shapes = Vec::new();
    let (runtime, beside) = offers(arguments, context, &targets, &packs)?;
    let question = match &arguments.uses {
        Some(symbol) => {
            must_have(&runtime, &beside, symbol)?;
            None
        }
        None => {
            let question = Question::new(runtime, beside, &packs);
            let question =
                shared::compatibility::of_fleet(context, targets.fleet.as_ref(), question);
            shapes = compatibility::judge_shapes(&packs, &question);
            Some(question)
        }
    };
    let judge = |repository: &Repository<'_>| Judgement {
        findings: match (&question, &arguments.uses) {
            (Some(question), _) => compatibility::judge(repository, question),
            (None, Some(symbol)) => compatibility::users(repository, symbol),
            (None, None) => Vec::new(),
        },
        ..Judgement::default()
    };
    let mut repositories = source.judge(context, &targets.targets, &judge)?;
    let judged: Vec<&Target> = targets.targets.iter().collect();
    let fleet = targets.fleet.as_ref();
    let mut fleet_findings = decisions::apply_to_some(context, fleet, &judged, &mut repositories)?;
    match fleet {
        Some(fleet) => fleet_findings.extend(decisions::with_rules(context, fleet, shapes)),
        None => fleet_findings.extend(shapes),
    }
    repositories.iter_mut().for_each(judge::settle);
    Ok(report(context, &packs, repositories, fleet_findings))
}

/// The runtime, and the other distributions that are available.
fn offers(
    arguments: &Arguments,
    context: &Context,
    targets: &Targets,
    packs: &[&Pack],
) -> Result<(Offer, Vec<Offer>)> {
    let fleet = targets.fleet.as_ref();
    let mut runtime = runtime(arguments, context, fleet, packs)?;
    if runtime.distribution.is_empty()
        && let Some(named) = fleet.and_then(|fleet| fleet.manifest.runtime_package.as_ref())
    {
        runtime.distribution = normalize(&named.distribution);
    }
    if let Some(text) = &arguments.version {
        runtime = runtime.at_version(version::read(text)?);
    }
    let mut beside = Vec::new();
    for folder in &arguments.wheels {
        let wheels = distribution::wheels_in_folder(folder)?;
        let offers: Result<Vec<Offer>> =
            wheels.par_iter().map(|path| Offer::of_wheel(path)).collect();
        beside.extend(offers?);
    }
    if arguments.earlier > 0 {
        let name = runtime.distribution.clone();
        let package = fleet.and_then(|fleet| fleet.manifest.runtime_package.as_ref());
        // The runtime's index does not have other distributions.
        let package =
            package.filter(|package| normalize(&package.distribution) == normalize(&name));
        let index = index::of_package(context, &arguments.index, package)?;
        beside.extend(index::newest(context, &index, &name, arguments.earlier)?);
    }
    Ok((runtime, beside))
}

/// Refuses a symbol that exists nowhere: naturally nobody uses it.
fn must_have(runtime: &Offer, beside: &[Offer], symbol: &str) -> Result<()> {
    let offers: Vec<&Offer> = std::iter::once(runtime).chain(beside).collect();
    let Err(unknown) = symbol_in_use::find(&offers, symbol) else { return Ok(()) };
    let error = Error::usage(format!("there is no `{symbol}` in {}", runtime.label))
        .caused_by(unknown.what);
    Err(match unknown.near {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(
            "name the runtime that has it: `shipshape package compat RUNTIME --uses SYMBOL --local DIR…`; for \
            one that is gone already, the command without `--uses` shows which templates miss it",
        ),
    })
}

/// The runtime that the argument names: a folder, a wheel or a version.
fn runtime(
    arguments: &Arguments,
    context: &Context,
    fleet: Option<&Fleet>,
    packs: &[&Pack],
) -> Result<Offer> {
    let named = &arguments.runtime;
    if named.is_dir() {
        let file = named.join(description::FILE);
        if file.is_file() {
            return context.all(Offer::of_package(&file));
        }
        let package = fleet
            .and_then(|fleet| fleet.manifest.runtime_package.as_ref())
            .map(|package| package.import.as_str())
            .or_else(|| {
                packs.iter().find_map(|pack| pack.manifest.demands.python.package.as_deref())
            });
        let Some(package) = package else {
            return Err(Error::usage(
                "the folder has no package.yaml, and the name of its package is not known",
            )
            .in_file(named)
            .hint("`shipshape package init` writes one; or name `runtime_package` in fleet.yaml"));
        };
        return context.all(Offer::of_source(named, package));
    }
    if named.is_file() {
        return Offer::of_wheel(named);
    }
    let text = named.to_string_lossy();
    let Ok(version) = version::read(&text) else {
        let error = Error::usage("there is no such folder or wheel, and it is not a version");
        return Err(options::hinted(error.in_file(named), named)
            .hint("name a folder with package.yaml, a wheel, or a version on the index: `0.1.9`"));
    };
    let of_fleet = fleet.and_then(|fleet| fleet.manifest.runtime_package.as_ref());
    let name = match of_fleet {
        Some(package) => Some(package.distribution.clone()),
        None => described_here(context)?,
    };
    let Some(name) = name else {
        return Err(Error::usage(format!(
            "it is not known which distribution {version} is a version of"
        ))
        .hint("run it where package.yaml is, or name `runtime_package` in fleet.yaml"));
    };
    let index = index::of_package(context, &arguments.index, of_fleet)?;
    index::version(context, &index, &name, &version)
}

/// The distribution of the package.yaml here or in a folder above.
fn described_here(context: &Context) -> Result<Option<String>> {
    let Some(file) = std::env::current_dir().ok().and_then(|here| Description::nearest(&here))
    else {
        return Ok(None);
    };
    Ok(Some(context.all(Description::load(&file))?.description.distribution))
}

fn report(
    context: &Context,
    packs: &[&Pack],
    repositories: Vec<RepositoryReport>,
    fleet_findings: Vec<Finding>,
) -> Report {
    let shapes: BTreeMap<&str, &str> =
        packs.iter().map(|pack| (pack.manifest.name.as_str(), pack.source.as_str())).collect();
    Report {
        command: "package compat",
        generated_at: context.clock.rfc3339(),
        shape: ShapeName {
            name: shapes.keys().copied().collect::<Vec<_>>().join(", "),
            source: shapes.values().copied().collect::<Vec<_>>().join(", "),
        },
        repositories,
        fleet_findings,
        fleet: None,
        outliers: Vec::new(),
        trend: Vec::new(),
        notes: Vec::new(),
        next: Vec::new(),
    }
}
