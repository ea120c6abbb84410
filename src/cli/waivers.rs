//! `shipshape waivers`: list what is waived, and take out what covers nothing any more.

use clap::Args;

use super::{Context, Exit, decisions};
use crate::edge::terminal::visible;
use crate::error::{Error, Result};
use crate::fleet::waivers::edit;

/// List the fleet's waivers, the next to expire first; --prune takes out those that have expired.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Take expired waivers out of the file.
    #[arg(long)]
    prune: bool,

    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let fleet = context.fleet(None)?.ok_or_else(|| {
        Error::usage("waivers belong to a fleet, and there is no fleet.yaml here")
            .hint("name it with --fleet FILE")
    })?;
    let waivers = decisions::waivers(context, &fleet)?;
    let today = context.clock.today();
    if arguments.prune {
        let expired: Vec<usize> = waivers
            .entries
            .iter()
            .enumerate()
            .filter(|(_, waiver)| waiver.expires.0 < today)
            .map(|(index, _)| index)
            .collect();
        if expired.is_empty() {
            context.terminal.note("no waiver has expired");
            return Ok(Exit::Clean);
        }
        let file = fleet.beside(&fleet.manifest.waivers);
        let bytes = decisions::bytes_of(&file)?.unwrap_or_default();
        let pruned = context.all(edit::prune(&file, &bytes, &expired))?;
        crate::edge::whole_file::replace(&file, &pruned)?;
        context.terminal.note(&format!(
            "took {} expired waivers out of {}",
            expired.len(),
            file.display()
        ));
        return Ok(Exit::Clean);
    }
    let mut entries: Vec<_> = waivers.entries.iter().collect();
    entries.sort_by_key(|waiver| waiver.expires);
    if arguments.json {
        let entries: Vec<_> = entries
            .iter()
            .map(|waiver| {
                serde_json::json!({
                    "repository": waiver.repository,
                    "rule": waiver.rule,
                    "path": waiver.path,
                    "reason": waiver.reason,
                    "owner": waiver.owner,
                    "expires": waiver.expires.0.to_string(),
                    "expired": waiver.expires.0 < today,
                    "hash": waiver.hash,
                })
            })
            .collect();
        let document =
            serde_json::json!({ "schema": "shipshape/waivers-list/1", "waivers": entries });
        context.terminal.output(&format!("{document:#}\n"))?;
        return Ok(Exit::Clean);
    }
    for waiver in &entries {
        let state = if waiver.expires.0 < today { "expired" } else { "until  " };
        context.terminal.output(&format!(
            "{state} {}  {}  {} {}  ({}: {})\n",
            waiver.expires.0,
            visible(&waiver.repository),
            waiver.rule,
            visible(waiver.path.as_deref().unwrap_or_default()),
            visible(&waiver.owner),
            visible(&waiver.reason),
        ))?;
    }
    context.terminal.note(&format!("{} waivers", entries.len()));
    Ok(Exit::Clean)
}
