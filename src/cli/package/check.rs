//! `shipshape package check`: finds what an index would reject, and what would break once installed.

use std::path::{Path, PathBuf};

use clap::Args;
use rayon::prelude::*;

use super::options::{self, SubjectOptions};
use crate::checks::distribution::{self as rules, Provided, Subject, Surroundings, Workspace};
use crate::checks::{Finding, Severity};
use crate::cli::shared::options::ReportOptions;
use crate::cli::shared::{decisions, judging};
use crate::cli::{Context, Exit};
use crate::drift::model::{Report, RepositoryReport, ShapeName};
use crate::drift::{RepositoryVerdict, judge};
use crate::error::{Error, Result};
use crate::package::description::{Description, Document};
use crate::package::distribution::{self, Distribution};
use crate::package::project::Project;
use crate::package::tree::AsFarAsPossible;
use crate::snapshot::{RepoPath, folder};
use crate::source::requirements::normalize;

/// The version of a package that is checked before it has one.
pub(super) const VERSION: &str = "0";

/// Check what an index would refuse, and what would break once installed.
///
/// Nothing is run or unpacked. Without DIST, the package that package.yaml describes is assembled in memory and
/// checked. Waivers are read from the file that package.yaml names; a waiver's `repository` is the
/// distribution's name, the file's name, or `*`.
// The program's own `--version` gives way to the package's.
#[derive(Debug, Args)]
#[command(
    disable_version_flag = true,
    after_help = "\
Examples:
  shipshape package check                                the package of package.yaml, before it is built
  shipshape package check dist/                          everything that will be uploaded
  shipshape package check *.whl --source workspace       also modules that are imported but left out
  shipshape package check --wheels wheelhouse            with the modules that dependencies really contain
  shipshape package check dist/ --format sarif -o r.sarif"
)]
pub(crate) struct Arguments {
    /// Wheels and sdists, or folders with them.
    #[arg(value_name = "DIST")]
    distributions: Vec<PathBuf>,

    /// A folder of wheels, to find out which modules the dependencies contain.
    #[arg(long, value_name = "DIR")]
    wheels: Option<PathBuf>,

    /// The version of the package that is assembled in memory.
    #[arg(long, value_name = "VERSION", default_value = VERSION, conflicts_with = "distributions")]
    version: String,

    #[command(flatten)]
    subject: SubjectOptions,

    #[command(flatten)]
    report: ReportOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    judging::show(context, &judged(arguments, context)?, &arguments.report)
}

/// Judges finished distributions, for a command that publishes them.
pub(in crate::cli) fn of_files(
    distributions: Vec<PathBuf>,
    package: Option<PathBuf>,
    context: &Context,
) -> Result<Report> {
    let arguments = Arguments {
        distributions,
        wheels: None,
        version: VERSION.to_owned(),
        subject: SubjectOptions { package, ..SubjectOptions::default() },
        report: ReportOptions::unshown(),
    };
    judged(&arguments, context)
}

fn judged(arguments: &Arguments, context: &Context) -> Result<Report> {
    let provided = arguments.wheels.as_deref().map(provided).transpose()?;
    let (opened, around) = if arguments.distributions.is_empty() {
        let project = arguments.subject.project(context)?;
        options::note_leftovers(&project, context);
        of_project(project, &arguments.version, context)?
    } else {
        let SubjectOptions { package, source, .. } = &arguments.subject;
        let around = Around::of(package.as_deref(), source.as_deref(), context)?;
        (open_all(&arguments.distributions)?, around)
    };
    let mut repositories = judge(&opened, &around, provided.as_ref());
    tell_duplicates(&opened, &mut repositories);
    let findings = waive(context, &around, &opened, &mut repositories)?;
    if let (Some(project), [opened], [report]) = (&around.project, &*opened, &mut *repositories)
        && let Ok(distribution) = &opened.distribution
    {
        rules::at_source(project, distribution, &mut report.findings);
    }
    for repository in &mut repositories {
        repository.findings.iter_mut().for_each(judge::hide_credentials);
        rules::sort(&mut repository.findings);
        judge::settle(repository);
    }
    let next = next(&repositories);
    Ok(Report {
        command: "package check",
        generated_at: context.clock.rfc3339(),
        shape: ShapeName { name: "distribution".to_owned(), source: "embedded".to_owned() },
        repositories,
        fleet_findings: findings,
        fleet: None,
        outliers: Vec::new(),
        trend: Vec::new(),
        notes: Vec::new(),
        next,
    })
}

