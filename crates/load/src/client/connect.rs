//! Opening a connection: name, TCP over the link, TLS; each phase timed, bounded and recorded on its own.

use super::{
    Caller, Client, Failure,
    connection::{Connection, Transport},
    count,
    route::{ADDRESSES_MAX, CONFIRM_AFTER, Destination},
};
use nix::sys::socket::{setsockopt, sockopt::IpBindAddressNoPort};
use plan::resolved::Timeouts;
use record::Phase;
use rustls::HandshakeKind;
use rustls_pki_types::ServerName;
use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    time::Instant,
};
use tokio::net::{TcpSocket, TcpStream};
use wan::ShapedStream;

/// When a source address has no port left, so many others are tried.
const SOURCES_TRIED: u32 = 4;

/// A connection that was not opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unopened {
    pub(super) failure: Failure,
    /// The region it would have led to, if known.
    pub(super) region: Option<usize>,
}

impl Client {
    /// Opens a connection to where that caller's next one goes. Ends by `deadline`.
    pub(super) async fn open(
        &self,
        caller: &mut Caller,
        timeouts: &Timeouts,
        deadline: Instant,
    ) -> Result<Box<Connection>, Unopened> {
        let unopened = |failure| Unopened { failure, region: None };
        let destination = self.destination(caller, timeouts.dns, deadline).await.map_err(unopened)?;
        let mut last = unopened(Failure::TotalTimeout);
        let tried = &destination.addresses[..destination.addresses.len().min(ADDRESSES_MAX)];
        for (index, address) in tried.iter().enumerate() {
            let region = self.world.hosts[destination.host].region.or_else(|| self.world.region_at(*address));
            let left = (tried.len() - index) as u32;
            match self.open_address(caller, &destination, *address, region, timeouts, deadline, left).await {
                Ok(connection) => {
                    caller.remember_answer(destination.answer.as_ref());
                    if self.world.routing.is_some() && caller.host().is_none() {
                        self.recorder.entered(caller.standpoint(), region, Instant::now());
                    }
                    return Ok(connection);
                }
                Err(failure) => last = Unopened { failure, region },
            }
            if Instant::now() >= deadline {
                break;
            }
        }
        caller.doubt_answer();
        Err(last)
    }

    /// `left` addresses share what is left of the connect's time.
    #[expect(clippy::too_many_arguments, reason = "the facts of one connection, used once")]
    async fn open_address(
        &self,
        caller: &mut Caller,
        destination: &Destination,
        address: SocketAddr,
        region: Option<usize>,
        timeouts: &Timeouts,
        deadline: Instant,
        left: u32,
    ) -> Result<Box<Connection>, Failure> {
        let began = Instant::now();
        let (link, options) = self.world.standpoints[caller.standpoint()].link(region);
        let limit = deadline.min(began + timeouts.connect / left.max(1));
        let connecting =
            pin!(wan::shaped::connect(link, options, self.dial(caller.standpoint(), caller.source, address)));
        let connected = self.slots.within(caller.slot, limit, connecting).await;
        let stream = connected.map_err(|_| Failure::PhaseTimeout(Phase::Connect))?.map_err(|error| self.io(&error))?;
        let connected = Instant::now();
        self.recorder.phase(caller.standpoint(), region, Phase::Connect, began, connected - began);
        count(&self.counts.connections);
        let transport = match &self.world.hosts[destination.host].server_name {
            None => Transport::Plain(stream),
            Some(name) => {
                let limit = deadline.min(connected + timeouts.tls);
                // Boxed: it is large, and users without TLS would carry it along while they connect.
                let stream = Box::pin(self.shake_hands(caller, name.clone(), stream, limit)).await?;
                self.recorder.phase(caller.standpoint(), region, Phase::Tls, connected, connected.elapsed());
                Transport::Tls(stream)
            }
        };
        let confirm_at = Instant::now() + caller.spread(CONFIRM_AFTER);
        Ok(Box::new(Connection::new(transport, destination.host, region, address, confirm_at)))
    }

    async fn shake_hands(
        &self,
        caller: &Caller,
        name: ServerName<'static>,
        stream: ShapedStream<TcpStream>,
        limit: Instant,
    ) -> Result<Box<tokio_rustls::client::TlsStream<ShapedStream<TcpStream>>>, Failure> {
        let shaking = pin!(self.tls.connect(name, stream));
        let shaken = self.slots.within(caller.slot, limit, shaking).await;
        let stream = shaken.map_err(|_| Failure::PhaseTimeout(Phase::Tls))?.map_err(|error| tls_failure(&error))?;
        match stream.get_ref().1.handshake_kind() {
            Some(HandshakeKind::Resumed) => count(&self.counts.resumed_handshakes),
            _ => count(&self.counts.full_handshakes),
        }
        Ok(Box::new(stream))
    }

    /// The real connection.
    async fn dial(&self, standpoint: usize, source: u32, address: SocketAddr) -> io::Result<TcpStream> {
        let sources = &self.world.standpoints[standpoint].sources;
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for turn in 0..SOURCES_TRIED.min(sources.len().max(1) as u32) {
            let chosen = sources.get((source.wrapping_add(turn)) as usize % sources.len().max(1)).copied();
            match dial_from(chosen, address).await {
                Err(error) if matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::AddrInUse) => {
                    last = error;
                }
                outcome => return outcome,
            }
        }
        Err(last)
    }

    /// What an error means; counts those that are this machine's own fault.
    pub(super) fn io(&self, error: &io::Error) -> Failure {
        let failure = Failure::from_io(error);
        if matches!(failure, Failure::Exhausted(_)) {
            count(&self.counts.exhausted);
        }
        failure
    }
}

async fn dial_from(source: Option<IpAddr>, address: SocketAddr) -> io::Result<TcpStream> {
    let stream = socket_from(source, address)?.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A socket for a connection to that address, from that one where both are of one family.
fn socket_from(source: Option<IpAddr>, address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    if let Some(source) = source.filter(|source| source.is_ipv4() == address.is_ipv4()) {
        // Else the bind takes a port for all destinations at once, and takes the longer to find one the more are taken:
        // 100,000 connections opened in 37.8 s without this and in 4.3 s with it.
        setsockopt(&socket, IpBindAddressNoPort, &true)?;
        socket.bind(SocketAddr::new(source, 0))?;
    }
    Ok(socket)
}

/// During a handshake a broken connection is a broken connection; everything that TLS says is TLS.
fn tls_failure(error: &io::Error) -> Failure {
    match Failure::from_io(error) {
        failure @ (Failure::Reset | Failure::KernelTimeout) if error.get_ref().is_none() => failure,
        _ => Failure::Tls,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[tokio::test]
    async fn a_source_address_takes_its_port_at_the_connect() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let source = IpAddr::from([127, 77, 0, 9]);
        let socket = socket_from(Some(source), address).unwrap();
        assert_eq!(
            socket.local_addr().unwrap(),
            SocketAddr::new(source, 0),
            "no port is taken before it is known what for"
        );
        let connected = dial_from(Some(source), address).await.unwrap();
        let from = connected.local_addr().unwrap();
        assert!(from.ip() == source && from.port() > 0, "{from}");
        let other = dial_from(Some("::1".parse().unwrap()), address).await.unwrap();
        assert_eq!(
            other.local_addr().unwrap().ip(),
            IpAddr::from([127, 0, 0, 1]),
            "another family's source is no source"
        );
    }
}
