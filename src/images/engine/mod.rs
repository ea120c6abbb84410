//! A container engine that is asked and told, in the words of this program.
//!
//! In: names and digests. Out: what is here, or an [`EngineFault`] whose words obey nobody's terminal. Only what the
//! images of a fleet need is spoken: containers are made only to try an image ([`trial`]) and for a rehearsal. The engine
//! is reached on this machine only: a socket, or plain http on loopback (Docker's API has no other protection than who
//! may reach it). How that API is spoken is in `docker`, and the library for it is known nowhere else.

mod docker;
mod fault;
mod place;
pub mod trial;

pub use docker::Engine;
pub use fault::{EngineFault, EngineFaultKind};
pub use place::{Place, places};

use std::collections::BTreeMap;

use crate::edge::engines;
use crate::error::{Error, Result};
use crate::registry::Reference;

/// An image that is here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalImage {
    /// The engine's name for its content, without `sha256:`.
    pub id: String,
    /// The digests under which registries have it, as `REPOSITORY@sha256:…`.
    pub names: Vec<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

impl LocalImage {
    /// The digests that it has in the repository of an image.
    pub fn digests<'i>(&'i self, image: &'i Reference) -> impl Iterator<Item = &'i str> {
        self.names.iter().filter_map(|name| {
            let (_, digest) = name.split_once('@')?;
            let named = Reference::parse(name).ok()?;
            named.is_kin(image).then_some(digest)
        })
    }
}

/// A container that is here, running or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its number.
    pub id: String,
    /// Its name, without the slash that the API puts before it.
    pub name: String,
    /// The image that it was asked to be made from, as it was written.
    pub image: String,
    /// The image that it was made from, without `sha256:`.
    pub image_id: String,
}

impl Engine {
    /// The first engine that answers, of some places.
    ///
    /// # Errors
    /// When none does; each place is told with its reason.
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
            return Err(error.hint(format!("you may not use its socket: {}", engines::access())));
        }
        let start = engines::start();
        Err(error
            .hint(format!("start it: {start}; or name it by DOCKER_HOST=unix:///…"))
            .hint("are the containers on another host? Run this there, or from here over ssh: `ssh -nNTL /tmp/engine.sock:/var/run/docker.sock HOST &`, and DOCKER_HOST=unix:///tmp/engine.sock"))
    }
}
