//! Cuts what happens at an agent into batches, and knows how far it is complete. Pure.
//!
//! **Complete up to second s** means: nothing of the seconds up to s follows but as a restatement. Requests are filed under the
//! second in which they were intended and reported when they are done, so a second is complete only when no request of it can be
//! under way any more: after the longest that a request may take ([`Batcher::new`]'s `horizon`). And each load thread must have
//! handed over everything until then: it does so once a second, counting its arrivals first; a row of a thread for second s + 1
//! therefore stands behind everything that it filed until the end of s.

use record::{Entry, batch};
use std::time::{Duration, Instant};

/// A batch is cut after this time …
const CUT_AFTER: Duration = Duration::from_millis(500);
/// … or when its lines take this much.
const CUT_AT_BYTES: usize = 1 << 20;

/// The next batch.
#[derive(Debug)]
pub(super) struct Batcher {
    agent: usize,
    lines: String,
    begun: Option<Instant>,
    /// First and last second of what is in it.
    seconds: Option<(u64, u64)>,
    /// By load thread: the last second that it has handed over.
    handed_over: Vec<Option<u64>>,
    /// Seconds that a request may take.
    horizon: u64,
}

/// A batch that was cut.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) lines: String,
    pub(super) complete: Option<u64>,
    /// First and last second of what is in it.
    pub(super) seconds: Option<(u64, u64)>,
}

impl Batcher {
    /// For so many load threads, whose requests take `request_max` at most.
    pub(super) fn new(agent: usize, threads: usize, request_max: Duration) -> Self {
        let horizon = request_max.as_secs() + 2;
        Self { agent, lines: String::new(), begun: None, seconds: None, handed_over: vec![None; threads], horizon }
    }

    /// Further threads hand over what happened; up to that second nothing is theirs.
    pub(super) fn add_threads(&mut self, threads: usize, before: Option<u64>) {
        self.handed_over.extend(std::iter::repeat_n(before, threads));
    }

    pub(super) fn take(&mut self, entry: Entry, now: Instant) {
        if let Entry::Arrivals(row) = &entry
            && let Some(last) = self.handed_over.get_mut(row.thread)
        {
            *last = (*last).max(row.second.checked_sub(1));
        }
        if let Some(second) = second(&entry) {
            let (from, to) = self.seconds.unwrap_or((second, second));
            self.seconds = Some((from.min(second), to.max(second)));
        }
        self.begun.get_or_insert(now);
        batch::write(&entry.by_agent(self.agent), &mut self.lines);
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.lines.len() >= CUT_AT_BYTES || self.begun.is_some_and(|begun| now.duration_since(begun) >= CUT_AFTER)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The last second of which everything was taken.
    pub(super) fn complete(&self) -> Option<u64> {
        let handed_over = self.handed_over.iter().copied().min().flatten();
        handed_over.and_then(|second| second.checked_sub(self.horizon))
    }

    /// Cuts what there is.
    pub(super) fn cut(&mut self) -> Cut {
        let complete = self.complete();
        self.begun = None;
        Cut { lines: std::mem::take(&mut self.lines), complete, seconds: self.seconds.take() }
    }
}

fn second(entry: &Entry) -> Option<u64> {
    match entry {
        Entry::Interval(one) => Some(one.second),
        Entry::Phase(one) => Some(one.second),
        Entry::Arrivals(one) => Some(one.second),
        Entry::Generator(one) => Some(one.second),
        Entry::Event(one) => Some(one.at.second()),
        Entry::Ledger(record::LedgerEntry::Write(one)) => Some(one.done.second()),
        Entry::Ledger(record::LedgerEntry::Read(one)) => Some(one.done.second()),
        Entry::Ledger(record::LedgerEntry::Operation(one)) => Some(one.done.second()),
        Entry::Agent(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::ArrivalCounts;

    fn row(thread: usize, second: u64) -> Entry {
        Entry::Arrivals(ArrivalCounts { second, thread, ..ArrivalCounts::default() })
    }

    #[test]
    fn a_second_is_complete_when_every_thread_is_past_the_longest_request() {
        let now = Instant::now();
        let mut batcher = Batcher::new(0, 2, Duration::from_millis(3_900));
        batcher.take(row(0, 30), now);
        assert_eq!(batcher.cut().complete, None, "the other thread has said nothing");
        batcher.take(row(1, 12), now);
        assert_eq!(
            batcher.cut().complete,
            Some(11 - 5),
            "the slower one counts, less four seconds begun and one for the end"
        );
        batcher.take(row(1, 40), now);
        assert_eq!(batcher.cut().complete, Some(29 - 5));
        batcher.take(row(1, 3), now);
        assert_eq!(batcher.cut().complete, Some(29 - 5), "a late row takes nothing back");
    }

    #[test]
    fn threads_that_come_later_hold_nothing_back_before_their_time() {
        let now = Instant::now();
        let mut batcher = Batcher::new(0, 1, Duration::ZERO);
        batcher.take(row(0, 20), now);
        batcher.add_threads(2, Some(29));
        assert_eq!(batcher.cut().complete, Some(19 - 2));
        batcher.take(row(0, 40), now);
        batcher.take(row(1, 40), now);
        assert_eq!(batcher.cut().complete, Some(29 - 2), "the other has said nothing of its first second");
        batcher.take(row(2, 40), now);
        assert_eq!(batcher.cut().complete, Some(39 - 2));
    }

    #[test]
    fn a_batch_is_cut_after_its_time_and_knows_its_seconds() {
        let now = Instant::now();
        let mut batcher = Batcher::new(3, 1, Duration::ZERO);
        assert!(!batcher.is_due(now) && batcher.is_empty());
        batcher.take(row(0, 9), now);
        batcher.take(row(0, 7), now);
        assert!(!batcher.is_due(now) && batcher.is_due(now + CUT_AFTER));
        let cut = batcher.cut();
        assert_eq!(cut.seconds, Some((7, 9)));
        assert!(cut.lines.contains("\"agent\":3"), "{}", cut.lines);
        assert!(!batcher.is_due(now + CUT_AFTER) && batcher.cut().seconds.is_none());
    }
}
