//! Brings images up to date, several in parallel, or a canary first and the rest only if that is well.
//!
//! The operation returns a value and never prints, for both the command line and a server. A runtime that fails does
//! not affect the others.

use super::act::{self, Here};
use super::observe::{Observed, observe};
use super::outcome::{Current, Failure, FailureKind, Held, Outcome, Pulled, Recreated, Stage};
use super::plan::{Step, step};
use super::smoke::{self, Wish};
use super::{Event, Host, Listener, Runtime};
use crate::edge::concurrent::together;
use crate::error::Result;

/// What to bring up to date.
#[derive(Clone, Debug)]
pub struct Request {
    /// The runtimes.
    pub runtimes: Vec<Runtime>,
    /// The runtime that goes first; the others wait until it is known to be well.
    pub canary: Option<String>,
    /// How to try the canary's image before the others follow; `None` to skip that.
    pub smoke: Option<Wish>,
    /// Whether to remove containers that are behind.
    pub recreate: bool,
    /// Whether to only report what would be done.
    pub dry_run: bool,
    /// Maximum number of images to pull in parallel.
    pub at_once: usize,
}

/// Brings images up to date.
///
/// # Errors
/// When the holds cannot be read, in which case nothing was touched. Any other failure is in the outcome.
pub async fn refresh(host: &Host, request: &Request, listener: &Listener) -> Result<Outcome> {
    let observed = observe(host, &request.runtimes, request.at_once).await?;
    if request.dry_run {
        return Ok(foresee(host, request, &observed).await);
    }
    let is_first = |it: &Observed| request.canary.as_deref() == Some(it.runtime.slug.as_str());
    let (first, rest): (Vec<Observed>, Vec<Observed>) = observed.into_iter().partition(is_first);
    let mut outcome = Outcome::default();
    if let Some(canary) = first.first().map(|it| it.runtime.clone()) {
        outcome = wave(host, request, first, listener).await;
        if let Some(why) = unfit(host, &canary, request.smoke.as_ref(), &outcome).await {
            let waits = |it: Observed| Failure {
                runtime: it.runtime.slug,
                stage: Stage::Canary,
                kind: FailureKind::Refused,
                container: None,
                why: format!("`{}` goes first, and {why}", canary.slug),
                hint: Some("check what is wrong with it; this one was not changed".to_owned()),
            };
            outcome.failed.extend(rest.into_iter().map(waits));
            return Ok(outcome);
        }
    }
    outcome.add(wave(host, request, rest, listener).await);
    Ok(outcome)
}

/// Returns why the canary stops the others from following; `None` if it is well.
async fn unfit(
    host: &Host,
    canary: &Runtime,
    wish: Option<&Wish>,
    outcome: &Outcome,
) -> Option<String> {
    if let Some(failure) = outcome.failed.first() {
        return Some(format!("it failed: {}", failure.why));
    }
    if outcome.held.iter().any(|held| held.runtime == canary.slug) {
        return Some("it is held".to_owned());
    }
    let name = canary.image.to_string();
    let image = match host.engine.image(&name).await {
        Ok(Some(image)) => image,
        Ok(None) => return Some("its image has been removed again".to_owned()),
        Err(fault) => return Some(format!("its image cannot be inspected: {fault}")),
    };
    if let Some(label) = host.label.as_deref()
        && act::version(&image, Some(label)).is_none()
    {
        return Some(format!("its image does not state its version (label {label})"));
    }
    let wish = wish?;
    let tried = match smoke::name() {
        Ok(trial) => smoke::smoke(host, &name, &image, wish, &trial).await,
        Err(error) => Err(error),
    };
    match tried {
        Ok(smoked) => smoked.trouble(),
        Err(error) => Some(format!("its image cannot be tried: {error}")),
    }
}

