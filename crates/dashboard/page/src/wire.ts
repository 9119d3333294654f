// Made from crates/dashboard/src/wire/ by its test: change that, and run it with UPDATE_GENERATED=1.

/** The version of these messages. A page refuses another one. */
export const VERSION = 1;

/**
 * One message. Over server-sent events the kind is the event's name as well.
 */
export type Message = { "kind": "hello" } & Hello | { "kind": "plan" } & PlanNews | { "kind": "second" } & Seconds | { "kind": "fine" } & Fine | { "kind": "mark" } & MarkNews | { "kind": "log" } & LogLine | { "kind": "gap" } & Gap | { "kind": "doubt" } & Doubt | { "kind": "samples" } & Samples | { "kind": "generators" } & Generators | { "kind": "state" } & State | { "kind": "resync" } | { "kind": "end" } & End;

/**
 * First message of every connection.
 */
export type Hello = { 
/**
 * [`VERSION`].
 */
version: number, 
/**
 * The run's name in addresses.
 */
run: string, 
/**
 * The version of Landfall that speaks.
 */
landfall: string, 
/**
 * When the run began, in microseconds since 1970 UTC.
 */
started_unix_us: number, 
/**
 * The server's time in the run when it said this; the page tells by it how far behind it is.
 */
now_us: number, 
/**
 * Whether the run goes on (`live`), is played again (`replay`) or is a file (`file`).
 */
mode: Mode, 
/**
 * What this viewer may do.
 */
role: Role, };

/**
 * Where the messages come from.
 */
export type Mode = "live" | "replay" | "file";

/**
 * What a viewer may do.
 */
export type Role = "view" | "operate";

/**
 * What is going to happen.
 */
export type PlanNews = { 
/**
 * The plan's name.
 */
name: string, 
/**
 * SHA-256 of the resolved plan.
 */
sha256: string, 
/**
 * The run's seed, as text, since it may be larger than a page's exact integers.
 */
seed: string, 
/**
 * How load comes, in words: `open model, 200 requests a second`.
 */
load: string, 
/**
 * How long load lasts, with the warm-up.
 */
load_us: number, 
/**
 * Until then what is measured counts as warm-up.
 */
warm_up_us: number, 
/**
 * A second is complete when it is this old. Newer ones are drawn at half contrast.
 */
final_delay_seconds: number, 
/**
 * In words, for the foot-note wherever "failed" is printed.
 */
failed_means: string, 
/**
 * The least share of requests that must succeed, 0 to 1.
 */
success_min: number, 
/**
 * The most that the p99 of successes may be; `None`: no such objective.
 */
p99_max_us: number | null, 
/**
 * The most that the p99 of a generator's send lag may be.
 */
lag_p99_max_us: number, 
/**
 * The largest share of its load that a generator may leave unsent, 0 to 1.
 */
unsent_max: number, 
/**
 * A generator that says nothing for so long is not trusted.
 */
silence_max_us: number, 
/**
 * The populations.
 */
populations: Array<PopulationPlan>, 
/**
 * The regions of the service.
 */
regions: Array<RegionPlan>, 
/**
 * The words for failures, in the order of `Seconds::failed`.
 */
failures: Array<string>, 
/**
 * The faults, in the order of their times.
 */
faults: Array<FaultPlan>, 
/**
 * Bins of a latency histogram in an octave; bin `n` begins at 2^(n / bins) microseconds.
 */
bins_per_octave: number, };

/**
 * Users in one place.
 */
export type PopulationPlan = { 
/**
 * Its name.
 */
name: string, 
/**
 * Where it is: a region's code.
 */
place: string, 
/**
 * How it reaches the network.
 */
access: string, 
/**
 * Degrees north; `None`: the place is not known.
 */
latitude: number | null, 
/**
 * Degrees east.
 */
longitude: number | null, 
/**
 * Its share of the load, 0 to 1.
 */
share: number, 
/**
 * The region that is nearest to it: its home until the baseline has shown otherwise (`PopulationState::home`).
 */
home: number | null, };

/**
 * A region of the service.
 */
