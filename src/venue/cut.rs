//! A listener whose connections can be cut after any byte of a request or of an answer, and can say an answer twice.

use super::mischief::Cut;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// The most that is said a second time.
const MOST_AGAIN: usize = 1 << 20;

/// What a connection may still do.
#[derive(Debug, Clone)]
pub(super) struct Budget(Arc<Limits>);

#[derive(Debug)]
struct Limits {
    /// Bytes that may still be read, and written.
    reads: AtomicU64,
    writes: AtomicU64,
    /// Whether what is written next is written twice.
    double: AtomicBool,
}

impl Budget {
    fn new(cut: Option<Cut>) -> Self {
        let (reads, writes) = match cut {
            Some(Cut::In(bytes)) => (bytes, u64::MAX),
            Some(Cut::Out(bytes)) => (u64::MAX, bytes),
            None => (u64::MAX, u64::MAX),
        };
        let (reads, writes) = (AtomicU64::new(reads), AtomicU64::new(writes));
        Self(Arc::new(Limits { reads, writes, double: AtomicBool::new(false) }))
    }

    /// Lets so many more bytes out, then cuts.
    pub(super) fn cut_after(&self, bytes: u64) {
        self.0.writes.store(bytes, Ordering::SeqCst);
    }

    /// Cuts nothing any more.
    pub(super) fn spare(&self) {
        self.0.reads.store(u64::MAX, Ordering::SeqCst);
        self.0.writes.store(u64::MAX, Ordering::SeqCst);
    }

    /// Says the next answer twice.
    pub(super) fn double(&self) {
        self.0.double.store(true, Ordering::SeqCst);
    }
}

fn spend(left: &AtomicU64, bytes: usize) {
    let had = left.load(Ordering::SeqCst);
    if had != u64::MAX {
        left.fetch_sub(u64::try_from(bytes).unwrap_or(had).min(had), Ordering::SeqCst);
    }
}

fn cut() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionReset)
}

/// A TCP listener that hands out such connections.
#[derive(Debug)]
pub(super) struct CutListener {
    pub(super) listener: TcpListener,
    /// Which connections are cut, by their number.
    pub(super) script: BTreeMap<u64, Cut>,
    pub(super) accepted: u64,
}

/// A connection with a budget.
#[derive(Debug)]
pub(super) struct CutStream {
    stream: TcpStream,
    budget: Budget,
    /// What is to be said again.
    again: Vec<u8>,
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
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    let undelayed = stream.set_nodelay(true).is_ok();
                    tracing::trace!(undelayed, "a connection");
                    self.accepted += 1;
                    let budget = Budget::new(self.script.get(&self.accepted).copied());
                    let stream = CutStream { stream, budget: budget.clone(), again: Vec::new() };
                    return (stream, (Some(address), budget));
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
        Ok((Some(self.listener.local_addr()?), Budget::new(None)))
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
        let left = self.budget.0.reads.load(Ordering::SeqCst);
        if left == 0 {
            // Nor is anything said any more.
            self.budget.cut_after(0);
            return Poll::Ready(Err(cut()));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buf.remaining());
        let mut part = buf.take(most);
        std::task::ready!(Pin::new(&mut self.stream).poll_read(cx, &mut part))?;
        let read = part.filled().to_vec();
        buf.put_slice(&read);
        spend(&self.budget.0.reads, read.len());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for CutStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let left = self.budget.0.writes.load(Ordering::SeqCst);
        if left == 0 {
            return Poll::Ready(Err(cut()));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        let part = buf.get(..most).unwrap_or(buf);
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(cx, part))?;
        spend(&self.budget.0.writes, written);
        if self.budget.0.double.load(Ordering::SeqCst) && self.again.len() < MOST_AGAIN {
            let said = part.get(..written).unwrap_or_default();
            self.again.extend_from_slice(said);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.again.is_empty() {
            let again = std::mem::take(&mut self.again);
            match Pin::new(&mut self.stream).poll_write(cx, &again) {
                Poll::Ready(Ok(written)) => self.again = again.get(written..).unwrap_or_default().to_vec(),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.again = again;
                    return Poll::Pending;
                }
            }
            if self.again.is_empty() {
                self.budget.0.double.store(false, Ordering::SeqCst);
            }
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
