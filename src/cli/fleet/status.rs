//! `shipshape fleet status`: a table with the status of every member.

mod table;
mod unread;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use clap::{Args, ValueEnum};

use crate::campaign::changes::{places, unread};
use crate::campaign::version_spread::Spread;
use crate::checks::{Finding, Repository, Severity};
use crate::cli::shared::forge::{ForgeOptions, Session};
use crate::cli::shared::next::quoted;
use crate::cli::shared::observing::{self, MembersOnForge, Source};
use crate::cli::shared::options::Form;
use crate::cli::shared::options::SubjectOptions;
use crate::cli::shared::targets::Targets;
use crate::cli::shared::{decisions, registry};
use crate::cli::{Context, Exit, json_text};
use crate::counted::counted;
use crate::drift::survey::{Origin, Target};
use crate::drift::worst::Need;
use crate::drift::{RepositoryVerdict, Settings, judge};
use crate::edge::concurrent::together;
use crate::edge::network::Limits;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member, RepositoryName};
use crate::forge::UNREADABLE;
use crate::forge::calls::actions::Runs;
use crate::registry::Reference;
use crate::source::secrets::masked;
use crate::status::{self, Denied, Row, Status, Unread};
use unread::Causes;

/// Show the status of every member: owner, pin, image, drift, open pull requests, last run.
///
/// Everything is read from the forge and the image registry, without a clone. What could not be read is named
/// and never green, and the exit code is then 3. --rerun-failed re-runs the failed jobs of each default
/// branch's latest run, if it failed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape fleet status
  shipshape fleet status hermes crewai --no-images
  shipshape fleet status --no-images --no-runs      # thousands of members, some hundred requests
  shipshape fleet status --sort drift               # the worst first
  shipshape fleet status --rerun-failed
  shipshape fleet status --format json | jq '.members[] | select(.drift != \"conformant\").name'")]
pub(crate) struct Arguments {
    /// Members, by slug, alias or repository (default: all).
    #[arg(value_name = "MEMBER")]
    members: Vec<String>,

    /// Re-run the failed jobs of each default branch's latest run, if it failed.
    #[arg(long)]
    rerun_failed: bool,

    /// Do not read the image registry.
    #[arg(long)]
    no_images: bool,

    /// Do not read workflow runs, which take one request per member; GitHub allows 5,000 an hour.
    #[arg(long, conflicts_with = "rerun_failed")]
    no_runs: bool,

    /// The order of the members.
    #[arg(long, value_enum, default_value_t, value_name = "KEY")]
    sort: Order,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,

    #[command(flatten)]
    subject: SubjectOptions,

    #[command(flatten)]
    forge: ForgeOptions,
}

/// An order of members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Order {
    /// By name.
    #[default]
    Name,
    /// The worst first: those that could not be judged, then by what is left for a person.
    Drift,
}

/// The number of repositories and images that are read concurrently.
const AT_ONCE: usize = 8;

/// Runs of a branch that are read: enough to include the newest one of every workflow.
const RUNS: usize = 50;

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let members =
        MembersOnForge { names: &arguments.members, here: None, subject: &arguments.subject };
    let (targets, mut source) = observing::on_forge(context, &arguments.forge, &members)?;
    let fleet = targets.fleet.as_ref().ok_or_else(|| Error::failed("there is no fleet"))?;
    let mut rows = judged(context, &targets, &mut source)?;
    let Source::Forge(session) = &source else {
        return Err(Error::failed("the fleet was not read from the forge"));
    };
    let asked = ask_forge(context, session, &targets, arguments.no_runs, &mut rows);
    let causes = match arguments.no_images {
        true => Causes::new(),
        false => ask_registry(context, session, fleet, &targets, &mut rows),
    };
    if arguments.sort == Order::Drift {
        // The sort is stable: equals stay in the order of their names.
        rows.sort_by_key(|row| Reverse((row.need.is_none(), row.need)));
    }
    let status =
        Status { schema: status::SCHEMA, generated_at: context.clock.rfc3339(), members: rows };
    let mut next = String::new();
    let text = match arguments.format {
        Form::Human => {
            let fleet = context.fleet_file.as_ref().map(|file| quoted(&file.to_string_lossy()));
            let fleet = fleet.map(|file| format!(" --fleet {file}")).unwrap_or_default();
            next = table::next(&status, &fleet);
            table::render(&status, &context.terminal)
        }
        Form::Json => json_text(&status)?,
    };
    context.terminal.output(&text)?;
    let mut exit = unread::tell(context, &status, &causes);
    if !next.is_empty() {
        context.terminal.output(&next)?;
    }
    if arguments.rerun_failed {
        exit = exit.worse(rerun(arguments, session, fleet, &status, asked)?);
    }
    Ok(exit)
}

