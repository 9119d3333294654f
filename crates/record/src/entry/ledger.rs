//! The ledger: probe writes, reads of them, and the operations of sessions.

use units::RunTime;

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub enum LedgerEntry {
    /// A probe write that ended.
    Write(LedgerWrite),
    /// A read of one.
    Read(LedgerRead),
    /// An operation of a session on a key, with what its client saw.
    Operation(LedgerOperation),
}

/// How a write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOutcome {
    /// Acknowledged.
    Acknowledged,
    /// Definitely not done: refused before it was sent, or an answer that says so.
    Failed,
    /// It may have happened: time-out or broken connection after it was sent, or a 5xx.
    Unknown,
}

/// A probe write that ended.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerWrite {
    /// Number of the write in the run.
    pub number: u64,
    /// Its unique value.
    pub value: String,
    /// What the answer called it, or the value.
    pub id: String,
    /// Population index of the writer.
    pub population: usize,
    /// When the plan wanted it sent.
    pub intended: RunTime,
    /// When it was sent (last attempt); `None`: never.
    pub sent: Option<RunTime>,
    /// When its outcome was known.
    pub done: RunTime,
    /// How it ended.
    pub outcome: WriteOutcome,
    /// Why, for people: status or error.
    pub reason: String,
    /// Region index that answered.
    pub served_by: Option<usize>,
    /// Attempts.
    pub attempts: u32,
}

/// Who read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reader {
    /// A prober next to that region (index), through that region's own endpoint.
    Region(usize),
    /// A user of that population (index), through the entry.
    Population(usize),
}

/// What a read showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadResult {
    /// The value is there.
    Present,
    /// A definite answer without the value.
    Absent,
    /// No definite answer.
    Unknown,
}

/// A read of a probe write.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerRead {
    /// Number of the write.
    pub write: u64,
    /// Who read.
    pub reader: Reader,
    /// When the read was sent.
    pub sent: RunTime,
    /// When its result was known.
    pub done: RunTime,
    /// What it showed.
    pub result: ReadResult,
    /// Why, for people.
    pub reason: String,
    /// Whether it belongs to the final reads, after quiet.
    pub is_final: bool,
    /// Region index that answered, if known.
    pub served_by: Option<usize>,
}

/// An operation of a session on a key: one line of that key's history. Keys, sessions and values are numbered by the agent that
/// made them, and all instants of one agent are of one clock: histories of two agents have nothing in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerOperation {
    /// The agent, from 0.
    pub agent: usize,
    /// The session. Its operations come one after the other; the final reads are one session per reader.
    pub session: u64,
    /// Its place in the session, from 0.
    pub turn: u32,
    /// Who acted: next to that region through its own endpoint, or a user of that population through the entry.
    pub by: Reader,
    /// The key that it is about.
    pub key: u64,
    /// What was done, and what a read saw.
    pub action: LedgerAction,
    /// When it was begun, before its first attempt; `None`: nothing was ever sent.
    pub sent: Option<RunTime>,
    /// When its outcome was known.
    pub done: RunTime,
    /// How it ended. Reads: whether there was a definite answer.
    pub outcome: WriteOutcome,
    /// Why, for people; empty where it was acknowledged.
    pub reason: String,
    /// Region index that answered, if known.
    pub served_by: Option<usize>,
    /// Attempts.
    pub attempts: u32,
    /// Whether it belongs to the final reads, after quiet.
    pub is_final: bool,
}

/// What is done to a key. A key is a register, a list or a counter, and is only ever used as that.
///
/// Values are numbers above 0 and unique in their agent; 0 is something that the ledger never wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerAction {
    /// The register has this value from now on.
    Write {
        /// The value.
        value: u64,
    },
    /// The register has no value from now on.
    Delete,
    /// The register has this value.
    Read {
        /// What was seen; `None`: none of the ledger's, or nothing.
        value: Option<u64>,
    },
    /// The list ends with this value from now on.
    Append {
        /// The value.
        value: u64,
    },
    /// The list has these values.
    List {
        /// What was seen, oldest first.
        values: Vec<u64>,
        /// Whether it was seen in the place that the list is delivered to (a follower's time line), not in the list itself.
        delivered: bool,
    },
    /// The counter's set has this member from now on.
    Add {
        /// The member.
        member: u64,
    },
    /// The counter's set has this member no more.
    Remove {
        /// The member.
        member: u64,
    },
    /// The counter's set has so many members.
    Count {
        /// What was seen; `None`: no number.
        count: Option<i64>,
    },
}

impl LedgerAction {
    /// Whether it only looks.
    #[must_use]
    pub fn is_read(&self) -> bool {
        matches!(self, Self::Read { .. } | Self::List { .. } | Self::Count { .. })
    }
}
