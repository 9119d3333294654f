//! Staleness: "heartbeat written per region, read everywhere: lag = now − newest visible" (`definitions.md`), measured
//! with the ledger's writes and by one clock, the generator's.
//!
//! For each reader the delay from acknowledgement to the end of the first read that showed the write. A prober asks at
//! growing distances, so that the true delay lies between its last answer without and its first answer with the write:
//! what is given is *at most*. Writes that no read of that reader was made for before the final ones are left out, unless
//! it had answered without them before.

use super::{fate::name_of, percentile::percentile};
use crate::{
    evidence::{Evidence, TracedWrite},
    findings::{Length, Visibility},
};
use record::{Histogram, ReadResult, Reader, WriteOutcome};
use std::time::Duration;

/// The delays of every reader.
pub(crate) fn visibility(evidence: &Evidence<'_>, readers: &[Reader]) -> Vec<Visibility> {
    readers.iter().map(|reader| one(evidence, *reader)).collect()
}

fn one(evidence: &Evidence<'_>, reader: Reader) -> Visibility {
    let (mut baseline, mut later, mut longest) = (Histogram::new(), Histogram::new(), None);
    let first_injection = evidence.timeline.faults.iter().filter_map(|times| times.began()).min();
    for write in acknowledged(evidence) {
        let Some(delay) = delay(write, reader) else { continue };
        longest = longest.max(Some(delay));
        let is_baseline = first_injection.is_none_or(|at| write.write.done < at);
        if is_baseline { baseline.record(delay) } else { later.record(delay) }
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

/// The slowest first sight of writes acknowledged in the baseline, over all readers.
pub(crate) fn slowest_in_baseline(evidence: &Evidence<'_>, readers: &[Reader]) -> Option<Duration> {
    let baseline = evidence.timeline.baseline?;
    acknowledged(evidence)
        .filter(|write| baseline.contains(write.write.done))
        .flat_map(|write| readers.iter().filter_map(|reader| delay(write, *reader)))
        .max()
}

fn acknowledged<'e, 'a>(evidence: &'e Evidence<'a>) -> impl Iterator<Item = &'e TracedWrite<'a>> {
    evidence.ledger.writes.values().filter(|write| write.write.outcome == WriteOutcome::Acknowledged)
}

/// How long until the reader saw the write, at most.
fn delay(write: &TracedWrite<'_>, reader: Reader) -> Option<Duration> {
    let was_absent = write.reads_by(reader).any(|read| !read.is_final && read.result == ReadResult::Absent);
    let seen =
        write.reads_by(reader).find(|read| read.result == ReadResult::Present && (!read.is_final || was_absent))?;
    Some(seen.done.saturating_since(write.write.done))
}
