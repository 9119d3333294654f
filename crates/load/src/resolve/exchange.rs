//! One question over the network: UDP, again once, TCP when the answer was cut off.

use super::{
    Asking, NameFailure,
    cache::Answer,
    message::{Ask, Meaning, UDP_BYTES_MAX},
};
use hickory_proto::op::Message;
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream, UdpSocket},
    time::timeout,
};

/// A question is asked so often, each time with an equal part of the time, and of the next server where there are several.
const TRIES: u32 = 2;
/// Datagrams that are no answer to the question, per try: more of them are an attack.
const FOREIGN_MAX: usize = 64;

/// The addresses of a name: IPv4, or IPv6 where it has no IPv4.
pub(super) async fn ask(name: &str, asking: &Asking) -> Result<Answer, NameFailure> {
    let all = async {
        match ask_family(name, asking, false).await {
            Err(NameFailure::NoAddress { .. }) => ask_family(name, asking, true).await,
            answer => answer,
        }
    };
    timeout(asking.timeout, all).await.unwrap_or(Err(NameFailure::Timeout))
}

async fn ask_family(name: &str, asking: &Asking, six: bool) -> Result<Answer, NameFailure> {
    let mut failure = NameFailure::Timeout;
    for attempt in 0..TRIES {
        let Some(server) = asking.servers.get(attempt as usize % asking.servers.len().max(1)) else {
            return Err(NameFailure::Server);
        };
        match timeout(asking.timeout / TRIES, ask_server(name, *server, asking, six)).await {
            Ok(Ok(answer)) => return answer,
            // A refused datagram is a resolver that isn't there; the next try may meet another one, or it restarted.
            Ok(Err(_)) => {
                failure = NameFailure::Server;
                tokio::time::sleep(asking.timeout / (TRIES * 4)).await;
            }
            Err(_) => failure = NameFailure::Timeout,
        }
    }
    Err(failure)
}

/// One try: the way to the resolver and back takes the access's round trip, half of it each way.
async fn ask_server(
    name: &str,
    server: SocketAddr,
    asking: &Asking,
    six: bool,
) -> io::Result<Result<Answer, NameFailure>> {
    // Unpredictable on purpose, unlike everything that the plan decides: a guessable id could be answered by others.
    let id = Message::query().metadata.id;
    let Some(ask) = Ask::new(id, name, six) else { return Ok(Err(NameFailure::Server)) };
    let Some(bytes) = ask.bytes(asking.subnet) else { return Ok(Err(NameFailure::Server)) };
    pause(asking.round_trip / 2).await;
    let said = match over_udp(&ask, &bytes, server, asking.source).await? {
        Some(said) => said,
        None => {
            // A connection costs a round trip of its own.
            pause(asking.round_trip).await;
            over_tcp(&ask, &bytes, server, asking.source).await?
        }
    };
    pause(asking.round_trip / 2).await;
    Ok(said)
}

/// `None`: the answer was cut off.
async fn over_udp(
    ask: &Ask,
    question: &[u8],
    server: SocketAddr,
    source: Option<IpAddr>,
) -> io::Result<Option<Result<Answer, NameFailure>>> {
    let socket = UdpSocket::from_std(udp_socket(server, source)?)?;
    socket.connect(server).await?;
    socket.send(question).await?;
    let mut answer = vec![0; usize::from(UDP_BYTES_MAX)];
    for _ in 0..FOREIGN_MAX {
        let length = socket.recv(&mut answer).await?;
        match ask.meaning(&answer[..length]) {
            Meaning::Foreign => {}
            Meaning::Truncated => return Ok(None),
            Meaning::Said(said) => return Ok(Some(said)),
        }
    }
    Err(io::Error::other("only foreign datagrams"))
}

async fn over_tcp(
    ask: &Ask,
    question: &[u8],
    server: SocketAddr,
    source: Option<IpAddr>,
) -> io::Result<Result<Answer, NameFailure>> {
    let mut stream = tcp_connect(server, source).await?;
    let length = u16::try_from(question.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes()[..], question].concat()).await?;
    let length = stream.read_u16().await?;
    let mut answer = vec![0; usize::from(length)];
    stream.read_exact(&mut answer).await?;
    match ask.meaning(&answer) {
        Meaning::Said(said) => Ok(said),
        Meaning::Foreign | Meaning::Truncated => Err(io::Error::from(io::ErrorKind::InvalidData)),
    }
}

fn udp_socket(server: SocketAddr, source: Option<IpAddr>) -> io::Result<std::net::UdpSocket> {
    let socket = Socket::new(Domain::for_address(server), Type::DGRAM.nonblocking().cloexec(), Some(Protocol::UDP))?;
    socket.bind(&local(server, source).into())?;
    Ok(socket.into())
}

async fn tcp_connect(server: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = if server.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.bind(local(server, source))?;
    socket.connect(server).await
}

/// The source where it fits the server's family, any address otherwise.
fn local(server: SocketAddr, source: Option<IpAddr>) -> SocketAddr {
    let any = if server.is_ipv4() { IpAddr::from(Ipv4Addr::UNSPECIFIED) } else { IpAddr::from(Ipv6Addr::UNSPECIFIED) };
    SocketAddr::new(source.filter(|source| source.is_ipv4() == server.is_ipv4()).unwrap_or(any), 0)
}

async fn pause(duration: Duration) {
    if !duration.is_zero() {
        wan::timer::sleep(duration).await;
    }
}
