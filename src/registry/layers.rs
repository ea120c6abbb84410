//! Finds the version of a Python distribution that is installed in the layers of an image.
//!
//! Layers are searched from the newest for a `*.dist-info/METADATA` of the distribution. What a newer layer removes
//! does not count: whiteouts, opaque folders, and folders that became a link (OCI image specification 1.1, "Layer
//! Filesystem Changeset"). Nothing is written, run or followed. Everything is bounded; exceeding a bound is a
//! [`LayerFault`], never "not installed". gzip and plain tar are supported, zstd is not.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use crate::source::requirements::normalize;

/// Maximum size of an unpacked layer, in bytes.
const MAX_UNPACKED: u64 = 16 << 30;

/// Maximum number of entries in all layers together.
const MOST_ENTRIES: usize = 4_000_000;

/// Maximum number of removals by newer layers to remember.
const MOST_MARKS: usize = 500_000;

/// Maximum size of the paths of these removals, in bytes.
const MOST_MARK_BYTES: usize = 64 << 20;

/// Maximum size of a METADATA file and of an extension header, in bytes.
const MAX_TEXT: u64 = 1 << 20;

/// Maximum length of a path in bytes, as in Linux. Longer ones would only make looking up their parents expensive.
const MAX_PATH: usize = 4_096;

/// An installed distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Its version according to METADATA.
    pub version: String,
    /// The path of its METADATA.
    pub path: String,
}

/// Why a layer could not be searched.
#[derive(Debug, thiserror::Error)]
pub enum LayerFault {
    /// It cannot be read.
    #[error("{0}")]
    Damaged(#[from] io::Error),
    /// Its compression is not supported.
    #[error("it is compressed with zstd, which is not supported")]
    Zstd,
    /// It exceeds a limit.
    #[error("it has more {0}")]
    TooMuch(&'static str),
    /// A path leads out of the image or contains a NUL.
    #[error("it contains a path that does not resolve")]
    Path,
    /// A METADATA file does not say its version, or cannot be read.
    #[error("`{0}` does not say its version")]
    Metadata(String),
}

/// Describes a layer's unsupported packing, by its media type; `None` if it is supported.
pub(super) fn unread(media_type: &str) -> Option<&'static str> {
    let media_type = media_type.to_ascii_lowercase();
    if media_type.ends_with("+zstd") {
        Some("compressed with zstd")
    } else if media_type.contains("+encrypted") {
        Some("encrypted")
    } else {
        None
    }
}

/// A search through layers, newest first.
#[derive(Debug)]
pub struct Search {
    distribution: String,
    entries: usize,
    hidden: Hidden,
}

/// What newer layers remove from older ones.
#[derive(Debug, Default)]
struct Hidden {
    /// Removed paths, with everything below them.
    gone: BTreeSet<String>,
    /// Folders whose contents were removed.
    emptied: BTreeSet<String>,
    /// The total bytes of these paths.
    bytes: usize,
}

impl Hidden {
    /// Whether an older layer's path is hidden.
    fn hides(&self, path: &str) -> bool {
        let above =
            path.char_indices().filter(|(_, c)| *c == '/').filter_map(|(at, _)| path.get(..at));
        self.gone.contains(path)
            || self.emptied.contains("")
            || above
                .into_iter()
                .any(|folder| self.gone.contains(folder) || self.emptied.contains(folder))
    }

    fn remember(&mut self, mark: Mark) -> Result<(), LayerFault> {
        let (kept, path) = match mark {
            Mark::Gone(path) => (&mut self.gone, path),
            Mark::Emptied(folder) => (&mut self.emptied, folder),
            Mark::Other => return Ok(()),
        };
        let length = path.len();
        if kept.insert(path) {
            self.bytes += length;
        }
        self.check()
    }

    fn add(&mut self, newer: Self) -> Result<(), LayerFault> {
        self.gone.extend(newer.gone);
        self.emptied.extend(newer.emptied);
        self.bytes += newer.bytes;
        self.check()
    }

