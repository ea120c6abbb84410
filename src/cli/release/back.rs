//! `shipshape release back`: takes every member back to an earlier version, and freezes releases.

mod above;
mod advice;
mod busy;
mod confirm;
mod foreseen;
mod left;
mod overtaken;

use std::path::{Path, PathBuf};

use clap::Args;
use pep440_rs::Version;

use super::pace::PaceOptions;
use super::{Target, cascade, freeze, show_cascade};
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::index::IndexOptions;
use crate::cli::shared::interruption::LastWords;
use crate::cli::shared::journal;
use crate::cli::shared::next::{self, Step};
use crate::cli::shared::options::Form;
use crate::cli::{Context, Exit, json_text};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::journal::Journal;
use crate::package::version;
use crate::release::back::{Back, Begun, Ended};
use crate::release::cascade::Cascade;
use crate::release::chain::{self, Record};
use crate::release::{Announcement, ReleaseId, back};
use above::later;
use advice::{Freezing, Went, advise};
use busy::must_be_free;
use confirm::confirm;
use foreseen::foresee;
use left::{left, note_withdrawals};
use overtaken::{GoesOn, goes_on};

/// What the suggested command for an unfinished way back does.
pub(super) const CONTINUES: &str = "continues it; members that are back are left alone";

/// Move all members back to an earlier version on the index, and freeze releases.
///
/// This command can only go back: it creates no version, uploads nothing, and skips a member whose image
/// contains an earlier version. Each other member whose image does not contain VERSION is sent a dispatch, and
/// is followed until its image contains exactly that version. Releases are frozen first, so that nothing is
/// released meanwhile; `release thaw` ends the freeze. Run the command again after any interruption: members
/// that are back are not touched.
///
/// The token for members is read only from TEMPLATE_DISPATCH_TOKEN. No checkout is needed.
///
/// An interrupted run is recorded: `shipshape`, `release status` and --dry-run report it until all members are
/// back. It is not continued once a version was released since: another machine may have finished it. The same command
/// run once more, for whichever members, does not undo such a release either, be it in images, on the way into them or
/// only on the index: --from names the version then.
///
/// Exit codes: 1 with --dry-run when the run would be refused, or would undo a later release; 2 when VERSION is not one to go back to, the run
/// would undo a later release without --from, or nobody can be asked and --yes is missing; 3 when the
/// token cannot notify any member, also with --dry-run, a member was not notified, its image does not contain the
/// version, or that cannot be determined.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape release back 0.1.6 --dry-run           what each image contains now, and which would go back
  shipshape release back 0.1.6                     freeze releases, and move all members back
  shipshape release back 0.1.6 --yes --reason '0.1.7 loses the queue; see #812'
  shipshape release back 0.1.6 --waves 1,25%       one first, then a quarter, then the rest
  shipshape release back 0.1.6 --runtime hermes    only one")]
pub(super) struct Arguments {
    /// The version to go back to. The index must serve it, and a later one must be known: to the index, as released here,
    /// or in images.
    #[arg(value_name = "VERSION")]
    version: String,

    /// Only these members: slugs, aliases or repositories.
    #[arg(long, alias = "repository", value_name = "MEMBER", num_args = 1.., value_delimiter = ',')]
    runtime: Vec<String>,

    #[command(flatten)]
    pace: PaceOptions,

    /// The newest version that members leave, as you saw it. Required with --yes, and without a terminal, where one was
    /// released since members went back to VERSION.
    #[arg(long, value_name = "VERSION", value_parser = version::read)]
    from: Option<Version>,

    /// Why releases are frozen, in one line (default: that members went back to VERSION).
    #[arg(long, value_name = "TEXT", conflicts_with = "no_freeze")]
    reason: Option<String>,

    /// Do not freeze releases.
    #[arg(long)]
    no_freeze: bool,

    /// Do not ask for confirmation. Required without a terminal.
    #[arg(long)]
    yes: bool,