export type RegionPlan = { 
/**
 * Its code.
 */
name: string, 
/**
 * Degrees north; `None`: not known.
 */
latitude: number | null, 
/**
 * Degrees east.
 */
longitude: number | null, };

/**
 * Something the plan breaks.
 */
export type FaultPlan = { 
/**
 * Its name.
 */
name: string, 
/**
 * The kind, as plans write it: `region-loss`.
 */
what: string, 
/**
 * In words: `region-loss of eu-west-1`.
 */
text: string, 
/**
 * The regions it hits.
 */
regions: Array<number>, 
/**
 * The links it hits, as pairs of regions.
 */
links: Array<[number, number]>, 
/**
 * When each of its turns is planned to begin, from the start of load.
 */
at_us: Array<number>, 
/**
 * How long each turn lasts; `None`: to the end of the run.
 */
for_us: number | null, };

/**
 * One second, or several added up, column by column: the n-th value of every column is of `populations[n]`.
 */
export type Seconds = { 
/**
 * The first second, counted from the start of the run.
 */
second: number, 
/**
 * How many seconds are added up: 1 on the stream.
 */
step: number, 
/**
 * Who is told of.
 */
populations: Array<number>, 
/**
 * Requests that the plan wanted sent.
 */
due: Array<number>, 
/**
 * Requests that were sent.
 */
sent: Array<number>, 
/**
 * Successes.
 */
ok: Array<number>, 
/**
 * Failures by kind, in the order of `PlanNews::failures`; an empty list means none.
 */
failed: Array<Array<number>>, 
/**
 * Successes by the region that answered, as (region, count); a region of −1 is unknown.
 */
served: Array<Array<[number, number]>>, 
/**
 * Response times of successes: (distance to the bin before, count) in a row; the first distance is from bin 0.
 */
latency: Array<Array<number>>, 
/**
 * Response times of failures, in the same way.
 */
failed_latency: Array<Array<number>>, 
/**
 * Connections that were opened, by the region they led to, as (region, count): where names and steering sent people.
 */
connected: Array<Array<[number, number]>>, 
/**
 * Requests under way at the end of the second.
 */
in_flight: Array<number>, 
/**
 * What probes saw of replication in this second, by the region that acknowledged the writes.
 */
staleness: Array<Staleness>, };

/**
 * What probe reads saw of the writes that one region acknowledged.
 */
export type Staleness = { 
/**
 * The region that acknowledged them; `None`: it is not known which.
 */
written: number | null, 
/**
 * Reads of an acknowledged write, by the region that was read: as many as there are up to the last that was.
 */
reads: Array<number>, 
/**
 * Where some did not show it, as (the region that was read, how many did not, the age of the oldest write that was not shown, in
 * microseconds since its acknowledgement).
 */
stale: Array<[number, number, number]>, };

/**
 * Ten tenths of one second of one population.
 */
export type Fine = { 
/**
 * The second.
 */
second: number, 
/**
 * Who.
 */
population: number, 
/**
 * Successes by the home, tenth by tenth of the intended time.
 */
home: [number, number, number, number, number, number, number, number, number, number], 
/**
 * Successes elsewhere.
 */
elsewhere: [number, number, number, number, number, number, number, number, number, number], 
/**
 * Failures.
 */
failed: [number, number, number, number, number, number, number, number, number, number], };

/**
 * An instant of a fault's time line.
 */
export type MarkNews = { 
/**
 * The fault, by its position in the plan; a fault that was given while the run went on comes after them.
 */
fault: number, 
/**
 * Which turn of it, from 0.
 */
turn: number, 
/**
 * The population it holds for; `None`: for all.
 */
population: number | null, 
/**
 * The word of the verdict's mark: `active`, `detected`, `rerouted`, `shifted`, `recovered`, `healed`, `first-home`,
 * `failed-back`, and without a number `injecting`, `impact`, `healing`.
 */
mark: string, 
/**
 * The number in the circle, 1 to 8.
 */
number: number | null, 
/**
 * When; `None`: what was said of it before holds no more (it failed again), and it is taken away.
 */
at_us: number | null, 
/**
 * How far the true instant may lie to either side.
 */
error_us: number | null, 
/**
 * Who says so.
 */
source: string, 
/**
 * Whether the verdict has said it; before that it is drawn with a dotted outline.
 */
is_final: boolean, };

