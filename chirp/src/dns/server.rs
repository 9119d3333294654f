//! The sockets of the geo-DNS: datagrams, and streams with a length before each message.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Semaphore;

use super::desk::Desk;
use crate::stop::Stop;

/// The longest query that is read from a datagram.
const DATAGRAM_BYTES_MAX: usize = 4096;
/// Streams at a time; more wait to be accepted.
const STREAMS_MAX: usize = 256;
/// Answers to datagrams that are kept back at a time.
const WAITING_MAX: usize = 1024;
/// Queries on one stream.
const STREAM_QUERIES_MAX: usize = 1000;
/// How long a stream may be idle, and how long an answer may take to be taken.
const STREAM_IDLE: Duration = Duration::from_secs(10);

/// Answers datagrams until `stop`.
pub(super) async fn run_udp(socket: UdpSocket, desk: Arc<Desk>, stop: Stop) {
    let socket = Arc::new(socket);
    let waiting = Arc::new(Semaphore::new(WAITING_MAX));
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        let received = tokio::select! {
            () = stop.requested() => return,
            received = socket.recv_from(&mut buffer) => received,
        };
        // An error is an earlier answer that did not arrive (port unreachable): nothing of ours.
        let Ok((length, source)) = received else { continue };
        let Some((answer, delay)) = desk.answer(&buffer[..length], source.ip()) else { continue };
        if delay.is_zero() {
            send(&socket, &answer, source).await;
            continue;
        }
        // With no place the answer is lost, as datagrams are.
        let Ok(place) = Arc::clone(&waiting).try_acquire_owned() else { continue };
        let socket = Arc::clone(&socket);
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            send(&socket, &answer, source).await;
            drop(place);
        });
    }
}

async fn send(socket: &UdpSocket, answer: &[u8], source: SocketAddr) {
    if let Err(error) = socket.send_to(answer, source).await {
        tracing::debug!(%source, %error, "an answer was not sent");
    }
}

/// Answers streams until `stop`.
pub(super) async fn run_tcp(listener: TcpListener, desk: Arc<Desk>, stop: Stop) {
    let slots = Arc::new(Semaphore::new(STREAMS_MAX));
    loop {
        let slot = Arc::clone(&slots).acquire_owned().await.expect("the semaphore is never closed");
        let accepted = tokio::select! {
            () = stop.requested() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, most likely; they do not come back by asking at once.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (desk, stop) = (Arc::clone(&desk), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.requested() => {}
                // An error is the asker's going away.
                _ = serve_stream(stream, &desk) => {}
            }
            drop(slot);
        });
    }
}

async fn serve_stream(mut stream: TcpStream, desk: &Desk) -> io::Result<()> {
    let source = stream.peer_addr()?.ip();
    for _ in 0..STREAM_QUERIES_MAX {
        let query = tokio::time::timeout(STREAM_IDLE, read_message(&mut stream)).await??;
        let Some((answer, delay)) = desk.answer(&query, source) else { return Ok(()) };
        tokio::time::sleep(delay).await;
        let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
        let framed = [&length.to_be_bytes()[..], &answer].concat();
        tokio::time::timeout(STREAM_IDLE, stream.write_all(&framed)).await??;
    }
    Ok(())
}

async fn read_message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut message = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut message).await?;
    Ok(message)
}
