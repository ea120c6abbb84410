//! `shipshape pin --check`: which members ask for which version.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use clap::{Args, ValueEnum};
use pep440_rs::Version;

use super::{Arguments, version};
use crate::campaign::changes::{Place, places, unread};
use crate::campaign::version_spread::{Asked, Spread};
use crate::checks::Repository;
use crate::checks::repository::Identity;
use crate::cli::shared::columns;
use crate::cli::shared::next::{self, Step};
use crate::cli::shared::observing::{self, Rounds};
use crate::cli::shared::options::Form;
use crate::cli::shared::targets::{self, Named};
use crate::cli::{Context, Exit, counted, json_text};
use crate::drift::Judgement;
use crate::drift::survey::{self, Target};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::fleet::manifest::ShapeRepository;
use crate::forge::WriteScope;
use crate::package::version::read;
use crate::source::secrets::masked;

/// The most members that are named per row.
const NAMES: usize = 6;

/// Options of the report.
#[derive(Clone, Debug, Args)]
pub(super) struct Options {
    /// Report which members require which version, and change nothing. Every place that `pin VERSION` edits is compared;
    /// whether the version breaks a member is only checked without --check.
    #[arg(long, help_heading = "Report", conflicts_with_all = ["uses", "image"])]
    pub(super) check: bool,

    /// Repositories on this machine, instead of the fleet on its forge.
    #[arg(long, value_name = "DIR", num_args = 1.., requires = "check", help_heading = "Report")]
    local: Vec<PathBuf>,

    /// The output format.
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        requires = "check",
        help_heading = "Report"
    )]
    format: Form,

    /// What makes the exit code 1.
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "WHAT",
        requires = "check",
        help_heading = "Report"
    )]
    fail_on: FailOn,
}

/// What makes the exit code 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Members that require different versions, or whose requirements exclude the latest version.
    #[default]
    Any,
    /// Members that require different versions.
    Spread,
    /// Members whose requirements exclude the latest version.
    Behind,
    /// Nothing. The index is then read only for `latest`.
    Never,
}

/// What members ask for, or why that cannot be read.
type Seen = BTreeMap<Key, std::result::Result<Vec<Place>, String>>;

/// Identifies a member: members of one repository differ in their slugs, and members of two kinds may share a slug.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    name: String,
    slug: String,
}

impl Key {
    fn of(identity: &Identity) -> Self {
        Self { name: identity.name.clone(), slug: identity.slug.clone() }
    }
}

/// A member that was examined.
struct Looked {
    key: Key,
    /// The name in reports.
    label: String,
    /// Why it could not be read.
    error: Option<String>,
}

pub(super) fn run(
    arguments: &Arguments,
    context: &Context,
    wanted: Option<&str>,
    terms: &[String],
) -> Result<Exit> {
    let options = &arguments.check;
    let fleet = context.fleet(options.local.first().map(PathBuf::as_path))?;
    let (distribution, is_runtime) = arguments.distribution(fleet.as_ref())?;
    let latest = latest(arguments, context, (fleet.as_ref(), &distribution), wanted)?;
    let seen: Mutex<Seen> = Mutex::default();
    let judge = |repository: &Repository<'_>| {
        let found = match unread(repository) {
            Some((path, why)) => Err(format!("`{path}` {why}")),
            None => Ok(places(repository, &distribution, is_runtime)),
        };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(Key::of(repository.identity), found);
        Judgement::default()
    };
    let reports = if options.local.is_empty() {
        let fleet = super::fleet(context)?;
        let (members, _) = arguments.members(context, &fleet, terms)?;
        let session = arguments.how.forge.session(context, Some(&fleet), WriteScope::none())?;
        let owner = &fleet.manifest.forge.owner;
        let remote = |shape: &ShapeRepository| observing::remote_pack(&session, owner, shape);
        let targets = targets::of_members(context, &fleet, &members, &Named::default(), &remote)?;
        let mut rounds = Rounds::read(context, &session, &targets)?;
        let reports = rounds.judge(context, &session, &judge)?;
        errors(&targets, reports.iter().map(|report| report.error.as_deref()))
    } else {
        if !terms.is_empty() || arguments.targets.is_some() {
            return Err(Error::usage("members are selected from the fleet, but these are folders")
                .hint("name the intended folders: `--local repos/a repos/b`"));
        }
        let named = Named { paths: &options.local, ..Named::default() };
        let targets = targets::resolve(context, &named)?.targets;
        let observed = survey::observe(&targets, &|| ());
        let observed: Vec<_> = observed.iter().collect();
        let reports = survey::judge_all(&observed, &judge, &|| ());
        errors(&targets, reports.iter().map(|report| report.error.as_deref()))
    };
    let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut spread = Spread::of(&distribution, latest.as_ref());
    for Looked { key, label, error } in reports {
        match (error, seen.get(&key)) {
            (None, Some(Ok(places))) => spread.add(&label, places, latest.as_ref()),
            (None, Some(Err(why))) => {
                spread.unread.insert(label, masked(why).into_owned());
            }
            (Some(why), _) => {
                spread.unread.insert(label, masked(&why).into_owned());
            }
            (None, None) => {}
        }
    }
    context.terminal.output(&match options.format {
        Form::Human => human(&spread, context.terminal.columns()),
        Form::Json => json_text(&spread)?,
    })?;
    tell_next(context, &spread, &arguments.selection(terms));
    Ok(ending(&spread, options.fail_on))
}

