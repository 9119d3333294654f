//! One HTTP request on a connection of its own, as little as a probe needs.

use crate::door::Door;
use serde_json::Value;
use std::{
    io,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

/// More than this of an answer is not read.
const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// What came after the header.
    pub(crate) body: Vec<u8>,
    /// From connecting to its end.
    pub(crate) took: Duration,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Asks, and waits for the whole answer. The connection is closed afterwards.
pub(crate) async fn send(
    door: impl Into<Door>,
    method: &str,
    path: &str,
    body: Option<&str>,
    within: Duration,
) -> io::Result<Answer> {
    send_with(door, method, path, &[], body, within).await
}

/// The same with these headers besides.
pub(crate) async fn send_with(
    door: impl Into<Door>,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
    within: Duration,
) -> io::Result<Answer> {
    let began = Instant::now();
    let door = door.into();
    let exchange = async {
        let mut stream = door.open().await?;
        let body = body.unwrap_or_default();
        let others: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {door}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             {others}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
        read(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "that is no HTTP"))
    };
    let late = || io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {} ms", within.as_millis()));
    let (status, body) = timeout(within, exchange).await.unwrap_or_else(|_| Err(late()))?;
    Ok(Answer { status, body, took: began.elapsed() })
}

/// A GET whose answer is wanted as JSON with status 200.
pub(crate) async fn get_json(door: impl Into<Door>, path: &str, within: Duration) -> Result<Value, String> {
    let door = door.into();
    let failed = |why: String| format!("{door}{path}: {why}");
    let answer = send(door.clone(), "GET", path, None, within).await.map_err(|error| failed(error.to_string()))?;
    if answer.status == 200 { Ok(answer.json()) } else { Err(failed(format!("status {}", answer.status))) }
}

/// Status and body. Chirp's bodies are whole, so none comes in chunks.
fn read(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some((status, answer[end + 4..].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_status_and_what_comes_after_the_header() {
        let answer = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(read(answer), Some((503, b"{}".to_vec())));
        for wrong in [&b""[..], b"HTTP/1.1 200 OK\r\n", b"SSH-2.0\r\n\r\n", b"HTTP/1.1 xx\r\n\r\n"] {
            assert_eq!(read(wrong), None);
        }
    }
}
