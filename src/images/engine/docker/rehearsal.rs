//! What a rehearsal does on an engine beside what an operator does: a container is made, and what was brought is taken
//! away again.

use bollard::models::ContainerCreateBody;
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder, RemoveImageOptionsBuilder,
};

use super::Engine;
use crate::images::engine::{EngineFault, EngineFaultKind};
use crate::registry::Reference;

impl Engine {
    /// Makes a container of an image that is here. It is not started.
    ///
    /// # Errors
    /// When the engine will not.
    pub(crate) async fn provision(&self, name: &str, image: &Reference) -> Result<(), EngineFault> {
        let options = CreateContainerOptionsBuilder::default().name(name).build();
        let body = ContainerCreateBody {
            image: Some(image.to_string()),
            ..ContainerCreateBody::default()
        };
        self.docker.create_container(Some(options), body).await?;
        Ok(())
    }

    /// Takes a container away by its name, with nothing else; one that is not there is none to take away.
    ///
    /// # Errors
    /// When the engine will not.
    pub(crate) async fn unmake(&self, name: &str) -> Result<(), EngineFault> {
        let options = RemoveContainerOptionsBuilder::default().force(true).build();
        without_absent(self.docker.remove_container(name, Some(options)).await)
    }

    /// Takes an image away by its content, with all its names.
    ///
    /// # Errors
    /// When the engine will not: when a container is made from it, say.
    pub(crate) async fn forget(&self, id: &str) -> Result<(), EngineFault> {
        let options = RemoveImageOptionsBuilder::default().force(true).build();
        without_absent(self.docker.remove_image(id, Some(options), None).await.map(|_| ()))
    }
}

fn without_absent(done: Result<(), bollard::errors::Error>) -> Result<(), EngineFault> {
    match done.map_err(EngineFault::from) {
        Err(fault) if fault.kind == EngineFaultKind::Absent => Ok(()),
        done => done,
    }
}