/// Each target, with why it could not be read.
fn errors<'e>(targets: &[Target], errors: impl Iterator<Item = Option<&'e str>>) -> Vec<Looked> {
    let looked = |(target, error): (&Target, Option<&str>)| Looked {
        key: Key::of(&target.identity),
        label: target.label.clone(),
        error: error.map(str::to_owned),
    };
    targets.iter().zip(errors).map(looked).collect()
}

/// The version that pins are compared with.
fn latest(
    arguments: &Arguments,
    context: &Context,
    (fleet, distribution): (Option<&Fleet>, &str),
    wanted: Option<&str>,
) -> Result<Option<Version>> {
    match wanted {
        Some(named) if named != version::LATEST => read(named).map(Some),
        None if matches!(arguments.check.fail_on, FailOn::Never | FailOn::Spread) => Ok(None),
        _ => {
            let index = arguments.index(context, fleet, distribution)?;
            let project = index.project(distribution).map_err(|error| {
                error.hint("without an index: `--fail-on spread`, or name the version yourself")
            })?;
            let latest = project.latest(arguments.pre);
            if latest.is_none() {
                let withdrawn = version::withdrawn(&project);
                let why = match withdrawn.is_empty() {
                    true => "the index offers no final version".to_owned(),
                    false => format!("every final version was withdrawn: {}", withdrawn.join(", ")),
                };
                context.terminal.note(&visible_line(&format!("compared with no version: {why}")));
            }
            Ok(latest)
        }
    }
}

fn human(spread: &Spread, columns: Option<usize>) -> String {
    let latest =
        spread.latest.as_ref().map(|latest| format!(", requirements compared with {latest}"));
    let mut text = format!("{}{}\n\n", spread.distribution, latest.unwrap_or_default());
    let heads = ["ASKS FOR", "STYLE", "PLACES", "WHO"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(spread.pins.iter().map(row));
    if !spread.pins.is_empty() {
        text.push_str(&columns::fitted(&rows, columns));
    }
    for unset in &spread.unset {
        let at = &unset.at;
        let line = format!("{} {}:{} {}", at.member, at.path, at.line, unset.why);
        text.push_str(&format!("not set: {}\n", visible_line(&masked(&line))));
    }
    if !spread.without.is_empty() {
        text.push_str(&format!("without it: {}\n", visible_line(&spread.without.join(", "))));
    }
    for (member, why) in &spread.unread {
        text.push_str(&format!("unread: {}\n", visible_line(&format!("{member}: {why}"))));
    }
    text
}

fn row(asked: &Asked) -> Vec<String> {
    let asks = if asked.asks.is_empty() { "any" } else { &asked.asks };
    let mut members: Vec<&str> = Vec::new();
    for place in &asked.places {
        if !members.contains(&place.member.as_str()) {
            members.push(&place.member);
        }
    }
    let mut who = members.iter().take(NAMES).copied().collect::<Vec<_>>().join(", ");
    if members.len() > NAMES {
        who.push_str(&format!(" and {} more", members.len() - NAMES));
    }
    let style = match asked.admits_latest {
        Some(false) => format!("{}, behind", asked.style),
        _ => asked.style.to_owned(),
    };
    vec![visible_line(asks), style, asked.places.len().to_string(), visible_line(&who)]
}

fn tell_next(context: &Context, spread: &Spread, selection: &str) {
    if spread.differs() || spread.is_behind() {
        let ways = counted(spread.pins.len(), "way");
        let version = spread.latest.as_deref().unwrap_or(version::LATEST);
        let pin = format!("shipshape pin {version}{selection} --dry-run");
        next::note(context, [Step::because(pin, format!("{ways} to ask"))]);
    }
}

fn ending(spread: &Spread, fail_on: FailOn) -> Exit {
    let found = match fail_on {
        FailOn::Any => spread.differs() || spread.is_behind(),
        FailOn::Spread => spread.differs(),
        FailOn::Behind => spread.is_behind(),
        FailOn::Never => false,
    };
    let exit = if found { Exit::Findings } else { Exit::Clean };
    exit.worse(if spread.unread.is_empty() { Exit::Clean } else { Exit::Unchecked })
}
