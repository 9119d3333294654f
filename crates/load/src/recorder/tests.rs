#![expect(clippy::unwrap_used, reason = "tests may panic")]
//! Nothing filed is lost, everything is filed under its intended second, and news is told once.

use super::{Clock, Fate, Filed, Names, Recorder};
use crate::{
    Parts, RegionAddress, Setup, TargetAddresses,
    addresses::{BaseUrl, EntryAddress},
    client::Report,
    plans,
    running::Briefing,
};
use plan::resolved::{Routing, ServedBy, TlsTrust};
use record::{Entry, EventKind, Interval, Outcome, Phase};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

const SECOND: Duration = Duration::from_secs(1);

/// What recorders are told by a run of one population in two regions, whose output takes so many entries.
fn briefing(start: Instant, capacity: usize) -> (Briefing, mpsc::Receiver<Entry>) {
    let mut plan = plans::plan(plans::open(1.0, 1.0));
    plan.regions.push(plans::region("there"));
    let (output, entries) = mpsc::channel(capacity);
    let url = BaseUrl::parse("http://127.0.0.1:80").unwrap();
    let region = RegionAddress { url, addresses: Vec::new(), also: Vec::new() };
    let addresses = TargetAddresses {
        entry: EntryAddress::Endpoints(Routing::Nearest),
        regions: vec![region.clone(), region],
        served_by: ServedBy::Address,
        trust: TlsTrust::Anything,
        users: Vec::new(),
    };
    let network = wan::Network::transparent(1, 2);
    let (parts, stamp) = (Parts::whole(1), String::new());
    let (load_offset, threads) = (Duration::ZERO, Some(2));
    let setup =
        Setup { addresses, network, start_at: start, load_offset, output, threads, parts, take_over: None, stamp };
    (Briefing::new(Arc::new(plan), setup).unwrap(), entries)
}

fn recorder(briefing: &Briefing, thread: usize) -> Recorder {
    Recorder::new(briefing, thread, Names { ..briefing.names.clone() })
}

fn report(outcome: Outcome, region: Option<usize>, sent: Instant, done: Instant) -> Report {
    Report {
        outcome,
        status: Some(200),
        failure: None,
        served_by: region,
        attempts: 2,
        sent: Some(sent),
        first_byte: None,
        done,
        ready: Some(sent),
        present: true,
        maybe_done: false,
    }
}

fn drain(entries: &mut mpsc::Receiver<Entry>) -> Vec<Entry> {
    std::iter::from_fn(|| entries.try_recv().ok()).collect()
}

fn intervals(entries: &[Entry]) -> Vec<&Interval> {
    let mut intervals = Vec::new();
    for entry in entries {
        if let Entry::Interval(interval) = entry {
            intervals.push(interval);
        }
    }
    intervals
}

#[test]
fn a_request_is_filed_under_its_intended_second_when_it_is_done() {
    let start = Instant::now();
    let (briefing, mut entries) = briefing(start, 100);
    let recorder = recorder(&briefing, 0);
    let (intended, sent, done) = (start + SECOND * 3 / 2, start + SECOND * 2, start + SECOND * 4);
    let report = report(Outcome::Ok, Some(1), sent, done);
    recorder.request(&Filed { population: 0, step: 0, intended, report: &report });
    recorder.flush(4, std::iter::once((3, 7)));
    let entries = drain(&mut entries);
    let filed = intervals(&entries);
    assert_eq!(filed.len(), 1);
    assert_eq!((filed[0].second, filed[0].served_by, filed[0].attempts), (1, Some(1), 2));
    assert_eq!(filed[0].tenths, [0, 0, 0, 0, 0, 1, 0, 0, 0, 0], "the tenth of the second in which it was intended");
    assert_eq!(filed[0].response.max().unwrap().as_secs_f64().round(), 3.0, "2.5 s, rounded");
    assert_eq!(filed[0].service.max().unwrap().as_secs(), 2);
    assert!(filed[0].first_byte.is_empty(), "it got none");
    let Some(Entry::Arrivals(state)) = entries.iter().find(|entry| matches!(entry, Entry::Arrivals(_))) else {
        panic!("the state at the second's end is told, also without arrivals")
    };
    assert_eq!((state.second, state.in_flight, state.users), (4, 3, 7));
}

