//! A client for a container engine.
//!
//! It takes names and digests, and returns what is here, or an [`EngineFault`] with a sanitized message. It only
//! supports what the images of a fleet need: containers are created only to try an image ([`trial`]) and for a
//! rehearsal. The engine must be on this machine: a socket, or plain http on loopback, since Docker's API has no
//! protection other than who can reach it. The API itself, and the library for it, are confined to `docker`.

mod docker;
mod fault;
mod place;
pub mod trial;

pub use docker::Engine;
pub use fault::{EngineFault, EngineFaultKind};
pub use place::{Place, places};

use std::collections::BTreeMap;

use crate::edge::docker_engines;
use crate::error::{Error, Result};
use crate::registry::Reference;

/// An image on this host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalImage {
    /// The engine's id of its content, without `sha256:`.
    pub id: String,
    /// The same in the form from which the engine creates containers.
    pub content: String,
    /// The digests it has in registries, as `REPOSITORY@sha256:…`.
    pub names: Vec<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

impl LocalImage {
    /// Returns its digests in the repository of an image.
    pub fn digests<'i>(&'i self, image: &'i Reference) -> impl Iterator<Item = &'i str> {
        self.names.iter().filter_map(|name| {
            let (_, digest) = name.split_once('@')?;
            let named = Reference::parse(name).ok()?;
            named.is_kin(image).then_some(digest)
        })
    }
}

/// A container on this host, running or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// The engine's id.
    pub id: String,
    /// Its name, without the API's leading slash.
    pub name: String,
    /// The image that it was created from, as written.
    pub image: String,
    /// The id of the image that it was created from, without `sha256:`.
    pub image_id: String,
}

impl Engine {
    /// Connects to the first engine that answers at one of the places.
    ///
    /// # Errors
    /// When none does, with the reason for each place.
    pub async fn connect(places: &[Place]) -> Result<Self> {
        let mut refused = Vec::new();
        for place in places {
            match Self::at(place).await {
                Ok(engine) => return Ok(engine),
                Err(fault) => refused.push((place, fault)),
            }
        }
        let mut error = Error::failed("no container engine answers");
        for (place, fault) in &refused {
            error = error.caused_by(format!("{place}: {fault}"));
        }
        let kinds: Vec<EngineFaultKind> = refused.iter().map(|(_, fault)| fault.kind).collect();
        if kinds.contains(&EngineFaultKind::Denied) {
            return Err(error.hint(format!(
                "you are not allowed to use its socket: {}",
                docker_engines::access()
            )));
        }
        let start = docker_engines::start();
        Err(error
            .hint(format!("start it: {start}; or give its address in DOCKER_HOST=unix:///…"))
            .hint("are the containers on another host? Run this there, or from here over ssh: `ssh -nNTL \
                   /tmp/engine.sock:/var/run/docker.sock HOST &`, and DOCKER_HOST=unix:///tmp/engine.sock"))
    }
}
