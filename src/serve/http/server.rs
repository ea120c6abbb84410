//! The server: its listener, its connections, and its shutdown.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::service::Service as _;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use super::app::App;
use super::metrics::Event;
use super::seats::Seats;
use super::stream::Patient;
use super::{background, routes};
use crate::error::{Error, Result};
use crate::serve::Teller;
use crate::serve::facts::Facts;
use crate::serve::options::{HEAD_BYTES, HEADERS, OLDEST_CONNECTION, Options};
use crate::serve::refresh::Refresher;

/// The remote address of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// A server that is bound to its port. It answers once it runs.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: Arc<App>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Server {
    /// Binds the port and reads the members of the fleet.
    ///
    /// # Errors
    /// When the options would admit strangers, the port is taken, fleet.yaml cannot be read, or another server accepts
    /// this fleet's deliveries.
    pub async fn bind(
        options: Options,
        facts: Arc<dyn Facts>,
        refresher: Option<Arc<dyn Refresher>>,
        tell: Teller,
    ) -> Result<Self> {
        options.check()?;
        let failed = |cause: std::io::Error| {
            Error::failed(format!("cannot listen on {}", options.listen))
                .caused_by(cause)
                .hint("choose another address with --listen; port 0 chooses a free one")
        };
        let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let members = facts.members()?;
        let app = App::new(options, address, facts, refresher, tell)?;
        app.learn(|known| known.members = Some(Arc::new(members)));
        Ok(Self { listener, address, app: Arc::new(app) })
    }

    /// The server's address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves until `ending` completes, then waits for running work to finish.
    ///
    /// # Errors
    /// When its threads cannot be started.
    pub async fn run(self, ending: impl Future<Output = ()>) -> Result<()> {
        let Self { listener, app, .. } = self;
        let mut background = background::begin(&app)?;
        let router = routes::router(&app);
        let limits = app.options.limits;
        let slots = Arc::new(Semaphore::new(limits.connections));
        let seats = Seats::new(limits.connections.div_ceil(2));
        let (ends, ended) = watch::channel(false);
        tokio::pin!(ending);
        loop {
            let slot = tokio::select! {
                slot = Arc::clone(&slots).acquire_owned() => slot,
                () = &mut ending => break,
            };
            // The semaphore is never closed.
            let Ok(slot) = slot else { break };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut ending => break,
            };
            let Ok((stream, peer)) = accepted else {
                // For example out of file descriptors; connections that end make room.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let Some(seat) = seats.take(peer.ip()) else {
                app.metrics.count(Event::Refused, "too many connections of one address");
                continue;
            };
            let (app, router, ended) = (Arc::clone(&app), router.clone(), ended.clone());
            tokio::spawn(async move {
                let _counted = (app.metrics.connection(), seat);
                converse(stream, peer, router, limits.patience, ended).await;
                drop(slot);
            });
        }
        drop(listener);
        app.ending.store(true, Ordering::Relaxed);
        // There may be no connections left.
        let _ = ends.send(true);
        let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
        let everybody = async {
            let _ = slots.acquire_many(all).await;
            background.finished(&app).await;
            if let Some(refreshing) = &app.refreshing {
                refreshing.idle().await;
            }
        };
        if tokio::time::timeout(limits.grace, everybody).await.is_err() {
            (app.tell)("what is still running is abandoned");
        }
        background.end(&app);
        Ok(())
    }
}

/// Serves a connection until either side closes it.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    patience: Duration,
    mut ended: watch::Receiver<bool>,
) {
    let service = TowerToHyperService::new(router);
    let service =
        hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            let answered = service.call(request);
            async move { answered.await.map_err(|never: Infallible| never) }
        });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_headers(HEADERS)
        .max_header_size(HEAD_BYTES)
        .max_buf_size(HEAD_BYTES);
    let connection =
        builder.serve_connection(TokioIo::new(Patient::new(stream, patience)), service);
    tokio::pin!(connection);
    let too_old = tokio::time::sleep(OLDEST_CONNECTION);
    tokio::pin!(too_old);
    let mut is_ending = false;
    loop {
        tokio::select! {
            // A client that disconnects is not an error.
            _ = connection.as_mut() => return,
            _ = ended.wait_for(|ended| *ended), if !is_ending => {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
            () = &mut too_old, if !is_ending => {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
