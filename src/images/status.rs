//! The status of each runtime on this host: the image in the registry and here, the version in it, and the containers
//! that are behind.

use schemars::JsonSchema;
use serde::Serialize;

use super::engine::{Container, EngineFault};
use super::memory::{Earlier, Hold};
use super::observe::{Observed, observe};
use super::plan::{Making, making};
use super::{Host, Runtime, act};
use crate::edge::concurrent::together;
use crate::error::Result;

/// Name and version of the document; see `schemas/images-status.schema.json`.
pub const SCHEMA: &str = "shipshape/images-status/1";

/// The status of runtimes on this host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Standing {
    /// Name and version of this form.
    pub schema: &'static str,
    /// When the report was made, RFC 3339 in UTC.
    pub generated_at: String,
    /// The container engine and its address.
    pub engine: String,
    /// The selected runtimes, in the order of fleet.yaml.
    pub runtimes: Vec<Row>,
}

/// The status of one runtime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Row {
    /// Its slug.
    pub runtime: String,
    /// Its image, with the tag that moves.
    pub image: String,
    /// The local image compared with the registry.
    pub verdict: Verdict,
    /// The digest of the tag in the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
    /// The digest of the tag on this host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local: Option<String>,
    /// The version of the runtime package in the local image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where the version was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_by: Option<ToldBy>,
    /// Number of containers that were created from the tag.
    pub containers: usize,
    /// Names of those that were created from an earlier image of the tag.
    pub behind: Vec<String>,
    /// Names of containers that were created from another tag or from a digest.
    pub pinned: Vec<String>,
    /// The hold, if it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// Earlier digests of its tag on this host, oldest first.
    pub earlier: Vec<Earlier>,
    /// What could not be read, with the reason, one line each.
    pub unread: Vec<String>,
}

/// The local image compared with the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is the same.
    Current,
    /// The registry has a different image.
    Behind,
    /// There is no local image.
    Absent,
    /// It could not be determined.
    Unknown,
}

/// Where a version was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ToldBy {
    /// In the image's label.
    Label,
    /// In the distributions installed in its layers.
    Layers,
}

/// What to look at.
#[derive(Clone, Debug)]
pub struct Request {
    /// The runtimes.
    pub runtimes: Vec<Runtime>,
    /// The distribution to look for in the layers of images without a version label.
    pub distribution: Option<String>,
    /// Maximum number of runtimes to look at in parallel.
    pub at_once: usize,
}

/// Determines the status of runtimes without changing anything.
///
/// # Errors
/// When the holds cannot be read. What else could not be read is in the rows.
pub async fn look(host: &Host, request: &Request) -> Result<Standing> {
    let observed = observe(host, &request.runtimes, request.at_once).await?;
    let containers = host.engine.containers(host.prefix.as_deref()).await;
    let mut runtimes: Vec<Row> =
        observed.iter().map(|it| row(it, &containers, host.label.as_deref())).collect();
    if let Some(distribution) = &request.distribution {
        look_inside(host, request, distribution, &mut runtimes).await;
    }
    let (generated_at, engine) = (host.now.clone(), host.engine.name());
    Ok(Standing { schema: SCHEMA, generated_at, engine, runtimes })
}

fn row(
    observed: &Observed,
    containers: &Result<Vec<Container>, EngineFault>,
    label: Option<&str>,
) -> Row {
    let Observed { runtime, remote, local, known } = observed;
    let mut unread = Vec::new();
    let registry = remote.clone().map_err(|refusal| unread.push(refusal.why)).ok();
    let here = match local {
        Ok(here) => here.as_ref(),
        Err(fault) => {
            unread.push(format!("the engine: {fault}"));
            None
        }
    };
    let digests: Vec<&str> = here.iter().flat_map(|it| it.digests(&runtime.image)).collect();
    let verdict = match (&registry, here) {
        (None, _) => Verdict::Unknown,
        _ if local.is_err() => Verdict::Unknown,
        (_, None) => Verdict::Absent,
        (Some(wanted), Some(_)) if digests.contains(&wanted.as_str()) => Verdict::Current,
        _ => Verdict::Behind,
    };
    // If an engine knows several digests, only the registry's can be compared.
    let same = registry.as_deref().filter(|wanted| digests.contains(wanted));
    let digest = same.or(digests.first().copied()).map(str::to_owned);
    let version = here.and_then(|it| act::version(it, label));
    let mut row = Row {
        runtime: runtime.slug.clone(),
        image: runtime.image.to_string(),
        verdict,
        registry,
        local: digest,
        told_by: version.is_some().then_some(ToldBy::Label),
        version,
        containers: 0,
        behind: Vec::new(),
        pinned: Vec::new(),
        hold: known.hold.clone(),
        earlier: known.earlier.clone(),
        unread,
    };
    match containers {
        Ok(containers) => {
            for container in containers {
                match making(container, &runtime.image, here.map(|it| it.id.as_str())) {
                    Making::Foreign => {}
                    Making::Pinned => row.pinned.push(container.name.clone()),
                    Making::Current => row.containers += 1,
                    Making::Behind => {
                        row.containers += 1;
                        row.behind.push(container.name.clone());
                    }
                }
            }
        }
        Err(fault) => row.unread.push(format!("containers: {fault}")),
    }
    row
}

/// Looks for the version in the layers of images without a version label, in the registry by the digest that is here.
async fn look_inside(host: &Host, request: &Request, distribution: &str, rows: &mut [Row]) {
    let wanted = rows.iter().zip(&request.runtimes).filter(|(row, _)| row.version.is_none());
    let wanted: Vec<_> = wanted
        .filter_map(|(row, runtime)| {
            let digest = row.local.as_deref()?;
            Some((row.runtime.clone(), runtime.image.at(digest)))
        })
        .collect();
    let asked = together(request.at_once, wanted, |(runtime, image)| {
        let (registry, distribution) = (host.registry.clone(), distribution.to_owned());
        async move { (runtime, registry.installed(&image, &distribution).await) }
    });
    for (runtime, found) in asked.await.into_iter().flatten() {
        let Some(row) = rows.iter_mut().find(|row| row.runtime == runtime) else { continue };
        match found {
            Ok(Some(installed)) => {
                row.version = Some(installed.version);
                row.told_by = Some(ToldBy::Layers);
            }
            Ok(None) => row.unread.push(format!("no layer has {distribution} installed")),
            Err(refusal) => row.unread.push(refusal.why),
        }
    }
}

impl Standing {
    /// Whether an image that is not held, or a container, is behind.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.runtimes.iter().any(|row| {
            let moved = matches!(row.verdict, Verdict::Behind | Verdict::Absent);
            (moved && row.hold.is_none()) || !row.behind.is_empty()
        })
    }
}
