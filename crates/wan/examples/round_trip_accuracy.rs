//! How close emulated round trips come to their target: both arms and a plain loopback round trip, side by side.
//!
//! `cargo run --release -p wan --example round_trip_accuracy`
//!
//! Each row is the time from writing 100 bytes to having read their echo, on an open connection. The service and the relay
//! have threads of their own, as they have processes of their own in a run. The goal: the median is right to 2 ms or 2 %,
//! whichever is more. Exit code 1 when it is not.

use std::{
    io::{self, Write},
    net::SocketAddr,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use units::Seed;
use wan::{
    Link, LinkHandle, StreamOptions,
    relay::{Client, control::LinkSetup},
    shaped, timer,
};

const TARGETS_MS: [u64; 5] = [1, 20, 70, 150, 300];
const MESSAGE_BYTES: usize = 100;
/// Time given to each row, and the least and the most round trips in it.
const ROW: Duration = Duration::from_secs(6);
const SAMPLES: (u64, u64) = (25, 1_000);

fn main() -> io::Result<ExitCode> {
    let runtime = precise_runtime()?;
    let service = echo_thread()?;
    let (relay_input, relays) = relay_thread(service)?;
    let missed = runtime.block_on(async {
        timer::install()?;
        let mut missed = 0;
        say(&format!(
            "{:<10} {:>8} {:>9} {:>9} {:>9} {:>9} {:>8}",
            "arm", "target", "median", "p10", "p90", "p99", "error"
        ))?;
        let plain = open(service).await?;
        report("loopback", None, &mut measure(plain, SAMPLES.1).await?)?;
        for (target, address) in TARGETS_MS.into_iter().zip(relays) {
            let link = LinkHandle::new(link(target), Seed::new(1));
            let samples = (ROW.as_millis() as u64 / target).clamp(SAMPLES.0, SAMPLES.1);
            let direct = shaped::connect(&link, StreamOptions::default(), open(service)).await?;
            missed += report("direct", Some(target), &mut measure(direct, samples).await?)?;
            missed += report("relay", Some(target), &mut measure(open(address).await?, samples).await?)?;
        }
        Ok::<_, io::Error>(missed)
    })?;
    drop(relay_input);
    Ok(if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn measure(mut stream: impl AsyncRead + AsyncWrite + Unpin, samples: u64) -> io::Result<Vec<Duration>> {
    let mut taken = Vec::new();
    let mut answer = [0; MESSAGE_BYTES];
    for _ in 0..samples {
        let started = Instant::now();
        stream.write_all(&[7; MESSAGE_BYTES]).await?;
        stream.read_exact(&mut answer).await?;
        taken.push(started.elapsed());
    }
    Ok(taken)
}

/// Prints a row; 1 when its median misses the goal.
fn report(arm: &str, target: Option<u64>, taken: &mut [Duration]) -> io::Result<u32> {
    taken.sort_unstable();
    let quantile = |part: f64| taken[((taken.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
    let median = quantile(0.5);
    let goal = target.map(|target| target as f64);
    let error = goal.map_or(0.0, |target| median - target);
    let target = goal.map_or_else(|| "-".to_owned(), |target| format!("{target:.0}"));
    let (p10, p90, p99) = (quantile(0.1), quantile(0.9), quantile(0.99));
    say(&format!("{arm:<10} {target:>8} {median:>9.3} {p10:>9.3} {p90:>9.3} {p99:>9.3} {error:>+8.3}"))?;
    let allowed = goal.map_or(f64::MAX, |target| (target * 0.02).max(2.0));
    Ok(u32::from(error.abs() > allowed))
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

fn link(round_trip_ms: u64) -> Link {
    Link::from_round_trip(Duration::from_millis(round_trip_ms))
}

async fn open(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn precise_runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

fn echo_thread() -> io::Result<SocketAddr> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        precise_runtime()?.block_on(async {
            let listener = TcpListener::from_std(listener)?;
            loop {
                let (mut socket, _) = listener.accept().await?;
                socket.set_nodelay(true)?;
                tokio::spawn(async move {
                    let (mut reader, mut writer) = socket.split();
                    tokio::io::copy(&mut reader, &mut writer).await
                });
            }
            #[expect(unreachable_code, reason = "it tells the closure's type")]
            Ok::<(), io::Error>(())
        })
    });
    Ok(address)
}

/// A relay with a link per target, in a thread of its own; it ends when what is given back first is dropped.
fn relay_thread(service: SocketAddr) -> io::Result<(impl Sized, Vec<SocketAddr>)> {
    let (near, far) = tokio::io::duplex(1 << 16);
    thread::spawn(move || {
        precise_runtime()?.block_on(async {
            timer::install()?;
            let (input, output) = tokio::io::split(far);
            wan::relay::serve(input, output).await.map_err(io::Error::other)
        })
    });
    let setup = |target: u64| LinkSetup {
        name: target.to_string(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        forward_to: service,
        source: None,
        link: link(target).into(),
    };
    let (input, output) = tokio::io::split(near);
    let started = Client::start(input, output, Seed::new(1), TARGETS_MS.map(setup).to_vec());
    let (client, bound) = precise_runtime()?.block_on(started).map_err(io::Error::other)?;
    Ok((client, bound.into_iter().map(|link| link.address).collect()))
}