/// Handles several runtimes in parallel: first all images, then the containers that are behind.
async fn wave(
    host: &Host,
    request: &Request,
    observed: Vec<Observed>,
    listener: &Listener,
) -> Outcome {
    let asked = together(request.at_once, observed, |observed: Observed| {
        let (host, listener) = (host.clone(), listener.clone());
        async move {
            let done = carry_out(&host, &observed, &listener).await;
            listener.tell(Event::Settled { runtime: observed.runtime.slug });
            done
        }
    });
    let mut outcome = Outcome::default();
    let mut here: Vec<Here> = Vec::new();
    for (part, image) in asked.await.into_iter().flatten() {
        outcome.add(part);
        here.extend(image);
    }
    if request.recreate {
        let here = not_held(host, here, &mut outcome);
        outcome.add(act::recreate(host, &here, listener).await);
    }
    outcome
}

/// Returns the runtimes that are not held, since somebody may have added a hold while others were being pulled.
fn not_held(host: &Host, here: Vec<Here>, outcome: &mut Outcome) -> Vec<Here> {
    match host.memory.read() {
        Ok(known) => {
            let is_free = |it: &Here| known.image(&it.runtime.image).hold.is_none();
            here.into_iter().filter(is_free).collect()
        }
        Err(error) => {
            let failed = |it: Here| Failure::of_memory(&it.runtime.slug, &error);
            outcome.failed.extend(here.into_iter().map(failed));
            Vec::new()
        }
    }
}

async fn carry_out(
    host: &Host,
    observed: &Observed,
    listener: &Listener,
) -> (Outcome, Option<Here>) {
    let runtime = observed.runtime.slug.clone();
    match step(observed) {
        Step::Pull { from, to } => act::bring(host, &observed.runtime, from, to, listener).await,
        Step::Keep { digest, id } => {
            let current = vec![Current { runtime, digest }];
            let here = Here { runtime: observed.runtime.clone(), id };
            (Outcome { current, ..Outcome::default() }, Some(here))
        }
        Step::Leave(hold) => {
            (Outcome { held: vec![Held { runtime, hold }], ..Outcome::default() }, None)
        }
        Step::Fail(failure) => (Outcome { failed: vec![failure], ..Outcome::default() }, None),
    }
}

/// Returns what would be done. An image that is not here has no containers, so all of the runtime's are behind.
async fn foresee(host: &Host, request: &Request, observed: &[Observed]) -> Outcome {
    let mut outcome = Outcome { dry_run: true, ..Outcome::default() };
    let mut images: Vec<(&Runtime, Option<String>)> = Vec::new();
    for it in observed {
        let runtime = it.runtime.slug.clone();
        match step(it) {
            Step::Pull { from, to } => {
                let here = host.engine.image(&it.runtime.image.at(&to).to_string()).await;
                images.push((&it.runtime, here.ok().flatten().map(|image| image.id)));
                let image = it.runtime.image.to_string();
                outcome.pulled.push(Pulled {
                    runtime,
                    image,
                    digest: to,
                    previous: from,
                    version: None,
                });
            }
            Step::Keep { digest, id } => {
                images.push((&it.runtime, Some(id)));
                outcome.current.push(Current { runtime, digest });
            }
            Step::Leave(hold) => outcome.held.push(Held { runtime, hold }),
            Step::Fail(failure) => outcome.failed.push(failure),
        }
    }
    if !request.recreate || images.is_empty() {
        return outcome;
    }
    match host.engine.containers(host.prefix.as_deref()).await {
        Ok(containers) => {
            let all: Vec<_> = images.iter().map(|(it, id)| (*it, id.as_deref())).collect();
            let (behind, pinned) = act::sorted(&containers, &all);
            let recreated = |(runtime, container): (String, super::engine::Container)| Recreated {
                runtime,
                container: container.name,
            };
            outcome.recreated = behind.into_iter().map(recreated).collect();
            outcome.pinned = pinned;
        }
        Err(fault) => {
            let failed = |(runtime, _): &(&Runtime, _)| {
                Failure::of_engine(&runtime.slug, Stage::List, &fault)
            };
            outcome.failed.extend(images.iter().map(failed));
        }
    }
    outcome
}

/// Checks at compile time that the future is `Send`, since a server awaits it on any thread.
const _: fn(&Host, &Request, &Listener) = |host, request, listener| {
    fn is_sendable(_: &impl Send) {}
    is_sendable(&refresh(host, request, listener));
};
