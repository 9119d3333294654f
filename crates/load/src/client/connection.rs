//! An open connection: plain or over TLS, and how long it is kept.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;
use wan::ShapedStream;

/// An open connection.
#[derive(Debug)]
pub(super) struct Connection {
    transport: Transport,
    host: u32,
    region: Option<u32>,
    pub(super) address: SocketAddr,
    /// When to look up whether a new one would lead elsewhere.
    pub(super) confirm_at: Instant,
    /// Answers it gave.
    pub(super) served: u32,
}

/// Plain or over TLS. TLS keeps its keys and buffers for as long as the connection lives, in memory of their own.
#[derive(Debug)]
pub(super) enum Transport {
    Plain(ShapedStream<TcpStream>),
    Tls(Box<TlsStream<ShapedStream<TcpStream>>>),
}

impl Connection {
    pub(super) fn new(
        transport: Transport,
        host: usize,
        region: Option<usize>,
        address: SocketAddr,
        confirm_at: Instant,
    ) -> Self {
        let (host, region) = (host as u32, region.map(|region| region as u32));
        Self { transport, host, region, address, confirm_at, served: 0 }
    }

    pub(super) fn host(&self) -> usize {
        self.host as usize
    }

    /// The region it leads to, if that is known.
    pub(super) fn region(&self) -> Option<usize> {
        self.region.map(|region| region as usize)
    }

    pub(super) fn poll_read(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Transport::Tls(stream) => Pin::new(&mut **stream).poll_read(context, buffer),
        }
    }

    pub(super) fn poll_write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Transport::Tls(stream) => Pin::new(&mut **stream).poll_write(context, bytes),
        }
    }

    pub(super) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_flush(context),
            Transport::Tls(stream) => Pin::new(&mut **stream).poll_flush(context),
        }
    }

    /// Whether anything came, an end, an error or bytes that nobody asked for: an idle connection that isn't silent is over.
    /// While it is silent, the task is woken when it stops being so.
    pub(super) fn poll_ended(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut byte = [0; 1];
        self.poll_read(context, &mut ReadBuf::new(&mut byte)).map(|_| ())
    }
}
