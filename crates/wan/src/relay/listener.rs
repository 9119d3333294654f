//! One link of a relay: its listener, and a task per connection.
//!
//! The opener's own connect is answered by the kernel at once; what the link costs is paid before its first byte goes on.
//! So a connect and its first answer take two round trips in all, as they would, but the first of them is not seen in the
//! opener's connect. A link that rejects, and an accepter that refuses, show as a reset of a connection just opened: that
//! much of a proxy can't be hidden.

use super::{
    control::{LinkSetup, LinkStatus},
    error::RelayError,
    pump::{pump, reset},
};
use crate::{LinkHandle, StreamOptions, shaped};
use nix::sys::socket::{setsockopt, sockopt::IpBindAddressNoPort};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};
use units::Seed;

/// Connections of one link at a time. More are reset.
pub const CONNECTIONS_MAX: usize = 8_192;
/// The longest that the accepter's kernel may take to answer.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// After an accept that failed (no descriptors left), so that the loop doesn't spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// A link that listens.
#[derive(Debug)]
pub(super) struct Listener {
    name: String,
    address: SocketAddr,
    forward_to: SocketAddr,
    source: Option<IpAddr>,
    socket: TcpListener,
    link: LinkHandle,
    room: Arc<Semaphore>,
}

/// What the relay keeps of a link that runs.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) name: String,
    pub(super) address: SocketAddr,
    pub(super) link: LinkHandle,
    room: Arc<Semaphore>,
}

impl Listener {
    pub(super) async fn bind(setup: LinkSetup, seed: Seed) -> Result<Self, RelayError> {
        let LinkSetup { name, listen, forward_to, source, link } = setup;
        let listening = async {
            let socket = TcpListener::bind(listen).await?;
            Ok((socket.local_addr()?, socket))
        };
        let (address, socket) = listening.await.map_err(|source: io::Error| RelayError::Listen {
            link: name.clone(),
            address: listen,
            source,
        })?;
        let link = LinkHandle::new(link.into(), seed.derive(&name));
        Ok(Self { name, address, forward_to, source, socket, link, room: Arc::new(Semaphore::new(CONNECTIONS_MAX)) })
    }

    pub(super) fn running(&self) -> Running {
        Running {
            name: self.name.clone(),
            address: self.address,
            link: self.link.clone(),
            room: Arc::clone(&self.room),
        }
    }

    /// Accepts until it is dropped, and with it all its connections.
    pub(super) async fn run(self) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.socket.accept() => match accepted {
                    Ok((bare, _)) => self.accept(bare, &mut connections),
                    Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    fn accept(&self, bare: TcpStream, connections: &mut JoinSet<()>) {
        let Ok(room) = Arc::clone(&self.room).try_acquire_owned() else { return reset(&bare) };
        let (link, forward_to, source) = (self.link.clone(), self.forward_to, self.source);
        connections.spawn(async move {
            carry(bare, &link, forward_to, source).await;
            drop(room);
        });
    }
}

impl Running {
    pub(super) fn status(&self) -> LinkStatus {
        LinkStatus {
            name: self.name.clone(),
            link: self.link.link().into(),
            connections: CONNECTIONS_MAX - self.room.available_permits(),
            traffic: self.link.traffic().into(),
        }
    }
}

async fn carry(bare: TcpStream, link: &LinkHandle, forward_to: SocketAddr, source: Option<IpAddr>) {
    // Nagle's waiting is the ends' business; here it would add to the link's delay.
    let opened = async {
        bare.set_nodelay(true)?;
        shaped::connect(link, StreamOptions::default(), open(forward_to, source)).await
    };
    match opened.await {
        Ok(shaped) => pump(bare, shaped).await,
        Err(_) => reset(&bare),
    }
}

async fn open(forward_to: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let connecting = async {
        let Some(source) = source else { return TcpStream::connect(forward_to).await };
        let socket = if forward_to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // Else the bind takes a port for all destinations at once.
        setsockopt(&socket, IpBindAddressNoPort, &true)?;
        socket.bind(SocketAddr::new(source, 0))?;
        socket.connect(forward_to).await
    };
    let socket = tokio::time::timeout(CONNECT_WITHIN, connecting).await??;
    socket.set_nodelay(true)?;
    Ok(socket)
}