/// A row for each target, with its drift and its pin.
fn judged(context: &Context, targets: &Targets, source: &mut Source) -> Result<Vec<Row>> {
    let fleet = targets.fleet.as_ref();
    let package = fleet.and_then(|fleet| fleet.manifest.runtime_package.as_ref());
    let pins: Mutex<BTreeMap<(String, String), Pinned>> = Mutex::default();
    let settings = Settings::default();
    let judge_one = |repository: &Repository<'_>| {
        let identity = repository.identity;
        if let Some(package) = package {
            let pinned = pinned(repository, &package.distribution);
            let key = (identity.name.clone(), identity.slug.clone());
            // A repository may be judged several times as more of it is fetched; the last result counts.
            pins.lock().unwrap_or_else(PoisonError::into_inner).insert(key, pinned);
        }
        judge::judge(repository, &settings)
    };
    let mut reports = source.judge(context, &targets.targets, &judge_one)?;
    let judged: Vec<&Target> = targets.targets.iter().collect();
    decisions::apply(context, fleet, &judged, &mut reports)?;
    reports.iter_mut().for_each(judge::settle);
    let mut pins = pins.into_inner().unwrap_or_else(PoisonError::into_inner);
    let is_retired = |target: &Target| {
        let member = fleet.and_then(|fleet| member_of(fleet, target));
        member.is_some_and(|member| member.retired.is_some())
    };
    let row = |(target, report): (&Target, crate::drift::model::RepositoryReport)| {
        let key = (target.identity.name.clone(), target.identity.slug.clone());
        let need = Need::of(&report);
        let mut row = Row {
            name: report.name,
            repository: report.origin,
            owner: report.owner,
            is_archived: report.is_archived,
            is_retired: is_retired(target),
            drift: Some(report.verdict),
            findings: report.findings.iter().filter(|it| is_work(it)).count(),
            need,
            ..Row::default()
        };
        match pins.remove(&key) {
            Some(Ok(pin)) => row.pin = pin,
            Some(Err(why)) => row.unread.push(Unread::Thing(format!("the pin: {why}"))),
            None => {}
        }
        match report.error {
            Some(error) => {
                row.denied = error.starts_with(UNREADABLE).then_some(Denied::Hidden);
                row.unread.push(Unread::Sentence(error));
            }
            None if report.verdict == RepositoryVerdict::Unchecked => {
                row.unread.push(Unread::Sentence(undecided(&report.findings)));
            }
            None => {}
        }
        row
    };
    Ok(targets.targets.iter().zip(reports).map(row).collect())
}

/// Whether a finding needs work; `info` findings do not.
fn is_work(finding: &Finding) -> bool {
    finding.waived.is_none() && (finding.unchecked || finding.severity >= Severity::Warning)
}

/// Which rules could not be decided, and how often.
fn undecided(findings: &[Finding]) -> String {
    let open = findings.iter().filter(|it| it.unchecked && it.waived.is_none());
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    open.for_each(|finding| *rules.entry(finding.rule.id).or_default() += 1);
    let rules: Vec<String> = rules
        .into_iter()
        .map(|(rule, count)| format!("`{rule}` in {}", counted(count, "place")))
        .collect();
    format!("not decided: {}; `shipshape drift` shows where", rules.join(", "))
}

