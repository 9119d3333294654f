//! How long it takes to judge a recording, how much memory, and how both grow: `cargo bench -p verdict`.
//!
//! Recordings of 10⁵ and 10⁶ operations of the ledger's sessions are written to a temporary folder, read back
//! and judged, each in a process of its own, since memory that was used once is not given back. Half of the operations are on
//! registers, the others on lists and counters; keys are as those of a plan with default settings: some thirty operations each.
//! With `LARGE=1` there are 10⁷ besides, and *an hour*: 20 origins whose users make 600 requests a second, 2,000 operations a second, a
//! region that is lost for ten minutes, everything in intervals of a second.
//!
//! Time is told as it passed and as the processor's: on a machine that others use only the latter says something. Both of one core.
//!
//! Run as a test it judges 10³ and twelve seconds, so that it can't rot.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::expect_used, reason = "a benchmark may panic")]

use plan::resolved::{Arrivals, Population, ResolvedPlan, Stage};
use record::{
    ArrivalCounts, Entry, Event, EventKind, GeneratorSecond, Interval, LedgerAction, LedgerEntry, LedgerOperation,
    Manifest, Outcome, Reader, Recording, WriteOutcome, Writer,
};
use std::{
    env, fs,
    path::Path,
    process::Command,
    time::{Duration, Instant, UNIX_EPOCH},
};
use units::{Rate, RunTime, Share};

/// Operations of one key before its final reads.
const PER_KEY: u64 = 28;
/// Sessions that share a key.
const SESSIONS: u64 = 4;
/// Between two operations of the run.
const DISTANCE_US: u64 = 500;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    if let Some(folder) = arguments.iter().position(|word| word == "--judge").and_then(|at| arguments.get(at + 1)) {
        judge(Path::new(folder));
        return;
    }
    let is_bench = arguments.iter().any(|word| word == "--bench");
    let (sizes, hour): (&[u64], Option<u64>) = match (is_bench, env::var_os("LARGE").is_some()) {
        (false, _) => (&[1_000], Some(12)),
        (true, false) => (&[100_000, 1_000_000], None),
        (true, true) => (&[100_000, 1_000_000, 10_000_000], Some(3_600)),
    };
    println!(
        "{:>12} {:>10} {:>10} {:>10} {:>14} {:>12} {:>10}",
        "operations", "read s", "judge s", "cpu s", "µs/operation", "memory MB", "file MB"
    );
    for size in sizes {
        measure(*size, |folder| write(folder, *size));
    }
    if let Some(seconds) = hour {
        println!("{seconds} seconds of {ORIGINS} origins:");
        measure(seconds * PER_SECOND, |folder| write_hour(folder, seconds));
    }
}

/// Has a recording written, and judged by a process of its own; prints a line.
fn measure(operations: u64, write: impl Fn(&Path)) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let folder = home.path().join("run");
    write(&folder);
    let bytes = fs::metadata(folder.join("ledger.ndjson")).map_or(0, |file| file.len());
    let output = Command::new(env::current_exe().expect("this program"))
        .arg("--judge")
        .arg(&folder)
        .output()
        .expect("this program runs again");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = told.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [read, judged, cpu, memory] = numbers[..] else { panic!("four numbers, not {told:?}") };
    let (each, megabytes) = (cpu * 1e6 / operations as f64, bytes as f64 / 1e6);
    println!("{operations:>12} {read:>10.2} {judged:>10.2} {cpu:>10.2} {each:>14.2} {memory:>12.0} {megabytes:>10.0}");
}

/// Reads and judges a recording; prints the seconds of both, those of the processor, and the megabytes that it took at most.
fn judge(folder: &Path) {
    let begun = Instant::now();
    let recording = Recording::read(folder).expect("what was written can be read");
    let read = begun.elapsed();
    let findings = verdict::judge(&recording);
    let judged = begun.elapsed() - read;
    let history = findings.history.expect("there are operations");
    let broken: u64 = history.properties.iter().map(|found| found.broken).sum();
    assert!(history.operations > 0 && broken == 0, "one copy keeps every promise: {}", history.text);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let memory: f64 = memory.trim().trim_end_matches(" kB").parse().unwrap_or(0.0);
    println!("{} {} {} {}", read.as_secs_f64(), judged.as_secs_f64(), processor(), memory * 1_024.0 / 1e6);
}

/// Seconds of the processor that this process took: its own and the kernel's, in hundredths.
fn processor() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = behind_name.split_whitespace().skip(11).take(2).filter_map(|word| word.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

fn plan() -> ResolvedPlan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/good/resolved.json");
    serde_json::from_str(&fs::read_to_string(path).expect("the stored plan")).expect("a resolved plan")
}

fn write(folder: &Path, size: u64) {
    let manifest = Manifest { landfall_version: "0.1.0".to_owned(), started: UNIX_EPOCH, host: None };
    let mut writer = Writer::create(folder, &manifest, "name: bench\n", &plan()).expect("a recording");
    let mut append = |entry: Entry| writer.append(&entry).expect("room on the disk");
    append(Event::new(RunTime::START, EventKind::LoadStarted, "load", "").into());
    let mut keys = Keys::default();
    (0..size).for_each(|number| append(Entry::Ledger(LedgerEntry::Operation(keys.operation(number)))));
    append(Event::new(RunTime::from_micros(size * DISTANCE_US), EventKind::RunEnded, "landfall", "").into());
    writer.finish().expect("room on the disk");
}

/// Operations in a second of the hour.
const PER_SECOND: u64 = 1_000_000 / DISTANCE_US;
/// Origins of the hour, and requests of each in a second.
const ORIGINS: usize = 20;
const REQUESTS: u32 = 30;

