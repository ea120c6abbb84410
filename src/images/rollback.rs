//! Brings a runtime back to an earlier digest, and holds it there, as the next refresh would undo it otherwise.
//!
//! The image is pulled before anything else changes, and the hold is written before the tag moves. Repeating a rollback
//! does not move forward again: a runtime that is back stays there, and what a killed run left undone is done.

use pep440_rs::Version;

use super::act::{self, Here};
use super::engine::LocalImage;
use super::memory::{Hold, KnownImage, newest_first};
use super::outcome::{Current, Failure, Outcome, Pulled, Recreated, Stage};
use super::{Event, Host, Listener, Runtime};
use crate::digest::{digits, short};
use crate::error::{Error, Result};
use crate::package::version;
use crate::registry::reference::is_digest;

/// Which runtime to bring back, and to what.
#[derive(Clone, Debug)]
pub struct Request {
    /// The runtime.
    pub runtime: Runtime,
    /// The digest, or the beginning of a remembered one; by default the newest remembered one that is not here now.
    pub to: Option<String>,
    /// Only if its image contains this version; otherwise it is left alone.
    pub from: Option<Version>,
    /// The reason, for the hold.
    pub reason: Option<String>,
    /// Whether to remove its containers, so that the platform creates them again.
    pub recreate: bool,
    /// Whether to only report what would be done.
    pub dry_run: bool,
}

/// Brings a runtime back.
///
/// # Errors
/// When no remembered digest or several match, when it is not known whether the image here contains the version to leave, or
/// when the memory cannot be read or written. Any other failure is in the outcome.
pub async fn rollback(host: &Host, request: &Request, listener: &Listener) -> Result<Outcome> {
    let runtime = &request.runtime;
    let mut known = host.memory.read()?.image(&runtime.image);
    let local = match host.engine.image(&runtime.image.to_string()).await {
        Ok(local) => local,
        Err(fault) => return Ok(failed(Failure::of_engine(&runtime.slug, Stage::Inspect, &fault))),
    };
    if has_version_to_leave(host, request, local.as_ref()) {
        // One that was brought back to that version goes on from there.
        known.hold = None;
    } else if let Some(why) = left_alone(host, request, &known, local.as_ref())? {
        listener.tell(Event::LeftAlone { runtime: runtime.slug.clone(), why });
        return Ok(Outcome { dry_run: request.dry_run, ..Outcome::default() });
    }
    let to = target(request, &known, local.as_ref())
        .map_err(|error| error.in_file(host.memory.file()))?;
    if request.dry_run {
        let image = host.engine.image(&runtime.image.at(&to).to_string()).await;
        if let Ok(None) = &image {
            let (runtime, digest) = (runtime.slug.clone(), short(&to));
            listener.tell(Event::NotHere { runtime, digest });
        }
        let image = image.ok().flatten();
        if let Some(image) = &image {
            goes_back(host, request, (local.as_ref(), image), &to, listener)?;
        }
        return Ok(foresee(host, request, (local.as_ref(), image), &to).await);
    }
    let image = match act::fetch(host, runtime, &to, listener).await {
        Ok(image) => image,
        Err(failure) => return Ok(failed(failure)),
    };
    goes_back(host, request, (local.as_ref(), &image), &to, listener)?;
    let from = left(local.as_ref(), runtime, &to);
    let hold = holding(request, known.hold, &to, &host.now);
    let (name, now, earlier) = (runtime.image.clone(), host.now.clone(), from.clone());
    let kept = host.memory.change_apart(move |known| {
        let entry = known.entry(&name);
        entry.hold = Some(hold);
        if let Some(from) = earlier {
            entry.leave(&from, &now);
        }
    });
    kept.await?;
    if let Err(fault) = host.engine.tag(&image.id, &runtime.image).await {
        return Ok(failed(Failure::of_engine(&runtime.slug, Stage::Tag, &fault)));
    }
    let mut outcome = said(host, runtime, &image, local.as_ref(), &to);
    if request.recreate {
        let here = [Here { runtime: runtime.clone(), id: image.id }];
        outcome.add(act::recreate(host, &here, listener).await);
    }
    Ok(outcome)
}

fn failed(failure: Failure) -> Outcome {
    Outcome { failed: vec![failure], ..Outcome::default() }
}

fn has_version_to_leave(host: &Host, request: &Request, local: Option<&LocalImage>) -> bool {
    let Some((image, from)) = local.zip(request.from.as_ref()) else { return false };
    read(image, host.label.as_deref(), "the image here").is_ok_and(|here| here == *from)
}

/// Why a runtime is left alone: its image does not contain the version to leave. One that is back already is not, so that
/// what a killed run left undone is done.
fn left_alone(
    host: &Host,
    request: &Request,
    known: &KnownImage,
    local: Option<&LocalImage>,
) -> Result<Option<String>> {
    let Some(from) = &request.from else { return Ok(None) };
    let Some(image) = local else {
        return Ok(Some("it has no image here".to_owned()));
    };
    let back = known.hold.as_ref().and_then(|hold| hold.back.as_deref());
    if back.is_some_and(|digest| leads_to(local, &request.runtime, digest)) {
        return Ok(None);
    }
    match read(image, host.label.as_deref(), "the image here") {
        Ok(here) => Ok(Some(format!("its image contains {here}, and not {from}"))),
        Err(why) => {
            let slug = &request.runtime.slug;
            Err(Error::failed(format!(
                "whether the image of `{slug}` contains {from} is not known"
            ))
            .caused_by(why)
            .hint(format!("to bring it back all the same: shipshape images rollback {slug}")))
        }
    }
}

