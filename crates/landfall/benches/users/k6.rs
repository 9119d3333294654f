//! k6 beside it: 5,000 of its users, each with a connection, idle after one answer; its memory per user.
//!
//! Used from outside only: started with a script, and its memory read.

use crate::machine::Memory;
use std::{
    path::Path,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// Who isn't answered tries again: among thousands that connect at once some are turned away.
const SCRIPT: &str = "import http from 'k6/http';\nimport { sleep } from 'k6';\n\
    export default function () {\n\
    while (http.get(__ENV.TARGET).status !== 200) { sleep(1); }\n\
    sleep(600); }\n";
/// All users must be connected within this, and those before them gone.
const LIMIT: Duration = Duration::from_secs(60);

/// Bytes per user, beyond what k6 needs for ten. `open` counts the servers' connections.
pub(crate) fn bytes_per_user(program: &str, target: &str, users: u32, mut open: impl FnMut() -> u64) -> f64 {
    let few = resident(program, target, 10, &mut open);
    let many = resident(program, target, users, &mut open);
    println!("k6: {:.0} MB with 10 users, {:.0} MB with {users}", few as f64 / 1e6, many as f64 / 1e6);
    (many as f64 - few as f64) / f64::from(users - 10)
}

fn resident(program: &str, target: &str, users: u32, open: &mut impl FnMut() -> u64) -> u64 {
    let script = std::env::temp_dir().join(format!("landfall-bench-users-{}.js", std::process::id()));
    std::fs::write(&script, SCRIPT).unwrap();
    wait(|| open() == 0);
    let mut k6 = Command::new(Path::new(program))
        .args(["run", "--no-usage-report", "--quiet", "--address", "", "--vus", &users.to_string()])
        .args(["--duration", "300s", "--env", &format!("TARGET={target}")])
        .arg(&script)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait(|| open() >= u64::from(users));
    let connected = open();
    sleep(Duration::from_secs(2));
    let memory = Memory::of(k6.id()).resident;
    let _ended_by_itself = k6.kill();
    let _ = k6.wait();
    let _ = std::fs::remove_file(&script);
    assert!(connected >= u64::from(users), "only {connected} of k6's {users} users were connected");
    memory
}

/// Waits until that is so, at most so long; whoever goes on finds out whether it is.
fn wait(mut until: impl FnMut() -> bool) {
    let began = Instant::now();
    while !until() && began.elapsed() < LIMIT {
        sleep(Duration::from_millis(200));
    }
}
