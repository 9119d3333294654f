//! The arms, each with a service, a link that is cut and one that is spared.

use plan::resolved::Direction;
use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf},
    net::{TcpListener, TcpStream},
    sync::Mutex,
    time::timeout,
};
use units::{FaultName, Seed};
use wan::{
    Link, LinkHandle, LinkId, Overlay, State, StreamOptions,
    kernel::{Block, Cuts, Flow, Namespace, split},
    relay::{Client, control::LinkSetup},
    shaped,
};

/// What is wanted has this long to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// What is not to come is waited for so long.
pub(crate) const SILENCE: Duration = Duration::from_millis(300);

/// Bytes both ways.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// Who cuts, and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arm {
    /// The client's own sockets.
    Sockets,
    /// A relay.
    Relay,
    /// The kernel, between a client and the service.
    KernelOfUsers,
    /// The kernel, on both sides of a relay.
    KernelOfPeers,
}

impl Arm {
    pub(crate) const ALL: [Self; 4] = [Self::Sockets, Self::Relay, Self::KernelOfUsers, Self::KernelOfPeers];

    pub(crate) fn is_kernel(self) -> bool {
        matches!(self, Self::KernelOfUsers | Self::KernelOfPeers)
    }

    fn is_relayed(self) -> bool {
        matches!(self, Self::Relay | Self::KernelOfPeers)
    }

    /// Whether it can make that check: the client's sockets have no lease of their own, for they end with their process.
    pub(crate) fn has(self, check: &str) -> bool {
        match check {
            "its_lease_ends_it" => self != Self::Sockets,
            "who_is_outside_lays_no_rule" => self.is_kernel(),
            _ => true,
        }
    }
}

/// What became of a new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    Answered,
    Refused,
    Reset,
    Silent,
    Unopened,
}

/// The link that is cut, or the one that is spared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Hit,
    Spared,
}

impl Side {
    fn index(self) -> usize {
        usize::from(self == Self::Spared)
    }

    fn name(self) -> &'static str {
        ["hit", "spared"][self.index()]
    }
}

type RelayClient = Client<ReadHalf<DuplexStream>, WriteHalf<DuplexStream>>;

pub(crate) struct Stage {
    pub(crate) arm: Arm,
    service: SocketAddr,
    heard: Arc<AtomicU64>,
    links: [LinkHandle; 2],
    relay: Option<Mutex<RelayClient>>,
    relayed: Vec<SocketAddr>,
    pub(crate) cuts: Option<Cuts>,
}

impl Stage {
    pub(crate) async fn set(arm: Arm, namespace: Option<Namespace>) -> Self {
        let listener = TcpListener::bind("127.2.0.1:0").await.expect("a port");
        let service = listener.local_addr().expect("an address");
        let heard = Arc::new(AtomicU64::new(0));
        tokio::spawn(serve(listener, Arc::clone(&heard)));
        let links = [1, 2].map(|seed| LinkHandle::new(Link::transparent(), Seed::new(seed)));
        let mut stage = Self { arm, service, heard, links, relay: None, relayed: Vec::new(), cuts: None };
        if arm.is_relayed() {
            stage.start_relay().await;
        }
        let flows = [Side::Hit, Side::Spared].map(|side| (stage.id(side), stage.flows(side)));
        stage.cuts = namespace.map(|namespace| Cuts::new(namespace, BTreeMap::from(flows)));
        stage
    }

    async fn start_relay(&mut self) {
        let (near, far) = tokio::io::duplex(1 << 16);
        let (input, output) = tokio::io::split(far);
        tokio::spawn(wan::relay::serve(input, output));
        let (input, output) = tokio::io::split(near);
        let setup = |side: Side| LinkSetup {
            name: side.name().to_owned(),
            listen: SocketAddr::from((opener(side), 0)),
            forward_to: self.service,
            source: self.arm.is_kernel().then(|| opener(side).into()),
            link: Link::transparent().into(),
        };
        let setups = [Side::Hit, Side::Spared].map(setup).to_vec();
        let (client, bound) = Client::start(input, output, Seed::new(1), setups).await.expect("the relay starts");
        self.relay = Some(Mutex::new(client));
        self.relayed = bound.into_iter().map(|link| link.address).collect();
    }

    fn id(&self, side: Side) -> LinkId {
        match self.arm.is_relayed() {
            true => LinkId::Peer { from: 2 * side.index(), to: 1 },
            false => LinkId::User { population: side.index(), region: 1 },
        }
    }

    fn flows(&self, side: Side) -> Vec<Flow> {
        let accepter = |address: SocketAddr| match address {
            SocketAddr::V4(address) => address,
            SocketAddr::V6(_) => unreachable!("everything here is in 127.0.0.0/8"),
        };
        let service: SocketAddrV4 = accepter(self.service);
        match self.relayed.get(side.index()) {
            Some(relay) => vec![
                Flow { openers: Block::LOOPBACK, accepter: accepter(*relay) },
                Flow { openers: Block::only(opener(side)), accepter: service },
            ],
            None => vec![Flow { openers: Block { address: opener(side), prefix: 16 }, accepter: service }],
        }
    }

