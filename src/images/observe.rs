//! Queries the registry and the engine about each runtime in parallel.

use super::engine::{EngineFault, LocalImage};
use super::memory::KnownImage;
use super::{Host, Runtime};
use crate::edge::concurrent::together;
use crate::error::Result;
use crate::registry::{Refusal, RefusalKind};

/// What was observed of a runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The runtime.
    pub runtime: Runtime,
    /// The digest of its tag in the registry.
    pub remote: Result<String, Refusal>,
    /// The image of its tag on this host.
    pub local: Result<Option<LocalImage>, EngineFault>,
    /// What is known of it from earlier runs.
    pub known: KnownImage,
}

/// Observes runtimes, at most `at_once` in parallel; returns them in order.
///
/// # Errors
/// When the holds cannot be read, in which case nothing may be touched.
pub async fn observe(host: &Host, runtimes: &[Runtime], at_once: usize) -> Result<Vec<Observed>> {
    let known = host.memory.read()?;
    let asked = together(at_once, runtimes.to_vec(), |runtime: Runtime| {
        let (registry, engine) = (host.registry.clone(), host.engine.clone());
        let known = known.image(&runtime.image);
        async move {
            let name = runtime.image.to_string();
            let (remote, local) =
                tokio::join!(registry.head(&runtime.image, None), engine.image(&name));
            let remote = remote.and_then(|head| {
                let digest = head.map(|head| head.digest);
                digest.ok_or_else(|| Refusal {
                    kind: RefusalKind::Unsound,
                    image: name,
                    why: "it answered that nothing has changed, without being asked".to_owned(),
                })
            });
            Observed { runtime, remote, local, known }
        }
    });
    Ok(asked.await.into_iter().flatten().collect())
}
