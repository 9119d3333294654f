//! What probes see of replication, second by second: reads next to a region of writes that another region (or itself) acknowledged.
//!
//! Whether a write that a read lacks is late or lost is only known when the final reads are, so it counts as stale here.

use super::seconds::FOLDED;
use crate::wire::Staleness;
use record::{LedgerEntry, ReadResult, Reader, WriteOutcome};
use std::collections::BTreeMap;
use units::RunTime;

/// Writes whose acknowledgement is remembered: a probe reads for seconds, not for hours.
const WRITES_MAX: usize = 100_000;

/// What probes saw.
#[derive(Debug, Clone, Default)]
pub(super) struct Probes {
    /// When each write was acknowledged, and by which region.
    acknowledged: BTreeMap<u64, (RunTime, Option<usize>)>,
    /// By second; old ones are added up at the first of theirs.
    seconds: BTreeMap<u64, Pairs>,
    /// Up to there they are.
    folded_to: u64,
}

/// Reads by the region that acknowledged the write and the region that was read.
type Pairs = BTreeMap<(Option<usize>, usize), Seen>;

/// What reads of one pair saw.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    reads: u64,
    stale: u64,
    oldest_us: u64,
}

impl Probes {
    /// The second that it is about; `None`: it says nothing of staleness.
    pub(super) fn take(&mut self, entry: &LedgerEntry) -> Option<u64> {
        match entry {
            LedgerEntry::Write(write) if write.outcome == WriteOutcome::Acknowledged => {
                self.acknowledged.insert(write.number, (write.done, write.served_by));
                if self.acknowledged.len() > WRITES_MAX {
                    self.acknowledged.pop_first();
                }
                None
            }
            LedgerEntry::Read(read) if !read.is_final && read.result != ReadResult::Unknown => {
                let Reader::Region(region) = read.reader else { return None };
                let (acknowledged, by) = *self.acknowledged.get(&read.write)?;
                if read.sent < acknowledged {
                    return None;
                }
                let second = read.done.second();
                let key = if second < self.folded_to { second / FOLDED * FOLDED } else { second };
                let age = RunTime::from(read.sent.saturating_since(acknowledged)).as_micros();
                let is_stale = read.result == ReadResult::Absent;
                let one = Seen { reads: 1, stale: u64::from(is_stale), oldest_us: if is_stale { age } else { 0 } };
                self.seconds.entry(key).or_default().entry((by, region)).or_default().add(one);
                Some(second)
            }
            _ => None,
        }
    }

    /// Adds up what is older than that second, as the seconds of populations are.
    pub(super) fn fold(&mut self, young: u64) {
        let kept = self.seconds.split_off(&young);
        for (second, pairs) in std::mem::replace(&mut self.seconds, kept) {
            let sum = self.seconds.entry(second / FOLDED * FOLDED).or_default();
            pairs.into_iter().for_each(|(pair, seen)| sum.entry(pair).or_default().add(seen));
        }
        self.folded_to = self.folded_to.max(young);
    }

    /// What was read from one second to another (exclusive), by the region that acknowledged.
    pub(super) fn between(&self, from: u64, to: u64) -> Vec<Staleness> {
        let mut sums = Pairs::new();
        for (pair, seen) in self.seconds.range(from..to).flat_map(|(_, pairs)| pairs) {
            sums.entry(*pair).or_default().add(*seen);
        }
        let mut told: Vec<Staleness> = Vec::new();
        for ((written, region), seen) in sums {
            if told.last().is_none_or(|last| last.written != written) {
                told.push(Staleness { written, ..Staleness::default() });
            }
            let Some(row) = told.last_mut() else { continue };
            row.reads.resize(region + 1, 0);
            row.reads[region] = seen.reads;
            if seen.stale > 0 {
                row.stale.push((region, seen.stale, seen.oldest_us));
            }
        }
        told
    }
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.reads += other.reads;
        self.stale += other.stale;
        self.oldest_us = self.oldest_us.max(other.oldest_us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{LedgerRead, LedgerWrite};

    fn write(number: u64, by: Option<usize>) -> LedgerEntry {
        let done = RunTime::from_micros(1_000_000 * number);
        LedgerEntry::Write(LedgerWrite {
            number,
            value: String::new(),
            id: String::new(),
            population: 0,
            intended: done,
            sent: Some(done),
            done,
            outcome: WriteOutcome::Acknowledged,
            reason: String::new(),
            served_by: by,
            attempts: 1,
        })
    }

    fn read(write: u64, region: usize, after_us: u64, result: ReadResult) -> LedgerEntry {
        let sent = RunTime::from_micros(1_000_000 * write + after_us);
        LedgerEntry::Read(LedgerRead {
            write,
            reader: Reader::Region(region),
            sent,
            done: sent,
            result,
            reason: String::new(),
            is_final: false,
            served_by: Some(region),
        })
    }

    #[test]
    fn what_is_old_is_added_up_and_what_comes_late_is_added_to_it() {
        let mut probes = Probes::default();
        for second in 0..100 {
            probes.take(&write(second, (second % 2 == 0).then_some(1)));
            probes.take(&read(second, 2, 400, ReadResult::Present));
            probes.take(&read(second, 0, 1_000 + second, ReadResult::Absent));
        }
        let all = probes.between(0, 100);
        probes.fold(60);
        probes.fold(75);
        assert_eq!(probes.between(0, 100), all, "nothing is lost");
        assert_eq!(probes.seconds.len(), 5 + 25, "and less is kept");
        probes.take(&read(31, 2, 900, ReadResult::Absent));
        let expected = [
            Staleness { written: None, reads: vec![7, 0, 8], stale: vec![(0, 7, 1_043), (2, 1, 900)] },
            Staleness { written: Some(1), reads: vec![8, 0, 8], stale: vec![(0, 8, 1_044)] },
        ];
        assert_eq!(probes.between(30, 45), expected);
    }
}
