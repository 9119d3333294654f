//! A small HTTP server whose answers a test writes byte by byte. Runs on a thread of its own and ends when dropped.

use load::{BaseUrl, Scheme};
use socket2::SockRef;
use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Number on its connection, from 0.
    pub(crate) on_connection: usize,
    /// Number among all, from 0.
    pub(crate) number: usize,
    /// Request line and headers.
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) peer: SocketAddr,
}

/// What the server does about it.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Sends these, with a pause between each two so that they come apart; then takes the next request.
    Pieces(Vec<Vec<u8>>),
    /// Sends this and closes.
    Last(Vec<u8>),
    /// Closes without a word.
    Close,
    /// Resets the connection.
    Reset,
    /// Says nothing for as long as the server lives.
    Hang,
    /// Says this after a while.
    Late(Duration, Vec<u8>),
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) requests: Arc<AtomicUsize>,
    pub(crate) connections: Arc<AtomicUsize>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

impl Server {
    pub(crate) fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_at(IpAddr::from([127, 0, 0, 1]), handler)
    }

    pub(crate) fn start_at(address: IpAddr, handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = std::net::TcpListener::bind((address, 0)).unwrap();
        Self::start_on(listener, handler)
    }

    pub(crate) fn start_on(
        listener: std::net::TcpListener,
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, connections) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (stop, stopped) = watch::channel(false);
        let shared = Shared {
            handler: Arc::new(handler),
            requests: Arc::clone(&requests),
            connections: Arc::clone(&connections),
        };
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(serve(listener, shared, stopped));
        });
        Self { address, requests, connections, stop, thread: Some(thread) }
    }

    /// One that answers every request with `200` and this body.
    pub(crate) fn plain(body: &str) -> Self {
        let reply = ok(body);
        Self::start(move |_| Reply::Pieces(vec![reply.clone()]))
    }

    pub(crate) fn url(&self) -> BaseUrl {
        BaseUrl { scheme: Scheme::Http, host: self.address.ip().to_string(), port: self.address.port() }
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// `200` with a body and its length.
pub(crate) fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// That status, without a body.
pub(crate) fn status(status: u16) -> Vec<u8> {
    format!("HTTP/1.1 {status} Whatever\r\ncontent-length: 0\r\n\r\n").into_bytes()
}

#[derive(Clone)]
struct Shared {
    handler: Arc<Handler>,
    requests: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

async fn serve(listener: std::net::TcpListener, shared: Shared, mut stopped: watch::Receiver<bool>) {
    let listener = TcpListener::from_std(listener).unwrap();
    let accept = async {
        while let Ok((stream, peer)) = listener.accept().await {
            shared.connections.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(converse(stream, peer, shared.clone()));
        }
    };
    tokio::select! {
        () = accept => {}
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
}

async fn converse(mut stream: TcpStream, peer: SocketAddr, shared: Shared) {
    let mut buffer = Vec::new();
    for on_connection in 0.. {
        let Some((head, body)) = read_request(&mut stream, &mut buffer).await else { return };
        let number = shared.requests.fetch_add(1, Ordering::SeqCst);
        let request = Request { on_connection, number, head, body, peer };
        match (shared.handler)(&request) {
            Reply::Pieces(pieces) => {
                for (index, piece) in pieces.iter().enumerate() {
                    if index > 0 {
                        // Not a matter of timing: without the pause the pieces may be read as one, which is a weaker test.
                        tokio::time::sleep(Duration::from_millis(2)).await;
                    }
                    if stream.write_all(piece).await.is_err() {
                        return;
                    }
                }
            }
            Reply::Last(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Reply::Late(after, bytes) => {
                tokio::time::sleep(after).await;
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Reply::Close => return,
            Reply::Reset => {
                let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
                return;
            }
            Reply::Hang => std::future::pending::<()>().await,
        }
    }
}

async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<(String, String)> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end + 4]).into_owned();
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase().strip_prefix("content-length:").map(str::trim).map(str::to_owned)
                })
                .map_or(0, |length| length.parse().unwrap());
            if buffer.len() >= end + 4 + length {
                let body = String::from_utf8_lossy(&buffer[end + 4..end + 4 + length]).into_owned();
                buffer.drain(..end + 4 + length);
                return Some((head, body));
            }
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}
