//! What the page is sent: one message of the stream, one value of the report's data block, one line of a fixture.
//!
//! The server decides every word, state, mark and number that is a judgement; the page draws. Counts are raw and additive,
//! quantiles are made from histograms by who draws them, and no percentile crosses the wire except inside a row of the
//! scorecard, in words. Everything is idempotent by (second, population): a later [`Seconds`] replaces, it never adds.
//!
//! Times are microseconds since the start of the run (`_us`), as in the recording; [`Hello::started_unix_us`] makes them UTC.
//! Populations and regions are named by their position in [`PlanNews`].

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

/// What is going to happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PlanNews {
    /// The plan's name.
    pub name: String,
    /// SHA-256 of the resolved plan.
    pub sha256: String,
    /// The run's seed, as text, since it may be larger than a page's exact integers.
    pub seed: String,
    /// How load comes, in words: `open model, 200 requests a second`.
    pub load: String,
    /// How long load lasts, with the warm-up.
    pub load_us: u64,
    /// Until then what is measured counts as warm-up.
    pub warm_up_us: u64,
    /// A second is complete when it is this old. Newer ones are drawn at half contrast.
    pub final_delay_seconds: u32,
    /// In words, for the foot-note wherever "failed" is printed.
    pub failed_means: String,
    /// The least share of requests that must succeed, 0 to 1.
    pub success_min: f64,
    /// The most that the p99 of successes may be; `None`: no such objective.
    pub p99_max_us: Option<u64>,
    /// The populations.
    pub populations: Vec<PopulationPlan>,
    /// The regions of the service.
    pub regions: Vec<RegionPlan>,
    /// The words for failures, in the order of [`Seconds::failed`].
    pub failures: Vec<String>,
    /// The faults, in the order of their times.
    pub faults: Vec<FaultPlan>,
    /// Bins of a latency histogram in an octave; bin `n` begins at 2^(n / bins) microseconds.
    pub bins_per_octave: u32,
}

/// Users in one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PopulationPlan {
    /// Its name.
    pub name: String,
    /// Where it is: a region's code.
    pub place: String,
    /// How it reaches the network.
    pub access: String,
    /// Degrees north; `None`: the place is not known.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// Its share of the load, 0 to 1.
    pub share: f64,
    /// The region that is nearest to it: its home until the baseline has shown otherwise ([`PopulationState::home`]).
    pub home: Option<usize>,
}

/// A region of the service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct RegionPlan {
    /// Its code.
    pub name: String,
    /// Degrees north; `None`: not known.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
}

/// Something the plan breaks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FaultPlan {
    /// Its name.
    pub name: String,
    /// The kind, as plans write it: `region-loss`.
    pub what: String,
    /// In words: `region-loss of eu-west-1`.
    pub text: String,
    /// The regions it hits.
    pub regions: Vec<usize>,
    /// The links it hits, as pairs of regions.
    pub links: Vec<(usize, usize)>,
    /// When each of its turns is planned to begin, from the start of load.
    pub at_us: Vec<u64>,
    /// How long each turn lasts; `None`: to the end of the run.
    pub for_us: Option<u64>,
}

/// One second, or several added up, column by column: the n-th value of every column is of `populations[n]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Seconds {
    /// The first second, counted from the start of the run.
    pub second: u64,
    /// How many seconds are added up: 1 on the stream.
    pub step: u32,
    /// Who is told of.
    pub populations: Vec<usize>,
    /// Requests that the plan wanted sent.
    pub due: Vec<u64>,
    /// Requests that were sent.
    pub sent: Vec<u64>,
    /// Successes.
    pub ok: Vec<u64>,
    /// Failures by kind, in the order of [`PlanNews::failures`]; an empty list means none.
    pub failed: Vec<Vec<u64>>,
    /// Successes by the region that answered, as (region, count); a region of −1 is unknown.
    pub served: Vec<Vec<(i64, u64)>>,
    /// Response times of successes: (distance to the bin before, count) in a row; the first distance is from bin 0.
    pub latency: Vec<Vec<u64>>,
    /// Response times of failures, in the same way.
    pub failed_latency: Vec<Vec<u64>>,
    /// Connections that were opened, by the region they led to, as (region, count): where names and steering sent people.
    pub connected: Vec<Vec<(i64, u64)>>,
    /// Requests under way at the end of the second.
    pub in_flight: Vec<u64>,
    /// What probes saw of replication in this second, by the region that was read.
    pub staleness: Vec<RegionStaleness>,
}

