//! `shipshape release consumers`: what actually runs, where fleet.yaml says how to find out.

mod noted;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use clap::Args;
use pep440_rs::Version;

use super::{cascade, fleet, status};
use crate::cli::release::show::safe;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::index::{self, IndexOptions};
use crate::cli::shared::options::Form;
use crate::cli::shared::releases::Remembered;
use crate::cli::shared::{columns, registry};
use crate::cli::{Context, Exit, counted, json_text};
use crate::edge::network::{Limits, Listener};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member};
use crate::forge::WriteScope;
use crate::index::Availability;
use crate::package::version;
use crate::release::back::Back;
use crate::release::chain::{Returned, Run};
use crate::release::consumers::{Consumers, Ground, Request, Row, SCHEMA, State, look};
use crate::release::{Subject, freeze};

/// Show which image of each member is running, and how far it is behind the release.
///
/// The sources are those of `consumers` in fleet.yaml: a file, a URL, or a command, which is run only with
/// --trust. The digest or version that they report is compared with the release and with the digest of the
/// member's tag in the registry.
///
/// Exit codes: 1 when one is behind, or runs a version that was withdrawn or that members went back from; 2 when the
/// index does not know VERSION; 3 when one cannot be read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape release consumers                 compared with the newest version on the index
  shipshape release consumers 0.1.6           compared with this release
  shipshape release consumers --trust         also run the commands of fleet.yaml
  shipshape release consumers --format json   for a program")]
pub(super) struct Arguments {
    /// The release to compare with (default: the newest on the index).
    #[arg(value_name = "VERSION")]
    version: Option<String>,

    /// Run the commands of fleet.yaml. They see your home, but none of shipshape's tokens.
    #[arg(long)]
    trust: bool,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,

    #[command(flatten)]
    index: IndexOptions,

    #[command(flatten)]
    forge: ForgeOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let fleet = fleet(context)?;
    if fleet.manifest.consumers.is_empty() {
        return Err(Error::usage("fleet.yaml names no consumers")
            .in_file(&fleet.file)
            .hint("say where to ask what runs: `consumers: [{ name, runtime, file, key }]`"));
    }
    let wanted = arguments.version.as_deref().map(version::read).transpose()?;
    let OnIndex { newest, known, withdrawn } = on_index(&arguments.index, context, &fleet)?;
    must_be_known(&fleet, wanted.as_ref(), &known)?;
    let released = wanted.or(newest);
    let asked = Asked {
        fleet: &fleet,
        released: released.as_ref(),
        known: &known,
        withdrawn: &withdrawn,
        trust: arguments.trust,
        forge: &arguments.forge,
    };
    let document = Consumers {
        schema: SCHEMA,
        generated_at: context.clock.rfc3339(),
        released: released.as_ref().map(ToString::to_string),
        consumers: ask(context, &asked)?,
    };
    context.terminal.output(&match arguments.format {
        Form::Human => human(&document, context.terminal.columns()),
        Form::Json => json_text(&document)?,
    })?;
    if let Some(released) = released.as_ref().filter(|_| !arguments.forge.read_only)
        && let Err(error) =
            noted::note(context, &fleet, &arguments.forge, (released, &document.consumers))
    {
        // What was asked is told in any case.
        let why = visible_line(&error.in_one_line());
        context.terminal.note(&format!("WARNING: `release status` does not know it: {why}"));
    }
    let behind = document.consumers.iter().filter(|row| row.state == State::Behind);
    let behind: Vec<&Row> = behind.collect();
    if !behind.is_empty() {
        let version = document.released.as_deref();
        let Remembered { back, runs } =
            status::last(context, &fleet, &arguments.forge, usize::MAX)?;
        let run = runs.into_iter().find(|run| run.version.as_deref() == version);
        let back = back.filter(Back::is_open).map(|back| back.in_words());
        let stands = back.or_else(|| frozen(arguments, context, &fleet));
        for line in next(&fleet, &behind, (run.as_ref(), stands.as_deref())) {
            context.terminal.note(&visible_line(&line));
        }
    }
    let states = document.consumers.iter().map(|row| row.state);
    Ok(states.fold(Exit::Clean, |exit, state| exit.worse(ending(state))))
}

