//! `shipshape doctor`: what works here, what does not, and what to do.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use clap::Args;

use super::forge::ForgeOptions;
use super::{Context, Exit, counted, json_text};
use crate::cli::options::Form;
use crate::doctor::{self, Checkup, Examined, Group, State, Uses};
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::{Writes, credential};

/// Say what works here, what does not, and what to do about it.
///
/// Looks at fleet.yaml, the token (where it was found and what it lets you do, never its value), the forge and what is left of
/// its hourly budget, programs that some commands run, and the folders that are written to. Changes nothing. Exits
/// with 3 when something that is wanted does not work; what only some commands need may be missing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape doctor
  shipshape doctor --forge https://github.acme.example
  shipshape doctor --offline          this machine only
  shipshape doctor --format json      for a support request; it holds no secrets")]
pub(crate) struct Arguments {
    /// Ask no forge.
    #[arg(long)]
    offline: bool,

    /// The form of what is said.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,

    #[command(flatten)]
    forge: ForgeOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let (manifest, fleet) = manifest(context);
    let mut examined = vec![manifest];
    if !arguments.offline {
        examined.extend(forge(arguments, context, fleet.as_ref()));
    }
    examined.extend(doctor::machine::programs(&context.environment, Uses::of(fleet.as_ref())));
    examined.extend(doctor::machine::folders(&context.environment));
    let checkup = Checkup::new(context.clock.rfc3339(), examined);
    let text = match arguments.format {
        Form::Human => human(&checkup, context.terminal.unicode()),
        Form::Json => json_text(&checkup)?,
    };
    context.terminal.output(&text)?;
    Ok(if checkup.count(State::Fails) > 0 { Exit::Unchecked } else { Exit::Clean })
}

fn manifest(context: &Context) -> (Examined, Option<Fleet>) {
    let thing = |state, found: String| Examined::new(Group::Fleet, "fleet.yaml", state, found);
    match context.fleet(None) {
        Ok(Some(fleet)) => {
            let members = counted(fleet.members.len(), "member");
            let found = format!("{}: {members}", fleet.file.display());
            (thing(State::Works, found), Some(fleet))
        }
        Ok(None) => {
            let found = "none here or in a folder above".to_owned();
            let hint = "`shipshape init repos/*` writes a first one, or name yours with --fleet";
            let thing = thing(State::Missing, found).hint(hint);
            (thing.needed_for("every command that is about a fleet"), None)
        }
        Err(error) => (thing(State::Fails, error.to_string()).hint("correct it there"), None),
    }
}

fn forge(arguments: &Arguments, context: &Context, fleet: Option<&Fleet>) -> Vec<Examined> {
    let failed = |error: &crate::Error| {
        let thing = Examined::new(Group::Forge, "forge", State::Fails, error.to_string());
        match error.hints().first() {
            Some(hint) => thing.hint(hint),
            None => thing,
        }
    };
    let found = arguments
        .forge
        .address(fleet)
        .and_then(|address| Ok((credential::find(&address, &context.environment)?, address)));
    let (found, address) = match found {
        Ok(found) => found,
        Err(error) => return vec![failed(&error)],
    };
    let mut examined = vec![doctor::forge::credential(&address, &found)];
    let member: Option<&RepositoryName> =
        fleet.and_then(|fleet| fleet.active().next()).map(|member| &member.repository);
    match arguments.forge.session(context, fleet, Writes::read_only()) {
        Ok(session) => {
            let work = doctor::forge::examine(session.client(), member, Uses::of(fleet));
            examined.extend(session.run(work));
        }
        Err(error) => examined.push(failed(&error)),
    }
    examined
}

fn human(checkup: &Checkup, unicode: bool) -> String {
    let mut text = String::new();
    let width = checkup.examined.iter().map(|it| it.name.chars().count()).max().unwrap_or_default();
    let mut group = None;
    let heading = Style::new().bold();
    for thing in &checkup.examined {
        if group != Some(thing.group) {
            let gap = if group.is_some() { "\n" } else { "" };
            let title = title(thing.group);
            let _ = writeln!(text, "{gap}{heading}{title}{heading:#}");
            group = Some(thing.group);
        }
        let (mark, color) = mark(thing.state, unicode);
        let style = Style::new().fg_color(Some(color.into()));
        let found = visible_line(&thing.found);
        let _ = writeln!(text, "  {style}{mark}{style:#} {:width$}  {found}", thing.name);
        if thing.state != State::Works {
            let indent = " ".repeat(width + 6);
            if let Some(needed_for) = &thing.needed_for {
                let _ = writeln!(text, "{indent}needed for {}", visible_line(needed_for));
            }
            if let Some(hint) = &thing.hint {
                let _ = writeln!(text, "{indent}hint: {}", visible_line(hint));
            }
        }
    }
    let count = |state| checkup.count(state);
    let _ = write!(text, "\n{} work", count(State::Works));
    for (state, word) in
        [(State::Limited, "limited"), (State::Missing, "missing"), (State::Fails, "do not work")]
    {
        if count(state) > 0 {
            let _ = write!(text, ", {} {word}", count(state));
        }
    }
    text.push('\n');
    text
}

fn title(group: Group) -> &'static str {
    match group {
        Group::Fleet => "Fleet",
        Group::Forge => "Forge",
        Group::Programs => "Programs",
        Group::Folders => "Folders",
    }
}

fn mark(state: State, unicode: bool) -> (&'static str, AnsiColor) {
    match (state, unicode) {
        (State::Works, true) => ("✓", AnsiColor::Green),
        (State::Works, false) => ("+", AnsiColor::Green),
        (State::Limited, _) => ("!", AnsiColor::Yellow),
        (State::Missing, _) => ("-", AnsiColor::Yellow),
        (State::Fails, true) => ("✗", AnsiColor::Red),
        (State::Fails, false) => ("x", AnsiColor::Red),
    }
}
