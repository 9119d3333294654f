//! A server that costs little: one thread, epoll, a body of 1,024 bytes. Answers at once, or after a delay, and can stall.
//!
//! `serve [delay-us] [stall-at-ms,…] [stall-ms]`: the times of stalls count from the first request.

use rustix::event::epoll;
use socket2::{Domain, Socket, Type};
use std::{
    collections::VecDeque,
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

const BODY: usize = 1_024;
const LISTENER: u64 = u64::MAX;

struct Server {
    listener: TcpListener,
    poll: rustix::fd::OwnedFd,
    connections: Vec<Option<TcpStream>>,
    answer: Vec<u8>,
    answered: u64,
    delay: Duration,
    /// Answers that are due later, in order.
    due: VecDeque<(Instant, usize)>,
    stalls: VecDeque<Duration>,
    stall: Duration,
    first: Option<Instant>,
    buffer: Vec<u8>,
}

pub(crate) fn serve(arguments: &[&str]) {
    let number = |index: usize| arguments.get(index).and_then(|text| text.parse().ok()).unwrap_or(0);
    let stalls = arguments.get(1).map_or("", |text| *text).split(',').filter_map(|text| text.parse().ok());
    let listener = listen();
    println!("{}", listener.local_addr().unwrap());
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
    epoll::add(&poll, &listener, epoll::EventData::new_u64(LISTENER), epoll::EventFlags::IN).unwrap();
    let body = "x".repeat(BODY);
    let mut server = Server {
        listener,
        poll,
        connections: Vec::new(),
        answer: format!("HTTP/1.1 200 OK\r\nserver: bench\r\ncontent-length: {BODY}\r\n\r\n{body}").into_bytes(),
        answered: 0,
        delay: Duration::from_micros(number(0)),
        due: VecDeque::new(),
        stalls: stalls.map(Duration::from_millis).collect(),
        stall: Duration::from_millis(number(2)),
        first: None,
        buffer: vec![0; 64 * 1_024],
    };
    loop {
        server.turn();
    }
}

/// With a queue for all users of a stalled second: one that overflows loses SYNs, and a second with each.
fn listen() -> TcpListener {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    socket.listen(4_096).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket.into()
}

impl Server {
    fn turn(&mut self) {
        let mut events = Vec::with_capacity(512);
        let now = Instant::now();
        let wait = self.due.front().map(|(at, _)| {
            let left = at.saturating_duration_since(now);
            rustix::time::Timespec { tv_sec: 0, tv_nsec: i64::try_from(left.as_nanos()).unwrap() }
        });
        let _interrupted = epoll::wait(&self.poll, rustix::buffer::spare_capacity(&mut events), wait.as_ref());
        self.maybe_stall();
        for event in &events {
            match event.data.u64() {
                LISTENER => self.accept(),
                index => self.read(index as usize),
            }
        }
        let now = Instant::now();
        while self.due.front().is_some_and(|(at, _)| *at <= now) {
            let (_, index) = self.due.pop_front().unwrap();
            self.answer(index);
        }
    }

    fn maybe_stall(&mut self) {
        if let (Some(first), Some(at)) = (self.first, self.stalls.front())
            && first.elapsed() >= *at
        {
            // Until its planned end, so that the stall's place is the plan's whatever the scheduler did.
            let until = first + *at + self.stall;
            self.stalls.pop_front();
            std::thread::sleep(until.saturating_duration_since(Instant::now()));
        }
    }

    fn accept(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            stream.set_nonblocking(true).unwrap();
            stream.set_nodelay(true).unwrap();
            let index = self.connections.iter().position(Option::is_none).filter(|_| self.connections.len() > 19_000);
            let index = index.unwrap_or_else(|| {
                self.connections.push(None);
                self.connections.len() - 1
            });
            epoll::add(&self.poll, &stream, epoll::EventData::new_u64(index as u64), epoll::EventFlags::IN).unwrap();
            self.connections[index] = Some(stream);
        }
    }

    fn read(&mut self, index: usize) {
        let Some(stream) = &mut self.connections[index] else { return };
        match stream.read(&mut self.buffer) {
            Ok(0) => self.connections[index] = None,
            Ok(length) => {
                let bytes = &self.buffer[..length];
                if bytes.starts_with(b"GET /answered ") {
                    let count = self.answered.to_string();
                    let text = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{count}", count.len());
                    stream.write_all(text.as_bytes()).unwrap();
                    return;
                }
                // The generators here send a request in one piece and wait for its answer.
                if !bytes.ends_with(b"\r\n\r\n") {
                    return;
                }
                let now = Instant::now();
                self.first.get_or_insert(now);
                if self.delay.is_zero() {
                    self.answer(index);
                } else {
                    self.due.push_back((now + self.delay, index));
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => self.connections[index] = None,
        }
    }

    fn answer(&mut self, index: usize) {
        if let Some(stream) = &mut self.connections[index] {
            self.answered += 1;
            if stream.write_all(&self.answer).is_err() {
                self.connections[index] = None;
            }
        }
    }
}
