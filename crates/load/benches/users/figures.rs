//! What agents recorded, as lines that add up: counts, and histograms as text.

use crate::scenario;
use record::{Entry, EventKind, Histogram};
use std::{collections::BTreeMap, time::Duration};

/// Phases of the run, by the second of its clock.
pub(crate) const PHASES: [&str; 3] = ["ramp", "held", "lost"];

fn phase(second: u64) -> usize {
    if second < scenario::ALL_THERE.as_secs() { 0 } else { 1 + usize::from(second >= scenario::LOST.as_secs()) }
}

/// What happened in one phase.
#[derive(Debug, Default)]
pub(crate) struct Phase {
    pub(crate) ok: u64,
    pub(crate) failed: u64,
    /// By region index.
    pub(crate) served: BTreeMap<usize, u64>,
    pub(crate) started: u64,
    pub(crate) dropped: u64,
    pub(crate) unsent: u64,
    pub(crate) lag: Histogram,
    pub(crate) response: Histogram,
}

/// What happened in a run.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) phases: [Phase; 3],
    /// When the generator said that it could not keep up, and why.
    pub(crate) saturated: Vec<String>,
}

impl Figures {
    pub(crate) fn take(&mut self, entry: &Entry) {
        match entry {
            Entry::Interval(interval) => {
                let phase = &mut self.phases[phase(interval.second)];
                let count = interval.count();
                if interval.outcome.is_ok() {
                    phase.ok += count;
                    *phase.served.entry(interval.served_by.unwrap_or(usize::MAX)).or_default() += count;
                    phase.response.merge(&interval.response);
                } else {
                    phase.failed += count;
                }
            }
            Entry::Arrivals(row) => {
                let phase = &mut self.phases[phase(row.second)];
                phase.started += row.started;
                phase.dropped += row.dropped;
                phase.unsent += row.unsent;
                phase.lag.merge(&row.send_lag);
            }
            Entry::Event(event) if event.kind == EventKind::GeneratorSaturated(true) => {
                self.saturated.push(format!("at {} s: {}", event.at.second(), event.text));
            }
            _ => {}
        }
    }

    /// One line each, for [`Self::add`].
    pub(crate) fn print(&self) {
        for (index, phase) in self.phases.iter().enumerate() {
            let Phase { ok, failed, started, dropped, unsent, .. } = phase;
            println!("counts {index} {ok} {failed} {started} {dropped} {unsent}");
            for (region, count) in &phase.served {
                println!("served {index} {region} {count}");
            }
            println!("lag {index} {}", phase.lag.to_text());
            println!("response {index} {}", phase.response.to_text());
        }
        for text in &self.saturated {
            println!("saturated {text}");
        }
    }

    /// Adds what an agent printed.
    pub(crate) fn add(&mut self, text: &str) {
        for line in text.lines() {
            let (kind, rest) = line.split_once(' ').unwrap();
            if kind == "saturated" {
                self.saturated.push(rest.to_owned());
                continue;
            }
            let (index, rest) = rest.split_once(' ').unwrap();
            let phase = &mut self.phases[index.parse::<usize>().unwrap()];
            let numbers = || rest.split(' ').map(|number| number.parse::<u64>().unwrap()).collect::<Vec<_>>();
            match kind {
                "lag" => phase.lag.merge(&Histogram::from_text(rest).unwrap()),
                "response" => phase.response.merge(&Histogram::from_text(rest).unwrap()),
                "served" => *phase.served.entry(numbers()[0] as usize).or_default() += numbers()[1],
                _ => {
                    let counts =
                        [&mut phase.ok, &mut phase.failed, &mut phase.started, &mut phase.dropped, &mut phase.unsent];
                    counts.into_iter().zip(numbers()).for_each(|(count, number)| *count += number);
                }
            }
        }
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
