//! 100,000 users at once, by `landfall run`: held, counted, weighed, and rerouted when the one region near them dies.
//!
//! `cargo bench -p landfall --bench users -- [--users N] [--k6 PROGRAM] [--quick] [--largest STEP]`; `cargo xtask bench users` is this
//! with k6. `--largest 25000` does it again with 25,000 more, and more, as long as everything that is promised holds (no k6).
//!
//! ```text
//!   this process ──┬── servers: 2 regions, each several processes at one address (20,000 descriptors a process)
//!                  ├── landfall run scenarios/users/plan.yaml ── as many agents as the plan needs
//!                  │       └── its fault: a file appears ─▶ this process kills Dublin's servers; it goes ─▶ starts them
//!                  └── k6: 5,000 users against the same servers, afterwards
//! ```
//!
//! **What is believed.** Connections are counted by the servers and by the kernel (`/proc/net/sockstat`, both ends), not by the
//! agents. Our memory is what the kernel says of the agents' processes: their proportional set (`Pss`), in which the program that
//! they share is counted once; the resident set and the controller's memory are printed beside it. The kernel's own memory is the
//! growth of its slabs while all are connected, for both ends. Everything else is the run's own: its recording, its verdict.
//!
//! **Why a plain server and not Chirp.** What is measured is the generator; 100,000 of Chirp's connections would be measured in
//! gigabytes of Chirp. This server is one thread and a table of sockets.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark talks to people and may panic")]

mod child;
mod figures;
mod k6;
mod machine;
mod region;
mod run;
mod scenario;
mod server;
#[path = "../../../load/benches/engine/sockets.rs"]
#[expect(dead_code, reason = "shared with the engine's benchmark, which is told its address")]
mod sockets;
mod stage;

use std::num::NonZeroU32;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["serve", rest @ ..] = words.as_slice() {
        return server::serve(rest);
    }
    let after =
        |name: &str| words.iter().position(|word| *word == name).and_then(|index| words.get(index + 1).copied());
    let quick = words.contains(&"--quick");
    let users = after("--users").map_or(if quick { 2_000 } else { 100_000 }, |users| users.parse().unwrap());
    let held = match after("--largest") {
        Some(step) => largest(users, step.parse().unwrap(), quick),
        None => stage::run(users, after("--k6"), quick),
    };
    if !held {
        std::process::exit(1);
    }
}

/// Looks for the largest number of users with which all promises hold, in steps; whether there is one.
fn largest(users: u32, step: NonZeroU32, quick: bool) -> bool {
    let tried = (users..).step_by(step.get() as usize).take_while(|users| stage::run(*users, None, quick));
    let largest = tried.last();
    let said = largest.map_or_else(|| "none".to_owned(), |largest| largest.to_string());
    println!("| the largest number of users with which all of it holds, in steps of {step} | {said} |");
    largest.is_some()
}