    /// Only show what each image contains now, which members were notified already, and which would be.
    #[arg(long)]
    dry_run: bool,

    /// The state file (default: the fleet's own in the state folder).
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,

    #[command(flatten)]
    index: IndexOptions,

    #[command(flatten)]
    forge: ForgeOptions,
}

impl Arguments {
    fn only_looks(&self) -> bool {
        self.dry_run || self.forge.read_only
    }

    /// The options of the cascade: members that are already back are left alone.
    fn wish(&self, version: &Version) -> cascade::Wish {
        cascade::Wish {
            version: version.to_string(),
            runtime: self.runtime.clone(),
            only_behind: true,
            pace: self.pace.clone(),
            watch: true,
            every: cascade::EVERY,
            again: false,
            force: true,
            only_back: true,
            knows_freeze: !self.no_freeze,
            unlisted: Vec::new(),
            from: None,
            knew: Vec::new(),
            dry_run: false,
            state: self.state.clone(),
            index: self.index.clone(),
            forge: self.forge.clone(),
        }
    }

    /// The options to record, which the command that continues repeats.
    fn kept(&self, context: &Context) -> Vec<String> {
        let members: Vec<String> = self.runtime.iter().map(|name| next::quoted(name)).collect();
        let runtime = (!members.is_empty()).then(|| format!("--runtime {}", members.join(" ")));
        runtime.into_iter().chain(context.given.kept()).collect()
    }

    /// The command that continues this one, with the same options.
    fn again(&self, context: &Context, version: &Version) -> String {
        let command = format!("shipshape release back {version}");
        context.given.before(&self.kept(context)).carried_to(&command)
    }

    /// The message on an interrupt.
    fn interrupted(&self, context: &Context, version: &Version) -> String {
        let again = context.command(&self.again(context, version));
        let steps = [
            Step::because(again, CONTINUES),
            Step::because(context.command("release status"), "shows its state"),
        ];
        next::below("Interrupted; what was done is kept.", steps).trim().to_owned()
    }

    /// The journal that records the way back.
    fn journal_file(&self, context: &Context, fleet: &Fleet) -> Result<PathBuf> {
        let forge = self.forge.address(Some(fleet))?;
        journal::file_at(self.state.as_deref(), context, fleet, &forge)
    }
}

