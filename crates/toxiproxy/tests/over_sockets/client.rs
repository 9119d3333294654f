//! A server in this process, an upstream that echoes, and as much HTTP as a test needs.

use serde_json::{Value, json};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
    time::{Instant, timeout},
};
use toxiproxy::{Options, Server};
use units::Seed;

/// Ends a test that hangs.
const HANGS_AFTER: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(5);

pub(crate) fn options() -> Options {
    Options { listen: "127.0.0.1:0".to_owned(), seed: Seed::new(1), exposed: false }
}

/// A server; it is gone with the test.
pub(crate) async fn served(config: Option<Value>) -> Api {
    let config = config.map(|config| config.to_string());
    let server = Server::start(&options(), config.as_deref().map(str::as_bytes)).await.unwrap();
    let address = server.address();
    tokio::spawn(server.run());
    Api { address }
}

/// Where each connection gets back what it sends.
pub(crate) async fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = socket.split();
                // A connection that was reset is an end like any other here.
                let _ = copy(&mut from, &mut to).await;
                let _ = to.shutdown().await;
            });
        }
    });
    address
}

pub(crate) async fn read_some(socket: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    timeout(HANGS_AFTER, socket.read_exact(&mut bytes)).await.unwrap().unwrap();
    bytes
}

pub(crate) async fn read_all(socket: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    timeout(HANGS_AFTER, socket.read_to_end(&mut bytes)).await.unwrap()?;
    Ok(bytes)
}

pub(crate) struct Api {
    pub(crate) address: SocketAddr,
}

impl Api {
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.ask("GET", path, &Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask("POST", path, body).await
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.raw(method, path, "", &body).await;
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    pub(crate) async fn raw(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        String::from_utf8(read_all(&mut socket).await.unwrap()).unwrap()
    }

    /// One proxy `p` without toxics.
    pub(crate) async fn reset_to(&self, upstream: &str) {
        let proxies = self.get("/proxies").await.1;
        for name in proxies.as_object().unwrap().keys() {
            self.ask("DELETE", &format!("/proxies/{name}"), &Value::Null).await;
        }
        assert_eq!(self.post("/proxies", &json!({"name": "p", "upstream": upstream})).await.0, 201);
    }

    /// A connection through `p`.
    pub(crate) async fn connect(&self) -> TcpStream {
        let (_, proxy) = self.get("/proxies/p").await;
        TcpStream::connect(proxy["listen"].as_str().unwrap()).await.unwrap()
    }

    /// Adds a toxic to `p`.
    pub(crate) async fn toxic(&self, body: &Value) -> Value {
        let (status, toxic) = self.post("/proxies/p/toxics", body).await;
        assert_eq!(status, 200, "{toxic}");
        toxic
    }

    pub(crate) async fn until_gone(&self, path: &str, within: Duration) {
        let began = Instant::now();
        while self.get(path).await.0 != 404 {
            assert!(began.elapsed() < within, "{path} is still there");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
