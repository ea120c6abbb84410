//! The client: waits for permission to send, sends, interprets the answer, and retries where that is safe.
//!
//! A few reads run concurrently; writes run one at a time. A read that got no answer is sent again. A write that got no
//! answer may have taken effect, so its result is looked up first, and it is sent again only if it had no effect.
//! Redirects of renamed repositories are followed on the same host and reported.

mod asking;
mod renewal;
mod sending;
mod writes;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;
use tokio::sync::{Mutex as AsyncMutex, RwLock, Semaphore};

use crate::edge::interrupt::Interrupt;
use crate::error::Result;
use crate::fleet::RepositoryName;
use crate::forge::ForgeAddress;
use crate::forge::account::{Account, Listener, Totals};
use crate::forge::app::AppCredential;
use crate::forge::cache::Cache;
use crate::forge::credential::Credential;
use crate::forge::error::ForgeError;
use crate::forge::governor::{Cost, Creations, Governor, Limits};
use crate::forge::graphql::is_mutation;
use crate::forge::time::Time;
use crate::forge::transport::{self, Answer, Transport};
use crate::forge::write_scope::WriteScope;
use crate::source::secrets::SentSecrets;

/// Settings of a client.
#[derive(Clone)]
pub struct Options<'a> {
    /// The address of the forge.
    pub address: ForgeAddress,
    /// The credential to authenticate with.
    pub credential: Credential,
    /// The repositories that may be written to.
    pub writes: WriteScope,
    /// The forge's limits.
    pub limits: Limits,
    /// The clock to wait on.
    pub time: Time,
    /// The folder for the cache; `None` disables caching.
    pub cache: Option<&'a Path>,
    /// The folder for state that outlives runs; `None` keeps no state.
    pub state: Option<&'a Path>,
    /// Receives every request and every wait.
    pub listener: Option<Listener>,
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Options<'_> {
    /// Options for a client that may not write and keeps nothing on disk.
    #[must_use]
    pub fn new(address: ForgeAddress, credential: Credential) -> Self {
        Self {
            address,
            credential,
            writes: WriteScope::none(),
            limits: Limits::default(),
            time: Time::Real,
            cache: None,
            state: None,
            listener: None,
        }
    }
}

/// A forge, as one run uses it. Clones share all state.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: ForgeAddress,
    http: reqwest::Client,
    transport: RwLock<Transport>,
    app: Option<AppCredential>,
    /// What was sent as a credential: a token, or an App's proofs and tokens.
    sent: Mutex<SentSecrets>,
    /// When the App's token is to be renewed, in seconds since 1970.
    renewal: Mutex<f64>,
    /// The permissions of the App's token, as the forge gave them with it.
    granted: Mutex<BTreeMap<String, String>>,
    is_anonymous: bool,
    writes: WriteScope,
    time: Time,
    governor: Mutex<Governor>,
    creations: Mutex<Creations>,
    reads: Semaphore,
    writing: AsyncMutex<()>,
    cache: Cache,
    account: Account,
    /// Ends waits, where a command listens for Ctrl-C.
    interrupt: OnceLock<Interrupt>,
}

/// One request.
#[derive(Clone, Debug)]
pub(in crate::forge) struct Request {
    method: http::Method,
    /// The path from the root of the host, including any prefix.
    path: String,
    body: Option<String>,
    cost: Cost,
    /// How it is reported: `GET /repos/acme/api`.
    label: String,
    is_document: bool,
    /// Whether it is a GraphQL mutation, which only [`Client::mutate`] may send.
    is_mutation: bool,
    /// How often it is sent if it is not answered, when that differs from the usual number.
    attempts: Option<u32>,
}

/// The outcome of a request.
enum Sent {
    Answer(Answer),
    Unchanged,
    /// No usable answer: the request may or may not have taken effect.
    Doubtful(ForgeError),
}

