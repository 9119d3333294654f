//! What a shaped stream costs: CPU per round trip against a bare socket, and memory while idle.
//!
//! `cargo run --release -p wan --example stream_cost`
//!
//! Each row is a closed loop of 64 connections for some seconds against a service in a thread of its own; the figures are
//! the CPU time of the client's thread, user and kernel apart, from `/proc/thread-self/stat`. Only their differences say
//! something about the stream; a busy machine moves all of them.

use std::{
    fs,
    io::{self, Write},
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use units::Seed;
use wan::{Link, LinkHandle, ShapedStream, StreamOptions, timer};

const CONNECTIONS: usize = 64;
/// Of each kind, all at once: freed memory would be taken again and look like none.
const IDLE: usize = 2_000;
const ROW: Duration = Duration::from_secs(4);
const MESSAGE: [u8; 100] = [7; 100];

fn main() -> io::Result<()> {
    let service = echo_thread()?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        timer::install()?;
        say(&format!("{:<22} {:>9} {:>9} {:>9}", "stream", "trips/s", "user µs", "kernel µs"))?;
        for round in 0..2 {
            loop_over(&format!("bare socket #{round}"), service, None).await?;
            for (name, link) in links() {
                loop_over(&format!("{name} #{round}"), service, Some(&link)).await?;
            }
        }
        say(&format!("\n{:<22} {:>9}", "idle stream", "bytes"))?;
        let mut kept = vec![idle("bare socket", service, None).await?];
        for (name, link) in links() {
            kept.push(idle(name, service, Some(&link)).await?);
        }
        Ok(())
    })
}

fn links() -> [(&'static str, LinkHandle); 3] {
    let link = |round_trip| LinkHandle::new(Link::from_round_trip(round_trip), Seed::new(1));
    [
        ("unshaped", LinkHandle::unshaped()),
        ("transparent link", link(Duration::ZERO)),
        ("link of 2 ms", link(Duration::from_millis(2))),
    ]
}

async fn loop_over(name: &str, service: SocketAddr, link: Option<&LinkHandle>) -> io::Result<()> {
    let ends = Instant::now() + ROW;
    let before = cpu_ticks()?;
    let mut loops = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let socket = open(service).await?;
        match link {
            None => loops.spawn(bare_loop(socket, ends)),
            Some(link) => loops.spawn(shaped_loop(shaped(link, socket), ends)),
        };
    }
    let mut trips = 0;
    while let Some(done) = loops.join_next().await {
        trips += done.map_err(io::Error::other)??;
    }
    let after = cpu_ticks()?;
    let micros = |ticks: u64| ticks as f64 * 10_000.0 / trips as f64;
    let (user, kernel) = (micros(after.0 - before.0), micros(after.1 - before.1));
    say(&format!("{name:<22} {:>9.0} {user:>9.2} {kernel:>9.2}", trips as f64 / ROW.as_secs_f64()))
}

async fn bare_loop(mut socket: TcpStream, ends: Instant) -> io::Result<u64> {
    let (mut trips, mut answer) = (0, [0; MESSAGE.len()]);
    while Instant::now() < ends {
        socket.write_all(&MESSAGE).await?;
        socket.read_exact(&mut answer).await?;
        trips += 1;
    }
    Ok(trips)
}

async fn shaped_loop(mut stream: ShapedStream<TcpStream>, ends: Instant) -> io::Result<u64> {
    let (mut trips, mut answer) = (0, [0; MESSAGE.len()]);
    while Instant::now() < ends {
        stream.write_all(&MESSAGE).await?;
        stream.read_exact(&mut answer).await?;
        trips += 1;
    }
    Ok(trips)
}

/// Memory of streams that have made one round trip each and then wait, beyond what their tasks take.
async fn idle(name: &str, service: SocketAddr, link: Option<&LinkHandle>) -> io::Result<impl Sized + use<>> {
    let before = resident_bytes()?;
    let (mut bare, mut shaped_streams) = (Vec::with_capacity(IDLE), Vec::with_capacity(IDLE));
    let mut answer = [0; MESSAGE.len()];
    for _ in 0..IDLE {
        let mut socket = open(service).await?;
        if let Some(link) = link {
            let mut stream = shaped(link, socket);
            stream.write_all(&MESSAGE).await?;
            stream.read_exact(&mut answer).await?;
            shaped_streams.push(stream);
        } else {
            socket.write_all(&MESSAGE).await?;
            socket.read_exact(&mut answer).await?;
            bare.push(socket);
        }
    }
    let bytes = resident_bytes()?.saturating_sub(before) / IDLE as u64;
    say(&format!("{name:<22} {bytes:>9}"))?;
    Ok((bare, shaped_streams))
}

fn shaped(link: &LinkHandle, socket: TcpStream) -> ShapedStream<TcpStream> {
    ShapedStream::established(link, StreamOptions::default(), socket)
}

async fn open(service: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpStream::connect(service).await?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// This thread's ticks of 10 ms, in user space and in the kernel.
fn cpu_ticks() -> io::Result<(u64, u64)> {
    let stat = fs::read_to_string("/proc/thread-self/stat")?;
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut fields = after_name.split_whitespace().skip(11).map(|field| field.parse().unwrap_or(0));
    Ok((fields.next().unwrap_or(0), fields.next().unwrap_or(0)))
}

fn resident_bytes() -> io::Result<u64> {
    let pages = fs::read_to_string("/proc/self/statm")?;
    Ok(pages.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4_096)
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

/// Echoes with one small buffer per thread, so that its memory doesn't grow with its connections.
fn echo_thread() -> io::Result<SocketAddr> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            let listener = TcpListener::from_std(listener)?;
            while let Ok((mut socket, _)) = listener.accept().await {
                socket.set_nodelay(true)?;
                tokio::spawn(async move {
                    let mut heard = [0; MESSAGE.len()];
                    while socket.read_exact(&mut heard).await.is_ok() && socket.write_all(&heard).await.is_ok() {}
                });
            }
            Ok::<(), io::Error>(())
        })
    });
    Ok(address)
}
