//! `shipshape images smoke`: tests an image in temporary containers.

use clap::Args;

use super::host::{Loaded, SaidOptions, Session};
use super::show;
use crate::cli::shared::columns;
use crate::cli::shared::options::Form;
use crate::cli::{Context, Exit, counted, json_text};
use crate::edge::interrupt::Interrupt;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::images::smoke::{self, Imports, Smoked, State, Step};
use crate::images::{Host, Runtime};
use crate::registry::Reference;

/// Try an image as the platform would run it: start it, import its modules, use it once.
///
/// Containers are created from the image with the user, variables and mounts of the platform's containers
/// (`images.containers` in fleet.yaml), without a network, and removed afterwards. The image starts with its
/// own command and must keep running, or end successfully (`images.smoke.boot`). Every module of the runtime
/// package, or of `images.smoke.imports`, is imported in a separate process. The program `images.smoke.execute`
/// is run, with stubs for other services. The code of the image is executed: try only images that you would
/// run.
///
/// Exit code 1 when something is broken, 3 when something could not be tried, for example because this engine
/// starts no containers.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape images smoke hermes                          the local image of a runtime, otherwise the registry's
  shipshape images smoke hermes --registry               the image in the registry, before a refresh
  shipshape images smoke ghcr.io/acme/template-hermes:sha-3f2a1b0
  shipshape images smoke localhost/template-hermes:dev   an image that was built here
  shipshape images smoke hermes --format json | jq .verdict
  shipshape images refresh --canary hermes --smoke       the same, before others are refreshed")]
pub(crate) struct Arguments {
    /// A runtime of the fleet, by slug, alias or repository, or the name of an image.
    #[arg(value_name = "IMAGE")]
    image: String,

    /// Try the image in the registry, which a refresh would pull, even if another is here. No tag moves.
    #[arg(long)]
    registry: bool,

    #[command(flatten)]
    said: SaidOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let loaded = Loaded::load(context)?;
    let asked = asked(&loaded, &arguments.image)?;
    let wish = loaded.smoke().ok_or_else(|| Error::usage("this fleet has no images"))?;
    let session = Session::open(context, &arguments.said.host, &loaded)?;
    let progress = show::Progress::new(context, 1);
    let trial = smoke::name()?;
    let smoked = session.run(async {
        let host = &session.host;
        let terminal = context.terminal.clone();
        let interrupt =
            Interrupt::listening(move || terminal.note("removing what was made for it"));
        let listener = progress.listener();
        let found = match arguments.registry {
            true => smoke::there(host, &asked, &listener).await,
            false => smoke::here(host, &asked, &listener).await,
        };
        let image = match found {
            Ok(image) => image,
            Err(failure) => return Ok(Err(failure)),
        };
        let name = asked.image.to_string();
        let tried = smoke::smoke(host, &name, &image, &wish, &trial);
        tokio::select! {
            smoked = tried => smoked.map(Ok),
            () = interrupt.asked() => Err(broken_off(host, &trial).await),
        }
    });
    progress.finish();
    let smoked = match smoked? {
        Ok(smoked) => smoked,
        Err(failure) => {
            context.terminal.note(&show::told(&failure));
            return Ok(Exit::Unchecked);
        }
    };
    let text = match arguments.said.format {
        Form::Human => lines(&smoked),
        Form::Json => json_text(&smoked)?,
    };
    context.terminal.output(&text)?;
    Ok(match smoked.verdict {
        State::Well | State::Undeclared => Exit::Clean,
        State::Broken => Exit::Findings,
        State::Unchecked => Exit::Unchecked,
    })
}

/// The requested image: a runtime's, else one with that name.
fn asked(loaded: &Loaded, text: &str) -> Result<Runtime> {
    let known = loaded.one(text);
    if known.is_ok() || !text.contains(['/', ':', '@']) {
        return known;
    }
    Ok(Runtime { slug: text.to_owned(), image: Reference::parse(text)? })
}

async fn broken_off(host: &Host, trial: &str) -> Error {
    let error = Error::failed("interrupted; the image was not tested");
    match smoke::clear(&host.engine, trial).await {
        Ok(()) => error,
        Err(fault) => error
            .caused_by(fault.to_string())
            .hint(format!("remove what is left: the containers whose names start with {trial}")),
    }
}

