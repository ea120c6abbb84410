//! Brings one runtime to a digest, and removes containers that are behind.
//!
//! The order makes it safe to kill: the image is pulled by digest, so that no tag moves; the previous digest of the tag
//! is remembered; only then is the tag moved, and only after that are containers removed. The next run sees what is
//! left to do. A digest cannot change during the pull, but the tag in the registry can, so it is queried again.

use super::engine::{Container, EngineFaultKind, LocalImage};
use super::memory::Hold;
use super::outcome::{Failure, FailureKind, Held, Outcome, Pinned, Pulled, Recreated, Stage};
use super::plan::{Making, making};
use super::{Event, Host, Listener, Runtime};
use crate::edge::concurrent::together;

/// Maximum number of attempts to follow a tag that keeps moving.
const ROUNDS: usize = 3;

/// Maximum number of containers to remove in parallel.
const REMOVED_AT_ONCE: usize = 4;

/// An image on this host that a tag points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here {
    /// The runtime.
    pub runtime: Runtime,
    /// The engine's id of the image.
    pub id: String,
}

/// Brings the image of a tag in the registry to this host and moves the tag here to it. `from` is the previous digest
/// of the tag. Returns the outcome, and the image if it is here.
pub async fn bring(
    host: &Host,
    runtime: &Runtime,
    mut from: Option<String>,
    mut to: String,
    listener: &Listener,
) -> (Outcome, Option<Here>) {
    let mut outcome = Outcome::default();
    let mut here = None;
    for round in 1..=ROUNDS {
        let brought = fetch(host, runtime, &to, listener).await;
        let moved = moved(host, runtime, &to).await;
        let image = match (brought, &moved) {
            (Ok(image), _) => image,
            // The requested image is gone because the tag has moved.
            (Err(failure), Some(now)) if failure.stage == Stage::Pull && round < ROUNDS => {
                listener.tell(Event::Moved { runtime: runtime.slug.clone(), digest: now.clone() });
                to.clone_from(now);
                continue;
            }
            (Err(failure), _) => {
                outcome.failed.push(failure);
                return (outcome, here);
            }
        };
        match lead(host, runtime, from.as_deref(), &image).await {
            Ok(None) => {}
            // Somebody has held the runtime since the decision: it and its containers stay as they are.
            Ok(Some(hold)) => {
                outcome.held.push(Held { runtime: runtime.slug.clone(), hold });
                return (outcome, None);
            }
            Err(failure) => {
                outcome.failed.push(failure);
                return (outcome, here);
            }
        }
        outcome.pulled.retain(|pulled| pulled.runtime != runtime.slug);
        outcome.pulled.push(Pulled {
            runtime: runtime.slug.clone(),
            image: runtime.image.to_string(),
            digest: to.clone(),
            previous: from.clone(),
            version: version(&image, host.label.as_deref()),
        });
        here = Some(Here { runtime: runtime.clone(), id: image.id });
        let Some(now) = moved else { return (outcome, here) };
        listener.tell(Event::Moved { runtime: runtime.slug.clone(), digest: now.clone() });
        from = Some(std::mem::replace(&mut to, now));
    }
    outcome.failed.push(Failure {
        runtime: runtime.slug.clone(),
        stage: Stage::LookUp,
        kind: FailureKind::Moving,
        container: None,
        why: format!("its tag moved {ROUNDS} times while it was pulled"),
        hint: Some("try again when no image is being published".to_owned()),
    });
    (outcome, here)
}

/// Returns the version in an image's label.
pub(super) fn version(image: &LocalImage, label: Option<&str>) -> Option<String> {
    image.labels.get(label?).filter(|version| !version.trim().is_empty()).cloned()
}

/// Returns an image by digest, pulling it if it is not here.
pub(super) async fn fetch(
    host: &Host,
    runtime: &Runtime,
    digest: &str,
    listener: &Listener,
) -> Result<LocalImage, Failure> {
    let slug = runtime.slug.as_str();
    let name = runtime.image.at(digest).to_string();
    let failed = |stage| move |fault| Failure::of_engine(slug, stage, &fault);
    if let Some(image) = host.engine.image(&name).await.map_err(failed(Stage::Inspect))? {
        return Ok(image);
    }
    listener.tell(Event::Pulling { runtime: slug.to_owned(), digest: digest.to_owned() });
    let told = |done, total| {
        listener.tell(Event::Bytes { runtime: slug.to_owned(), done, total });
    };
    let credentials = host.registry.credentials(&runtime.image);
    let pulled = host.engine.pull(&runtime.image, digest, credentials, told).await;
    pulled.map_err(failed(Stage::Pull))?;
    // Some engines report no error for a failed pull.
    let found = host.engine.image(&name).await.map_err(failed(Stage::Inspect))?;
    found.ok_or_else(|| Failure {
        runtime: slug.to_owned(),
        stage: Stage::Pull,
        kind: FailureKind::Refused,
        container: None,
        why: "the engine reported the image as pulled, but does not have it".to_owned(),
        hint: Some("pull it manually, and see what the engine reports".to_owned()),
    })
}

