//! `shipshape release cascade`: notifies every member, and follows each until its image contains the release.

mod allowed;
mod back;
mod before;
mod chain;
mod images;
mod operation;
mod token;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use pep440_rs::Version;

use super::pace::PaceOptions;
use super::{Target, show_cascade};
use crate::cli::shared::forge::{ForgeOptions, Session};
use crate::cli::shared::index::IndexOptions;
use crate::cli::shared::next::{self, Step};
use crate::cli::shared::options::Form;
use crate::cli::shared::{journal, notifying, registry};
use crate::cli::{Context, Exit, counted, json_text};
use crate::edge::network::Limits;
use crate::edge::random;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member, Selection};
use crate::package::version;
use crate::release::Announcement;
use crate::release::cascade::{
    self, Aim, Cascade, Foresight, FreezeWatch, Grouping, Images, Item, Job, Pace, StageState,
    State, Wanted, items,
};
use allowed::{
    Refused, may_go_ahead, must_be_newest, must_be_served, must_come_with_builds,
    must_not_be_frozen,
};
use back::TakenBack;
use chain::Chain;
use operation::{begin, of_earlier, recorded, remembered};

pub(super) use before::{observed, seen, who_goes_first};
pub(super) use images::labels;
pub(super) use operation::at_it;
use token::without_token;
pub(super) use token::{TOKEN, can_notify, has_token};

/// Seconds between two looks.
pub(super) const EVERY: u64 = 15;

/// Notify every member of a release, so that each builds its image with it.
///
/// Each repository is sent a `repository_dispatch` with the version and an id of its own. A member that was
/// already notified, by any run on any machine, is not notified again; run the command again after any
/// interruption. With --watch the resulting runs are followed, and a member is done only when its image
/// *contains* the version: a successful run proves nothing.
///
/// The token is read only from TEMPLATE_DISPATCH_TOKEN. Without it nothing is done; this is reported, and the
/// exit code is 0 if VERSION is the newest that the index offers, which next builds take.
///
/// Exit codes: 3 when a member was not notified, or its image does not contain the version, or that cannot be
/// determined; 0 with --soft. Also 3 when the index does not serve the version, or cannot be read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape release cascade 0.1.6                      notify all members at once
  shipshape release cascade 0.1.6 --watch              and wait until their images contain it
  shipshape release cascade 0.1.6 --waves 1,25%        one first, then a quarter, then the rest
  shipshape release cascade 0.1.6 --only-behind        only members whose image does not contain it
  shipshape release cascade 0.1.6 --runtime hermes     only one
  shipshape release cascade 0.1.6 --dry-run            only show which members would be notified")]
pub(super) struct Arguments {
    #[command(flatten)]
    wish: Wish,

    /// Exit with 0 even if single members failed.
    #[arg(long)]
    soft: bool,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,
}

/// The version, and the members to notify.
#[derive(Clone, Debug, Args)]
pub(super) struct Wish {
    /// The released version.
    #[arg(value_name = "VERSION")]
    pub(super) version: String,

    /// Only these members: slugs, aliases or repositories.
    #[arg(long, alias = "repository", value_name = "MEMBER", num_args = 1.., value_delimiter = ',')]
    pub(super) runtime: Vec<String>,

    /// Only members whose image does not contain the version, or for which that cannot be determined.
    #[arg(long)]
    pub(super) only_behind: bool,

    #[command(flatten)]
    pub(super) pace: PaceOptions,

    /// Follow the runs until the images contain the version. Implied by --waves.
    #[arg(long)]
    pub(super) watch: bool,

    /// Seconds between checks of --watch.
    #[arg(long, value_name = "N", default_value_t = EVERY)]
    pub(super) every: u64,

    /// Also notify members that were already notified.
    #[arg(long)]
    pub(super) again: bool,

    /// Continue despite a freeze, a version that members went back from, or a newer published version from which members
    /// would go back.
    #[arg(long)]
    pub(super) force: bool,

    /// Whether a member that has an earlier version is left alone.
    #[arg(skip)]
    pub(super) only_back: bool,

    /// Whether it was said already that releases are frozen, so that a freeze which is set aside is no news.
    #[arg(skip)]
    pub(super) knows_freeze: bool,

