//! The images of a fleet on one host: which are here, which are behind, and bringing them up to date.
//!
//! Operations take a registry and a container engine as a [`Host`], and return values: a plan, an outcome, or the
//! status of each runtime. They print nothing but report progress to a [`Listener`], so that the command line and a
//! server can call the same operations.
//!
//! The host itself is the source of truth: which digest a tag has here, and which image a container was made from, is
//! queried each time. A run that was killed can therefore just be repeated, and does what is left. Only what the engine
//! does not know is kept in a file ([`memory`]): earlier digests of a tag, holds, and the registry's last answers.
//!
//! | module | contents |
//! |---|---|
//! | [`engine`] | the container engine, and where it listens |
//! | [`memory`] | what is kept between runs |
//! | [`plan`] | decides what to pull and what to remove; pure |
//! | [`observe`] | queries registry and engine about each runtime |
//! | [`act`] | brings one runtime to a digest: pulls, remembers, tags, and removes its containers |
//! | [`refresh`] | brings all runtimes up to date, several in parallel, optionally with a canary first |
//! | [`smoke`] | tries an image in its own containers: starts it, imports its modules, and lets it do its work once |
//! | [`rollback`] | brings one runtime back to an earlier digest, and holds it there |
//! | [`status`] | the status of each runtime |
//! | [`watch`] | brings what changed in the registry since the last look |
//! | [`outcome`] | the outcome, as values and as JSON |
//! | [`by_runtime`] | the same by runtime, for a server's answer |

pub mod act;
pub mod by_runtime;
pub mod engine;
pub mod memory;
pub mod observe;
pub mod outcome;
pub mod plan;
pub mod refresh;
pub mod rollback;
pub mod smoke;
pub mod status;
pub mod watch;

use std::fmt;
use std::sync::Arc;

use crate::error::Result;
use crate::fleet::{Fleet, Member};
use crate::registry::{Reference, Registry};
use engine::Engine;
use memory::Memory;

/// A member's image on this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime {
    /// The member's slug.
    pub slug: String,
    /// Its image, with the moving tag.
    pub image: Reference,
}

impl Runtime {
    /// Returns the image of a member; `None` if it has none.
    ///
    /// # Errors
    /// When the manifest yields an image name that no registry would accept.
    pub fn of(fleet: &Fleet, member: &Member, tag: &str) -> Result<Option<Self>> {
        let Some(image) = fleet.image(member) else { return Ok(None) };
        let image = Reference::parse(&format!("{image}:{tag}"))
            .map_err(|error| error.in_file(&fleet.file))?;
        Ok(Some(Self { slug: member.slug.clone(), image }))
    }
}

/// What operations work with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Host {
    /// The registry client.
    pub registry: Registry,
    /// The container engine.
    pub engine: Engine,
    /// What is kept between runs.
    pub memory: Memory,
    /// The name prefix of the platform's containers; `None` to look for none.
    pub prefix: Option<String>,
    /// The label with the version of the runtime package in an image.
    pub label: Option<String>,
    /// The time of the run, RFC 3339.
    pub now: String,
}

/// A progress event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An image is being pulled.
    Pulling {
        /// The runtime.
        runtime: String,
        /// Its digest.
        digest: String,
    },
    /// The progress of a pull.
    Bytes {
        /// The runtime.
        runtime: String,
        /// Bytes so far.
        done: u64,
        /// Bytes in total, as far as known.
        total: u64,
    },
    /// The tag moved during the pull, so the new image is pulled instead.
    Moved {
        /// The runtime.
        runtime: String,
        /// The new digest of the tag.
        digest: String,
    },
    /// A rollback could not compare the version of the earlier image with that of the image here.
    NotCompared {
        /// The runtime.
        runtime: String,
        /// The image whose version is unknown, and why.
        why: String,
    },
    /// The engine does not have the image that a rollback would restore, so the registry would be asked for it.
    NotHere {
        /// The runtime.
        runtime: String,
        /// The digest of the image.
        digest: String,
    },
    /// A rollback left a runtime alone, since its image does not contain the version to leave.
    LeftAlone {
        /// The runtime.
        runtime: String,
        /// What is here instead.
        why: String,
    },
    /// A container was removed.
    Removed {
        /// The runtime.
        runtime: String,
        /// Its name.
        container: String,
    },
    /// A runtime is finished, successfully or not.
    Settled {
        /// The runtime.
        runtime: String,
    },
}

/// A callback for progress events.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(Event) + Send + Sync>);

impl Listener {
    /// Creates a listener that calls `told` for each event.
    pub fn new(told: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }

    fn tell(&self, event: Event) {
        (self.0)(event);
    }
}

/// A listener that ignores all events.
impl Default for Listener {
    fn default() -> Self {
        Self::new(|_| {})
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}