    fn check(&self) -> Result<(), LayerFault> {
        if self.gone.len() + self.emptied.len() > MOST_MARKS || self.bytes > MOST_MARK_BYTES {
            return Err(LayerFault::TooMuch("deletions than are kept in mind"));
        }
        Ok(())
    }
}

impl Search {
    /// Creates a search for a distribution, however its name is spelled.
    #[must_use]
    pub fn new(distribution: &str) -> Self {
        Self { distribution: normalize(distribution), entries: 0, hidden: Hidden::default() }
    }

    /// Searches the next older layer. Once the distribution is found, older layers do not matter.
    ///
    /// # Errors
    /// When the layer cannot be read to its end.
    pub fn layer(&mut self, packed: impl Read) -> Result<Option<Installed>, LayerFault> {
        let mut packed = BufReader::with_capacity(64 << 10, packed);
        let start = packed.fill_buf()?.get(..4).unwrap_or_default().to_owned();
        match start.as_slice() {
            [0x1f, 0x8b, ..] => self.archive(MultiGzDecoder::new(packed)),
            [0x28, 0xb5, 0x2f, 0xfd] => Err(LayerFault::Zstd),
            _ => self.archive(packed),
        }
    }

    fn archive(&mut self, unpacked: impl Read) -> Result<Option<Installed>, LayerFault> {
        let mut archive = Archive::new(Bounded { inner: unpacked, left: MAX_UNPACKED });
        // Extension headers are read here: the library would read them whole, whatever size they claim.
        let entries = archive.entries()?.raw(true);
        let (mut named, mut found) = (Named::default(), None);
        let mut newer = Hidden::default();
        for entry in entries {
            let mut entry = entry?;
            self.entries += 1;
            if self.entries > MOST_ENTRIES {
                return Err(LayerFault::TooMuch("entries than are read"));
            }
            if named.learn(&mut entry)? {
                continue;
            }
            let name = match std::mem::take(&mut named).path {
                Some(name) => name,
                None => entry.header().path_bytes().into_owned(),
            };
            let Some(path) = path_of(&name)? else { continue };
            let kind = entry.header().entry_type();
            if let Some(mark) = Mark::of(&path) {
                newer.remember(mark)?;
                continue;
            }
            if found.is_none() && !self.hidden.hides(&path) {
                found = self.metadata(&path, kind, &mut entry)?;
            }
            if kind == EntryType::Symlink || (!kind.is_dir() && path.ends_with(".dist-info")) {
                // A path that is now a link or a file hides the folder that older layers have there.
                newer.remember(Mark::Gone(path))?;
            }
        }
        self.hidden.add(newer)?;
        Ok(found)
    }

    /// The version in the distribution's METADATA; `None` for any other file.
    fn metadata(
        &self,
        path: &str,
        kind: EntryType,
        entry: &mut Entry<'_, impl Read>,
    ) -> Result<Option<Installed>, LayerFault> {
        let Some(folder) = path.strip_suffix("/METADATA") else { return Ok(None) };
        let name = folder.rsplit('/').next().unwrap_or(folder);
        let Some((name, _)) = name.strip_suffix(".dist-info").and_then(|it| it.rsplit_once('-'))
        else {
            return Ok(None);
        };
        if normalize(name) != self.distribution || kind.is_dir() {
            return Ok(None);
        }
        let unclear = || LayerFault::Metadata(path.escape_debug().to_string());
        // The bytes of a hard link are elsewhere.
        if !matches!(kind, EntryType::Regular | EntryType::Continuous) {
            return Err(unclear());
        }
        let mut bytes = Vec::new();
        entry.take(MAX_TEXT).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let version = version(&text).filter(|version| is_version(version)).ok_or_else(unclear)?;
        Ok(Some(Installed { version: version.to_owned(), path: path.to_owned() }))
    }
}

/// The version in core metadata, from the headers before the first empty line.
fn version(metadata: &str) -> Option<&str> {
    let headers = metadata.lines().take_while(|line| !line.trim().is_empty());
    headers.into_iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("version").then(|| value.trim())
    })
}