/// The stored plan with twenty origins, for so long.
fn hours_plan(seconds: u64) -> ResolvedPlan {
    let mut plan = plan();
    let share = Share::from_parts_per_million(1_000_000 / ORIGINS as u32).expect("a part of the whole");
    let origin = |index: usize| {
        let name = format!("origin-{index}").as_str().into();
        Population { name, share, ..plan.populations[index % plan.populations.len()].clone() }
    };
    let populations = (0..ORIGINS).map(origin).collect();
    let rate = Rate::per_second(f64::from(REQUESTS) * ORIGINS as f64).expect("a rate");
    let duration = Duration::from_secs(seconds);
    plan.populations = populations;
    plan.load.stages = vec![Stage::Constant { rate, duration }];
    plan.load.arrivals = Arrivals::Regular;
    plan
}

/// So many seconds as they are recorded; from a third to a half of them the fault is in effect.
fn write_hour(folder: &Path, seconds: u64) {
    let plan = hours_plan(seconds);
    let manifest = Manifest { landfall_version: "0.1.0".to_owned(), started: UNIX_EPOCH, host: None };
    let mut writer = Writer::create(folder, &manifest, "name: bench\n", &plan).expect("a recording");
    let mut append = |entry: Entry| writer.append(&entry).expect("room on the disk");
    let fault = || plan.faults[0].name.clone();
    let mut keys = Keys::default();
    for second in 0..seconds {
        let at = RunTime::from(Duration::from_secs(second));
        let mut event = |kind| append(Event::new(at, kind, "bench", "").into());
        match second {
            0 => event(EventKind::LoadStarted),
            2 => event(EventKind::BaselineStarted),
            _ if second == seconds / 3 => {
                event(EventKind::FaultInjecting(fault()));
                event(EventKind::FaultActive(fault()));
            }
            _ if second == seconds / 2 => {
                event(EventKind::FaultHealing(fault()));
                event(EventKind::FaultHealed(fault()));
            }
            _ => {}
        }
        let operations = second * PER_SECOND..(second + 1) * PER_SECOND;
        operations.for_each(|number| append(Entry::Ledger(LedgerEntry::Operation(keys.operation(number)))));
        let is_hit = (seconds / 3..seconds / 3 + 10).contains(&second);
        (0..ORIGINS).for_each(|origin| users(second, origin, is_hit && origin % 2 == 0, &mut append));
        let generator = GeneratorSecond { second, thread_cpu: vec![0.2; 2], ..GeneratorSecond::default() };
        append(Entry::Generator(generator));
    }
    let end = RunTime::from(Duration::from_secs(seconds));
    append(Event::new(end, EventKind::LoadEnded, "load", "").into());
    append(Event::new(end, EventKind::RunEnded, "landfall", "").into());
    writer.finish().expect("room on the disk");
}

/// What an origin's users met in a second: two steps, and arrivals. Response times are spread, the same in every run.
fn users(second: u64, origin: usize, is_hit: bool, append: &mut impl FnMut(Entry)) {
    let outcome = if is_hit { Outcome::Timeout } else { Outcome::Ok };
    let served_by = (!is_hit).then_some(origin % 2);
    for step in 0..2 {
        let mut interval = Interval::empty(second, origin, served_by, step, outcome);
        for request in 0..u64::from(REQUESTS) {
            let intended = RunTime::from_micros(second * 1_000_000 + request * 33_000);
            let spread = (second * 7_919 + request * 104_729 + origin as u64 * 31).wrapping_mul(2_654_435_761) >> 16;
            let took = Duration::from_micros(40_000 + spread % 20_000);
            interval.add(intended, 1, took);
            interval.service.record(took);
            interval.first_byte.record(took);
        }
        append(Entry::Interval(interval));
    }
    let intended = u64::from(REQUESTS);
    let mut arrivals =
        ArrivalCounts { second, population: origin, intended, started: intended, ..ArrivalCounts::default() };
    (0..REQUESTS).for_each(|_| arrivals.send_lag.record(Duration::from_micros(200)));
    append(Entry::Arrivals(arrivals));
}

/// One copy of the key under way.
#[derive(Default)]
struct Keys {
    register: Option<u64>,
    list: Vec<u64>,
    members: i64,
}

impl Keys {
    fn operation(&mut self, number: u64) -> LedgerOperation {
        let (key, place) = (number / (PER_KEY + 2), number % (PER_KEY + 2));
        if place == 0 {
            *self = Self::default();
        }
        let is_final = place >= PER_KEY;
        let writes = !is_final && place % 5 < 2;
        let value = number + 1;
        let action = match (key % 4, writes) {
            (0 | 1, true) => {
                self.register = Some(value);
                LedgerAction::Write { value }
            }
            (0 | 1, false) => LedgerAction::Read { value: self.register },
            (2, true) => {
                self.list.push(value);
                LedgerAction::Append { value }
            }
            (2, false) => LedgerAction::List { values: self.list.clone(), delivered: false },
            (_, true) => {
                self.members += 1;
                LedgerAction::Add { member: place }
            }
            (_, false) => LedgerAction::Count { count: Some(self.members) },
        };
        // Neighbours overlap, in the order in which they take effect.
        let sent = 1_000 + number * DISTANCE_US;
        let session = if is_final { u64::MAX - key } else { key * SESSIONS + place % SESSIONS };
        LedgerOperation {
            agent: 0,
            session,
            turn: u32::try_from(place).expect("a small number"),
            by: Reader::Region((place % 2) as usize),
            key,
            action,
            sent: Some(RunTime::from_micros(sent)),
            done: RunTime::from_micros(sent + DISTANCE_US + 400),
            outcome: WriteOutcome::Acknowledged,
            reason: String::new(),
            served_by: Some((place % 2) as usize),
            attempts: 1,
            is_final,
        }
    }
}
