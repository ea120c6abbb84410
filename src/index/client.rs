//! Requests pages from an index or its cache. Files are in `files`.

use std::path::PathBuf;

use sha2::digest::DynDigest;
use url::Url;

use super::address::{PASSWORD_VARIABLE, USERNAME_VARIABLE};
use super::cache::{Cache, Page};
use super::project::{File, Project};
use super::{Credentials, IndexAddress, legacy, simple_html, simple_json};
use crate::digest::hexadecimal;
use crate::edge::network::{Ask, Authorization, Fault, Limits, Listener, Transport, shown};
use crate::error::{Error, Result};
use crate::source::secrets::SentSecrets;

/// JSON is preferred; HTML is for servers that offer nothing else.
const ACCEPT: &str = "application/vnd.pypi.simple.v1+json, \
                      application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";

/// Maximum size of a metadata file, in bytes.
const MAX_METADATA: u64 = 4 << 20;

/// Options for requests to an index.
#[derive(Clone, Debug)]
pub struct Options {
    /// The index's address.
    pub address: IndexAddress,
    /// Credentials for it.
    pub credentials: Option<Credentials>,
    /// The folder that keeps pages and files between runs; `None` for no cache.
    pub cache: Option<PathBuf>,
    /// Limits on time and size.
    pub limits: Limits,
    /// Is notified when requests take long.
    pub listener: Listener,
}

/// An index.
#[derive(Debug)]
pub struct Index {
    pub(super) runtime: tokio::runtime::Runtime,
    pub(super) transport: Transport,
    authorization: Option<Authorization>,
    /// What was sent as a password, to mask in what the index answers.
    sent: SentSecrets,
    address: IndexAddress,
    pub(super) cache: Option<Cache>,
}

