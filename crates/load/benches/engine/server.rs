//! A server that costs little, with a body of 1,024 bytes. Answers at once, or after a delay, and can stall.
//!
//! `serve [delay-us] [stall-at-ms,…] [stall-ms]`: the times of stalls count from the first request.

use crate::sockets::{Peer, Sockets};
use std::{
    collections::VecDeque,
    io::Write,
    time::{Duration, Instant},
};

const BODY: usize = 1_024;

struct Server {
    sockets: Sockets,
    answer: Vec<u8>,
    answered: u64,
    delay: Duration,
    /// Answers that are due later, in order.
    due: VecDeque<(Instant, Peer)>,
    stalls: VecDeque<Duration>,
    stall: Duration,
    first: Option<Instant>,
}

pub(crate) fn serve(arguments: &[&str]) {
    let number = |index: usize| arguments.get(index).and_then(|text| text.parse().ok()).unwrap_or(0);
    let stalls = arguments.get(1).map_or("", |text| *text).split(',').filter_map(|text| text.parse().ok());
    let sockets = Sockets::listen(([127, 0, 0, 1], 0).into());
    println!("{}", sockets.address());
    let body = "x".repeat(BODY);
    let mut server = Server {
        sockets,
        answer: format!("HTTP/1.1 200 OK\r\nserver: bench\r\ncontent-length: {BODY}\r\n\r\n{body}").into_bytes(),
        answered: 0,
        delay: Duration::from_micros(number(0)),
        due: VecDeque::new(),
        stalls: stalls.map(Duration::from_millis).collect(),
        stall: Duration::from_millis(number(2)),
        first: None,
    };
    loop {
        server.turn();
    }
}

impl Server {
    fn turn(&mut self) {
        let now = Instant::now();
        self.sockets.wait(self.due.front().map(|(at, _)| at.saturating_duration_since(now)));
        self.maybe_stall();
        let Self { sockets, answer, answered, delay, due, first, .. } = self;
        sockets.take(|peer, stream, request| {
            if request.starts_with(b"GET /answered ") {
                let count = answered.to_string();
                let text = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{count}", count.len());
                return stream.write_all(text.as_bytes()).is_ok();
            }
            let now = Instant::now();
            first.get_or_insert(now);
            if delay.is_zero() {
                *answered += 1;
                return stream.write_all(answer).is_ok();
            }
            due.push_back((now + *delay, peer));
            true
        });
        let now = Instant::now();
        while let Some((_, peer)) = self.due.pop_front_if(|(at, _)| *at <= now) {
            if let Some(stream) = self.sockets.stream(peer) {
                self.answered += 1;
                // One that is closed meanwhile says so to who reads next.
                let _ = stream.write_all(&self.answer);
            }
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
}
