//! `shipshape serve`: a server that watches the fleet.

mod facts;
mod images;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::campaign::file::Campaign;
use crate::cli::shared::forge::{ForgeOptions, open_secret};
use crate::cli::shared::journal;
use crate::cli::{Context, Exit};
use crate::edge::environment::{is_content, may_be_secret};
use crate::edge::interrupt::Ending;
use crate::edge::terminal::visible_line;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::serve::{Limits, Options, Refresher, Role, Server, SigningSecret, Token};
use facts::FleetFacts;
use images::HostImages;

/// Serve a dashboard of the fleet, GitHub's webhooks, and an endpoint that refreshes images.
///
/// Every role is off unless it is named, so that public webhooks and an engine's socket need not share a
/// process. By default the server listens on this machine only. Callers send the token of
/// SHIPSHAPE_SERVE_TOKEN, and browsers sign in with it; deliveries are signed with SHIPSHAPE_WEBHOOK_SECRET.
/// Ctrl-C ends the server when running work is done.
///
/// The dashboard checks the fleet at the start, at an interval, and when a webhook reports that a member
/// changed. It shows when the fleet was checked, and what could not be.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  export SHIPSHAPE_SERVE_TOKEN=$(openssl rand -hex 32)
  shipshape serve --role dashboard                         the fleet of fleet.yaml, on port 4848 of this machine
  shipshape serve --role dashboard --campaign campaign.yaml
  shipshape serve --role dashboard --local repos/* --no-token
  shipshape serve --role webhooks --listen 0.0.0.0:8080 --https --host fleet.acme.example

What it answers:
  /  /campaigns  /releases  /images  /report  /report.json     the dashboard
  POST /webhooks/github                                        deliveries: push, pull_request, release, registry_package
  POST /admin/images/refresh?runtime=&recreate=                {pulled, failed, recreated}
  /healthz  /readyz  /metrics                                  for those who watch over it

  curl -X POST -H \"Authorization: Bearer $SHIPSHAPE_SERVE_TOKEN\" \\
    \"http://127.0.0.1:4848/admin/images/refresh?runtime=hermes\"

docs/serve.md says more.")]
pub(crate) struct Arguments {
    /// A role of the server; may be given several times.
    #[arg(long = "role", value_enum, value_name = "ROLE")]
    roles: Vec<Role>,

    /// The address to listen on: ADDRESS:PORT, or a port of this machine. Port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4848", value_parser = address)]
    listen: SocketAddr,

    /// A host name of the server: requests for other names are refused. May be given several times.
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,

    /// A proxy in front of the server provides https: cookies are restricted to https.
    #[arg(long)]
    https: bool,

    /// A file with the token, instead of SHIPSHAPE_SERVE_TOKEN.
    #[arg(long, value_name = "FILE", conflicts_with = "no_token")]
    token_file: Option<PathBuf>,

    /// Require no token; on this machine only.
    #[arg(long)]
    no_token: bool,

    /// A file with the secret of the webhooks, instead of SHIPSHAPE_WEBHOOK_SECRET.
    #[arg(long, value_name = "FILE")]
    webhook_secret_file: Option<PathBuf>,

    /// Repositories on this machine, instead of the fleet on its forge.
    #[arg(long, value_name = "DIR", num_args = 1..)]
    local: Vec<PathBuf>,

    /// A campaign file to watch; may be given several times.
    #[arg(long = "campaign", value_name = "FILE")]
    campaigns: Vec<PathBuf>,

    /// Seconds between checks of the whole fleet.
    #[arg(long, value_name = "N", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,

    /// Seconds that a client may take to send a request, or to accept no byte of a response.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    patience: u64,

    /// Requests per second from one address; bursts may be twice as large.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,

    #[command(flatten)]
    forge: ForgeOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let fleet = context.fleet(arguments.local.first().map(PathBuf::as_path))?;
    if fleet.is_none() && arguments.roles.contains(&Role::Webhooks) {
        return Err(Error::usage(
            "deliveries are about the members of a fleet, but there is no fleet.yaml",
        )
        .hint("name it with --fleet FILE, or create one: `shipshape init repos/*`"));
    }
    let options = options(arguments, context, fleet.as_ref())?;
    options.check()?;
    if fleet.is_none() && arguments.local.is_empty() {
        return Err(Error::usage("there is no fleet.yaml that describes the fleet to watch")
            .hint("name it with --fleet FILE, or repositories on this machine: --local repos/*"));
    }
    // A file that goes wrong later is shown on the dashboard; a wrong name would never become right.
    for file in &arguments.campaigns {
        context.all(Campaign::load(file))?;
    }
    let mut refresher: Option<Arc<dyn Refresher>> = None;
    if options.has(Role::Images) {
        let images = HostImages::new(context, &arguments.forge)?;
        images.tell_of_the_host()?;
        refresher = Some(Arc::new(images));
    }
    if let Some(caution) = options.caution() {
        context.terminal.note(caution);
    }
    for file in arguments.token_file.iter().chain(&arguments.webhook_secret_file) {
        if let Some(warning) = open_secret(file) {
            context.terminal.warning(&visible_line(&warning));
        }
    }
    let facts = FleetFacts::new(context, arguments);
    let failed = |cause: std::io::Error| Error::failed("cannot start the server").caused_by(cause);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let terminal = context.terminal.clone();
    let tell = Arc::new(move |line: &str| terminal.note(&visible_line(line)));
    let served = runtime.block_on(async {
        // First, because anybody who has read the address may end the server.
        let mut ending = Ending::listening().map_err(failed)?;
        let server = Server::bind(options, Arc::new(facts), refresher, tell).await?;
        context.terminal.output(&format!("Listening on {}\n", server.url()))?;
        let heard = async move {
            ending.heard().await;
            context
                .terminal
                .note("Stopping when running work is done. Ctrl-C again exits at once.");
            tokio::spawn(async move {
                ending.heard().await;
                std::process::exit(LEFT);
            });
        };
        server.run(heard).await
    });
    // Do not wait for pages that are still being rendered.
    runtime.shutdown_timeout(Duration::from_millis(500));
    served.map(|()| Exit::Clean)
}

/// The exit status that shells report for a program ended by Ctrl-C.
const LEFT: i32 = 130;

fn options(arguments: &Arguments, context: &Context, fleet: Option<&Fleet>) -> Result<Options> {
    let secret = |variable: &str, file: Option<&PathBuf>| {
        // Neither is repeated.
        let text = file.and_then(|file| file.to_str());
        if text.is_some_and(is_content) {
            return Err(Error::usage("a secret was given instead of the path of its file"));
        }
        if text.is_some_and(may_be_secret) {
            return Err(Error::usage("the file with a secret does not exist").hint(
                "its name is not shown, since it may be the secret itself: give the path of a file",
            ));
        }
        let given = context.environment.get(variable).filter(|text| !text.is_empty());
        match (given, file) {
            (Some(_), Some(file)) => Err(Error::usage(format!(
                "both {variable} and {} contain a secret",
                file.display()
            ))
            .hint("give one of them")),
            (Some(text), None) => Ok(Some((text.to_owned(), variable.to_owned()))),
            (None, Some(file)) => Ok(Some((read(file)?, file.display().to_string()))),
            (None, None) => Ok(None),
        }
    };
    let token = secret(crate::serve::TOKEN_VARIABLE, arguments.token_file.as_ref())?;
    let signing = secret(crate::serve::SECRET_VARIABLE, arguments.webhook_secret_file.as_ref())?;
    let deliveries = match fleet {
        Some(fleet) if context.environment.state_folder().is_some() => {
            let forge = arguments.forge.address(Some(fleet))?;
            let state = journal::file_at(None, context, fleet, &forge)?;
            Some(state.with_file_name("deliveries.jsonl"))
        }
        _ => None,
    };
    Ok(Options {
        listen: arguments.listen,
        roles: arguments.roles.iter().copied().collect(),
        hosts: arguments.hosts.clone(),
        https: arguments.https,
        token: token.map(|(text, called)| Token::new(&text, &called)).transpose()?,
        tokenless: arguments.no_token,
        webhook_secret: signing
            .map(|(text, called)| SigningSecret::new(&text, &called))
            .transpose()?,
        refresh_paths: fleet
            .and_then(|fleet| fleet.manifest.images.as_ref())
            .map(|images| images.refresh_paths.clone())
            .unwrap_or_default(),
        deliveries,
        every: Duration::from_secs(arguments.every),
        limits: Limits {
            patience: Duration::from_secs(arguments.patience),
            rate: arguments.rate,
            ..Limits::default()
        },
    })
}

/// Reads a secret from a file.
fn read(file: &Path) -> Result<String> {
    let bytes = whole_file::read_up_to(file, 64 << 10)?
        .ok_or_else(|| Error::usage("there is no such file").in_file(file))?;
    String::from_utf8(bytes)
        .map_err(|_| Error::usage("a secret is text, and this file is not").in_file(file))
}

/// Parses an address with a port, or a port on this machine.
fn address(text: &str) -> std::result::Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    let named = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let wrong = "write it like 127.0.0.1:4848, [::1]:4848, or 4848";
    named.as_deref().unwrap_or(text).parse().map_err(|_| wrong.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_port_of_this_machine_unless_it_says_more() {
        let read = |text| address(text).map(|address| address.to_string()).ok();
        assert_eq!(read("80").as_deref(), Some("127.0.0.1:80"));
        assert_eq!(read("localhost:0").as_deref(), Some("127.0.0.1:0"));
        assert_eq!(read("0.0.0.0:1").as_deref(), Some("0.0.0.0:1"));
        assert_eq!(read("[::1]:1").as_deref(), Some("[::1]:1"));
        for wrong in ["", ":80", "acme.example:80", "70000", "127.0.0.1"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
