//! The client: admit, send, decide, and again where that is safe.
//!
//! Reads go a few at a time; writes one at a time. A read that got no answer is sent again. A write that
//! got none may have been done, so it is looked up first, and sent again only when it was not. Renamed
//! repositories are followed on the same host and told.

mod renewal;
mod sending;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{Mutex as AsyncMutex, RwLock, Semaphore};

use crate::error::Result;
use crate::fleet::RepositoryName;
use crate::forge::account::{Account, Listener, Totals};
use crate::forge::app::AppCredential;
use crate::forge::cache::Cache;
use crate::forge::credential::Credential;
use crate::forge::error::{ForgeError, ForgeErrorKind};
use crate::forge::governor::{Cost, Creations, Governor, Limits};
use crate::forge::graphql::Data;
use crate::forge::time::Time;
use crate::forge::transport::{self, Answer, Transport};
use crate::forge::writes::Writes;
use crate::forge::{ForgeAddress, governor};

/// How a client is to work.
#[derive(Clone)]
pub struct Options<'a> {
    /// Where the forge is.
    pub address: ForgeAddress,
    /// Who asks.
    pub credential: Credential,
    /// What may be written to.
    pub writes: Writes,
    /// What is permitted by the forge.
    pub limits: Limits,
    /// The time in which it waits.
    pub time: Time,
    /// The folder of caches; none for no cache.
    pub cache: Option<&'a Path>,
    /// The folder of state that outlives runs; none for none.
    pub state: Option<&'a Path>,
    /// Who is told of every request and every wait.
    pub listener: Option<Listener>,
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Options<'_> {
    /// A client of a forge that writes nothing and keeps nothing.
    #[must_use]
    pub fn new(address: ForgeAddress, credential: Credential) -> Self {
        Self {
            address,
            credential,
            writes: Writes::none(),
            limits: Limits::default(),
            time: Time::Real,
            cache: None,
            state: None,
            listener: None,
        }
    }
}

/// A forge, as one run uses it. Clones share everything.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: ForgeAddress,
    http: reqwest::Client,
    transport: RwLock<Transport>,
    app: Option<AppCredential>,
    /// When the token of the App is renewed, in seconds since 1970.
    renewal: Mutex<f64>,
    is_anonymous: bool,
    writes: Writes,
    time: Time,
    governor: Mutex<Governor>,
    creations: Mutex<Creations>,
    reads: Semaphore,
    writing: AsyncMutex<()>,
    cache: Cache,
    account: Account,
}

/// One request.
#[derive(Clone, Debug)]
pub(in crate::forge) struct Request {
    method: http::Method,
    /// From the root of the host, prefix included.
    path: String,
    body: Option<String>,
    cost: Cost,
    /// How it is told: `GET /repos/acme/api`.
    label: String,
    is_document: bool,
    /// How often it is sent when it is not answered, where that is another number than usual.
    attempts: Option<u32>,
}

/// How a request ended.
enum Sent {
    Answer(Answer),
    Unchanged,
    /// It may have been done, or not.
    Doubtful(ForgeError),
}

