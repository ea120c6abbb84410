//! What an index serves at this moment: a distribution's page in each form, and the bytes of files.
//!
//! JSON and HTML pages are requested separately and past all caches, and files are hashed as served. Installers may
//! read either form, and mirrors may serve them from different moments: a release is available once all of them have
//! it. Each request is tried once; retrying is up to the caller.

use sha2::{Digest as _, Sha256};
use url::Url;

use super::client::Options;
use super::project::Project;
use super::{simple_html, simple_json};
use crate::digest::hexadecimal;
use crate::edge::network::{Ask, Authorization, Fault, Limits, Sink, Transport, shown};
use crate::error::{Error, Result};

/// A form of the simple API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON (PEP 691).
    Json,
    /// HTML (PEP 503).
    Html,
}

impl Form {
    /// Both forms.
    pub const ALL: [Self; 2] = [Self::Json, Self::Html];

    fn accept(self) -> &'static str {
        match self {
            Self::Json => "application/vnd.pypi.simple.v1+json, text/html;q=0.1",
            Self::Html => "application/vnd.pypi.simple.v1+html, text/html;q=0.9",
        }
    }

    /// The form's name for display.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Html => "HTML",
        }
    }
}

/// A page as it was served.
#[derive(Clone, Debug)]
pub struct Page {
    /// The form in which it arrived: a server may offer only one.
    pub form: Form,
    /// Its content.
    pub project: Project,
}

/// A client that bypasses every cache.
#[derive(Debug)]
pub struct Served {
    transport: Transport,
    authorization: Option<Authorization>,
    address: super::IndexAddress,
}

impl Served {
    /// Creates a client; sends no request yet.
    ///
    /// # Errors
    /// When requests cannot be prepared on this machine.
    pub fn new(options: Options) -> Result<Self> {
        let Options { address, credentials, limits, listener, .. } = options;
        let limits = Limits { attempts: 1, ..limits };
        let transport = Transport::new(address.url(), "package index", limits, listener)?;
        let authorization = credentials.map(|credentials| credentials.for_origin(address.url()));
        Ok(Self { transport, authorization, address })
    }

    /// The index's address.
    #[must_use]
    pub fn address(&self) -> &super::IndexAddress {
        &self.address
    }

    /// Fetches the page of a distribution; `None` if the index does not have it.
    ///
    /// # Errors
    /// When it cannot be fetched or parsed.
    pub async fn page(&self, name: &str, form: Form) -> Result<Option<Page>> {
        let asked = self.address.project(name);
        let mut body = Vec::new();
        let ask = Ask {
            url: &asked,
            accept: form.accept(),
            authorization: self.authorization.as_ref(),
            etag: None,
            modified: None,
            bound: self.transport.limits().page_bytes,
        };
        let answer = match self.transport.get(&ask, &mut body).await {
            Ok(answer) => answer,
            Err(Fault::Status { code: 404 | 410, .. }) => return Ok(None),
            Err(fault) => return Err(failed(name, &asked, &fault.to_string())),
        };
        let kind = answer.content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
        let (form, read) = match kind.as_str() {
            simple_json::TYPE | "application/json" => {
                (Form::Json, simple_json::read(&body, &answer.url))
            }
            _ => (Form::Html, simple_html::read(&String::from_utf8_lossy(&body), &answer.url)),
        };
        let project = read.map_err(|why| failed(name, &answer.url, &why))?;
        Ok(Some(Page { form, project }))
    }

    /// The SHA-256 of what an address serves, in hexadecimal digits.
    ///
    /// # Errors
    /// When it cannot be fetched, or exceeds `bound` bytes.
    pub async fn sha256(&self, url: &Url, bound: u64) -> Result<String> {
        let ask = Ask {
            url,
            accept: "*/*",
            authorization: self.authorization.as_ref(),
            etag: None,
            modified: None,
            bound,
        };
        let mut sink = Hash(Sha256::new());
        let asked = self.transport.get(&ask, &mut sink).await;
        asked.map_err(|fault| {
            Error::failed("cannot get a file from the package index")
                .caused_by(format!("{}: {fault}", shown(url)))
        })?;
        Ok(hexadecimal(&sink.0.finalize()))
    }
}

fn failed(name: &str, url: &Url, why: &str) -> Error {
    let name = name.escape_debug();
    Error::failed(format!("cannot read the page of `{name}` on the package index"))
        .caused_by(format!("{}: {why}", shown(url)))
        .hint("is the address of the index right, and do you have read access? Put a read token in SHIPSHAPE_INDEX_PASSWORD")
}

/// Hashes bytes without keeping them.
struct Hash(Sha256);

impl Sink for Hash {
    fn begin(&mut self) -> std::io::Result<()> {
        self.0 = Sha256::new();
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.update(bytes);
        Ok(())
    }
}