/**
 * A line of the event log.
 */
export type LogLine = { 
/**
 * Stable, from 0.
 */
id: number, 
/**
 * When.
 */
at_us: number, 
/**
 * `FAULT`, `DETECT`, `REROUTE`, `HEAL`, `PHASE`, `NOTE`, `GEN`, `ABORT`, …: as in the terminal.
 */
tag: string, 
/**
 * In words. Foreign text is in here: it is only ever inserted as text.
 */
text: string, 
/**
 * Who says so.
 */
source: string, };

/**
 * Seconds that nothing is known of. Never drawn as zero.
 */
export type Gap = { 
/**
 * Whose.
 */
populations: Array<number>, 
/**
 * The first second.
 */
from: number, 
/**
 * The first second that is known again; `None`: it goes on.
 */
to: number | null, 
/**
 * In words.
 */
why: string, };

/**
 * Seconds of one population whose generators could not be trusted. Drawn over what was measured, which stays.
 */
export type Doubt = { 
/**
 * Whose.
 */
population: number, 
/**
 * The first second.
 */
from: number, 
/**
 * The first second that is trusted again; `None`: it goes on.
 */
to: number | null, 
/**
 * In words.
 */
why: string, };

/**
 * Requests of one population that are worth a look. A later message replaces.
 */
export type Samples = { 
/**
 * Whose.
 */
population: number, 
/**
 * The longest successes, the longest first: at most ten.
 */
slowest: Array<Sample>, 
/**
 * What failed last, the newest first: at most ten.
 */
failed: Array<Sample>, };

/**
 * The longest of those requests that were alike: same second, step, outcome and region.
 */
export type Sample = { 
/**
 * The second in which they were intended.
 */
second: number, 
/**
 * The step of the journey.
 */
step: string, 
/**
 * `ok`, or a word of `PlanNews::failures`.
 */
outcome: string, 
/**
 * The region that answered; `None`: nobody did, or it is unknown who.
 */
region: number | null, 
/**
 * The longest response time.
 */
longest_us: number, 
/**
 * How many they were.
 */
count: number, };

/**
 * How the generators fare.
 */
export type Generators = { 
/**
 * The one line: `3/3 trusted · late starts 0 % · CPU at most 41 % · clock ±4 ms · complete`.
 */
line: string, 
/**
 * Each.
 */
generators: Array<Generator>, };

/**
 * One generator.
 */
export type Generator = { 
/**
 * Its name.
 */
name: string, 
/**
 * Where it stands; empty: here, and every path is emulated.
 */
place: string, 
/**
 * Requests that the plan wanted of it, in the last ten seconds.
 */
due: number, 
/**
 * Those it sent.
 */
sent: number, 
/**
 * p99 of the send lag in the last ten seconds; `None`: too few.
 */
lag_p99_us: number | null, 
/**
 * The busiest thread's share of a core, 0 to 1; `None`: not measured.
 */
cpu: number | null, 
/**
 * Open files.
 */
descriptors: number, 
/**
 * The most it may open.
 */
descriptors_max: number, 
/**
 * Bytes of memory.
 */
memory: number, 
/**
 * The bound of its clock's offset.
 */
clock_bound_us: number | null, 
/**
 * The newest second it has told of.
 */
last_second: number | null, 
/**
 * What it has told of; `None`: nobody keeps account of that.
 */
coverage: Coverage | null, 
/**
 * Why it is not trusted; empty: it is.
 */
distrust: string, };

/**
 * What a generator has told of the seconds that it has to tell of.
 */
export type Coverage = { 
/**
 * The first of these seconds.
 */
from: number, 
/**
 * The first second behind them.
 */
to: number, 
/**
 * Those that are missing, in order of time: the longest, if there are very many.
 */
missing: Array<Missing>, 
/**
 * The share that is known, in words: `100 %`, `98.3 %, 7 seconds missing`.
 */
text: string, };

/**
 * Seconds of a generator that are missing. Never drawn as if they were known.
 */
export type Missing = { 
/**
 * The first.
 */
from: number, 
/**
 * The first that is known again.
 */
to: number, 
/**
 * In words.
 */
why: string, };

