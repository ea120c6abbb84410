//! `shipshape fleet retire`: takes a member out of the fleet, in all the places that mention it.

mod apply;
mod look;

use std::fmt::Write as _;
use std::ops::Not as _;
use std::path::PathBuf;

use clap::Args;

use super::holders::{self, Holder};
use crate::cli::shared::context::no_members;
use crate::cli::shared::forge::{ForgeOptions, READ_ONLY, Session};
use crate::cli::shared::next;
use crate::cli::shared::{journal, registrations};
use crate::cli::{Context, Exit, counted};
use crate::edge::terminal::visible_line;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::registration::Registration;
use crate::fleet::registrations::{Aim, remove};
use crate::fleet::retiring::{self, Retired};
use crate::fleet::vitality::{self, IMAGE, Says, Sign};
use crate::fleet::{Date, Fleet, Member, RepositoryName};
use crate::forge::calls::pulls::{PullRequest, PullState};
use crate::forge::calls::repositories::Repository;
use crate::journal::Journal;
use crate::scaffold::publish;

/// The default for `--days`.
const DAYS: u16 = 30;

/// The command that repairs lists next to the manifest.
const REPAIR: &str = "shipshape fleet registrations --write";

/// Retire a member: remove it from the lists, close its pull requests, and archive it.
///
/// First shows recent signs of life and what would be done: pull requests by which an unfinished `new` adds the
/// member are closed, others remove it from the registrations, fleet.yaml gets `retired`, its open pull requests are
/// closed, and the repository is archived. Nothing is deleted. --apply does it, unless there are signs of life or
/// something could not be checked. Run again, it continues where it stopped.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape fleet retire autogen                     signs of life, and what would be done
  shipshape fleet retire autogen --apply             retire it, if there are no signs of life
  shipshape fleet retire autogen --apply --anyway    retire it anyway: its owner agreed
  shipshape fleet retire autogen --apply --keep      but do not archive the repository")]
pub(crate) struct Arguments {
    /// The member: its slug, an alias, or its repository.
    #[arg(value_name = "MEMBER")]
    member: String,

    /// Retire the member, instead of only showing what would be done.
    #[arg(long)]
    apply: bool,

    /// Show what would be done, and change nothing. This is the default.
    #[arg(long, conflicts_with = "apply")]
    dry_run: bool,

    /// Continue even if there are signs of life, or something could not be checked.
    #[arg(long, requires = "apply")]
    anyway: bool,

    /// Do not check its image in the registry.
    #[arg(long)]
    no_images: bool,

    /// Do not archive the repository or close its pull requests.
    #[arg(long)]
    keep: bool,

    /// Days within which activity is a sign of life.
    #[arg(long, value_name = "N", default_value_t = DAYS)]
    days: u16,

    /// The file that records unfinished work (default: one per fleet).
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    #[command(flatten)]
    forge: ForgeOptions,
}

/// An open pull request that adds the member to a list or to the manifest, because `new` has not finished.
struct Announcement {
    repository: RepositoryName,
    pull: PullRequest,
}

/// What would be done, in order.
struct Plan {
    announcements: Vec<Announcement>,
    holders: Vec<Holder>,
    changes_manifest: bool,
    /// The lists next to the manifest that have to be repaired by hand.
    lists: Vec<String>,
    pulls: Vec<PullRequest>,
    archives: bool,
}

impl Plan {
    /// Whether it contains steps that end the member's life. Otherwise signs of life no longer matter.
    fn retires(&self) -> bool {
        self.changes_manifest || self.archives || !self.pulls.is_empty()
    }
}

/// What the forge has of a member.
struct Found<'a> {
    /// Its repository; `None` if it does not exist or is not visible.
    repository: Option<&'a Repository>,
    /// Its open pull requests.
    pulls: Vec<PullRequest>,
}

/// The manifest as it is, and with the member retired.
struct Edit {
    before: Vec<u8>,
    retired: Retired,
}

