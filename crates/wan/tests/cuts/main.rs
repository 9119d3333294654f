//! One body of checks for what a cut does, over every arm that can cut: the client's own sockets, the relay, and the kernel, for
//! users' links and for relayed ones. Each check has a network of its own; those of the kernel a namespace of their own.
//!
//! Where this may not be (no root, no nft) the kernel's checks are counted as ignored, and why is said: they have not passed.

#![expect(clippy::print_stdout, reason = "a test program says there what became of it")]

mod arm;
mod checks;

use arm::{Arm, Stage};
use std::{io, process::Command, time::Duration};
use wan::{kernel::Namespace, timer};

/// No check takes longer.
const WITHIN: Duration = Duration::from_secs(60);

fn main() -> io::Result<()> {
    if std::env::args().any(|argument| argument == "--list") {
        return Ok(());
    }
    let missing = std::thread::spawn(|| Namespace::enter().err().map(|error| told(&error)));
    let missing = missing.join().expect("entering doesn't panic");
    let count: usize = Arm::ALL.iter().map(|arm| checks::ALL.iter().filter(|(name, _)| arm.has(name)).count()).sum();
    println!("\nrunning {count} tests");
    // The arms side by side: most of a check is waiting.
    let arms = Arm::ALL.map(|arm| {
        let missing = missing.clone();
        std::thread::spawn(move || run(arm, missing.as_deref()))
    });
    let mut total = [0; 3];
    for arm in arms {
        for (sum, count) in total.iter_mut().zip(arm.join().expect("failed checks are counted")) {
            *sum += count;
        }
    }
    let left = Command::new("/usr/sbin/nft").args(["list", "tables"]).output();
    let leaked = left.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("landfall"));
    let [passed, failed, ignored] = [total[0], total[1] + u32::from(leaked), total[2]];
    if leaked {
        println!("test nothing_is_in_the_machines_own_network ... FAILED");
    }
    if let Some(why) = missing {
        println!("\nSKIPPED: {ignored} checks of cuts by the kernel have NOT been made here: {why}");
    }
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {verdict}. {passed} passed; {failed} failed; {ignored} ignored; 0 measured; 0 filtered out"
    );
    if failed == 0 { Ok(()) } else { Err(io::Error::other(format!("{failed} checks failed"))) }
}

/// Makes all checks over an arm; how many passed, failed and were ignored.
fn run(arm: Arm, missing: Option<&str>) -> [u32; 3] {
    let mut counts = [0; 3];
    for (name, check) in checks::ALL.iter().filter(|(name, _)| arm.has(name)) {
        let why = missing.filter(|_| arm.is_kernel());
        let outcome = match why {
            Some(_) => 2,
            // A thread of its own: it enters a namespace, and may panic.
            None => usize::from(std::thread::spawn(move || make(arm, *check)).join().is_err()),
        };
        counts[outcome] += 1;
        println!("test {arm:?}::{name} ... {}", ["ok", "FAILED", "ignored"][outcome]);
    }
    counts
}

fn make(arm: Arm, check: checks::Check) {
    let namespace = arm.is_kernel().then(|| Namespace::enter().expect("it was possible before"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        timer::install().expect("a timer");
        let stage = Stage::set(arm, namespace).await;
        tokio::time::timeout(WITHIN, check(&stage)).await.expect("a check ends");
        stage.is_whole().await;
    });
}

fn told(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}
