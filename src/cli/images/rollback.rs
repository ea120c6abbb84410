//! `shipshape images rollback`: one runtime back to an earlier image, and held there.

use clap::Args;

use super::host::{HostOptions, Loaded, Session};
use super::show;
use crate::cli::options::Form;
use crate::cli::{Context, Exit};
use crate::error::{Error, Result};
use crate::images::rollback::{Request, rollback};
use crate::registry::reference::is_digest;

/// Bring one runtime back to an earlier image, and hold it there.
///
/// The tag leads to the earlier image again, and containers that were made from another one are removed, so that the platform
/// makes them again. The runtime is held from then on: a refresh would undo it. `shipshape images unhold` ends that.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape images rollback hermes                    to what was here before
  shipshape images rollback hermes --to sha256:3f2a…  to a digest, which is pulled when it is not here
  shipshape images rollback hermes --dry-run")]
pub(crate) struct Arguments {
    /// The runtime, by slug, alias or repository.
    #[arg(value_name = "RUNTIME")]
    runtime: String,

    /// The digest to go back to, or `previous`: the newest that was here and is not now.
    #[arg(long, value_name = "DIGEST", default_value = "previous")]
    to: String,

    /// Why, for whoever finds it held.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// Leave the containers alone.
    #[arg(long)]
    no_recreate: bool,

    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,

    /// The form of what is said.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,

    #[command(flatten)]
    host: HostOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let to = match arguments.to.as_str() {
        "previous" => None,
        digest if is_digest(digest) => Some(digest.to_owned()),
        other => {
            return Err(Error::usage(format!("`{}` is no digest", other.escape_debug()))
                .hint("a digest is `sha256:` and 64 digits; `shipshape images status -v` lists those that were here"));
        }
    };
    let loaded = Loaded::load(context)?;
    loaded.may_recreate(!arguments.no_recreate)?;
    let request = Request {
        runtime: loaded.one(&arguments.runtime)?,
        to,
        reason: arguments.reason.clone(),
        recreate: !arguments.no_recreate,
        dry_run: arguments.dry_run,
    };
    let session = Session::open(context, &arguments.host, &loaded)?;
    let progress = show::Progress::new(context, 1);
    let outcome = session.run(rollback(&session.host, &request, &progress.listener()));
    progress.finish();
    show::outcome(context, &session.host, outcome?, (show::Verb::Rollback, arguments.format))
}
