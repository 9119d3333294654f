//! Runs one of the user's commands: in a process group of its own, bounded in time, its output kept for the log.

use std::{collections::BTreeMap, process::Stdio, time::Duration};
use tokio::{process::Command, time::timeout};

/// Runs `arguments` and answers what happened, `Err` unless it exited with 0 within `limit`. Past the limit its whole
/// process group is killed.
pub(super) async fn run_command(
    arguments: &[String],
    environment: &BTreeMap<String, String>,
    limit: Duration,
) -> Result<String, String> {
    let shown = arguments.join(" ");
    let (program, rest) = arguments.split_first().ok_or("the command is empty")?;
    let mut child = Command::new(program)
        .args(rest)
        .envs(environment)
        .stdin(Stdio::null())
        // Standard output is the line to the parent: what commands print goes to the log.
        .stdout(Stdio::from(std::io::stderr()))
        .stderr(Stdio::inherit())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("`{shown}` could not be started: {error}"))?;
    let group = child.id();
    match timeout(limit, child.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(format!("`{shown}` exited with 0")),
        Ok(Ok(status)) => Err(format!("`{shown}` failed: {status}")),
        Ok(Err(error)) => Err(format!("`{shown}` could not be awaited: {error}")),
        Err(_) => {
            kill_group(group);
            Err(format!("`{shown}` did not end within {} and was killed", units::duration::Text(limit)))
        }
    }
}

fn kill_group(group: Option<u32>) {
    let group = group.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // An error means that the group is gone already.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}