/// The requirement of a repository for the runtime package in one line, or why it cannot be read.
type Pinned = std::result::Result<Option<String>, String>;

/// The requirement, from the same places that `pin` sets.
fn pinned(repository: &Repository<'_>, distribution: &str) -> Pinned {
    if let Some((path, why)) = unread(repository) {
        return Err(masked(&format!("`{path}` {why}")).into_owned());
    }
    let mut spread = Spread::of(distribution, None);
    spread.add(&repository.identity.slug, &places(repository, distribution, true), None);
    Ok(spread.in_words())
}

fn name_of(target: &Target) -> RepositoryName {
    match &target.origin {
        Origin::Forge(name) => name.clone(),
        Origin::Local(_) => RepositoryName::default(),
    }
}

/// The number of members whose runs were read.
#[derive(Clone, Copy)]
struct RunsRead(usize);

/// What is known of a member's default branch.
enum Branch {
    /// Its name; `None` for an empty repository.
    Known(Option<String>),
    /// The token may not read pull requests, with which it is read. By itself it needs no permission.
    AskApart,
    /// It could not be read.
    Unknown,
}

/// Reads open pull requests and, unless `quick`, the workflow runs on default branches.
fn ask_forge(
    context: &Context,
    session: &Session,
    targets: &Targets,
    quick: bool,
    rows: &mut [Row],
) -> RunsRead {
    let names: Vec<RepositoryName> = targets.targets.iter().map(name_of).collect();
    let client = session.client();
    let standing = session.run(client.standing(&names));
    let mut branches = Vec::with_capacity(names.len());
    for (row, standing) in rows.iter_mut().zip(standing) {
        match standing {
            Ok(standing) => {
                row.open_pulls = Some(standing.open_pulls);
                branches.push(Branch::Known(standing.default_branch));
            }
            Err(error) => {
                let branch = match error.of_permission() {
                    Some(_) => Branch::AskApart,
                    None => Branch::Unknown,
                };
                // Without the name of the default branch, its runs cannot be requested.
                let what = match (quick, &branch) {
                    (false, Branch::Unknown) => "open pull requests and workflow runs",
                    _ => "open pull requests",
                };
                row.not_read(what, &error);
                branches.push(branch);
            }
        }
    }
    if quick {
        return RunsRead(0);
    }
    let bar = context.terminal.progress(names.len(), "asking for runs");
    let places: Vec<_> = names.into_iter().zip(branches).collect();
    let asked = together(AT_ONCE, places, |(name, branch)| {
        let (client, bar) = (client.clone(), bar.clone());
        async move {
            let branch = match branch {
                Branch::Known(branch) => Some(Ok(branch)),
                Branch::AskApart => {
                    let asked = client.repository(&name).await;
                    Some(asked.map(|it| Some(it.default_branch).filter(|name| !name.is_empty())))
                }
                Branch::Unknown => None,
            };
            let runs = match branch {
                Some(Ok(Some(branch))) => {
                    let of_branch = Runs { branch: Some(&branch), ..Runs::newest(RUNS) };
                    Some(client.runs(&name, &of_branch).await)
                }
                Some(Ok(None)) => Some(Ok(Vec::new())),
                Some(Err(error)) => Some(Err(error)),
                // Already reported.
                None => None,
            };
            bar.inc(1);
            runs
        }
    });
    let answered = session.run(asked);
    bar.finish_and_clear();
    let mut read = 0;
    for (row, runs) in rows.iter_mut().zip(answered) {
        match runs {
            Some(Some(Ok(runs))) => {
                row.ran(&runs);
                read += 1;
            }
            Some(Some(Err(error))) => row.not_read("workflow runs", &error),
            Some(None) => {}
            None => {
                row.unread.push(Unread::Sentence("workflow runs were not requested".to_owned()))
            }
        }
    }
    RunsRead(read)
}

