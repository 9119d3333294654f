//! What goes over the links between regions, counted where it goes: at the socket of the region that asks.
//!
//! A request between regions is counted once, by its asker, under what it is for (`kind`); its bytes are
//! those that the kernel took and gave, headers included, in both directions. So the sum over all regions is
//! the whole traffic, and nothing is in it twice. Whoever talks to another region opens its connection with
//! [`super::Connection::to_peer`]; local requests (health probes, `chirp condition`) are not counted.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::metrics::Registry;
use crate::names::RegionName;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    peer: String,
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BytesLabels {
    peer: String,
    direction: &'static str,
}

/// The counters of a region. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traffic {
    requests: Family<RequestLabels, Counter>,
    bytes: Family<BytesLabels, Counter>,
}

impl Traffic {
    /// Adds the counters to what is scraped.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "cross_region_requests",
            "Requests to other regions, by peer and what they are for",
            self.requests.clone(),
        );
        registry.register(
            "cross_region_bytes",
            "Bytes of connections to other regions, by peer and direction (sent, received)",
            self.bytes.clone(),
        );
    }

    /// The counters for one connection to `peer`, whose requests are all for the same thing.
    pub(crate) fn meter(&self, peer: &RegionName, kind: &'static str) -> Meter {
        let peer = peer.to_string();
        let bytes = |direction| self.bytes.get_or_create(&BytesLabels { peer: peer.clone(), direction }).clone();
        Meter {
            sent: bytes("sent"),
            received: bytes("received"),
            requests: self.requests.get_or_create(&RequestLabels { peer: peer.clone(), kind }).clone(),
        }
    }
}

/// Counts one connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    requests: Counter,
    sent: Counter,
    received: Counter,
}

impl Meter {
    /// A request goes out.
    pub(crate) fn count_request(&self) {
        self.requests.inc();
    }

    /// Bytes that did not go through a [`Metered`] stream.
    pub(crate) fn count_bytes(&self, sent: u64, received: u64) {
        self.sent.inc_by(sent);
        self.received.inc_by(received);
    }
}

/// A stream whose bytes are counted.
#[derive(Debug)]
pub(super) struct Metered<S> {
    stream: S,
    meter: Meter,
}

impl<S> Metered<S> {
    pub(super) fn new(stream: S, meter: Meter) -> Self {
        Self { stream, meter }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.meter.count_bytes(0, (buffer.filled().len() - before) as u64);
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(written)) = &polled {
            self.meter.count_bytes(*written as u64, 0);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn every_byte_is_counted_in_its_direction_and_kinds_of_one_peer_share_them() {
        let (traffic, peer) = (Traffic::default(), RegionName::parse("us").unwrap());
        let (ours, mut theirs) = tokio::io::duplex(64);
        let mut ours = Metered::new(ours, traffic.meter(&peer, "log"));
        ours.write_all(b"hello").await.unwrap();
        theirs.write_all(b"welcome").await.unwrap();
        ours.read_exact(&mut [0; 7]).await.unwrap();
        let other = traffic.meter(&peer, "copies");
        other.count_bytes(1, 2);
        other.count_request();
        let mut registry = Registry::with_prefix("chirp");
        traffic.register(&mut registry);
        let text = registry.text();
        for line in [
            "cross_region_bytes_total{peer=\"us\",direction=\"sent\"} 6",
            "cross_region_bytes_total{peer=\"us\",direction=\"received\"} 9",
            "cross_region_requests_total{peer=\"us\",kind=\"log\"} 0",
            "cross_region_requests_total{peer=\"us\",kind=\"copies\"} 1",
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
    }
}
