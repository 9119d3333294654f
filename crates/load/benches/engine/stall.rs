//! Percentiles when the server stalls: an open load of 1,000/s against a server that stops for a second, three times in half a
//! minute, with plenty of connections and with few. The truth is arithmetic.

use crate::{
    generator::{Figures, figures},
    process::{Core, Process, ServerProcess},
};
use std::fmt::Write;

const RATE: f64 = 1_000.0;
/// The server's delay without a stall, and the stall, in ms.
const DELAY: f64 = 1.0;
const STALL: f64 = 1_000.0;
/// What a server has to catch up with after a stall takes it so long at most, in ms: 1,000 requests at 25,000/s, and two
/// answers' delays.
const CATCH_UP: f64 = 42.0;
/// Off the truth at most.
const TARGET: f64 = 0.02;

pub(crate) fn run(quick: bool) {
    let (seconds, stalls): (f64, &[u64]) = if quick { (6.0, &[2_000]) } else { (30.0, &[5_000, 15_000, 25_000]) };
    let truth = truth(seconds, stalls.len());
    println!(
        "\nstall: response time in ms (done − intended), {RATE}/s for {seconds} s, {} stalls of a second",
        stalls.len()
    );
    println!("| connections | sent | p50 | p95 | p99 | p99.9 | max | service p99 | worst off the truth |");
    println!("|---|---|---|---|---|---|---|---|---|");
    println!("| truth, at least | {:.0} |{} | |", RATE * seconds, cells(&truth.map(|(least, _)| least)));
    println!("| truth, at most | {:.0} |{} | |", RATE * seconds, cells(&truth.map(|(_, most)| most)));
    for connections in [1_200, 50] {
        let times = stalls.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let server = ServerProcess::start(Core::Server, &["1000", &times, "1000"]);
        let (url, rate, seconds) = (server.url(), RATE.to_string(), seconds.to_string());
        let users = format!("users={connections}");
        let generator = Process::role(Core::Generator, &["generate", &url, "open", &rate, &seconds, &users]);
        let figures = figures(&generator.finish());
        let found = PERCENTILES.map(|(name, _)| figures[name] / 1_000.0);
        let off = found.iter().zip(&truth).skip(1).map(|(found, truth)| off(*found, *truth)).fold(0.0, f64::max);
        let verdict = if off <= TARGET { "met" } else { "missed" };
        println!(
            "| {connections} | {} |{} {:.1} | {:.1} %, target ≤ {:.0} %: {verdict} |",
            sent(&figures),
            cells(&found),
            figures["service_p99"] / 1_000.0,
            off * 100.0,
            TARGET * 100.0
        );
    }
}

const PERCENTILES: [(&str, f64); 5] = [
    ("response_p50", 0.5),
    ("response_p95", 0.95),
    ("response_p99", 0.99),
    ("response_p99.9", 0.999),
    ("response_max", 1.0),
];

/// A request intended within a stall waits for its end: latencies are evenly spread over the stall for the part of all requests
/// that lies in stalls, and the delay for the others. After the stall it waits for those that were there before it, which is the
/// shorter the longer it has waited: hence a range.
fn truth(seconds: f64, stalls: usize) -> [(f64, f64); 5] {
    let stalled = stalls as f64 * STALL / 1_000.0 / seconds;
    PERCENTILES.map(|(_, quantile)| {
        let into_stalled = ((quantile - (1.0 - stalled)) / stalled).max(0.0);
        let least = DELAY + into_stalled * STALL;
        let catch_up = if into_stalled > 0.0 { (1.0 - into_stalled) * CATCH_UP } else { 0.0 };
        (least, least + catch_up + DELAY)
    })
}

/// How far outside of a range, relative to its nearer end.
fn off(found: f64, (least, most): (f64, f64)) -> f64 {
    (1.0 - found / least).max(found / most - 1.0).max(0.0)
}

fn cells(values: &[f64]) -> String {
    values.iter().fold(String::new(), |mut text, value| {
        write!(text, " {value:.1} |").unwrap();
        text
    })
}

fn sent(figures: &Figures) -> String {
    let (started, dropped, unsent) = (figures["started"], figures["dropped"], figures["unsent"]);
    if dropped + unsent > 0.0 { format!("{started} (−{dropped} −{unsent})") } else { started.to_string() }
}
