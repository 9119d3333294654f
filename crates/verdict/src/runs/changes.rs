//! From which run on recovery times are other ones: the change points of what each run says of a fault, a population and a class
//! ([`crate::statistics::change_points`]).
//!
//! Runs stand in the order of their start, where all of them say when that was, else as they were asked for. A run is one value: the median
//! of the times that the fault came in it. One that never recovered counts with what it took at least, for it would be the strangest of
//! choices to leave out the worst. A run of which it can't be told, or that can't be trusted, has no value and is counted apart.
//!
//! A change that is no larger than the error bounds of two times is none that anybody could have seen.

use super::{
    is_trusted,
    value::{ChangeState, Changes, RunChange, StreamChanges},
};
use crate::{
    Findings,
    findings::{Length, Recovery},
    statistics::change_points::{LEVEL, VALUES_MIN, change_points},
    words,
};
use std::{collections::BTreeMap, time::Duration};
use units::Seed;

/// The latest runs that are looked at.
const RUNS_MAX: usize = 200;

/// Fault, population and class.
type Stream = (String, usize, String);

/// What is kept of a run to say whether its recovery times are other ones than before.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    seed: Seed,
    /// The time of each stream; `None`: the run can't tell.
    streams: BTreeMap<Stream, Option<Time>>,
}

/// A run whose times are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timed<'a> {
    pub(super) name: &'a str,
    pub(super) started_unix_us: Option<u64>,
    pub(super) times: &'a Times,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Time {
    time: Duration,
    error: Duration,
}

/// What a run says of a stream.
#[derive(Debug, Clone, Copy)]
struct Said {
    /// The run, as it was asked for.
    run: usize,
    time: Duration,
    error: Duration,
}

impl Times {
    /// Those of a run that was judged.
    pub(super) fn of(findings: &Findings) -> Self {
        let mut streams: BTreeMap<Stream, Vec<&Recovery>> = BTreeMap::new();
        for fault in &findings.faults {
            for one in &fault.recovery {
                streams.entry((fault.fault.clone(), one.population, one.class.clone())).or_default().push(one);
            }
        }
        let is_trusted = is_trusted(findings, "recovery");
        Self {
            // Findings have the seed of a plan as text; a text that is none is one of no plan.
            seed: findings.run.seed.parse().unwrap_or(Seed::new(0)),
            streams: streams.into_iter().map(|(stream, own)| (stream, time(&own).filter(|_| is_trusted))).collect(),
        }
    }
}

