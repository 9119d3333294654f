//! The fate of a probe write: "set-full over the ledger; `info` ops never count as lost" (`definitions.md`; after Jepsen's
//! `set-full`).
//!
//! Only the final reads, after quiet, decide: before them a write may simply not have arrived yet. For each reader:
//! present when any final read showed it; absent when none did and at least two gave a definite answer without it (one bad
//! answer proves nothing); else open.
//!
//! | readers                     | fate      |
//! |-----------------------------|-----------|
//! | all present                 | safe      |
//! | all absent                  | lost      |
//! | some present, some absent   | diverged  |
//! | present and open            | seen      |
//! | absent and open, or all open| open      |
//!
//! Who has to answer: with `each-region` every region of the plan, whether or not its prober ever got to read (a region
//! that is still away leaves the fate open: the write may live there). With `entry` every population.

use crate::evidence::{Evidence, TracedWrite};
use plan::resolved::LedgerReader;
use record::{ReadResult, Reader};

/// Definite answers without the value that it takes.
const ABSENT_MIN: usize = 2;

/// What one reader knows in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    Present,
    Absent,
    Open,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    Safe,
    Lost,
    Diverged,
    /// Some see it, for the others it is open.
    Seen,
    Open,
}

/// Everybody whose answer is needed, in order.
pub(crate) fn readers(evidence: &Evidence<'_>) -> Vec<Reader> {
    match evidence.plan.ledger.as_ref().map(|ledger| ledger.readers) {
        Some(LedgerReader::EachRegion) => (0..evidence.plan.regions.len()).map(Reader::Region).collect(),
        Some(LedgerReader::Entry) => (0..evidence.plan.populations.len()).map(Reader::Population).collect(),
        // A recording of writes that its plan doesn't know of: whoever read.
        None => evidence.ledger.readers.iter().copied().collect(),
    }
}

/// What a reader knows of a write in the end.
pub(crate) fn sight(write: &TracedWrite<'_>, reader: Reader) -> Sight {
    let mut absent = 0;
    for read in write.reads_by(reader).filter(|read| read.is_final) {
        match read.result {
            ReadResult::Present => return Sight::Present,
            ReadResult::Absent => absent += 1,
            ReadResult::Unknown => {}
        }
    }
    if absent >= ABSENT_MIN { Sight::Absent } else { Sight::Open }
}

/// What became of a write.
pub(crate) fn fate(sights: &[Sight]) -> Fate {
    let count = |wanted: Sight| sights.iter().filter(|sight| **sight == wanted).count();
    match (count(Sight::Present), count(Sight::Absent), count(Sight::Open)) {
        (0, 0, _) => Fate::Open,
        (_, 0, 0) => Fate::Safe,
        (0, _, 0) => Fate::Lost,
        (0, ..) => Fate::Open,
        (_, 0, _) => Fate::Seen,
        _ => Fate::Diverged,
    }
}

/// A reader, in words.
pub(crate) fn name_of(evidence: &Evidence<'_>, reader: Reader) -> String {
    match reader {
        Reader::Region(region) => format!("prober at {}", evidence.plan.regions[region].name),
        Reader::Population(population) => format!("users of {}", evidence.plan.populations[population].name),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Fate::*,
        Sight::{Absent, Open as Unsure, Present},
        *,
    };

    #[test]
    fn the_fate_follows_from_what_every_reader_knows() {
        let cases: [(&[Sight], Fate); 9] = [
            (&[Present, Present], Safe),
            (&[Absent, Absent], Lost),
            (&[Present, Absent], Diverged),
            (&[Present, Absent, Unsure], Diverged),
            (&[Present, Unsure], Seen),
            (&[Absent, Unsure], Open),
            (&[Unsure, Unsure], Open),
            (&[Absent], Lost),
            (&[], Open),
        ];
        for (sights, expected) in cases {
            assert_eq!(fate(sights), expected, "{sights:?}");
        }
    }
}
