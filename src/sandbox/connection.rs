//! Connections that can be cut, before a response or in the middle of one.
//!
//! HTTP cannot express a reset, so it happens below: each accepted stream shares a [`Cut`] with the
//! request answered on it, and obeys it when the response is written.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::edge::network::is_of_another_user;

/// Nothing is cut.
const WHOLE: usize = usize::MAX;

/// Where the response on a connection is cut off.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    wanted: Arc<AtomicUsize>,
    /// Whether the peer is another user of this machine, which gets no response.
    pub(super) is_of_another_user: bool,
}

impl Default for Cut {
    fn default() -> Self {
        Self { wanted: Arc::new(AtomicUsize::new(WHOLE)), is_of_another_user: false }
    }
}

impl Cut {
    /// Resets the connection instead of responding.
    pub(super) fn reset(&self) {
        self.wanted.store(0, Ordering::SeqCst);
    }

    /// Ends the connection after the head of the response and this many bytes of its body.
    pub(super) fn truncate(&self, body_bytes: usize) {
        self.wanted.store(body_bytes.saturating_add(1).min(WHOLE - 1), Ordering::SeqCst);
    }

    fn wanted(&self) -> Option<usize> {
        Some(self.wanted.load(Ordering::SeqCst)).filter(|wanted| *wanted != WHOLE)
    }
}

/// A loopback listener whose streams can be cut.
#[derive(Debug)]
pub(super) struct Loopback(pub(super) TcpListener);

/// A stream and how to cut it.
#[derive(Debug)]
pub(super) struct Stream {
    inner: TcpStream,
    cut: Cut,
    /// The bytes of the truncated body still to be written, once the head is out.
    left: Option<usize>,
}

impl Listener for Loopback {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        let (inner, address) = Listener::accept(&mut self.0).await;
        // Send small responses at once instead of waiting for more data.
        let _ = inner.set_nodelay(true);
        let here = inner.local_addr().ok();
        let is_of_another_user = here.is_some_and(|here| is_of_another_user(address, here));
        let cut = Cut { is_of_another_user, ..Cut::default() };
        (Stream { inner, cut, left: None }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Loopback>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Loopback>) -> Self {
        stream.io().cut.clone()
    }
}

impl Stream {
    /// Returns how much of `bytes` may be written, or an error once nothing may.
    fn permitted(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(wanted) = self.cut.wanted() else { return Ok(bytes.len()) };
        let ended = || io::Error::new(io::ErrorKind::ConnectionReset, "the connection is cut");
        if wanted == 0 {
            // Closing without lingering sends RST, which is a reset.
            let _ = self.inner.set_zero_linger();
            return Err(ended());
        }
        match self.left {
            Some(0) => Err(ended()),
            Some(left) => Ok(left.min(bytes.len())),
            None => {
                let head = bytes.windows(4).position(|window| window == b"\r\n\r\n");
                let Some(head) = head else { return Ok(bytes.len()) };
                let whole = head + 4 + (wanted - 1);
                self.left = Some(whole);
                Ok(whole.min(bytes.len()))
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let permitted = match self.permitted(bytes) {
            Ok(permitted) => permitted,
            Err(error) => return Poll::Ready(Err(error)),
        };
        let bytes = bytes.get(..permitted).unwrap_or(bytes);
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        if let (Poll::Ready(Ok(count)), Some(left)) = (&written, &mut self.left) {
            *left = left.saturating_sub(*count);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
