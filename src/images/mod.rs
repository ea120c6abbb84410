//! The images of a fleet on one host: which are here, which are behind, and bringing them up to date.
//!
//! In: the members' images, a registry that is asked, and a container engine that is told. Out: values: a plan,
//! what came of it, how each runtime stands. Nothing is printed, and who wants to see how it goes is told
//! by a [`Listener`]; so the command line and a server call the same operations.
//!
//! The host itself is the truth: which digest a tag has here, and which image a container was made from, is asked
//! anew each time. A run that was killed is therefore run again, and does what is left. Only what the engine
//! does not know is kept in a file ([`memory`]): what a tag led to before, what is held, and what was seen last.
//!
//! | file | what it owns |
//! |---|---|
//! | [`engine`] | a container engine that is asked and told, and where it listens |
//! | [`memory`] | what is kept between runs |
//! | [`plan`] | what is to be pulled and removed: pure |
//! | [`observe`] | what the registry and the engine have of each runtime |
//! | [`act`] | one runtime brought to a digest: pulled, remembered, tagged, its containers removed |
//! | [`refresh`] | all of them, several at once, one of them first where that is wished |
//! | [`smoke`] | an image tried in containers of its own: it begins, its modules are imported, it does its work once |
//! | [`rollback`] | one of them back to an earlier digest, and held there |
//! | [`status`] | how each runtime is doing |
//! | [`watch`] | what moved since it was looked at last |
//! | [`outcome`] | what came of it, as values and as JSON |
//! | [`by_runtime`] | the same runtime by runtime, as a server answers it |

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
    /// Its image, with the tag that moves.
    pub image: Reference,
}

impl Runtime {
    /// The image of a member; `None` in a fleet without images.
    ///
    /// # Errors
    /// When no registry could have an image of the name that the manifest makes.
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
    /// Where images come from.
    pub registry: Registry,
    /// What runs them.
    pub engine: Engine,
    /// What is kept between runs.
    pub memory: Memory,
    /// What the names of the platform's containers begin with; none are looked for when absent.
    pub prefix: Option<String>,
    /// The label that says which version of the runtime package is in an image.
    pub label: Option<String>,
    /// The time of the run, RFC 3339.
    pub now: String,
}

/// Something that whoever watches wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An image is being pulled.
    Pulling {
        /// Whose.
        runtime: String,
        /// Its digest.
        digest: String,
    },
    /// So much of it is here.
    Bytes {
        /// Whose.
        runtime: String,
        /// Bytes so far.
        done: u64,
        /// Bytes that are known to come.
        total: u64,
    },
    /// Its tag led elsewhere by the time it was here: the new one is pulled.
    Moved {
        /// Whose.
        runtime: String,
        /// What it leads to now.
        digest: String,
    },
    /// A container was removed.
    Removed {
        /// Whose.
        runtime: String,
        /// Its name.
        container: String,
    },
    /// A runtime is done with, well or not.
    Settled {
        /// Whose.
        runtime: String,
    },
}

/// Who is told.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(Event) + Send + Sync>);

impl Listener {
    /// Whoever does this with an event.
    pub fn new(told: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }

    fn tell(&self, event: Event) {
        (self.0)(event);
    }
}

/// Nobody.
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
