//! Memory per idle user with a connection of its own.

use crate::process::{Core, Process, ServerProcess};
use std::{thread::sleep, time::Duration};

/// Bytes per user.
const TARGET: f64 = 4_096.0;

pub(crate) fn run(quick: bool) {
    let users = if quick { 1_000 } else { 10_000 };
    println!("\nmemory: resident bytes per idle user, each with a connection that has answered once");
    println!("| users | with 1 user, MB | with all, MB | bytes per user | target |");
    println!("|---|---|---|---|---|");
    let one = resident(1);
    let all = resident(users);
    let each = (all - one) as f64 / f64::from(users - 1);
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let verdict = if each <= TARGET { "met" } else { "missed" };
    println!("| {users} | {:.1} | {:.1} | {each:.0} | ≤ {TARGET:.0}: {verdict} |", megabytes(one), megabytes(all));
}

fn resident(users: u32) -> u64 {
    let server = ServerProcess::start(Core::Any, &[]);
    let (url, count) = (server.url(), users.to_string());
    let seconds = 12.0 + f64::from(users) / 2_500.0;
    let options = ["generate", &url, "closed", &count, &seconds.to_string(), "think_ms=600000"];
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
