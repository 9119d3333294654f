//! Can an address be reached? Asked again and again until the answer is the wanted one, or the time is over.

use crate::{FaultError, Proof, door::Door};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

const PAUSE: Duration = Duration::from_millis(50);
/// One attempt may take this long; a black hole swallows every attempt.
const ATTEMPT: Duration = Duration::from_secs(1);

/// Waits until none of `addresses` accepts a connection.
pub(crate) async fn until_unreachable(addresses: &[SocketAddr], within: Duration) -> Result<Proof, FaultError> {
    poll(within, || async {
        known(addresses)?;
        for address in addresses {
            if connects(*address).await.is_ok() {
                return Err(format!("{address} still accepts connections"));
            }
        }
        Ok(format!("{} no longer accept{} connections", list(addresses), if addresses.len() == 1 { "s" } else { "" }))
    })
    .await
}

/// Waits until all of `addresses` accept a connection.
pub(crate) async fn until_reachable(addresses: &[SocketAddr], within: Duration) -> Result<Proof, FaultError> {
    poll(within, || async {
        known(addresses)?;
        for address in addresses {
            connects(*address).await.map_err(|error| format!("{address}: {error}"))?;
        }
        Ok(format!("{} accept{} connections", list(addresses), if addresses.len() == 1 { "s" } else { "" }))
    })
    .await
}

/// Repeats `check` until it succeeds; the proof is bracketed by the last failure.
pub(crate) async fn poll<F, Fut>(within: Duration, check: F) -> Result<Proof, FaultError>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<String, String>>,
{
    let deadline = Instant::now() + within;
    let mut not_before = Instant::now();
    let mut last;
    loop {
        let began = Instant::now();
        match check().await {
            Ok(text) => return Ok(Proof { not_before, seen: Instant::now(), text }),
            Err(why) => last = why,
        }
        not_before = began;
        if Instant::now() + PAUSE >= deadline {
            return Err(FaultError::Unproven { within, last });
        }
        sleep(PAUSE).await;
    }
}

/// Whether something behind a door answers a byte with a byte: a relay accepts connections also when what lies behind it
/// can't be reached, so that a mere connect proves nothing.
pub(crate) async fn answers(door: impl Into<Door>, within: Duration) -> io::Result<()> {
    let door = door.into();
    let exchange = async {
        let mut stream = door.open().await?;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: probe\r\nconnection: close\r\n\r\n").await?;
        let mut byte = [0];
        match stream.read(&mut byte).await? {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "closed without an answer")),
            _ => Ok(()),
        }
    };
    timeout(within, exchange).await.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no answer")))
}

/// Of no address nothing is proven.
fn known(addresses: &[SocketAddr]) -> Result<(), String> {
    if addresses.is_empty() { Err("no address is known".to_owned()) } else { Ok(()) }
}

async fn connects(address: SocketAddr) -> io::Result<()> {
    match timeout(ATTEMPT, TcpStream::connect(address)).await {
        Ok(result) => result.map(drop),
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "no answer within 1 s")),
    }
}

fn list(addresses: &[SocketAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
