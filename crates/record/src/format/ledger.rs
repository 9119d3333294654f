//! The ledger's lines as written.

use crate::{LedgerAction, LedgerOperation, LedgerRead, LedgerWrite, ReadResult, Reader, WriteOutcome};
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WriteOutcomeFormat {
    #[default]
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

/// What is the same in most lines is left out: there are millions of them.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OperationFormat {
    #[serde(default, skip_serializing_if = "is_default")]
    agent: usize,
    session: u64,
    turn: u32,
    by: ReaderFormat,
    key: u64,
    action: ActionFormat,
    sent_us: Option<u64>,
    done_us: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    outcome: WriteOutcomeFormat,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    reason: String,
    served_by: Option<usize>,
    #[serde(default = "once", skip_serializing_if = "is_once")]
    attempts: u32,
    #[serde(rename = "final", default, skip_serializing_if = "is_default")]
    is_final: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ActionFormat {
    Write(u64),
    Delete,
    Read(Option<u64>),
    Append(u64),
    List(Vec<u64>),
    DeliveredList(Vec<u64>),
    Add(u64),
    Remove(u64),
    Count(Option<i64>),
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn once() -> u32 {
    1
}

fn is_once(attempts: &u32) -> bool {
    *attempts == 1
}

impl From<WriteOutcome> for WriteOutcomeFormat {
    fn from(outcome: WriteOutcome) -> Self {
        match outcome {
            WriteOutcome::Acknowledged => Self::Acknowledged,
            WriteOutcome::Failed => Self::Failed,
            WriteOutcome::Unknown => Self::Unknown,
        }
    }
}

impl From<WriteOutcomeFormat> for WriteOutcome {
    fn from(format: WriteOutcomeFormat) -> Self {
        match format {
            WriteOutcomeFormat::Acknowledged => Self::Acknowledged,
            WriteOutcomeFormat::Failed => Self::Failed,
            WriteOutcomeFormat::Unknown => Self::Unknown,
        }
    }
}

impl From<Reader> for ReaderFormat {
    fn from(reader: Reader) -> Self {
        match reader {
            Reader::Region(index) => Self::Region(index),
            Reader::Population(index) => Self::Population(index),
        }
    }
}

impl From<ReaderFormat> for Reader {
    fn from(format: ReaderFormat) -> Self {
        match format {
            ReaderFormat::Region(index) => Self::Region(index),
            ReaderFormat::Population(index) => Self::Population(index),
        }
    }
}

impl From<&LedgerAction> for ActionFormat {
    fn from(action: &LedgerAction) -> Self {
        match action {
            LedgerAction::Write { value } => Self::Write(*value),
            LedgerAction::Delete => Self::Delete,
            LedgerAction::Read { value } => Self::Read(*value),
            LedgerAction::Append { value } => Self::Append(*value),
            LedgerAction::List { values, delivered: false } => Self::List(values.clone()),
            LedgerAction::List { values, delivered: true } => Self::DeliveredList(values.clone()),
            LedgerAction::Add { member } => Self::Add(*member),
            LedgerAction::Remove { member } => Self::Remove(*member),
            LedgerAction::Count { count } => Self::Count(*count),
        }
    }
}

impl From<ActionFormat> for LedgerAction {
    fn from(format: ActionFormat) -> Self {
        match format {
            ActionFormat::Write(value) => Self::Write { value },
            ActionFormat::Delete => Self::Delete,
            ActionFormat::Read(value) => Self::Read { value },
            ActionFormat::Append(value) => Self::Append { value },
            ActionFormat::List(values) => Self::List { values, delivered: false },
            ActionFormat::DeliveredList(values) => Self::List { values, delivered: true },
            ActionFormat::Add(member) => Self::Add { member },
            ActionFormat::Remove(member) => Self::Remove { member },
            ActionFormat::Count(count) => Self::Count { count },
        }
    }
}

impl From<&LedgerOperation> for OperationFormat {
    fn from(operation: &LedgerOperation) -> Self {
        Self {
            agent: operation.agent,
            session: operation.session,
            turn: operation.turn,
            by: operation.by.into(),
            key: operation.key,
            action: (&operation.action).into(),
            sent_us: operation.sent.map(RunTime::as_micros),
            done_us: operation.done.as_micros(),
            outcome: operation.outcome.into(),
            reason: operation.reason.clone(),
            served_by: operation.served_by,
            attempts: operation.attempts,
            is_final: operation.is_final,
        }
    }
}

impl From<OperationFormat> for LedgerOperation {
    fn from(format: OperationFormat) -> Self {
        Self {
            agent: format.agent,
            session: format.session,
            turn: format.turn,
            by: format.by.into(),
            key: format.key,
            action: format.action.into(),
            sent: format.sent_us.map(RunTime::from_micros),
            done: RunTime::from_micros(format.done_us),
            outcome: format.outcome.into(),
            reason: format.reason,
            served_by: format.served_by,
            attempts: format.attempts,
            is_final: format.is_final,
        }
    }
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
            outcome: write.outcome.into(),
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
            outcome: format.outcome.into(),
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
            reader: read.reader.into(),
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
            reader: format.reader.into(),
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
