//! What was appended is what is read.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod sample;

use plan::resolved::ResolvedPlan;
use proptest::prelude::*;
use record::{
    ArrivalCounts, Entry, Event, GeneratorSecond, Histogram, Interval, LedgerEntry, LedgerRead, LedgerWrite, Outcome,
    Phase, PhaseInterval, ReadResult, Reader, Recording, WriteError, WriteOutcome, Writer,
};
use std::{fs, time::Duration};
use units::RunTime;

fn round_trip(entries: &[Entry]) -> Recording {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("runs/one");
    let mut writer = Writer::create(&directory, &sample::manifest(), sample::PLAN_TEXT, &sample::plan()).unwrap();
    for entry in entries {
        writer.append(entry).unwrap();
    }
    writer.finish().unwrap();
    Recording::read(&directory).unwrap()
}

#[test]
fn one_of_each_kind_comes_back_in_order() {
    let entries = sample::entries();
    let recording = round_trip(&entries);
    assert_eq!(recording.entries, entries);
    assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    assert_eq!(recording.manifest, Some(sample::manifest()));
    assert_eq!(recording.plan_text.as_deref(), Some(sample::PLAN_TEXT));
    // A fault that was given is among those of the plan, as if it had been planned.
    assert_eq!(recording.plan, ResolvedPlan { faults: vec![sample::given()], ..sample::plan() });
}

#[test]
fn an_empty_run_is_a_whole_recording() {
    let recording = round_trip(&[]);
    assert!(recording.integrity.is_whole() && recording.entries.is_empty());
}

#[test]
fn every_line_is_json_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("run");
    let mut writer = Writer::create(&directory, &sample::manifest(), sample::PLAN_TEXT, &sample::plan()).unwrap();
    sample::entries().iter().for_each(|entry| writer.append(entry).unwrap());
    writer.finish().unwrap();
    assert_eq!(writer.directory(), directory);
    for name in ["run.json", "events.ndjson", "intervals.ndjson", "ledger.ndjson"] {
        for line in fs::read_to_string(directory.join(name)).unwrap().lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            let keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
            assert_eq!(keys.last().map(String::as_str), Some("crc32"), "{name}: {line}");
        }
    }
}

#[test]
fn a_directory_that_holds_something_is_refused_and_left_alone() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("precious"), "data").unwrap();
    let error = Writer::create(home.path(), &sample::manifest(), "", &sample::plan()).unwrap_err();
    assert!(matches!(error, WriteError::NotEmpty { .. }));
    let text = error.to_string();
    assert!(text.contains(&home.path().display().to_string()) && text.contains("name another directory"), "{text}");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
}

#[test]
fn a_path_that_is_no_directory_is_named() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Writer::create(&file.join("run"), &sample::manifest(), "", &sample::plan()).unwrap_err();
    assert!(error.to_string().contains("file/run"), "{error}");
}

#[test]
fn a_closed_recording_takes_no_more() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("run");
    let mut writer = Writer::create(&directory, &sample::manifest(), "", &sample::plan()).unwrap();
    let file = |name: &str| directory.join(name);
    writer.append(&sample::entries()[0]).unwrap();
    writer.flush().unwrap();
    assert!(fs::metadata(file("events.ndjson")).unwrap().len() > 0, "a flush reaches the operating system");
    writer.finish().unwrap();
    let error = writer.append(&sample::entries()[0]).unwrap_err();
    assert!(matches!(error, WriteError::Finished { .. }), "{error}");
}

fn histogram() -> impl Strategy<Value = Histogram> {
    prop::collection::vec(1_u64..5_000_000_000, 0..20).prop_map(|micros| {
        let mut histogram = Histogram::new();
        micros.into_iter().for_each(|micros| histogram.record(Duration::from_micros(micros)));
        histogram
    })
}

fn time() -> impl Strategy<Value = RunTime> {
    (0_u64..86_400_000_000).prop_map(RunTime::from_micros)
}

fn event() -> impl Strategy<Value = Entry> {
    (time(), prop::sample::select(sample::event_kinds()), any::<String>(), "[a-z]{1,9}")
        .prop_map(|(at, kind, text, source)| Event::new(at, kind, &source, text).into())
}

