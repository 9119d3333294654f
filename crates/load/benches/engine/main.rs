//! What the engine costs and how true it is, measured against wrk and against arithmetic.
//!
//! `cargo bench -p load -- [cpu] [memory] [pacing] [stall] [--quick]`; without a name, all of them. Each part prints a table; the
//! ratios are what counts, for absolute figures belong to one machine on one day.
//!
//! Generators and servers are processes of their own, on different cores where there are two, as `performance.md` did it: steady
//! state only, CPU from `/proc/PID/stat`, rounds interleaved.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark talks to people and may panic")]

mod cpu;
mod generator;
mod memory;
mod pacing;
#[path = "../../tests/load/support/plans.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod plans;
mod process;
mod server;
#[expect(dead_code, reason = "shared with the benchmark of many users, which counts connections")]
mod sockets;
mod stall;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| *word != "--bench").collect();
    match words.as_slice() {
        ["serve", rest @ ..] => return server::serve(rest),
        ["generate", rest @ ..] => return generator::generate(rest),
        _ => {}
    }
    let quick = words.contains(&"--quick");
    let chosen = |name: &str| words.contains(&name) || words.iter().all(|word| *word == "--quick");
    if chosen("cpu") {
        cpu::run(quick);
    }
    if chosen("memory") {
        memory::run(quick);
    }
    if chosen("pacing") {
        pacing::run(quick);
    }
    if chosen("stall") {
        stall::run(quick);
    }
}