/// That releases are frozen, in words; `None` also if that cannot be read, or nothing is released.
fn frozen(arguments: &Arguments, context: &Context, fleet: &Fleet) -> Option<String> {
    let subject = Subject::of(fleet).ok()?;
    let session = arguments.forge.session(context, Some(fleet), WriteScope::none()).ok()?;
    let freeze = session.run(freeze::find(session.client(), &subject)).ok()??;
    Some(format!("releases are {}", freeze.in_words()))
}

/// What to do about consumers that are behind: pull what the registry has, but for those whose member went back from the
/// release, as recorded in its run, and which run the version that it went back to. Where `stands` says why the registry may
/// have a bad version, only images that were seen to be back are pulled.
fn next(
    fleet: &Fleet,
    behind: &[&Row],
    (run, stands): (Option<&Run>, Option<&str>),
) -> Vec<String> {
    let went_back = run.and_then(|run| Some((run, run.version.as_ref()?, run.went_back.as_ref()?)));
    let place = |row: &Row| {
        let (run, _, to) = went_back?;
        let Some(member) = fleet.consumed(&row.runtime) else { return Some(to) };
        // A record of an earlier build names no repositories.
        match run.returned.as_ref().is_none_or(Returned::names_nobody) {
            true => Some(to),
            false => run.repositories_back.get(&member.repository.key()),
        }
    };
    let is_held = |row: &&Row| place(row).is_some_and(|to| row.version.as_ref() == Some(to));
    let (held, open): (Vec<&Row>, Vec<&Row>) = behind.iter().copied().partition(is_held);
    let names = |rows: &[&Row]| {
        let names: BTreeSet<&str> = rows.iter().map(|row| row.runtime.as_str()).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    };
    let mut lines = Vec::new();
    if let (false, Some((run, version, last))) = (held.is_empty(), went_back) {
        let whose = names(&held);
        let to = run.all_targets().unwrap_or_else(|| last.clone());
        lines.push(format!(
            "members went back from {version} to {to}: images of {whose} contain {version} only when it is released to \
             them again"
        ));
    }
    let refresh = "next, on the host that runs it: shipshape images refresh";
    match stands {
        _ if open.is_empty() => {}
        None => lines.push(refresh.to_owned()),
        Some(why) => {
            let returned = run.and_then(|run| run.returned.as_ref());
            let is_back = |row: &&Row| {
                let member = fleet.consumed(&row.runtime);
                let key = member.map(|member| member.repository.key());
                returned.zip(key).is_some_and(|(returned, key)| returned.is_seen_back(&key))
            };
            let (back, others): (Vec<&Row>, Vec<&Row>) = open.into_iter().partition(is_back);
            if !back.is_empty() {
                lines.push(format!("{refresh} {}", names(&back).replace(", ", " ")));
            }
            if !others.is_empty() {
                let whose = names(&others);
                lines.push(format!("images of {whose} may contain a bad version: {why}"));
            }
        }
    }
    lines
}

/// Refuses a version that the index does not know, such as a mistyped one.
fn must_be_known(fleet: &Fleet, wanted: Option<&Version>, known: &[Version]) -> Result<()> {
    let Some(package) = &fleet.manifest.runtime_package else { return Ok(()) };
    let Some(wanted) = wanted.filter(|wanted| !known.contains(wanted)) else { return Ok(()) };
    let name = &package.distribution;
    let error = Error::usage(format!("the index does not serve {name} {wanted}"));
    let mut finals: Vec<&Version> = known.iter().filter(|it| !it.any_prerelease()).collect();
    finals.sort();
    Err(match finals.last() {
        Some(newest) => error.hint(format!("the newest version that it knows is {newest}")),
        None => error,
    })
}

fn ending(state: State) -> Exit {
    match state {
        State::Current => Exit::Clean,
        State::Behind => Exit::Findings,
        State::Unchecked => Exit::Unchecked,
    }
}

/// What the index knows. Without a runtime package, nothing.
#[derive(Default)]
pub(super) struct OnIndex {
    /// The newest version that it offers.
    newest: Option<Version>,
    /// All versions, also withdrawn ones.
    pub(super) known: Vec<Version>,
    pub(super) withdrawn: Vec<Version>,
}