    /// Cuts the link that is hit.
    pub(crate) async fn cut(&self, fault: &str, overlay: Overlay, lease: Duration) {
        let fault = FaultName::new(fault);
        let (cut, rest) = match (&self.cuts, split(&overlay)) {
            (Some(cuts), Some((cut, ways, rest))) => (Some((cuts, cut, ways)), rest),
            _ => (None, overlay),
        };
        if rest != Overlay::default() {
            match &self.relay {
                Some(relay) => {
                    let overlays = [(Side::Hit.name().to_owned(), rest)];
                    relay.lock().await.apply(&fault, lease, &overlays).await.expect("the relay is there");
                }
                None => self.links[0].apply(&fault, rest),
            }
        }
        if let Some((cuts, cut, ways)) = cut {
            cuts.apply(&fault, cut, &[(self.id(Side::Hit), ways)], lease).await.expect("nft is there");
        }
    }

    /// Whether its lease could be renewed.
    pub(crate) async fn renew(&self, fault: &str) -> bool {
        let fault = FaultName::new(fault);
        match (&self.cuts, &self.relay) {
            (Some(cuts), _) => cuts.renew(&fault).await.is_ok(),
            (None, Some(relay)) => relay.lock().await.renew(&fault).await.is_ok(),
            (None, None) => unreachable!("the client's sockets have no lease"),
        }
    }

    pub(crate) async fn heal(&self, fault: &str) {
        let fault = FaultName::new(fault);
        if let Some(cuts) = &self.cuts {
            cuts.remove(&fault).await.expect("nft is there");
        }
        match &self.relay {
            Some(relay) => relay.lock().await.remove(&fault).await.expect("the relay is there"),
            None => {
                self.links[0].remove(&fault);
            }
        }
    }

    pub(crate) async fn connect(&self, side: Side) -> io::Result<Box<dyn Stream>> {
        if let Some(relay) = self.relayed.get(side.index()) {
            return Ok(Box::new(TcpStream::connect(relay).await?));
        }
        let open = async {
            match &self.cuts {
                Some(cuts) => cuts.connect(self.id(side)).await,
                None => TcpStream::connect(self.service).await,
            }
        };
        Ok(Box::new(shaped::connect(&self.links[side.index()], StreamOptions::default(), open).await?))
    }

    /// Opens a connection and says something over it; each step may take that long.
    pub(crate) async fn open_new(&self, side: Side, patience: Duration) -> Opening {
        let kind_of = |error: io::Error| match error.kind() {
            io::ErrorKind::ConnectionRefused => Opening::Refused,
            _ => Opening::Reset,
        };
        let mut stream = match timeout(patience, self.connect(side)).await {
            Err(_) => return Opening::Unopened,
            Ok(Err(error)) => return kind_of(error),
            Ok(Ok(stream)) => stream,
        };
        match timeout(patience, exchange(&mut *stream, b"new")).await {
            Err(_) => Opening::Silent,
            Ok(Err(error)) => kind_of(error),
            Ok(Ok(())) => Opening::Answered,
        }
    }

    /// A connection that has been used already.
    pub(crate) async fn established(&self, side: Side) -> Box<dyn Stream> {
        let mut stream = self.connect(side).await.expect("the link is whole");
        exchange(&mut *stream, b"before").await.expect("the link is whole");
        stream
    }

    /// How many bytes the service has heard.
    pub(crate) fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    /// Nothing of any fault is left.
    pub(crate) async fn is_whole(&self) {
        assert_eq!(self.open_new(Side::Hit, PATIENCE).await, Opening::Answered);
        if self.cuts.is_some() {
            let listed = Command::new("/usr/sbin/nft").args(["list", "tables"]).output().expect("nft is there");
            assert_eq!(String::from_utf8_lossy(&listed.stdout), "", "a table is left");
        }
    }
}

/// Where who opens connections over a link is; or the relay that has it.
fn opener(side: Side) -> Ipv4Addr {
    [Ipv4Addr::new(127, 65, 0, 0), Ipv4Addr::new(127, 66, 0, 0)][side.index()]
}

async fn serve(listener: TcpListener, heard: Arc<AtomicU64>) {
    while let Ok((mut socket, _)) = listener.accept().await {
        let heard = Arc::clone(&heard);
        tokio::spawn(async move {
            let mut buffer = [0; 1_024];
            while let Ok(count @ 1..) = socket.read(&mut buffer).await {
                heard.fetch_add(count as u64, Ordering::Relaxed);
                socket.write_all(&buffer[..count]).await?;
            }
            Ok::<(), io::Error>(())
        });
    }
}

/// Sends a message and takes its echo.
pub(crate) async fn exchange(stream: &mut dyn Stream, message: &[u8]) -> io::Result<()> {
    stream.write_all(message).await?;
    let mut answer = vec![0; message.len()];
    stream.read_exact(&mut answer).await?;
    assert_eq!(answer, message);
    Ok(())
}

pub(crate) fn cut(direction: Direction, state: State) -> Overlay {
    Overlay::state(direction, state)
}