#[test]
fn a_full_output_loses_nothing() {
    let start = Instant::now();
    let (briefing, mut entries) = briefing(start, 1);
    let recorder = recorder(&briefing, 0);
    let mut received = Vec::new();
    for request in 0..40 {
        let at = start + SECOND * (request % 4);
        let outcome = if request % 3 == 0 { Outcome::Timeout } else { Outcome::Ok };
        let report = report(outcome, Some((request % 2) as usize), at, at + SECOND);
        recorder.request(&Filed { population: 0, step: 0, intended: at, report: &report });
        recorder.phase(0, Some(1), Phase::Connect, at, SECOND);
        recorder.arrival(0, at, Fate::Intended);
        recorder.arrival(0, at, Fate::Started);
        if request % 5 == 0 {
            recorder.flush(u64::from(request), std::iter::once((0, 0)));
            received.extend(drain(&mut entries));
        }
    }
    for _ in 0..200 {
        let everything = recorder.send();
        received.extend(drain(&mut entries));
        if everything {
            break;
        }
    }
    let requests: u64 = intervals(&received).iter().map(|row| row.count()).sum();
    let timeouts = intervals(&received).into_iter().filter(|row| row.outcome == Outcome::Timeout);
    assert_eq!((requests, timeouts.map(Interval::count).sum::<u64>()), (40, 14));
    let (mut started, mut connects, mut events) = (0, 0, 0);
    for entry in &received {
        match entry {
            Entry::Arrivals(row) => started += row.started,
            Entry::Phase(row) => connects += row.duration.len(),
            Entry::Event(_) => events += 1,
            _ => {}
        }
    }
    assert_eq!((started, connects), (40, 40));
    assert!(events >= 2, "both regions began to serve");
}

#[test]
fn a_closed_output_takes_everything() {
    let start = Instant::now();
    let (briefing, entries) = briefing(start, 1);
    drop(entries);
    let recorder = recorder(&briefing, 0);
    recorder.arrival(0, start, Fate::Intended);
    assert!(recorder.send(), "nobody wants it any more");
    assert!(recorder.arrivals.borrow_mut().row(0, 0, 0).intended == 0, "so nothing is kept");
}

/// Successes of the population through region 1, by thread and time in tenths of a second; the times that are told as a begin.
fn begins(successes: &[(usize, u32)]) -> Vec<u64> {
    let start = Instant::now();
    let (briefing, mut entries) = briefing(start, 1_000);
    let recorders = [recorder(&briefing, 0), recorder(&briefing, 1)];
    for (thread, tenths) in successes {
        let at = start + SECOND * *tenths / 10;
        let report = report(Outcome::Ok, Some(1), at, at);
        recorders[*thread].request(&Filed { population: 0, step: 0, intended: at, report: &report });
    }
    recorders.iter().for_each(|recorder| assert!(recorder.send()));
    let begin = |entry: Entry| match entry {
        Entry::Event(event) if event.kind == (EventKind::ServedByStarted { population: 0, region: 1 }) => {
            Some(event.at.as_micros() / 100_000)
        }
        _ => None,
    };
    let mut begins: Vec<u64> = drain(&mut entries).into_iter().filter_map(begin).collect();
    begins.sort_unstable();
    begins
}

#[test]
fn a_region_begins_to_serve_after_two_seconds_of_nothing() {
    type Case<'a> = (&'a str, &'a [(usize, u32)], &'a [u64]);
    let table: [Case<'_>; 6] = [
        ("the first success is a begin", &[(0, 5)], &[5]),
        ("the next ones are none", &[(0, 5), (0, 6), (0, 20), (0, 39)], &[5]),
        ("after two seconds it begins again", &[(0, 5), (0, 25)], &[5, 25]),
        ("not after less", &[(0, 5), (0, 24)], &[5]),
        ("what another thread saw counts", &[(0, 5), (1, 15), (0, 30)], &[5]),
        ("two threads tell it once", &[(0, 5), (1, 6), (0, 40), (1, 41)], &[5, 40]),
    ];
    for (sentence, successes, expected) in table {
        assert_eq!(begins(successes), expected, "{sentence}");
    }
}

#[test]
fn two_threads_tell_a_move_once() {
    let start = Instant::now();
    let (briefing, mut entries) = briefing(start, 100);
    let (one, other) = (recorder(&briefing, 0), recorder(&briefing, 1));
    one.entered(0, Some(0), start);
    other.entered(0, Some(0), start);
    one.entered(0, Some(1), start + SECOND * 2);
    other.entered(0, Some(1), start + SECOND * 2);
    one.entered(0, Some(0), start + SECOND * 5 / 2);
    one.entered(0, Some(0), start + SECOND * 4);
    assert!(one.send() && other.send());
    let moves = drain(&mut entries).into_iter().filter_map(|entry| match entry {
        Entry::Event(event) => Some((event.at.second(), event.kind)),
        _ => None,
    });
    let to = |from, to| EventKind::SteeringChanged { population: 0, from: Some(from), to: Some(to) };
    assert_eq!(moves.collect::<Vec<_>>(), [(2, to(0, 1)), (4, to(1, 0))], "the flutter at 2.5 s is not told");
}

#[test]
fn times_before_the_runs_start_are_its_start() {
    let start = Instant::now() + SECOND;
    assert_eq!(Clock::new(start).at(Instant::now()).as_micros(), 0);
}