/// What probe reads next to one region saw in one second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RegionStaleness {
    /// The region that was read.
    pub region: usize,
    /// Reads of an acknowledged write.
    pub reads: u64,
    /// Those that did not show it.
    pub stale: u64,
    /// The age of the oldest acknowledged write that was not shown, from its acknowledgement; 0 if all were.
    pub oldest_us: u64,
}

/// Ten tenths of one second of one population.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Fine {
    /// The second.
    pub second: u64,
    /// Who.
    pub population: usize,
    /// Successes by the home, tenth by tenth of the intended time.
    pub home: [u32; 10],
    /// Successes elsewhere.
    pub elsewhere: [u32; 10],
    /// Failures.
    pub failed: [u32; 10],
}

/// An instant of a fault's time line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct MarkNews {
    /// The fault, by its position in the plan; a fault that was given while the run went on comes after them.
    pub fault: usize,
    /// Which turn of it, from 0.
    pub turn: u32,
    /// The population it holds for; `None`: for all.
    pub population: Option<usize>,
    /// The word of the verdict's mark: `active`, `detected`, `rerouted`, `shifted`, `recovered`, `healed`, `first-home`,
    /// `failed-back`, and without a number `injecting`, `impact`, `healing`.
    pub mark: String,
    /// The number in the circle, 1 to 8.
    pub number: Option<u8>,
    /// When; `None`: what was said of it before holds no more (it failed again), and it is taken away.
    pub at_us: Option<u64>,
    /// How far the true instant may lie to either side.
    pub error_us: Option<u64>,
    /// Who says so.
    pub source: String,
    /// Whether the verdict has said it; before that it is drawn with a dotted outline.
    pub is_final: bool,
}

/// A line of the event log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LogLine {
    /// Stable, from 0.
    pub id: u64,
    /// When.
    pub at_us: u64,
    /// `FAULT`, `DETECT`, `REROUTE`, `HEAL`, `PHASE`, `NOTE`, `GEN`, `ABORT`, …: as in the terminal.
    pub tag: String,
    /// In words. Foreign text is in here: it is only ever inserted as text.
    pub text: String,
    /// Who says so.
    pub source: String,
}

/// Seconds that nothing is known of. Never drawn as zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Gap {
    /// Whose.
    pub populations: Vec<usize>,
    /// The first second.
    pub from: u64,
    /// The first second that is known again; `None`: it goes on.
    pub to: Option<u64>,
    /// In words.
    pub why: String,
}

/// Requests of one population that are worth a look. A later message replaces.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Samples {
    /// Whose.
    pub population: usize,
    /// The longest successes, the longest first: at most ten.
    pub slowest: Vec<Sample>,
    /// What failed last, the newest first: at most ten.
    pub failed: Vec<Sample>,
}

/// The longest of those requests that were alike: same second, step, outcome and region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Sample {
    /// The second in which they were intended.
    pub second: u64,
    /// The step of the journey.
    pub step: String,
    /// `ok`, or a word of [`PlanNews::failures`].
    pub outcome: String,
    /// The region that answered; `None`: nobody did, or it is unknown who.
    pub region: Option<usize>,
    /// The longest response time.
    pub longest_us: u64,
    /// How many they were.
    pub count: u64,
}

/// How the generators fare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Generators {
    /// The one line: `3/3 trusted · late starts 0 % · CPU at most 41 % · clock ±4 ms · complete`.
    pub line: String,
    /// Each.
    pub generators: Vec<Generator>,
}

/// One generator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Generator {
    /// Its name.
    pub name: String,
    /// Where it stands; empty: here, and every path is emulated.
    pub place: String,
    /// Requests that the plan wanted of it, in the last ten seconds.
    pub due: u64,
    /// Those it sent.
    pub sent: u64,
    /// p99 of the send lag in the last ten seconds; `None`: too few.
    pub lag_p99_us: Option<u64>,
    /// The busiest thread's share of a core, 0 to 1; `None`: not measured.
    pub cpu: Option<f64>,
    /// Open files.
    pub descriptors: u64,
    /// The most it may open.
    pub descriptors_max: u64,
    /// Bytes of memory.
    pub memory: u64,
    /// The bound of its clock's offset.
    pub clock_bound_us: Option<u64>,
    /// The newest second it has told of.
    pub last_second: Option<u64>,
    /// Why it is not trusted; empty: it is.
    pub distrust: String,
}