    /// Later versions that the index does not list, from which members are taken back on purpose.
    #[arg(skip)]
    pub(super) unlisted: Vec<Version>,

    /// The newest version that members leave by a way back; `None` if they leave all later ones.
    #[arg(skip)]
    pub(super) from: Option<Version>,

    /// The later versions that a way back knows.
    #[arg(skip)]
    pub(super) knew: Vec<String>,

    /// Only show which members would be notified.
    #[arg(long)]
    pub(super) dry_run: bool,

    /// The state file (default: the fleet's own in the state folder).
    #[arg(long, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,

    #[command(flatten)]
    pub(super) index: IndexOptions,

    #[command(flatten)]
    pub(super) forge: ForgeOptions,
}

impl Wish {
    /// Which members are left alone. `goes_back` says whether the index knows a later version.
    fn aim(&self, goes_back: bool) -> Aim {
        let Self { only_back, only_behind, force: takes_forward, .. } = *self;
        Aim { goes_back, only_back, only_behind, takes_forward }
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let (target, wish) = (Target::of(context)?, &arguments.wish);
    who_goes_first(&target.fleet, &wish.pace.first)?;
    let chain = Chain::of(wish, context, &target)?;
    chain.goes_forward(wish, context, &target.fleet)?;
    let unlisted = match has_token(context) {
        true => may_go_ahead(wish, context, &target)?,
        false => {
            must_be_newest(wish, context, &target.fleet, &version::read(&wish.version)?)?;
            Vec::new()
        }
    };
    let wish = &Wish { unlisted, ..wish.clone() };
    // Errors are ignored here: everything is written again at the end, where an error is reported.
    let noted = |rows: &[cascade::Row]| drop(chain.note(rows));
    let document = tell(wish, context, &target, &noted)?;
    chain.end(&document)?;
    show(arguments, context, &document)?;
    if let Some(line) = chain.meanwhile() {
        context.terminal.note(&visible_line(&line));
    }
    Ok(ending(arguments, &document))
}

/// Notifies members. `noted` is called with all rows whenever one of them changed.
pub(super) fn tell(
    wish: &Wish,
    context: &Context,
    target: &Target,
    noted: &dyn Fn(&[cascade::Row]),
) -> Result<Cascade> {
    let Target { fleet, subject } = target;
    let announcement = Announcement::of(fleet)?;
    let version = version::read(&wish.version)?;
    let members = members(context, &wish.runtime, fleet)?;
    let waves = wish.pace.order();
    let round = if wish.again { random::word()? } else { String::new() };
    let release = subject.at(&version);
    let grouping = Grouping { round: &round, is_narrowed: !wish.runtime.is_empty() };
    let mut items = items(&members, release, &waves, grouping)?;
    cascade::note_earlier(&mut items, &of_earlier(wish, context, fleet, release)?);
    let writes = wish.forge.writes(items.iter().map(|item| &item.repository));
    let Some(session) = wish.forge.session_by(context, Some(fleet), writes, TOKEN)? else {
        let later = must_come_with_builds(wish, context, fleet, (&version, Refused::Missing))?;
        return Ok(without_token(context, release, &announcement.event, later.as_ref()));
    };
    let mut later = must_be_served(wish, context, fleet, &version)?;
    later.extend(wish.unlisted.iter().cloned());
    later.sort();
    later.dedup();
    let permitted = must_not_be_frozen(wish, context, &session, (fleet, subject))?;
    let freeze =
        FreezeWatch { client: permitted.usual.as_ref().unwrap_or(session.client()), subject };
    let goes_back = !later.is_empty();
    let (items, members) = (items.as_slice(), members.as_slice());
    let round =
        Round { version: &version, items, members, goes_back, later: &later, freeze: Some(freeze) };
    let (rows, halt) = if wish.dry_run || wish.forge.read_only {
        (foreseen(wish, context, &session, (target, &announcement), &round)?, None)
    } else {
        told(wish, context, &session, (target, &announcement), (&round, noted))?
    };
    let is_planned = wish.dry_run || wish.forge.read_only;
    let now = context.clock.rfc3339();
    let document = Cascade::of(release, &announcement.event, (rows, halt), is_planned, now);
    Ok(Cascade { set_aside: permitted.set_aside, ..document })
}

/// The rows of a dry run, from what the journal records, what images contain and what runs.
fn foreseen(
    wish: &Wish,
    context: &Context,
    session: &Session,
    (target, announcement): (&Target, &Announcement),
    round: &Round<'_>,
) -> Result<Vec<cascade::Row>> {
    let Target { fleet, subject } = target;
    let Round { version, items, members, goes_back, .. } = *round;
    let effects = remembered(wish, context, fleet, subject.at(version))?;
    let aim = wish.aim(goes_back);
    let labels = match aim.looks_into_images() {
        true => labels(context, session, fleet, members),
        false => BTreeMap::new(),
    };
    let images = Images {
        fleet,
        registry: &registry::of_fleet(context, fleet, Limits::default()),
        labels: &labels,
        wanted: Wanted { version, exactly: goes_back },
        client: session.client(),
    };
    Ok(session.run(cascade::foresee(&Foresight {
        items,
        aim,
        images: &images,
        workflow: &announcement.workflow,
        effects: &effects,
    })))
}

/// The named members, or all, limited to those with an image. May be empty.
fn meant<'f>(context: &Context, names: &[String], fleet: &'f Fleet) -> Result<Vec<&'f Member>> {
    let named = Selection::parse(names)?.of(fleet)?;
    with_images(context, fleet, named, !names.is_empty())
}

