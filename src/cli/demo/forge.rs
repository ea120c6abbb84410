//! The same fleet on a forge: a sandbox on this machine, and the commands as a person would type them.

use std::path::Path;

use clap::Parser as _;

use crate::cli::{Cli, Context};
use crate::edge::environment::Environment;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::sandbox::{Options, Pace, Running, Server, seed};

/// The file of the fleet's folder that a sandbox is filled from.
pub(super) const SEED: &str = "forge.yaml";

/// The runtime that is added.
const NEWCOMER: &str = "aider";

/// A sandbox with the fleet's repositories, and somebody at a terminal.
pub(super) struct Stage<'a> {
    pub(super) forge: Running,
    folder: &'a Path,
    context: Context,
}

impl<'a> Stage<'a> {
    /// Starts a sandbox with the fleet's repositories.
    pub(super) fn open(
        context: &Context,
        folder: &'a Path,
        repositories: &[std::path::PathBuf],
    ) -> Result<Self> {
        let text = document(repositories);
        let file = folder.join(SEED);
        whole_file::replace(&file, text.as_bytes())?;
        let forge = context.all(start(context, folder, &file, &text))?;
        let token = forge.tokens().next().map(|(_, secret)| secret.to_owned()).unwrap_or_default();
        let context =
            Context { environment: environment(context, folder, &token), ..context.clone() };
        Ok(Self { forge, folder, context })
    }

    pub(super) fn says(&self, text: &str) -> Result<()> {
        self.context.terminal.output(text)
    }

    /// Runs a command as if it were typed in the fleet's folder, where the forge is known.
    pub(super) fn types(&self, command: &str) -> Result<()> {
        self.says(&format!("\n$ shipshape {command}\n"))?;
        let url = self.forge.url();
        let words = command.split(' ').map(|word| {
            let is_file = word.starts_with("campaign.");
            if is_file { self.folder.join(word).into_os_string() } else { word.into() }
        });
        let words =
            std::iter::once("shipshape".into()).chain(words).chain(["--forge".into(), url.into()]);
        let typed = Cli::try_parse_from(words).map_err(|error| {
            Error::failed("the demo types a command that there is not").caused_by(error)
        })?;
        // Each tells how it ends; a demo goes on.
        if let Err(error) = typed.run(&self.context) {
            self.context.terminal.error(&error);
        }
        Ok(())
    }
}

/// What a first day on a forge looks like.
pub(super) fn tell(stage: &Stage<'_>) -> Result<()> {
    stage.says(
        "\nThe same fleet on a forge\n\n\
         A sandbox on this machine: what GitHub answers, over real repositories, in a time that passes when all \
         sleep.\nNothing is cloned; drift is read in a few requests.\n",
    )?;
    stage.types("fleet discover")?;
    stage.types("fleet status --no-images")?;
    stage.types(&format!("new {NEWCOMER} --defaults --yes --wait 60"))?;
    stage.types(&format!("validate --repository {NEWCOMER}"))
}

fn start(
    context: &Context,
    folder: &Path,
    file: &Path,
    text: &str,
) -> std::result::Result<Running, Vec<Error>> {
    Server::start(Options {
        pace: Pace::Virtual,
        start: context.clock.seconds(),
        seed: seed::read(file, text.as_bytes())?,
        seed_folder: folder.to_owned(),
        ..Options::default()
    })
}

/// The fleet's repositories as a forge has them: the damaged one is shut, and one is there that nobody listed.
fn document(repositories: &[std::path::PathBuf]) -> String {
    let mut text = String::from(
        "# What the demo's forge has. `shipshape sandbox --seed forge.yaml` serves it again.\n\
         tokens:\n  - { name: robot, user: robot }\n  - { name: ann, user: ann, role: write }\nrepositories:\n",
    );
    for path in repositories {
        let folder = path.file_name().unwrap_or_default().to_string_lossy();
        let name = folder.trim_end_matches(".git");
        let is_damaged = name != folder;
        let content = if is_damaged {
            "disabled: true, files: { README.md: gone }".to_owned()
        } else {
            format!("from: {}/{folder}, checks: [{{ name: ci }}]", super::REPOSITORIES)
        };
        text.push_str(&format!("  - {{ name: acme/{name}, {content} }}\n"));
    }
    text.push_str(
        "  - { name: acme/workspace-template-nanobot, files: { README.md: Not listed yet } }\n",
    );
    text
}

/// As a person would export it; what is kept stays in the fleet's folder.
fn environment(context: &Context, folder: &Path, token: &str) -> Environment {
    let below = |name: &str| Some(folder.join(name).to_string_lossy().into_owned());
    Environment::read(|name| match name {
        "GH_ENTERPRISE_TOKEN" => Some(token.to_owned()),
        "SHIPSHAPE_FORGE_CLOCK" => Some("sandbox".to_owned()),
        "XDG_CACHE_HOME" => below("cache"),
        "XDG_STATE_HOME" => below("state"),
        "GITHUB_ENTERPRISE_TOKEN"
        | "SHIPSHAPE_APP_ID"
        | "SHIPSHAPE_APP_INSTALLATION"
        | "SHIPSHAPE_APP_KEY_FILE" => None,
        name => context.environment.get(name).map(str::to_owned),
    })
}
