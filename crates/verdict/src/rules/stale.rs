//! Stale reads: reads of an acknowledged write that were *sent* after its acknowledgement had come, and were answered
//! without it.
//!
//! By one clock, the generator's, so there is no doubt about the order: whoever wrote knew that it was done before the
//! reader asked. Not stale are
//!
//! - reads without a definite answer (they showed nothing, old or new);
//! - reads of writes that are lost: what isn't there can't be read late, and it is counted as lost already;
//! - the final reads: they come after quiet, when nothing may be on its way any more.
//!
//! The share is of the ledger's reads, which follow each write closely until everybody has seen it. So it says how a reader
//! fares who looks for something new, not how many of all reads are old.

use super::{
    experience::share,
    fate::{Fate, fate, sight},
};
use crate::{evidence::Evidence, findings::StaleReads, words};
use record::{ReadResult, Reader, WriteOutcome};

/// Reads that showed the past.
pub(crate) fn stale_reads(evidence: &Evidence<'_>, readers: &[Reader]) -> StaleReads {
    let (mut reads, mut stale) = (0, 0);
    for write in evidence.ledger.writes.values() {
        let sights: Vec<_> = readers.iter().map(|reader| sight(write, *reader)).collect();
        if write.write.outcome != WriteOutcome::Acknowledged || fate(&sights) == Fate::Lost {
            continue;
        }
        let later = write.reads.iter().filter(|read| !read.is_final && read.sent > write.write.done);
        for read in later.filter(|read| read.result != ReadResult::Unknown) {
            reads += 1;
            stale += u64::from(read.result == ReadResult::Absent);
        }
    }
    let share = share(stale, reads);
    let text = match share {
        None => "no read followed a write".to_owned(),
        Some(share) => {
            format!("{} of {} ({})", words::count(stale), words::counted(reads, "read"), words::share(share))
        }
    };
    StaleReads { reads, stale, share, text }
}