/// The command that continues an unfinished way back, with its recorded options.
pub(super) fn continued(context: &Context, back: &Back) -> String {
    let command = format!("shipshape release back {}", back.version);
    context.command(&context.given.before(&back.options).carried_to(&command))
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let context = &Context { is_part: true, ..context.clone() };
    let target = Target::of(context)?;
    let Target { fleet, subject } = &target;
    Announcement::of(fleet)?;
    let version = version::read(&arguments.version)?;
    let reason = match &arguments.reason {
        Some(text) => freeze::reason(text)?,
        None => format!("members went back to {version}"),
    };
    cascade::who_goes_first(fleet, &arguments.pace.first)?;
    let mut above = later(arguments, context, &target, &version)?;
    if !arguments.only_looks() && !cascade::has_token(context) {
        let what = format!("{} is not set, so no member can be notified", cascade::TOKEN);
        let bad = above.later.newest();
        let bad = bad.map(|bad| format!(" --from-version {bad}")).unwrap_or_default();
        return Err(Error::usage(what)
            .hint("set it to a token with `contents: write` for the members")
            .hint(format!("on this host alone: `shipshape images rollback --all{bad}`")));
    }
    let wish = arguments.wish(&version);
    let release = subject.at(&version);
    let file = arguments.journal_file(context, fleet)?;
    warn_of_bad(context, &file, release)?;
    if arguments.only_looks() {
        return foresee(arguments, context, &target, (&version, above), &reason);
    }
    must_be_free(&file, release)?;
    // Checked before anything is frozen: a token that can notify no member would stop half-way.
    cascade::can_notify(&arguments.forge, context, fleet, &arguments.runtime)?;
    let seen = cascade::seen(&wish, context, &target)?;
    above.look(context, release, &seen);
    let now = context.clock.rfc3339();
    let asked = (context.terminal.can_ask(), now.as_str());
    let GoesOn { knew, since, up_to } =
        goes_on(arguments, &file, (fleet, release), (&seen, &above.later), asked)?;
    confirm(arguments, context, &target, &seen, since.as_ref())?;
    // Whoever was asked may have taken their time.
    must_be_free(&file, release)?;
    // What continues this one leaves no other versions either.
    let from = up_to.iter().filter(|it| **it > version);
    let from: Vec<String> = from.map(|it| format!("--from {it}")).collect();
    let context = &Context { given: context.given.before(&from), ..context.clone() };
    let unlisted = above.later.unlisted().versions();
    let wish = cascade::Wish { unlisted, from: up_to, knew: knew.clone(), ..wish };
    let journal = Journal::open(&file)?;
    // A run for some members does not replace the record of one for more, which stays until all of those are back.
    let wider = back::begun(&journal, release.distribution)?
        .filter(|begun| begun.at_it.is_none() && begun.is_wider_than(&arguments.runtime));
    let begun = match &wider {
        Some(_) => None,
        None => Some(back::begin(&journal, release, &arguments.kept(context), &now)?),
    };
    if let Some(begun) = &begun {
        begun.keep_known(&knew)?;
    }
    let _last_words = LastWords::listening(&arguments.interrupted(context, &version));
    let mut freezing = None;
    if !arguments.no_freeze {
        let writes = arguments.forge.writes([&subject.repository]);
        let session = arguments.forge.session(context, Some(fleet), writes)?;
        if let Err(error) = freeze::set(context, &session, subject, &reason) {
            begun.map(Begun::give_up).transpose()?;
            return Err(error.hint("to go back without a freeze: --no-freeze"));
        }
        freezing = Some(session);
    }
    let document = cascade::tell(&wish, context, &target, &|_| ())?;
    let rows = &document.repositories;
    let through = rows.iter().filter(|row| row.state.is_through()).count();
    let unreachable = rows.iter().filter(|row| row.cannot_be_told).count();
    let ended = Ended { back: through, of: rows.len(), unreachable };
    let is_back = through == rows.len();
    if let Some(begun) = begun {
        begun.end(ended)?;
    }
    show(arguments, context, &document)?;
    // Somebody may have lifted the freeze meanwhile.
    let freeze = freezing.map(|session| match freeze::is_lifted(&session, subject) {
        true => Freezing::Lifted,
        false => Freezing::Lasts,
    });
    note_withdrawals(&journal, (fleet, release), &above.later, &context.clock.rfc3339())?;
    let left = left(&journal, (fleet, release), &above.later, (&[], None))?;
    let went = Went {
        document: &document,
        wider: wider.as_ref(),
        version: &version,
        left: left.as_ref(),
        freeze,
    };
    advise(arguments, context, &went);
    Ok(if is_back { Exit::Clean } else { Exit::Unchecked })
}

/// Warns before members go back to a version that members went back from, as far as this machine knows.
fn warn_of_bad(context: &Context, file: &Path, release: ReleaseId<'_>) -> Result<()> {
    let Some(journal) = Journal::look(file)? else {
        return Ok(());
    };
    let Some(begun) = journal.unfinished(&chain::operation(release).0)? else {
        return Ok(());
    };
    if let Some(back) = Record::of_effects(&begun.effects).went_back {
        let (version, to) = (release.version, back.all_targets());
        let line = format!("WARNING: members went back from {version} to {to}");
        context.terminal.note(&visible_line(&line));
    }
    Ok(())
}

fn show(arguments: &Arguments, context: &Context, document: &Cascade) -> Result<()> {
    context.terminal.output(&match arguments.format {
        Form::Human => show_cascade::human(document, context.terminal.columns()),
        Form::Json => json_text(document)?,
    })
}
