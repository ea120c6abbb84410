//! `shipshape explain`: a rule's own documentation.

use clap::Args;

use super::{Context, Exit};
use crate::checks::registry;
use crate::error::Result;

/// Say what a rule wants, whom it protects, and show what fails and what passes.
#[derive(Debug, Args)]
#[command(after_help = "Example: shipshape explain SHP102")]
pub(crate) struct Arguments {
    /// The rule's id or code; without one, all rules are listed.
    rule: Option<String>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let Some(name) = &arguments.rule else {
        let lines = registry::rules().map(|rule| {
            format!(
                "{}  {:<8} {:<28} {}\n",
                rule.code,
                rule.severity.to_string(),
                rule.id,
                rule.summary
            )
        });
        context.terminal.output(&lines.collect::<String>())?;
        return Ok(Exit::Clean);
    };
    let rule = registry::known(name)?;
    context.terminal.output(&registry::documentation(rule))?;
    Ok(Exit::Clean)
}