impl Client {
    /// A client. Wants a runtime.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(options: Options<'_>) -> Result<Self> {
        let Options { address, credential, writes, limits, time, cache, state, listener } = options;
        let http = transport::http_client(&address)?;
        let identity = credential.identity();
        let transport = match &credential {
            Credential::Token(token) => Transport::of_token(&http, &address, token)?,
            Credential::Anonymous | Credential::App(_) => Transport::new(&http, &address, None)?,
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
            renewal: Mutex::new(0.0),
            is_anonymous,
            writes,
            time,
            governor: Mutex::new(Governor::new(limits)),
            creations: Mutex::new(Creations::new(state, &host, &identity)),
            reads: Semaphore::new(limits.reads_at_once.max(1)),
            writing: AsyncMutex::new(()),
            cache: Cache::new(cache, &host, &identity),
            account: listener.map_or_else(Account::default, Account::heard_by),
            address,
        })))
    }

    /// Where the forge is.
    #[must_use]
    pub fn address(&self) -> &ForgeAddress {
        &self.0.address
    }

    /// Whether nobody in particular asks.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.0.is_anonymous
    }

    /// The account that is kept.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.0.account
    }

    /// What the run has cost so far.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.0.account.totals()
    }

    /// The time in which it waits.
    #[must_use]
    pub fn time(&self) -> &Time {
        &self.0.time
    }

    /// What may be written to.
    #[must_use]
    pub fn writes(&self) -> &Writes {
        &self.0.writes
    }

    /// A repository has another name than it was asked for by.
    pub(in crate::forge) fn renamed(&self, from: &RepositoryName, to: &RepositoryName) {
        self.0.account.renamed(from.to_string(), Some(to.to_string()));
    }

    /// What is kept of earlier runs.
    pub(in crate::forge) fn cache(&self) -> &Cache {
        &self.0.cache
    }

    /// Asks for something, and reads it.
    ///
    /// # Errors
    /// When it is not there, may not be seen, or cannot be understood.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ForgeError> {
        let request = self.rest(http::Method::GET, path, None, Cost::READ);
        let body = self.read(&request).await?;
        self.parsed(&request, &body)
    }

    /// The same, or `None` when it is not there or may not be seen.
    ///
    /// # Errors
    /// When it cannot be asked for or understood.
    pub async fn find<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, ForgeError> {
        match self.get(path).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What a header of the answer says, when it has that header: some things are told nowhere else.
    ///
    /// # Errors
    /// As of [`Client::get`].
    pub(in crate::forge) async fn header(
        &self,
        path: &str,
        name: &str,
    ) -> Result<Option<String>, ForgeError> {
        let request = self.rest(http::Method::GET, path, None, Cost::READ);
        match self.send(&request, None).await? {
            Sent::Answer(answer) => Ok(answer.header(name).map(str::to_owned)),
            Sent::Unchanged => Ok(None),
            Sent::Doubtful(error) => Err(error),
        }
    }

    /// Everything that a listing of many pages holds, at most so many entries. `key` names the list in
    /// answers that wrap it; pages are numbered.
    ///
    /// # Errors
    /// As of [`Client::get`].
    pub async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        key: Option<&str>,
        at_most: usize,
    ) -> Result<Vec<T>, ForgeError> {
        // The forge's longest page; a shorter one where less is wanted, since entries can be large.
        let size = at_most.clamp(1, 100);
        let sign = if path.contains('?') { '&' } else { '?' };
        let mut found = Vec::new();
        for page in 1.. {
            let path = format!("{path}{sign}per_page={size}&page={page}");
            let mut value: Value = self.get(&path).await?;
            let list = match key {
                Some(key) => value.get_mut(key).map(Value::take).unwrap_or_default(),
                None => value,
            };
            let request = self.rest(http::Method::GET, &path, None, Cost::READ);
            let entries: Vec<T> = serde_json::from_value(list).map_err(|e| unread(&request, &e))?;
            let count = entries.len();
            found.extend(entries);
            if count < size || found.len() >= at_most {
                break;
            }
        }
        found.truncate(at_most);
        Ok(found)
    }

    /// Sends a document that changes nothing; what could be had of it.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn query(
        &self,
        name: &str,
        text: &str,
        variables: &Value,
    ) -> Result<Data, ForgeError> {
        let request = self.document(
            name,
            text,
            variables,
            Cost { budget: governor::Budget::Graphql, ..Cost::READ },
        );
        let body = self.read(&request).await?;
        Data::read(&body, &request.label)
    }

    /// The same, without asking again and again when the forge is in trouble: for documents that can be
    /// made smaller.
    ///
    /// # Errors
    /// As of [`Client::query`].
    pub(in crate::forge) async fn query_once(
        &self,
        name: &str,
        text: &str,
        variables: &Value,
    ) -> Result<Data, ForgeError> {
        let cost = Cost { budget: governor::Budget::Graphql, ..Cost::READ };
        let mut request = self.document(name, text, variables, cost);
        request.attempts = Some(1);
        let body = self.read(&request).await?;
        Data::read(&body, &request.label)
    }

    /// Writes to a repository: checks that it may, sends it, and looks it up when the answer was lost.
    ///
    /// `look_up` says what is there if the write was done already, and `None` if it was not.
    ///
    /// # Errors
    /// When it may not be written, is refused, or nobody can say whether it was done.
    pub(in crate::forge) async fn write<T, L>(
        &self,
        repository: &RepositoryName,
        request: Request,
        look_up: L,
    ) -> Result<T, ForgeError>
    where
        T: DeserializeOwned,
        L: AsyncFn() -> Result<Option<T>, ForgeError>,
    {
        self.0.writes.check(repository, &request.label)?;
        let _turn = self.0.writing.lock().await;
        let attempts = self.limits().attempts.max(1);
        let mut last = None;
        for attempt in 0..attempts {
            match self.send(&request, None).await? {
                Sent::Answer(answer) => {
                    let empty = answer.body.iter().all(u8::is_ascii_whitespace);
                    let body: &[u8] = if empty { b"null" } else { &answer.body };
                    return self.parsed(&request, body);
                }
                Sent::Unchanged => {}
                Sent::Doubtful(error) => last = Some(error),
            }
            self.pause(attempt, "the forge did not say whether it was done").await;
            if let Some(done) = look_up().await? {
                return Ok(done);
            }
        }
        Err(last.unwrap_or_else(|| {
            ForgeError::new(ForgeErrorKind::Unavailable, &request.label, "it did not answer")
        }))
    }

    /// Sends a document that changes a repository: fields at the root that could be had, and errors.
    ///
    /// `look_up` as of [`Client::write`], with what the document would have answered.
    ///
    /// # Errors
    /// As of [`Client::write`].
    pub(in crate::forge) async fn mutate<L>(
        &self,
        repository: &RepositoryName,
        request: Request,
        look_up: L,
    ) -> Result<Data, ForgeError>
    where
        L: AsyncFn() -> Result<Option<Value>, ForgeError>,
    {
        let label = request.label.clone();
        let whole = async || Ok(look_up().await?.map(|data| serde_json::json!({ "data": data })));
        let answer: Value = self.write(repository, request, whole).await?;
        let body = serde_json::to_vec(&answer).unwrap_or_default();
        Data::read(&body, &label)
    }

    /// A request of REST; `path` is as the documentation writes it.
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
            attempts: None,
        }
    }

    /// A request of GraphQL.
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
            attempts: None,
        }
    }

    /// Sends a read until it is answered; the body.
    async fn read(&self, request: &Request) -> Result<Vec<u8>, ForgeError> {
        let _seat = self.0.reads.acquire().await.map_err(|_| {
            ForgeError::new(ForgeErrorKind::Unavailable, &request.label, "the run is ending")
        })?;
        let kept = if request.is_document { None } else { self.0.cache.answer(&request.path) };
        let attempts = request.attempts.unwrap_or_else(|| self.limits().attempts).max(1);
        let mut last = None;
        for attempt in 0..attempts {
            match self.send(request, kept.as_ref()).await? {
                Sent::Answer(answer) => {
                    if let Some(etag) = answer.header("etag").filter(|_| !request.is_document) {
                        self.0.cache.keep_answer(&request.path, etag, &answer.body);
                    }
                    return Ok(answer.body);
                }
                Sent::Unchanged => {
                    if let Some(kept) = kept {
                        return Ok(kept.body);
                    }
                }
                Sent::Doubtful(error) => last = Some(error),
            }
            if attempt + 1 < attempts {
                self.pause(attempt, "the forge did not answer").await;
            }
        }
        Err(last.unwrap_or_else(|| {
            ForgeError::new(
                ForgeErrorKind::Unintelligible,
                &request.label,
                "nothing was at hand that could be unchanged",
            )
        }))
    }

    fn parsed<T: DeserializeOwned>(&self, request: &Request, body: &[u8]) -> Result<T, ForgeError> {
        serde_json::from_slice(body).map_err(|error| unread(request, &error))
    }

    pub(in crate::forge) fn limits(&self) -> Limits {
        self.with_governor(|governor| *governor.limits())
    }

    fn with_governor<T>(&self, act: impl FnOnce(&mut Governor) -> T) -> T {
        act(&mut self.0.governor.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn unread(request: &Request, error: &serde_json::Error) -> ForgeError {
    let said = format!("its answer cannot be understood: {error}");
    ForgeError::new(ForgeErrorKind::Unintelligible, &request.label, said)
}
