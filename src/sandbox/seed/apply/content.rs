//! The content of seeded repositories.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{USER, failure};
use crate::error::Error;
use crate::sandbox::git::{Changes, Store, TreeEdit, Who};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::seed::document::{FileSeed, RepositorySeed};
use crate::sandbox::world::{RepositoryId, World};

/// Fills a repository with the content of its seed.
pub(super) fn fill(
    world: &mut World,
    id: RepositoryId,
    seed: &RepositorySeed,
    folder: &Path,
) -> Result<(), Error> {
    let failed = |refusal: Refusal| failure(&seed.name, &refusal);
    let seconds = world.seconds();
    let repository = world.repository_mut(id).map_err(failed)?;
    let store = repository.store().map_err(failed)?;
    let mut edits = BTreeMap::new();
    if let Some(from) = &seed.from {
        let from = folder.join(from);
        if git2::Repository::open(&from).is_ok() {
            let default = take_branches(&store, &from).map_err(|error| {
                Error::failed("cannot read this repository").in_file(&from).caused_by(error)
            })?;
            if let (None, Some(default)) = (&seed.default_branch, default) {
                store.set_head(&default).map_err(failed)?;
                repository.default_branch = default;
            }
        } else {
            let unread = |error: std::io::Error| {
                Error::failed("cannot read this folder").in_file(&from).caused_by(error)
            };
            read_folder(&store, &from, "", &mut edits).map_err(|fault| match fault {
                Fault::Disk(error) => unread(error),
                Fault::Git(refusal) => failure(&seed.name, &refusal),
            })?;
        }
    }
    for (path, file) in &seed.files {
        edits.insert(path.clone(), edit(&store, file, &seed.name, path)?);
    }
    let branch = repository.default_branch.clone();
    let base = store.branch(&branch).map_err(failed)?;
    if !edits.is_empty() || base.is_none() {
        commit(&store, &branch, base, &edits, seconds).map_err(failed)?;
    }
    let base = store.branch(&branch).map_err(failed)?;
    for (name, files) in &seed.branches {
        let mut edits = BTreeMap::new();
        for (path, file) in files {
            edits.insert(path.clone(), edit(&store, file, &seed.name, path)?);
        }
        commit(&store, name, base, &edits, seconds).map_err(failed)?;
    }
    Ok(())
}

fn commit(
    store: &Store,
    branch: &str,
    base: Option<git2::Oid>,
    edits: &BTreeMap<String, TreeEdit>,
    seconds: i64,
) -> Result<(), Refusal> {
    let tree = base.map(|base| store.commit(base)).transpose()?.map(|commit| commit.tree);
    let tree = store.edited(tree, edits)?;
    let who = Who {
        name: USER.to_owned(),
        email: format!("{USER}@users.noreply.github.com"),
        seconds,
        offset: 0,
    };
    let commit = store.create_commit(&Changes {
        tree,
        parents: base.into_iter().collect(),
        message: "Seed".to_owned(),
        author: who.clone(),
        committer: who,
    })?;
    store.set_reference(&format!("refs/heads/{branch}"), commit)
}

fn edit(store: &Store, file: &FileSeed, name: &str, path: &str) -> Result<TreeEdit, Error> {
    let failed = |refusal: Refusal| failure(name, &refusal);
    let file = match file {
        FileSeed::Text(text) => {
            let id = store.create_blob(text.as_bytes()).map_err(failed)?;
            return Ok(TreeEdit::Put(id, 0o100_644));
        }
        FileSeed::Full(file) => file,
    };
    if file.removed {
        return Ok(TreeEdit::Remove);
    }
    if let Some(target) = &file.link {
        let id = store.create_blob(target.as_bytes()).map_err(failed)?;
        return Ok(TreeEdit::Put(id, 0o120_000));
    }
    let bytes = match (&file.text, &file.base64) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, Some(encoded)) => STANDARD.decode(encoded.trim()).map_err(|error| {
            Error::usage(format!("`{path}` of `{name}` is not Base64")).caused_by(error)
        })?,
        (None, None) => Vec::new(),
    };
    let id = store.create_blob(&bytes).map_err(failed)?;
    Ok(TreeEdit::Put(id, if file.executable { 0o100_755 } else { 0o100_644 }))
}

/// Copies the branches and tags of a repository; returns its default branch.
fn take_branches(store: &Store, from: &Path) -> Result<Option<String>, git2::Error> {
    let source = git2::Repository::open(from)?;
    let path = from.to_string_lossy();
    let mut remote = store.0.remote_anonymous(&path)?;
    let specifications = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
    remote.fetch(&specifications, None, None)?;
    let head = source.head().ok().and_then(|head| head.shorthand().ok().map(str::to_owned));
    Ok(head)
}

/// Why a directory could not be imported.
enum Fault {
    Disk(std::io::Error),
    Git(Refusal),
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Git(refusal)
    }
}

fn read_folder(
    store: &Store,
    folder: &Path,
    prefix: &str,
    edits: &mut BTreeMap<String, TreeEdit>,
) -> Result<(), Fault> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == ".git" {
            continue;
        }
        let (path, kind) = (format!("{prefix}{name}"), entry.file_type()?);
        if kind.is_dir() {
            read_folder(store, &entry.path(), &format!("{path}/"), edits)?;
        } else if kind.is_symlink() {
            let target = fs::read_link(entry.path())?;
            let id = store.create_blob(target.to_string_lossy().as_bytes())?;
            edits.insert(path, TreeEdit::Put(id, 0o120_000));
        } else if kind.is_file() {
            let id = store.create_blob(&fs::read(entry.path())?)?;
            let mode = if is_executable(&entry)? { 0o100_755 } else { 0o100_644 };
            edits.insert(path, TreeEdit::Put(id, mode));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn is_executable(entry: &fs::DirEntry) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(entry.metadata()?.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &fs::DirEntry) -> std::io::Result<bool> {
    Ok(false)
}

/// The algorithm identifier at the beginning of every RSA key in SubjectPublicKeyInfo.
const RSA_ALGORITHM: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// Extracts the RSAPublicKey from PEM, which is what verifies signatures.
pub(super) fn public_key(pem: &str) -> Option<Vec<u8>> {
    let body: String =
        pem.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(body).ok()?;
    if pem.contains("BEGIN RSA PUBLIC KEY") {
        return Some(der);
    }
    let end = der.windows(RSA_ALGORITHM.len()).position(|window| window == RSA_ALGORITHM)?;
    let rest = der.get(end + RSA_ALGORITHM.len()..)?;
    // A bit string: its tag, its length, and the number of unused bits in its last byte.
    let rest = rest.strip_prefix(&[0x03])?;
    let length = match *rest.first()? {
        short if short < 0x80 => 1,
        long => 1 + usize::from(long & 0x7f),
    };
    rest.get(length..)?.strip_prefix(&[0x00]).map(<[u8]>::to_vec)
}
