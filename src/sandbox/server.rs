//! The server: its thread, its connections, and the dispatch of requests.

mod answer;
mod disturb;
mod incoming;
mod metadata;
mod target;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::Options;
use super::clock::Clock;
use super::connection::{Cut, Loopback};
use super::control;
use super::refusal::Refusal;
use super::reply::Reply;
use super::world::World;
use crate::edge::private_files;
use crate::error::{Error, Result};
pub(super) use incoming::{Authorization, Incoming};
pub(super) use target::titles;

/// The largest body that is read, in bytes: a blob of 100 MB in Base64, and a little more.
pub(super) const MAX_BODY: usize = 140 * 1024 * 1024;

/// The state shared by all requests.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) world: Arc<Mutex<World>>,
    pub(super) clock: Clock,
    /// The number of requests being answered.
    concurrent: Arc<AtomicUsize>,
    address: SocketAddr,
}

impl Shared {
    /// Gives exclusive access to the world. A panic in a route leaves it as it was at that moment,
    /// like a crash of one of GitHub's processes leaves its database.
    pub(super) fn with<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Starts servers.
#[derive(Debug)]
pub struct Server;

/// A running server, which ends when it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    tokens: Vec<(String, String)>,
    /// The tokens of the index: for uploads, and for a job to request its identity.
    index: (String, String),
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// The temporary directory, which is removed when the server ends.
    _temporary: Option<tempfile::TempDir>,
}

impl Server {
    /// Fills a world from the seed, and serves it on a thread of its own.
    ///
    /// # Errors
    /// When the directory or the port cannot be used, and everything that is wrong with the seed.
    pub fn start(options: Options) -> Result<Running, Vec<Error>> {
        let Options { data, git, port, pace, start, seed, seed_folder } = options;
        let (folder, temporary) = match data {
            Some(folder) => (folder, None),
            None => {
                let made = private_files::temporary_folder("shipshape-sandbox-");
                let made = made.map_err(|error| {
                    vec![Error::failed("cannot make a temporary folder").caused_by(error)]
                })?;
                (made.path().to_owned(), Some(made))
            }
        };
        prepare(&folder)?;
        let clock = Clock::new(pace, start);
        let mut world = World::new(&folder, clock.now());
        world.git = git;
        super::seed::apply(&mut world, &seed, &seed_folder)?;
        let tokens = world.tokens.iter().map(|token| (token.name.clone(), token.secret.clone()));
        let tokens = tokens.collect();
        let index = world.index.secrets();
        let (listener, address) = listen(port)?;
        let shared = Shared {
            world: Arc::new(Mutex::new(world)),
            clock,
            concurrent: Arc::new(AtomicUsize::new(0)),
            address,
        };
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || serve(listener, shared, stopped))
            .map_err(|error| vec![Error::failed("cannot start a thread").caused_by(error)])?;
        let (stop, thread) = (Some(stop), Some(thread));
        Ok(Running { address, tokens, index, stop, thread, _temporary: temporary })
    }
}

impl Running {
    /// Returns the base URL, which is the value for `SHIPSHAPE_FORGE`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the secret of a token, by name.
    #[must_use]
    pub fn token(&self, name: &str) -> Option<&str> {
        let found = self.tokens.iter().find(|(known, _)| known == name);
        found.map(|(_, secret)| secret.as_str())
    }

    /// Returns the names and secrets of its tokens, in the seed's order.
    pub fn tokens(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tokens.iter().map(|(name, secret)| (name.as_str(), secret.as_str()))
    }

