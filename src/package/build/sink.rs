//! An artefact that is being built: its writer, and the listing of its members.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::{ARTEFACTS, Artefact, Kind};
use crate::error::{Error, Result};
use crate::package::archive::{
    ArchiveWriter, FolderWriter, Listed, ListingWriter, Member, Output, TarGzWriter, ZipWriter,
};

pub(super) struct Sink {
    pub(super) kind: Kind,
    path: String,
    /// The folder above members, in listings.
    root: String,
    /// The path for errors.
    place: PathBuf,
    /// `None` for a tree that is written nowhere: it is only listed.
    writer: Option<Box<dyn ArchiveWriter>>,
    listing: ListingWriter,
}

impl Sink {
    pub(super) fn open(kind: Kind, stem: &str, folder: Option<&Path>, epoch: u64) -> Result<Self> {
        let path = match kind {
            Kind::Wheel => format!("{ARTEFACTS}/{stem}-py3-none-any.whl"),
            Kind::Sdist => format!("{ARTEFACTS}/{stem}.tar.gz"),
            Kind::Tree => String::new(),
        };
        let root = if kind == Kind::Sdist { format!("{stem}/") } else { String::new() };
        let place = PathBuf::from(&path);
        let output = || -> io::Result<Output> {
            let Some(folder) = folder else { return Ok(Output::nowhere()) };
            std::fs::create_dir_all(folder.join(ARTEFACTS))?;
            Ok(Output::to(File::create_new(folder.join(&path))?))
        };
        let writer: io::Result<Option<Box<dyn ArchiveWriter>>> = match kind {
            Kind::Wheel => {
                output().map(|output| Some(Box::new(ZipWriter::new(output, epoch)) as _))
            }
            Kind::Sdist => {
                output().map(|output| Some(Box::new(TarGzWriter::new(output, stem, epoch)) as _))
            }
            Kind::Tree => {
                Ok(folder.map(|folder| Box::new(FolderWriter::new(folder.to_owned())) as _))
            }
        };
        let writer = writer.map_err(|cause| refused(kind, &place, &cause))?;
        Ok(Self { kind, path, root, place, writer, listing: ListingWriter::default() })
    }

    pub(super) fn add(&mut self, members: &[Member]) -> Result<()> {
        let listed = self.listing.add(members);
        let written = match &mut self.writer {
            Some(writer) => writer.add(members),
            None => Ok(()),
        };
        listed.and(written).map_err(|cause| refused(self.kind, &self.place, &cause))
    }

    pub(super) fn members(&self) -> &[Listed] {
        &self.listing.members
    }

    pub(super) fn finish(mut self) -> Result<Artefact> {
        let sum = match &mut self.writer {
            Some(writer) => {
                writer.finish().map_err(|cause| refused(self.kind, &self.place, &cause))?
            }
            None => None,
        };
        let mut members = self.listing.members;
        let content: u64 = members.iter().map(|member| member.size).sum();
        if !self.root.is_empty() {
            members.iter_mut().for_each(|member| member.path.insert_str(0, &self.root));
        }
        Ok(Artefact {
            kind: self.kind,
            path: self.path,
            size: sum.map_or(content, |sum| sum.size),
            sha256: sum.map(|sum| sum.sha256),
            members,
        })
    }
}

fn refused(kind: Kind, place: &Path, cause: &io::Error) -> Error {
    let what = match kind {
        Kind::Wheel => "cannot write the wheel",
        Kind::Sdist => "cannot write the sdist",
        Kind::Tree => "cannot write the package's files",
    };
    let error = Error::failed(what).caused_by(cause);
    if place.as_os_str().is_empty() { error } else { error.in_file(place) }
}
