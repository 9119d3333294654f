//! What the tests over real sockets share: a service that answers with what it heard, and the two arms.

use std::{
    io,
    net::SocketAddr,
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
};
use units::{FaultName, Seed};
use wan::{
    Link, LinkHandle, Overlay, StreamOptions, Traffic,
    relay::{Client, control::LinkSetup},
    shaped::{self, Probe, Probed},
};

/// No wait in these tests is longer.
pub(crate) const WITHIN: Duration = Duration::from_secs(30);

/// Bytes both ways.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A service that answers with what it heard, and counts it.
pub(crate) struct Echo {
    pub(crate) address: SocketAddr,
    heard: Arc<AtomicU64>,
}

impl Echo {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let heard = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(answer(socket, Arc::clone(&counter)));
            }
        });
        Self { address, heard }
    }

    pub(crate) fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }
}

async fn answer(mut socket: TcpStream, heard: Arc<AtomicU64>) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut buffer = vec![0; 16 * 1_024];
    loop {
        let count = socket.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        heard.fetch_add(count as u64, Ordering::Relaxed);
        socket.write_all(&buffer[..count]).await?;
    }
}

/// One of the two ways to put a link in front of a service.
pub(crate) enum Arm {
    /// Inside the client's own socket.
    Direct { link: LinkHandle, service: SocketAddr },
    /// A relay between client and service.
    Relay { client: Mutex<RelayClient>, address: SocketAddr },
}

type RelayClient = Client<ReadHalf<DuplexStream>, WriteHalf<DuplexStream>>;

impl Arm {
    pub(crate) fn direct(service: SocketAddr, link: Link) -> Self {
        Self::Direct { link: LinkHandle::new(link, Seed::new(1)), service }
    }

    pub(crate) async fn relay(service: SocketAddr, link: Link) -> Self {
        let (client, bound) = start_relay(vec![setup("link", service, link)]).await;
        Self::Relay { client: Mutex::new(client), address: bound }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Direct { .. } => "direct",
            Self::Relay { .. } => "relay",
        }
    }

    pub(crate) async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let open = async |address| {
            let socket = TcpStream::connect(address).await?;
            socket.set_nodelay(true)?;
            Ok(socket)
        };
        match self {
            Self::Direct { link, service } => {
                Ok(Box::new(shaped::connect(link, StreamOptions::default(), open(*service)).await?))
            }
            Self::Relay { address, .. } => Ok(Box::new(open(*address).await?)),
        }
    }

    pub(crate) async fn set(&self, base: Link) {
        match self {
            Self::Direct { link, .. } => link.set(base),
            Self::Relay { client, .. } => client.lock().await.set("link", base).await.expect("the relay is there"),
        }
    }

    pub(crate) async fn apply(&self, overlay: Overlay) {
        match self {
            Self::Direct { link, .. } => link.apply(&fault(), overlay),
            Self::Relay { client, .. } => {
                let overlays = [("link".to_owned(), overlay)];
                let applied = client.lock().await.apply(&fault(), WITHIN, &overlays).await;
                applied.expect("the relay is there");
            }
        }
    }

    pub(crate) async fn heal(&self) {
        match self {
            Self::Direct { link, .. } => assert!(link.remove(&fault())),
            Self::Relay { client, .. } => client.lock().await.remove(&fault()).await.expect("the relay is there"),
        }
    }

    /// Whether a connection is open or being opened.
    pub(crate) async fn is_connecting(&self) -> bool {
        match self {
            // Whoever asks has begun to connect in the same task.
            Self::Direct { .. } => true,
            Self::Relay { client, .. } => {
                let status = client.lock().await.status().await.expect("the relay is there");
                status.links[0].connections > 0
            }
        }
    }

    /// What a probe of the link sees.
    pub(crate) async fn probe(&self, probe: Probe) -> Vec<Probed> {
        match self {
            Self::Direct { link, .. } => shaped::probe(link, probe).await,
            Self::Relay { client, .. } => {
                let probed = client.lock().await.probe(vec!["link".to_owned()], probe).await;
                probed.expect("the relay is there").remove(0)
            }
        }
    }

    pub(crate) async fn traffic(&self) -> Traffic {
        match self {
            Self::Direct { link, .. } => link.traffic(),
            Self::Relay { client, .. } => {
                let status = client.lock().await.status().await.expect("the relay is there");
                status.links[0].traffic.into()
            }
        }
    }
}

pub(crate) fn setup(name: &str, service: SocketAddr, link: Link) -> LinkSetup {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    LinkSetup { name: name.to_owned(), listen, forward_to: service, source: None, link: link.into() }
}

/// A relay inside this process; gives the address of its first link.
pub(crate) async fn start_relay(links: Vec<LinkSetup>) -> (RelayClient, SocketAddr) {
    let (near, far) = tokio::io::duplex(1 << 16);
    let (input, output) = tokio::io::split(far);
    tokio::spawn(wan::relay::serve(input, output));
    let (input, output) = tokio::io::split(near);
    let (client, bound) = Client::start(input, output, Seed::new(1), links).await.expect("the relay starts");
    (client, bound[0].address)
}

pub(crate) fn fault() -> FaultName {
    FaultName::new("fault")
}

/// Sends a message and takes its echo.
pub(crate) async fn round_trip(stream: &mut (impl Stream + ?Sized), message: &[u8]) -> io::Result<()> {
    stream.write_all(message).await?;
    let mut answer = vec![0; message.len()];
    stream.read_exact(&mut answer).await?;
    assert_eq!(answer, message);
    Ok(())
}

/// Waits until the condition holds; it is looked at again and again, never once after a pause.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let looking = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    assert!(tokio::time::timeout(WITHIN, looking).await.is_ok(), "never: {what}");
}
