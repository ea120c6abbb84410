//! Pages and files of indexes on disk, for the owner only.
//!
//! Everything is written beside its place and moved there, so that a reader sees a whole entry or none,
//! whoever else writes. A page carries its own digest: a damaged one counts as absent. The oldest
//! entries make room for new ones. A cache that cannot be used slows a run down and stops nothing.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::digest::hexadecimal;

/// All entries together have no more bytes than this.
const MAX_BYTES: u64 = 1 << 30;

/// What was used so recently may be in use by another process.
const IN_USE: Duration = Duration::from_secs(600);

/// What is known of a page that was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Page {
    /// Where it came from in the end: links in it are relative to that.
    pub(super) url: Url,
    pub(super) content_type: String,
    pub(super) etag: Option<String>,
    pub(super) modified: Option<String>,
    digest: String,
    #[serde(skip)]
    pub(super) body: Vec<u8>,
}

impl Page {
    pub(super) fn new(
        url: Url,
        content_type: String,
        marks: (Option<String>, Option<String>),
        body: Vec<u8>,
    ) -> Self {
        let (etag, modified) = marks;
        Self {
            url,
            content_type,
            etag,
            modified,
            digest: hexadecimal(&Sha256::digest(&body)),
            body,
        }
    }

    /// Whether a server can tell if it has changed.
    fn is_marked(&self) -> bool {
        self.etag.is_some() || self.modified.is_some()
    }
}

/// A cache in a folder.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    folder: PathBuf,
    max_bytes: u64,
}

impl Cache {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.join("index-v1"), max_bytes: MAX_BYTES }
    }

    /// The page of an address, whether or not it is still what the server has.
    pub(super) fn page(&self, url: &Url) -> Option<Page> {
        let file = self.page_file(url);
        let bytes = fs::read(&file).ok()?;
        let split = bytes.iter().position(|byte| *byte == b'\n')?;
        let (head, body) = bytes.split_at(split);
        let mut page: Page = serde_json::from_slice(head).ok()?;
        page.body = body.get(1..)?.to_vec();
        let is_whole = hexadecimal(&Sha256::digest(&page.body)) == page.digest;
        touch(&file);
        is_whole.then_some(page)
    }

    pub(super) fn keep_page(&self, url: &Url, page: &Page) -> io::Result<()> {
        if !page.is_marked() {
            return Ok(());
        }
        let mut bytes = serde_json::to_vec(page)?;
        bytes.push(b'\n');
        bytes.extend_from_slice(&page.body);
        let file = self.page_file(url);
        let mut temporary = self.temporary(&file)?;
        temporary.write_all(&bytes)?;
        temporary.persist(&file).map_err(|error| error.error)?;
        self.make_room();
        Ok(())
    }

    /// Where a file of this digest is or would be.
    pub(super) fn file(&self, algorithm: &str, digest: &str, name: &str) -> PathBuf {
        self.folder.join("files").join(format!("{algorithm}-{digest}")).join(name)
    }

    /// A place to write a file that will stand at `file`.
    pub(super) fn temporary(&self, file: &Path) -> io::Result<tempfile::NamedTempFile> {
        let folder = file.parent().unwrap_or(&self.folder);
        create(folder)?;
        tempfile::NamedTempFile::new_in(folder)
    }

    fn page_file(&self, url: &Url) -> PathBuf {
        let digest = hexadecimal(&Sha256::digest(url.as_str().as_bytes()));
        self.folder.join("pages").join(digest)
    }

    /// Takes the oldest entries out until the rest fits.
    pub(super) fn make_room(&self) {
        let mut entries = Vec::new();
        list(&self.folder, 3, &mut entries);
        let mut total: u64 = entries.iter().map(|(_, _, bytes)| bytes).sum();
        entries.sort();
        for (used, file, bytes) in entries {
            let is_recent = used.elapsed().is_ok_and(|age| age < IN_USE);
            if total <= self.max_bytes || is_recent {
                return;
            }
            if fs::remove_file(&file).is_ok() {
                total = total.saturating_sub(bytes);
            }
        }
    }
}

/// Marks a file as used now.
pub(super) fn touch(file: &Path) {
    if let Ok(file) = File::options().append(true).open(file) {
        // Only which entry goes first depends on it.
        let _ = file.set_modified(SystemTime::now());
    }
}

fn list(folder: &Path, depth: usize, entries: &mut Vec<(SystemTime, PathBuf, u64)>) {
    let Ok(listing) = fs::read_dir(folder) else { return };
    for entry in listing.flatten() {
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() && depth > 0 {
            list(&entry.path(), depth - 1, entries);
        } else if metadata.is_file() {
            let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            entries.push((used, entry.path(), metadata.len()));
        }
    }
}

/// Makes a folder that only its owner can look into.
fn create(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(etag: Option<&str>, body: &str) -> (Url, Page) {
        let url = Url::parse("https://a.example/simple/x/").expect("a URL");
        let marks = (etag.map(str::to_owned), None);
        let page = Page::new(url.clone(), "text/html".to_owned(), marks, body.into());
        (url, page)
    }

    #[test]
    fn a_page_comes_back_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path());
        let (url, kept) = page(Some("\"1\""), "two\nlines");
        assert_eq!(cache.page(&url), None);
        cache.keep_page(&url, &kept).expect("kept");
        assert_eq!(cache.page(&url).as_ref(), Some(&kept));
        let file = cache.page_file(&url);
        let mut bytes = fs::read(&file).expect("readable");
        bytes.truncate(bytes.len() - 1);
        fs::write(&file, bytes).expect("writable");
        assert_eq!(cache.page(&url), None);
        fs::write(&file, "no page").expect("writable");
        assert_eq!(cache.page(&url), None);
    }

    #[test]
    fn what_cannot_be_asked_about_is_not_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path());
        let (url, unmarked) = page(None, "x");
        cache.keep_page(&url, &unmarked).expect("no failure");
        assert_eq!(cache.page(&url), None);
    }

    #[test]
    #[cfg(unix)]
    fn others_cannot_look() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path());
        let (url, kept) = page(Some("\"1\""), "x");
        cache.keep_page(&url, &kept).expect("kept");
        let mode = |path: &Path| path.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&cache.page_file(&url)), 0o600);
        assert_eq!(mode(&cache.folder.join("pages")), 0o700);
        assert_eq!(mode(&cache.folder), 0o700);
    }

    #[test]
    fn the_oldest_make_room() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache { max_bytes: 25, ..Cache::new(folder.path()) };
        for (age, name) in [(3, "oldest"), (2, "older"), (1, "old"), (0, "in use")] {
            let path = cache.file("sha256", name, "x.whl");
            fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
            fs::write(&path, "0123456789").expect("writable");
            let file = File::options().append(true).open(&path).expect("there");
            let used = SystemTime::now() - Duration::from_secs(3600 * age);
            file.set_modified(used).expect("writable");
        }
        cache.make_room();
        let left = |name| cache.file("sha256", name, "x.whl").exists();
        assert_eq!(
            [left("oldest"), left("older"), left("old"), left("in use")],
            [false, false, true, true]
        );
    }
}
