//! One runtime back to a digest that its tag led to before, and held there: the next refresh would undo it.
//!
//! The image is brought here before anything else changes; the hold is written before the tag moves.

use super::act::{self, Here};
use super::engine::LocalImage;
use super::memory::{Hold, KnownImage};
use super::outcome::{Current, Failure, Outcome, Pulled, Recreated, Stage};
use super::{Host, Listener, Runtime};
use crate::error::{Error, Result};

/// Which runtime is to go back, and where to.
#[derive(Clone, Debug)]
pub struct Request {
    /// The runtime.
    pub runtime: Runtime,
    /// The digest; the newest that is remembered and not here now, when absent.
    pub to: Option<String>,
    /// Why, for whoever finds it held.
    pub reason: Option<String>,
    /// Whether its containers are removed, so that the platform makes them again.
    pub recreate: bool,
    /// Whether it is only said what would be done.
    pub dry_run: bool,
}

/// Brings a runtime back.
///
/// # Errors
/// When no digest is remembered, or it is not known what is. All else stands in the outcome.
pub async fn rollback(host: &Host, request: &Request, listener: &Listener) -> Result<Outcome> {
    let runtime = &request.runtime;
    let known = host.memory.read()?.image(&runtime.image);
    let local = match host.engine.image(&runtime.image.to_string()).await {
        Ok(local) => local,
        Err(fault) => return Ok(failed(Failure::of_engine(&runtime.slug, Stage::Inspect, &fault))),
    };
    let to = target(request, &known, local.as_ref())?;
    if request.dry_run {
        return Ok(foresee(host, request, local.as_ref(), &to).await);
    }
    let image = match act::fetch(host, runtime, &to, listener).await {
        Ok(image) => image,
        Err(failure) => return Ok(failed(failure)),
    };
    let from = left(local.as_ref(), runtime, &to);
    let reason = request.reason.clone().unwrap_or_else(|| format!("rolled back to {to}"));
    let hold = Hold { reason: Some(reason), since: host.now.clone() };
    let (name, now, earlier) = (runtime.image.clone(), host.now.clone(), from.clone());
    let kept = host.memory.change_apart(move |known| {
        let entry = known.entry(&name);
        entry.hold = Some(hold);
        if let Some(from) = earlier {
            entry.remember(&from, &now);
        }
    });
    kept.await?;
    if let Err(fault) = host.engine.tag(&image.id, &runtime.image).await {
        return Ok(failed(Failure::of_engine(&runtime.slug, Stage::Tag, &fault)));
    }
    let mut outcome = said(host, runtime, &image, (local.as_ref(), &to));
    if request.recreate {
        let here = [Here { runtime: runtime.clone(), id: image.id }];
        outcome.add(act::recreate(host, &here, listener).await);
    }
    Ok(outcome)
}

fn failed(failure: Failure) -> Outcome {
    Outcome { failed: vec![failure], ..Outcome::default() }
}

/// The digest to go back to.
fn target(request: &Request, known: &KnownImage, local: Option<&LocalImage>) -> Result<String> {
    if let Some(digest) = &request.to {
        return Ok(digest.clone());
    }
    let is_here = |digest: &str| leads_to(local, &request.runtime, digest);
    known.previous(is_here).map(str::to_owned).ok_or_else(|| {
        Error::usage(format!("no earlier image of `{}` is remembered here", request.runtime.slug))
            .hint("name its digest: --to sha256:…; the registry's page of the image lists them")
    })
}

/// Whether the tag leads to a digest already.
fn leads_to(local: Option<&LocalImage>, runtime: &Runtime, digest: &str) -> bool {
    local.is_some_and(|it| it.digests(&runtime.image).any(|here| here == digest))
}

/// The digest that the tag leads to and will not any more.
fn left(local: Option<&LocalImage>, runtime: &Runtime, to: &str) -> Option<String> {
    let here = local.filter(|_| !leads_to(local, runtime, to))?;
    here.digests(&runtime.image).next().map(str::to_owned)
}

/// The outcome of the image alone: brought here, or here already.
fn said(
    host: &Host,
    runtime: &Runtime,
    image: &LocalImage,
    (local, to): (Option<&LocalImage>, &str),
) -> Outcome {
    let slug = runtime.slug.clone();
    let mut outcome = Outcome::default();
    if leads_to(local, runtime, to) {
        outcome.current.push(Current { runtime: slug, digest: to.to_owned() });
    } else {
        outcome.pulled.push(Pulled {
            runtime: slug,
            image: runtime.image.to_string(),
            digest: to.to_owned(),
            previous: left(local, runtime, to),
            version: act::version(image, host.label.as_deref()),
        });
    }
    outcome
}

async fn foresee(host: &Host, request: &Request, local: Option<&LocalImage>, to: &str) -> Outcome {
    let runtime = &request.runtime;
    let target = host.engine.image(&runtime.image.at(to).to_string()).await.ok().flatten();
    let image = target.clone().unwrap_or_default();
    let mut outcome = said(host, runtime, &image, (local, to));
    outcome.dry_run = true;
    if request.recreate {
        match host.engine.containers(host.prefix.as_deref()).await {
            Ok(containers) => {
                let id = target.as_ref().map(|image| image.id.as_str());
                let (behind, pinned) = act::sorted(&containers, &[(runtime, id)]);
                outcome.pinned = pinned;
                outcome.recreated = behind
                    .into_iter()
                    .map(|(runtime, container)| Recreated { runtime, container: container.name })
                    .collect();
            }
            Err(fault) => {
                outcome.failed.push(Failure::of_engine(&runtime.slug, Stage::List, &fault));
            }
        }
    }
    outcome
}