/// Judges each distribution by itself.
pub(super) fn judge(
    opened: &[Opened],
    around: &Around,
    provided: Option<&Provided>,
) -> Vec<RepositoryReport> {
    let own = around.distribution();
    let one = |opened: &Opened| {
        let is_own = own.as_ref().is_none_or(|own| opened.names.contains(own));
        let workspace = around.workspace.as_ref().filter(|_| is_own);
        opened.judge(Surroundings { workspace, provided })
    };
    opened.par_iter().map(one).collect()
}

/// A requested distribution, or why it could not be opened.
pub(super) struct Opened {
    /// The name in reports.
    name: String,
    origin: String,
    pub(super) distribution: std::result::Result<Distribution, Error>,
    /// The names that waivers may use.
    pub(super) names: Vec<String>,
    /// Differences between list and folder, for a package assembled in memory.
    drift: Vec<Finding>,
    /// The modules of such a package that could not be rewritten, and why.
    unmade: Vec<(RepoPath, Error)>,
}

impl Opened {
    fn new(name: String, origin: String, distribution: Result<Distribution>) -> Self {
        let mut names = vec![name.clone()];
        if let Ok(distribution) = &distribution {
            if let Ok(file_name) = distribution.name() {
                names.push(normalize(file_name.distribution()));
            }
            names.extend(distribution.field("Name").map(|field| normalize(&field.value)));
        }
        Self { name, origin, distribution, names, drift: Vec::new(), unmade: Vec::new() }
    }