/**
 * What can be said now.
 */
export type State = { 
/**
 * Up to when this holds.
 */
at_us: number, 
/**
 * Where the run is.
 */
phase: RunPhase, 
/**
 * In words, for the head: `fault lose-europe 0:11 of 0:22`, `fault in 0:50`.
 */
phase_text: string, 
/**
 * Whether somebody holds the load.
 */
is_held: boolean, 
/**
 * The state of the worst population, or the verdict when the run is over.
 */
headline: Headline, 
/**
 * Who, what, since when, where now. At most 160 characters. The same in terminal, report and JSON.
 */
sentence: string, 
/**
 * The others, and whether the measurement is trusted.
 */
second_line: string, 
/**
 * Whether the measurement is trusted.
 */
is_trusted: boolean, 
/**
 * Each population.
 */
populations: Array<PopulationState>, 
/**
 * The scorecard, in its order.
 */
score: Array<ScoreRow>, 
/**
 * The objectives: failed first, then inconclusive, then passed, then those that are not decided yet.
 */
objectives: Array<ObjectiveRow>, };

/**
 * Where the run is.
 */
export type RunPhase = "waiting" | "warm-up" | "baseline" | "fault" | "recovering" | "healed" | "settling" | "done" | "aborted";

/**
 * The tag of the strip.
 */
export type Headline = "fine" | "rerouted" | "degraded" | "down" | "no-data" | "not-trusted" | "pass" | "fail" | "inconclusive";

/**
 * How one population fares.
 */
export type PopulationState = { 
/**
 * In one word. Never a verdict.
 */
state: Headline, 
/**
 * Since when.
 */
since_us: number, 
/**
 * The region that serves it in the baseline; `None`: not known.
 */
home: number | null, 
/**
 * For how long it has been affected in this run, up to now. Of the many who never were nothing is said.
 */
affected_us?: number, 
/**
 * In words, why it is in this state; empty, and not said, for fine.
 */
why?: string, };

/**
 * How a row ended.
 */
export type Outcome = "pass" | "fail" | "inconclusive" | "open";

/**
 * A row of the scorecard.
 */
export type ScoreRow = { 
/**
 * `recovery time`, `data loss`, `error budget`, `blast radius`, `other regions`, `failback`, `trust`.
 */
name: string, 
/**
 * Measured, with its error; `not measured` where it isn't.
 */
value: string, 
/**
 * The promise; empty: none.
 */
limit: string, 
/**
 * The mark.
 */
outcome: Outcome, 
/**
 * Whether it can still change.
 */
is_final: boolean, 
/**
 * Where the evidence lies: from, to.
 */
evidence_us: [number, number] | null, };

/**
 * An objective.
 */
export type ObjectiveRow = { 
/**
 * What is promised: `recovery_time`.
 */
name: string, 
/**
 * Where it holds: `africa, reads, lose-europe`.
 */
scope: string, 
/**
 * Measured.
 */
value: string, 
/**
 * The limit.
 */
limit: string, 
/**
 * The mark.
 */
outcome: Outcome, 
/**
 * Why, in words.
 */
reason: string, 
/**
 * Where the evidence lies: from, to.
 */
evidence_us: [number, number] | null, };

/**
 * The run is over and judged.
 */
export type End = { 
/**
 * `PASS (6 of 6 objectives kept)`.
 */
verdict_line: string, 
/**
 * Where the report can be fetched; empty: nowhere.
 */
report: string, };

/**
 * The answer of `GET /api/v1/runs/RUN/series?from=&to=&step=`.
 */
export type Series = { 
/**
 * In order of time, each of so many seconds as was asked for.
 */
seconds: Array<Seconds>, 
/**
 * In order of time.
 */
fine: Array<Fine>, };

/**
 * A run in the answer of `GET /api/v1/runs`, which is a list of these.
 */
export type RunLine = { 
/**
 * The run's name in addresses.
 */
run: string, 
/**
 * The plan's name.
 */
name: string, 
/**
 * SHA-256 of the resolved plan.
 */
sha256: string, 
/**
 * When the run began, in microseconds since 1970 UTC.
 */
started_unix_us: number, 
/**
 * Whether it goes on.
 */
mode: Mode, 
/**
 * How it ended: [`Headline::Pass`], [`Headline::Fail`] or [`Headline::Inconclusive`]; `None`: it goes on, or was not judged.
 */
verdict: Headline | null, };

