//! What viewers cost: the processor time of the page's thread for one viewer and for fifty, over a game day of twenty regions that is
//! told fifty times as fast as it would be. Prints; asserts nothing, for a machine that is busy measures itself.
//!
//! ```text
//! cargo run --release -p dashboard --example viewers
//! ```

#[expect(dead_code, reason = "only the whole day is told")]
#[path = "../tests/support/game_day.rs"]
mod game_day;

use dashboard::server::{LivePage, Page, listen};
use record::{Entry, Recording};
use std::{
    error::Error,
    fs,
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};
use units::RunTime;

/// One second of the run.
const SECOND: Duration = Duration::from_millis(20);
/// The kernel counts processor time in these.
const TICKS_PER_SECOND: f64 = 100.0;

/// What so many viewers cost.
struct Cost {
    /// Processor time of the page's thread.
    busy: Duration,
    /// What a viewer was sent, packed.
    bytes: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let day = game_day::game_day(20, game_day::SECONDS_MIN);
    let seconds = game_day::SECONDS_MIN as f64;
    let (one, fifty) = (watched_by(1, &day)?, watched_by(50, &day)?);
    for (viewers, cost) in [(1, &one), (50, &fifty)] {
        let share = 100.0 * cost.busy.as_secs_f64() / seconds;
        let rate = cost.bytes as f64 / seconds;
        writeln!(
            io::stdout(),
            "{viewers:>2} viewers: {share:.2} % of a core at the speed of a run, {rate:.0} bytes a second and viewer"
        )?;
    }
    let times = fifty.busy.as_secs_f64() / one.busy.as_secs_f64();
    writeln!(io::stdout(), "50 viewers cost {times:.1} times what one costs")?;
    Ok(())
}

fn watched_by(viewers: usize, day: &Recording) -> Result<Cost, Box<dyn Error>> {
    let listener = listen("127.0.0.1:0".parse()?)?;
    let address = listener.local_addr()?;
    let LivePage { page, mut telling, .. } = Page::of_run(listener, "day", &day.plan, (Instant::now(), 0))?;
    let reading: Vec<_> = (0..viewers).map(|_| thread::spawn(move || read(address))).collect();
    let before = busy()?;
    let mut second = 0;
    for entry in &day.entries {
        if let Entry::Interval(interval) = entry
            && interval.second > second
        {
            second = interval.second;
            telling.tick(RunTime::from(Duration::from_secs(second)));
            thread::sleep(SECOND);
        }
        telling.entry(entry);
    }
    telling.tick(RunTime::from(Duration::from_secs(second + 10)));
    thread::sleep(10 * SECOND);
    let busy = busy()?.saturating_sub(before);
    drop(page);
    let read: Vec<u64> = reading.into_iter().filter_map(|thread| thread.join().ok()).collect();
    Ok(Cost { busy, bytes: read.iter().sum::<u64>() / viewers as u64 })
}

/// A viewer who throws away what it is sent; how many bytes that was.
fn read(address: SocketAddr) -> u64 {
    let Ok(mut stream) = TcpStream::connect(address) else { return 0 };
    let head = format!("GET /api/v1/runs/day/stream HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: gzip\r\n\r\n");
    let (mut piece, mut bytes) = ([0; 65_536], 0);
    if stream.write_all(head.as_bytes()).is_ok() {
        while let Ok(read @ 1..) = stream.read(&mut piece) {
            bytes += read as u64;
        }
    }
    bytes
}

/// Processor time of the threads that serve a page.
fn busy() -> Result<Duration, Box<dyn Error>> {
    let mut ticks = 0;
    for task in fs::read_dir("/proc/self/task")? {
        let stat = fs::read_to_string(task?.path().join("stat"))?;
        // Behind the name, which is in brackets: the 12th and 13th field are the time in user and in system mode.
        let Some((name, rest)) = stat.rsplit_once(") ") else { continue };
        if name.ends_with("(page") {
            ticks += rest.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>();
        }
    }
    Ok(Duration::from_secs_f64(ticks as f64 / TICKS_PER_SECOND))
}
