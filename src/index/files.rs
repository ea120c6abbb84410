//! Downloads an index's files through the cache, and verifies their hashes.

use std::fs::File as DiskFile;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::digest::DynDigest;

use super::client::{Index, wrong_hash};
use super::project::File;
use crate::digest::hexadecimal;
use crate::edge::network::{Ask, Sink};
use crate::edge::private_files::temporary_folder;
use crate::error::{Error, Result};

/// A file whose hash was verified.
#[derive(Debug)]
pub struct Downloaded {
    /// The path of the file.
    pub path: PathBuf,
    /// The folder of the file if there is no cache; removed when this value is dropped.
    _folder: Option<tempfile::TempDir>,
}

impl Index {
    /// Returns a file, downloading it unless it is cached.
    ///
    /// # Errors
    /// When its name or size is unsound, the index gives no strong hash, it cannot be downloaded, or it does not match
    /// its hash.
    pub fn download(&self, file: &File) -> Result<Downloaded> {
        let failed = |why: &str| {
            Error::failed(format!("cannot download `{}`", file.file_name.escape_debug()))
                .caused_by(why)
        };
        if !is_plain(&file.file_name) {
            return Err(failed("its name is not a file name"));
        }
        let Some((algorithm, digest)) = strongest(file) else {
            return Err(failed("the index gives no sha256, sha384 or sha512 for it").hint(
                "configure the server to publish sha256 hashes, or download and check the file manually",
            ));
        };
        let (place, folder) = match &self.cache {
            Some(cache) => (cache.file(algorithm, digest, &file.file_name), None),
            None => {
                let folder = temporary_folder("shipshape-download-")
                    .map_err(|error| failed("there is no room for it").caused_by(error))?;
                (folder.path().join(&file.file_name), Some(folder))
            }
        };
        if hash_of(&place, algorithm).is_some_and(|found| found == digest) {
            crate::edge::cache_folder::touch(&place);
            return Ok(Downloaded { path: place, _folder: folder });
        }
        self.fetch(file, (algorithm, digest), &place)?;
        if let Some(cache) = &self.cache {
            cache.make_room();
        }
        Ok(Downloaded { path: place, _folder: folder })
    }

    fn fetch(&self, file: &File, (algorithm, digest): (&str, &str), place: &Path) -> Result<()> {
        let unwritable = |error: io::Error| {
            let message = format!("cannot keep `{}`", file.file_name);
            Error::failed(message).in_file(place).caused_by(error)
        };
        let temporary = match &self.cache {
            Some(cache) => cache.temporary(place),
            None => tempfile::NamedTempFile::new_in(place.parent().unwrap_or(place)),
        };
        let mut sink = HashedFile::new(temporary.map_err(unwritable)?, algorithm);
        let bound = file.size.unwrap_or(u64::MAX).min(self.transport.limits().file_bytes);
        let ask = Ask { bound, ..self.ask(&file.url) };
        let asked = self.runtime.block_on(self.transport.get(&ask, &mut sink));
        asked.map_err(|fault| self.failed(&file.file_name, &file.url, &fault))?;
        let found = hexadecimal(&sink.hash.finalize());
        if found != digest {
            return Err(wrong_hash(&file.file_name, &file.url, &found));
        }
        sink.file.persist(place).map_err(|error| unwritable(error.error))?;
        Ok(())
    }
}

/// Whether a name is a plain file name, without a folder.
fn is_plain(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '!');
    !name.is_empty() && name.len() < 250 && !name.starts_with('.') && name.chars().all(allowed)
}

/// The strongest digest that can be verified, with its algorithm.
fn strongest(file: &File) -> Option<(&'static str, &str)> {
    let found = |name: &'static str, digits: usize| {
        let digest = file.hashes.get(name)?;
        let sound = digest.len() == digits && digest.bytes().all(|digit| digit.is_ascii_hexdigit());
        sound.then_some((name, digest.as_str()))
    };
    found("sha512", 128).or_else(|| found("sha384", 96)).or_else(|| found("sha256", 64))
}

fn hasher(algorithm: &str) -> Box<dyn DynDigest + Send> {
    match algorithm {
        "sha512" => Box::new(sha2::Sha512::default()),
        "sha384" => Box::new(sha2::Sha384::default()),
        _ => Box::new(sha2::Sha256::default()),
    }
}

/// The digest of a file on disk; `None` if it cannot be read.
fn hash_of(path: &Path, algorithm: &str) -> Option<String> {
    let mut file = DiskFile::open(path).ok()?;
    let mut hash = hasher(algorithm);
    let mut chunk = vec![0; 64 << 10];
    loop {
        match file.read(&mut chunk).ok()? {
            0 => return Some(hexadecimal(&hash.finalize())),
            read => hash.update(chunk.get(..read)?),
        }
    }
}

/// A file that is hashed while it is written.
struct HashedFile {
    file: tempfile::NamedTempFile,
    hash: Box<dyn DynDigest + Send>,
}

impl HashedFile {
    fn new(file: tempfile::NamedTempFile, algorithm: &str) -> Self {
        Self { file, hash: hasher(algorithm) }
    }
}

impl Sink for HashedFile {
    fn begin(&mut self) -> io::Result<()> {
        self.hash.reset();
        self.file.as_file().set_len(0)?;
        self.file.as_file_mut().rewind()
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.file.write_all(bytes)
    }
}