    /// Returns the environment variables for its package index: the URLs for reading and uploading,
    /// and the password.
    #[must_use]
    pub fn index_variables(&self) -> [(&'static str, String); 3] {
        let url = self.url();
        [
            ("SHIPSHAPE_INDEX_URL", format!("{url}/_index/simple/")),
            ("SHIPSHAPE_UPLOAD_URL", format!("{url}/_index/legacy/")),
            ("SHIPSHAPE_UPLOAD_PASSWORD", self.index.0.clone()),
        ]
    }

    /// Returns the environment variables of a job that may request its identity, as set by GitHub
    /// Actions.
    #[must_use]
    pub fn job_variables(&self) -> [(&'static str, String); 2] {
        let url = self.url();
        [
            ("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{url}/_oidc/token?api-version=2.0")),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", self.index.1.clone()),
        ]
    }

    /// Stops the server and waits until it has ended.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The server may already have ended by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

fn prepare(folder: &Path) -> Result<(), Vec<Error>> {
    let failed = |error: std::io::Error| {
        vec![Error::failed("cannot use this folder").in_file(folder).caused_by(error)]
    };
    // The content may be private.
    private_files::folder(folder).map_err(failed)?;
    if std::fs::read_dir(folder).map_err(failed)?.next().is_some() {
        let error = Error::usage("this folder is not empty").in_file(folder);
        let error = error.hint("name a new or an empty folder: the sandbox fills it");
        return Err(vec![match left_behind(folder) {
            Some((name, git)) => error.hint(format!(
                "to continue with what a sandbox left here, name its repositories in a seed: `repositories: [{{name: \
                 {name}, from: {}}}]`",
                git.display()
            )),
            None => error,
        }]);
    }
    Ok(())
}

/// Returns the name and bare directory of the first repository that an earlier sandbox left in a
/// directory.
fn left_behind(folder: &Path) -> Option<(String, PathBuf)> {
    let folder = std::path::absolute(folder).ok()?;
    let sorted = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    sorted(&folder).iter().find_map(|owner| {
        sorted(owner).into_iter().find_map(|git| {
            let name = git.file_name()?.to_str()?.strip_suffix(".git")?;
            let (name, number) = name.rsplit_once('-')?;
            let is_number = !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit());
            let full = format!("{}/{name}", owner.file_name()?.to_str()?);
            (is_number && git.is_dir()).then_some((full, git))
        })
    })
}

fn listen(port: u16) -> Result<(std::net::TcpListener, SocketAddr), Vec<Error>> {
    let failed = |error: std::io::Error| {
        let message = format!("cannot listen on 127.0.0.1:{port}");
        vec![Error::failed(message).caused_by(error).hint("choose another port with `--port`")]
    };
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

fn serve(listener: std::net::TcpListener, shared: Shared, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    // Without a runtime there are no responses, which clients will notice.
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async move {
        let Ok(listener) = TcpListener::from_std(listener) else { return };
        let service = Router::new()
            .fallback(handle)
            .with_state(shared)
            .into_make_service_with_connect_info::<Cut>();
        tokio::select! {
            _ = axum::serve(Loopback(listener), service) => {}
            _ = stopped => {}
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
}

async fn handle(
    State(shared): State<Shared>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    if cut.is_of_another_user {
        // Its tokens can be guessed, and its control interface has none.
        let refusal = Refusal::forbidden("this server answers only the user who started it");
        return response(&refusal.reply());
    }
    let busy = shared.clock.busy();
    let concurrent = shared.concurrent.fetch_add(1, Ordering::SeqCst) + 1;
    let _done = Counted(shared.concurrent.clone());
    let (head, body) = request.into_parts();
    let announced = head.headers.get("content-length").and_then(|value| value.to_str().ok());
    let announced = announced.and_then(|length| length.parse::<usize>().ok());
    let too_large = || response(&Refusal::new(413, "Payload too large").reply());
    if announced.is_some_and(|length| length > MAX_BODY) {
        return too_large();
    }
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else { return too_large() };
    let Some(incoming) = Incoming::read(&head, body.to_vec(), shared.address) else {
        let refusal = Refusal::forbidden("this server answers on the loopback interface only");
        return response(&refusal.reply());
    };
    if incoming.path.starts_with("/_sandbox/") {
        drop(busy);
        return response(&control::answer(&shared, &incoming).await);
    }
    let visitor = visitor(&incoming);
    let now = shared.clock.now();
    let blocking = shared.clone();
    let answered = tokio::task::spawn_blocking(move || {
        let mut answered = blocking.with(|world| answer::answer(world, &incoming, concurrent, now));
        answered.read(&blocking);
        answered
    });
    let Ok(answered) = answered.await else {
        return response(&Refusal::new(500, "Server Error").reply());
    };
    if let Some(delay) = answered.delay {
        tokio::time::sleep(delay).await;
    }
    if answered.reset {
        cut.reset();
    }
    if let Some(bytes) = answered.truncate {
        cut.truncate(bytes);
    }
    drop(busy);
    match visitor.filter(|_| answered.reply.status == 404) {
        Some(base) => response(&no_page(&base)),
        None => response(&answered.reply),
    }
}

/// Returns the base URL for a person's browser that requests a page of the forge, which does not
/// exist here. Programs also request pages of the index, but prefer other forms of them.
fn visitor(incoming: &Incoming) -> Option<String> {
    let is_page = !incoming.path.starts_with("/_") && !incoming.path.starts_with("/api/");
    let wants_page = incoming.method == "GET" && incoming.accept.starts_with("text/html");
    (is_page && wants_page).then(|| incoming.base.clone())
}

/// Builds the text shown in place of a page that GitHub would have.
fn no_page(base: &str) -> Reply {
    let text = format!(
        "This is a sandbox of shipshape: a forge for programs, without pages.\n\n\
         everything that is there  {base}/_sandbox/state\n\
         what was asked of it      {base}/_sandbox/requests\n\
         its package index         {base}/_index/simple/\n\
         a clone                   git clone {base}/OWNER/NAME.git\n"
    );
    let body = super::reply::Body::Bytes(text.into_bytes(), "text/plain; charset=utf-8");
    Reply { status: 404, headers: Vec::new(), body }
}

/// Decrements the number of requests on drop, even if the client has gone away.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn response(reply: &Reply) -> Response {
    let (bytes, kind) = reply.bytes();
    let mut builder = Response::builder().status(reply.status);
    if !kind.is_empty() {
        builder = builder.header("content-type", kind);
    }
    for (name, value) in &reply.headers {
        builder = builder.header(*name, value.as_str());
    }
    // An invalid header is a bug of ours.
    builder.body(Body::from(bytes)).unwrap_or_else(|_| Response::new(Body::from("Server Error")))
}
