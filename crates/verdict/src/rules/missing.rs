//! Acknowledged writes that were not to be read for a while although they survived: a region that died with them came
//! back, or a cache or replica answered with the past.
//!
//! A write that is not there yet is normal replication, so a threshold separates the two: twice the slowest first sight of
//! the baseline, at least a second. The time counted is from acknowledgement to the *sending* of the last definite answer
//! without it: it was missing at least that long.
//!
//! *Vanished* needs no threshold: a reader that had shown the write answered without it later. For a reader behind the
//! entry that is a broken monotonic read across the region switch.
//!
//! Only readers that see the write in the end count: one that never does is a divergence or a loss.

use super::{
    fate::{Sight, sight},
    visibility::slowest_in_baseline,
};
use crate::{
    evidence::{Evidence, TracedWrite},
    findings::{Length, TemporarilyMissing},
};
use record::{ReadResult, Reader, WriteOutcome};
use std::time::Duration;

const THRESHOLD_MIN: Duration = Duration::from_secs(1);

/// The writes that were away for a while.
pub(crate) fn temporarily_missing(evidence: &Evidence<'_>, readers: &[Reader]) -> TemporarilyMissing {
    let normal = slowest_in_baseline(evidence, readers).unwrap_or_default();
    let threshold = (normal * 2).max(THRESHOLD_MIN);
    let mut missing = TemporarilyMissing { count: 0, vanished: 0, longest: None, threshold: Length(threshold) };
    for write in evidence.ledger.writes.values() {
        if write.write.outcome != WriteOutcome::Acknowledged {
            continue;
        }
        let seeing = || readers.iter().copied().filter(|reader| sight(write, *reader) == Sight::Present);
        let absence = seeing().filter_map(|reader| absence(write, reader)).max();
        if let Some(absence) = absence.filter(|absence| *absence > threshold) {
            missing.count += 1;
            missing.longest = missing.longest.max(Some(Length(absence)));
        }
        missing.vanished += u64::from(seeing().any(|reader| has_vanished(write, reader)));
    }
    missing
}

/// From acknowledgement to the last definite answer without the write.
fn absence(write: &TracedWrite<'_>, reader: Reader) -> Option<Duration> {
    let absent = write.reads_by(reader).filter(|read| read.result == ReadResult::Absent);
    absent.map(|read| read.sent.saturating_since(write.write.done)).max()
}

/// Whether an answer without the write was asked for after one with it had come.
fn has_vanished(write: &TracedWrite<'_>, reader: Reader) -> bool {
    let seen = write.reads_by(reader).filter(|read| read.result == ReadResult::Present).map(|read| read.done).min();
    seen.is_some_and(|seen| write.reads_by(reader).any(|read| read.result == ReadResult::Absent && read.sent > seen))
}