/// Returns the hold of a runtime that is brought back. An existing one for the same digest is kept.
fn holding(request: &Request, held: Option<Hold>, to: &str, now: &str) -> Hold {
    let same = held.filter(|hold| hold.back.as_deref() == Some(to));
    let reason = match (&request.reason, same) {
        (None, Some(hold)) => return hold,
        (Some(reason), _) => reason.clone(),
        (None, None) => format!("rolled back to {}", short(to)),
    };
    Hold { reason: Some(reason), since: now.to_owned(), back: Some(to.to_owned()) }
}

/// Returns the digest to go back to.
fn target(request: &Request, known: &KnownImage, local: Option<&LocalImage>) -> Result<String> {
    let slug = &request.runtime.slug;
    let is_here = |digest: &str| leads_to(local, &request.runtime, digest);
    let Some(wanted) = &request.to else {
        // A runtime that is back stays: the newest digest that is not here now would be the one it was brought back
        // from.
        let back = known.hold.as_ref().and_then(|hold| hold.back.as_deref());
        let found = back.filter(|digest| is_here(digest)).or_else(|| known.previous(is_here));
        return found.map(str::to_owned).ok_or_else(|| {
            let left = known.newest_first().into_iter().find(|it| it.left && !is_here(&it.digest));
            let error = Error::usage(format!("no earlier image of `{slug}` is remembered here"));
            let error = match left {
                Some(left) => error.hint(format!(
                    "an earlier rollback moved away from {0}; to restore that one: --to {0}",
                    short(&left.digest)
                )),
                None => error,
            };
            error
                .hint("give its digest: --to sha256:…; the registry's page of the image lists them")
        });
    };
    if is_digest(wanted) {
        return Ok(wanted.clone());
    }
    let begins = |digest: &str| digest.starts_with(wanted) || digits(digest).starts_with(wanted);
    let remembered = newest_first(&known.earlier);
    let fitting: Vec<&str> =
        remembered.iter().map(|it| it.digest.as_str()).filter(|it| begins(it)).collect();
    match fitting.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => Err(Error::usage(format!("no earlier image of `{slug}` begins with `{wanted}`"))
            .hint(format!("`shipshape images status {slug} -v` lists those that were here; for any other give the \
                           whole digest"))),
        several => Err(Error::usage(format!("several images of `{slug}` begin with `{wanted}`"))
            .hint(format!("give more digits: {}", several.join(", ")))),
    }
}

/// Whether the tag has this digest already.
fn leads_to(local: Option<&LocalImage>, runtime: &Runtime, digest: &str) -> bool {
    local.is_some_and(|it| it.digests(&runtime.image).any(|here| here == digest))
}

/// Refuses an image that contains a later version than the one here, unless it was named: after members went back from a
/// release, what was here before is the bad one. Says so if the versions cannot be compared.
fn goes_back(
    host: &Host,
    request: &Request,
    (local, image): (Option<&LocalImage>, &LocalImage),
    to: &str,
    listener: &Listener,
) -> Result<()> {
    let Some(local) = local.filter(|_| request.to.is_none()) else { return Ok(()) };
    if leads_to(Some(local), &request.runtime, to) {
        return Ok(());
    }
    let label = host.label.as_deref();
    let earlier = format!("the earlier image, {},", short(to));
    let (now, then) = match (read(local, label, "the image here"), read(image, label, &earlier)) {
        (Ok(now), Ok(then)) => (now, then),
        (Err(why), _) | (_, Err(why)) => {
            let runtime = request.runtime.slug.clone();
            listener.tell(Event::NotCompared { runtime, why });
            return Ok(());
        }
    };
    let (slug, digest) = (&request.runtime.slug, short(to));
    if request.from.as_ref() == Some(&then) {
        return Err(Error::usage(format!(
            "the earlier image of `{slug}`, {digest}, contains {then}, too"
        ))
        .hint(format!(
            "`shipshape images status {slug} -v` lists the earlier images, and --to names one"
        )));
    }
    if then <= now {
        return Ok(());
    }
    Err(Error::usage(format!(
        "the earlier image of `{slug}`, {digest}, contains {then}, which is later than {now}, the version here"
    ))
    .hint(format!("to restore that image anyway: --to {digest}"))
    .hint(format!("`shipshape images status {slug} -v` lists the earlier images")))
}

/// Reads the version from the label of an image; the error says why it has none.
fn read(image: &LocalImage, label: Option<&str>, what: &str) -> Result<Version, String> {
    let label = label.ok_or(
        "no label is known that holds the version (`images.version_label` of fleet.yaml names one)",
    )?;
    let text = act::version(image, Some(label));
    let text = text.ok_or_else(|| format!("{what} has no label `{label}`"))?;
    version::read(text.trim())
        .map_err(|_| format!("the label `{label}` of {what} is not a version"))
}

/// The digest that the tag leads to and will not any more.
fn left(local: Option<&LocalImage>, runtime: &Runtime, to: &str) -> Option<String> {
    let here = local.filter(|_| !leads_to(local, runtime, to))?;
    here.digests(&runtime.image).next().map(str::to_owned)
}

/// Returns the outcome for the image alone: pulled, or here already.
fn said(
    host: &Host,
    runtime: &Runtime,
    image: &LocalImage,
    local: Option<&LocalImage>,
    to: &str,
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

async fn foresee(
    host: &Host,
    request: &Request,
    (local, target): (Option<&LocalImage>, Option<LocalImage>),
    to: &str,
) -> Outcome {
    let runtime = &request.runtime;
    let image = target.clone().unwrap_or_default();
    let mut outcome = said(host, runtime, &image, local, to);
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
