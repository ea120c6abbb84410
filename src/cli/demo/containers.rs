//! Real containers, where an engine is at hand: made from images before the release, and taken away in the end.
//!
//! They are made and never started, bear a prefix that no platform uses, and the port of this sandbox in their names. What was
//! brought here for them is taken away too, however the demo ends.

use super::forge::Stage;
use crate::cli::Exit;
use crate::demo::PREFIX;
use crate::demo::release::CONTAINERS;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::images::engine::{Engine, places};
use crate::registry::Reference;

/// Members whose containers are made.
const OF: [&str; 2] = ["hermes", "langgraph"];

/// The command that brings their images up to date.
const REFRESH: &str = "images refresh --runtime hermes --runtime langgraph";

/// What the demo has made on an engine.
pub(super) struct Containers {
    runtime: tokio::runtime::Runtime,
    engine: Engine,
    /// Names with the images that they are made from.
    made: Vec<(String, Reference)>,
    /// The contents of images that were brought here.
    brought: Vec<String>,
}

impl Containers {
    /// Pulls images as they are before the release, and makes a container of each. Where that cannot be done it says why,
    /// and the demo goes on without.
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
            "\n{} is at hand. It has the images as they are, and a container of each, as a platform would make them.\n",
            containers.engine.name()
        ))?;
        let pulled = stage.tries(REFRESH)?;
        containers.note_images();
        if pulled != Exit::Clean {
            stage.says(
                "\nThis engine does not pull from the sandbox: Podman wants `[[registry]]`, `location = \"127.0.0.1\"`, \
                 `insecure = true` in\nits registries.conf. No container is refreshed in the end.\n",
            )?;
            return Ok(None);
        }
        for (name, image) in &containers.made {
            let made = containers.runtime.block_on(containers.engine.provision(name, image));
            if let Err(fault) = made {
                stage.says(&format!(
                    "\nThis engine makes no container of them ({fault}), so none is refreshed in the end.\n"
                ))?;
                return Ok(None);
            }
            stage.says(&format!("made {name}\n"))?;
        }
        Ok(Some(containers))
    }

    /// Brings the images up to date; the containers that were made from older ones are removed by that.
    pub(super) fn refresh(&mut self, stage: &Stage<'_>) -> Result<()> {
        stage.says("\nOn the host the containers are behind now. A refresh removes them, for the platform to make them again.\n")?;
        stage.tries(REFRESH)?;
        self.note_images();
        Ok(())
    }

    /// Remembers what the images' names lead to here.
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
        // What the engine does not take away any more is nothing that the demo could mend.
        for (name, _) in &self.made {
            let _ = self.runtime.block_on(self.engine.unmake(name));
        }
        for id in &self.brought {
            let _ = self.runtime.block_on(self.engine.forget(id));
        }
    }
}
