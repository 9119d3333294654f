//! 100,000 users at once: held, counted, weighed, and rerouted when the one region near them dies.
//!
//! `cargo bench -p load --bench users -- [--users N] [--k6 PROGRAM] [--quick]`; `cargo xtask bench users` is this with k6.
//!
//! ```text
//!   this process ──┬── servers: 2 regions, each several processes at one address (20,000 descriptors a process)
//!                  ├── agents: each its part of every population, one thread
//!                  └── k6: 5,000 users against the same servers, afterwards
//! ```
//!
//! **What is believed.** Connections are counted by the servers and by the kernel (`/proc/net/sockstat`, both ends), not by the
//! agents. Our memory is what the kernel says of the agents' processes: their proportional set (`Pss`), in which the program that
//! they share is counted once; the resident set is printed beside it. The kernel's own memory is the growth of its slabs
//! while all are connected, for both ends.
//!
//! **Why a plain server and not Chirp.** What is measured is the generator; 100,000 of Chirp's connections would be measured in
//! gigabytes of Chirp. This server is one thread and a table of sockets.
//!
//! **Without a fleet's controller** the agents are started here and told their parts; a part knows what it sends, so nothing
//! else has to be coordinated but the start.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark talks to people and may panic")]

mod agent;
mod child;
mod figures;
mod k6;
mod machine;
mod scenario;
mod server;
mod stage;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", rest @ ..] => return server::serve(rest),
        ["agent", rest @ ..] => return agent::generate(rest),
        _ => {}
    }
    let after =
        |name: &str| words.iter().position(|word| *word == name).and_then(|index| words.get(index + 1).copied());
    let quick = words.contains(&"--quick");
    let users = after("--users").map_or(if quick { 2_000 } else { 100_000 }, |users| users.parse().unwrap());
    if !stage::run(users, after("--k6"), quick) {
        std::process::exit(1);
    }
}
