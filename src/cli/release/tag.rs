//! `shipshape release tag`: reserves a version.

use std::path::PathBuf;

use clap::Args;

use super::recorded::Recorded;
use super::{Target, declined, indexed, must_be_meant, undecided};
use crate::cli::shared::confirmed::confirmed;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::index::IndexOptions;
use crate::cli::{Context, Exit};
use crate::edge::random;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::forge::WriteScope;
use crate::package::version;
use crate::release::freeze::Freeze;
use crate::release::reserve::{OnRace, Request, Reserved, reserve};
use crate::release::{Chosen, Decision, Observed, Subject, Wish, decide, observe};
use crate::source::secrets::masked;

/// Create the tag of the next version, which reserves it before anything is built.
///
/// If several runs do this at once, one wins; the others look again, or stop. Run the command again after any
/// interruption: a commit that has its tag is not tagged twice. The tag, new or existing, is printed on a line
/// of its own.
///
/// What --force overrides is listed before the tag is created. A version that is most likely mistyped or would
/// lose changes of the last release, or a commit that is already released, needs confirmation as well.
///
/// Exit codes: 0 when the tag exists, or there is nothing to release; 2 when changes of the last release would
/// be lost, or confirmation is needed, nobody can be asked and --yes is missing; 3 when releases are frozen, or
/// the tag may not be created.
#[derive(Debug, Args)]
#[command(
    disable_version_flag = true,
    after_help = "\
Examples:
  shipshape release tag                            the head of the branch that is released from
  shipshape release tag --commit 1f2e3d4c5b6a...   the commit that a pull request was merged as
  shipshape release tag --version 0.1.6.dev1       this version
  shipshape release tag --on-race stop             stop when another run has just created that tag
  shipshape release tag --version 0.5.0 --force --yes      skip versions on purpose
  shipshape release tag --dry-run                  only show which it would be"
)]
pub(super) struct Arguments {
    /// The commit: an id, or a branch (default: the head of the branch that is released from).
    #[arg(long, value_name = "COMMIT")]
    commit: Option<String>,

    /// The version, instead of the next one.
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,

    /// Continue despite a freeze, skipped version numbers, skip words of the commit, nothing new, or changes of the last
    /// release that the commit lacks.
    #[arg(long)]
    force: bool,

    /// Accept what --force overrides without confirmation.
    #[arg(long)]
    yes: bool,

    /// What to do when another run has just created that tag.
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    on_race: OnRace,

    /// Only show which tag would be created.
    #[arg(long)]
    dry_run: bool,

    /// The state file with what runs have recorded (default: the fleet's own in the state folder).
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    #[command(flatten)]
    index: IndexOptions,

    #[command(flatten)]
    forge: ForgeOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let target = Target::of(context)?;
    let Target { fleet, subject } = &target;
    let wanted = arguments.version.as_deref().map(version::read).transpose()?;
    let indexed = indexed(context, &arguments.index, fleet).map_err(undecided)?.unwrap_or_default();
    // Where there is no place for records, nothing is recorded.
    let state = arguments.state.as_deref();
    let taken = match state.is_some() || context.environment.state_folder().is_some() {
        true => Recorded::of(state, context, &target, &arguments.forge)?.taken,
        false => Vec::new(),
    };
    let wish = Wish { version: wanted, force: arguments.force, taken, ..Wish::default() };
    if arguments.dry_run || arguments.forge.read_only {
        let session = arguments.forge.session(context, Some(fleet), WriteScope::none())?;
        let commit = arguments.commit.as_deref();
        let observed = session.run(observe(session.client(), subject, commit))?;
        let decision = decide(&observed, &indexed, &subject.release, &wish)?;
        if let Decision::Release(chosen) = &decision {
            if let Some(freeze) = observed.freeze.as_ref().filter(|_| !arguments.force) {
                return Err(freeze.stops("nothing would be tagged"));
            }
            if let Some(lost) = &chosen.lost {
                return Err(lost.refused("nothing would be tagged"));
            }
            let tag = subject.release.tag_of(&chosen.version.to_string());
            context.terminal.output(&format!("{tag}\n"))?;
            why(context, &chosen.why);
            context.terminal.note("Nothing was done.");
            return Ok(Exit::Clean);
        }
        return left(context, subject, &decision);
    }
    let writes = arguments.forge.writes([&subject.repository]);
    let session = arguments.forge.session(context, Some(fleet), writes)?;
    let mut commit = arguments.commit.clone();
    // Show and confirm what `--force` overrides before anything is created.
    if arguments.force {
        let observed = session.run(observe(session.client(), subject, commit.as_deref()))?;
        let decision = decide(&observed, &indexed, &subject.release, &wish)?;
        let Decision::Release(chosen) = decision else { return left(context, subject, &decision) };
        confirm(arguments, context, &observed, (subject, &chosen))?;
        commit = Some(observed.commit);
    }
    let request =
        Request { commit, wish, despite_freeze: arguments.force, on_race: arguments.on_race };
    let word = random::word()?;
    let terminal = context.terminal.clone();
    let told = move |line: &str| terminal.note(line);
    let reserved =
        session.run(reserve(session.client(), subject, &indexed, &request, &word, &told))?;
    match reserved {
        Reserved::Made(tagged, chosen) => {
            context.terminal.output(&format!("{}\n", tagged.tag))?;
            why(context, &chosen.why);
            let at = tagged.commit.get(..12).unwrap_or(&tagged.commit);
            context
                .terminal
                .note(&format!("made `{}` at {at} of {}", tagged.tag, subject.repository));
            Ok(Exit::Clean)
        }
        Reserved::Left(decision) => left(context, subject, &decision),
    }
}

/// Shows what `--force` overrides, and asks if somebody can answer.
fn confirm(
    arguments: &Arguments,
    context: &Context,
    observed: &Observed,
    (subject, chosen): (&Subject, &Chosen),
) -> Result<()> {
    must_be_meant(context, chosen, arguments.yes)?;
    let freeze = observed.freeze.iter().map(Freeze::in_words);
    let aside: Vec<String> = chosen.set_aside.iter().cloned().chain(freeze).collect();
    for why in &aside {
        context.terminal.note(&visible_line(&masked(&format!("--force sets aside: {why}"))));
    }
    if aside.is_empty() || arguments.yes || !context.terminal.can_ask() {
        return Ok(());
    }
    let commit = observed.commit.get(..12).unwrap_or(&observed.commit);
    let (distribution, version) = (&subject.distribution, &chosen.version);
    let question = format!("Set that aside, and reserve {distribution} {version} for {commit}?");
    match confirmed(context, &question)? {
        true => Ok(()),
        false => Err(declined()),
    }
}

fn why(context: &Context, why: &[String]) {
    for line in why {
        context.terminal.note(line);
    }
}

/// Reports why no tag is created.
fn left(context: &Context, subject: &Subject, decision: &Decision) -> Result<Exit> {
    match decision {
        Decision::Already(tagged) => {
            context.terminal.output(&format!("{}\n", tagged.tag))?;
            context.terminal.note("the commit has this tag already");
        }
        Decision::Nothing(last) => context.terminal.note(&format!(
            "nothing to release: nothing changed in `{}` since {}",
            subject.path, last.version
        )),
        Decision::Skipped(word) => context.terminal.note(&format!(
            "nothing to release: the commit's message says `{word}`; --force sets that aside"
        )),
        // Unreachable: a decision to release is carried out.
        Decision::Release(chosen) => {
            return Err(Error::failed(format!("{} was not tagged", chosen.version)));
        }
    }
    Ok(Exit::Clean)
}
