//! What can happen in a run. One enum, so that live and replay share one path.

use crate::Histogram;
use plan::resolved::Fault;
use std::time::Duration;
use units::{FaultName, Part, RegionName, RunTime};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// Something worth a line in the log.
    Event(Event),
    /// Requests of one kind, intended in one second.
    Interval(Interval),
    /// Phases before the request (DNS, connect, TLS) in one second.
    Phase(PhaseInterval),
    /// Arrivals of one population in one second.
    Arrivals(ArrivalCounts),
    /// The generator's own health in one second.
    Generator(GeneratorSecond),
    /// A probe write, a read of one, or an operation of a session.
    Ledger(LedgerEntry),
    /// What became of an agent, and how far its share is known.
    Agent(AgentEntry),
}

/// Something worth a line in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When.
    pub at: RunTime,
    /// What.
    pub kind: EventKind,
    /// In words, for people.
    pub text: String,
    /// Who says so: `plan`, `lab`, `steering`, `load`, `fault`, `generator`, `landfall`, …
    pub source: String,
}

/// What an event means.
#[derive(Debug, Clone, PartialEq)]
pub enum EventKind {
    /// Load begins. The time of this event is the zero of the plan's times.
    LoadStarted,
    /// The last arrival of the plan is over; outstanding requests are awaited.
    LoadEnded,
    /// The warm-up is over: the baseline begins.
    BaselineStarted,
    /// Somebody holds the load: its rate stays what it is, and the plan's own time stands still. The end of the load and the faults keep
    /// their times.
    LoadHeld {
        /// Since when.
        from: RunTime,
        /// How that was asked, in words.
        how: String,
    },
    /// A load that was held goes on with its plan.
    HoldEnded {
        /// Since when.
        from: RunTime,
    },
    /// A fault that the plan doesn't have was given while the run went on. Whoever reads the recording finds it among the plan's.
    FaultGiven(Box<Fault>),
    /// The fault's command was given.
    FaultInjecting(FaultName),
    /// The fault's effect is proven; `at` is when the effect was there.
    FaultActive(FaultName),
    /// The effect could not be proven.
    FaultUnproven(FaultName),
    /// Healing was begun.
    FaultHealing(FaultName),
    /// The effect's removal is proven.
    FaultHealed(FaultName),
    /// The removal could not be proven.
    FaultNotHealed(FaultName),
    /// The fault's command failed or hung.
    FaultFailed(FaultName),
    /// The service's own steering or monitoring changed its mind about a region.
    HealthChanged {
        /// The region.
        region: RegionName,
        /// Its new state.
        healthy: bool,
    },
    /// A population's resolver got another answer than before, or a client moved on by itself.
    SteeringChanged {
        /// Population index.
        population: usize,
        /// Region index before, if known.
        from: Option<usize>,
        /// Region index now, if known.
        to: Option<usize>,
    },
    /// First success of a population through a region that had served none of its requests for two seconds or more.
    ServedByStarted {
        /// Population index.
        population: usize,
        /// Region index.
        region: usize,
    },
    /// A defect of the target is switched on.
    DefectOn(String),
    /// A region's processes are ready to serve.
    RegionServing(RegionName),
    /// The generator can't keep up, or can again.
    GeneratorSaturated(bool),
    /// Quiet before the final reads begins.
    QuietStarted,
    /// The final reads begin.
    FinalReadsStarted,
    /// The final reads are complete.
    FinalReadsEnded,
    /// A limit of the plan's stop guard was exceeded, the text says which and by how much; [`Self::Aborted`] follows.
    StopGuard,
    /// The run was stopped before its end (Ctrl-C, stop guard, full disk …).
    Aborted,
    /// Something that doesn't fit in with the above.
    Note,
    /// The last entry of a complete recording.
    RunEnded,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// All checks held.
    Ok,
    /// The connection was refused, or no route.
    Refused,
    /// The connection broke.
    Reset,
    /// A time-out of any phase.
    Timeout,
    /// The name did not resolve.
    Dns,
    /// The TLS handshake failed.
    Tls,
    /// Status 500..=599.
    ServerError,
    /// Another status than expected, or a check of the body or headers failed.
    Wrong,
    /// Not HTTP, or more than the client takes.
    Protocol,
}

impl Outcome {
    /// Every outcome, success first.
    pub const ALL: [Self; 9] = [
        Self::Ok,
        Self::Refused,
        Self::Reset,
        Self::Timeout,
        Self::Dns,
        Self::Tls,
        Self::ServerError,
        Self::Wrong,
        Self::Protocol,
    ];

