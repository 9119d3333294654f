//! What a controller and its agents say to each other, with a version.
//!
//! ```text
//!   agent                                   controller
//!     │ ── Hello (versions, place, capacity) ──▶ │   again and again until it is answered
//!     │ ◀── Assign (plan, share, clock) ──────── │   again and again until it is ready
//!     │ ── Ready ──────────────────────────────▶ │   (or Refused, with the reason)
//!     │ ◀── Tell: begin at … ─────────────────── │   the barrier: told only when all are ready
//!     │ ── Batch 1, 2, 3 … ────────────────────▶ │
//!     │ ◀── Tell: stored 2, overlays … ───────── │
//!     │ ── State: running, last batch 3 ───────▶ │
//! ```
//!
//! **State, not steps.** A link may lose, double and delay what it carries. So neither side sends changes: a [`Tell`] is
//! everything that the controller wants of an agent now (begin when, stopped or not, which overlays, what is stored), a [`State`]
//! everything that an agent is. Both are sent at once when something changes and again and again as heartbeats; the one with the
//! highest number counts, whatever comes between. There is nothing to repeat, to undo or to put in order. Only batches are
//! different: they add up, so each has a number and is taken exactly once (see [`crate::merge`]).
//!
//! **Versions.** [`FORMAT`] is major.minor. Sides with the same major understand each other: a minor only adds members that may
//! be missing. The agent says Hello with all versions that matter, and the controller refuses by name what can't work
//! ([`Hello::check`]).

mod addresses;
mod here;
mod overlay;
mod part;

pub use addresses::AddressesFormat;
pub use here::{ClockAnswer, ClockSaid, Here, Standing};
pub use overlay::OverlayOfLink;
pub use part::{PartFormat, SharesFormat};

use plan::resolved::ResolvedPlan;
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// Version of the messages: major.minor. 2.0: parts of several slots, and shares that move between agents: who does not know that it gave
/// something away would generate it twice. 3.0: a load that is held: who does not know of it would go on with its ramp.
pub const FORMAT: &str = "3.0";

/// To an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToAgent {
    /// What it is to do.
    Assign(Box<Assignment>),
    /// What is wanted of it now.
    Tell(Tell),
    /// It can't take part.
    Refuse(Refusal),
}

/// From an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromAgent {
    /// It is there.
    Hello(Box<Hello>),
    /// It has its assignment and can begin.
    Ready,
    /// It can't do what it was assigned.
    Refused(Refusal),
    /// What happened.
    Batch(Batch),
    /// How it is.
    State(Box<State>),
}

/// An agent introduces itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`FORMAT`] of the agent.
    pub format: String,
    /// The resolved plans it reads, see [`plan::resolved::FORMAT`].
    pub plan_format: String,
    /// The lines it writes, see [`record::batch::FORMAT`].
    pub recording_format: String,
    /// Its Landfall's version.
    pub landfall: String,
    /// What it is called.
    pub name: String,
    /// Drawn at its start: tells it from another agent of the same name, and from itself before a restart.
    pub instance: String,
    /// The place it stands in; `None`: nowhere in particular.
    pub place: Option<String>,
    /// The machine, as it calls itself.
    pub host: String,
    /// The boot of that machine: processes of one boot share a monotonic clock.
    pub boot: String,
    /// Descriptors that its process may have.
    pub descriptors: u64,
    /// Ports per source address.
    pub ports: u64,
    /// Cores.
    pub cores: u64,
}

/// What an agent is to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// [`FORMAT`] of the controller.
    pub format: String,
    /// The agent's number in this run, from 0.
    pub agent: usize,
    /// How many agents there are.
    pub agents: usize,
    /// The plan, the same for all.
    pub plan: Arc<ResolvedPlan>,
    /// Where the target is, and from which addresses this agent's users come.
    pub addresses: AddressesFormat,
    /// What it generates from the start. The parts of all that begin are the whole exactly once; who joins later begins with nothing.
    pub shares: SharesFormat,
    /// By population: whether its paths are emulated here, since the agent doesn't stand in its place.
    pub emulated: Vec<bool>,
    /// Load threads; `None`: as the plan says, else one per core.
    pub threads: Option<usize>,
    /// Tells this run's unique values from another run's; the same for all agents.
    pub stamp: String,
    /// How the agent's clock becomes the run's.
    pub clock: ClockFormat,
    /// The most bytes that the agent may keep on its disk.
    pub spool_bytes_max: u64,
}