/**
 * The runs of one plan in a row, in the answer of `GET /api/v1/trends`, which is a list of these: one for each plan that has two
 * judged runs or more.
 */
export type Trend = { 
/**
 * The name of the newest run's plan.
 */
plan: string, 
/**
 * From the oldest to the newest, at most twenty.
 */
points: Array<TrendPoint>, 
/**
 * In words: how many they are, from what to what their recovery times go, and their median where they are enough for one.
 */
text: string, 
/**
 * Whether recovery times changed from some run on, in words: `1 of 4 recovery times changed`, `too few runs to see a change (3 of 12)`.
 */
changes: string, 
/**
 * Those that changed, each in words: `eu-dies, europe, reads: changed at run-07 from 4.2 s to 9.8 s`.
 */
changed: Array<string>, };

/**
 * One run among those of its plan.
 */
export type TrendPoint = { 
/**
 * The run's name in addresses.
 */
run: string, 
/**
 * When it began, in microseconds since 1970 UTC.
 */
started_unix_us: number, 
/**
 * How it ended.
 */
verdict: Headline, 
/**
 * Its longest recovery time; `None`: it is not known, or can't be trusted.
 */
recovery_us: number | null, 
/**
 * The promised limit of it; `None`: nothing is promised.
 */
limit_us: number | null, 
/**
 * The recovery time in words, as its scorecard has it.
 */
text: string, 
/**
 * Whether some recovery time is another one from this run on.
 */
is_changed: boolean, };

/**
 * The answer of `GET /api/v1/runs/RUN/beside?with=OTHER`: the later of the two runs held against the earlier one.
 */
export type Beside = { 
/**
 * The run that began first.
 */
before: string, 
/**
 * The other.
 */
now: string, 
/**
 * When the first fault took effect in each: the instants that are laid upon each other; `None`: in one of them nothing did.
 */
aligned_us: [number, number] | null, 
/**
 * Row by row of the scorecard, in its order.
 */
scorecard: Array<BesideScore>, 
/**
 * Number by number.
 */
rows: Array<BesideRow>, 
/**
 * In words: `1 worse, 1 better, 14 within noise, 2 not comparable`, or what the plans differ in.
 */
text: string, };

/**
 * How a number of the later run is, held against that of the earlier one.
 */
export type Fared = "better" | "worse" | "within-noise" | "not-comparable";

/**
 * A row of the scorecard in two runs.
 */
export type BesideScore = { 
/**
 * Its name in `ScoreRow`.
 */
name: string, 
/**
 * In the earlier run.
 */
before: string, 
/**
 * In the later one.
 */
now: string, 
/**
 * How it is.
 */
fared: Fared, 
/**
 * Why that is said: a sentence.
 */
text: string, };

/**
 * One number of two runs.
 */
export type BesideRow = { 
/**
 * Which: `p99 in the fault`.
 */
what: string, 
/**
 * Whose: `europe`.
 */
whom: string, 
/**
 * In the earlier run.
 */
before: string, 
/**
 * In the later one.
 */
now: string, 
/**
 * How it is.
 */
fared: Fared, 
/**
 * Why, in words.
 */
text: string, };

/**
 * What somebody with the operate role may ask, as the body of `POST /api/v1/runs/RUN/commands`.
 */
export type Command = { "command": "note", 
/**
 * In words, at most 500 characters.
 */
text: string, } | { "command": "inject", 
/**
 * Its name.
 */
fault: string, } | { "command": "heal", 
/**
 * Its name.
 */
fault: string, } | { "command": "hold" } | { "command": "end-hold" } | { "command": "stop", 
/**
 * The run's name, typed by whoever asks.
 */
confirm: string, };

/**
 * What was answered to a [`Command`].
 */
export type Answer = { 
/**
 * Whether it was done or is on its way.
 */
is_done: boolean, 
/**
 * In words: what happens now, or why not and what to do.
 */
text: string, };
