//! What the run recorded, phase by phase.

use record::{Entry, EventKind, Histogram, Recording};
use std::{collections::BTreeMap, time::Duration};

/// Phases of the run.
const PHASES: [&str; 4] = ["users come", "held", "dublin is lost", "dublin is back"];

/// What happened in one phase.
#[derive(Debug, Default)]
struct Phase {
    ok: u64,
    failed: u64,
    /// By region index.
    served: BTreeMap<usize, u64>,
    started: u64,
    dropped: u64,
    unsent: u64,
    lag: Histogram,
    response: Histogram,
}

/// What happened in a run.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    phases: [Phase; 4],
    /// When load began, on the run's clock.
    pub(crate) began: Duration,
}

impl Figures {
    /// Of a recording; everybody has come after `all_there` of load.
    pub(crate) fn of(recording: &Recording, all_there: Duration) -> Self {
        let mut figures = Self::default();
        let at = |wanted: fn(&EventKind) -> bool| {
            let events = recording.entries.iter().filter_map(|entry| match entry {
                Entry::Event(event) if wanted(&event.kind) => Some(event.at.since_start()),
                _ => None,
            });
            events.min().unwrap_or(Duration::MAX)
        };
        figures.began = at(|kind| matches!(kind, EventKind::LoadStarted));
        let begins = [
            figures.began.saturating_add(all_there),
            at(|kind| matches!(kind, EventKind::FaultInjecting(_))),
            at(|kind| matches!(kind, EventKind::FaultHealed(_))),
        ];
        for entry in &recording.entries {
            let phase = |second: u64| begins.iter().filter(|begin| second >= begin.as_secs()).count();
            match entry {
                Entry::Interval(interval) => figures.phases[phase(interval.second)].interval(interval),
                Entry::Arrivals(row) => figures.phases[phase(row.second)].arrivals(row),
                _ => {}
            }
        }
        figures
    }

    pub(crate) fn table(&self, regions: &[&str]) {
        println!(
            "| phase | requests ok | failed | served by | response p50 / p99, ms | sessions begun | dropped, unsent | send lag p50 / p99 / max, ms |"
        );
        println!("|---|---|---|---|---|---|---|---|");
        let milliseconds = |value: Option<Duration>| value.unwrap_or_default().as_secs_f64() * 1e3;
        for (name, phase) in PHASES.iter().zip(&self.phases) {
            let served: Vec<String> = phase
                .served
                .iter()
                .map(|(region, count)| format!("{} {count}", regions.get(*region).copied().unwrap_or("unknown")))
                .collect();
            println!(
                "| {name} | {} | {} | {} | {:.1} / {:.1} | {} | {}, {} | {:.2} / {:.2} / {:.1} |",
                phase.ok,
                phase.failed,
                served.join(", "),
                milliseconds(phase.response.value_at(50.0)),
                milliseconds(phase.response.value_at(99.0)),
                phase.started,
                phase.dropped,
                phase.unsent,
                milliseconds(phase.lag.value_at(50.0)),
                milliseconds(phase.lag.value_at(99.0)),
                milliseconds(phase.lag.max()),
            );
        }
    }
}

impl Phase {
    fn interval(&mut self, interval: &record::Interval) {
        let count = interval.count();
        if interval.outcome.is_ok() {
            self.ok += count;
            *self.served.entry(interval.served_by.unwrap_or(usize::MAX)).or_default() += count;
            self.response.merge(&interval.response);
        } else {
            self.failed += count;
        }
    }

    fn arrivals(&mut self, row: &record::ArrivalCounts) {
        self.started += row.started;
        self.dropped += row.dropped;
        self.unsent += row.unsent;
        self.lag.merge(&row.send_lag);
    }
}
