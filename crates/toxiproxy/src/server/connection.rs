//! One connection: what happens before the upstream is reached, then both directions, then how it ends.

use super::{clock::Clock, flow::Flow, listener::reset, traffic::Traffic};
use crate::{
    chain::{Chain, Ending, drawn},
    model::{Direction, Kind, Toxic},
};
use std::{collections::BTreeMap, io, pin::pin, sync::Arc, time::Duration};
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::watch, time::timeout};
use units::Seed;

/// The longest that the upstream may take to accept.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// What is read and dropped of a socket before it is closed: unread bytes would turn its end into a reset.
const UNREAD_BYTES_MAX: usize = 1_024 * 1_024;

/// The toxics of each proxy that there is, in their order.
pub(super) type Published = BTreeMap<Arc<str>, Arc<[Arc<Toxic>]>>;

/// What the connections of a proxy have in common.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) proxy: Arc<str>,
    pub(super) upstream: Arc<str>,
    pub(super) published: watch::Receiver<Published>,
    pub(super) seed: Seed,
    pub(super) clock: Clock,
    pub(super) traffic: Arc<Traffic>,
}

impl Route {
    /// The proxy's toxics as they are now.
    pub(super) fn toxics(&mut self) -> Arc<[Arc<Toxic>]> {
        let toxics = self.published.borrow_and_update().get(&self.proxy).cloned();
        toxics.unwrap_or_default()
    }
}

/// A connection.
pub(super) struct Connection {
    route: Route,
    seed: Seed,
}

impl Connection {
    pub(super) fn new(route: Route, number: u64) -> Self {
        let seed = route.seed.derive_number(number);
        Self { route, seed }
    }

    pub(super) async fn carry(mut self, client: TcpStream) {
        // Nagle's waiting is the ends' business; here it would be a delay that no toxic has asked for.
        if client.set_nodelay(true).is_err() {
            return;
        }
        if self.opening().await == Opening::Failed {
            return reset(&client);
        }
        // A client whose upstream isn't there sees its connection end, as through any proxy.
        let Ok(upstream) = self.dial().await else { return };
        self.pump(client, upstream).await;
    }

    /// What toxics do to a connection that opens. It is waited for as long as they are there and no longer.
    async fn opening(&mut self) -> Opening {
        let began = self.route.clock.now();
        if self.route.toxics().iter().any(|toxic| self.fails(toxic)) {
            return Opening::Failed;
        }
        loop {
            let toxics = self.route.toxics();
            let delay: Duration = toxics.iter().map(|toxic| self.delay(toxic)).sum();
            if self.route.clock.now() >= began + delay {
                return Opening::Open;
            }
            tokio::select! {
                () = self.route.clock.sleep_until(Some(began + delay)) => {}
                changed = self.route.published.changed() => if changed.is_err() { return Opening::Failed },
            }
        }
    }

    fn fails(&self, toxic: &Toxic) -> bool {
        let Kind::FailConnect { first } = toxic.kind() else { return false };
        toxic.hits(self.seed) && (toxic.count_connection() < first || first == 0)
    }

    fn delay(&self, toxic: &Toxic) -> Duration {
        match toxic.kind() {
            Kind::SlowConnect { delay, jitter } if toxic.hits(self.seed) => {
                let mut chance = self.seed.derive_number(toxic.number()).derive("connect").generator();
                drawn(&mut chance, delay, jitter)
            }
            _ => Duration::ZERO,
        }
    }

    async fn dial(&self) -> io::Result<TcpStream> {
        let upstream = timeout(CONNECT_WITHIN, TcpStream::connect(&*self.route.upstream)).await??;
        upstream.set_nodelay(true)?;
        Ok(upstream)
    }

    async fn pump(&self, mut client: TcpStream, mut upstream: TcpStream) {
        let flow = |direction| Flow::new(self.route.clone(), Chain::new(direction, self.seed), direction);
        let ending = {
            let (from_client, to_client) = client.split();
            let (from_upstream, to_upstream) = upstream.split();
            let mut up = pin!(flow(Direction::Upstream).run(from_client, to_upstream));
            let mut down = pin!(flow(Direction::Downstream).run(from_upstream, to_client));
            // When one direction ends as its source did, the other one goes on: half-closed connections work.
            tokio::select! {
                ending = &mut up => if ending == Ending::Source { down.await } else { ending },
                ending = &mut down => if ending == Ending::Source { up.await } else { ending },
            }
        };
        for socket in [&mut client, &mut upstream] {
            match ending {
                Ending::Source => {}
                Ending::Closed => close(socket).await,
                Ending::Reset => reset(socket),
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    Open,
    Failed,
}

/// Ends a connection so that its other end sees an end and not a reset.
async fn close(socket: &mut TcpStream) {
    // What fails here fails because the other end is gone.
    let _ = socket.shutdown().await;
    let mut dropped = [0; 4_096];
    let mut count = 0;
    while let Ok(1..) = socket.try_read(&mut dropped) {
        count += dropped.len();
        if count >= UNREAD_BYTES_MAX {
            return;
        }
    }
}
