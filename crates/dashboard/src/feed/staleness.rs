//! What probes see of replication, second by second: reads next to a region of writes that were acknowledged.
//!
//! Whether a write that a read lacks is late or lost is only known when the final reads are, so it counts as stale here.

use crate::wire::RegionStaleness;
use record::{LedgerEntry, ReadResult, Reader, WriteOutcome};
use std::collections::BTreeMap;
use units::RunTime;

/// Writes whose acknowledgement is remembered: a probe reads for seconds, not for hours.
const WRITES_MAX: usize = 100_000;

/// What probes saw.
#[derive(Debug, Clone)]
pub(super) struct Probes {
    regions: usize,
    /// When each write was acknowledged.
    acknowledged: BTreeMap<u64, RunTime>,
    seconds: BTreeMap<u64, Vec<RegionStaleness>>,
}

impl Probes {
    pub(super) fn of(regions: usize) -> Self {
        Self { regions, acknowledged: BTreeMap::new(), seconds: BTreeMap::new() }
    }

    /// The second that it is about; `None`: it says nothing of staleness.
    pub(super) fn take(&mut self, entry: &LedgerEntry) -> Option<u64> {
        match entry {
            LedgerEntry::Write(write) if write.outcome == WriteOutcome::Acknowledged => {
                self.acknowledged.insert(write.number, write.done);
                if self.acknowledged.len() > WRITES_MAX {
                    self.acknowledged.pop_first();
                }
                None
            }
            LedgerEntry::Read(read) if !read.is_final && read.result != ReadResult::Unknown => {
                let Reader::Region(region) = read.reader else { return None };
                let acknowledged = *self.acknowledged.get(&read.write)?;
                if read.sent < acknowledged {
                    return None;
                }
                let new = || (0..self.regions).map(|region| RegionStaleness { region, ..Default::default() }).collect();
                let seen = &mut self.seconds.entry(read.done.second()).or_insert_with(new)[region];
                seen.reads += 1;
                if read.result == ReadResult::Absent {
                    seen.stale += 1;
                    let age = RunTime::from(read.sent.saturating_since(acknowledged)).as_micros();
                    seen.oldest_us = seen.oldest_us.max(age);
                }
                Some(read.done.second())
            }
            _ => None,
        }
    }

    /// Regions that were read, from one second to another (exclusive).
    pub(super) fn between(&self, from: u64, to: u64) -> Vec<RegionStaleness> {
        let mut sums: BTreeMap<usize, RegionStaleness> = BTreeMap::new();
        for seen in self.seconds.range(from..to).flat_map(|(_, all)| all).filter(|seen| seen.reads > 0) {
            let sum = sums.entry(seen.region).or_insert(RegionStaleness { region: seen.region, ..Default::default() });
            sum.reads += seen.reads;
            sum.stale += seen.stale;
            sum.oldest_us = sum.oldest_us.max(seen.oldest_us);
        }
        sums.into_values().collect()
    }
}