fn interval() -> impl Strategy<Value = Entry> {
    let key =
        (0_u64..86_400, 0_usize..2, prop::option::of(0_usize..2), 0_usize..2, prop::sample::select(&Outcome::ALL[..]));
    (key, any::<[u32; 10]>(), any::<u64>(), histogram(), histogram(), histogram()).prop_map(
        |((second, population, served_by, step, outcome), tenths, attempts, response, service, first_byte)| {
            Entry::Interval(Interval {
                tenths,
                attempts,
                response,
                service,
                first_byte,
                ..Interval::empty(second, population, served_by, step, outcome)
            })
        },
    )
}

fn phase() -> impl Strategy<Value = Entry> {
    let phases = prop::sample::select(vec![Phase::Dns, Phase::Connect, Phase::Tls]);
    (0_u64..86_400, 0_usize..2, prop::option::of(0_usize..2), phases, histogram()).prop_map(
        |(second, population, region, phase, duration)| {
            Entry::Phase(PhaseInterval { second, population, region, phase, duration })
        },
    )
}

fn arrivals() -> impl Strategy<Value = Entry> {
    (0_u64..86_400, 0_usize..2, (0_usize..9, 0_usize..64), any::<[u64; 6]>(), histogram(), histogram()).prop_map(
        |(second, population, (agent, thread), counts, send_lag, waited)| {
            let [intended, started, dropped, unsent, in_flight, users] = counts;
            Entry::Arrivals(ArrivalCounts {
                agent,
                second,
                population,
                thread,
                intended,
                started,
                dropped,
                unsent,
                in_flight,
                users,
                send_lag,
                waited,
            })
        },
    )
}

fn generator() -> impl Strategy<Value = Entry> {
    (0_usize..9, 0_u64..86_400, prop::collection::vec(0_u32..=10_000, 0..5), any::<[u64; 3]>()).prop_map(
        |(agent, second, cpu, numbers)| {
            let [descriptors, descriptors_max, memory] = numbers;
            let thread_cpu = cpu.into_iter().map(|share| f64::from(share) / 1e4).collect();
            Entry::Generator(GeneratorSecond { agent, second, thread_cpu, descriptors, descriptors_max, memory })
        },
    )
}

fn write() -> impl Strategy<Value = Entry> {
    let outcomes = vec![WriteOutcome::Acknowledged, WriteOutcome::Failed, WriteOutcome::Unknown];
    let words = (any::<String>(), any::<String>(), any::<String>());
    let times = (time(), prop::option::of(time()), time());
    let rest = (0_usize..2, prop::option::of(0_usize..2), any::<u32>(), prop::sample::select(outcomes));
    (any::<u64>(), words, times, rest).prop_map(|(number, words, times, rest)| {
        let ((value, id, reason), (intended, sent, done)) = (words, times);
        let (population, served_by, attempts, outcome) = rest;
        let write =
            LedgerWrite { number, value, id, population, intended, sent, done, outcome, reason, served_by, attempts };
        Entry::Ledger(LedgerEntry::Write(write))
    })
}

fn read() -> impl Strategy<Value = Entry> {
    let readers = prop_oneof![(0_usize..2).prop_map(Reader::Region), (0_usize..2).prop_map(Reader::Population)];
    let results = prop::sample::select(vec![ReadResult::Present, ReadResult::Absent, ReadResult::Unknown]);
    (any::<u64>(), readers, (time(), time()), results, any::<String>(), any::<bool>(), prop::option::of(0_usize..2))
        .prop_map(|(write, reader, (sent, done), result, reason, is_final, served_by)| {
            Entry::Ledger(LedgerEntry::Read(LedgerRead {
                write,
                reader,
                sent,
                done,
                result,
                reason,
                is_final,
                served_by,
            }))
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_kind_of_entry_comes_back_as_it_was(
        entries in prop::collection::vec(
            prop_oneof![event(), interval(), phase(), arrivals(), generator(), write(), read()],
            0..40,
        ),
    ) {
        let recording = round_trip(&entries);
        prop_assert_eq!(recording.entries, entries);
        prop_assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    }
}

/// A recording has millions of them, and whoever judges it has them all at once.
#[test]
fn an_entry_is_small() {
    let size = std::mem::size_of::<Entry>();
    assert!(size <= 176, "an entry takes {size} bytes: what is large and rare in it is boxed");
}
