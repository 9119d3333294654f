//! Memory per idle user with a connection of its own: of the closed model and in a session, without a path and over one.

use crate::process::{Core, Process, ServerProcess};
use std::{thread::sleep, time::Duration};

/// Bytes per user.
const TARGET: f64 = 2_048.0;
/// Sessions begin so fast.
const RATE: f64 = 2_500.0;

pub(crate) fn run(quick: bool) {
    let users = if quick { 1_000 } else { 10_000 };
    println!("\nmemory: resident bytes per idle user, each with a connection that has answered once");
    println!("| users | model | path | with 10 users, MB | with all, MB | bytes per user | target |");
    println!("|---|---|---|---|---|---|---|");
    for model in ["closed", "sessions"] {
        for path in ["", "round_trip_ms=80"] {
            let few = resident(model, 10, path);
            let all = resident(model, users, path);
            let each = (all - few) as f64 / f64::from(users - 10);
            let megabytes = |bytes: u64| bytes as f64 / 1e6;
            let verdict = if each <= TARGET { "met" } else { "missed" };
            let path = if path.is_empty() { "none" } else { "emulated" };
            println!(
                "| {users} | {model} | {path} | {:.1} | {:.1} | {each:.0} | ≤ {TARGET:.0}: {verdict} |",
                megabytes(few),
                megabytes(all)
            );
        }
    }
}

fn resident(model: &str, users: u32, path: &str) -> u64 {
    let server = ServerProcess::start(Core::Any, &[]);
    let seconds = 12.0 + f64::from(users) / RATE;
    // Of the closed model it is the number of users, of sessions their rate.
    let number = if model == "closed" { f64::from(users) } else { RATE };
    let words = [number.to_string(), seconds.to_string(), format!("users={users}")];
    let url = server.url();
    let options = ["generate", &url, model, &words[0], &words[1], "think_ms=600000", &words[2], path];
    let generator = Process::role(Core::Any, &options);
    let mut answered = 0;
    for _ in 0..((seconds - 2.0) * 20.0) as u32 {
        sleep(Duration::from_millis(50));
        answered = server.answered();
        if answered >= u64::from(users) {
            break;
        }
    }
    assert!(answered >= u64::from(users), "only {answered} of {users} users were answered");
    sleep(Duration::from_millis(1_500));
    generator.memory()
}