    fn judge(&self, around: Surroundings<'_>) -> RepositoryReport {
        let (mut findings, mut error) = match &self.distribution {
            Ok(distribution) => (rules::judge(&Subject::of(distribution, around)), None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        // What is wrong with a module that does not parse is a finding; any other reason leaves it unchecked.
        let is_said = |path: &RepoPath| {
            let is_it = |finding: &Finding| finding.path() == Some(path);
            let unparsable = rules::module_unparsable::RULE.code;
            findings.iter().any(|finding| is_it(finding) && finding.rule.code == unparsable)
        };
        let unsaid = self.unmade.iter().filter(|(path, _)| !is_said(path));
        let unsaid: Vec<String> = unsaid.map(|(_, error)| error.to_string()).collect();
        if !unsaid.is_empty() {
            error.get_or_insert_with(|| unsaid.join("; "));
        }
        findings.extend(self.drift.iter().cloned());
        RepositoryReport {
            name: self.name.clone(),
            origin: self.origin.clone(),
            commit: None,
            tree: None,
            profile: None,
            owner: None,
            shape: String::new(),
            is_archived: false,
            verdict: RepositoryVerdict::Unchecked,
            error,
            paths: Vec::new(),
            findings,
        }
    }
}

/// The context of the distributions in a run.
pub(super) struct Around {
    workspace: Option<Workspace>,
    pub(super) document: Option<Document>,
    /// The project that is assembled in memory.
    pub(super) project: Option<Project>,
}

impl Around {
    /// The context for finished distributions, from `--source` and package.yaml.
    pub(super) fn of(
        package: Option<&Path>,
        source: Option<&Path>,
        context: &Context,
    ) -> Result<Self> {
        let here = || Description::nearest(&std::env::current_dir().ok()?);
        let file = package.map(Path::to_owned).or_else(here);
        let document = file.map(|file| context.all(Description::load(&file))).transpose()?;
        let source = match (source, &document) {
            (Some(source), _) => Some(source.to_owned()),
            (None, Some(document)) => {
                let source = document.folder().join(&document.description.source);
                source.is_dir().then_some(source)
            }
            (None, None) => None,
        };
        let workspace = match source {
            Some(source) => Some(Workspace::of(folder::on_disk(&source)?.entries.keys())),
            None => None,
        };
        Ok(Self { workspace, document, project: None })
    }

    /// The distribution that package.yaml describes. The workspace belongs to it and to no other.
    pub(super) fn distribution(&self) -> Option<String> {
        self.document.as_ref().map(|document| normalize(&document.description.distribution))
    }
}

/// The package that package.yaml describes, assembled in memory.
pub(super) fn of_project(
    project: Project,
    version: &str,
    context: &Context,
) -> Result<(Vec<Opened>, Around)> {
    let metadata = project.metadata(version)?;
    let AsFarAsPossible { files, unmade } =
        context.all(project.tree().assemble_as_far_as_possible())?;
    let entry_points = metadata.entry_points();
    let name = project.document.description.distribution.clone();
    let tree = Distribution::of_tree(&name, files, &metadata.core(), entry_points.as_deref());
    let origin = project.document.file.display().to_string();
    let mut opened = Opened::new(name.clone(), origin, Ok(tree));
    opened.names.push(normalize(&name));
    opened.drift = rules::of_project(&project);
    opened.unmade = unmade;
    let workspace = Some(Workspace::of(project.source.entries.keys()));
    let document = Some(project.document.clone());
    Ok((vec![opened], Around { workspace, document, project: Some(project) }))
}

/// Opens the named distributions. One that cannot be opened does not stop the others.
fn open_all(named: &[PathBuf]) -> Result<Vec<Opened>> {
    let mut paths = Vec::new();
    for named in named {
        if named.is_dir() {
            let found = distribution::in_folder(named)?;
            if found.is_empty() {
                return Err(Error::usage("this folder has no wheel and no sdist")
                    .in_file(named)
                    .hint("`shipshape package build` creates them"));
            }
            paths.extend(found);
        } else {
            options::present(named, "distribution")?;
            paths.push(named.clone());
        }
    }
    Ok(paths.par_iter().map(|path| open(path)).collect())
}

pub(super) fn open(path: &Path) -> Opened {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let origin = path.display().to_string();
    Opened::new(name.unwrap_or_else(|| origin.clone()), origin, distribution::open(path))
}

fn provided(folder: &Path) -> Result<Provided> {
    options::present(folder, "folder of wheels")?;
    let wheels = distribution::wheels_in_folder(folder)?;
    let read: Vec<Distribution> =
        wheels.par_iter().map(|path| distribution::open(path)).collect::<Result<_>>()?;
    let mut provided = Provided::default();
    read.iter().for_each(|wheel| provided.add(wheel));
    Ok(provided)
}

fn tell_duplicates(opened: &[Opened], repositories: &mut [RepositoryReport]) {
    let sound: Vec<(usize, &Distribution)> = opened
        .iter()
        .enumerate()
        .filter_map(|(index, opened)| Some((index, opened.distribution.as_ref().ok()?)))
        .collect();
    let distributions: Vec<&Distribution> =
        sound.iter().map(|(_, distribution)| *distribution).collect();
    for (index, finding) in rules::of_release(&distributions) {
        let index = sound.get(index).map(|(index, _)| *index);
        if let Some(repository) = index.and_then(|index| repositories.get_mut(index)) {
            repository.findings.push(finding);
        }
    }
}

/// Marks findings that are waived in the file that package.yaml names.
pub(super) fn waive(
    context: &Context,
    around: &Around,
    opened: &[Opened],
    repositories: &mut [RepositoryReport],
) -> Result<Vec<Finding>> {
    let Some(document) = &around.document else { return Ok(Vec::new()) };
    let named = &document.description.waivers;
    let file = document.folder().join(named);
    // A waiver may spell the name as package.yaml does.
    let own = around.distribution();
    let spelled = &document.description.distribution;
    let names = opened.iter().map(|opened| {
        let is_own = own.as_ref().is_some_and(|own| opened.names.contains(own));
        opened.names.iter().cloned().chain(is_own.then(|| spelled.clone())).collect()
    });
    let mut subjects: Vec<_> = names.zip(repositories.iter_mut()).collect();
    decisions::apply_file(context, &file, named, &mut subjects)
}

/// The next commands.
fn next(repositories: &[RepositoryReport]) -> Vec<String> {
    let findings = repositories.iter().flat_map(|repository| &repository.findings);
    let open = findings.filter(|finding| finding.waived.is_none());
    let gravest = open.max_by_key(|finding| finding.severity);
    match gravest.filter(|finding| finding.severity > Severity::Info) {
        Some(finding) => vec![format!("shipshape explain {}", finding.rule.id)],
        None => Vec::new(),
    }
}
