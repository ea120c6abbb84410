//! `shipshape doctor`: what works in this environment, what does not, and how to fix it.

mod dispatch;
mod index;
mod shapes;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use anstyle::{AnsiColor, Style};
use clap::{Args, CommandFactory as _};

use super::{Context, Exit, counted, json_text};
use crate::cli::shared::forge::{ForgeOptions, Session};
use crate::cli::shared::index::IndexOptions;
use crate::cli::shared::known_words::KnownWords;
use crate::cli::shared::options::Form;
use crate::doctor::permissions::{Command, Wanted};
use crate::doctor::{self, Checkup, Examined, Group, State, Uses};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::credential::DISPATCH_VARIABLE;
use crate::forge::{Credential, WriteScope};

/// Show what works here, what does not, and how to fix it.
///
/// Checks fleet.yaml and the shapes that it names, the token (where it was found and what it permits, never its
/// value), the forge and the rest of its hourly request budget, the package index of the runtime package, programs that
/// some commands run, and the folders that are written to.
/// Changes nothing. The exit code is 3 when something required does not work; what only some commands need may
/// be missing.
///
/// With --permissions it lists instead which permissions a token needs, and why, without a request to the
/// forge. Permissions that only images or a runtime package need are left out if fleet.yaml has none.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape doctor
  shipshape doctor --forge https://github.acme.example
  shipshape doctor --offline          this machine only
  shipshape doctor --format json      for a support request; contains no secrets
  shipshape doctor --permissions      the permissions that each command needs, reading first
  shipshape doctor --permissions drift campaign apply
                                      what these two need, and both together")]
pub(crate) struct Arguments {
    /// Do not send requests to the forge or the package index: of the credential, only show where it was found.
    #[arg(long)]
    offline: bool,

    /// List the permissions that a token needs, for all commands or for these (in quotes if with options:
    /// "validate --comment"). No request is sent to the forge.
    #[arg(long, value_name = "COMMAND", num_args = 0.., conflicts_with = "offline",
        hide_possible_values = true, value_parser = KnownWords(Wanted::words))]
    permissions: Option<Vec<String>>,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,

    #[command(flatten)]
    forge: ForgeOptions,

    #[command(flatten)]
    index: IndexOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    if let Some(commands) = &arguments.permissions {
        return permissions(arguments, commands, context);
    }
    let (manifest, fleet) = manifest(context);
    let mut examined = vec![manifest];
    let open_key = doctor::machine::open_key(&context.environment);
    // A line below says it.
    context.open_key_is_said.store(true, Ordering::Relaxed);
    let (of_forge, session) = forge(arguments, context, fleet.as_ref());
    if let Some(fleet) = &fleet {
        examined.extend(shapes::examined(context, fleet, session.as_ref()));
    }
    examined.extend(open_key.into_iter().chain(of_forge));
    if let Some(fleet) = fleet.as_ref().filter(|_| !arguments.offline) {
        examined.extend(index::examined(context, &arguments.index, fleet));
    }
    let uses = Uses::of(fleet.as_ref());
    examined.extend(doctor::machine::programs(&context.environment, uses));
    if uses.images {
        examined.push(engine(context)?);
    }
    examined.extend(doctor::machine::folders(&context.environment));
    let checkup = Checkup::new(context.clock.rfc3339(), examined);
    let text = match arguments.format {
        Form::Human => human(&checkup, context.terminal.unicode()),
        Form::Json => json_text(&checkup)?,
    };
    context.terminal.output(&text)?;
    Ok(if checkup.count(State::Fails) > 0 { Exit::Unchecked } else { Exit::Clean })
}

/// The container engine, found in the same way as `images` finds it.
fn engine(context: &Context) -> Result<Examined> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| Error::failed("cannot start the runtime").caused_by(cause))?;
    Ok(runtime.block_on(doctor::machine::container_engine(&context.environment)))
}

/// Prints the permissions that a token needs.
fn permissions(arguments: &Arguments, commands: &[String], context: &Context) -> Result<Exit> {
    let commands = as_typed(commands);
    for words in &commands {
        known(words)?;
    }
    let (commands, without): (Vec<String>, Vec<String>) =
        commands.into_iter().partition(|words| Wanted::knows(words));
    for words in &without {
        let line = format!("`{words}` does not use a forge: it needs no token.");
        context.terminal.note(&visible_line(&line));
    }
    let has_none = !without.is_empty() && commands.is_empty();
    let fleet = context.fleet_to_fill(None).ok().flatten();
    let uses = Uses::of(fleet.as_ref());
    let wanted = match has_none {
        true => Wanted::nothing(),
        false => Wanted::of(&commands, uses).map_err(|words| is_none(&words))?,
    };
    // What is asked for may need the same in every fleet.
    let is_less = Wanted::of(&commands, Uses::ALL).is_ok_and(|all| all != wanted);
    if let Some(without) = uses.without().filter(|_| is_less && !has_none) {
        context
            .terminal
            .note(&format!("fleet.yaml has {without}: what only they need is left out."));
    }
    let text = match arguments.format {
        Form::Human if has_none => String::new(),
        Form::Human => permissions_for_people(&wanted),
        Form::Json => json_text(&wanted)?,
    };
    context.terminal.output(&text)?;
    Ok(Exit::Clean)
}

