//! `shipshape schema`: the JSON Schemas of every file and report of ours.

use clap::Args;

use super::{Context, Exit};
use crate::error::{Error, Result};

/// Print the JSON Schema of a file or report; without a name, list them.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Which: `fleet`, `shape`, `report`, …
    name: Option<String>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let Some(name) = &arguments.name else {
        let names: Vec<String> = crate::schema::names().map(|name| format!("{name}\n")).collect();
        context.terminal.output(&names.concat())?;
        return Ok(Exit::Clean);
    };
    let schema = crate::schema::print(name).ok_or_else(|| {
        Error::usage(format!("there is no schema `{name}`"))
            .hint(format!("there are: {}", crate::schema::names().collect::<Vec<_>>().join(", ")))
    })?;
    context.terminal.output(&schema)?;
    Ok(Exit::Clean)
}