impl Edit {
    /// Reads the manifest again.
    fn of(context: &Context, fleet: &Fleet, member: &Member) -> Result<Self> {
        let before = whole_file::read(&fleet.file)?
            .ok_or_else(|| Error::failed("the manifest is gone").in_file(&fleet.file))?;
        let day = Date(context.clock.today());
        let retired = context.all(retiring::retire(&fleet.file, &before, member, day))?;
        Ok(Self { before, retired })
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    // What a run of `new` has begun may be the first member.
    let fleet = context.required_fleet_to_fill()?;
    let member = match fleet.one(&arguments.member) {
        Ok(member) => member,
        Err(error) => {
            let error = if fleet.members.is_empty() { no_members(&fleet) } else { error };
            return Err(begun(arguments, context, &fleet)?.unwrap_or(error));
        }
    };
    let name = &member.repository;
    let mut writable = announced_in(&fleet);
    writable.push(name.clone());
    let writes = arguments.forge.writes(&writable);
    let session = arguments.forge.session(context, Some(&fleet), writes)?;
    let repository = match session.run(session.client().find_repository(name)) {
        Ok(found) => found,
        Err(error) => return Err(Error::from(error)),
    };
    let pulls = match &repository {
        Some(_) => session.run(session.client().pulls(name, None, PullState::Open))?,
        None => Vec::new(),
    };
    let image = fleet.tagged_image(member).filter(|_| !arguments.no_images);
    let mut seen = look::look(&session, &fleet, member, repository.as_ref());
    seen.image = image.map(|image| look::look_at_image(context, &session, &fleet, &image));
    seen.open_pulls = repository.as_ref().map(|_| pulls.len());
    seen.is_archived = repository.as_ref().is_some_and(|repository| repository.archived);
    let signs = vitality::signs(&seen, context.clock.seconds(), i64::from(arguments.days));
    let found = Found { repository: repository.as_ref(), pulls };
    let plan = plan(arguments, context, &session, &fleet, member, found)?;
    let text = told(&fleet, member, &signs, &plan, i64::from(arguments.days));
    context.terminal.output(&text)?;
    let mut name = next::quoted(&arguments.member);
    for (is_said, option) in [(arguments.keep, " --keep"), (arguments.no_images, " --no-images")] {
        if is_said {
            name.push_str(option);
        }
    }
    if arguments.days != DAYS {
        name.push_str(&format!(" --days {}", arguments.days));
    }
    // If the repository is not visible, it is not known either whether anything is left to do.
    let is_over = !plan.retires() && (repository.is_some() || arguments.keep);
    let said = match is_over {
        true => Says::Nothing,
        false => signs.iter().map(|sign| sign.says).max().unwrap_or(Says::Nothing),
    };
    if arguments.apply && !arguments.forge.read_only {
        return match said {
            Says::Life | Says::Unknown if !arguments.anyway => {
                Err(not_done(&member.name(), said, &signs))
            }
            _ => apply::apply(arguments, context, &session, &fleet, member, &plan),
        };
    }
    if arguments.apply {
        context.terminal.note(READ_ONLY);
    }
    match said {
        Says::Life => context.terminal.note(
            "It shows signs of life: ask its owner. --apply changes nothing unless --anyway is given as well.",
        ),
        Says::Unknown => next::note(context, look_again(&name, &signs)),
        Says::Nothing => next::note(context, left(&plan, &name)),
    }
    Ok(match said {
        Says::Life => Exit::Findings,
        Says::Unknown => Exit::Unchecked,
        Says::Nothing => Exit::Clean,
    })
}

/// The error for a name that no member has yet, because the run of `new` that creates its repository is unfinished.
fn begun(arguments: &Arguments, context: &Context, fleet: &Fleet) -> Result<Option<Error>> {
    let name = &arguments.member;
    if fleet.named(name).next().is_some() {
        return Ok(None);
    }
    let forge = arguments.forge.address(Some(fleet))?;
    let file = journal::file_at(arguments.state.as_deref(), context, fleet, &forge)?;
    let Some(journal) = Journal::look(&file)? else { return Ok(None) };
    let Some(run) = publish::recorded(&journal, fleet)?.into_iter().find(|run| run.is_called(name))
    else {
        return Ok(None);
    };
    let mut words = run.words(fleet);
    if let Some(file) = &arguments.state {
        words.extend(["--state".to_owned(), file.display().to_string()]);
    }
    let words: Vec<String> = words.iter().map(|word| next::quoted(word)).collect();
    let command = context.command(&format!("new {}", words.join(" ")));
    let made = match run.made.is_empty() {
        true => "nothing that is known of".to_owned(),
        false => run.made.join("; "),
    };
    let finish = match &fleet.manifest.home {
        Some(home) if run.waits_for_entry => {
            format!("once `{}` lists it, update fleet.yaml here, then retire it", home.repository)
        }
        Some(home) => format!(
            "finish it with `{command}`; once `{}` lists it, update fleet.yaml here, then retire it",
            home.repository
        ),
        None => format!("finish it with `{command}`, then retire it"),
    };
    let error = Error::usage(format!(
        "`{name}` is not in fleet.yaml yet: the run of `new` that creates it is unfinished"
    ));
    Ok(Some(
        error
            .in_file(&fleet.file)
            .caused_by(format!("started at {}; {}", run.begun_at, run.stopped))
            .caused_by(format!("created so far: {made}"))
            .hint(finish)
            .hint(format!(
                "or close and archive that yourself, and forget the run: `{command} --forget`"
            )),
    ))
}

/// The error for a member that is not retired because of these signs.
fn not_done(name: &str, said: Says, signs: &[Sign]) -> Error {
    if said == Says::Life {
        return Error::failed(format!("`{name}` still appears to be in use; nothing was changed"))
            .hint("ask its owner, then retire it with --anyway");
    }
    let unread: Vec<&str> = unread(signs).collect();
    let error = Error::failed(format!(
        "could not check every sign that `{name}` is still in use; nothing was changed"
    ))
    .caused_by(format!("not read: {}", unread.join(", ")))
    .hint("run this again when those sources can be read");
    let error = if unread.contains(&IMAGE) {
        error.hint("or leave images out: --no-images")
    } else {
        error
    };
    error.hint("or, if its owner says that it is no longer needed: --anyway")
}

fn unread(signs: &[Sign]) -> impl Iterator<Item = &'static str> {
    signs.iter().filter(|sign| sign.says == Says::Unknown).map(|sign| sign.what)
}

