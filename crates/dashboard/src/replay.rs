//! A recording as the messages that it would have been.
//!
//! A recording has no times of arrival. Its entries are in the order in which they came, and each can't have come before what it tells
//! of was over: the second of an interval, the instant of an event. So the clock goes on to the latest of these, and what is told of
//! an earlier second than that came late, and restates it: as in the run.

use crate::{feed::Feed, wire::Message};
use record::{Entry, LedgerEntry, Manifest, Recording};
use std::time::Duration;
use units::RunTime;
use verdict::Findings;

const SECOND: Duration = Duration::from_secs(1);

/// The messages of a recording with the time in the run at which each was known, in order of that time: first the plan, at last what
/// the verdict says, where there is one. A recording that a crash cut off is played to its end and is aborted then.
#[must_use]
pub fn messages(recording: &Recording, findings: Option<&Findings>) -> Vec<(RunTime, Message)> {
    let (mut feed, mut messages, at) = play(recording);
    if let Some(findings) = findings {
        messages.extend(feed.judged(findings, "").into_iter().map(|message| (at, message)));
    }
    messages
}

/// The feed of a recording that was played to its end, for whoever is asked for its series; with its messages, and the time of its end.
#[must_use]
pub fn play(recording: &Recording) -> (Feed, Vec<(RunTime, Message)>, RunTime) {
    let started = recording.manifest.as_ref().map(Manifest::started_unix_micros);
    let mut feed = Feed::new(recording.plan.clone(), started);
    let mut messages = vec![(RunTime::START, Message::Plan(feed.plan().clone()))];
    let mut clock = RunTime::START;
    let mut next = RunTime::from(SECOND);
    for entry in &recording.entries {
        let at = known_at(entry).max(clock);
        // Each whole second on the way, when all that can have been known by then was taken.
        while next < at {
            messages.extend(feed.tick(next).into_iter().map(|message| (next, message)));
            next = next + SECOND;
        }
        clock = at;
        feed.take(entry);
    }
    messages.extend(feed.over(clock).into_iter().map(|message| (clock, message)));
    (feed, messages, clock)
}

/// The earliest time at which an entry can have been known.
fn known_at(entry: &Entry) -> RunTime {
    let behind = |second: u64| RunTime::from(Duration::from_secs(second + 1));
    match entry {
        Entry::Event(event) => event.at,
        Entry::Interval(interval) => behind(interval.second),
        Entry::Phase(phase) => behind(phase.second),
        Entry::Arrivals(arrivals) => behind(arrivals.second),
        Entry::Generator(generator) => behind(generator.second),
        Entry::Ledger(LedgerEntry::Write(write)) => write.done,
        Entry::Ledger(LedgerEntry::Read(read)) => read.done,
        Entry::Ledger(LedgerEntry::Operation(operation)) => operation.done,
        Entry::Agent(entry) => entry.at,
    }
}
