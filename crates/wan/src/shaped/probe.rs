//! Measures a link by using it: connections of its own, over the same shaped streams that everybody else's bytes take, with an
//! echo in memory at the other end.
//!
//! ```text
//!   connect ── link ──▶ │ bytes ── link ──▶ echo │ ◀── link ── the same bytes │ end ── link ──▶ closed
//!   |--- connected ---| |------------------- answered -----------------------| |---- closed ----|
//! ```
//!
//! So what a fault does to a link is seen and not inferred from a command that was sent: a delay is longer, a thin link takes so
//! long for all probes together, a lossy one lets some of them wait. No service takes part, which is what makes the answer one
//! about the link alone; that the other side can be reached is another question.

use super::{StreamOptions, connect};
use crate::LinkHandle;
use futures_util::future::join_all;
use std::{io, sync::OnceLock, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::{Instant, timeout},
};

/// Connections of one probe at most.
pub const PROBES_MAX: u32 = 2_000;
/// Bytes that each of them sends at most.
pub const PROBE_BYTES_MAX: u32 = 1 << 20;
/// The longest that a probe may wait.
pub const PROBE_WITHIN_MAX: Duration = Duration::from_secs(5);

const MEMORY_BYTES: usize = 64 * 1_024;

/// What is asked of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// How many connections, all at once; at most [`PROBES_MAX`].
    pub connections: u32,
    /// How many bytes each of them sends, and gets back; 1 to [`PROBE_BYTES_MAX`].
    pub bytes: u32,
    /// What has not come by then doesn't come; at most [`PROBE_WITHIN_MAX`].
    pub within: Duration,
}

/// What became of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probed {
    /// It was answered.
    Answered {
        /// What opening it took.
        connected: Duration,
        /// From its first byte sent to its last byte back.
        answered: Duration,
        /// From its end sent to its end seen; `None`: not in time.
        closed: Option<Duration>,
    },
    /// It was refused.
    Refused,
    /// It was reset.
    Reset,
    /// It opened, and no answer came in time.
    Silent,
    /// It did not open in time.
    Unopened,
}

/// Probes a link; the answers are in no order.
pub async fn probe(link: &LinkHandle, probe: Probe) -> Vec<Probed> {
    let connections = probe.connections.min(PROBES_MAX);
    join_all((0..connections).map(|_| one(link, probe))).await
}

async fn one(link: &LinkHandle, probe: Probe) -> Probed {
    let bytes = vec![0; probe.bytes.clamp(1, PROBE_BYTES_MAX) as usize];
    let (connected, answered) = (OnceLock::new(), OnceLock::new());
    let (near, far) = duplex(MEMORY_BYTES);
    let ask = async {
        let began = Instant::now();
        let mut stream = connect(link, StreamOptions::default(), async { Ok(near) }).await?;
        let _ = connected.set(began.elapsed());
        let began = Instant::now();
        stream.write_all(&bytes).await?;
        let mut answer = vec![0; bytes.len()];
        stream.read_exact(&mut answer).await?;
        let _ = answered.set(began.elapsed());
        let began = Instant::now();
        stream.shutdown().await?;
        Ok::<Duration, io::Error>(began.elapsed())
    };
    let both = async {
        tokio::select! {
            closed = ask => closed,
            never = echo(far, bytes.len()) => never,
        }
    };
    let ended = timeout(probe.within.min(PROBE_WITHIN_MAX), both).await;
    match (connected.get(), answered.get(), ended) {
        (Some(&connected), Some(&answered), ended) => {
            Probed::Answered { connected, answered, closed: ended.ok().and_then(Result::ok) }
        }
        (_, _, Ok(Err(error))) if error.kind() == io::ErrorKind::ConnectionRefused => Probed::Refused,
        (_, _, Ok(Err(error))) if error.kind() != io::ErrorKind::TimedOut => Probed::Reset,
        (Some(_), ..) => Probed::Silent,
        (None, ..) => Probed::Unopened,
    }
}

/// Sends back what it gets; it never ends, for whoever asks says when it is over.
async fn echo(mut far: DuplexStream, bytes: usize) -> io::Result<Duration> {
    let mut heard = vec![0; bytes];
    if far.read_exact(&mut heard).await.is_ok() && far.write_all(&heard).await.is_ok() {
        // The end of the other side; an error is an end too.
        let _ = far.read_to_end(&mut heard).await;
    }
    std::future::pending().await
}