    /// As written in recordings and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Timeout => "timeout",
            Self::Dns => "dns",
            Self::Tls => "tls",
            Self::ServerError => "server-error",
            Self::Wrong => "wrong",
            Self::Protocol => "protocol",
        }
    }

    /// Whether the request succeeded.
    #[must_use]
    pub fn is_ok(self) -> bool {
        self == Self::Ok
    }
}

/// Requests (intents: all attempts of one request are one) of one kind, intended in one second. Several of one key add up.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// The second of the run in which they were intended.
    pub second: u64,
    /// Population index.
    pub population: usize,
    /// Region index of the last attempt's answer; `None`: nobody answered, or it is unknown who.
    pub served_by: Option<usize>,
    /// Step index, through all journeys.
    pub step: usize,
    /// How they ended.
    pub outcome: Outcome,
    /// How many, by tenth of the second in which they were intended.
    pub tenths: [u32; 10],
    /// Attempts they took; at least their number, less those that never got to an attempt.
    pub attempts: u64,
    /// Response time: done − intended.
    pub response: Histogram,
    /// Service time: done − sent, last attempt.
    pub service: Histogram,
    /// Time to first byte: first byte − sent, last attempt; only those that got one.
    pub first_byte: Histogram,
}

impl Interval {
    /// How many requests.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.tenths.iter().map(|count| u64::from(*count)).sum()
    }
}

/// A phase before the request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Name resolution that was not answered from the cache.
    Dns,
    /// TCP connect.
    Connect,
    /// TLS handshake.
    Tls,
}

/// Successful phases of one population towards one region in one second (by the time the phase began).
#[derive(Debug, Clone, PartialEq)]
pub struct PhaseInterval {
    /// The second of the run.
    pub second: u64,
    /// Population index.
    pub population: usize,
    /// Region index the phase went to; `None` for DNS or an unknown address.
    pub region: Option<usize>,
    /// Which phase.
    pub phase: Phase,
    /// How long it took.
    pub duration: Histogram,
}

/// Arrivals of one population in one second. Several of one key add up, but for `in_flight` and `users`, which are the
/// state at the end of the second in one thread of one agent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ArrivalCounts {
    /// The agent that generated them, from 0; 0 in recordings before 1.1.
    pub agent: usize,
    /// The second of the run.
    pub second: u64,
    /// Population index.
    pub population: usize,
    /// The thread of that agent.
    pub thread: usize,
    /// Arrivals that the plan intended in this second.
    pub intended: u64,
    /// Of those whose intended time lies in this second: journeys that were started.
    pub started: u64,
    /// Of those: dropped, since no user was free in time.
    pub dropped: u64,
    /// Of those: never started, since the run ended or the generator was too far behind.
    pub unsent: u64,
    /// Requests under way.
    pub in_flight: u64,
    /// Users that exist.
    pub users: u64,
    /// sent − intended of first requests by the generator's own fault: without waiting for a free user, without DNS,
    /// connect and TLS.
    pub send_lag: Histogram,
    /// How long arrivals waited for a free user, those that had to.
    pub waited: Histogram,
}

/// The generator's own health in one second: that of one agent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GeneratorSecond {
    /// Which agent, from 0; 0 in recordings before 1.1.
    pub agent: usize,
    /// The second of the run.
    pub second: u64,
    /// Share of one core used by each load thread, 0.0..=1.0.
    pub thread_cpu: Vec<f64>,
    /// File descriptors open in this process.
    pub descriptors: u64,
    /// How many are allowed.
    pub descriptors_max: u64,
    /// Resident memory of this process in bytes.
    pub memory: u64,
}

/// What became of an agent. Which seconds of a run are complete is known from these alone.
///
/// A second is complete when every agent that joined has said that it is, or has ended in order; but for seconds that an
/// agent could not keep ([`AgentNews::Missing`]).
#[derive(Debug, Clone, PartialEq)]
pub struct AgentEntry {
    /// When, on the run's clock.
    pub at: RunTime,
    /// Which agent, from 0.
    pub agent: usize,
    /// What.
    pub news: AgentNews,
}

