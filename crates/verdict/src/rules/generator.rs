//! The generator's own health: how late it was by its own fault, when it said that it could not keep up, and what it used.
//!
//! Send lag is over the whole run, warm-up included: a generator that was late in the warm-up is late.

use super::percentile::percentile;
use crate::{
    evidence::Evidence,
    findings::{AgentHealth, GeneratorFinding, Length, Span},
};
use record::{EventKind, Histogram};
use std::collections::BTreeSet;

/// The generator's own health.
pub(crate) fn generator(evidence: &Evidence<'_>) -> GeneratorFinding {
    let mut send_lag = Histogram::new();
    evidence.requests.send_lag.values().for_each(|one| send_lag.merge(one));
    let seconds = &evidence.requests.generator;
    let cpu: Vec<f64> = seconds.iter().flat_map(|second| second.thread_cpu.iter().copied()).collect();
    GeneratorFinding {
        send_lag_p50: percentile(&send_lag, 50.0),
        send_lag_p99: percentile(&send_lag, 99.0),
        send_lag_max: send_lag.max().map(Length),
        send_lag_limit: Length(evidence.plan.trust.send_lag_p99_max),
        saturated: saturated(evidence),
        threads: seconds.iter().map(|second| second.thread_cpu.len()).max().unwrap_or(0),
        thread_cpu_max: cpu.iter().copied().max_by(f64::total_cmp),
        thread_cpu_mean: mean(&cpu),
        descriptors_peak: seconds.iter().map(|second| second.descriptors).max(),
        descriptors_limit: seconds.iter().map(|second| second.descriptors_max).min(),
        memory_peak: seconds.iter().map(|second| second.memory).max(),
        agents: agents(evidence).len(),
        worst_agent: worst_agent(evidence),
    }
}

/// Who generated load.
fn agents(evidence: &Evidence<'_>) -> BTreeSet<usize> {
    let counted =
        evidence.requests.send_lag.keys().chain(evidence.requests.generator.iter().map(|second| &second.agent));
    counted.chain(evidence.coverage.agents.keys()).copied().collect()
}

/// Of several agents the one that was latest: all together, a late one can hide behind the punctual ones.
fn worst_agent(evidence: &Evidence<'_>) -> Option<AgentHealth> {
    let agents = agents(evidence);
    if agents.len() < 2 {
        return None;
    }
    let health = |agent: usize| {
        let none = Histogram::new();
        let lag = evidence.requests.send_lag.get(&agent).unwrap_or(&none);
        let seconds = || evidence.requests.generator.iter().filter(move |second| second.agent == agent);
        AgentHealth {
            agent: agent + 1,
            send_lag_p99: percentile(lag, 99.0),
            thread_cpu_max: seconds().flat_map(|second| second.thread_cpu.iter().copied()).max_by(f64::total_cmp),
            memory_peak: seconds().map(|second| second.memory).max(),
        }
    };
    let cpu = |one: &AgentHealth| one.thread_cpu_max.unwrap_or(0.0);
    let worse = |one: &AgentHealth, other: &AgentHealth| {
        one.send_lag_p99.value.cmp(&other.send_lag_p99.value).then(cpu(one).total_cmp(&cpu(other)))
    };
    // `max_by` takes the last of equals.
    agents.into_iter().rev().map(health).max_by(worse)
}

/// The stretches in which it said that it could not keep up; one without an end lasts as long as the load. Several agents say so
/// apart from each other: the stretch ends when none of them says so any more.
fn saturated(evidence: &Evidence<'_>) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut saturated: BTreeSet<&str> = BTreeSet::new();
    let mut since = None;
    for event in &evidence.events {
        match &event.kind {
            EventKind::GeneratorSaturated(true) => {
                saturated.insert(&event.source);
                since = since.or(Some(event.at));
            }
            EventKind::GeneratorSaturated(false) => {
                saturated.remove(event.source.as_str());
                if let (true, Some(from)) = (saturated.is_empty(), since) {
                    spans.push(Span { from, to: event.at });
                    since = None;
                }
            }
            _ => {}
        }
    }
    spans.extend(since.map(|from| Span { from, to: evidence.timeline.end }));
    let load_ended = evidence.timeline.load_ended.unwrap_or(evidence.timeline.end);
    for span in &mut spans {
        span.to = span.to.min(load_ended.max(span.from));
    }
    spans
}

#[expect(clippy::cast_precision_loss, reason = "a count of seconds is far below 2^53")]
fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