/// Joins words that form one command, such as `fleet status`, so that they need no quotes. A quoted word with blanks is
/// a command of its own, including its options.
fn as_typed(words: &[String]) -> Vec<String> {
    let is_quoted = |word: &String| word.split_whitespace().nth(1).is_some();
    let mut commands = Vec::new();
    let mut rest = words;
    while !rest.is_empty() {
        let plain = rest.iter().take_while(|word| !is_quoted(word)).count();
        let is_one = |length: &usize| {
            let words = rest.get(..*length).unwrap_or_default().join(" ");
            Wanted::knows(&words) || known(&words).is_ok()
        };
        let length = (1..=plain).rev().find(is_one).unwrap_or(1);
        let (these, others) = rest.split_at(length);
        commands.push(these.join(" "));
        rest = others;
    }
    commands
}

fn is_none(words: &str) -> Error {
    let error = Error::usage(format!("`{words}` is not a command"));
    let meant: Vec<String> =
        Wanted::ending_in(words).iter().map(|command| format!("`{command}`")).collect();
    if !meant.is_empty() {
        return error
            .hint(format!("did you mean {}? Each command is written in full", meant.join(" or ")));
    }
    error
        .hint("`shipshape doctor --permissions` without a command lists every command that uses the forge")
}

/// Checks that the words name a command of the program, with options that it has.
fn known(words: &str) -> Result<()> {
    let mut at = super::Cli::command();
    at.build();
    let words = || words.split_whitespace();
    let name = words().take_while(|word| !word.starts_with('-'));
    let mut any = false;
    for word in name {
        let Some(inner) = at.find_subcommand(word) else {
            return Err(is_none(&words().collect::<Vec<_>>().join(" ")));
        };
        (at, any) = (inner.clone(), true);
    }
    if !any {
        return Err(is_none(&words().collect::<Vec<_>>().join(" ")));
    }
    for option in words().filter_map(|word| word.strip_prefix("--")) {
        let option = option.split('=').next().unwrap_or_default();
        if !at.get_arguments().any(|it| it.get_long() == Some(option)) {
            let name = at.get_bin_name().unwrap_or_else(|| at.get_name());
            return Err(Error::usage(format!("`{name}` has no option `--{option}`"))
                .hint(format!("`{name} --help` lists its options")));
        }
    }
    Ok(())
}

fn permissions_for_people(wanted: &Wanted) -> String {
    let heading = Style::new().bold();
    let width = wanted.commands.iter().map(|it| it.command.len()).max().unwrap_or_default();
    let mut text = String::from(
        "Permissions of a fine-grained token or a GitHub App, and the repositories in which it has to be valid;\n\
         `metadata: read` comes with every token.\n",
    );
    let mut writes = None;
    for command in &wanted.commands {
        if writes != Some(command.writes) {
            let title = if command.writes { "Writing" } else { "Reading" };
            let _ = writeln!(text, "\n{heading}{title}{heading:#}");
            writes = Some(command.writes);
        }
        if command.permissions.is_empty() {
            let _ = writeln!(text, "  {:width$}  no permission", command.command);
        }
        for (index, needed) in command.permissions.iter().enumerate() {
            let name = if index == 0 { command.command } else { "" };
            let permission = format!("{}: {}", needed.name, needed.access);
            let _ = writeln!(text, "  {name:width$}  {permission:22}  {}", needed.purpose);
        }
        for needed in &command.by_dispatch_token {
            let permission = format!("{}: {}", needed.name, needed.access);
            let _ = writeln!(
                text,
                "  {:width$}  {permission:22}  by {DISPATCH_VARIABLE}: {}",
                "", needed.purpose
            );
        }
        let _ = writeln!(text, "  {:width$}  {:22}  {}", "", "in", command.repositories);
    }
    let listed = |needed: &BTreeMap<&str, &str>| {
        let listed: Vec<String> =
            needed.iter().map(|(name, access)| format!("{name}: {access}")).collect();
        if listed.is_empty() { "no permission".to_owned() } else { listed.join(", ") }
    };
    let _ = writeln!(text, "\n{heading}Together{heading:#}");
    let _ = writeln!(text, "  {}", listed(&wanted.together));
    if !wanted.together_by_dispatch_token.is_empty() {
        let notifying = listed(&wanted.together_by_dispatch_token);
        let _ = writeln!(text, "  {DISPATCH_VARIABLE}: {notifying}");
    }
    let scopes = match wanted.scopes.is_empty() {
        true => "no scope".to_owned(),
        false => wanted.scopes.join(", "),
    };
    let _ = writeln!(text, "  a classic token: {scopes}");
    if !wanted.not_counted.is_empty() {
        let _ = writeln!(
            text,
            "  not counted, since their needs differ: {}",
            wanted.not_counted.join(", ")
        );
    }
    text.push_str(
        "\nThe credential is that of a GitHub App (SHIPSHAPE_APP_ID, SHIPSHAPE_APP_INSTALLATION, \
         SHIPSHAPE_APP_KEY_FILE), or a token from\nGH_TOKEN, GITHUB_TOKEN (another host: GH_ENTERPRISE_TOKEN, \
         GITHUB_ENTERPRISE_TOKEN) or `gh auth token`.\nIt is never stored or shown. See docs/permissions.md.\n",
    );
    let cascades =
        |it: &Command| matches!(it.command, "release back" | "release cascade" | "release run");
    if wanted.commands.iter().any(cascades) {
        text.push_str(
            "Members are notified with TEMPLATE_DISPATCH_TOKEN and no other token: by `release cascade`, by `release \
             back`, and by the cascade of `release run`.\n",
        );
    }
    text
}

