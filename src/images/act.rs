//! One runtime brought to a digest, and containers that are behind removed.
//!
//! The order is what makes a kill harmless: the image is pulled by its digest, so that no tag moves; what the tag
//! led to is remembered; only then the tag moves; and only then containers go. Whatever a killed run left undone, the next one
//! sees from what is here. A digest that is pulled cannot change meanwhile; the tag in the registry can, so that is asked again.

use super::engine::{Container, EngineFaultKind, LocalImage};
use super::memory::Hold;
use super::outcome::{Failure, FailureKind, Held, Outcome, Pinned, Pulled, Recreated, Stage};
use super::plan::{Making, making};
use super::{Event, Host, Listener, Runtime};
use crate::edge::concurrent::together;

/// How often a tag that moves again and again is run after.
const ROUNDS: usize = 3;

/// Containers that are removed at once.
const REMOVED_AT_ONCE: usize = 4;

/// An image that a tag leads to here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here {
    /// Whose.
    pub runtime: Runtime,
    /// The engine's name for it.
    pub id: String,
}

/// Brings the image here that a tag leads to in the registry, and lets the tag lead to it. `from` is the digest that it
/// led to. What came of it, and the image when it is here.
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
            // What was asked for is gone since the tag leads elsewhere.
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
            // Somebody has said so since it was looked at: it stays where it is, and so do its containers.
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
        why: format!("its tag led elsewhere {ROUNDS} times while it was pulled"),
        hint: Some("run it again once nobody publishes".to_owned()),
    });
    (outcome, here)
}

/// The version that an image's label says.
pub(super) fn version(image: &LocalImage, label: Option<&str>) -> Option<String> {
    image.labels.get(label?).filter(|version| !version.trim().is_empty()).cloned()
}

/// An image by its digest: the one that is here, or pulled.
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
    // Some engines end a pull that failed without a word.
    let found = host.engine.image(&name).await.map_err(failed(Stage::Inspect))?;
    found.ok_or_else(|| Failure {
        runtime: slug.to_owned(),
        stage: Stage::Pull,
        kind: FailureKind::Refused,
        container: None,
        why: "the engine says that it was pulled, and does not have it".to_owned(),
        hint: Some("pull it by hand, and see what the engine says".to_owned()),
    })
}

/// The digest that a tag leads to in the registry when it is another one by now. A registry that does not say it is none.
async fn moved(host: &Host, runtime: &Runtime, digest: &str) -> Option<String> {
    let head = host.registry.head(&runtime.image, None).await.ok()??;
    (head.digest != digest).then_some(head.digest)
}

/// Remembers what the tag led to, and lets it lead to an image. A pull takes minutes in which somebody may have
/// rolled back: then nothing is done but to say that it is held. The memory is locked until the tag has moved: a rollback that
/// begins meanwhile writes its hold, and moves the tag, after that.
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

/// Removes the containers that are behind images that are here. They are listed once for all, after the last tag moved.
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
            // One that went by itself is gone all the same.
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

/// The containers that are behind, each with whose it is; and those that no tag moves.
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
