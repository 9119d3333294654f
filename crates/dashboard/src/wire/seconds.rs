//! What happened, second by second: to users, in replication, in the generators.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

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
    /// Failures by kind, in the order of `PlanNews::failures`; an empty list means none.
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
    /// What probes saw of replication in this second, by the region that acknowledged the writes.
    pub staleness: Vec<Staleness>,
}

/// What probe reads saw of the writes that one region acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Staleness {
    /// The region that acknowledged them; `None`: it is not known which.
    pub written: Option<usize>,
    /// Reads of an acknowledged write, by the region that was read: as many as there are up to the last that was.
    pub reads: Vec<u64>,
    /// Where some did not show it, as (the region that was read, how many did not, the age of the oldest write that was not shown, in
    /// microseconds since its acknowledgement).
    pub stale: Vec<(usize, u64, u64)>,
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

/// Seconds of one population whose generators could not be trusted. Drawn over what was measured, which stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Doubt {
    /// Whose.
    pub population: usize,
    /// The first second.
    pub from: u64,
    /// The first second that is trusted again; `None`: it goes on.
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
    /// `ok`, or a word of `PlanNews::failures`.
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
    /// What it has told of; `None`: nobody keeps account of that.
    pub coverage: Option<Coverage>,
    /// Why it is not trusted; empty: it is.
    pub distrust: String,
}

/// What a generator has told of the seconds that it has to tell of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Coverage {
    /// The first of these seconds.
    pub from: u64,
    /// The first second behind them.
    pub to: u64,
    /// Those that are missing, in order of time: the longest, if there are very many.
    pub missing: Vec<Missing>,
    /// The share that is known, in words: `100 %`, `98.3 %, 7 seconds missing`.
    pub text: String,
}

/// Seconds of a generator that are missing. Never drawn as if they were known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Missing {
    /// The first.
    pub from: u64,
    /// The first that is known again.
    pub to: u64,
    /// In words.
    pub why: String,
}

/// The answer of `GET /api/v1/runs/RUN/series?from=&to=&step=`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Series {
    /// In order of time, each of so many seconds as was asked for.
    pub seconds: Vec<Seconds>,
    /// In order of time.
    pub fine: Vec<Fine>,
}
