//! `shipshape demo`: creates a fleet with real kinds of drift, and judges it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

mod campaign;
mod containers;
mod forge;
mod person;
mod release;
mod runtime;

use self::forge::Failures;
use crate::cli::shared::interruption::LastWords;
use crate::cli::shared::next::{self, Step};
use crate::cli::shared::options::{FailOn, ReportOptions};
use crate::cli::shared::targets::{self, Named, Targets};
use crate::cli::shared::{decisions, judging, past_runs, registrations};
use crate::cli::{Context, Exit};
use crate::demo::{self, Demo, PREFIX, REPOSITORIES, RUNTIME, WAIVED};
use crate::edge::private_files::temporary_folder;
use crate::edge::terminal::visible;
use crate::error::{Error, Result};
use crate::fleet::Date;
use crate::fleet::waivers::edit;
use crate::report::Format;

/// Show the whole story with a fleet of eight: drift, a campaign, and a release.
///
/// The fleet is created in a temporary folder that is kept: repositories with a history, a shape pack,
/// fleet.yaml, waivers, and the results of past runs. A sandbox forge on this machine then hosts it, to show
/// drift without clones, a new member, a campaign, and a release of the package that all members run on, from
/// its commit to their images. It takes less than a minute, and needs no account and no network. One scene
/// needs Python, and is skipped without it. Nothing outside the folder is changed, with one exception: if a
/// container engine is running, two containers named shipshape-demo-… are created there, never started, and
/// removed again with their images.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape demo                 in a folder of its own
  shipshape demo --into fleet/   in a new or empty folder")]
pub(crate) struct Arguments {
    /// The folder to create the fleet in, new or empty.
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let folder = make(arguments.into.as_deref(), Date(context.clock.today()))?;
    // Kept until the end: what a command of the demo would print on Ctrl-C is no longer true once the demo's forge has
    // ended.
    let _last_words = LastWords::listening(&visible(&format!(
        "Cut off. What was made so far stays in {}.\nStart again in another folder: {} demo --into FOLDER",
        folder.display(),
        program()
    )));
    let failures = Failures::default();
    let context = Context {
        clock: context.clock,
        terminal: context.terminal.clone(),
        environment: context.environment.clone(),
        given: context.given.clone(),
        is_part: false,
        open_key_is_said: Arc::default(),
        foreign_cache_is_said: Arc::default(),
        noted: Arc::default(),
        fleet_file: Some(folder.join("fleet.yaml")),
        source_date_epoch: None,
    };
    waive(&context, &folder)?;
    let paths = repositories(&folder)?;
    let targets = resolve(&context, &paths)?;
    let page = options(Format::Html, Some(folder.join("report.html")));
    let request = judging::Request::new("demo", &page);
    let mut report = judging::judge_targets(&context, &targets, &request)?;
    if let Some(fleet) = &targets.fleet {
        let found = registrations::all(registrations::judge(fleet, &[]));
        report.fleet_findings.extend(decisions::with_rules(&context, fleet, found));
    }
    past_runs::tell_trend(&context, &targets, &mut report, false)?;
    let steps = steps(&folder);
    report.next = steps.iter().map(|step| step.what.clone()).collect();
    judging::show(&context, &report, &page)?;
    judging::show(&context, &report, &options(Format::Json, Some(folder.join("report.json"))))?;
    report.next.clear();
    let exit = judging::show(&context, &report, &options(Format::Human, None))?;
    runtime::tell(&context, &folder, &paths, &failures)?;
    let stage = forge::Stage::open(&context, &folder, &paths, &failures)?;
    forge::tell(&stage)?;
    campaign::tell(&stage)?;
    let (stage, journal) = release::tell(stage)?;
    stage.forge.stop();
    forge::keep_newcomer(&folder)?;
    let steps = [steps, of_release(&folder, &journal)].concat();
    context.terminal.output(&closing(&folder, exit, steps))?;
    let failed = failures.commands();
    if failed.is_empty() {
        return Ok(Exit::Clean);
    }
    let commands: Vec<String> = failed.iter().map(|it| format!("`shipshape {it}`")).collect();
    Err(Error::failed(format!(
        "the demo could not show everything: {} failed",
        commands.join(", ")
    ))
    .hint("each says above why; what was created is complete without them"))
}

/// Creates the fleet. Returns its folder.
fn make(into: Option<&Path>, today: Date) -> Result<PathBuf> {
    let demo = Demo::new(today)?;
    let Some(folder) = into else {
        let temporary = temporary_folder("shipshape-demo-");
        let temporary = temporary.map_err(|error| {
            Error::failed("cannot make a temporary folder")
                .caused_by(error)
                .hint("name a folder: `shipshape demo --into FOLDER`")
        })?;
        demo::write(&demo, temporary.path())?;
        return absolute(&temporary.keep());
    };
    let failed = |error: std::io::Error| {
        Error::failed("cannot use this folder").in_file(folder).caused_by(error)
    };
    if folder.exists() {
        let mut entries = std::fs::read_dir(folder).map_err(failed)?;
        if entries.next().is_some() {
            return Err(Error::usage("the folder is not empty")
                .in_file(folder)
                .hint("name a new one: a demo overwrites nothing"));
        }
    }
    std::fs::create_dir_all(folder).map_err(failed)?;
    demo::write(&demo, folder)?;
    absolute(folder)
}

fn absolute(folder: &Path) -> Result<PathBuf> {
    folder
        .canonicalize()
        .map_err(|error| Error::failed("cannot read this folder").in_file(folder).caused_by(error))
}

