//! Reads one of our sdists back, to build its wheel.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use super::members::{self, Parts};
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::package::archive::Member;
use crate::package::pyproject::ReadBack;
use crate::package::{description::Description, metadata, metadata::Metadata, version};

/// Maximum number of bytes to unpack: 1 GiB.
const MAX_BYTES: u64 = 1 << 30;

/// The content of an sdist.
#[derive(Debug)]
pub struct Unpacked {
    pub(super) parts: Parts,
    pub(super) members: Vec<Member>,
    /// The distribution's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The package.
    pub package: String,
}

impl Unpacked {
    /// Reads an sdist that was built by us.
    ///
    /// # Errors
    /// When it cannot be read, or was built by another tool.
    pub fn read(path: &Path) -> Result<Self> {
        let mut files = files(path)?;
        let mut text = |name: &str| -> Result<String> {
            let member = files
                .remove(name)
                .ok_or_else(|| Error::usage(format!("the sdist has no `{name}`")).in_file(path))?;
            String::from_utf8(member.bytes.to_vec())
                .map_err(|_| Error::usage(format!("`{name}` is not UTF-8")).in_file(path))
        };
        let core = text("PKG-INFO")?;
        let project =
            ReadBack::parse(&text("pyproject.toml")?).map_err(|error| error.in_file(path))?;
        let header = |name: &str| -> Vec<String> {
            let lines = core.lines().take_while(|line| !line.is_empty());
            let values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            values.map(str::to_owned).collect()
        };
        let named = |key: &str| {
            let missing = || Error::usage(format!("`PKG-INFO` has no `{key}`")).in_file(path);
            header(key).into_iter().next().ok_or_else(missing)
        };
        let (name, number) = (named("Name")?, named("Version")?);
        let parsed = version::read(&number).map_err(|error| error.in_file(path))?;
        let licenses: Vec<(String, Arc<[u8]>)> = header("License-File")
            .into_iter()
            .map(|license| {
                let member = files.get(&license).ok_or_else(|| {
                    Error::usage(format!("the sdist has no `{license}`")).in_file(path)
                })?;
                Ok((license.clone(), Arc::clone(&member.bytes)))
            })
            .collect::<Result<_>>()?;
        let stem = metadata::stem(&name, &parsed);
        let entry_points = entry_points(&project);
        let tail = members::tail(&stem, &core, entry_points, &licenses);
        let prefix = format!("{}/", project.package);
        let members =
            files.into_values().filter(|member| member.path.starts_with(&prefix)).collect();
        let parts = Parts { stem, head: Vec::new(), tail };
        Ok(Self { parts, members, name, version: number, package: project.package })
    }
}

/// The text of `entry_points.txt`, as a build's metadata renders it.
fn entry_points(project: &ReadBack) -> Option<String> {
    let mut declared = Description {
        schema: 1,
        distribution: String::new(),
        package: String::new(),
        source: String::new(),
        modules: Vec::new(),
        subpackages: Vec::new(),
        data: Vec::new(),
        exclude: Vec::new(),
        metadata: crate::package::description::Metadata::default(),
        smoke: crate::package::description::Smoke::default(),
        waivers: String::new(),
    };
    declared.metadata.scripts = project.scripts.clone();
    declared.metadata.gui_scripts = project.gui_scripts.clone();
    declared.metadata.entry_points = project.entry_points.clone();
    let version = pep440_rs::Version::new([0]);
    Metadata { name: String::new(), version, dependencies: Vec::new(), readme: None, declared }
        .entry_points()
}

/// The files of an sdist in byte order, relative to its top-level folder.
fn files(path: &Path) -> Result<BTreeMap<String, Member>> {
    let failed = |cause: std::io::Error| {
        Error::failed("cannot read the sdist").in_file(path).caused_by(cause)
    };
    let wrong = |message: &str| Error::usage(message.to_owned()).in_file(path);
    let file = whole_file::open(path).map_err(failed)?;
    let unpacked = flate2::read::GzDecoder::new(file).take(MAX_BYTES);
    let mut archive = tar::Archive::new(unpacked);
    let mut files = BTreeMap::new();
    for entry in archive.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        if entry.header().entry_type().is_dir() {
            continue;
        }
        if !entry.header().entry_type().is_file() {
            return Err(wrong("the sdist contains something that is not a file"));
        }
        let name = String::from_utf8(entry.path_bytes().into_owned())
            .map_err(|_| wrong("the sdist contains a path that is not UTF-8"))?;
        let Some((_, name)) = name.split_once('/') else {
            return Err(wrong("the sdist contains a file outside its folder"));
        };
        if !crate::snapshot::RepoPath::new(name).is_sound() {
            return Err(wrong("the sdist contains a path that leaves its folder"));
        }
        let executable = entry.header().mode().map_err(failed)? & 0o111 != 0;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(failed)?;
        files.insert(name.to_owned(), Member { executable, ..Member::new(name, bytes) });
    }
    Ok(files)
}
