//! An index that is asked: pages from the server or the cache, files with verified hashes.

use std::fmt;
use std::fs::File as DiskFile;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::digest::DynDigest;
use url::Url;

use super::address::{PASSWORD_VARIABLE, USERNAME_VARIABLE};
use super::cache::{Cache, Page};
use super::project::{File, Project};
use super::{IndexAddress, legacy, simple_html, simple_json};
use crate::digest::hexadecimal;
use crate::edge::network::{Ask, Authorization, Fault, Limits, Listener, Sink, Transport, shown};
use crate::error::{Error, Result};

/// JSON before HTML, and HTML from servers that have nothing else.
const ACCEPT: &str = "application/vnd.pypi.simple.v1+json, \
                      application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";

/// Bytes of a metadata file.
const MAX_METADATA: u64 = 4 << 20;

/// A name and a password; a token's name is `__token__`.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    username: String,
    password: String,
}

impl Credentials {
    /// What the environment holds of them; none without a password.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let password = variable(PASSWORD_VARIABLE).filter(|password| !password.is_empty())?;
        let username = variable(USERNAME_VARIABLE).unwrap_or_else(|| "__token__".to_owned());
        Some(Self { username, password })
    }

    /// A token, as an index takes it.
    #[must_use]
    pub fn token(token: &str) -> Self {
        Self::new("__token__", token)
    }

    /// A name and a password.
    #[must_use]
    pub fn new(username: &str, password: &str) -> Self {
        Self { username: username.to_owned(), password: password.to_owned() }
    }

    /// For the server of an address, and no other.
    pub(super) fn for_origin(&self, server: &Url) -> Authorization {
        Authorization::basic(server, &self.username, &self.password)
    }

    /// What nobody may see.
    pub(super) fn secret(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

/// How an index is asked.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it is.
    pub address: IndexAddress,
    /// What it wants to see.
    pub credentials: Option<Credentials>,
    /// The folder for what is kept between runs; nothing is kept without one.
    pub cache: Option<PathBuf>,
    /// How long and how much.
    pub limits: Limits,
    /// Who is told that it takes its time.
    pub listener: Listener,
}

/// An index.
#[derive(Debug)]
pub struct Index {
    runtime: tokio::runtime::Runtime,
    transport: Transport,
    authorization: Option<Authorization>,
    address: IndexAddress,
    cache: Option<Cache>,
}

/// A file whose hash was verified.
#[derive(Debug)]
pub struct Downloaded {
    /// Where it is.
    pub path: PathBuf,
    /// Where it is kept when there is no cache; it goes with this value.
    folder: Option<tempfile::TempDir>,
}

impl Downloaded {
    /// Whether the file stays when this value goes.
    #[must_use]
    pub fn is_cached(&self) -> bool {
        self.folder.is_none()
    }
}

