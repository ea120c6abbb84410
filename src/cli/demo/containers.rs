//! Real containers, if a container engine is available: created from images before the release, and removed at the end.
//!
//! They are created but never started. Their names have a prefix that no platform uses, and contain the port of this
//! sandbox. Images pulled for them are removed as well, however the demo ends.

use super::forge::Stage;
use crate::cli::Exit;
use crate::demo::PREFIX;
use crate::demo::release::CONTAINERS;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::images::engine::{Engine, places};
use crate::registry::Reference;

/// The members whose containers are created.
const OF: [&str; 2] = ["hermes", "langgraph"];

/// The command that updates their images.
const REFRESH: &str = "images refresh --runtime hermes --runtime langgraph";

/// What the demo has created on an engine.
pub(super) struct Containers {
    runtime: tokio::runtime::Runtime,
    engine: Engine,
    /// The names of the containers, with their images.
    made: Vec<(String, Reference)>,
    /// The ids of the images that were pulled.
    brought: Vec<String>,
}

impl Containers {
    /// Pulls the images as they are before the release, and creates a container from each. If that fails, says why and
    /// returns `None`, and the demo continues without containers.
    pub(super) fn provision(stage: &Stage<'_>) -> Result<Option<Self>> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|cause| Error::failed("cannot start the runtime").caused_by(cause))?;
        let connected = places(&stage.context.environment)
            .and_then(|places| runtime.block_on(Engine::connect(&places)));
        let engine = match connected {
            Ok(engine) => engine,
            Err(error) => {
                let causes = error.causes().join("; ");
                stage.says(&format!(
                    "\nNo container engine answers here, so no container is refreshed in the end.\n  {}\n",
                    visible_line(&causes)
                ))?;
                return Ok(None);
            }
        };
        let url = stage.forge.url();
        let host = url.trim_start_matches("http://");
        let port = host.rsplit(':').next().unwrap_or_default();
        let named = |slug: &str| -> Result<(String, Reference)> {
            let image = Reference::parse(&format!("{host}/acme/{PREFIX}{slug}:latest"))?;
            Ok((format!("{CONTAINERS}{slug}-{port}"), image))
        };
        let made = OF.into_iter().map(named).collect::<Result<Vec<_>>>()?;
        let mut containers = Self { runtime, engine, made, brought: Vec::new() };
        stage.says(&format!(
            "\n{} is at hand. It has the images as they are, and a container of each, as a platform would create them.\n",
            containers.engine.name()
        ))?;
        let pulled = stage.tries(REFRESH)?;
        containers.note_images();
        if pulled != Exit::Clean {
            stage.says(
                "\nThis engine does not pull from the sandbox: Podman needs `[[registry]]`, `location = \
                \"127.0.0.1\"`, `insecure = true` in\nits registries.conf. No container is refreshed in the \
                end.\n",
            )?;
            return Ok(None);
        }
        for (name, image) in &containers.made {
            let made = containers.runtime.block_on(containers.engine.provision(name, image));
            if let Err(fault) = made {
                stage.says(&format!(
                    "\nThis engine cannot create containers from them ({fault}), so none is refreshed in the end.\n"
                ))?;
                return Ok(None);
            }
            stage.says(&format!("made {name}\n"))?;
        }
        Ok(Some(containers))
    }

    /// Updates the images, which removes the containers created from older ones.
    pub(super) fn refresh(&mut self, stage: &Stage<'_>) -> Result<()> {
        stage.says("\nOn the host the containers are behind now. A refresh removes them, so that the platform creates \
                    them again.\n")?;
        stage.tries(REFRESH)?;
        self.note_images();
        Ok(())
    }

    /// Records the ids of the local images.
    fn note_images(&mut self) {
        for (_, image) in &self.made {
            let found = self.runtime.block_on(self.engine.image(&image.to_string()));
            if let Ok(Some(found)) = found
                && !self.brought.contains(&found.id)
            {
                self.brought.push(found.id);
            }
        }
    }
}

impl Drop for Containers {
    fn drop(&mut self) {
        // Errors are ignored: the demo cannot repair what the engine fails to remove.
        for (name, _) in &self.made {
            let _ = self.runtime.block_on(self.engine.unmake(name));
        }
        for id in &self.brought {
            let _ = self.runtime.block_on(self.engine.forget(id));
        }
    }
}
