//! What a rehearsal does with an engine in addition to normal operation: it creates containers, and cleans up after
//! itself.

use bollard::models::ContainerCreateBody;
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder, RemoveImageOptionsBuilder,
};

use super::Engine;
use crate::images::engine::{EngineFault, EngineFaultKind};
use crate::registry::Reference;

impl Engine {
    /// Creates a container from an image that is here, without starting it.
    ///
    /// # Errors
    /// When the engine refuses.
    pub(crate) async fn provision(&self, name: &str, image: &Reference) -> Result<(), EngineFault> {
        let options = CreateContainerOptionsBuilder::default().name(name).build();
        let body = ContainerCreateBody {
            image: Some(image.to_string()),
            ..ContainerCreateBody::default()
        };
        self.docker.create_container(Some(options), body).await?;
        Ok(())
    }

    /// Removes a container by name, if it exists.
    ///
    /// # Errors
    /// When the engine refuses.
    pub(crate) async fn unmake(&self, name: &str) -> Result<(), EngineFault> {
        let options = RemoveContainerOptionsBuilder::default().force(true).build();
        without_absent(self.docker.remove_container(name, Some(options)).await)
    }

    /// Removes an image by id, with all its names, if it exists.
    ///
    /// # Errors
    /// When the engine refuses, for example because a container uses it.
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
