//! The recording: what happened, kept so that it can be judged again, also after a crash.
//!
//! Map: [`Entry`] is one thing that happened ([`Event`], [`Interval`], [`PhaseInterval`], [`ArrivalCounts`],
//! [`GeneratorSecond`], [`LedgerEntry`], [`AgentEntry`]); [`Histogram`] holds latencies. [`Writer`] writes a run directory while the run
//! goes on, [`Recording::read`] reads one back in whatever state it is, with its [`Integrity`], [`Tail`] one that still grows; [`batch`] carries entries
//! between processes in the same lines, [`resume()`] goes on with a recording whose writer was killed. Inside: `format` has the
//! types of the files, `line` the checksummed line, `line_file` and `lines` one file in each direction, `layout` which
//! file holds what, `bounds` what an entry may refer to.
//!
//! Populations, regions and steps are indices into the resolved plan. Steps are numbered through all journeys in order.
//!
//! Invariants: entries only add, nothing is ever rewritten; two [`Interval`]s of one key are summed; every instant is a
//! [`units::RunTime`]; requests are filed under the second in which they were *intended*. No bytes make the reader panic,
//! and no change of a recording goes unnoticed.

pub mod batch;
mod bounds;
mod entry;
mod format;
mod histogram;
mod layout;
mod line;
mod line_file;
mod lines;
mod manifest;
mod recording;
mod resume;
mod tail;
mod version;
mod writer;

pub use entry::{
    AgentEntry, AgentJoined, AgentNews, ArrivalCounts, Entry, Event, EventKind, GeneratorSecond, Interval,
    LedgerAction, LedgerEntry, LedgerOperation, LedgerRead, LedgerWrite, Outcome, Phase, PhaseInterval, ReadResult,
    Reader, WriteOutcome,
};
pub use histogram::{Histogram, HistogramError};
pub use manifest::Manifest;
pub use recording::{Damage, Integrity, ReadError, Recording};
pub use resume::{ResumeError, resume};
pub use tail::Tail;
pub use writer::{WriteError, Writer};
