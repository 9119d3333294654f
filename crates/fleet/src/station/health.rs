//! How a station is, over HTTP, for whoever watches processes: `/healthz` says whether it turns, `/readyz` whether a run would find
//! it.

use crate::link::nats::read::Hearing;
use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::timeout,
};

/// A station looks after itself once a second; one that hasn't for so long hangs.
const TURNS_WITHIN: Duration = Duration::from_secs(15);
/// Connections at the same time; more are not accepted.
const CONNECTIONS_MAX: usize = 16;
const REQUEST_BYTES_MAX: u64 = 4096;
const REQUEST_MAX: Duration = Duration::from_secs(5);

/// How a station is.
#[derive(Debug, Clone)]
pub struct Health {
    looked: Instant,
    hearing: Hearing,
    leaving: bool,
}

/// A station that doesn't stand yet.
impl Default for Health {
    fn default() -> Self {
        Self::now(Hearing::Cut("it is not connected yet".to_owned()), false)
    }
}

impl Health {
    /// It turns, and hears what it hears.
    #[must_use]
    pub fn now(hearing: Hearing, leaving: bool) -> Self {
        Self { looked: Instant::now(), hearing, leaving }
    }

    /// Whether its process is well, and why not.
    fn healthy(&self) -> Result<(), String> {
        let since = self.looked.elapsed();
        if since < TURNS_WITHIN { Ok(()) } else { Err(format!("it has not turned for {} s", since.as_secs())) }
    }

    /// Whether a controller's messages reach it, and why not.
    fn ready(&self) -> Result<(), String> {
        self.healthy()?;
        match &self.hearing {
            _ if self.leaving => Err("it is leaving".to_owned()),
            Hearing::Cut(why) => Err(format!("nothing is heard of the hub: {why}")),
            Hearing::Open | Hearing::Unasked => Ok(()),
        }
    }
}

/// Listens at that address; what it gives answers until it is dropped.
///
/// # Errors
/// The address can't be listened at.
pub async fn serve(
    at: SocketAddr,
    health: watch::Receiver<Health>,
) -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let listener = TcpListener::bind(at).await?;
    Ok(answer_all(listener, health))
}

async fn answer_all(listener: TcpListener, health: watch::Receiver<Health>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
        // One that failed while it was accepted is asked again by whoever asks.
        let Ok((stream, _)) = listener.accept().await else { continue };
        let health = health.borrow().clone();
        tokio::spawn(async move {
            // Whoever doesn't read the answer doesn't get it.
            let _ = timeout(REQUEST_MAX, respond(stream, &health)).await;
            drop(permit);
        });
    }
}

async fn respond(mut stream: TcpStream, health: &Health) -> io::Result<()> {
    let mut request = Vec::new();
    let mut reader = (&mut stream).take(REQUEST_BYTES_MAX);
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut some = [0; 512];
        match reader.read(&mut some).await? {
            0 => return Ok(()),
            length => request.extend_from_slice(&some[..length]),
        }
    }
    let text = String::from_utf8_lossy(&request);
    let (status, body) = match text.split(' ').nth(1) {
        Some("/healthz") => told(health.healthy()),
        Some("/readyz") => told(health.ready()),
        _ => ("404 Not Found", "there are /healthz and /readyz".to_owned()),
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}\n",
        body.len() + 1
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

fn told(well: Result<(), String>) -> (&'static str, String) {
    match well {
        Ok(()) => ("200 OK", "ok".to_owned()),
        Err(why) => ("503 Service Unavailable", why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_station_is_ready_when_the_hub_is_heard_and_it_stays() {
        let cut = Hearing::Cut("timed out".to_owned());
        for (hearing, leaving, ready) in [
            (Hearing::Open, false, Ok(())),
            (Hearing::Unasked, false, Ok(())),
            (Hearing::Open, true, Err("it is leaving".to_owned())),
            (cut, false, Err("nothing is heard of the hub: timed out".to_owned())),
        ] {
            let health = Health::now(hearing, leaving);
            assert_eq!((health.healthy(), health.ready()), (Ok(()), ready));
        }
    }
}
