//! `shipshape waive`: records that a finding is accepted, by whom, why and until when.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::package::waivable::{self, Waivable};
use crate::checks::hygiene::is_about_credentials;
use crate::checks::{Acceptance, Finding, Fingerprint};
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::known_words::{KnownWords, rules};
use crate::cli::shared::next::quoted;
use crate::cli::shared::observing::{self, MembersOnForge, Source};
use crate::cli::shared::options::{self, SubjectOptions};
use crate::cli::shared::targets::{Named, Targets};
use crate::cli::shared::{decisions, judging, targets};
use crate::cli::{Context, Exit, counted};
use crate::edge::terminal::visible_line;
use crate::edge::turn::Turn;
use crate::error::{Error, Result};
use crate::fleet::Date;
use crate::fleet::waivers::{Waiver, Waivers, edit};

/// Accept findings of one rule, with a reason, an owner and an expiry date.
///
/// The waiver is bound to the lines that it waives: when they change, the finding is reported again. It is
/// written to the waivers file of fleet.yaml, or of package.yaml if that or a distribution of it is named.
/// Comments in the file are kept.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape waive repos/hermes --rule docker-base-image --reason 'needs CUDA until 3.12' \\
      --owner platform-team --days 90
  shipshape waive --repository hermes --rule path-extra --reason 'on trial' --owner @me
  shipshape waive --repository hermes codex --rule path-extra --reason 'on trial' --owner @me
  shipshape waive package.yaml --rule dependency-undeclared --path workspace/browser.py \\
      --reason 'optional, and caught' --owner platform-team      what `package check` finds")]
pub(crate) struct Arguments {
    /// The repository's folder; or a package.yaml, a wheel or an sdist.
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,

    /// Members of the fleet to read from the forge instead, without a clone. Each has such a finding, or nothing is waived.
    #[arg(
        long,
        value_name = "NAME",
        num_args = 1..,
        value_delimiter = ',',
        conflicts_with = "folder"
    )]
    repository: Vec<String>,

    /// The rule, by id or code.
    #[arg(long, value_name = "RULE", hide_possible_values = true, value_parser = KnownWords(rules))]
    rule: String,

    /// Only findings in this file.
    #[arg(long, value_name = "PATH", value_parser = options::path_inside)]
    path: Option<String>,

    /// Only the finding that starts on this line.
    #[arg(long, value_name = "LINE", requires = "path")]
    line: Option<u32>,

    /// Why it is accepted.
    #[arg(long, value_name = "TEXT")]
    reason: String,

    /// Who is responsible: a team or a person.
    #[arg(long, value_name = "WHO")]
    owner: String,

    /// The last day on which it applies, YYYY-MM-DD.
    #[arg(long, value_name = "DAY", conflicts_with = "days", value_parser = day)]
    expires: Option<Date>,

    /// Number of days for which it applies, from today.
    #[arg(long, value_name = "N", default_value_t = 90)]
    days: u16,

    /// Only print what would be written.
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    subject: SubjectOptions,

    #[command(flatten)]
    forge: ForgeOptions,
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| format!("`{text}` is not a date: write it like 2027-01-31"))
}

/// Which findings are waived.
struct Meant<'a> {
    rule: &'a str,
    path: Option<&'a str>,
    line: Option<u32>,
}

impl Meant<'_> {
    fn has(&self, finding: &Finding) -> bool {
        let Self { rule, path, line } = self;
        let region = finding.location.as_ref().and_then(|location| location.region.as_ref());
        (finding.rule.id.eq_ignore_ascii_case(rule) || finding.rule.code.eq_ignore_ascii_case(rule))
            && path.is_none_or(|path| finding.path().is_some_and(|known| known.as_str() == path))
            && line.is_none_or(|line| region.is_some_and(|region| region.start.line == line))
    }
}

/// What a waiver says beside what it waives.
struct Terms<'a> {
    reason: &'a str,
    owner: &'a str,
    today: jiff::civil::Date,
    expires: Date,
}