/// What became of an agent.
#[derive(Debug, Clone, PartialEq)]
pub enum AgentNews {
    /// It took its share and is ready.
    Joined(Box<AgentJoined>),
    /// Its first arrival could be sent this long after the time that all were told.
    Began {
        /// How late its slowest thread was.
        late: Duration,
    },
    /// Everything up to and with that second is recorded; what still comes of it restates.
    Complete {
        /// The second of the run.
        second: u64,
        /// The number of the last of its batches that is recorded.
        batch: u64,
    },
    /// It could not keep what happened in these seconds, first to last.
    Missing {
        /// First second of the run.
        from: u64,
        /// Last second of the run.
        to: u64,
        /// Why, in words.
        reason: String,
    },
    /// It is gone; nothing more is known of it.
    Lost {
        /// Why, in words.
        reason: String,
    },
    /// It ended, and everything that it had to tell is recorded.
    Drained,
    /// What it generated is generated by others from that second on: it has nothing to do with what comes then.
    TakenOver {
        /// The first second of the run that is theirs.
        second: u64,
        /// Those agents.
        by: Vec<usize>,
    },
    /// From that second on it generates these parts and no others: it took over what another gave or lost, or gave away some of its own.
    /// Of one that takes over something before what it was given when it joined has begun, the later entry has the earlier second.
    Shares {
        /// The first second of the run in which it does.
        second: u64,
        /// By population: a part, or nothing.
        shares: Vec<Option<Part>>,
    },
    /// The entries that follow are those of one of its batches: a recording that ends among them has it in part, and whoever goes on
    /// with the recording cuts it off.
    Batch {
        /// Its number.
        number: u64,
        /// The last number that it stands for.
        through: u64,
        /// How many entries.
        entries: u64,
    },
}

/// An agent as it joined.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentJoined {
    /// What it is called; empty in recordings before 1.2.
    pub name: String,
    /// Drawn at its start: tells it from another of the same name.
    pub instance: String,
    /// The place it stands in; `None`: nowhere in particular, its users' paths are emulated.
    pub place: Option<String>,
    /// Landfall's version there.
    pub version: String,
    /// The machine, as it calls itself.
    pub host: String,
    /// Its clock can be off by so much from the run's; zero for the controller's own machine.
    pub clock_bound: Duration,
    /// Its share by population when it joined: a part, or nothing.
    pub shares: Vec<Option<Part>>,
    /// By population, whether its users' paths are emulated there.
    pub emulated: Vec<bool>,
}

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

impl Event {
    /// An event.
    #[must_use]
    pub fn new(at: RunTime, kind: EventKind, source: &str, text: impl Into<String>) -> Self {
        Self { at, kind, text: text.into(), source: source.to_owned() }
    }
}

impl Entry {
    /// The same as something that happened at that agent: counts of several agents must not collide.
    #[must_use]
    pub fn by_agent(mut self, index: usize) -> Self {
        match &mut self {
            Self::Arrivals(arrivals) => arrivals.agent = index,
            Self::Generator(generator) => generator.agent = index,
            Self::Agent(entry) => entry.agent = index,
            Self::Ledger(LedgerEntry::Operation(operation)) => operation.agent = index,
            Self::Event(_) | Self::Interval(_) | Self::Phase(_) | Self::Ledger(_) => {}
        }
        self
    }

    /// The agent that it is of, where that matters: see [`Self::by_agent`].
    #[must_use]
    pub fn agent(&self) -> Option<usize> {
        match self {
            Self::Arrivals(arrivals) => Some(arrivals.agent),
            Self::Generator(generator) => Some(generator.agent),
            Self::Agent(entry) => Some(entry.agent),
            Self::Ledger(LedgerEntry::Operation(operation)) => Some(operation.agent),
            Self::Event(_) | Self::Interval(_) | Self::Phase(_) | Self::Ledger(_) => None,
        }
    }
}

impl From<Event> for Entry {
    fn from(event: Event) -> Self {
        Self::Event(event)
    }
}

impl Interval {
    /// An interval without requests.
    #[must_use]
    pub fn empty(second: u64, population: usize, served_by: Option<usize>, step: usize, outcome: Outcome) -> Self {
        Self {
            second,
            population,
            served_by,
            step,
            outcome,
            tenths: [0; 10],
            attempts: 0,
            response: Histogram::new(),
            service: Histogram::new(),
            first_byte: Histogram::new(),
        }
    }

    /// Adds a request: intended at `intended` (which must lie in this second), answered after `response`.
    pub fn add(&mut self, intended: RunTime, attempts: u32, response: Duration) {
        debug_assert_eq!(intended.second(), self.second, "a request is filed under its intended second");
        let tenth = (intended.as_micros() / 100_000 % 10) as usize;
        self.tenths[tenth] = self.tenths[tenth].saturating_add(1);
        self.attempts += u64::from(attempts);
        self.response.record(response);
    }
}
