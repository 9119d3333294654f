//! How exactly requests are sent at their intended times.

use crate::{
    generator::figures,
    process::{Core, Process, ServerProcess},
};

/// p50 of sent − intended in precise mode, in µs.
const TARGET: f64 = 200.0;

pub(crate) fn run(quick: bool) {
    let seconds = if quick { 1.5 } else { 8.0 };
    println!("\npacing: sent − intended in µs (the generator's own lag), one thread");
    println!("| mode | offered/s | achieved | p50 | p95 | p99 | max | CPU µs per request | p50 target |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for pacing in ["precise", "batched"] {
        for rate in [1_000, 10_000, 20_000] {
            let server = ServerProcess::start(Core::Server, &[]);
            let (url, rate_text, seconds_text) = (server.url(), rate.to_string(), seconds.to_string());
            let option = format!("pacing={pacing}");
            let arguments = ["generate", &url, "open", &rate_text, &seconds_text, &option];
            let generator = Process::role(Core::Generator, &arguments);
            std::thread::sleep(std::time::Duration::from_secs_f64(seconds * 0.9));
            let (user, kernel) = generator.cpu();
            let cpu = (user + kernel).as_secs_f64() * 1e6 / (server.answered().max(1) as f64);
            let figures = figures(&generator.finish());
            let get = |name: &str| figures[name];
            let achieved = get("ok") / (f64::from(rate) * seconds) * 100.0;
            let verdict = match pacing {
                "precise" if get("lag_p50") <= TARGET => "≤ 200: met",
                "precise" => "≤ 200: missed",
                _ => "none",
            };
            println!(
                "| {pacing} | {rate} | {achieved:.1} % | {} | {} | {} | {} | {cpu:.1} | {verdict} |",
                get("lag_p50"),
                get("lag_p95"),
                get("lag_p99"),
                get("lag_max")
            );
        }
    }
}
