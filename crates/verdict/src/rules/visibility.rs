//! Staleness: "heartbeat written per region, read everywhere: lag = now − newest visible" (`definitions.md`), measured
//! with the ledger's writes and by one clock, the generator's.
//!
//! For each reader the delay from acknowledgement to the end of the first read that showed the write. A prober asks at
//! growing distances, so that the true delay lies between its last answer without and its first answer with the write:
//! what is given is *at most*. The baseline's are those that were *seen* before the first injection: one acknowledged just
//! before it and seen long after tells of the fault. Writes that no read of that reader was made for before the final ones are left out, unless
//! it had answered without them before.

use super::{fate::name_of, percentile::percentile};
use crate::{
    evidence::{Evidence, TracedWrite},
    findings::{Length, Visibility},
};
use record::{Histogram, ReadResult, Reader, WriteOutcome};
use std::time::Duration;
use units::RunTime;

/// The delays of every reader.
pub(crate) fn visibility(evidence: &Evidence<'_>, readers: &[Reader]) -> Vec<Visibility> {
    readers.iter().map(|reader| one(evidence, *reader)).collect()
}

fn one(evidence: &Evidence<'_>, reader: Reader) -> Visibility {
    let (mut baseline, mut later, mut longest) = (Histogram::new(), Histogram::new(), None);
    for write in acknowledged(evidence) {
        let Some((seen, delay)) = first_sight(write, reader) else { continue };
        longest = longest.max(Some(delay));
        if is_before_faults(evidence, seen) { baseline.record(delay) } else { later.record(delay) }
    }
    Visibility {
        reader: name_of(evidence, reader),
        baseline_p50: percentile(&baseline, 50.0),
        baseline_p99: percentile(&baseline, 99.0),
        fault_p50: percentile(&later, 50.0),
        fault_p99: percentile(&later, 99.0),
        longest: longest.map(Length),
    }
}

/// The slowest first sight before the first injection, over all readers.
pub(crate) fn slowest_in_baseline(evidence: &Evidence<'_>, readers: &[Reader]) -> Option<Duration> {
    acknowledged(evidence)
        .flat_map(|write| readers.iter().filter_map(|reader| first_sight(write, *reader)))
        .filter(|(seen, _)| is_before_faults(evidence, *seen))
        .map(|(_, delay)| delay)
        .max()
}

fn is_before_faults(evidence: &Evidence<'_>, at: RunTime) -> bool {
    evidence.timeline.outages.iter().filter_map(|times| times.began()).all(|began| at < began)
}

fn acknowledged<'e, 'a>(evidence: &'e Evidence<'a>) -> impl Iterator<Item = &'e TracedWrite<'a>> {
    evidence.ledger.writes.values().filter(|write| write.write.outcome == WriteOutcome::Acknowledged)
}

/// When the reader saw the write first, and how long after its acknowledgement, at most.
fn first_sight(write: &TracedWrite<'_>, reader: Reader) -> Option<(RunTime, Duration)> {
    let was_absent = write.reads_by(reader).any(|read| !read.is_final && read.result == ReadResult::Absent);
    let seen =
        write.reads_by(reader).find(|read| read.result == ReadResult::Present && (!read.is_final || was_absent))?;
    Some((seen.done, seen.done.saturating_since(write.write.done)))
}