/// [`meant`], but at least one member.
fn members<'f>(context: &Context, names: &[String], fleet: &'f Fleet) -> Result<Vec<&'f Member>> {
    let members = meant(context, names, fleet)?;
    if members.is_empty() {
        return Err(Error::usage("no member is selected").hint("`shipshape fleet list` lists them"));
    }
    Ok(members)
}

/// Keeps members with an image, since only those build anything when notified. A named member without one is an error;
/// others are only mentioned.
fn with_images<'f>(
    context: &Context,
    fleet: &Fleet,
    members: Vec<&'f Member>,
    are_named: bool,
) -> Result<Vec<&'f Member>> {
    let Some(kind) = fleet.manifest.images.as_ref().and_then(|images| images.of.as_ref()) else {
        return Ok(members);
    };
    let (with, without): (Vec<_>, Vec<_>) =
        members.into_iter().partition(|member| notifying::builds(fleet, member));
    if let (true, Some(member)) = (are_named, without.first()) {
        return Err(Error::usage(format!("`{}` has no image: it is of another kind", member.slug))
            .in_file(&fleet.file)
            .hint(format!("`images: {{ of: {kind} }}` says which members have one")));
    }
    if !without.is_empty() {
        let count = counted(without.len(), "member");
        context.terminal.detail(&format!(
            "{count} of other kinds than `{kind}` without an image: not notified"
        ));
    }
    Ok(with)
}

/// Which members are notified of which version.
struct Round<'a> {
    version: &'a Version,
    items: &'a [Item],
    members: &'a [&'a Member],
    /// Whether a later version is known.
    goes_back: bool,
    /// The later versions that are known, in their order; not asked for where nothing is done.
    later: &'a [Version],
    /// How the freeze is read before later waves; `None` where nothing is done.
    freeze: Option<FreezeWatch<'a>>,
}

/// Called with all rows whenever one of them changed.
type Noted<'a> = &'a dyn Fn(&[cascade::Row]);

