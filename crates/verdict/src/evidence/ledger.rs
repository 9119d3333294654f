//! The probe writes, each with its reads in order of time.

use record::{Entry, LedgerEntry, LedgerRead, LedgerWrite, Reader};
use std::collections::{BTreeMap, BTreeSet};

/// The ledger in order.
#[derive(Debug, Default)]
pub(crate) struct Ledger<'a> {
    /// By number of the write. A number that comes twice keeps its first write.
    pub(crate) writes: BTreeMap<u64, TracedWrite<'a>>,
    /// Everybody who ever read.
    pub(crate) readers: BTreeSet<Reader>,
}

/// A write with its reads.
#[derive(Debug)]
pub(crate) struct TracedWrite<'a> {
    pub(crate) write: &'a LedgerWrite,
    /// By the time they were sent.
    pub(crate) reads: Vec<&'a LedgerRead>,
}

impl<'a> Ledger<'a> {
    pub(crate) fn trace(entries: &'a [Entry]) -> Self {
        let mut ledger = Self::default();
        for entry in entries {
            if let Entry::Ledger(LedgerEntry::Write(write)) = entry {
                ledger.writes.entry(write.number).or_insert(TracedWrite { write, reads: Vec::new() });
            }
        }
        for entry in entries {
            if let Entry::Ledger(LedgerEntry::Read(read)) = entry {
                ledger.readers.insert(read.reader);
                if let Some(traced) = ledger.writes.get_mut(&read.write) {
                    traced.reads.push(read);
                }
            }
        }
        for traced in ledger.writes.values_mut() {
            traced.reads.sort_by_key(|read| (read.sent, read.done, read.reader));
        }
        ledger
    }
}

impl<'a> TracedWrite<'a> {
    /// What one reader saw, in order of time.
    pub(crate) fn reads_by(&self, reader: Reader) -> impl Iterator<Item = &'a LedgerRead> + '_ {
        self.reads.iter().copied().filter(move |read| read.reader == reader)
    }
}
