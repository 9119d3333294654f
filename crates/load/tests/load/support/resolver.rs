//! A small DNS server whose answers a test decides. Runs on a thread of its own and ends when dropped.

use hickory_proto::{
    op::{Message, MessageType, ResponseCode},
    rr::{
        RData, Record, RecordType,
        rdata::{
            A,
            opt::{EdnsCode, EdnsOption},
        },
    },
};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UdpSocket},
    sync::watch,
};

/// A question as the server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) name: String,
    /// Number among all questions for IPv4 addresses, from 0.
    pub(crate) number: usize,
    pub(crate) peer: IpAddr,
    pub(crate) subnet: Option<IpAddr>,
    pub(crate) over_tcp: bool,
}

/// What the server says.
#[derive(Debug, Clone)]
pub(crate) enum Says {
    /// These addresses, with a TTL in seconds.
    Addresses(Vec<Ipv4Addr>, u32),
    /// There is no such name.
    NoSuchName,
    /// That status.
    Status(ResponseCode),
    /// Ask again over TCP.
    Truncated,
    /// Nothing.
    Silence,
}

pub(crate) struct Resolver {
    pub(crate) address: SocketAddr,
    pub(crate) asked: Arc<AtomicUsize>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

type Handler = Arc<dyn Fn(&Asked) -> Says + Send + Sync>;

impl Resolver {
    pub(crate) fn start(handler: impl Fn(&Asked) -> Says + Send + Sync + 'static) -> Self {
        // The same port for both transports: free for TCP first, then taken for UDP; another one if that fails.
        let (tcp, udp) = (0..50)
            .find_map(|_| {
                let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
                let udp = std::net::UdpSocket::bind(tcp.local_addr().unwrap()).ok()?;
                Some((tcp, udp))
            })
            .unwrap();
        let address = tcp.local_addr().unwrap();
        tcp.set_nonblocking(true).unwrap();
        udp.set_nonblocking(true).unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let (stop, mut stopped) = watch::channel(false);
        let answering = Answering { handler: Arc::new(handler), asked: Arc::clone(&asked) };
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let udp = UdpSocket::from_std(udp).unwrap();
                let tcp = TcpListener::from_std(tcp).unwrap();
                tokio::select! {
                    () = serve_udp(udp, answering.clone()) => {}
                    () = serve_tcp(tcp, answering) => {}
                    _ = stopped.wait_for(|stopped| *stopped) => {}
                }
            });
        });
        Self { address, asked, stop, thread: Some(thread) }
    }

    /// Questions for IPv4 addresses so far.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

#[derive(Clone)]
struct Answering {
    handler: Handler,
    asked: Arc<AtomicUsize>,
}

async fn serve_udp(socket: UdpSocket, answering: Answering) {
    let mut buffer = [0; 2_048];
    while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
        if let Some(answer) = answering.answer(&buffer[..length], peer.ip(), false) {
            let _ = socket.send_to(&answer, peer).await;
        }
    }
}

async fn serve_tcp(listener: TcpListener, answering: Answering) {
    while let Ok((mut stream, peer)) = listener.accept().await {
        let Ok(length) = stream.read_u16().await else { continue };
        let mut question = vec![0; usize::from(length)];
        if stream.read_exact(&mut question).await.is_err() {
            continue;
        }
        if let Some(answer) = answering.answer(&question, peer.ip(), true) {
            let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
            let _ = stream.write_all(&[&length[..], &answer].concat()).await;
        }
    }
}

impl Answering {
    fn answer(&self, question: &[u8], peer: IpAddr, over_tcp: bool) -> Option<Vec<u8>> {
        let mut message = Message::from_vec(question).ok()?;
        let query = message.queries.first()?.clone();
        let subnet = message.edns.as_ref().and_then(|edns| match edns.option(EdnsCode::Subnet) {
            Some(EdnsOption::Subnet(subnet)) => Some(subnet.addr()),
            _ => None,
        });
        message.metadata.message_type = MessageType::Response;
        if query.query_type() != RecordType::A {
            return message.to_vec().ok();
        }
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        let asked = Asked { name: query.name().to_string(), number, peer, subnet, over_tcp };
        match (self.handler)(&asked) {
            Says::Silence => return None,
            Says::Truncated => message.metadata.truncation = true,
            Says::NoSuchName => message.metadata.response_code = ResponseCode::NXDomain,
            Says::Status(status) => message.metadata.response_code = status,
            Says::Addresses(addresses, ttl) => {
                let record = |address: Ipv4Addr| Record::from_rdata(query.name().clone(), ttl, RData::A(A(address)));
                message.add_answers(addresses.into_iter().map(record));
            }
        }
        message.to_vec().ok()
    }
}
