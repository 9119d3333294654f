//! The accept loop: connections with a limit, headers with a deadline, a stop with a bounded drain.
//!
//! Above the limit new connections are not accepted and wait in the kernel's queue: a client that
//! connects then sees a slow connect, not a reset. A client that opens a connection and never asks
//! loses it after a while, for else a few thousand of them would be an outage. So does one that doesn't end its TLS handshake.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::stop::Stop;

/// How long a request's header may take to arrive, also on a kept connection: the idle time-out.
const HEADER_DEADLINE: Duration = Duration::from_secs(60);

/// How long a TLS handshake may take.
const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(10);

/// Bounds of a listener.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServeOptions {
    /// Connections at a time.
    pub(crate) connections_max: usize,
    /// How long a stop waits for requests that are under way.
    pub(crate) drain: Duration,
}

/// Where somebody comes in.
pub(crate) struct Door {
    /// Where it listens.
    pub(crate) listener: TcpListener,
    /// How hands are shaken there; none: there is no TLS.
    pub(crate) tls: Option<TlsAcceptor>,
}

impl From<TcpListener> for Door {
    fn from(listener: TcpListener) -> Self {
        Self { listener, tls: None }
    }
}

/// Serves until `stop`, then lets requests end that are under way.
pub(crate) async fn serve(door: impl Into<Door>, router: Router, options: ServeOptions, stop: Stop) {
    let Door { listener, tls } = door.into();
    let slots = Arc::new(Semaphore::new(options.connections_max));
    let mut connections = JoinSet::new();
    loop {
        let slot = tokio::select! {
            () = stop.requested() => break,
            slot = Arc::clone(&slots).acquire_owned() => slot.expect("the semaphore is never closed"),
        };
        let accepted = tokio::select! {
            () = stop.requested() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let (tls, router, stop) = (tls.clone(), router.clone(), stop.clone());
                connections.spawn(async move {
                    serve_connection(stream, tls, router, stop).await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let drained = tokio::time::timeout(options.drain, async { while connections.join_next().await.is_some() {} });
    if drained.await.is_err() {
        tracing::warn!(cut = connections.len(), "connections were cut, their requests took too long");
    }
}

async fn serve_connection(stream: TcpStream, tls: Option<TlsAcceptor>, router: Router, stop: Stop) {
    if stream.set_nodelay(true).is_err() {
        return; // Already gone.
    }
    let Some(tls) = tls else { return serve_requests(stream, router, stop).await };
    let shaken = tokio::select! {
        () = stop.requested() => return,
        shaken = tokio::time::timeout(HANDSHAKE_DEADLINE, tls.accept(stream)) => shaken,
    };
    match shaken {
        Ok(Ok(stream)) => serve_requests(stream, router, stop).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn serve_requests(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, router: Router, stop: Stop) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_DEADLINE);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(HEADER_DEADLINE);
    let service = TowerToHyperService::new(router);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let outcome: Result<(), _> = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = stop.requested() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(error = %error, "a connection ended badly");
    }
}