/// Whether a text is a version. It is shown, and the image is untrusted.
fn is_version(text: &str) -> bool {
    !text.is_empty() && text.len() <= 128 && text.parse::<pep440_rs::Version>().is_ok()
}

/// The path that an extension header gives to the next entry (`L` of GNU, `x` of POSIX).
#[derive(Default)]
struct Named {
    path: Option<Vec<u8>>,
}

impl Named {
    /// Whether the entry was an extension header.
    fn learn(&mut self, entry: &mut Entry<'_, impl Read>) -> Result<bool, LayerFault> {
        let kind = entry.header().entry_type();
        let is_word = kind.is_gnu_longname()
            || kind.is_gnu_longlink()
            || kind.is_pax_local_extensions()
            || kind.is_pax_global_extensions();
        if !is_word {
            return Ok(false);
        }
        if kind.is_gnu_longlink() || kind.is_pax_global_extensions() {
            return Ok(true);
        }
        if entry.size() > MAX_TEXT {
            return Err(LayerFault::TooMuch("to say of an entry than is read"));
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        if kind.is_gnu_longname() {
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            bytes.truncate(end);
            self.path = Some(bytes);
            return Ok(true);
        }
        for (key, value) in records(&bytes) {
            match key {
                b"path" => self.path = Some(value.to_owned()),
                // The entry's own header has the wrong size then, and nothing after it would be found.
                b"size" => return Err(LayerFault::TooMuch("in one file than is read")),
                _ => {}
            }
        }
        Ok(true)
    }
}

/// The records of a POSIX header: `LENGTH KEY=VALUE\n`, where the length counts the whole record.
fn records(mut bytes: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut found = Vec::new();
    loop {
        let blank = bytes.iter().position(|byte| *byte == b' ').unwrap_or(0);
        let length = bytes.get(..blank).and_then(|digits| std::str::from_utf8(digits).ok());
        let Some(length) = length.and_then(|digits| digits.parse::<usize>().ok()) else {
            return found;
        };
        let record = bytes.get(blank + 1..length).and_then(|record| record.strip_suffix(b"\n"));
        let Some(record) = record else { return found };
        if let Some(equals) = record.iter().position(|byte| *byte == b'=')
            && let (Some(key), Some(value)) = (record.get(..equals), record.get(equals + 1..))
        {
            found.push((key, value));
        }
        bytes = bytes.get(length..).unwrap_or_default();
    }
}

/// A path relative to the image's root, without surrounding `./` or `/`; `None` for the root itself.
fn path_of(name: &[u8]) -> Result<Option<String>, LayerFault> {
    if name.len() > MAX_PATH {
        return Err(LayerFault::TooMuch("letters in a path than are read"));
    }
    // A name that is not UTF-8 is not one of Python's, and its replacement characters keep it from hiding one.
    let name = String::from_utf8_lossy(name);
    let parts: Vec<&str> =
        name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") || name.contains('\0') {
        return Err(LayerFault::Path);
    }
    Ok((!parts.is_empty()).then(|| parts.join("/")))
}

/// What an entry removes from older layers.
enum Mark {
    Gone(String),
    Emptied(String),
    /// A reserved name whose meaning only the layer's builder knows.
    Other,
}

impl Mark {
    fn of(path: &str) -> Option<Self> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let hidden = name.strip_prefix(".wh.")?;
        Some(match hidden {
            ".wh..opq" => Self::Emptied(folder.to_owned()),
            other if other.starts_with(".wh.") || other.is_empty() => Self::Other,
            name if folder.is_empty() => Self::Gone(name.to_owned()),
            name => Self::Gone(format!("{folder}/{name}")),
        })
    }
}

/// Reads up to a number of bytes; fails beyond it.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            io::Error::other(format!("it unpacks to more than {MAX_UNPACKED} bytes, the limit"))
        })?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
