//! How fast a region takes in what its peers write, if that is wrong on purpose.
//!
//! ```text
//!  replication-lag=5s         only what the peer had 5 s ago, by when its head was heard of here
//!  replication-throttled=20/s only as many entries as that leaves
//! ```
//!
//! What may not be taken in yet is thrown away and asked for again: so the cursor stays true, and a peer that waits
//! for this region's confirmation does not get it early.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::condition::{Condition, Conditions};
use crate::entry::LogBatch;

/// How long to wait before asking again.
const WAIT: Duration = Duration::from_millis(50);
/// Heads that are remembered: the longest lag, at the shortest wait.
const HEADS_MAX: usize = 72_000;
/// What a throttle keeps of what it has not let through.
const BURST: Duration = Duration::from_millis(200);

/// What is to be known of a peer's log to be late with it.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The peer's last number, and when it was heard of.
    heads: VecDeque<(Instant, u64)>,
}

impl Pace {
    /// What may be taken in of a batch now; if nothing may, how long to wait before asking again.
    pub(super) fn cut(&mut self, conditions: &Conditions, mut batch: LogBatch) -> Result<LogBatch, Duration> {
        let Some(lag) = conditions.time(Condition::ReplicationLag) else {
            self.heads.clear();
            return throttled(conditions, batch);
        };
        let now = Instant::now();
        if self.heads.back().is_none_or(|(_, head)| *head != batch.head) && self.heads.len() < HEADS_MAX {
            self.heads.push_back((now, batch.head));
        }
        let is_old = |(heard, _): &(Instant, u64)| now.duration_since(*heard) >= lag;
        while self.heads.get(1).is_some_and(is_old) {
            self.heads.pop_front();
        }
        match self.heads.front().filter(|front| is_old(front)) {
            Some((_, head)) if *head > batch.from || batch.to == batch.from => {
                keep_up_to(&mut batch, *head);
                throttled(conditions, batch)
            }
            _ => Err(WAIT),
        }
    }
}

fn throttled(conditions: &Conditions, mut batch: LogBatch) -> Result<LogBatch, Duration> {
    let wanted = batch.entries.len() as u64;
    let Some(through) = conditions.lets_through(Condition::ReplicationThrottled, wanted, BURST) else {
        return Ok(batch);
    };
    if through == 0 && wanted > 0 {
        return Err(WAIT);
    }
    if let Some(next) = batch.entries.get(through as usize) {
        let last = next.seq - 1;
        keep_up_to(&mut batch, last);
    }
    Ok(batch)
}

/// Takes out what comes after this number.
fn keep_up_to(batch: &mut LogBatch, last: u64) {
    batch.entries.retain(|entry| entry.seq <= last);
    batch.to = batch.to.min(last.max(batch.from));
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use std::collections::BTreeMap;

    use super::*;
    use crate::condition::Value;
    use crate::entry::{Change, Entry};
    use crate::names::RegionName;

    /// What a peer answers that has written up to `head`.
    fn batch(after: u64, head: u64) -> LogBatch {
        let entry = |seq| Entry {
            seq,
            stamp: format!("{seq}.0@eu").parse().unwrap(),
            change: Change::Heartbeat { wall_ms: seq, applied: BTreeMap::new() },
        };
        let region = RegionName::parse("eu").unwrap();
        let entries = (after + 1..=head).map(entry).collect();
        LogBatch { region, log: "l".into(), from: after, to: head, head, entries }
    }

    #[tokio::test(start_paused = true)]
    async fn with_a_lag_each_entry_is_taken_in_so_long_after_it_was_written_and_no_later() {
        let (conditions, mut pace, lag) = (Conditions::default(), Pace::default(), Duration::from_secs(5));
        conditions.set_for_test(Condition::ReplicationLag, Value::Time(lag));
        let began = Instant::now();
        let mut cursor = 0;
        // One entry each second.
        while began.elapsed() < Duration::from_secs(30) {
            let head = began.elapsed().as_secs();
            match pace.cut(&conditions, batch(cursor, head)) {
                Ok(taken) => cursor = taken.to,
                Err(wait) => tokio::time::sleep(wait).await,
            }
            let due = began.elapsed().saturating_sub(lag).as_secs();
            assert!(cursor <= due, "{cursor} at {:?}", began.elapsed());
            assert!(cursor + 1 >= due, "{cursor} at {:?}", began.elapsed());
            tokio::time::sleep(WAIT).await;
        }
        conditions.clear(None, None);
        assert_eq!(pace.cut(&conditions, batch(cursor, 30)).unwrap().to, 30, "all at once when it is over");
    }

    #[test]
    fn a_throttle_cuts_a_batch_and_lets_the_rest_come_later() {
        let (conditions, mut pace) = (Conditions::default(), Pace::default());
        assert_eq!(pace.cut(&conditions, batch(0, 100)).unwrap(), batch(0, 100), "off");
        conditions.set_for_test(Condition::ReplicationThrottled, Value::PerSecond(10));
        let mut cursor = 0;
        let began = std::time::Instant::now();
        while cursor < 5 {
            if let Ok(taken) = pace.cut(&conditions, batch(cursor, 100)) {
                assert_eq!(taken.entries.last().map(|entry| entry.seq), Some(taken.to));
                cursor = taken.to;
            }
            std::thread::yield_now();
        }
        assert!(cursor < 10 && began.elapsed() >= Duration::from_millis(300), "{cursor} in {:?}", began.elapsed());
    }
}