/// Reads what the index knows.
pub(super) fn on_index(
    options: &IndexOptions,
    context: &Context,
    fleet: &Fleet,
) -> Result<OnIndex> {
    let Some(package) = &fleet.manifest.runtime_package else { return Ok(OnIndex::default()) };
    let index = index::of_fleet(context, options, package)?;
    let project = index.find_project(&package.distribution)?.unwrap_or_default();
    let known: Vec<Version> = project.releases().into_keys().collect();
    let is_withdrawn =
        |version: &&Version| matches!(project.availability(version), Availability::Withdrawn(_));
    let withdrawn = known.iter().filter(is_withdrawn).cloned().collect();
    Ok(OnIndex { newest: project.latest(false), known, withdrawn })
}

/// The input of [`ask`].
pub(super) struct Asked<'a> {
    pub(super) fleet: &'a Fleet,
    pub(super) released: Option<&'a Version>,
    pub(super) known: &'a [Version],
    pub(super) withdrawn: &'a [Version],
    pub(super) trust: bool,
    pub(super) forge: &'a ForgeOptions,
}

/// Asks every consumer of the fleet.
pub(super) fn ask(context: &Context, asked: &Asked<'_>) -> Result<Vec<Row>> {
    let fleet = asked.fleet;
    let session = asked.forge.session(context, Some(fleet), WriteScope::none())?;
    let named = |member: &&Member| {
        fleet.manifest.consumers.iter().any(|consumer| member.is_called(&consumer.runtime))
    };
    let members: Vec<&Member> = fleet.members.iter().filter(named).collect();
    let labels: BTreeMap<String, String> = cascade::labels(context, &session, fleet, &members);
    let registry = registry::of_fleet(context, fleet, Limits::default());
    let terminal = context.terminal.clone();
    let listener = Listener::new(move |line| terminal.note(line));
    let ground = Ground::new(fleet, &context.environment, asked.trust, listener);
    let unwanted = unwanted(context, asked)?;
    let request = Request {
        fleet,
        released: asked.released,
        known: asked.known,
        unwanted: &unwanted,
        registry: &registry,
        labels: &labels,
        ground: &ground,
    };
    Ok(session.run(look(&request)))
}

/// The versions that no consumer is to run: those that the index has withdrawn, and those that members went back from
/// because they are bad, as recorded on this machine.
fn unwanted(context: &Context, asked: &Asked<'_>) -> Result<BTreeMap<Version, String>> {
    let runs = status::last(context, asked.fleet, asked.forge, usize::MAX)?.runs;
    let bad = runs.iter().filter(|run| run.is_given_up).filter_map(|run| {
        let version = version::read(run.version.as_deref()?).ok()?;
        let to = run.all_targets()?;
        Some((version.clone(), format!("members went back from {version} to {to}")))
    });
    let withdrawn = asked
        .withdrawn
        .iter()
        .map(|version| (version.clone(), format!("{version} was withdrawn from the index")));
    Ok(bad.chain(withdrawn).collect())
}

fn human(document: &Consumers, columns: Option<usize>) -> String {
    let mut text = match &document.released {
        Some(released) => format!("released: {released}\n\n"),
        None => "nothing is known to have been released\n\n".to_owned(),
    };
    text.push_str(&table(&document.consumers, columns));
    text
}

/// A table of consumers, and the reasons of those with one.
pub(super) fn table(consumers: &[Row], columns: Option<usize>) -> String {
    let heads = ["CONSUMER", "RUNTIME", "STATE", "RUNS", "BEHIND", "SOURCE"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(consumers.iter().map(line));
    let mut text = columns::fitted(&rows, columns);
    for row in consumers {
        if let Some(why) = &row.why {
            let _ = writeln!(text, "{} {}: {}", safe(&row.name), safe(&row.runtime), safe(why));
        }
    }
    text
}

fn line(row: &Row) -> Vec<String> {
    let digest = row.digest.as_deref().map(|digest| {
        let digits = digest.strip_prefix("sha256:").unwrap_or(digest);
        digits.get(..12).unwrap_or(digits).to_owned()
    });
    let runs: Vec<String> = row.version.iter().cloned().chain(digest).collect();
    let releases = row.releases.map(|releases| counted(releases, "release"));
    let days = row
        .days
        .filter(|days| *days > 0)
        .map(|days| counted(usize::try_from(days).unwrap_or_default(), "day"));
    let behind: Vec<String> = releases.into_iter().chain(days).collect();
    vec![
        safe(&row.name),
        safe(&row.runtime),
        row.state.as_str().to_owned(),
        safe(&runs.join(" ")),
        behind.join(", "),
        safe(&row.place),
    ]
}