impl Client {
    /// Creates a client. Requires a Tokio runtime.
    ///
    /// # Errors
    /// When the HTTP client cannot be created.
    pub fn new(options: Options<'_>) -> Result<Self> {
        let Options { address, credential, writes, limits, time, cache, state, listener } = options;
        let http = transport::http_client(&address)?;
        let identity = credential.identity();
        let transport = match &credential {
            Credential::Token(token) => Transport::of_token(&http, &address, token)?,
            Credential::Anonymous | Credential::App(_) => Transport::new(&http, &address, None)?,
        };
        let sent = match &credential {
            Credential::Token(token) => SentSecrets::of(token.secret()),
            Credential::Anonymous | Credential::App(_) => SentSecrets::default(),
        };
        let is_anonymous = matches!(credential, Credential::Anonymous);
        let app = match credential {
            Credential::App(app) => Some(app),
            _ => None,
        };
        let host = address.host();
        Ok(Self(Arc::new(Inner {
            http,
            transport: RwLock::new(transport),
            app,
            sent: Mutex::new(sent),
            renewal: Mutex::new(0.0),
            granted: Mutex::default(),
            is_anonymous,
            writes,
            time,
            governor: Mutex::new(Governor::new(limits)),
            creations: Mutex::new(Creations::new(state, &host, &identity)),
            reads: Semaphore::new(limits.reads_at_once.max(1)),
            writing: AsyncMutex::new(()),
            cache: Cache::new(cache, &host, &identity),
            account: listener.map_or_else(Account::default, Account::heard_by),
            interrupt: OnceLock::new(),
            address,
        })))
    }

    /// The address of the forge.
    #[must_use]
    pub fn address(&self) -> &ForgeAddress {
        &self.0.address
    }

    /// From now on, the request to stop ends long waits for limits at once: nothing was sent yet. The first one given
    /// counts.
    pub fn stop_waits_by(&self, interrupt: Interrupt) {
        let _ = self.0.interrupt.set(interrupt);
    }

    /// Whether requests are sent without a credential.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.0.is_anonymous
    }

    /// The account of its requests.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.0.account
    }

    /// What the run has cost so far.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.0.account.totals()
    }

    /// The clock that it waits on.
    #[must_use]
    pub fn time(&self) -> &Time {
        &self.0.time
    }

    /// The repositories that may be written to.
    #[must_use]
    pub fn writes(&self) -> &WriteScope {
        &self.0.writes
    }

    /// Reports that a repository answered under another name.
    pub(in crate::forge) fn renamed(&self, from: &RepositoryName, to: &RepositoryName) {
        self.0.account.renamed(from.to_string(), Some(to.to_string()));
    }

    /// What was sent as a credential so far, to mask in what the forge answers.
    fn sent_secrets(&self) -> SentSecrets {
        self.0.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The on-disk cache.
    pub(in crate::forge) fn cache(&self) -> &Cache {
        &self.0.cache
    }

    /// A REST request; `path` is as GitHub's documentation writes it.
    pub(in crate::forge) fn rest(
        &self,
        method: http::Method,
        path: &str,
        body: Option<&Value>,
        cost: Cost,
    ) -> Request {
        let label = format!("{method} {}", path.split('?').next().unwrap_or(path));
        Request {
            method,
            path: format!("{}{path}", self.0.address.rest_prefix()),
            body: body.map(Value::to_string),
            cost,
            label,
            is_document: false,
            is_mutation: false,
            attempts: None,
        }
    }

    /// A GraphQL request.
    pub(in crate::forge) fn document(
        &self,
        name: &str,
        text: &str,
        variables: &Value,
        cost: Cost,
    ) -> Request {
        let body = serde_json::json!({ "query": text, "variables": variables });
        Request {
            method: http::Method::POST,
            path: self.0.address.graphql_path(),
            body: Some(body.to_string()),
            cost,
            label: format!("GraphQL {name}"),
            is_document: true,
            is_mutation: is_mutation(text),
            attempts: None,
        }
    }

    pub(in crate::forge) fn limits(&self) -> Limits {
        self.with_governor(|governor| *governor.limits())
    }

    fn with_governor<T>(&self, act: impl FnOnce(&mut Governor) -> T) -> T {
        act(&mut self.0.governor.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
