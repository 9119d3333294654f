//! Probe writes and what their readers saw.

use super::{AMERICA, EU, EUROPE, US, at};
use record::{Entry, LedgerEntry, LedgerRead, LedgerWrite, ReadResult, Reader, WriteOutcome};
use std::time::Duration;
use units::RunTime;

/// What one reader answers in the end, twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Present,
    Absent,
    /// No definite answer.
    Unknown,
    /// One definite answer without it, and one that isn't definite.
    AbsentOnce,
    /// Without it first, with it then.
    PresentLate,
    /// It was never asked.
    Silent,
}

/// A probe write.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    pub(crate) population: usize,
    pub(crate) intended: f64,
    pub(crate) outcome: WriteOutcome,
    pub(crate) served_by: Option<usize>,
    /// What its answer called it; `None`: an id of its own.
    pub(crate) id: Option<String>,
    /// Whether users behind the entry read it, and not a prober in each region.
    pub(crate) is_behind_entry: bool,
    /// What each reader answers in the end.
    pub(crate) answers: Vec<Answer>,
    /// Reads before the end: reader, seconds after the acknowledgement, result.
    pub(crate) reads: Vec<(usize, f64, ReadResult)>,
}

/// One write of each population per second, acknowledged by its home and seen everywhere within half a second; in the
/// outage europe's are unknown, then acknowledged by the other region.
pub(crate) fn good() -> Vec<Probe> {
    let mut probes = Vec::new();
    for second in 2..39 {
        let when = f64::from(second) + 0.5;
        let europe = match second {
            12..=15 => None,
            16..=26 => US,
            _ => EU,
        };
        probes.push(Probe::new(EUROPE, when, europe));
        probes.push(Probe::new(AMERICA, when, US));
    }
    probes
}

impl Probe {
    /// Acknowledged by that region and seen everywhere; without one its outcome is unknown.
    pub(crate) fn new(population: usize, intended: f64, served_by: Option<usize>) -> Self {
        let outcome = if served_by.is_some() { WriteOutcome::Acknowledged } else { WriteOutcome::Unknown };
        let reads = vec![(0, 0.2, ReadResult::Present), (1, 0.2, ReadResult::Absent), (1, 0.4, ReadResult::Present)];
        let reads = if served_by.is_some() { reads } else { Vec::new() };
        let answers = vec![Answer::Present; 2];
        Self { population, intended, outcome, served_by, id: None, is_behind_entry: false, answers, reads }
    }

    /// Nobody has it in the end.
    pub(crate) fn lose(&mut self) {
        self.answers = vec![Answer::Absent; 2];
        self.reads.retain(|(.., result)| *result == ReadResult::Absent);
    }

    pub(crate) fn entries(&self, number: u64) -> Vec<(RunTime, Entry)> {
        let done = at(self.intended) + Duration::from_millis(80);
        let write = LedgerWrite {
            number,
            value: format!("v-{number}"),
            id: self.id.clone().unwrap_or_else(|| format!("id-{number}")),
            population: self.population,
            intended: at(self.intended),
            sent: Some(at(self.intended)),
            done,
            outcome: self.outcome,
            reason: String::new(),
            served_by: self.served_by,
            attempts: 1,
        };
        let mut entries = vec![(done, Entry::Ledger(LedgerEntry::Write(write)))];
        let mut read = |region: usize, sent: RunTime, result: ReadResult, is_final: bool| {
            let done = sent + Duration::from_millis(20);
            let reader = if self.is_behind_entry { Reader::Population(region) } else { Reader::Region(region) };
            let reason = String::new();
            let read =
                LedgerRead { write: number, reader, sent, done, result, reason, is_final, served_by: Some(region) };
            entries.push((done, Entry::Ledger(LedgerEntry::Read(read))));
        };
        for (region, after, result) in &self.reads {
            read(*region, done + Duration::from_secs_f64(*after), *result, false);
        }
        for (region, answer) in self.answers.iter().enumerate() {
            for (pass, result) in answer.results().iter().enumerate() {
                read(region, at(45.0 + 2.0 * pass as f64), *result, true);
            }
        }
        entries
    }
}

impl Answer {
    fn results(self) -> &'static [ReadResult] {
        match self {
            Self::Present => &[ReadResult::Present],
            Self::Absent => &[ReadResult::Absent, ReadResult::Absent],
            Self::Unknown => &[ReadResult::Unknown, ReadResult::Unknown],
            Self::AbsentOnce => &[ReadResult::Absent, ReadResult::Unknown],
            Self::PresentLate => &[ReadResult::Absent, ReadResult::Present],
            Self::Silent => &[],
        }
    }
}