fn manifest(context: &Context) -> (Examined, Option<Fleet>) {
    let thing = |state, found: String| Examined::new(Group::Fleet, "fleet.yaml", state, found);
    match context.fleet_to_fill(None) {
        Ok(Some(fleet)) if fleet.members.is_empty() => {
            let found = format!("{}: no members yet", fleet.file.display());
            let hint = "`shipshape fleet discover` finds them on the forge";
            let thing = thing(State::Limited, found).hint(hint);
            (thing.needed_for("every command that works on members"), Some(fleet))
        }
        Ok(Some(fleet)) => {
            let members = counted(fleet.members.len(), "member");
            let retired = match fleet.members.len() - fleet.active().count() {
                0 => String::new(),
                retired => format!(", {retired} of them retired"),
            };
            let found = format!("{}: {members}{retired}", fleet.file.display());
            (thing(State::Works, found), Some(fleet))
        }
        Ok(None) => {
            let found = "none here or in a folder above".to_owned();
            let hint = "`shipshape init repos/*` writes a first one, or name yours with --fleet";
            let thing = thing(State::Missing, found).hint(hint);
            (thing.needed_for("every command that works on a fleet"), None)
        }
        Err(error) => {
            let hint = error.hints().first().map_or("correct it there", String::as_str);
            (thing(State::Fails, error.to_string()).hint(hint), None)
        }
    }
}

fn failed(name: &str, error: &Error) -> Examined {
    let thing = Examined::new(Group::Forge, name, State::Fails, error.to_string());
    match error.hints().first() {
        Some(hint) => thing.hint(hint),
        None => thing,
    }
}

/// What works of the forge, with a session if it answers to a credential.
fn forge(
    arguments: &Arguments,
    context: &Context,
    fleet: Option<&Fleet>,
) -> (Vec<Examined>, Option<Session>) {
    let address = match arguments.forge.address(fleet) {
        Ok(address) => address,
        Err(error) => return (vec![failed("forge", &error)], None),
    };
    let found = match arguments.forge.credential(context, fleet) {
        Ok(found) => found,
        Err(error) => return (vec![failed("credential", &error)], None),
    };
    let credential = doctor::forge::credential(&address, &found);
    if arguments.offline {
        // Where nothing is asked, a token need not be there.
        let state = match found.credential {
            Credential::Anonymous => State::Missing,
            Credential::Token(_) | Credential::App(_) => credential.state,
        };
        let credential = Examined { state, ..credential };
        let found = std::iter::once(credential).chain(dispatch::found(context, fleet));
        return (found.collect(), None);
    }
    let mut examined = vec![credential];
    let mut members: Vec<RepositoryName> = Vec::new();
    for member in fleet.into_iter().flat_map(Fleet::active) {
        // Several members may be in one repository.
        if !members.contains(&member.repository) {
            members.push(member.repository.clone());
        }
    }
    match arguments.forge.session(context, fleet, WriteScope::read_only()) {
        Ok(session) => {
            let work = doctor::forge::examine(session.client(), &members, &found, Uses::of(fleet));
            examined.extend(session.run(work));
            let is_answering = |it: &Examined| it.name == "forge" && it.state == State::Works;
            let answers = examined.iter().any(is_answering) && !session.client().is_anonymous();
            examined.extend(dispatch::asked(arguments, context, fleet, &session));
            (examined, answers.then_some(session))
        }
        Err(error) => {
            examined.push(failed("forge", &error));
            (examined, None)
        }
    }
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
    let fails = if count(State::Fails) == 1 { "does not work" } else { "do not work" };
    for (state, word) in
        [(State::Limited, "limited"), (State::Missing, "missing"), (State::Fails, fails)]
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
        Group::Index => "Package index",
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