fn word(state: State) -> &'static str {
    match state {
        State::Well => "well",
        State::Broken => "broken",
        State::Unchecked => "unchecked",
        State::Undeclared => "not requested",
    }
}

fn told(state: State, why: Option<&str>) -> String {
    match why {
        Some(why) => format!("{}: {why}", word(state)),
        None => word(state).to_owned(),
    }
}

fn imported(imports: &Imports) -> String {
    let count = counted(imports.imported, "module");
    let python = imports.python.as_deref().map(|version| format!(" by Python {version}"));
    let mut parts = vec![format!("{count} imported{}", python.unwrap_or_default())];
    if imports.failed > 0 {
        parts.push(format!("{} not", imports.failed));
    }
    if !imports.skipped.is_empty() {
        parts.push(format!("{} left out", imports.skipped.len()));
    }
    parts.extend(imports.why.clone());
    parts.join(", ")
}

fn lines(smoked: &Smoked) -> String {
    let Smoked { image, version, boot, imports, execute, .. } = smoked;
    let importing = match imports.state {
        State::Undeclared => told(imports.state, None),
        _ if imports.python.is_none() => told(imports.state, imports.why.as_deref()),
        state => told(state, Some(&imported(imports))),
    };
    let rows = [
        ("begins", told(boot.state, boot.why.as_deref())),
        ("imports", importing),
        ("executes", told(execute.state, execute.why.as_deref())),
    ];
    let rows: Vec<Vec<String>> =
        rows.into_iter().map(|(what, said)| vec![what.to_owned(), visible_line(&said)]).collect();
    let version = version.as_ref().map(|version| format!(", version {version}"));
    let mut text = visible_line(&format!("{image}{}", version.unwrap_or_default())) + "\n";
    text.push_str(&columns::aligned(&rows));
    for problem in &imports.problems {
        text.push_str(&visible_line(&format!("  `{}` {}", problem.module, problem.why)));
        text.push('\n');
    }
    let more = imports.failed.saturating_sub(imports.problems.len());
    if more > 0 {
        text.push_str(&format!("  and {more} more\n"));
    }
    said(&mut text, "it wrote, beginning", boot);
    said(&mut text, "it wrote, executing", execute);
    text.push_str(&format!("\n{}\n", word(smoked.verdict)));
    text
}

fn said(text: &mut String, what: &str, step: &Step) {
    if step.said.is_empty() {
        return;
    }
    text.push_str(&format!("{what}:\n"));
    for line in &step.said {
        text.push_str(&format!("  {}\n", visible_line(line)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::smoke::ModuleProblem;

    #[test]
    fn words_of_an_image_obey_nobody() {
        let step = |state, why: &str, said: &[&str]| Step {
            state,
            why: Some(why.to_owned()),
            said: said.iter().map(|line| (*line).to_owned()).collect(),
        };
        let smoked = Smoked {
            schema: "shipshape/images-smoke/1",
            generated_at: "2026-01-01T00:00:00Z".to_owned(),
            engine: "Podman".to_owned(),
            image: "ghcr.io/acme/x:latest".to_owned(),
            content: "sha256:0".to_owned(),
            version: Some("1\u{202e}".to_owned()),
            verdict: State::Broken,
            boot: step(State::Broken, "it ended within 10 s, with 1", &["\u{1b}[31mno\n::error::"]),
            imports: Imports {
                state: State::Broken,
                why: None,
                python: Some("3.11.7".to_owned()),
                imported: 1,
                problems: vec![ModuleProblem {
                    module: "acme".to_owned(),
                    why: "raises `E: \u{1b}`".to_owned(),
                }],
                failed: 2,
                skipped: Vec::new(),
            },
            execute: Step { state: State::Undeclared, why: None, said: Vec::new() },
        };
        assert_eq!(
            lines(&smoked),
            "ghcr.io/acme/x:latest, version 1\\u{202e}\n\
             begins    broken: it ended within 10 s, with 1\n\
             imports   broken: 1 module imported by Python 3.11.7, 2 not\n\
             executes  not requested\n  \
               `acme` raises `E: \\u{1b}`\n  \
               and 1 more\n\
             it wrote, beginning:\n  \
               \\u{1b}[31mno\\n::error::\n\
             \nbroken\n"
        );
    }
}