impl<'a> Terms<'a> {
    /// The terms, which are checked before anything is read.
    fn of(arguments: &'a Arguments, today: jiff::civil::Date) -> Result<Self> {
        let Arguments { reason, owner, .. } = arguments;
        if reason.trim().is_empty() {
            return Err(
                Error::usage("a waiver needs a reason").hint("give a reason with --reason TEXT")
            );
        }
        if owner.trim().is_empty() {
            return Err(
                Error::usage("a waiver needs an owner").hint("give an owner with --owner WHO")
            );
        }
        let days = jiff::Span::new().days(i64::from(arguments.days));
        let expires = arguments.expires.unwrap_or_else(|| Date(today.saturating_add(days)));
        if expires.0 < today {
            return Err(
                Error::usage(format!("{expires} has passed")).hint("give a date in the future")
            );
        }
        Ok(Self { reason, owner, today, expires })
    }

    fn waiver(&self, finding: &Finding, names: &[String]) -> Waiver {
        Waiver {
            repository: names.first().cloned().unwrap_or_default(),
            rule: finding.rule.id.to_owned(),
            path: finding.path().map(ToString::to_string),
            reason: self.reason.to_owned(),
            owner: self.owner.to_owned(),
            expires: self.expires,
            created: Some(Date(self.today)),
            hash: Fingerprint::of(finding).short(),
        }
    }
}

/// What was judged, and where waivers of it are kept.
struct Subject {
    /// The file of the waivers.
    file: PathBuf,
    /// All names of it that a waiver may use, beginning with the one in reports.
    names: Vec<String>,
    found: Vec<Found>,
}

/// A finding that may be waived.
struct Found {
    finding: Finding,
    /// The same as a report shows it, where that has another path than waivers use.
    shown: Option<Finding>,
}