impl Index {
    /// An index; nothing is asked yet.
    ///
    /// # Errors
    /// When requests cannot be prepared on this machine.
    pub fn new(options: Options) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::failed("cannot prepare requests").caused_by(error))?;
        let Options { address, credentials, cache, limits, listener } = options;
        let transport = Transport::new(address.url(), "package index", limits, listener)?;
        let authorization = credentials.map(|credentials| credentials.for_origin(address.url()));
        let cache = cache.map(|folder| Cache::new(&folder));
        Ok(Self { runtime, transport, authorization, address, cache })
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> &IndexAddress {
        &self.address
    }

    /// A distribution's versions and files, by the simple API.
    ///
    /// # Errors
    /// When the index does not know it, cannot be reached, or says what is not understood.
    pub fn project(&self, name: &str) -> Result<Project> {
        let page = self.page(name, &self.address.project(name), ACCEPT)?;
        self.simple(name, &page)
    }

    /// A page of the simple API, in any of its forms.
    fn simple(&self, name: &str, page: &Page) -> Result<Project> {
        let kind = page.content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
        let read = match kind.as_str() {
            simple_json::TYPE | "application/json" => simple_json::read(&page.body, &page.url),
            simple_html::TYPE | "text/html" | "application/xhtml+xml" => {
                let text = String::from_utf8_lossy(&page.body);
                simple_html::read(&text, &page.url)
            }
            other => Err(format!("its type is `{}`", other.escape_debug())),
        };
        let mut project = read.map_err(|why| self.not_understood(name, &page.url, &why))?;
        if project.name.is_empty() {
            name.clone_into(&mut project.name);
        }
        Ok(project)
    }

    /// The same, or `None` when the index does not know the distribution: it never had a release.
    ///
    /// # Errors
    /// When the index cannot be reached, or says what is not understood.
    pub fn find_project(&self, name: &str) -> Result<Option<Project>> {
        let asked = self.address.project(name);
        match self.fetched(&asked, ACCEPT) {
            Ok(page) => self.simple(name, &page).map(Some),
            Err(Missed::Fault(Fault::Status { code: 404 | 410, .. })) => Ok(None),
            Err(missed) => Err(self.missed(name, &asked, missed)),
        }
    }

    /// A distribution's versions and files, by the older JSON API.
    ///
    /// # Errors
    /// As [`Index::project`].
    pub fn legacy_project(&self, name: &str) -> Result<Project> {
        let page = self.page(name, &self.address.legacy(name), "application/json")?;
        legacy::read(&page.body, &page.url)
            .map_err(|why| self.not_understood(name, &page.url, &why))
    }

    /// The metadata of a wheel, where the index offers it beside the file (PEP 658).
    ///
    /// # Errors
    /// When it is offered and cannot be had, or is not what its hash says.
    pub fn metadata(&self, file: &File) -> Result<Option<Vec<u8>>> {
        let Some(digest) = &file.metadata else { return Ok(None) };
        let url = file.metadata_url();
        let ask = Ask { bound: MAX_METADATA, ..self.ask(&url) };
        let mut body = Vec::new();
        let asked = self.runtime.block_on(self.transport.get(&ask, &mut body));
        asked.map_err(|fault| self.failed(&file.file_name, &url, &fault))?;
        if let Some(digest) = digest {
            let mut hash = sha2::Sha256::default();
            DynDigest::update(&mut hash, &body);
            let found = hexadecimal(&Box::new(hash).finalize());
            if found != *digest {
                return Err(wrong_hash(&format!("{}.metadata", file.file_name), &url, &found));
            }
        }
        Ok(Some(body))
    }

    /// A file, from the cache when it is there.
    ///
    /// # Errors
    /// When its name or size is not sound, the index tells no strong hash of it, it cannot be had, or it
    /// is not what its hash says.
    pub fn download(&self, file: &File) -> Result<Downloaded> {
        let failed = |why: &str| {
            Error::failed(format!("cannot download `{}`", file.file_name.escape_debug()))
                .caused_by(why)
        };
        if !is_plain(&file.file_name) {
            return Err(failed("its name is not that of a file"));
        }
        let Some((algorithm, digest)) = strongest(file) else {
            return Err(failed("the index tells no sha256, sha384 or sha512 of it").hint(
                "let the server tell sha256 hashes, or download and check the file by hand",
            ));
        };
        let (place, folder) = match &self.cache {
            Some(cache) => (cache.file(algorithm, digest, &file.file_name), None),
            None => {
                let folder = tempfile::tempdir()
                    .map_err(|error| failed("there is no room for it").caused_by(error))?;
                (folder.path().join(&file.file_name), Some(folder))
            }
        };
        if hash_of(&place, algorithm).is_some_and(|found| found == digest) {
            crate::edge::cache_folder::touch(&place);
            return Ok(Downloaded { path: place, folder });
        }
        self.fetch(file, (algorithm, digest), &place)?;
        if let Some(cache) = &self.cache {
            cache.make_room();
        }
        Ok(Downloaded { path: place, folder })
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

    /// An address, in whatever form it answers.
    fn ask<'a>(&'a self, url: &'a Url) -> Ask<'a> {
        Ask {
            url,
            accept: "*/*",
            authorization: self.authorization.as_ref(),
            etag: None,
            modified: None,
            bound: self.transport.limits().page_bytes,
        }
    }

    /// A page as the server has it now; the kept one when it says that nothing has changed.
    fn page(&self, name: &str, url: &Url, accept: &str) -> Result<Page> {
        self.fetched(url, accept).map_err(|missed| self.missed(name, url, missed))
    }

    fn missed(&self, name: &str, url: &Url, missed: Missed) -> Error {
        match missed {
            Missed::Fault(fault) => self.failed(name, url, &fault),
            Missed::Unchanged => {
                self.not_understood(name, url, "it says that nothing has changed, unasked")
            }
        }
    }

    fn fetched(&self, url: &Url, accept: &str) -> std::result::Result<Page, Missed> {
        let kept = self.cache.as_ref().and_then(|cache| cache.page(url));
        let ask = Ask {
            accept,
            etag: kept.as_ref().and_then(|page| page.etag.as_deref()),
            modified: kept.as_ref().and_then(|page| page.modified.as_deref()),
            ..self.ask(url)
        };
        let mut body = Vec::new();
        let asked = self.runtime.block_on(self.transport.get(&ask, &mut body));
        let answer = asked.map_err(Missed::Fault)?;
        match kept {
            Some(kept) if answer.status == 304 => Ok(kept),
            _ if answer.status == 304 => Err(Missed::Unchanged),
            _ => {
                let marks = (answer.etag, answer.modified);
                let page = Page::new(answer.url, answer.content_type, marks, body);
                if let Some(cache) = &self.cache {
                    // The next run asks for it again.
                    let _ = cache.keep_page(url, &page);
                }
                Ok(page)
            }
        }
    }

    fn failed(&self, what: &str, url: &Url, fault: &Fault) -> Error {
        let what = what.escape_debug();
        let hint = match fault {
            Fault::Status { code: 404, .. } => format!(
                "is its name right, and is it on {}? `--index-url` names another index",
                self.address.shown()
            ),
            Fault::Status { code: 401 | 403, .. } => format!(
                "put credentials that may read it in {USERNAME_VARIABLE} and {PASSWORD_VARIABLE}"
            ),
            Fault::Status { code, .. } if *code == 429 || *code >= 500 => {
                "the index has trouble; run it again later".to_owned()
            }
            Fault::Unreachable(_) | Fault::Late | Fault::TooLate(_) | Fault::Cut(_) => {
                "can this machine reach it? A proxy is taken from HTTPS_PROXY".to_owned()
            }
            Fault::Refused(..) | Fault::Redirects(_) | Fault::Nowhere => {
                "is the address of the index right? It is that of the simple API, `…/simple/`"
                    .to_owned()
            }
            Fault::TooLarge(_) => {
                "this much is read of no index; something is wrong there".to_owned()
            }
            Fault::Unwritable(_) | Fault::Status { .. } => {
                "see what it answers to `curl -i`".to_owned()
            }
        };
        Error::failed(format!("cannot read `{what}` from the package index"))
            .caused_by(format!("{}: {fault}", shown(url)))
            .hint(hint)
    }

    fn not_understood(&self, name: &str, url: &Url, why: &str) -> Error {
        let name = name.escape_debug();
        Error::failed(format!("the package index's page of `{name}` is not understood"))
            .caused_by(format!("{}: {why}", shown(url)))
            .hint("is it the address of the simple API, `…/simple/`?")
    }
}

/// Why there is no page.
enum Missed {
    Fault(Fault),
    /// The server says that what nobody has is unchanged.
    Unchanged,
}

fn wrong_hash(name: &str, url: &Url, found: &str) -> Error {
    Error::failed(format!("`{}` is not the file that the index lists", name.escape_debug()))
        .caused_by(format!("{}: its hash is {found}", shown(url)))
        .hint("it was damaged on its way, or somebody changed it: do not use it")
}

/// Whether a name is one file's, in the folder that it is put in.
fn is_plain(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '!');
    !name.is_empty() && name.len() < 250 && !name.starts_with('.') && name.chars().all(allowed)
}

/// The strongest digest that can be checked.
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

/// The digest of a file on disk; `None` when it cannot be read.
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
