//! Pages and files of indexes on disk, readable only by their owner.
//!
//! A page is stored with its digest: a damaged one counts as missing.

use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::digest::hexadecimal;
use crate::edge::cache_folder::CacheFolder;

/// Maximum size of all entries together, in bytes.
const MAX_BYTES: u64 = 1 << 30;

/// A page with what is known about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Page {
    /// The final URL, after redirects: links in the page are relative to it.
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

    /// Whether the page can be revalidated.
    fn is_marked(&self) -> bool {
        self.etag.is_some() || self.modified.is_some()
    }
}

/// A cache in a folder.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    folder: CacheFolder,
}

impl Deref for Cache {
    type Target = CacheFolder;

    fn deref(&self) -> &CacheFolder {
        &self.folder
    }
}

impl Cache {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: CacheFolder::new(folder.join("index-v1"), MAX_BYTES) }
    }

    /// The cached page of an address, fresh or not.
    pub(super) fn page(&self, url: &Url) -> Option<Page> {
        let bytes = self.folder.read(page_file(url))?;
        let split = bytes.iter().position(|byte| *byte == b'\n')?;
        let (head, body) = bytes.split_at(split);
        let mut page: Page = serde_json::from_slice(head).ok()?;
        page.body = body.get(1..)?.to_vec();
        let is_whole = hexadecimal(&Sha256::digest(&page.body)) == page.digest;
        is_whole.then_some(page)
    }

    pub(super) fn keep_page(&self, url: &Url, page: &Page) -> io::Result<()> {
        if !page.is_marked() {
            return Ok(());
        }
        let mut bytes = serde_json::to_vec(page)?;
        bytes.push(b'\n');
        bytes.extend_from_slice(&page.body);
        self.folder.keep(page_file(url), &bytes)?;
        self.make_room();
        Ok(())
    }

    /// The path of a file with this digest, whether or not it is cached.
    pub(super) fn file(&self, algorithm: &str, digest: &str, name: &str) -> PathBuf {
        self.folder.place(Path::new("files").join(format!("{algorithm}-{digest}")).join(name))
    }
}

/// The path of an address's page within the cache folder.
fn page_file(url: &Url) -> PathBuf {
    Path::new("pages").join(hexadecimal(&Sha256::digest(url.as_str().as_bytes())))
}

#[cfg(test)]
mod tests {
    use std::fs;

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
        let file = cache.place(page_file(&url));
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
}
