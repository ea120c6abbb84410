//! Uploads a distribution through the API that is called legacy and that every index has.
//!
//! A [`Parcel`] is a file with its own metadata and the attestations beside it. It is sent to an [`UploadAddress`]
//! once, with [`Credentials`]; the [`Answer`] classifies the result independently of the index's wording. Whether to
//! send it again is for a caller that can check the index first (`release::publish`).
//!
//! | file | what it owns |
//! |---|---|
//! | `form` | the multipart document: the fields that an index reads, and their order |
//! | `answer` | the meaning of a status and a message |

mod answer;
mod form;

use std::path::Path;

use sha2::{Digest as _, Sha256};
use url::Url;

use super::{Credentials, Limits, Listener, address};
use crate::digest::hexadecimal;
use crate::edge::network::{Authorization, Post, Transport, shown};
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::package::distribution::{self, Distribution};

pub(super) use answer::words;
pub use answer::{Answer, Refusal};

/// Maximum number of bytes to read of a response: a refusal is a sentence.
const MAX_ANSWER: usize = 16 << 10;

/// Maximum size of all attestations of a file, in bytes.
const MAX_ATTESTATIONS: u64 = 1 << 20;

/// The address that uploads are sent to, exactly as written: some indexes demand a trailing slash, others reject it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadAddress(Url);

impl UploadAddress {
    /// Parses an address.
    ///
    /// # Errors
    /// When it is not an address, contains credentials, or is plain http to another machine. The error does not repeat
    /// what may be a secret.
    pub fn parse(text: &str) -> Result<Self> {
        let example = "write it as `https://packages.example/legacy/`";
        let variables = [USERNAME_VARIABLE, PASSWORD_VARIABLE];
        address::read(text, "the address for uploads", example, variables).map(Self)
    }

    /// Whether it is on the server of the default index.
    #[must_use]
    pub fn is_everybodys(&self) -> bool {
        Url::parse(super::DEFAULT_UPLOAD).is_ok_and(|url| url.origin() == self.0.origin())
    }

    /// The address for display.
    #[must_use]
    pub fn shown(&self) -> String {
        shown(&self.0)
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }
}

/// The environment variable with the user name for uploads; a token needs none.
pub const USERNAME_VARIABLE: &str = "SHIPSHAPE_UPLOAD_USERNAME";
/// The password or token that goes with [`USERNAME_VARIABLE`].
pub const PASSWORD_VARIABLE: &str = "SHIPSHAPE_UPLOAD_PASSWORD";

/// A file that is ready for upload.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Its name.
    pub file_name: String,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Its bytes.
    bytes: Vec<u8>,
    /// Its metadata as fields of the upload form.
    fields: Vec<(&'static str, String)>,
    /// The number of its attestations.
    pub attestations: usize,
}

impl Parcel {
    /// Reads a wheel or an sdist with the attestations (PEP 740) beside it: files whose names start with its name and
    /// end in `.attestation`.
    ///
    /// # Errors
    /// When it cannot be read or has no metadata, or an attestation beside it is not a JSON object.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        let bytes = whole_file::read_up_to(path, distribution::MAX_ARCHIVE_BYTES)?
            .ok_or_else(|| Error::failed("there is no such distribution").in_file(path))?;
        let read = distribution::of_bytes(&name, &bytes).map_err(|error| error.in_file(path))?;
        let attestations = attestations(path, &name)?;
        Self::new(&read, bytes, &attestations).map_err(|error| error.in_file(path))
    }

    fn new(
        read: &Distribution,
        bytes: Vec<u8>,
        attestations: &[serde_json::Value],
    ) -> Result<Self> {
        let sha256 = hexadecimal(&Sha256::digest(&bytes));
        let mut fields = form::fields(read)?;
        fields.push(("sha256_digest", sha256.clone()));
        if !attestations.is_empty() {
            let text = serde_json::to_string(attestations)
                .map_err(|error| Error::failed("cannot write attestations").caused_by(error))?;
            fields.push(("attestations", text));
        }
        let attestations = attestations.len();
        Ok(Self { file_name: read.file_name.clone(), sha256, bytes, fields, attestations })
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }
}

/// The attestations beside a file, sorted by name.
fn attestations(path: &Path, name: &str) -> Result<Vec<serde_json::Value>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let unread = |error: std::io::Error| {
        Error::failed("cannot read this folder").in_file(folder).caused_by(error)
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        if is_attestation(&entry.file_name().to_string_lossy(), name) {
            found.push(entry.path());
        }
    }
    found.sort();
    let read = |path: &std::path::PathBuf| {
        let bytes = whole_file::read_up_to(path, MAX_ATTESTATIONS)?.unwrap_or_default();
        let wrong = |why: &str| {
            Error::usage("this attestation is not a JSON object")
                .in_file(path)
                .caused_by(why)
                .hint("remove it, or create it again: an index refuses a distribution with it")
        };
        let value: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|error| wrong(&error.to_string()))?;
        if value.is_object() { Ok(value) } else { Err(wrong("it is a different kind of value")) }
    };
    found.iter().map(read).collect()
}

/// Whether a file is an attestation of a distribution: `acme-1.0.tar.gz.publish.attestation`.
#[must_use]
pub fn is_attestation(file: &str, distribution: &str) -> bool {
    let rest = file.strip_prefix(distribution).and_then(|rest| rest.strip_prefix('.'));
    rest.is_some_and(|rest| rest == "attestation" || rest.ends_with(".attestation"))
}

/// A client for uploads to an index.
#[derive(Debug)]
pub struct Uploads {
    transport: Transport,
    address: UploadAddress,
}

impl Uploads {
    /// Creates a client; sends no request yet.
    ///
    /// # Errors
    /// When requests cannot be prepared on this machine.
    pub fn new(address: UploadAddress, limits: Limits, listener: Listener) -> Result<Self> {
        let transport = Transport::new(address.url(), "package index", limits, listener)?;
        Ok(Self { transport, address })
    }

    /// The address of uploads.
    #[must_use]
    pub fn address(&self) -> &UploadAddress {
        &self.address
    }

    /// Sends a file, once.
    pub async fn send(&self, parcel: &Parcel, credentials: &Credentials) -> Answer {
        let (content_type, body) = form::document(parcel);
        let authorization: Authorization = credentials.for_origin(self.address.url());
        let post = Post {
            url: self.address.url(),
            accept: "application/json, text/plain;q=0.5, text/html;q=0.1",
            content_type: &content_type,
            authorization: Some(&authorization),
            body,
            bound: MAX_ANSWER,
        };
        match self.transport.post(post).await {
            Ok(heard) => answer::of(&heard, credentials),
            Err(fault) => answer::of_fault(&fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_for_uploads_keeps_its_end_and_holds_no_secret() {
        for text in ["https://packages.example/legacy/", "http://127.0.0.1:8080/upload"] {
            assert_eq!(UploadAddress::parse(text).expect(text).shown(), text);
        }
        for text in ["http://packages.example/legacy/", "https://me:hunter2@packages.example/", "x"]
        {
            let error = UploadAddress::parse(text).expect_err(text);
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn attestations_are_known_by_the_file_that_they_are_of() {
        let wheel = "acme-1.0-py3-none-any.whl";
        assert!(is_attestation("acme-1.0-py3-none-any.whl.publish.attestation", wheel));
        assert!(is_attestation("acme-1.0-py3-none-any.whl.attestation", wheel));
        assert!(!is_attestation("acme-1.0.tar.gz.publish.attestation", wheel));
        assert!(!is_attestation("acme-1.0-py3-none-any.whl.asc", wheel));
    }
}