/// The changes over these runs.
pub(super) fn changes(runs: &[Timed<'_>]) -> Changes {
    let order = in_order(runs);
    let seed = runs.first().map_or(Seed::new(0), |run| run.times.seed).derive("changes over runs");
    let mut streams: BTreeMap<&Stream, Vec<Said>> = BTreeMap::new();
    for run in order {
        for (stream, one) in &runs[run].times.streams {
            let said = one.map(|Time { time, error }| Said { run, time, error });
            streams.entry(stream).or_default().extend(said);
        }
    }
    streams.retain(|_, said| said.iter().any(|one| !one.time.is_zero()));
    let streams: Vec<StreamChanges> =
        streams.into_iter().map(|(stream, said)| of_stream(runs, stream.clone(), &said, seed)).collect();
    Changes { level: LEVEL, runs_needed: VALUES_MIN as u64, text: told(&streams), streams }
}

fn in_order(runs: &[Timed<'_>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..runs.len()).collect();
    let started = |run: usize| runs[run].started_unix_us;
    if order.iter().all(|run| started(*run).is_some()) {
        order.sort_by_key(|run| started(*run));
    }
    order
}

/// The median of the times that a fault came in a run; `None`: of none of them anything is known.
fn time(times: &[&Recovery]) -> Option<Time> {
    let mut known: Vec<Duration> =
        times.iter().filter_map(|one| one.time.or(one.at_least)).map(|time| time.0).collect();
    known.sort_unstable();
    let time = known.get(known.len().saturating_sub(1) / 2).copied()?;
    let error = times.iter().filter_map(|one| one.error).map(|error| error.0).max().unwrap_or_default();
    Some(Time { time, error })
}

fn of_stream(runs: &[Timed<'_>], (fault, population, class): Stream, said: &[Said], seed: Seed) -> StreamChanges {
    let latest = &said[said.len().saturating_sub(RUNS_MAX)..];
    let seconds: Vec<f64> = latest.iter().map(|one| one.time.as_secs_f64()).collect();
    let found = change_points(&seconds, seed.derive(&fault).derive_number(population as u64).derive(&class));
    let ends: Vec<usize> = found.iter().map(|change| change.at).chain([latest.len()]).collect();
    let starts: Vec<usize> = [0].into_iter().chain(found.iter().map(|change| change.at)).collect();
    let median = |from: usize, to: usize| {
        let mut times: Vec<Duration> = latest[from..to].iter().map(|one| one.time).collect();
        times.sort_unstable();
        times[(times.len() - 1) / 2]
    };
    let error = latest.iter().map(|one| one.error).max().unwrap_or_default();
    let point = |(index, change): (usize, &crate::statistics::change_points::ChangePoint)| {
        let (before, after) = (median(starts[index], change.at), median(change.at, ends[index + 1]));
        let run = latest[change.at].run;
        let name = runs[run].name.to_owned();
        (before.abs_diff(after) > 2 * error).then_some(RunChange {
            run,
            name,
            before: Length(before),
            after: Length(after),
            p: change.p,
        })
    };
    let points: Vec<RunChange> = found.iter().enumerate().filter_map(point).collect();
    let state = match (latest.len() < VALUES_MIN, points.is_empty()) {
        (true, _) => ChangeState::TooFew,
        (false, true) => ChangeState::NoneSeen,
        (false, false) => ChangeState::Changed,
    };
    let left_out = (runs.len() - said.len()) as u64;
    let text = of_stream_told(state, &points, latest.len() as u64, left_out);
    StreamChanges { fault, population, class, state, looked_at: latest.len() as u64, left_out, points, text }
}

fn of_stream_told(state: ChangeState, points: &[RunChange], looked_at: u64, left_out: u64) -> String {
    let of = |point: &RunChange| {
        let (before, after) = (words::duration(point.before.0), words::duration(point.after.0));
        format!("at {} from {before} to {after}", point.name)
    };
    let said = match state {
        ChangeState::TooFew => format!("too few runs to see a change ({looked_at} of {VALUES_MIN})"),
        ChangeState::NoneSeen => format!("no change seen in {}", words::counted(looked_at, "run")),
        ChangeState::Changed => {
            format!("changed {}", words::list(&points.iter().map(of).collect::<Vec<String>>()))
        }
    };
    let untold = if left_out == 1 {
        "1 run says nothing of it".to_owned()
    } else {
        format!("{left_out} runs say nothing of it")
    };
    if left_out == 0 { said } else { format!("{said}; {untold}") }
}

fn told(streams: &[StreamChanges]) -> String {
    let count = |state: ChangeState| streams.iter().filter(|stream| stream.state == state).count() as u64;
    let most = streams.iter().map(|stream| stream.looked_at).max().unwrap_or_default();
    let all = words::counted(streams.len() as u64, "recovery time");
    match (count(ChangeState::Changed), count(ChangeState::NoneSeen)) {
        _ if streams.is_empty() => "nobody had to recover, so nothing can have changed".to_owned(),
        (0, 0) => format!("too few runs to see a change ({most} of {VALUES_MIN})"),
        (0, seen) if seen == streams.len() as u64 => format!("no change seen in {all}"),
        (0, seen) => {
            format!("no change seen in {} of {all}, too few runs say anything of the others", words::count(seen))
        }
        (changed, _) => format!("{} of {all} changed", words::count(changed)),
    }
}
