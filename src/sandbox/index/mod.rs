//! A package index: pages, uploads, yanking, and an identity issuer with a token mint.
//!
//! It stands in for PyPI as the rest of the sandbox does for GitHub: what PyPI refuses or may
//! refuse, it refuses, in PyPI's words. It reads the metadata of distributions with its own reader
//! and shares no type with `index`, the client. Requests are logged and subject to faults like any
//! other, but do not count against the forge's limits. `POST /_sandbox/index` changes what a seed
//! set up: it yanks and deletes files, lets pages lag behind, or makes the next upload fail.
//!
//! | file | what it owns |
//! |---|---|
//! | `store` | projects and files |
//! | `upload` | the form of an upload, and every refusal |
//! | `multipart` | the parts of a form |
//! | `contents` | the metadata inside a wheel or an sdist |
//! | `pages` | the simple pages, as HTML and JSON, and the older JSON |
//! | `oidc` | job identities, single-use proofs, short-lived tokens |
//! | `seed` | the settings in a seed or a control request |

mod contents;
mod multipart;
mod oidc;
mod pages;
mod seed;
mod store;
mod upload;

pub(crate) use seed::IndexSeed;

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::reply::{Body, Reply};
use super::server::Incoming;
use oidc::{Issuer, Mint};
use store::Store;

/// The root of its paths. No owner on the forge may have this name.
const ROOT: &str = "/_index/";
const MINT: &str = "/_/oidc/";
const ISSUER: &str = "/_oidc/";

/// The context that a route needs besides the request.
#[derive(Clone, Copy, Debug)]
struct Moment {
    /// Seconds since 1970.
    now: f64,
}

/// The index.
#[derive(Debug, Default)]
pub(super) struct Index {
    store: Store,
    issuer: Issuer,
    mint: Mint,
}

/// The target of a request to the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Project,
    File,
    Legacy,
    Upload,
    Audience,
    Proof,
    Token,
    Nothing,
}

impl Wanted {
    /// All targets.
    pub(super) const ALL: [Self; 8] = [
        Self::Project,
        Self::File,
        Self::Legacy,
        Self::Upload,
        Self::Audience,
        Self::Proof,
        Self::Token,
        Self::Nothing,
    ];

    /// Returns the target of a request; `None` if it is not for the index.
    pub(super) fn of(incoming: &Incoming) -> Option<Self> {
        let path = incoming.path.as_str();
        if ![ROOT, MINT, ISSUER].iter().any(|root| path.starts_with(root)) {
            return None;
        }
        let reads = matches!(incoming.method.as_str(), "GET" | "HEAD");
        let writes = incoming.method == "POST";
        Some(match path {
            "/_/oidc/audience" if reads => Self::Audience,
            "/_/oidc/mint-token" if writes => Self::Token,
            "/_oidc/token" if reads => Self::Proof,
            "/_index/legacy/" | "/_index/legacy" if writes => Self::Upload,
            _ if reads && path.starts_with("/_index/simple/") => Self::Project,
            _ if reads && path.starts_with("/_index/files/") => Self::File,
            _ if reads && path.starts_with("/_index/pypi/") => Self::Legacy,
            _ => Self::Nothing,
        })
    }

    /// Returns the route as used in the log and in faults.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Project => "GET /_index/simple/{project}/",
            Self::File => "GET /_index/files/{sha256}/{file}",
            Self::Legacy => "GET /_index/pypi/{project}/json",
            Self::Upload => "POST /_index/legacy/",
            Self::Audience => "GET /_/oidc/audience",
            Self::Proof => "GET /_oidc/token",
            Self::Token => "POST /_/oidc/mint-token",
            Self::Nothing => "the index",
        }
    }
}

impl Index {
    /// Answers a request.
    pub(super) fn answer(&mut self, wanted: Wanted, incoming: &Incoming, now: f64) -> Reply {
        let moment = Moment { now };
        match wanted {
            Wanted::Project => pages::project(&mut self.store, incoming),
            Wanted::File => pages::file(&self.store, incoming),
            Wanted::Legacy => pages::legacy(&mut self.store, incoming),
            Wanted::Upload => self.upload(incoming, moment),
            Wanted::Audience => self.mint.audience(),
            Wanted::Proof => self.issuer.proof(incoming, moment),
            Wanted::Token => self.mint.token(&mut self.issuer, &mut self.store, incoming, moment),
            Wanted::Nothing => Refusal::not_found().reply(),
        }
    }

    fn upload(&mut self, incoming: &Incoming, moment: Moment) -> Reply {
        if !incoming.path.ends_with('/') {
            let there = format!("{}{}/", incoming.base, incoming.path);
            return Reply { status: 301, ..Reply::nothing() }.header("location", there);
        }
        let accepted = upload::permitted(incoming, &self.mint, moment)
            .and_then(|bearer| upload::accept(&mut self.store, incoming, &bearer, moment));
        match accepted {
            Ok(()) => Reply {
                status: 200,
                headers: Vec::new(),
                body: Body::Bytes(Vec::new(), "text/plain"),
            },
            Err(refused) => refused.reply(&incoming.accept),
        }
    }

    /// Returns the version and bytes of the wheel that an installer would choose: of this version,
    /// or the newest.
    pub(super) fn wheel(&self, project: &str, version: Option<&str>) -> Option<(&str, &[u8])> {
        self.store.wheel(project, version)
    }

    /// Applies changes from a seed or a control request.
    pub(super) fn wish(&mut self, wishes: &IndexSeed) {
        self.store.wish(wishes);
        self.issuer.wish(wishes);
        self.mint.wish(wishes);
    }

    /// Returns the whole state.
    pub(super) fn shown(&self) -> Value {
        json!({ "projects": self.store.shown(), "tokens": self.mint.shown() })
    }

    /// Returns the first token that may upload, and the one with which a job requests its identity.
    pub(super) fn secrets(&self) -> (String, String) {
        (self.mint.first_key().to_owned(), self.issuer.request_token().to_owned())
    }
}
