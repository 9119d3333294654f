//! One process of a region's plain server: a thread, a table of sockets, an answer of a few bytes. Several listen at one address
//! (`SO_REUSEPORT`), since none may have more than 20,000 descriptors; the kernel spreads the connections.
//!
//! `serve ADDRESS REGION`: prints `ready`; answers each line of its input with the connections that are open and the requests it
//! has answered. Ends with its input.

use rustix::event::epoll;
use socket2::{Domain, Socket, Type};
use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
};

const LISTENER: u64 = u64::MAX;
const INPUT: u64 = u64::MAX - 1;
/// Requests of the benchmark are much shorter and come in one piece.
const REQUEST_BYTES: usize = 16 * 1_024;

struct Server {
    listener: TcpListener,
    poll: rustix::fd::OwnedFd,
    connections: Vec<Option<TcpStream>>,
    free: Vec<usize>,
    answer: Vec<u8>,
    answered: u64,
    buffer: Vec<u8>,
}

pub(crate) fn serve(arguments: &[&str]) {
    let [address, region] = arguments else { panic!("ADDRESS REGION") };
    let _limit = load::limits::Available::raise();
    let listener = listen(address.parse().unwrap());
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
    epoll::add(&poll, &listener, epoll::EventData::new_u64(LISTENER), epoll::EventFlags::IN).unwrap();
    epoll::add(&poll, std::io::stdin(), epoll::EventData::new_u64(INPUT), epoll::EventFlags::IN).unwrap();
    let body = "hello";
    let length = body.len();
    let answer =
        format!("HTTP/1.1 200 OK\r\nx-region: {region}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes();
    let buffer = vec![0; REQUEST_BYTES];
    let mut server = Server { listener, poll, connections: Vec::new(), free: Vec::new(), answer, answered: 0, buffer };
    println!("ready");
    while server.turn() {}
}

fn listen(address: SocketAddr) -> TcpListener {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.set_reuse_port(true).unwrap();
    socket.bind(&address.into()).unwrap();
    socket.listen(4_096).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket.into()
}

impl Server {
    fn turn(&mut self) -> bool {
        let mut events = Vec::with_capacity(512);
        let _interrupted = epoll::wait(&self.poll, rustix::buffer::spare_capacity(&mut events), None);
        for event in &events {
            match event.data.u64() {
                LISTENER => self.accept(),
                INPUT => {
                    let mut questions = [0; 64];
                    let length = std::io::stdin().read(&mut questions).unwrap_or(0);
                    if length == 0 {
                        return false;
                    }
                    for _ in questions[..length].iter().filter(|byte| **byte == b'\n') {
                        println!("{} {}", self.connections.len() - self.free.len(), self.answered);
                    }
                }
                index => self.read(index as usize),
            }
        }
        true
    }

    fn accept(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            stream.set_nonblocking(true).unwrap();
            stream.set_nodelay(true).unwrap();
            let index = self.free.pop().unwrap_or_else(|| {
                self.connections.push(None);
                self.connections.len() - 1
            });
            epoll::add(&self.poll, &stream, epoll::EventData::new_u64(index as u64), epoll::EventFlags::IN).unwrap();
            self.connections[index] = Some(stream);
        }
    }

    fn read(&mut self, index: usize) {
        let Some(stream) = &mut self.connections[index] else { return };
        let good = match stream.read(&mut self.buffer) {
            Ok(length) if length > 0 => {
                let whole = self.buffer[..length].ends_with(b"\r\n\r\n");
                self.answered += u64::from(whole);
                !whole || stream.write_all(&self.answer).is_ok()
            }
            Err(error) => error.kind() == ErrorKind::WouldBlock,
            Ok(_) => false,
        };
        if !good {
            self.connections[index] = None;
            self.free.push(index);
        }
    }
}
