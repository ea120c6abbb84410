//! `shipshape images`: the members' images on this host.

mod hold;
pub(super) mod host;
mod refresh;
mod rollback;
mod show;
mod smoke;
mod status;
mod watch;

use clap::{Args, Subcommand};

use super::{Context, Exit};
use crate::error::Result;

/// Update the members' images on this host, and show their status.
///
/// Images are pulled with the API of the container engine on this host: Docker's or Podman's, found by
/// DOCKER_HOST, CONTAINER_HOST or the usual sockets. Credentials are those of `docker login` and `podman
/// login`, or GHCR_USER and GHCR_TOKEN for ghcr.io, and SHIPSHAPE_REGISTRY_USERNAME and
/// SHIPSHAPE_REGISTRY_PASSWORD for another registry. fleet.yaml defines the images and the names of the
/// platform's containers (`images`).
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Status(status::Arguments),
    Refresh(refresh::Arguments),
    Watch(watch::Arguments),
    Hold(hold::Arguments),
    Unhold(hold::UnholdArguments),
    Rollback(rollback::Arguments),
    Smoke(smoke::Arguments),
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    match &arguments.command {
        Command::Status(arguments) => status::run(arguments, context),
        Command::Refresh(arguments) => refresh::run(arguments, context),
        Command::Watch(arguments) => watch::run(arguments, context),
        Command::Hold(arguments) => hold::run(arguments, context),
        Command::Unhold(arguments) => hold::unhold(arguments, context),
        Command::Rollback(arguments) => rollback::run(arguments, context),
        Command::Smoke(arguments) => smoke::run(arguments, context),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::docker_engines::ENGINES;

    #[test]
    fn the_help_names_each_engine() {
        let command = Arguments::augment_args(clap::Command::new("images"));
        let help = command.get_long_about().expect("a help").to_string();
        for engine in &ENGINES {
            let login = format!("`{} login`", engine.program);
            assert!(help.contains(engine.name) && help.contains(&login), "{help}");
        }
    }
}
