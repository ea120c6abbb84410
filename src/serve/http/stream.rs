//! A connection that is closed if the client stops reading, or reads too slowly.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// The bytes that a client must read per time limit. At this pace, a megabyte takes about ten minutes.
const PACE: usize = 16 << 10;

/// A stream, and how long it has been waiting for the client.
#[derive(Debug)]
pub(super) struct Patient {
    inner: TcpStream,
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    /// Bytes written since it stalled.
    taken: usize,
}

impl Patient {
    pub(super) fn new(inner: TcpStream, patience: Duration) -> Self {
        // Send small answers at once instead of collecting data (`TCP_NODELAY`).
        let _ = inner.set_nodelay(true);
        Self { inner, patience, stalled: None, taken: 0 }
    }

    /// Resets the time limit, when everything was written or enough progress was made.
    fn settle(&mut self) {
        self.stalled = None;
        self.taken = 0;
    }

    /// Counts written bytes, and fails once the client has taken too long.
    fn paced(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(count)) = &written {
            self.taken = self.taken.saturating_add(*count);
            if self.taken >= PACE {
                self.settle();
            }
        }
        self.judged(context, written)
    }

    /// Passes a result on, and fails once it has been pending for too long.
    fn judged<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            return written;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        if stalled.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the client takes nothing",
            )));
        }
        Poll::Pending
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.paced(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.paced(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(context);
        if flushed.is_ready() {
            self.settle();
        }
        self.judged(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ended = Pin::new(&mut self.inner).poll_shutdown(context);
        self.judged(context, ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a client that stalls, and takes so many bytes after its patience is over, is answered at the next stall.
    fn stalled_again(taken: usize, flushes: bool) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            let stream = TcpStream::connect(address).await.expect("it listens");
            let patience = Duration::from_millis(20);
            let mut patient = Patient::new(stream, patience);
            let waits = |patient: &mut Patient| {
                let mut context = Context::from_waker(std::task::Waker::noop());
                patient.paced(&mut context, Poll::Pending).is_ready()
            };
            assert!(!waits(&mut patient));
            tokio::time::sleep(3 * patience).await;
            let mut context = Context::from_waker(std::task::Waker::noop());
            assert!(patient.paced(&mut context, Poll::Ready(Ok(taken))).is_ready());
            if flushes {
                let flushed = Pin::new(&mut patient).poll_flush(&mut context);
                assert!(flushed.is_ready());
            }
            waits(&mut patient)
        })
    }

    #[test]
    fn a_client_that_takes_a_byte_now_and_then_is_cut() {
        assert!(stalled_again(1, false));
        assert!(!stalled_again(PACE, false));
        assert!(!stalled_again(1, true), "an answer that is over is none that stalls");
    }
}
