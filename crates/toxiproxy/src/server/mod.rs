//! The server: sockets, the API, leases.
//!
//! [`Server::start`] listens; the API changes the proxies, which are one value behind one lock; what connections need of them
//! is published as another one, all proxies at once, which each connection looks at before it moves a byte. So an answer
//! of the API never waits for a connection, bytes that arrive after it meet the new toxics, and a request that changes several
//! proxies is seen whole or not at all.

mod address;
mod api;
mod clock;
mod connection;
mod flow;
mod listener;
mod proxies;
mod traffic;

use clock::Clock;
use proxies::Proxies;
use std::{io, net::SocketAddr, sync::Arc};
use tokio::{
    net::TcpListener,
    sync::{Mutex, Notify},
    task::JoinSet,
};
use units::Seed;

use crate::model::Refusal;

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the API listens: a host and a port; port 0 takes a free one.
    pub listen: String,
    /// What chance comes from: jitter, pieces, toxicity.
    pub seed: Seed,
    /// The API and the proxies may listen beyond this machine, where anybody can use them: there is no authentication.
    pub exposed: bool,
}

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The API can't listen, or must not.
    #[error("the API can't be served")]
    Api(#[source] Refusal),
    /// The proxies of the configuration can't be made.
    #[error("the configuration can't be carried out")]
    Config(#[source] Refusal),
}

/// A server that runs until it is dropped; then all its listeners and connections are gone.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
    tasks: JoinSet<io::Result<()>>,
}

/// What the tasks of a server share.
#[derive(Debug)]
pub(crate) struct State {
    proxies: Mutex<Proxies>,
    /// Told after each change: the next end may be an earlier one.
    changed: Notify,
    clock: Clock,
}

impl Server {
    /// Listens, makes the proxies of a configuration (the text of a file as toxiproxy-server's), and serves the API.
    ///
    /// # Errors
    /// When an address can't be listened at, or the configuration has a mistake.
    pub async fn start(options: &Options, config: Option<&[u8]>) -> Result<Self, StartError> {
        let clock = Clock::start();
        let bound = address::bind(&options.listen, options.exposed).await;
        let (listener, address): (TcpListener, SocketAddr) = bound.map_err(StartError::Api)?;
        let mut proxies = Proxies::new(options.seed, options.exposed, clock);
        if let Some(config) = config {
            let populated = async { proxies.populate(&api::json(config)?).await.map_err(|(refusal, _)| refusal) };
            populated.await.map_err(StartError::Config)?;
        }
        let state = Arc::new(State { proxies: Mutex::new(proxies), changed: Notify::new(), clock });
        let mut tasks = JoinSet::new();
        tasks.spawn(end_expired(Arc::clone(&state)));
        let router = api::router(Arc::clone(&state));
        tasks.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, state, tasks })
    }

    /// Where the API listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The proxies, one line each: name, where it listens, where it goes.
    pub async fn lines(&self) -> Vec<String> {
        self.state.proxies.lock().await.lines()
    }

    /// Serves until something breaks.
    ///
    /// # Errors
    /// When the API can't go on.
    pub async fn run(mut self) -> io::Result<()> {
        match self.tasks.join_next().await {
            Some(Ok(ended)) => ended,
            Some(Err(error)) => Err(io::Error::other(error)),
            None => Ok(()),
        }
    }
}

/// Takes proxies and toxics away when their leases run out or their durations are over.
async fn end_expired(state: Arc<State>) -> io::Result<()> {
    loop {
        let next = {
            let mut proxies = state.proxies.lock().await;
            proxies.end_expired().await;
            proxies.next_end()
        };
        tokio::select! {
            () = state.changed.notified() => {}
            () = state.clock.sleep_until(next) => {}
        }
    }
}
