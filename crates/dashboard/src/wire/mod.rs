//! What the page is sent: one message of the stream, one value of the report's data block, one line of a fixture.
//!
//! The server decides every word, state, mark and number that is a judgement; the page draws. Counts are raw and additive,
//! quantiles are made from histograms by who draws them, and no percentile crosses the wire except inside a row of the
//! scorecard, in words. Everything is idempotent by (second, population): a later [`Seconds`] replaces, it never adds.
//!
//! Times are microseconds since the start of the run (`_us`), as in the recording; [`Hello::started_unix_us`] makes them UTC.
//! Populations and regions are named by their position in [`PlanNews`].
//!
//! Map: here are the messages of a stream; `plan`, `seconds` and `state` what they carry, `runs` what is answered of several runs,
//! `command` what is asked of one.

mod command;
mod plan;
mod runs;
mod seconds;
mod state;

pub use command::{Answer, Command};
pub use plan::{FaultPlan, PlanNews, PopulationPlan, RegionPlan};
pub use runs::{Beside, BesideRow, BesideScore, Fared, RunLine, Trend, TrendPoint};
pub use seconds::{
    Coverage, Doubt, Fine, Gap, Generator, Generators, Missing, Sample, Samples, Seconds, Series, Staleness,
};
pub use state::{Headline, LogLine, MarkNews, ObjectiveRow, Outcome, PopulationState, RunPhase, ScoreRow, State};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The version of these messages. A page refuses another one.
pub const VERSION: u32 = 1;

/// One message. Over server-sent events the kind is the event's name as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Message {
    /// Who speaks, and what the viewer may do. First of every connection.
    Hello(Hello),
    /// What is going to happen. Once, before anything that names a population or a region.
    Plan(PlanNews),
    /// One whole second of all populations that have something to tell of it.
    Second(Seconds),
    /// Tenths of seconds of one population, near faults.
    Fine(Fine),
    /// An instant of a fault's time line is known, or known better.
    Mark(MarkNews),
    /// A line of the event log.
    Log(LogLine),
    /// Seconds that nothing is known of.
    Gap(Gap),
    /// Seconds whose numbers were not to be trusted.
    Doubt(Doubt),
    /// Requests of one population that are worth a look.
    Samples(Samples),
    /// How the generators fare.
    Generators(Generators),
    /// What can be said now: sentence, states, scorecard, objectives.
    State(State),
    /// The viewer fell behind or the ring is over: forget all seconds and ask for the series.
    Resync,
    /// The run is over and judged. The stream stays open, so that the page can say so.
    End(End),
}

/// First message of every connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Hello {
    /// [`VERSION`].
    pub version: u32,
    /// The run's name in addresses.
    pub run: String,
    /// The version of Landfall that speaks.
    pub landfall: String,
    /// When the run began, in microseconds since 1970 UTC.
    pub started_unix_us: u64,
    /// The server's time in the run when it said this; the page tells by it how far behind it is.
    pub now_us: u64,
    /// Whether the run goes on (`live`), is played again (`replay`) or is a file (`file`).
    pub mode: Mode,
    /// What this viewer may do.
    pub role: Role,
}

/// Where the messages come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A run that goes on.
    Live,
    /// A recording, at the viewer's speed.
    Replay,
    /// The data block of a report.
    File,
}

/// What a viewer may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Look.
    View,
    /// Look, note, inject, heal, hold the load, stop.
    Operate,
}

/// The run is over and judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct End {
    /// `PASS (6 of 6 objectives kept)`.
    pub verdict_line: String,
    /// Where the report can be fetched; empty: nowhere.
    pub report: String,
}