/// The next commands if nothing speaks against retiring the member.
fn left(plan: &Plan, name: &str) -> Vec<String> {
    let mut steps = Vec::new();
    if plan.retires() || !plan.holders.is_empty() || !plan.announcements.is_empty() {
        steps.push(format!("shipshape fleet retire {name} --apply"));
    } else if !plan.lists.is_empty() {
        steps.push(REPAIR.to_owned());
    }
    steps
}

/// The next commands if some signs could not be read.
fn look_again(name: &str, signs: &[Sign]) -> Vec<next::Step> {
    let unread: Vec<&str> = unread(signs).collect();
    let again = format!("shipshape fleet retire {name}");
    let mut steps = vec![next::Step::because(
        &again,
        format!("check again what was not read: {}", unread.join(", ")),
    )];
    if unread == [IMAGE] {
        steps.push(next::Step::because(format!("{again} --no-images"), "without its image"));
    }
    steps
}

fn plan(
    arguments: &Arguments,
    context: &Context,
    session: &Session,
    fleet: &Fleet,
    member: &Member,
    Found { repository, pulls }: Found<'_>,
) -> Result<Plan> {
    let Edit { before, retired } = Edit::of(context, fleet, member)?;
    let mut holders = Vec::new();
    for name in holders::names(fleet) {
        let holder = holders::read(session, &retired.fleet, &name, Aim::Without(member))?;
        if !holder.mended.files.is_empty() {
            holders.push(holder);
        }
    }
    let announcements = announcements(context, session, fleet, member)?;
    // A member in a subfolder has no repository of its own to archive.
    let is_whole = member.path.is_none() && !arguments.keep;
    let takes_writes = repository.is_some_and(|repository| !repository.archived);
    Ok(Plan {
        announcements,
        holders,
        changes_manifest: retired.bytes != before,
        lists: beside(&retired.fleet, member),
        pulls: if is_whole && takes_writes { pulls } else { Vec::new() },
        archives: is_whole && takes_writes,
    })
}