fn told(
    wish: &Wish,
    context: &Context,
    session: &Session,
    (target, announcement): (&Target, &Announcement),
    (round, noted): (&Round<'_>, Noted<'_>),
) -> Result<(Vec<cascade::Row>, Option<cascade::Halt>)> {
    let Target { fleet, subject } = target;
    let Round { version, items, members, goes_back, later, freeze } = *round;
    let release = subject.at(version);
    let journal = journal::open(wish.state.as_deref(), context, fleet, session)?;
    let name = recorded(&journal, release)?;
    let now = context.clock.rfc3339();
    let operation = begin(&journal, &name, &now)?;
    let anew = random::word()?;
    let follows = wish.watch || !wish.pace.waves.is_empty();
    let aim = wish.aim(goes_back);
    let labels = if follows || aim.looks_into_images() {
        labels(context, session, fleet, members)
    } else {
        BTreeMap::new()
    };
    let registry = registry::of_fleet(context, fleet, Limits::default());
    let terminal = context.terminal.clone();
    let say = move |line: &str| terminal.note(&visible_line(line));
    let taken_back = TakenBack {
        journal: &journal,
        release,
        aim,
        later,
        unlisted: &wish.unlisted,
        from: wish.from.as_ref(),
        knew: &wish.knew,
        options: &context.given.of_index(),
        now: &now,
        noted: RefCell::default(),
        before: RefCell::default(),
    };
    // One that is started while this cascade follows its runs takes members back from what it notified them of.
    let before = crate::release::back::opened(&journal, release)?;
    let noted = |rows: &[cascade::Row]| {
        noted(rows);
        // Errors are ignored here: everything is written again at the end, where an error is reported.
        let _ = back::overtake(&journal, &before, rows, &now);
        let _ = taken_back.note(rows);
    };
    let job = Job {
        fleet,
        announcement,
        release,
        items,
        client: session.client(),
        operation: &operation,
        registry: &registry,
        labels: &labels,
        aim,
        freeze: freeze.filter(|_| !wish.force),
        anew: &anew,
        follow: follows
            .then_some(Pace { every: wish.every, patience: wish.pace.patience.saturating_mul(60) }),
        say: &say,
        noted: &noted,
    };
    let (rows, halt) = session.run(cascade::run(&job))?;
    back::overtake(&journal, &before, &rows, &now)?;
    taken_back.end(&rows)?;
    Ok((rows, halt))
}

fn show(arguments: &Arguments, context: &Context, document: &Cascade) -> Result<()> {
    context.terminal.output(&match arguments.format {
        Form::Human => show_cascade::human(document, context.terminal.columns()),
        Form::Json => json_text(document)?,
    })?;
    let given = |next: &str| context.command(&context.given.carried_to(next));
    let rows = &document.repositories;
    let mut steps: Vec<Step> = Vec::new();
    let is_planned = document.state == StageState::Planned;
    // Also with `--again`, one that was taken back is not notified.
    let is_taken_back = |row: &cascade::Row| is_planned && row.earlier_since.is_some();
    let dispatched = rows.iter().any(|row| row.state == State::Dispatched && !is_taken_back(row));
    if dispatched && is_planned && !arguments.wish.again {
        context.terminal.note("--again notifies members again that were notified already");
    } else if dispatched {
        let mut watch = format!("shipshape release cascade {} --watch", document.version);
        // The other members were not notified, and are not selected.
        if !arguments.wish.runtime.is_empty() {
            let members = rows.iter().filter_map(|row| row.members.first());
            let members: Vec<&str> = members.map(String::as_str).collect();
            watch.push_str(&format!(" --runtime {}", members.join(" ")));
        }
        if arguments.wish.only_behind {
            watch.push_str(" --only-behind");
        }
        let why = "the start of a run proves nothing";
        steps.push(Step::because(given(&watch), why));
    } else if document.state == StageState::Failed {
        let next = show_cascade::next(document);
        steps.extend(next.iter().map(|next| next.said(given(&next.command))));
    }
    // What was forced through a freeze did not end it.
    if document.set_aside.is_some() && document.state != StageState::Planned {
        let why = "releases are still frozen: when the reason of the freeze is gone";
        steps.push(Step::because(context.command("release thaw"), why));
    }
    if !steps.is_empty() {
        next::note(context, steps);
    }
    Ok(())
}

fn ending(arguments: &Arguments, document: &Cascade) -> Exit {
    // A dry run succeeds, whatever it foresees for single members.
    if document.state == StageState::Planned {
        return Exit::Clean;
    }
    let through = |row: &cascade::Row| row.state.is_through();
    // A freeze concerns the whole release, so `--soft` does not excuse it.
    if document.is_halted() {
        return Exit::Unchecked;
    }
    if arguments.soft || document.repositories.iter().all(through) {
        Exit::Clean
    } else {
        Exit::Unchecked
    }
}