/// Returns the digest of the tag in the registry if it has changed. A registry that does not answer counts as
/// unchanged.
async fn moved(host: &Host, runtime: &Runtime, digest: &str) -> Option<String> {
    let head = host.registry.head(&runtime.image, None).await.ok()??;
    (head.digest != digest).then_some(head.digest)
}

/// Remembers the previous digest of the tag, and moves the tag to an image. Somebody may have rolled back during the
/// pull, which takes minutes: then nothing is changed, and the hold is returned. The memory stays locked until the tag
/// has moved, so that a concurrent rollback writes its hold and moves the tag afterwards.
async fn lead(
    host: &Host,
    runtime: &Runtime,
    from: Option<&str>,
    image: &LocalImage,
) -> Result<Option<Hold>, Failure> {
    let (name, now) = (runtime.image.clone(), host.now.clone());
    let from = from.map(str::to_owned);
    let kept = host.memory.change_and_keep(move |known| {
        let entry = known.entry(&name);
        if let (None, Some(from)) = (&entry.hold, from) {
            entry.remember(&from, &now);
        }
        entry.hold.clone()
    });
    let (hold, _locked) = kept.await.map_err(|error| Failure::of_memory(&runtime.slug, &error))?;
    if hold.is_none() {
        let tagged = host.engine.tag(&image.id, &runtime.image).await;
        tagged.map_err(|fault| Failure::of_engine(&runtime.slug, Stage::Tag, &fault))?;
    }
    Ok(hold)
}

/// Removes the containers that are behind their images here. They are listed only once, after the last tag has moved.
pub async fn recreate(host: &Host, here: &[Here], listener: &Listener) -> Outcome {
    let mut outcome = Outcome::default();
    if here.is_empty() {
        return outcome;
    }
    let containers = match host.engine.containers(host.prefix.as_deref()).await {
        Ok(containers) => containers,
        Err(fault) => {
            let failed = |it: &Here| Failure::of_engine(&it.runtime.slug, Stage::List, &fault);
            outcome.failed.extend(here.iter().map(failed));
            return outcome;
        }
    };
    let images: Vec<_> = here.iter().map(|it| (&it.runtime, Some(it.id.as_str()))).collect();
    let (behind, pinned) = sorted(&containers, &images);
    outcome.pinned = pinned;
    let asked = together(REMOVED_AT_ONCE, behind, |(runtime, container)| {
        let engine = host.engine.clone();
        async move {
            let removed = engine.remove(&container.id).await;
            (runtime, container, removed)
        }
    });
    for (runtime, container, removed) in asked.await.into_iter().flatten() {
        match removed {
            // Not counted as removed if it was gone already.
            Ok(was_there) => {
                let container = container.name;
                if was_there {
                    listener.tell(Event::Removed {
                        runtime: runtime.clone(),
                        container: container.clone(),
                    });
                    outcome.recreated.push(Recreated { runtime, container });
                }
            }
            Err(fault) if fault.kind == EngineFaultKind::Absent => {}
            Err(fault) => {
                let failure = Failure::of_engine(&runtime, Stage::Remove, &fault);
                outcome.failed.push(failure.about(&container.name));
            }
        }
    }
    outcome
}

/// Returns the containers that are behind, with their runtimes, and those that no tag moves.
pub(super) fn sorted(
    containers: &[Container],
    images: &[(&Runtime, Option<&str>)],
) -> (Vec<(String, Container)>, Vec<Pinned>) {
    let (mut behind, mut pinned) = (Vec::new(), Vec::new());
    for container in containers {
        for (runtime, id) in images {
            match making(container, &runtime.image, *id) {
                Making::Behind => behind.push((runtime.slug.clone(), container.clone())),
                Making::Pinned => pinned.push(Pinned {
                    runtime: runtime.slug.clone(),
                    container: container.name.clone(),
                    image: container.image.clone(),
                }),
                Making::Current | Making::Foreign => {}
            }
        }
    }
    (behind, pinned)
}
