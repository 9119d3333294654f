//! Pressure: the process has less than it needs, for something in it takes its processor or its memory.
//!
//! **Processor.** A region serves on one thread. Something else computes there for a share of each [`PERIOD`], as a runaway
//! expression or a collector does: whatever comes meanwhile waits, timers and leases too. Never all of the time, for then
//! nobody could tell the process that it is over.
//!
//! **Memory.** An amount is taken and written to, so that it is really there, and given back when it is over. Nothing fails
//! of itself: what happens then is up to whoever limits the process.

use std::time::{Duration, Instant};

use super::{Condition, Conditions, Value};
use crate::stop::Stop;

/// Computing and serving take so long together.
const PERIOD: Duration = Duration::from_millis(20);
/// Of each period this is left.
const SHARE_MAX: f64 = 0.9;
const MIB: usize = 1024 * 1024;

/// Takes what is to be taken, until `stop`.
pub(crate) async fn press(conditions: Conditions, stop: Stop) {
    tokio::select! {
        () = stop.requested() => {}
        () = take_processor(&conditions) => {}
        () = take_memory(&conditions) => {}
    }
}

async fn take_processor(conditions: &Conditions) {
    loop {
        conditions.wait_until(Condition::ProcessorTaken, true).await;
        while let Some((_, share)) = conditions.shared(Condition::ProcessorTaken) {
            let computed = PERIOD.mul_f64(share.min(SHARE_MAX));
            compute(computed);
            tokio::time::sleep(PERIOD.saturating_sub(computed)).await;
        }
    }
}

/// Holds this thread for so long: that is what it is for.
fn compute(time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        std::hint::spin_loop();
    }
}

async fn take_memory(conditions: &Conditions) {
    let mut changes = conditions.changes();
    let mut taken = Vec::new();
    loop {
        let wanted = match conditions.value(Condition::MemoryTaken) {
            Some((Value::MemoryMib(mib), _)) => mib as usize * MIB,
            _ => 0,
        };
        if taken.len() != wanted {
            taken = exchange(taken, wanted).await;
        }
        changes.changed().await.expect("the sender is in the conditions");
    }
}

/// So much memory for the old, which goes first. It is written to and not only promised, and that takes a while: so it is not
/// done where users are served.
async fn exchange(old: Vec<u8>, bytes: usize) -> Vec<u8> {
    let exchanging = tokio::task::spawn_blocking(move || {
        drop(old);
        vec![1; bytes]
    });
    exchanging.await.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use tokio::sync::watch;

    use super::*;

    /// What this thread has used of the processor.
    fn used() -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
    }

    #[tokio::test]
    async fn the_processor_is_taken_while_it_is_wanted_and_others_run_in_between() {
        let conditions = Conditions::default();
        let (_trigger, stop) = stop();
        let pressing = tokio::spawn(press(conditions.clone(), stop));
        conditions.set_for_test(Condition::ProcessorTaken, Value::Nothing);
        let before = used();
        // All of it is asked for, and this runs all the same, on the same thread. Sleeping so often alone uses far less.
        for _ in 0..1_000 {
            if used() - before >= 5 * PERIOD {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(used() - before >= 5 * PERIOD);
        conditions.clear(None, None);
        assert!(!pressing.is_finished());
    }

    #[tokio::test]
    async fn memory_is_taken_and_given_back() {
        let conditions = Conditions::default();
        let (trigger, stop) = stop();
        let pressing = tokio::spawn(press(conditions.clone(), stop));
        let before = resident_mib();
        conditions.set_for_test(Condition::MemoryTaken, Value::MemoryMib(256));
        until(|| resident_mib() >= before + 200).await;
        conditions.clear(None, None);
        until(|| resident_mib() < before + 100).await;
        trigger.send_replace(true);
        assert!(pressing.await.is_ok());
    }

    fn stop() -> (watch::Sender<bool>, Stop) {
        let (trigger, _) = watch::channel(false);
        let stop = Stop::of(&trigger);
        (trigger, stop)
    }

    fn resident_mib() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() / 1024
    }

    async fn until(is_so: impl Fn() -> bool) {
        let waiting = async {
            while !is_so() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it becomes so");
    }
}
