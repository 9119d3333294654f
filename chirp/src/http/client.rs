//! A client for one connection: open, ask, ask again. Every step has a deadline, every answer a limit.
//!
//! A black-holed link gives no error, only silence; a client that trusts the socket to tell would wait
//! for ever. So the deadline is ours, and after one the connection is thrown away.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::traffic::{Meter, Metered};
use crate::tls::Caller;
use crate::trace;

/// Why a request has no answer. The texts are the reasons of health flips.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// No connection.
    #[error("{}", connect_reason(.0))]
    Connect(std::io::Error),
    /// A connection, but not one that can be trusted.
    #[error("the TLS handshake failed: {0}")]
    Tls(std::io::Error),
    /// No answer in time.
    #[error("no answer within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// The connection broke, or what came was not HTTP.
    #[error("the connection failed: {0}")]
    Broken(String),
    /// The answer is not what was asked for.
    #[error("unexpected answer: {0}")]
    Unexpected(String),
}

fn connect_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "connection refused".into(),
        _ => format!("cannot connect: {error}"),
    }
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
}

/// An open connection. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct Connection {
    host: String,
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
    meter: Meter,
}

impl Connection {
    /// Connects, within `timeout`.
    pub(crate) async fn open(address: SocketAddr, timeout: Duration) -> Result<Self, RequestError> {
        Self::to_peer(address, timeout, Meter::default()).await
    }

    /// Connects to another region, within `timeout`; `meter` counts what goes there and comes back.
    pub(crate) async fn to_peer(address: SocketAddr, timeout: Duration, meter: Meter) -> Result<Self, RequestError> {
        let counted = meter.clone();
        let connect = async { begin(Metered::new(reach(address).await?, counted)).await };
        let (sender, driver) = within(timeout, connect).await?;
        Ok(Self { host: address.to_string(), sender, driver, meter })
    }

    /// Connects to a door as users do, within `timeout`: with TLS if `tls` says how.
    pub(crate) async fn to_door(
        address: SocketAddr,
        tls: Option<&Caller>,
        timeout: Duration,
    ) -> Result<Self, RequestError> {
        let Some(tls) = tls else { return Self::open(address, timeout).await };
        let connect = async {
            let stream = tls.shake_hands(reach(address).await?).await.map_err(RequestError::Tls)?;
            begin(stream).await
        };
        let (sender, driver) = within(timeout, connect).await?;
        Ok(Self { host: address.to_string(), sender, driver, meter: Meter::default() })
    }

    /// GET, with at most `body_max` bytes of body, within `timeout`.
    pub(crate) async fn get(&mut self, path: &str, body_max: usize, timeout: Duration) -> Result<Answer, RequestError> {
        self.send(Method::GET, path, Bytes::new(), body_max, timeout).await
    }

    /// POST of a JSON body, with at most `body_max` bytes of answer, within `timeout`.
    pub(crate) async fn post(
        &mut self,
        path: &str,
        body: Bytes,
        body_max: usize,
        timeout: Duration,
    ) -> Result<Answer, RequestError> {
        self.send(Method::POST, path, body, body_max, timeout).await
    }

    /// Whether the other side has not closed it.
    pub(crate) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Bytes,
        body_max: usize,
        timeout: Duration,
    ) -> Result<Answer, RequestError> {
        let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
        let request = request.body(Full::new(body)).map_err(|error| RequestError::Broken(error.to_string()))?;
        self.exchange(request, body_max, timeout).await
    }

    /// Any request, with at most `body_max` bytes of answer, within `timeout`. Of its URI only path and query
    /// count: it goes where this connection goes.
    pub(crate) async fn request(
        &mut self,
        parts: &Parts,
        body: Bytes,
        body_max: usize,
        timeout: Duration,
    ) -> Result<Answer, RequestError> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::builder()
            .method(parts.method.clone())
            .uri(path)
            .body(Full::new(body))
            .map_err(|error| RequestError::Broken(error.to_string()))?;
        request.headers_mut().extend(parts.headers.clone());
        let host = header::HeaderValue::from_str(&self.host).expect("an address is ASCII");
        request.headers_mut().insert(header::HOST, host);
        self.exchange(request, body_max, timeout).await
    }

    /// The one way out: within a span of its own, and with the trace of what the task works for.
    async fn exchange(
        &mut self,
        mut request: Request<Full<Bytes>>,
        body_max: usize,
        timeout: Duration,
    ) -> Result<Answer, RequestError> {
        let mut span = trace::outgoing(request.method(), request.uri(), &self.host);
        self.meter.count_request();
        let sender = &mut self.sender;
        let ask = span.run(async {
            trace::carry(request.headers_mut());
            sender.ready().await.map_err(|error| broken(&error))?;
            let response = sender.send_request(request).await.map_err(|error| broken(&error))?;
            let status = response.status().as_u16();
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, body_max).collect().await;
            let body = body.map_err(|error| RequestError::Broken(error.to_string()))?.to_bytes();
            Ok(Answer { status, headers: parts.headers, body })
        });
        let answer = tokio::time::timeout(timeout, ask).await.unwrap_or(Err(RequestError::Timeout(timeout)));
        match &answer {
            Ok(answer) => span.answered(answer.status),
            Err(error) => span.fail(error.to_string()),
        }
        answer
    }
}

async fn reach(address: SocketAddr) -> Result<TcpStream, RequestError> {
    let stream = TcpStream::connect(address).await.map_err(RequestError::Connect)?;
    stream.set_nodelay(true).map_err(RequestError::Connect)?;
    Ok(stream)
}

/// Who asks on a connection, and what drives it.
type Begun = (SendRequest<Full<Bytes>>, JoinHandle<()>);

async fn begin(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<Begun, RequestError> {
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    let driver = tokio::spawn(async move {
        // What goes wrong is told to whoever waits for the answer.
        let _ = connection.await;
    });
    Ok((sender, driver))
}

async fn within<T>(
    timeout: Duration,
    connect: impl Future<Output = Result<T, RequestError>>,
) -> Result<T, RequestError> {
    tokio::time::timeout(timeout, connect).await.unwrap_or(Err(RequestError::Timeout(timeout)))
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// The whole chain of an error of hyper, whose outer text alone says little.
fn broken(error: &hyper::Error) -> RequestError {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    RequestError::Broken(text)
}
