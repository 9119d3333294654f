//! A stand-in for a region, seen from an edge: it counts, and behaves as badly as it is told to.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

/// How it answers. Health checks go well in each but `Passive`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// 200.
    Serves,
    /// 503 for everything but health checks.
    Fails,
    /// No answer but to health checks.
    Hangs,
    /// It says that it must not serve.
    Passive,
}

#[derive(Default)]
struct Shared {
    requests: AtomicUsize,
    /// Connections opened before this number answer nothing any more.
    dead_below: AtomicUsize,
    connections: AtomicUsize,
    /// Requests wait for each other here.
    barrier: Mutex<Option<Arc<Barrier>>>,
}

/// A listener with its threads; they end with their connections, at the latest with the test.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

impl Upstream {
    pub(crate) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let shared = Arc::new(Shared::default());
        let upstream = Self { address: listener.local_addr().unwrap(), shared: Arc::clone(&shared) };
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                let number = shared.connections.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || serve(stream, number, manner, &shared));
            }
        });
        upstream
    }

    /// Requests that came in, without health checks.
    pub(crate) fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// The next requests are answered when so many are there.
    pub(crate) fn hold(&self, count: usize) {
        *self.shared.barrier.lock().unwrap() = Some(Arc::new(Barrier::new(count)));
    }

    /// The connections that are open now answer nothing any more, and stay open.
    pub(crate) fn deaden_connections(&self) {
        *self.shared.barrier.lock().unwrap() = None;
        self.shared.dead_below.store(self.shared.connections.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

fn serve(mut stream: TcpStream, number: usize, manner: Manner, shared: &Shared) {
    while let Some(path) = read_request(&mut stream) {
        let is_check = path == "/healthz";
        if !is_check {
            shared.requests.fetch_add(1, Ordering::SeqCst);
            let barrier = shared.barrier.lock().unwrap().clone();
            if let Some(barrier) = barrier {
                barrier.wait();
            }
            if manner == Manner::Hangs || number < shared.dead_below.load(Ordering::SeqCst) {
                // Until the other side gives up.
                let _ = stream.read(&mut [0; 64]);
                return;
            }
        }
        let (status, body) = match (manner, is_check) {
            (Manner::Passive, _) => ("503 Service Unavailable", r#"{"status":"passive"}"#),
            (Manner::Fails, false) => ("503 Service Unavailable", r#"{"error":"broken"}"#),
            _ => ("200 OK", r#"{"status":"ok"}"#),
        };
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// The path of the next request, after its body.
fn read_request(stream: &mut TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_secs(120))).ok()?;
    let (mut received, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&received).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return head.split(' ').nth(1).map(str::to_owned);
            }
        }
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => received.extend_from_slice(&buffer[..count]),
            _ => return None,
        }
    }
}
