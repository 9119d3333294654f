//! NATS JetStream as the log that regions read: `[replication] transport = "nats"`.
//!
//! ```text
//!   eu: writer ─▶ redb log ─▶ publisher ─▶ nats-server of eu, stream LOG, on disk
//!                                              │ link
//!   us: redb, cursor ◀─ writer ◀─ reader ◀─────┘
//! ```
//!
//! **Who is right.** The log in redb. The stream is a copy of it that only the publisher of the same region
//! writes, so it may be lost, cut or behind without anything being lost: the publisher looks where the stream
//! ends and goes on from there. A reader's cursor is in redb, in the transaction that applied what it covers,
//! as it is with pulling; the server keeps nothing about readers that must survive.
//!
//! **Messages.** A message is a part of the log, the same JSON that `GET /peer/log` answers: from, to, entries.
//! Its headers say which log and up to which number ([`place`]). Parts follow each other without gaps, and a
//! part is applied only as far as it is new here. So whatever is delivered twice, or published twice, is
//! harmless, and what lacks is seen: it is fetched by `GET /peer/log` then, like every copy.
//!
//! **Once.** A message carries the number that the stream must end with (`Nats-Expected-Last-Sequence`), so a
//! message whose acknowledgement was lost cannot get in a second time and none can overtake another; the
//! message id tells the server's own de-duplication the same.
//!
//! **Who watches.** Nothing is left to the client library's own reconnecting, nor to streams that servers
//! source from each other (such links have stayed down for hours, nats-server #7615; and sourcing waits 30 s
//! and more after a restart, #6454). A reader that hears nothing within its limit throws its connection away
//! and makes a new one; the server is a child that is started again when it ends.
//!
//! **What it does not do.** A peer does not confirm what it has on disk, so `durability` is `local`. With the
//! server of a region down, the others read its log by anti-entropy (`copies.rs`), at its pace.

mod link;
mod metrics;
mod place;
mod publisher;
mod reader;
mod server;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use super::Region;
use crate::config::{Config, RegionConfig};
use crate::error::Error;
use crate::names::RegionName;

pub(super) use metrics::NatsMetrics;

/// What a region has to know of the servers.
#[derive(Debug)]
pub(super) struct Nats {
    /// The program.
    server: PathBuf,
    /// Where the own one keeps its files.
    directory: PathBuf,
    /// Where the own one listens.
    address: SocketAddr,
    /// How much the own stream keeps, in bytes.
    keep_bytes: u64,
    /// Where the others' are reached.
    peers: BTreeMap<RegionName, SocketAddr>,
}

/// What the configuration says; none if regions pull.
pub(super) fn open(config: &Config, own: &RegionConfig) -> Result<Option<Nats>, Error> {
    let Some(choice) = &config.nats else { return Ok(None) };
    if !choice.server.is_file() {
        return Err(Error::NoNatsServer(choice.server.clone()));
    }
    Ok(Some(Nats {
        server: choice.server.clone(),
        directory: own.data.join("nats"),
        address: choice.address(own),
        keep_bytes: choice.keep_bytes,
        peers: choice.links(own, &config.regions),
    }))
}

/// Runs the server and what fills its stream, until the region stops.
pub(super) async fn run_own(region: Arc<Region>) {
    if let Some(nats) = &region.nats {
        tokio::join!(server::run(&region, nats), publisher::run(&region, nats));
    }
}

/// Reads the stream of a peer until the region stops.
pub(super) async fn read(region: Arc<Region>, peer: RegionName) {
    if let Some(address) = region.nats.as_ref().and_then(|nats| nats.peers.get(&peer)) {
        reader::run(&region, &peer, *address).await;
    }
}
