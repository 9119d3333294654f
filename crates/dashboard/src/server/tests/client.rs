//! A server with a run whose messages are made by hand, and a client that reads what it answers.

use crate::{
    access::Access,
    hub::Hub,
    server::{
        Run, Site,
        live::{Ask, COMMANDS_MAX, Commanded, Identity, Judged, LiveRun, Welcome},
        serve,
    },
    wire::{LogLine, Message, Seconds, Series},
};
use flate2::write::GzDecoder;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
};
use hyper_util::rt::TokioIo;
use std::{io::Write as _, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    task::JoinHandle,
    time::timeout,
};

/// Nothing in these tests takes long.
pub(super) const SOON: Duration = Duration::from_secs(20);
pub(super) const RUN: &str = "a run";
/// Its name in addresses.
pub(super) const PATH: &str = "/api/v1/runs/a%20run";

pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) access: Access,
    pub(super) judge: watch::Sender<Option<Judged>>,
    close: watch::Sender<bool>,
    messages: mpsc::Sender<Message>,
    pub(super) serving: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub(super) async fn start(waiting_max: usize) -> Self {
        Self::start_with(waiting_max).await.0
    }

    /// With what is asked of the run.
    pub(super) async fn start_with(waiting_max: usize) -> (Self, mpsc::Receiver<Commanded>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let access = Access::new(address).unwrap();
        let (asks, asked) = mpsc::channel(16);
        let (commands, commanded) = mpsc::channel(COMMANDS_MAX);
        let (judge, judged) = watch::channel(None);
        let (close, closing) = watch::channel(false);
        let (messages, told) = mpsc::channel(16);
        let identity = Identity {
            run: RUN.to_owned(),
            name: "a plan".to_owned(),
            sha256: "0123".to_owned(),
            landfall: "0.1.0".to_owned(),
            started_unix_us: 17,
        };
        let live = LiveRun { identity: Arc::new(identity), asks, judged, commands };
        tokio::spawn(own(Hub::new(waiting_max), told, asked));
        let serving = tokio::spawn(serve(listener, Site::new(access.clone(), vec![Run::Live(live)], closing)));
        (Self { address, access, judge, close, messages, serving }, commanded)
    }

    pub(super) async fn publish(&self, message: Message) {
        self.messages.send(message).await.unwrap();
    }

    pub(super) fn close(&self) {
        self.close.send_replace(true);
    }

    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> Response<Incoming> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        timeout(SOON, sender.send_request(request)).await.unwrap().unwrap()
    }

    pub(super) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response<Incoming> {
        self.send(self.request("GET", path, headers, "")).await
    }

    /// A command with the token to operate.
    pub(super) async fn command(&self, body: &str, headers: &[(&str, &str)]) -> Response<Incoming> {
        let path = format!("{PATH}/commands");
        self.send(self.request("POST", &path, headers, body)).await
    }

    pub(super) fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Request<Full<Bytes>> {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", self.address.to_string());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Full::from(body.to_owned())).unwrap()
    }

    pub(super) async fn watch(&self, headers: &[(&str, &str)]) -> Events {
        let response = self.get(&format!("{PATH}/stream"), headers).await;
        assert_eq!(response.status(), 200);
        let gzip = header(&response, "content-encoding") == "gzip";
        Events { body: response.into_body(), decoder: gzip.then(|| GzDecoder::new(Vec::new())), text: Vec::new() }
    }
}

/// Owns the run's messages.
async fn own(mut hub: Hub, mut told: mpsc::Receiver<Message>, mut asked: mpsc::Receiver<Ask>) {
    loop {
        tokio::select! {
            biased;
            message = told.recv() => match message {
                Some(message) => hub.publish(&message),
                None => return,
            },
            Some(ask) = asked.recv() => match ask {
                Ask::Join { after, reply } => drop(reply.send(Welcome { joined: hub.join(after), now_us: 42 })),
                Ask::Series { range, reply } => {
                    let seconds = vec![Seconds { second: range.from, step: range.step, ..Seconds::default() }];
                    drop(reply.send(Series { seconds, fine: Vec::new() }));
                }
            },
        }
    }
}

/// A stream, event by event.
pub(super) struct Events {
    body: Incoming,
    decoder: Option<GzDecoder<Vec<u8>>>,
    text: Vec<u8>,
}

impl Events {
    /// The next event's id and words, as `log 3`; `None`: the stream ended in order.
    pub(super) async fn next(&mut self) -> Option<(Option<u64>, String)> {
        loop {
            if let Some(end) = self.text.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = self.text.drain(..end + 2).collect();
                let event = String::from_utf8(event).unwrap();
                if event.starts_with(':') {
                    continue;
                }
                return Some(read(&event));
            }
            let frame = timeout(SOON, self.body.frame()).await.expect("an event comes soon")?.unwrap();
            let bytes = frame.into_data().unwrap();
            match &mut self.decoder {
                None => self.text.extend(bytes),
                Some(decoder) => {
                    decoder.write_all(&bytes).unwrap();
                    decoder.flush().unwrap();
                    self.text.append(decoder.get_mut());
                }
            }
        }
    }

    pub(super) async fn words(&mut self, number: usize) -> Vec<String> {
        let mut words = Vec::new();
        for _ in 0..number {
            words.push(self.next().await.unwrap().1);
        }
        words
    }
}

fn read(event: &str) -> (Option<u64>, String) {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let kind = field("event:").unwrap();
    let data: serde_json::Value = serde_json::from_str(field("data:").unwrap()).unwrap();
    assert_eq!(data["kind"], kind);
    let number = data.get("second").or_else(|| data.get("id"));
    let word = number.map_or_else(|| kind.to_owned(), |number| format!("{kind} {number}"));
    (field("id:").map(|id| id.parse().unwrap()), word)
}

pub(super) fn second(second: u64) -> Message {
    Message::Second(Seconds { second, step: 1, ..Seconds::default() })
}

pub(super) fn line(id: u64) -> Message {
    heavy_line(id, 0)
}

/// With so many characters in it.
pub(super) fn heavy_line(id: u64, letters: usize) -> Message {
    let (tag, text, source) = ("NOTE".to_owned(), "x".repeat(letters), "test".to_owned());
    Message::Log(LogLine { id, at_us: id, tag, text, source })
}

pub(super) fn header<'a>(response: &'a Response<Incoming>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

pub(super) async fn bytes(response: Response<Incoming>) -> Vec<u8> {
    timeout(SOON, response.into_body().collect()).await.unwrap().unwrap().to_bytes().to_vec()
}

pub(super) async fn json(response: Response<Incoming>) -> serde_json::Value {
    serde_json::from_slice(&bytes(response).await).unwrap()
}