impl Subject {
    /// The findings that are meant. There is at least one, and all can be waived.
    fn meant(&self, meant: &Meant<'_>) -> Result<Vec<&Finding>> {
        let is_meant = |it: &&Found| {
            meant.has(&it.finding) || it.shown.as_ref().is_some_and(|it| meant.has(it))
        };
        let wanted: Vec<&Finding> =
            self.found.iter().filter(is_meant).map(|it| &it.finding).collect();
        if wanted.is_empty() {
            let rules: BTreeSet<&str> = self.found.iter().map(|it| it.finding.rule.id).collect();
            let hint = match rules.is_empty() {
                true => "it has no findings".to_owned(),
                false => format!("it has: {}", rules.into_iter().collect::<Vec<_>>().join(", ")),
            };
            return Err(Error::usage("there is no such finding to waive").hint(hint));
        }
        let refused = wanted.iter().find(|it| Acceptance::of(it) == Acceptance::Never);
        match refused {
            Some(broken) if !broken.unchecked => {
                let path = broken.path().map_or("it", |path| path.as_str());
                Err(Error::usage("a file that does not parse cannot be waived where the shape demands something of it")
                    .caused_by(format!("`{path}`: {}", broken.message))
                    .hint(format!("fix `{path}`: until it parses, none of these demands is checked")))
            }
            Some(unchecked) => Err(Error::usage("what could not be checked cannot be waived")
                .caused_by(&unchecked.message)
                .hint("make it checkable; a rule that is off in fleet.yaml still reports it")),
            None => Ok(wanted),
        }
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let Arguments { folder, rule, path, line, .. } = arguments;
    decisions::known_rules(std::slice::from_ref(rule))?;
    let terms = Terms::of(arguments, context.clock.today())?;
    let subjects = match arguments.repository.as_slice() {
        [] if waivable::is_package(folder) => vec![of_package(folder, context)?],
        [] => vec![of_member(arguments, None, context)?],
        names => {
            let of_name = |name| {
                let of_it = of_member(arguments, Some(name), context);
                of_it.map_err(|error| of_several(names, name, error))
            };
            names.iter().map(of_name).collect::<Result<Vec<Subject>>>()?
        }
    };
    let meant = Meant { rule, path: path.as_deref(), line: *line };
    let mut accepted: Vec<(&Subject, Vec<&Finding>)> = Vec::new();
    for (place, subject) in subjects.iter().enumerate() {
        // A name that is given twice is meant once.
        if subjects.iter().take(place).any(|known| known.names == subject.names) {
            continue;
        }
        let name = subject.names.first().map_or("", String::as_str);
        let wanted = subject.meant(&meant);
        let wanted = wanted.map_err(|error| of_several(&arguments.repository, name, error))?;
        accepted.push((subject, wanted));
    }
    let Some(file) = subjects.first().map(|subject| &subject.file) else { return Ok(Exit::Clean) };
    note_length(&terms, context);
    // Another run may have added waivers while this one judged.
    let turn = Turn::at(file)?;
    let mut bytes = turn.read()?;
    let mut notes = Vec::new();
    for (subject, wanted) in &accepted {
        let written = written(subject, bytes.as_deref(), wanted, &terms, context)?;
        bytes = Some(written.bytes);
        notes.push((subject, wanted, written.replaced, written.kept));
    }
    let bytes = bytes.unwrap_or_default();
    if arguments.dry_run {
        context.terminal.output(&String::from_utf8_lossy(&bytes))?;
        return Ok(Exit::Clean);
    }
    turn.replace(&bytes)?;
    for (subject, wanted, replaced, kept) in &notes {
        tell(subject, wanted, &terms, context);
        for before in replaced {
            context.terminal.note(&visible_line(&format!("instead of the waiver {before}")));
        }
        for waiver in kept {
            context.terminal.note(&visible_line(&format!(
                "kept the waiver {waiver} (it covers nothing now, but another finding of this rule and path is open)"
            )));
        }
    }
    Ok(Exit::Clean)
}

/// The error of one of several repositories, which says of which.
fn of_several(names: &[String], name: &str, error: Error) -> Error {
    match names.len() {
        0 | 1 => error,
        _ => error.within(format!("nothing was waived, because of `{name}`")),
    }
}

fn of_package(named: &Path, context: &Context) -> Result<Subject> {
    let Waivable { name, file, findings } = waivable::of(named, context)?;
    let found = findings
        .into_iter()
        .map(|(finding, shown)| Found { finding, shown: Some(shown) })
        .collect();
    Ok(Subject { file, names: vec![name], found })
}

fn of_member(arguments: &Arguments, name: Option<&String>, context: &Context) -> Result<Subject> {
    let (targets, mut source) = resolved(arguments, name, context)?;
    one_target(&targets)?;
    let fleet = targets.fleet.as_ref().ok_or_else(no_fleet)?;
    of_the_fleet(&targets)?;
    let request = judging::Request::plain("waive");
    let report = judging::judge_from(context, &targets, &mut source, &request)?;
    let Some(repository) = report.repositories.into_iter().next() else {
        return Err(Error::failed("there is no repository to judge").in_file(&arguments.folder));
    };
    if let Some(error) = &repository.error {
        return Err(Error::failed("cannot judge the repository").caused_by(error));
    }
    let mut names = vec![repository.name];
    names.extend(targets.targets.first().map(|target| target.names.clone()).unwrap_or_default());
    let found = repository.findings.into_iter().map(|finding| Found { finding, shown: None });
    Ok(Subject { file: fleet.beside(&fleet.manifest.waivers), names, found: found.collect() })
}

/// The repository that is named, on the forge or here.
fn resolved(
    arguments: &Arguments,
    name: Option<&String>,
    context: &Context,
) -> Result<(Targets, Source)> {
    let Arguments { folder, subject, forge, .. } = arguments;
    let Some(name) = name else {
        on_this_machine(context, folder)?;
        let paths = std::slice::from_ref(folder);
        let named = Named { of_one: Some("waive"), ..subject.of(paths) };
        return Ok((targets::resolve(context, &named)?, Source::Here));
    };
    context.fleet(None)?.ok_or_else(no_fleet)?.one(name)?;
    let names = std::slice::from_ref(name);
    observing::on_forge(
        context,
        forge,
        &MembersOnForge { names, here: Some("shipshape waive repos/NAME …"), subject },
    )
}

/// The error for waivers where there is no fleet.
pub(super) fn no_fleet() -> Error {
    Error::usage("waivers belong to a fleet, but there is no fleet.yaml here")
        .hint("name it with --fleet FILE, or create one for this repository: `shipshape init .`")
}

/// Checks that a folder is that of one member: one repository may hold several.
fn one_target(targets: &Targets) -> Result<()> {
    if targets.targets.len() < 2 {
        return Ok(());
    }
    let slugs: Vec<String> =
        targets.targets.iter().map(|target| format!("`{}`", target.identity.slug)).collect();
    Err(Error::usage("several members are in this folder")
        .hint(format!("name one with --slug: {}", slugs.join(", "))))
}

/// Refuses a repository that is not a member: in a run over the whole fleet, its waiver would cover nothing.
fn of_the_fleet(targets: &Targets) -> Result<()> {
    let (Some(fleet), [target]) = (&targets.fleet, &targets.targets[..]) else { return Ok(()) };
    if target.names.iter().any(|name| fleet.named(name).next().is_some()) {
        return Ok(());
    }
    let name = &target.identity.name;
    Err(Error::usage(format!("`{name}` is not a member of the fleet, so nothing is waived for it"))
        .in_file(&fleet.file)
        .hint("if it is the repository of a member, name that: `--slug SLUG`")
        .hint("else add it to `members` first"))
}

/// The error for a folder that does not exist, with a hint if it is a member's name.
fn on_this_machine(context: &Context, folder: &Path) -> Result<()> {
    if folder.exists() {
        return Ok(());
    }
    let error = Error::usage("there is no such folder").in_file(folder);
    let fleet = context.fleet(None)?;
    let name = folder.to_string_lossy();
    let is_member = fleet.is_some_and(|fleet| fleet.named(&name).next().is_some());
    Err(if is_member {
        let name = quoted(&name);
        error.hint(format!(
            "a member of the fleet is read from the forge with `--repository {name}`"
        ))
    } else {
        error
    })
}

/// The file of the waivers with new ones.
struct Written {
    bytes: Vec<u8>,
    /// What each waiver that is replaced says.
    replaced: BTreeSet<String>,
    /// The same of waivers that cover nothing now and are kept, since they may be of another open finding.
    kept: Vec<String>,
}

fn written(
    subject: &Subject,
    before: Option<&[u8]>,
    wanted: &[&Finding],
    terms: &Terms<'_>,
    context: &Context,
) -> Result<Written> {
    let Subject { file, names, found } = subject;
    let in_words = |it: &Waiver| format!("of {} until {}: {}", it.owner, it.expires, it.reason);
    let mut bytes = before.map(<[u8]>::to_vec);
    // A waiver that was reopened has been reviewed now: the new one takes its place.
    let all: Vec<&Finding> = found.iter().map(|it| &it.finding).collect();
    let known = before.and_then(|bytes| Waivers::parse(file, bytes).ok());
    let earlier = known.iter().flat_map(|known| known.of_earlier(names, wanted, &all));
    let (kept, gone): (Vec<_>, Vec<_>) = earlier.partition(|earlier| earlier.is_of_another);
    if let Some(before) = before.filter(|_| !gone.is_empty()) {
        let places: Vec<usize> = gone.iter().map(|earlier| earlier.index).collect();
        bytes = Some(context.all(edit::prune(file, before, &places))?);
    }
    let mut replaced: BTreeSet<String> = gone.iter().map(|it| in_words(it.waiver)).collect();
    for finding in wanted {
        let waiver = terms.waiver(finding, names);
        if let Some(known) = before.and_then(|bytes| edit::same(file, bytes, &waiver, names)) {
            replaced.insert(in_words(&known));
        }
        bytes = Some(context.all(edit::append(file, bytes.as_deref(), &waiver, names))?);
    }
    let kept = kept.iter().map(|earlier| in_words(earlier.waiver)).collect();
    Ok(Written { bytes: bytes.unwrap_or_default(), replaced, kept })
}

/// The longest waiver, in days, that causes no note.
const LONG: i64 = 366;

/// Notes a waiver that is long.
fn note_length(terms: &Terms<'_>, context: &Context) {
    let expires = terms.expires;
    if expires.0 > terms.today.saturating_add(jiff::Span::new().days(LONG)) {
        context
            .terminal
            .note(&format!("{expires} is more than a year away: it is not reviewed until then"));
    }
}

/// Reports what was waived.
fn tell(subject: &Subject, wanted: &[&Finding], terms: &Terms<'_>, context: &Context) {
    let terminal = &context.terminal;
    terminal.note(&format!(
        "waived {} of {} until {} in {}",
        counted(wanted.len(), "finding"),
        visible_line(subject.names.first().map_or("", String::as_str)),
        terms.expires,
        subject.file.display()
    ));
    if wanted.iter().any(|finding| is_about_credentials(finding.rule)) {
        terminal.note("a waiver does not revoke a credential: revoke it where it was issued");
    }
}
