//! `shipshape images rollback`: returns runtimes to an earlier image and holds them there.

use clap::Args;
use pep440_rs::Version;

use super::host::{Loaded, MeantOptions, SaidOptions, Session};
use super::show;
use crate::cli::shared::interruption::LastWords;
use crate::cli::shared::next::{self, Step};
use crate::cli::{Context, Exit};
use crate::digest::digits;
use crate::error::{Error, Result};
use crate::images::outcome::{Failure, Outcome};
use crate::images::rollback::{Request, rollback};
use crate::package::version;

/// Move runtimes back to an earlier image, and hold them there.
///
/// The tag points to the earlier image again, and containers of other images are removed, so that the platform
/// creates them again. The runtime is then held, because a refresh would undo the rollback; `shipshape images
/// unhold` ends that. Running the command again does not go back further; use `--to` for that. The registry is
/// not asked for an image that the engine still has. An earlier image that contains a later version than the
/// current one is restored only with `--to`, because it may be the bad release. A runtime without an earlier
/// image is reported, and the others continue. After a bad release, `--from-version` keeps those that do not have it
/// where they are.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape images rollback hermes                    to the previous image
  shipshape images rollback hermes --to 3f2a9c0d      to an image listed by `images status hermes -v`
  shipshape images rollback hermes --to sha256:…      to any image, by its full digest; pulled if missing
  shipshape images rollback --all --from-version 0.1.7    all that contain a bad release
  shipshape images rollback hermes --dry-run")]
pub(crate) struct Arguments {
    #[command(flatten)]
    meant: MeantOptions,

    /// The digest to go back to, or `previous`: the newest earlier image, unless it contains a later version. A
    /// digest that was here before can be shortened.
    #[arg(long, value_name = "DIGEST", default_value = "previous")]
    to: String,

    /// Only runtimes whose image contains this version, by its label; the others are left alone.
    #[arg(long, value_name = "VERSION", value_parser = version::read, conflicts_with = "to")]
    from_version: Option<Version>,

    /// The reason, shown wherever the hold is reported.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// Do not remove containers.
    #[arg(long)]
    no_recreate: bool,

    /// Only show what would be done.
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    said: SaidOptions,
}

/// The fewest digits that identify a digest among the earlier ones.
const FEWEST: usize = 6;

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let to = match arguments.to.as_str() {
        "previous" => None,
        digest if digits(digest).len() >= FEWEST && is_hexadecimal(digits(digest)) => {
            Some(digest.to_owned())
        }
        other => {
            return Err(Error::usage(format!("`{}` is not a digest", other.escape_debug()))
                .hint(format!("a digest is `sha256:` and 64 digits, of which {FEWEST} are enough for one that was \
                               here: `shipshape images status -v` lists those")));
        }
    };
    let loaded = Loaded::load(context)?;
    loaded.may_recreate(!arguments.no_recreate)?;
    let runtimes = arguments.meant.of(&loaded)?;
    if to.is_some() && runtimes.len() > 1 {
        return Err(Error::usage("a digest belongs to one runtime, but several are given")
            .hint("bring them back one by one, or all to what was here before: without `--to`"));
    }
    let is_one = runtimes.len() == 1;
    let session = Session::open(context, &arguments.said.host, &loaded)?;
    let _last_words =
        (!arguments.dry_run).then(|| LastWords::listening(&arguments.interrupted(context)));
    let progress = show::Progress::new(context, runtimes.len());
    let mut outcome = Outcome { dry_run: arguments.dry_run, ..Outcome::default() };
    for runtime in runtimes {
        let name = runtime.slug.clone();
        let request = Request {
            runtime,
            to: to.clone(),
            from: arguments.from_version.clone(),
            reason: arguments.reason.clone(),
            recreate: !arguments.no_recreate,
            dry_run: arguments.dry_run,
        };
        match session.run(rollback(&session.host, &request, &progress.listener())) {
            Ok(more) => outcome.add(more),
            Err(error) if is_one => {
                progress.finish();
                return Err(error);
            }
            Err(error) => outcome.failed.push(Failure::of_memory(&name, &error)),
        }
    }
    progress.finish();
    let asked = show::Asked::Rollback { again: arguments.again(context) };
    show::outcome(context, &session.host, outcome, &asked, &arguments.said)
}

impl Arguments {
    /// The message on an interrupt.
    fn interrupted(&self, context: &Context) -> String {
        let again = context.command(&self.again(context));
        let why = "does what is left; a runtime that is back stays where it is";
        next::below("Interrupted; what was done is kept.", [Step::because(again, why)])
            .trim()
            .to_owned()
    }

    /// The same command without `--dry-run`.
    fn again(&self, context: &Context) -> String {
        let command = format!("shipshape images rollback {}", self.meant.words());
        context.command(&context.given.carried_to(&command))
    }
}
