//! `shipshape images refresh`: pulls images, and removes containers of older ones.

use clap::Args;

use super::host::{ChosenOptions, Loaded, PullOptions, SaidOptions, Session, at_once};
use super::show;
use crate::cli::shared::next::quoted;
use crate::cli::shared::releases::Remembered;
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::images::outcome::Outcome;
use crate::images::refresh::{Request, refresh};
use crate::release::back::Back;
use crate::release::chain::Run;

/// Pull the members' images, and remove containers of older ones.
///
/// Each image is pulled by the digest that its tag has in the registry. The previous local digest of the tag is
/// recorded for `rollback`, the tag moves, and the platform's containers with an older image are removed by
/// force, so that the platform creates them again. Containers of the new image are not touched. A runtime that
/// cannot be pulled is reported with its reason, and the others continue. If the command is interrupted, run it
/// again to do the rest.
///
/// Exit code 3 when something could not be done; with --dry-run 1 when something would be.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape images refresh                              all runtimes of fleet.yaml
  shipshape images refresh claude-code hermes           two of them
  shipshape images refresh --no-recreate                pull only, do not remove containers
  shipshape images refresh --dry-run                    show what would be pulled and removed
  shipshape images refresh --canary hermes              hermes first; the others only if it succeeds
  shipshape images refresh --canary hermes --smoke      also try its image, as `images smoke` does
  shipshape images refresh --format json | jq '.failed[].why'")]
pub(crate) struct Arguments {
    #[command(flatten)]
    chosen: ChosenOptions,

    #[command(flatten)]
    pull: PullOptions,

    /// Only show what would be done.
    #[arg(long)]
    dry_run: bool,

    /// The runtime to refresh first. The others follow if it was pulled, its containers were removed, and its
    /// image has a version in the label that fleet.yaml names.
    #[arg(long, value_name = "RUNTIME")]
    canary: Option<String>,

    /// Try the image of the canary, as `images smoke` does. The others follow only if it works.
    #[arg(long, requires = "canary", conflicts_with = "dry_run")]
    smoke: bool,

    #[command(flatten)]
    said: SaidOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let loaded = Loaded::load(context)?;
    let runtimes = loaded.named(&arguments.chosen.names())?;
    let canary = arguments.canary.as_deref().map(|name| loaded.one(name)).transpose()?;
    if let Some(canary) = &canary
        && !runtimes.contains(canary)
    {
        return Err(Error::usage(format!(
            "`{}` is to go first, but is not among the runtimes that are given",
            canary.slug
        ))
        .hint(format!("name it too: `shipshape images refresh {} …`", canary.slug)));
    }
    loaded.may_recreate(!arguments.pull.no_recreate)?;
    let request = Request {
        runtimes,
        canary: canary.map(|canary| canary.slug),
        smoke: if arguments.smoke { loaded.smoke() } else { None },
        recreate: !arguments.pull.no_recreate,
        dry_run: arguments.dry_run,
        at_once: at_once(arguments.pull.pulls),
    };
    let session = Session::open(context, &arguments.said.host, &loaded)?;
    // Records that cannot be read stop no refresh.
    let recorded = arguments.said.host.releases(context, &loaded.fleet);
    let Remembered { back, runs } = recorded.unwrap_or_default();
    if let Some(back) = back.filter(Back::is_open) {
        let line = format!(
            "WARNING: members are being taken back: {}; an image that is not back yet is pulled as it is",
            back.in_words()
        );
        context.terminal.note(&visible_line(&line));
    }
    let progress = show::Progress::new(context, request.runtimes.len());
    let outcome = session.run(refresh(&session.host, &request, &progress.listener()));
    progress.finish();
    for line in outcome.iter().flat_map(|outcome| bad(outcome, &runs)) {
        context.terminal.note(&visible_line(&line));
    }
    let asked = show::Asked::Refresh { again: arguments.again(context) };
    show::outcome(context, &session.host, outcome?, &asked, &arguments.said)
}

/// Which images were pulled, or would be, with a version that members went back from because it is bad.
fn bad(outcome: &Outcome, runs: &[Run]) -> Vec<String> {
    let pulled =
        outcome.pulled.iter().filter_map(|pulled| Some((pulled, pulled.version.as_ref()?)));
    let lines = pulled.filter_map(|(pulled, version)| {
        let is_it = |run: &&Run| run.is_given_up && run.version.as_ref() == Some(version);
        let to = runs.iter().find(is_it)?.all_targets()?;
        let runtime = &pulled.runtime;
        Some(format!(
            "WARNING: the image of {runtime} contains {version}, from which members went back to {to}: \
             `shipshape images rollback {runtime}` puts the one before back"
        ))
    });
    lines.collect()
}

impl Arguments {
    /// The same command without `--dry-run`.
    fn again(&self, context: &Context) -> String {
        let mut words = vec!["shipshape images refresh".to_owned()];
        words.extend(self.chosen.names().iter().map(|name| quoted(name)));
        context.command(&context.given.carried_to(&words.join(" ")))
    }
}
