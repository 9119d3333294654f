//! A proxy that listens: a task that accepts, and a task per connection.

use super::{
    address,
    connection::{Connection, Route},
};
use crate::model::Refusal;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::{JoinHandle, JoinSet},
};

/// Connections of one proxy at a time. More are reset.
const CONNECTIONS_MAX: usize = 8_192;
/// After an accept that failed (no descriptors left), so that the loop doesn't spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// A listener that runs. Dropped, it ends soon; [`Listener::stop`] waits until it has.
#[derive(Debug)]
pub(super) struct Listener {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Listener {
    pub(super) async fn start(listen: &str, exposed: bool, route: Route) -> Result<Self, Refusal> {
        let (socket, address) = address::bind(listen, exposed).await?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(accept(socket, route, stopped));
        Ok(Self { address, stop, task })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Nothing is accepted any more and all connections are gone when this returns. Connections never hold a thread, so
    /// they are at once.
    pub(super) async fn stop(self) {
        drop(self.stop);
        // Its only other end is a panic, after which it is gone just as well.
        let _ = self.task.await;
    }
}

async fn accept(socket: TcpListener, route: Route, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    let mut number = 0;
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            accepted = socket.accept() => match accepted {
                Ok((client, _)) if connections.len() < CONNECTIONS_MAX => {
                    connections.spawn(Connection::new(route.clone(), number).carry(client));
                    number += 1;
                }
                Ok((client, _)) => reset(&client),
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(socket);
    connections.shutdown().await;
}

/// Makes a socket say "reset" instead of "end" when it is dropped.
pub(super) fn reset(socket: &TcpStream) {
    // It fails only on a socket that is gone, which is what is wanted.
    let _ = socket.set_zero_linger();
}
