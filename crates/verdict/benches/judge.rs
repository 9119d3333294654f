//! How long it takes to judge a recording, how much memory, and how both grow: `cargo bench -p verdict`.
//!
//! Recordings of 10⁵ and 10⁶ operations of the ledger's sessions (10⁷ with `LARGE=1`) are written to a temporary folder, read back
//! and judged, each in a process of its own, since memory that was used once is not given back. Half of the operations are on
//! registers, the others on lists and counters; keys are as those of a plan with default settings: some thirty operations each.
//!
//! Run as a test it judges 10³, so that it can't rot.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::expect_used, reason = "a benchmark may panic")]

use plan::resolved::ResolvedPlan;
use record::{
    Entry, Event, EventKind, LedgerAction, LedgerEntry, LedgerOperation, Manifest, Reader, Recording, WriteOutcome,
    Writer,
};
use std::{
    env, fs,
    path::Path,
    process::Command,
    time::{Instant, UNIX_EPOCH},
};
use units::RunTime;

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
    let sizes: &[u64] = match (is_bench, env::var_os("LARGE").is_some()) {
        (false, _) => &[1_000],
        (true, false) => &[100_000, 1_000_000],
        (true, true) => &[100_000, 1_000_000, 10_000_000],
    };
    println!(
        "{:>12} {:>10} {:>10} {:>14} {:>12} {:>10}",
        "operations", "read s", "judge s", "µs/operation", "memory MB", "file MB"
    );
    for size in sizes {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = home.path().join("run");
        write(&folder, *size);
        let bytes = fs::metadata(folder.join("ledger.ndjson")).map_or(0, |file| file.len());
        let output = Command::new(env::current_exe().expect("this program"))
            .arg("--judge")
            .arg(&folder)
            .output()
            .expect("this program runs again");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let told = String::from_utf8_lossy(&output.stdout);
        let numbers: Vec<f64> = told.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [read, judged, memory] = numbers[..] else { panic!("three numbers, not {told:?}") };
        let each = (read + judged) * 1e6 / *size as f64;
        println!("{size:>12} {read:>10.2} {judged:>10.2} {each:>14.2} {memory:>12.0} {:>10.0}", bytes as f64 / 1e6);
    }
}

/// Reads and judges a recording; prints the seconds of both, and the megabytes that it took at most.
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
    println!("{} {} {}", read.as_secs_f64(), judged.as_secs_f64(), memory / 1e3);
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
