//! What a plain server is made of: one thread, an epoll, a table of sockets. Shared by the benchmarks, whose servers differ in what they
//! answer and when.

use rustix::event::epoll;
use socket2::{Domain, Socket, Type};
use std::{
    io::{ErrorKind, Read},
    net::{SocketAddr, TcpListener, TcpStream},
    os::fd::AsFd,
    time::Duration,
};

const LISTENER: u64 = u64::MAX;
const BESIDE: u64 = u64::MAX - 1;
/// Requests of the generators here are shorter, come in one piece, and are answered before the next.
const REQUEST_BYTES: usize = 64 * 1_024;
const EVENTS_MAX: usize = 512;

/// A listener and its connections.
pub(crate) struct Sockets {
    listener: TcpListener,
    poll: rustix::fd::OwnedFd,
    places: Vec<Place>,
    free: Vec<u32>,
    events: Vec<epoll::Event>,
    buffer: Vec<u8>,
}

/// One connection after the other.
struct Place {
    stream: Option<TcpStream>,
    /// Connections that were here before.
    before: u32,
}

/// One connection, told from those that had its place before and will have it later: an answer that is delayed may come when its own is
/// closed and another is there.
#[derive(Clone, Copy)]
pub(crate) struct Peer {
    place: u32,
    before: u32,
}

impl Sockets {
    /// Listens there, beside others that do. With a queue for all users of a second in which nobody accepts: one that overflows loses
    /// SYNs, and a second with each.
    pub(crate) fn listen(address: SocketAddr) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_reuse_address(true).unwrap();
        socket.set_reuse_port(true).unwrap();
        socket.bind(&address.into()).unwrap();
        socket.listen(4_096).unwrap();
        socket.set_nonblocking(true).unwrap();
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
        let listener: TcpListener = socket.into();
        watch(&poll, &listener, LISTENER);
        let (events, buffer) = (Vec::with_capacity(EVENTS_MAX), vec![0; REQUEST_BYTES]);
        Self { listener, poll, places: Vec::new(), free: Vec::new(), events, buffer }
    }

    /// Waits for something else as well.
    pub(crate) fn beside(&self, what: impl AsFd) {
        watch(&self.poll, what, BESIDE);
    }

    /// Waits until something is there, at most so long.
    pub(crate) fn wait(&mut self, at_most: Option<Duration>) {
        let at_most = at_most.map(|wait| rustix::time::Timespec {
            tv_sec: i64::try_from(wait.as_secs()).unwrap(),
            tv_nsec: wait.subsec_nanos().into(),
        });
        self.events.clear();
        let _interrupted = epoll::wait(&self.poll, rustix::buffer::spare_capacity(&mut self.events), at_most.as_ref());
    }

    /// Takes what is there: connections are accepted, and each whole request is given to `take` with its connection, which answers
    /// whether that is still good. Answers whether what is waited for beside is there.
    pub(crate) fn take(&mut self, mut take: impl FnMut(Peer, &mut TcpStream, &[u8]) -> bool) -> bool {
        let mut beside = false;
        for index in 0..self.events.len() {
            match self.events[index].data.u64() {
                LISTENER => self.accept(),
                BESIDE => beside = true,
                peer => self.read(Peer::from_token(peer), &mut take),
            }
        }
        beside
    }

    /// The connection, unless it is closed.
    pub(crate) fn stream(&mut self, peer: Peer) -> Option<&mut TcpStream> {
        let place = &mut self.places[peer.place as usize];
        place.stream.as_mut().filter(|_| place.before == peer.before)
    }

    fn accept(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            stream.set_nonblocking(true).unwrap();
            stream.set_nodelay(true).unwrap();
            let place = self.free.pop().unwrap_or_else(|| {
                self.places.push(Place { stream: None, before: 0 });
                u32::try_from(self.places.len() - 1).unwrap()
            });
            let Place { stream: here, before } = &mut self.places[place as usize];
            watch(&self.poll, &stream, Peer { place, before: *before }.token());
            *here = Some(stream);
        }
    }

    fn read(&mut self, peer: Peer, take: &mut impl FnMut(Peer, &mut TcpStream, &[u8]) -> bool) {
        let mut buffer = std::mem::take(&mut self.buffer);
        let is_good = self.stream(peer).is_none_or(|stream| match stream.read(&mut buffer) {
            Ok(0) => false,
            Ok(length) => !buffer[..length].ends_with(b"\r\n\r\n") || take(peer, stream, &buffer[..length]),
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        });
        self.buffer = buffer;
        if !is_good {
            self.close(peer);
        }
    }

    fn close(&mut self, peer: Peer) {
        let place = &mut self.places[peer.place as usize];
        place.stream = None;
        place.before = place.before.wrapping_add(1);
        self.free.push(peer.place);
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    /// Connections that are open.
    pub(crate) fn open(&self) -> usize {
        self.places.len() - self.free.len()
    }
}

impl Peer {
    fn token(self) -> u64 {
        u64::from(self.before) << 32 | u64::from(self.place)
    }

    fn from_token(token: u64) -> Self {
        Self { place: token as u32, before: (token >> 32) as u32 }
    }
}

fn watch(poll: &rustix::fd::OwnedFd, what: impl AsFd, token: u64) {
    epoll::add(poll, what, epoll::EventData::new_u64(token), epoll::EventFlags::IN).unwrap();
}
