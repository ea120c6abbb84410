//! What the registry and the engine have of each runtime, asked for side by side.

use super::engine::{EngineFault, LocalImage};
use super::memory::KnownImage;
use super::{Host, Runtime};
use crate::edge::concurrent::together;
use crate::error::Result;
use crate::registry::{Refusal, RefusalKind};

/// What was seen of a runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Which.
    pub runtime: Runtime,
    /// The digest that its tag leads to in the registry.
    pub remote: Result<String, Refusal>,
    /// The image that its tag leads to here.
    pub local: Result<Option<LocalImage>, EngineFault>,
    /// What is kept of it.
    pub known: KnownImage,
}

/// Looks at runtimes, at most so many at once; in their order.
///
/// # Errors
/// When it cannot be read what is held: nothing may be touched then.
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
                    why: "it says that nothing has changed, and was not asked that".to_owned(),
                })
            });
            Observed { runtime, remote, local, known }
        }
    });
    Ok(asked.await.into_iter().flatten().collect())
}
