//! `shipshape explain`: a rule's own documentation.

use clap::Args;

use super::{Context, Exit};
use crate::checks::registry;
use crate::error::{Error, Result};

/// Say what a rule wants, whom it protects, and show what fails and what passes.
#[derive(Debug, Args)]
#[command(after_help = "Example: shipshape explain SHP102")]
pub struct Arguments {
    /// The rule's id or code; without one, all rules are listed.
    rule: Option<String>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let Some(name) = &arguments.rule else {
        let lines = registry::rules().map(|rule| {
            format!("{}  {:<8} {:<28} {}\n", rule.code, rule.severity.to_string(), rule.id, rule.summary)
        });
        context.terminal.output(&lines.collect::<String>())?;
        return Ok(Exit::Clean);
    };
    let rule = registry::find(name).ok_or_else(|| {
        let nearest = registry::nearest(name);
        let hint = nearest.map_or("`shipshape explain` lists all rules".to_owned(), |rule| {
            format!("did you mean `{}` ({})?", rule.id, rule.code)
        });
        Error::usage(format!("there is no rule `{name}`")).hint(hint)
    })?;
    context.terminal.output(&registry::documentation(rule))?;
    Ok(Exit::Clean)
}
