//! Builds the package as a wheel, an sdist and a folder, in one pass.
//!
//! From a [`Project`] without drift, its metadata and a [`Request`], writes artefacts below a folder, or nowhere.
//! Listing, dry run and build are the same code with different writers. The caller provides a new folder, and moves it
//! into place when the build is complete.

pub mod document;
mod gate;
mod members;
mod sdist;
mod sink;

use std::path::Path;

use rayon::prelude::*;

use super::archive::{Listed, Member};
use super::metadata::Metadata;
use super::project::Project;
use super::rewrite::RewriteReport;
use super::tree::Assembled;
use crate::error::{Error, Result};
use sink::Sink;

pub use gate::refuse_drift;
pub use sdist::Unpacked;

/// The folder of artefacts, below the build's folder.
pub const ARTEFACTS: &str = "dist";

/// Whether a package of this name would collide with that folder on some file system.
#[must_use]
pub fn is_artefacts(package: &str) -> bool {
    package.eq_ignore_ascii_case(ARTEFACTS)
}

/// What to build.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Whether to build a wheel.
    pub wheel: bool,
    /// Whether to build an sdist.
    pub sdist: bool,
    /// Whether to write the package as a folder, as in the sdist.
    pub tree: bool,
    /// Whether to report what was rewritten.
    pub report: bool,
    /// The time of all members, in seconds since 1970.
    pub epoch: u64,
}

/// What kind of thing was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A wheel.
    Wheel,
    /// A source distribution.
    Sdist,
    /// The content of the sdist, as files.
    Tree,
}

/// A built artefact.
#[derive(Clone, Debug)]
pub struct Artefact {
    /// Its kind.
    pub kind: Kind,
    /// Its path relative to the build's folder; empty for the tree, which is that folder.
    pub path: String,
    /// Its size in bytes; of a tree, that of all its files.
    pub size: u64,
    /// The file's SHA-256; `None` for a tree.
    pub sha256: Option<[u8; 32]>,
    /// Its members, in order.
    pub members: Vec<Listed>,
}

/// The result of a build.
#[derive(Debug)]
pub struct Built {
    /// The artefacts.
    pub artefacts: Vec<Artefact>,
    /// What was rewritten, if requested.
    pub rewrites: Option<RewriteReport>,
}

/// Builds below `folder`, or nowhere.
///
/// # Errors
/// One for every file that cannot be read or rewritten, or one from the file system. What was written by then is
/// useless.
pub fn build(
    project: &Project,
    metadata: &Metadata,
    request: &Request,
    folder: Option<&Path>,
) -> Result<Built, Vec<Error>> {
    let parts = members::Parts::of(project, metadata).map_err(|error| vec![error])?;
    let mut sinks = sinks(request, &parts.stem, folder).map_err(|error| vec![error])?;
    let tree = project.tree();
    let mut rewrites = request.report.then(|| RewriteReport::new(tree.namespace()));
    put(&mut sinks, &parts.head, |kind| kind != Kind::Wheel).map_err(|error| vec![error])?;
    tree.in_batches(request.report, &mut |batch| {
        if let Some(rewrites) = &mut rewrites {
            rewrites.files.extend(batch.iter().filter_map(|file| file.report.clone()));
        }
        put(&mut sinks, &hashed(batch), |_| true)
    })?;
    let artefacts = finish(sinks, &parts).map_err(|error| vec![error])?;
    Ok(Built { artefacts, rewrites })
}

/// Builds the wheel from one of our sdists, with the same bytes as the wheel that was built together with it.
///
/// # Errors
/// When the file system refuses.
pub fn build_from(unpacked: &Unpacked, epoch: u64, folder: Option<&Path>) -> Result<Built> {
    let request = Request { wheel: true, sdist: false, tree: false, report: false, epoch };
    let mut sinks = sinks(&request, &unpacked.parts.stem, folder)?;
    put(&mut sinks, &unpacked.members, |_| true)?;
    Ok(Built { artefacts: finish(sinks, &unpacked.parts)?, rewrites: None })
}

fn sinks(request: &Request, stem: &str, folder: Option<&Path>) -> Result<Vec<Sink>> {
    let wanted =
        [(request.wheel, Kind::Wheel), (request.sdist, Kind::Sdist), (request.tree, Kind::Tree)];
    let wanted = wanted.into_iter().filter(|(wanted, _)| *wanted);
    wanted.map(|(_, kind)| Sink::open(kind, stem, folder, request.epoch)).collect()
}

/// Adds members concurrently to the sinks whose kind is accepted by `into`.
fn put(sinks: &mut [Sink], members: &[Member], into: impl Fn(Kind) -> bool + Sync) -> Result<()> {
    sinks.par_iter_mut().filter(|sink| into(sink.kind)).try_for_each(|sink| sink.add(members))
}

fn finish(mut sinks: Vec<Sink>, parts: &members::Parts) -> Result<Vec<Artefact>> {
    sinks.par_iter_mut().try_for_each(|sink| -> Result<()> {
        if sink.kind == Kind::Wheel {
            sink.add(&parts.tail)?;
            let record = parts.record(sink.members());
            sink.add(&[record])?;
        }
        Ok(())
    })?;
    sinks.into_par_iter().map(Sink::finish).collect()
}

fn hashed(batch: Vec<Assembled>) -> Vec<Member> {
    batch
        .into_par_iter()
        .map(|file| {
            let member = Member::new(file.path.as_str(), file.bytes);
            Member { executable: file.executable, ..member }
        })
        .collect()
}

#[cfg(test)]
mod tests;