/// What can be said now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct State {
    /// Up to when this holds.
    pub at_us: u64,
    /// Where the run is.
    pub phase: RunPhase,
    /// In words, for the head: `fault lose-europe 0:11 of 0:22`, `fault in 0:50`.
    pub phase_text: String,
    /// Whether somebody holds the load.
    #[serde(default)]
    pub is_held: bool,
    /// The state of the worst population, or the verdict when the run is over.
    pub headline: Headline,
    /// Who, what, since when, where now. At most 160 characters. The same in terminal, report and JSON.
    pub sentence: String,
    /// The others, and whether the measurement is trusted.
    pub second_line: String,
    /// Whether the measurement is trusted.
    pub is_trusted: bool,
    /// Each population.
    pub populations: Vec<PopulationState>,
    /// The scorecard, in its order.
    pub score: Vec<ScoreRow>,
    /// The objectives: failed first, then inconclusive, then passed, then those that are not decided yet.
    pub objectives: Vec<ObjectiveRow>,
}

/// Where the run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum RunPhase {
    /// The target and the generators come up.
    Waiting,
    /// Load, not measured yet.
    WarmUp,
    /// Load, and nothing broken.
    Baseline,
    /// A fault is in effect.
    Fault,
    /// A fault is in effect, and the users are well again.
    Recovering,
    /// The fault is gone.
    Healed,
    /// Load has ended; outstanding requests, quiet and final reads.
    Settling,
    /// Judged.
    Done,
    /// Ended before its time.
    Aborted,
}

/// The tag of the strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Headline {
    /// Everybody is fine.
    Fine,
    /// Fine, and served elsewhere.
    Rerouted,
    /// An objective is missed.
    Degraded,
    /// Less than half succeed.
    Down,
    /// Nothing is known.
    NoData,
    /// The generators can't be trusted.
    NotTrusted,
    /// The verdict.
    Pass,
    /// The verdict.
    Fail,
    /// The verdict.
    Inconclusive,
}

/// How one population fares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PopulationState {
    /// In one word. Never a verdict.
    pub state: Headline,
    /// Since when.
    pub since_us: u64,
    /// The region that serves it in the baseline; `None`: not known.
    pub home: Option<usize>,
    /// For how long it has been affected in this run, up to now.
    pub affected_us: u64,
    /// In words, why it is in this state; empty for fine.
    pub why: String,
}

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Kept.
    Pass,
    /// Broken.
    Fail,
    /// Can't be told.
    Inconclusive,
    /// Not decided yet; in a row without a limit: nothing is promised.
    Open,
}

/// A row of the scorecard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ScoreRow {
    /// `recovery time`, `data loss`, `error budget`, `blast radius`, `other regions`, `failback`, `trust`.
    pub name: String,
    /// Measured, with its error; `not measured` where it isn't.
    pub value: String,
    /// The promise; empty: none.
    pub limit: String,
    /// The mark.
    pub outcome: Outcome,
    /// Whether it can still change.
    pub is_final: bool,
    /// Where the evidence lies: from, to.
    pub evidence_us: Option<(u64, u64)>,
}

/// An objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ObjectiveRow {
    /// What is promised: `recovery_time`.
    pub name: String,
    /// Where it holds: `africa, reads, lose-europe`.
    pub scope: String,
    /// Measured.
    pub value: String,
    /// The limit.
    pub limit: String,
    /// The mark.
    pub outcome: Outcome,
    /// Why, in words.
    pub reason: String,
    /// Where the evidence lies: from, to.
    pub evidence_us: Option<(u64, u64)>,
}

/// The run is over and judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct End {
    /// `PASS (6 of 6 objectives kept)`.
    pub verdict_line: String,
    /// Where the report can be fetched; empty: nowhere.
    pub report: String,
}

