//! Lets a process group run a part of the time: it is stopped and let go on, again and again.
//!
//! A process that stands still can't end with its input. When this program is killed meanwhile, the kernel lets it go on: a stopped
//! group whose last parent in its session is gone is sent SIGHUP and SIGCONT (POSIX, orphaned process groups).

use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{task::JoinHandle, time::sleep};
use units::Share;

/// A process group that runs a part of the time. Dropping it lets the group go on.
pub(crate) struct Throttle {
    group: Arc<Group>,
    task: JoinHandle<()>,
}

/// Whoever signals the group holds the lock, so that nothing stops it after it was let go.
struct Group {
    id: Pid,
    is_held: Mutex<bool>,
}

impl Throttle {
    /// Lets the group of that process run `running` of each [`fault::PERIOD`]; `None` for a number that is no process.
    pub(crate) fn start(process: u32, running: Share) -> Option<Self> {
        let id = Pid::from_raw(i32::try_from(process).ok()?)?;
        let group = Arc::new(Group { id, is_held: Mutex::new(true) });
        let runs = fault::PERIOD.mul_f64(running.fraction());
        let task = tokio::spawn(alternate(Arc::clone(&group), runs, fault::PERIOD.saturating_sub(runs)));
        Some(Self { group, task })
    }
}

impl Drop for Throttle {
    fn drop(&mut self) {
        self.task.abort();
        let mut is_held = self.group.is_held.lock().expect("nothing panics while it signals");
        *is_held = false;
        // An error means that the group is gone.
        let _ = kill_process_group(self.group.id, Signal::CONT);
    }
}

async fn alternate(group: Arc<Group>, runs: Duration, stands: Duration) {
    loop {
        group.signal(Signal::STOP);
        if runs.is_zero() {
            return;
        }
        sleep(stands).await;
        group.signal(Signal::CONT);
        sleep(runs).await;
    }
}

impl Group {
    fn signal(&self, signal: Signal) {
        let is_held = self.is_held.lock().expect("nothing panics while it signals");
        if *is_held {
            // An error means that the group is gone.
            let _ = kill_process_group(self.id, signal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, process::Stdio};
    use tokio::{process::Command, time::timeout};

    fn state(process: u32) -> char {
        let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        status.rsplit(") ").next().and_then(|rest| rest.chars().next()).unwrap_or('?')
    }

    async fn until(process: u32, wanted: fn(char) -> bool) {
        let looking = async {
            while !wanted(state(process)) {
                sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(Duration::from_secs(20), looking).await.expect("its state changes");
    }

    #[tokio::test]
    async fn a_process_stands_still_runs_in_between_and_is_let_go() {
        let mut command = Command::new("sleep");
        command.arg("600").stdin(Stdio::null()).process_group(0).kill_on_drop(true);
        let child = command.spawn().expect("sleep is there");
        let process = child.id().expect("it runs");
        let held = Throttle::start(process, Share::NONE).expect("a process");
        until(process, |state| state == 'T').await;
        drop(held);
        until(process, |state| state != 'T').await;
        let half = Share::from_parts_per_million(500_000).expect("a half");
        let slow = Throttle::start(process, half).expect("a process");
        for _ in 0..2 {
            until(process, |state| state == 'T').await;
            until(process, |state| state != 'T').await;
        }
        drop(slow);
        until(process, |state| state != 'T').await;
    }
}