/// How an agent's clock becomes the run's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockFormat {
    /// Both run in one boot of one machine, whose monotonic clock they share.
    Shared {
        /// That boot.
        boot: String,
        /// Zero of the run's clock on the monotonic clock, in nanoseconds.
        start_ns: u64,
    },
    /// The controller's machine is another one; the agent asks its clock over the bus, and converts.
    Estimated {
        /// The boot of the controller's machine.
        boot: String,
        /// Zero of the run's clock on that machine's monotonic clock, in nanoseconds.
        start_ns: u64,
    },
}

/// What is wanted of an agent now; doubles as the controller's heartbeat.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tell {
    /// Higher than that of every earlier one.
    pub number: u64,
    /// All batches up to this one are on the recording's disk.
    pub stored: u64,
    /// Batches that are missed although later ones came; to be sent again.
    pub missing: Vec<u64>,
    /// When load begins on the run's clock, in microseconds; `None`: not known yet.
    pub begin_us: Option<u64>,
    /// Load is to stop.
    pub stop: bool,
    /// The final reads are to be made.
    pub final_reads: bool,
    /// Nothing more is wanted: everything is to be handed over.
    pub close: bool,
    /// All that has moved to it and from it so far, in the order in which it was told. Nothing of this is ever taken back.
    pub moved: Vec<Moved>,
    /// All holds of the load so far, in order; only the last may still be without its end. What is new of them lies in the future.
    pub held: Vec<HoldFormat>,
    /// It counts as lost: it generates nothing more, and what it has kept is all that is wanted of it.
    pub lost: bool,
    /// It is known that the agent has ended, and everything is stored: it may go.
    pub drained: bool,
    /// All that faults do to links now; nothing else lies over them.
    pub overlays: Vec<OverlayOfLink>,
    /// The overlays are taken away when nothing is heard for so long, in milliseconds.
    pub lease_ms: u64,
}

/// The load keeps its rate, and the plan's own time stands still; see [`load::Hold`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldFormat {
    /// Since when, after the start of the load, in microseconds.
    pub from_us: u64,
    /// Until when; `None`: nobody has ended it.
    pub to_us: Option<u64>,
}

/// How an agent is; doubles as its heartbeat.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Higher than that of every earlier one.
    pub number: u64,
    /// The last [`Tell`] that it has acted on.
    pub heard: u64,
    /// How far it is.
    pub phase: Phase,
    /// The number of its last batch so far.
    pub last_batch: u64,
    /// How late its slowest thread began, in microseconds; `None`: not all have begun.
    pub late_us: Option<u64>,
    /// How far its final reads are.
    pub reads: Option<ReadsFormat>,
    /// Why its final reads are over without being whole.
    pub reads_failed: Option<String>,
    /// Seconds that it could not keep.
    pub missing: Vec<MissingSeconds>,
    /// Bytes that wait on its disk.
    pub spooled: u64,
    /// Why it can't go on as it should.
    pub trouble: Option<String>,
    /// Its stamps can be off by so much from the controller's clock, in microseconds; `None`: they share one.
    pub clock_bound_us: Option<u64>,
    /// Why it can't take over what it was told to.
    pub unfit: Option<String>,
    /// For each time that it gave something away: from when on it doesn't generate that, on the run's clock, in microseconds; a whole
    /// second. Never earlier than it was told, and later only when it heard of it too late.
    pub given: Vec<u64>,
}

/// A share that moves from one agent to another, as one of them is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Where to.
    pub way: Way,
    /// From when on, on the run's clock, in microseconds; a whole second.
    pub from_us: u64,
    /// What.
    pub shares: SharesFormat,
}