/// All repositories of the fleet, as a shell would expand `repositories/*`.
fn repositories(folder: &Path) -> Result<Vec<PathBuf>> {
    let folder = folder.join(REPOSITORIES);
    let read = std::fs::read_dir(&folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut paths: Vec<PathBuf> = read.map_err(|error| {
        Error::failed("cannot read this folder").in_file(&folder).caused_by(error)
    })?;
    paths.sort();
    Ok(paths)
}

fn resolve(context: &Context, paths: &[PathBuf]) -> Result<Targets> {
    targets::resolve(context, &Named { paths, ..Named::default() })
}

/// Records the waiver of the fleet's owners. Waivers are bound to findings, so the repository is judged first.
fn waive(context: &Context, folder: &Path) -> Result<()> {
    let path = folder.join(REPOSITORIES).join(format!("{PREFIX}{WAIVED}"));
    let targets = resolve(context, &[path])?;
    let report = judging::judge_targets(context, &targets, &judging::Request::plain("demo"))?;
    let repositories = report.repositories.iter();
    let finding = repositories
        .flat_map(|repository| {
            repository.findings.iter().map(|finding| (&repository.name, finding))
        })
        .find(|(_, finding)| finding.rule.id == demo::WAIVED_RULE);
    let Some((name, finding)) = finding else { return Ok(()) };
    let file = folder.join("waivers.yaml");
    let waiver = demo::waiver(name, finding, Date(context.clock.today()));
    let bytes = context.all(edit::append(&file, None, &waiver, &[]))?;
    crate::edge::whole_file::replace(&file, &bytes)
}

fn options(format: Format, output: Option<PathBuf>) -> ReportOptions {
    ReportOptions { format, output, also: Vec::new(), fail_on: FailOn::default() }
}

/// Commands to try, and what they show.
fn steps(folder: &Path) -> Vec<Step> {
    let program = program();
    let fleet = format!("--fleet {}", quoted(&folder.join("fleet.yaml")));
    let member = |slug: &str| quoted(&folder.join(REPOSITORIES).join(format!("{PREFIX}{slug}")));
    let all = quoted(&folder.join(REPOSITORIES));
    let step = |shows: &str, command: String| Step::because(format!("{program} {command}"), shows);
    vec![
        step(
            "the fleet again; exits with 3, since one repository cannot be read",
            format!("drift {fleet} --local {all}/*"),
        ),
        step(
            "one repository, as its CI would see it; exits with 1",
            format!("validate {fleet} {}", member("crewai")),
        ),
        step(
            "what is stale, brought up to date; only shows it",
            format!("fix --diff {fleet} {}", member("deepagents")),
        ),
        step(
            "what is wrong with the package that they run on; exits with 1",
            format!(
                "package check --package {}",
                quoted(&folder.join(RUNTIME).join("package.yaml"))
            ),
        ),
        step("what a rule requires, and why", "explain adapter-name".to_owned()),
        step(
            "a difference that its owner accepts, until it changes or until a day",
            format!(
                "waive {fleet} {} --rule path-missing --path .gitattributes --reason 'no scripts in it' --owner @acme/platform",
                member("gemini-cli")
            ),
        ),
    ]
}

/// Commands about the release that work after its forge has ended.
fn of_release(folder: &Path, journal: &Path) -> Vec<Step> {
    let fleet = quoted(&folder.join(crate::demo::release::FILE));
    let step =
        |shows: &str, command: String| Step::because(format!("{} {command}", program()), shows);
    vec![
        step(
            "the release, stage by stage, as it is remembered",
            format!("release status --fleet {fleet} --state {}", quoted(journal)),
        ),
        step(
            "the GitHub Actions workflows that do the same for every merged change",
            format!(
                "release workflows --fleet {fleet} --into {} --install 'cargo install --git URL shipshape'",
                quoted(&folder.join(demo::MONOREPO))
            ),
        ),
    ]
}

/// This program as it was called: by its name if that was sufficient, else by its path.
fn program() -> String {
    let called = std::env::args_os().next().map(PathBuf::from);
    let called = called.filter(|path| path.components().count() > 1);
    called.map_or_else(|| "shipshape".to_owned(), |path| quoted(&path))
}

fn quoted(path: &Path) -> String {
    next::quoted(&path.to_string_lossy())
}

fn closing(folder: &Path, exit: Exit, steps: Vec<Step>) -> String {
    let ending = match exit {
        Exit::Clean => "`drift` would exit with 0: there is nothing to report.",
        Exit::Findings => "`drift` would exit with 1: there is something to repair.",
        Exit::Unchecked => "`drift` would exit with 3: what could not be checked is never green.",
    };
    let (place, seed, campaign) = (folder.display(), forge::SEED, campaign::FILE);
    let release = crate::demo::release::FILE;
    let [served, exports, fleet] =
        [seed, "sandbox.env", "fleet.yaml"].map(|name| quoted(&folder.join(name)));
    let program = program();
    let mut text = format!(
        "\n{ending}\n\nThe fleet stays in {place}\n  report.html    the same report as a page, with every \
        difference\n  report.json    and for programs\n  {seed}     what its forge has\n  {campaign}  the change \
        for all, and its plan\n  {release}   the same fleet, as its releases see it\n\nIts forge again, in one \
        terminal:\n  {program} sandbox --seed {served} --clock virtual --exports {exports}\nand in another, \
        where every command that uses a forge can be tried:\n  . {exports}\n  {program} new ollama --fleet \
        {fleet}\n\n"
    );
    text.pop();
    text + &next::text(steps)
}
