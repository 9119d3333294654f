//! Connections that are opened before a fault comes, to see what it does to those.
//!
//! Over a users' link they are shaped streams of this process with an echo in memory; between regions they are real ones, through
//! the relay to the region at the other end, which answers whatever it is asked.

use crate::{Environment, FaultError};
use futures_util::future::join_all;
use std::{io, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex},
    net::TcpStream,
    time::{Instant, timeout},
};
use wan::{LinkId, ShapedStream, StreamOptions, shaped::Probed};

const MEMORY_BYTES: usize = 1_024;
const ANSWER_BYTES: usize = 4_096;
const OPEN_WITHIN: Duration = Duration::from_secs(10);
const QUESTION: &[u8] = b"GET / HTTP/1.1\r\nhost: probe\r\n\r\n";

/// A connection that was open before.
pub(super) enum Canary {
    OfUser(ShapedStream<DuplexStream>, DuplexStream),
    OfPeer(TcpStream),
}

/// Opens so many over each of these links.
pub(super) async fn open_all(
    links: &[LinkId],
    count: u32,
    environment: &Environment,
) -> Result<Vec<(LinkId, Canary)>, FaultError> {
    let each = links.iter().flat_map(|id| (0..count).map(move |_| *id));
    let opening = each.map(|id| async move {
        let opened = timeout(OPEN_WITHIN, open(id, environment)).await.unwrap_or_else(|late| Err(late.into()));
        let failed =
            |error: io::Error| FaultError::Relay(format!("no connection over {id:?} could be opened: {error}"));
        opened.map(|canary| (id, canary)).map_err(failed)
    });
    join_all(opening).await.into_iter().collect()
}

async fn open(id: LinkId, environment: &Environment) -> io::Result<Canary> {
    match id {
        LinkId::User { .. } => {
            let (near, far) = duplex(MEMORY_BYTES);
            let link = environment.network.link(id);
            let stream = wan::shaped::connect(&link, StreamOptions::default(), async { Ok(near) }).await?;
            Ok(Canary::OfUser(stream, far))
        }
        LinkId::Peer { from, to } => {
            let address = environment.peer_addresses.get(&(from, to));
            let unknown = || io::Error::new(io::ErrorKind::NotFound, "no address is known");
            Ok(Canary::OfPeer(TcpStream::connect(address.ok_or_else(unknown)?).await?))
        }
    }
}

/// Asks them all; what became of each, by link.
pub(super) async fn ask_all(canaries: &mut [(LinkId, Canary)], within: Duration) -> Vec<(LinkId, Vec<Probed>)> {
    let asking = canaries.iter_mut().map(|(id, canary)| async move { (*id, canary.ask(within).await) });
    let mut by_link: Vec<(LinkId, Vec<Probed>)> = Vec::new();
    for (id, probed) in join_all(asking).await {
        match by_link.last_mut().filter(|(last, _)| *last == id) {
            Some((_, all)) => all.push(probed),
            None => by_link.push((id, vec![probed])),
        }
    }
    by_link
}

impl Canary {
    async fn ask(&mut self, within: Duration) -> Probed {
        let began = Instant::now();
        let asked = match self {
            Self::OfUser(near, far) => {
                let both = async {
                    tokio::select! {
                        answered = exchange(near) => answered,
                        never = echo(far) => never,
                    }
                };
                timeout(within, both).await
            }
            Self::OfPeer(stream) => timeout(within, exchange(stream)).await,
        };
        match asked {
            Ok(Ok(())) => Probed::Answered { connected: Duration::ZERO, answered: began.elapsed(), closed: None },
            Ok(Err(_)) => Probed::Reset,
            Err(_) => Probed::Silent,
        }
    }
}

async fn exchange(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    stream.write_all(QUESTION).await?;
    match stream.read(&mut [0; ANSWER_BYTES]).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

/// Sends back what it gets, and never ends.
async fn echo(far: &mut DuplexStream) -> io::Result<()> {
    let mut heard = vec![0; MEMORY_BYTES];
    while let Ok(count @ 1..) = far.read(&mut heard).await {
        if far.write_all(&heard[..count]).await.is_err() {
            break;
        }
    }
    std::future::pending().await
}
