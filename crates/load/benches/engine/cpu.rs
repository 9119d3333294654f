//! CPU per request of the engine, with full recording, against wrk: same server, same connections, rounds interleaved.

use crate::process::{Core, Process, ServerProcess};
use std::{thread::sleep, time::Duration};

/// The engine may cost so many times what wrk does.
const TARGET: f64 = 1.0;

#[derive(Clone, Copy, Default)]
struct Cost {
    user: f64,
    kernel: f64,
    rate: f64,
}

impl Cost {
    fn total(self) -> f64 {
        self.user + self.kernel
    }
}

pub(crate) fn run(quick: bool) {
    let rounds = if quick { 1 } else { 5 };
    let (warm_up, window) = if quick { (0.7, 1.0) } else { (2.0, 4.0) };
    println!(
        "\ncpu: µs of CPU per request, closed loop, keep-alive, 1,024-byte bodies; ratio = engine ÷ wrk in the same round"
    );
    println!(
        "| connections | round | wrk | engine | ratio | wrk user/kernel | engine user/kernel | wrk req/s | engine req/s |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for connections in [64, 512, 5_000] {
        let mut ratios = Vec::new();
        for round in 1..=rounds {
            let wrk = measure(warm_up, window, |url, seconds| {
                let (connections, duration) = (format!("-c{connections}"), format!("-d{}s", seconds.ceil()));
                Process::start(Core::Generator, "wrk", &["-t1", &connections, &duration, url])
            });
            let engine = measure(warm_up, window, |url, seconds| {
                let (users, seconds) = (connections.to_string(), seconds.to_string());
                Process::role(Core::Generator, &["generate", url, "closed", &users, &seconds])
            });
            let ratio = engine.total() / wrk.total();
            ratios.push(ratio);
            println!(
                "| {connections} | {round} | {:.1} | {:.1} | {ratio:.2} | {:.1} / {:.1} | {:.1} / {:.1} | {:.0} | {:.0} |",
                wrk.total(),
                engine.total(),
                wrk.user,
                wrk.kernel,
                engine.user,
                engine.kernel,
                wrk.rate,
                engine.rate
            );
        }
        ratios.sort_by(f64::total_cmp);
        let median = ratios[ratios.len() / 2];
        let verdict = if median <= TARGET { "met" } else { "missed" };
        println!("{connections} connections: median ratio {median:.2}, target ≤ {TARGET}: {verdict}");
    }
}

/// Steady state only: between `warm_up` and `warm_up + window` seconds.
fn measure(warm_up: f64, window: f64, start: impl FnOnce(&str, f64) -> Process) -> Cost {
    let server = ServerProcess::start(Core::Server, &[]);
    let generator = start(&server.url(), warm_up + window + 1.5);
    sleep(Duration::from_secs_f64(warm_up));
    let before = (server.answered(), generator.cpu());
    sleep(Duration::from_secs_f64(window));
    let after = (server.answered(), generator.cpu());
    let requests = (after.0 - before.0).max(1) as f64;
    let micros = |after: Duration, before: Duration| (after - before).as_secs_f64() * 1e6 / requests;
    Cost { user: micros(after.1.0, before.1.0), kernel: micros(after.1.1, before.1.1), rate: requests / window }
}
