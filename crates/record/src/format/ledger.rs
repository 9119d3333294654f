//! The ledger's lines as written.

use crate::{LedgerRead, LedgerWrite, ReadResult, Reader, WriteOutcome};
use serde::{Deserialize, Serialize};
use units::RunTime;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WriteFormat {
    number: u64,
    value: String,
    id: String,
    population: usize,
    intended_us: u64,
    sent_us: Option<u64>,
    done_us: u64,
    outcome: WriteOutcomeFormat,
    reason: String,
    served_by: Option<usize>,
    attempts: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WriteOutcomeFormat {
    Acknowledged,
    Failed,
    Unknown,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ReadFormat {
    write: u64,
    reader: ReaderFormat,
    sent_us: u64,
    done_us: u64,
    result: ReadResultFormat,
    reason: String,
    #[serde(rename = "final")]
    is_final: bool,
    served_by: Option<usize>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ReaderFormat {
    Region(usize),
    Population(usize),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ReadResultFormat {
    Present,
    Absent,
    Unknown,
}

impl From<&LedgerWrite> for WriteFormat {
    fn from(write: &LedgerWrite) -> Self {
        Self {
            number: write.number,
            value: write.value.clone(),
            id: write.id.clone(),
            population: write.population,
            intended_us: write.intended.as_micros(),
            sent_us: write.sent.map(RunTime::as_micros),
            done_us: write.done.as_micros(),
            outcome: match write.outcome {
                WriteOutcome::Acknowledged => WriteOutcomeFormat::Acknowledged,
                WriteOutcome::Failed => WriteOutcomeFormat::Failed,
                WriteOutcome::Unknown => WriteOutcomeFormat::Unknown,
            },
            reason: write.reason.clone(),
            served_by: write.served_by,
            attempts: write.attempts,
        }
    }
}

impl From<WriteFormat> for LedgerWrite {
    fn from(format: WriteFormat) -> Self {
        Self {
            number: format.number,
            value: format.value,
            id: format.id,
            population: format.population,
            intended: RunTime::from_micros(format.intended_us),
            sent: format.sent_us.map(RunTime::from_micros),
            done: RunTime::from_micros(format.done_us),
            outcome: match format.outcome {
                WriteOutcomeFormat::Acknowledged => WriteOutcome::Acknowledged,
                WriteOutcomeFormat::Failed => WriteOutcome::Failed,
                WriteOutcomeFormat::Unknown => WriteOutcome::Unknown,
            },
            reason: format.reason,
            served_by: format.served_by,
            attempts: format.attempts,
        }
    }
}

impl From<&LedgerRead> for ReadFormat {
    fn from(read: &LedgerRead) -> Self {
        Self {
            write: read.write,
            reader: match read.reader {
                Reader::Region(index) => ReaderFormat::Region(index),
                Reader::Population(index) => ReaderFormat::Population(index),
            },
            sent_us: read.sent.as_micros(),
            done_us: read.done.as_micros(),
            result: match read.result {
                ReadResult::Present => ReadResultFormat::Present,
                ReadResult::Absent => ReadResultFormat::Absent,
                ReadResult::Unknown => ReadResultFormat::Unknown,
            },
            reason: read.reason.clone(),
            is_final: read.is_final,
            served_by: read.served_by,
        }
    }
}

impl From<ReadFormat> for LedgerRead {
    fn from(format: ReadFormat) -> Self {
        Self {
            write: format.write,
            reader: match format.reader {
                ReaderFormat::Region(index) => Reader::Region(index),
                ReaderFormat::Population(index) => Reader::Population(index),
            },
            sent: RunTime::from_micros(format.sent_us),
            done: RunTime::from_micros(format.done_us),
            result: match format.result {
                ReadResultFormat::Present => ReadResult::Present,
                ReadResultFormat::Absent => ReadResult::Absent,
                ReadResultFormat::Unknown => ReadResult::Unknown,
            },
            reason: format.reason,
            is_final: format.is_final,
            served_by: format.served_by,
        }
    }
}