impl Index {
    /// Creates a client; sends no request yet.
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
        let sent = credentials.as_ref().map(Credentials::sent).unwrap_or_default();
        let authorization = credentials.map(|credentials| credentials.for_origin(address.url()));
        let cache = cache.map(|folder| Cache::new(&folder));
        Ok(Self { runtime, transport, authorization, sent, address, cache })
    }

    /// The index's address.
    #[must_use]
    pub fn address(&self) -> &IndexAddress {
        &self.address
    }

    /// Reads a distribution's versions and files from the simple API.
    ///
    /// # Errors
    /// When the index does not have it, cannot be reached, or sends an unintelligible response.
    pub fn project(&self, name: &str) -> Result<Project> {
        let page = self.page(name, &self.address.project(name), ACCEPT)?;
        self.simple(name, &page)
    }

    /// Parses a page of the simple API in any of its forms.
    fn simple(&self, name: &str, page: &Page) -> Result<Project> {
        let kind = page.content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
        let read = match kind.as_str() {
            simple_json::TYPE | "application/json" => simple_json::read(&page.body, &page.url),
            simple_html::TYPE | "text/html" | "application/xhtml+xml" => {
                let text = String::from_utf8_lossy(&page.body);
                simple_html::read(&text, &page.url)
            }
            // As it was sent: credentials that are repeated in it are not known in lower case.
            _ => Err(format!("its type is `{}`", page.content_type.trim().escape_debug())),
        };
        let mut project = read.map_err(|why| self.not_understood(name, &page.url, &why))?;
        if project.name.is_empty() {
            name.clone_into(&mut project.name);
        }
        Ok(project)
    }

    /// Like [`Self::project`], but `None` if the index does not have the distribution because it was never released.
    ///
    /// # Errors
    /// When the index cannot be reached, or sends an unintelligible response.
    pub fn find_project(&self, name: &str) -> Result<Option<Project>> {
        let asked = self.address.project(name);
        match self.fetched(&asked, ACCEPT) {
            Ok(page) => self.simple(name, &page).map(Some),
            Err(Missed::Fault(Fault::Status { code: 404 | 410, .. })) => Ok(None),
            Err(missed) => Err(self.missed(name, &asked, missed)),
        }
    }

    /// Reads a distribution's versions and files from the older JSON API.
    ///
    /// # Errors
    /// Those of [`Index::project`].
    pub fn legacy_project(&self, name: &str) -> Result<Project> {
        let page = self.page(name, &self.address.legacy(name), "application/json")?;
        legacy::read(&page.body, &page.url)
            .map_err(|why| self.not_understood(name, &page.url, &why))
    }

    /// Fetches the metadata of a wheel, if the index offers it beside the file (PEP 658).
    ///
    /// # Errors
    /// When it is offered but cannot be fetched, or does not match its hash.
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

    /// A request for an address that accepts any content type.
    pub(super) fn ask<'a>(&'a self, url: &'a Url) -> Ask<'a> {
        Ask {
            url,
            accept: "*/*",
            authorization: self.authorization.as_ref(),
            etag: None,
            modified: None,
            bound: self.transport.limits().page_bytes,
        }
    }

    /// The current page; the cached one if the server says that it has not changed.
    fn page(&self, name: &str, url: &Url, accept: &str) -> Result<Page> {
        self.fetched(url, accept).map_err(|missed| self.missed(name, url, missed))
    }

    fn missed(&self, name: &str, url: &Url, missed: Missed) -> Error {
        match missed {
            Missed::Fault(fault) => self.failed(name, url, &fault),
            Missed::Unchanged => self.not_understood(
                name,
                url,
                "it answered that nothing has changed, without being asked",
            ),
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
                // What repeats the credentials is kept nowhere.
                let repeats_them =
                    self.sent.are_in(&page.body) || self.sent.are_in(page.content_type.as_bytes());
                if let Some(cache) = self.cache.as_ref().filter(|_| !repeats_them) {
                    // If it cannot be kept, the next run requests it again.
                    let _ = cache.keep_page(url, &page);
                }
                Ok(page)
            }
        }
    }

    pub(super) fn failed(&self, what: &str, url: &Url, fault: &Fault) -> Error {
        let what = what.escape_debug();
        let hint = match fault {
            Fault::Status { code: 404, .. } => format!(
                "is the name right, and is it on {}? `--index-url` selects another index",
                self.address.shown()
            ),
            Fault::Status { code: 401 | 403, .. } => format!(
                "put credentials with read access in {USERNAME_VARIABLE} and {PASSWORD_VARIABLE}"
            ),
            Fault::Status { code, .. } if *code == 429 || *code >= 500 => {
                "the index is failing; try again later".to_owned()
            }
            Fault::Unreachable(why) if why.contains("certificate") => {
                "this machine does not trust the server's certificate: are the certificates of its authorities \
                 installed?".to_owned()
            }
            // The server was reached.
            Fault::Cut(_) => "the index is failing; try again later".to_owned(),
            Fault::Unreachable(why) if why.contains("reset") || why.contains("closed") => {
                "the index is failing; try again later".to_owned()
            }
            Fault::Unreachable(_) | Fault::Late | Fault::TooLate(_) => {
                "can this machine reach it? A proxy is taken from HTTPS_PROXY".to_owned()
            }
            Fault::Refused(..) | Fault::Redirects(_) | Fault::Nowhere => {
                "is the address of the index right? It must be that of the simple API, `…/simple/`"
                    .to_owned()
            }
            Fault::TooLarge(_) => {
                "no index page is this large; something is wrong there".to_owned()
            }
            Fault::Unwritable(_) | Fault::Status { .. } => {
                "look at its answer with `curl -i`".to_owned()
            }
        };
        Error::failed(format!("cannot read `{what}` from the package index"))
            .caused_by(self.sent.masked(&format!("{}: {fault}", shown(url))))
            .hint(hint)
    }

    fn not_understood(&self, name: &str, url: &Url, why: &str) -> Error {
        let name = name.escape_debug();
        Error::failed(format!("the package index's page of `{name}` could not be parsed"))
            .caused_by(self.sent.masked(&format!("{}: {why}", shown(url))))
            .hint("is it the address of the simple API, `…/simple/`?")
    }
}

/// Why there is no page.
enum Missed {
    Fault(Fault),
    /// The server says that a page is unchanged although none is cached.
    Unchanged,
}

/// The error for bytes that do not match the hash in the index.
pub(super) fn wrong_hash(name: &str, url: &Url, found: &str) -> Error {
    Error::failed(format!("`{}` is not the file that the index lists", name.escape_debug()))
        .caused_by(format!("{}: its hash is {found}", shown(url)))
        .hint("the file was damaged in transit or was changed: do not use it")
}