/// Where a share moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// To this agent: it goes on with what another generated.
    Here,
    /// Away from this agent: another goes on with it.
    Away,
}

/// How far an agent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// It waits for the time to begin.
    #[default]
    Waiting,
    /// It generates load.
    Running,
    /// Its load is over, and all of it is in its batches.
    Over,
    /// It has made the final reads.
    Read,
    /// It has ended; its last batch is the last.
    Ended,
}

/// How far final reads are, see [`load::FinalReads`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadsFormat {
    /// The pass under way.
    pub pass: u32,
    /// Passes at most.
    pub passes: u32,
    /// Reads of the pass that are done.
    pub done: u64,
    /// Reads of the pass.
    pub total: u64,
    /// Not seen so far.
    pub unseen: u64,
}

/// Seconds that an agent could not keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingSeconds {
    /// First second of the run.
    pub from: u64,
    /// Last second of the run.
    pub to: u64,
    /// Why, in words.
    pub reason: String,
}

/// What happened, in lines of the recording's own format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The agent's instance.
    pub instance: String,
    /// Its number, from 1 without gaps.
    pub number: u64,
    /// The last number that it stands for: batches that were never sent may have been made into one.
    pub through: u64,
    /// Everything of the seconds up to this one is in batches up to this one; what still comes of them restates.
    pub complete: Option<u64>,
    /// See [`record::batch`].
    pub lines: String,
}

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// For people.
    pub reason: String,
}

impl Hello {
    /// Whether this controller can work with that agent.
    ///
    /// # Errors
    /// What can't work, with both versions and what to do.
    pub fn check(&self) -> Result<(), Refusal> {
        let who = format!("agent {} (Landfall {} on {})", self.name, self.landfall, self.host);
        let refuse = |what: &str, its: &str, ours: &str| {
            Err(Refusal {
                reason: format!("{who} {what} {its}, this controller {ours}: use the same Landfall on both sides"),
            })
        };
        let (its, ours) = (version(&self.format), version(FORMAT));
        if its.zip(ours).is_none_or(|(its, ours)| its.0 != ours.0) {
            return refuse("speaks messages of version", &self.format, FORMAT);
        }
        // The agent reads what we write …
        if !reads(&self.plan_format, plan::resolved::FORMAT) {
            return refuse("reads plans up to format", &self.plan_format, plan::resolved::FORMAT);
        }
        // … and we read what it writes.
        if !reads(record::batch::FORMAT, &self.recording_format) {
            return refuse("writes recordings of format", &self.recording_format, record::batch::FORMAT);
        }
        Ok(())
    }
}

/// Whether a reader of one version reads what a writer of another wrote: the same major, no later minor.
fn reads(reader: &str, writer: &str) -> bool {
    let both = version(reader).zip(version(writer));
    both.is_some_and(|(reader, writer)| reader.0 == writer.0 && writer.1 <= reader.1)
}

fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

impl Tell {
    /// How long overlays outlive the last word.
    #[must_use]
    pub fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }
}

impl From<load::Hold> for HoldFormat {
    fn from(hold: load::Hold) -> Self {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        Self { from_us: micros(hold.from), to_us: hold.to.map(micros) }
    }
}

impl From<HoldFormat> for load::Hold {
    fn from(hold: HoldFormat) -> Self {
        Self { from: Duration::from_micros(hold.from_us), to: hold.to_us.map(Duration::from_micros) }
    }
}

impl From<load::FinalReads> for ReadsFormat {
    fn from(reads: load::FinalReads) -> Self {
        let load::FinalReads { pass, passes, done, total, unseen } = reads;
        Self { pass, passes, done, total, unseen }
    }
}

impl From<ReadsFormat> for load::FinalReads {
    fn from(reads: ReadsFormat) -> Self {
        let ReadsFormat { pass, passes, done, total, unseen } = reads;
        Self { pass, passes, done, total, unseen }
    }
}

#[cfg(test)]
mod tests;
