//! A listener whose connections can be cut after any byte of an answer.

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// How many bytes a connection may still send.
#[derive(Debug, Clone)]
pub(super) struct Budget(Arc<AtomicU64>);

impl Budget {
    fn unlimited() -> Self {
        Self(Arc::new(AtomicU64::new(u64::MAX)))
    }

    /// Lets so many more bytes out, then cuts.
    pub(super) fn cut_after(&self, bytes: u64) {
        self.0.store(bytes, Ordering::SeqCst);
    }
}

/// A TCP listener that hands out such connections.
#[derive(Debug)]
pub(super) struct CutListener(pub(super) TcpListener);

/// A connection with a budget.
#[derive(Debug)]
pub(super) struct CutStream {
    stream: TcpStream,
    budget: Budget,
}

/// Who connected, and the budget of the connection.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) budget: Budget,
}

impl Listener for CutListener {
    type Io = CutStream;
    type Addr = (Option<SocketAddr>, Budget);

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            match self.0.accept().await {
                Ok((stream, address)) => {
                    let undelayed = stream.set_nodelay(true).is_ok();
                    tracing::trace!(undelayed, "a connection");
                    let budget = Budget::unlimited();
                    return (CutStream { stream, budget: budget.clone() }, (Some(address), budget));
                }
                // No more descriptors, say: the next may do.
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok((Some(self.0.local_addr()?), Budget::unlimited()))
    }
}

impl Connected<IncomingStream<'_, CutListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, CutListener>) -> Self {
        Self { budget: stream.remote_addr().1.clone() }
    }
}

impl AsyncRead for CutStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for CutStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let left = self.budget.0.load(Ordering::SeqCst);
        if left == 0 {
            return Poll::Ready(Err(io::Error::from(io::ErrorKind::ConnectionReset)));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        let part = buf.get(..most).unwrap_or(buf);
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(cx, part))?;
        if left != u64::MAX {
            self.budget.0.fetch_sub(u64::try_from(written).unwrap_or(left).min(left), Ordering::SeqCst);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