/// The repositories in which `new` announces a member: those that hold lists, and the manifest's.
fn announced_in(fleet: &Fleet) -> Vec<RepositoryName> {
    let mut names = holders::names(fleet);
    let home = fleet.manifest.home.as_ref().map(|home| home.repository.as_str());
    let home = home.and_then(|home| RepositoryName::parse(home, &fleet.manifest.forge.owner));
    names.extend(home.filter(|home| !names.iter().any(|known| known.same(home))));
    names
}

/// The open pull requests that would put the retired member into a list again if they were merged.
fn announcements(
    context: &Context,
    session: &Session,
    fleet: &Fleet,
    member: &Member,
) -> Result<Vec<Announcement>> {
    // `new` announces whole repositories.
    if member.path.is_some() {
        return Ok(Vec::new());
    }
    let marker = publish::marker(&member.repository);
    let holders = holders::names(fleet);
    let mut announcements = Vec::new();
    for repository in announced_in(fleet) {
        let open = session.run(session.client().pulls(&repository, None, PullState::Open));
        let unread = format!("cannot read the pull requests of `{repository}`");
        let open = match open {
            Ok(open) => open,
            // Nothing else is needed of the manifest's repository.
            Err(error) if !holders.iter().any(|holder| holder.same(&repository)) => {
                let error =
                    format!("{unread}: {error}; close those that announce the member yourself");
                context.terminal.note(&visible_line(&error));
                continue;
            }
            Err(error) => return Err(Error::from(error).within(unread)),
        };
        let is_it = |pull: &PullRequest| {
            publish::is_announcing(&pull.head.branch)
                && pull.body.as_deref().is_some_and(|it| it.contains(&marker))
        };
        let found = open.into_iter().filter(is_it);
        let named = |pull| Announcement { repository: repository.clone(), pull };
        announcements.extend(found.map(named));
    }
    Ok(announcements)
}

/// What is left to do with a changed fleet.yaml that is kept in a repository on the forge.
fn offered_home(fleet: &Fleet) -> String {
    let home = fleet.manifest.home.as_ref();
    let offered = home.map(|home| {
        format!("; then commit it and offer it to `{}` as a pull request", home.repository)
    });
    offered.unwrap_or_default()
}

/// The lists next to the manifest that still contain the member, or cannot be read. What else is wrong with one is for
/// `fleet registrations` to say.
fn beside(retired: &Fleet, member: &Member) -> Vec<String> {
    let is_behind = |list: &&Registration| {
        let text = registrations::beside(retired, list);
        let removal = text.and_then(|text| remove(retired, list, &text, member));
        removal.is_ok_and(|removal| removal.edits.is_empty() && removal.left.is_empty()).not()
    };
    let lists = retired.manifest.registrations.iter().filter(|it| it.repository.is_none());
    lists.filter(is_behind).map(|list| list.name.clone()).collect()
}

fn told(fleet: &Fleet, member: &Member, signs: &[Sign], plan: &Plan, days: i64) -> String {
    let mut text = format!("{}, the last {days} days\n", visible_line(&member.name()));
    for sign in signs {
        let mark = match sign.says {
            Says::Life => "!",
            Says::Unknown => "?",
            Says::Nothing => " ",
        };
        let _ = writeln!(text, "  {mark} {:18}  {}", sign.what, visible_line(&sign.seen));
    }
    text.push_str("\nTo be done\n");
    let mut number = 0;
    let mut step = |what: String| {
        number += 1;
        let _ = writeln!(text, "  {number}. {}", visible_line(&what));
    };
    for Announcement { repository, pull } in &plan.announcements {
        step(format!("close {repository}#{}, which adds it: {}", pull.number, pull.title));
    }
    for holder in &plan.holders {
        let lists = holder.mended.names.join(", ");
        step(format!("offer {} a pull request that removes it from {lists}", holder.name));
    }
    if plan.changes_manifest {
        step(format!("set `retired` in {}{}", fleet.file.display(), offered_home(fleet)));
    }
    if !plan.lists.is_empty() {
        step(format!("repair {} yourself: `{REPAIR}`", plan.lists.join(", ")));
    }
    if !plan.pulls.is_empty() {
        step(format!("close {}", counted(plan.pulls.len(), "open pull request")));
    }
    if plan.archives {
        step(format!("archive {}", member.repository));
    }
    if number == 0 {
        text.push_str("  nothing: it is already retired\n");
    }
    text
}