/// The answer of `GET /api/v1/runs/RUN/series?from=&to=&step=`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Series {
    /// In order of time, each of so many seconds as was asked for.
    pub seconds: Vec<Seconds>,
    /// In order of time.
    pub fine: Vec<Fine>,
}

/// A run in the answer of `GET /api/v1/runs`, which is a list of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RunLine {
    /// The run's name in addresses.
    pub run: String,
    /// The plan's name.
    pub name: String,
    /// SHA-256 of the resolved plan.
    pub sha256: String,
    /// When the run began, in microseconds since 1970 UTC.
    pub started_unix_us: u64,
    /// Whether it goes on.
    pub mode: Mode,
    /// How it ended: [`Headline::Pass`], [`Headline::Fail`] or [`Headline::Inconclusive`]; `None`: it goes on, or was not judged.
    pub verdict: Option<Headline>,
}

/// The runs of one plan in a row, in the answer of `GET /api/v1/trends`, which is a list of these: one for each plan that has two
/// judged runs or more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Trend {
    /// The name of the newest run's plan.
    pub plan: String,
    /// From the oldest to the newest, at most twenty.
    pub points: Vec<TrendPoint>,
    /// In words: how many they are, from what to what their recovery times go, and their median where they are enough for one.
    pub text: String,
}

/// One run among those of its plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct TrendPoint {
    /// The run's name in addresses.
    pub run: String,
    /// When it began, in microseconds since 1970 UTC.
    pub started_unix_us: u64,
    /// How it ended.
    pub verdict: Headline,
    /// Its longest recovery time; `None`: it is not known, or can't be trusted.
    pub recovery_us: Option<u64>,
    /// The promised limit of it; `None`: nothing is promised.
    pub limit_us: Option<u64>,
    /// The recovery time in words, as its scorecard has it.
    pub text: String,
}

/// The answer of `GET /api/v1/runs/RUN/beside?with=OTHER`: the later of the two runs held against the earlier one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Beside {
    /// The run that began first.
    pub before: String,
    /// The other.
    pub now: String,
    /// When the first fault took effect in each: the instants that are laid upon each other; `None`: in one of them nothing did.
    pub aligned_us: Option<(u64, u64)>,
    /// Row by row of the scorecard, in its order.
    pub scorecard: Vec<BesideScore>,
    /// Number by number.
    pub rows: Vec<BesideRow>,
    /// In words: `1 worse, 1 better, 14 within noise, 2 not comparable`, or what the plans differ in.
    pub text: String,
}

/// How a number of the later run is, held against that of the earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Fared {
    /// Surely better.
    Better,
    /// Surely worse.
    Worse,
    /// What differs may be chance, or is too little to matter.
    WithinNoise,
    /// It can't be told.
    NotComparable,
}

/// A row of the scorecard in two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BesideScore {
    /// Its name in [`ScoreRow`].
    pub name: String,
    /// In the earlier run.
    pub before: String,
    /// In the later one.
    pub now: String,
    /// How it is.
    pub fared: Fared,
    /// Why that is said: a sentence.
    pub text: String,
}

/// One number of two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BesideRow {
    /// Which: `p99 in the fault`.
    pub what: String,
    /// Whose: `europe`.
    pub whom: String,
    /// In the earlier run.
    pub before: String,
    /// In the later one.
    pub now: String,
    /// How it is.
    pub fared: Fared,
    /// Why, in words.
    pub text: String,
}

/// What somebody with the operate role may ask, as the body of `POST /api/v1/runs/RUN/commands`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// Write a note into the recording.
    Note {
        /// In words, at most 500 characters.
        text: String,
    },
    /// Inject a fault of the plan now.
    Inject {
        /// Its name.
        fault: String,
    },
    /// Heal a fault now.
    Heal {
        /// Its name.
        fault: String,
    },
    /// Hold the load at the rate that it has.
    Hold,
    /// Let a load that is held go on with its plan.
    EndHold,
    /// End the run: heal, judge what there is.
    Stop {
        /// The run's name, typed by whoever asks.
        confirm: String,
    },
}

/// What was answered to a [`Command`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Answer {
    /// Whether it was done or is on its way.
    pub is_done: bool,
    /// In words: what happens now, or why not and what to do.
    pub text: String,
}