/// The member that a target is.
fn member_of<'f>(fleet: &'f Fleet, target: &Target) -> Option<&'f Member> {
    let name = name_of(target);
    let is_it = |it: &&Member| it.repository.same(&name) && it.slug == target.identity.slug;
    fleet.members.iter().find(is_it)
}

fn ask_registry(
    context: &Context,
    session: &Session,
    fleet: &Fleet,
    targets: &Targets,
    rows: &mut [Row],
) -> Causes {
    let image_of = |target: &Target| fleet.tagged_image(member_of(fleet, target)?);
    let images: Vec<Option<String>> = targets.targets.iter().map(image_of).collect();
    let registry = registry::of_fleet(context, fleet, Limits::default());
    let bar = context.terminal.progress(images.iter().flatten().count(), "asking for images");
    let asked = together(AT_ONCE, images.clone(), |image| {
        let (registry, bar) = (registry.clone(), bar.clone());
        async move {
            let reference = Reference::parse(&image?).map_err(|error| error.to_string());
            let answered = match reference {
                Ok(reference) => Ok(registry.image(&reference).await),
                Err(why) => Err(why),
            };
            bar.inc(1);
            Some(answered)
        }
    });
    let answered = session.run(asked);
    bar.finish_and_clear();
    let mut causes = Causes::new();
    for ((row, image), answer) in rows.iter_mut().zip(images).zip(answered) {
        let Some(image) = image else { continue };
        match answer.flatten() {
            Some(Ok(answered)) => {
                let cause = answered.as_ref().err().map(|it| unread::cause(&image, &it.why));
                let before = row.unread.len();
                row.has_image(image, answered);
                let said = row.unread.iter().skip(before).map(|it| it.text().to_owned());
                causes.extend(said.zip(cause));
            }
            Some(Err(why)) => row.unread.push(Unread::Sentence(why)),
            None => {
                let line = format!("the image `{image}` was not requested");
                row.unread.push(Unread::Sentence(line));
            }
        }
    }
    causes
}

/// Runs the failed jobs again, one repository after the other.
fn rerun(
    arguments: &Arguments,
    reading: &Session,
    fleet: &Fleet,
    status: &Status,
    RunsRead(read): RunsRead,
) -> Result<Exit> {
    let context = &reading.context;
    let owner = &fleet.manifest.forge.owner;
    let failed: Vec<(RepositoryName, &status::RunStanding)> = status
        .members
        .iter()
        .filter_map(|row| Some((RepositoryName::parse(&row.repository, owner)?, row)))
        .flat_map(|(name, row)| row.failed_runs.iter().map(move |run| (name.clone(), run)))
        .collect();
    if failed.is_empty() {
        let all = status.members.len();
        let said = match read {
            _ if read == all => "no latest run of a workflow failed".to_owned(),
            0 => "no workflow run could be read: nothing is re-run".to_owned(),
            _ => format!(
                "no latest run of a workflow failed in the {read} of {} whose runs could be read",
                counted(all, "member")
            ),
        };
        context.terminal.note(&said);
        return Ok(Exit::Clean);
    }
    let writes = arguments.forge.writes(failed.iter().map(|(name, _)| name));
    let mut session = arguments.forge.session(context, Some(fleet), writes)?;
    reading.tell_for(&mut session);
    let mut exit = Exit::Clean;
    for (name, run) in failed {
        match session.run(session.client().rerun_failed(&name, run.id)) {
            Ok(()) => {
                let line = format!("{name}: re-running the failed jobs of {}", run.workflow);
                context.terminal.note(&visible_line(&line));
            }
            Err(error) => {
                let failed = Error::from(error)
                    .within(format!("cannot re-run {} of `{name}`", run.workflow));
                context.terminal.error(&failed.hint(format!("see {}", run.page)));
                exit = Exit::Unchecked;
            }
        }
    }
    Ok(exit)
}
