//! The event log: what was recorded, and what follows from the marks, in order of time.

use crate::{
    evidence::Evidence,
    findings::{EventLine, EventTag, FaultFinding, LedgerFinding, MarkKind, RecoveryState},
    words,
};
use record::{Event, EventKind};
use units::RunTime;

/// Every line, by time; of one instant the recorded ones first.
pub(crate) fn events(
    evidence: &Evidence<'_>,
    faults: &[FaultFinding],
    ledger: Option<&LedgerFinding>,
) -> Vec<EventLine> {
    let mut lines: Vec<EventLine> = evidence.events.iter().map(|event| recorded(evidence, event)).collect();
    for fault in faults {
        lines.extend(derived(evidence, fault));
    }
    lines.extend(ledger.and_then(|ledger| lost(evidence, ledger)));
    lines.sort_by_key(|line| line.at);
    lines
}

fn recorded(evidence: &Evidence<'_>, event: &Event) -> EventLine {
    let (tag, name) = EventTag::and_name(&event.kind);
    let mut line = EventLine {
        at: event.at,
        tag,
        event: name.to_owned(),
        text: event.text.clone(),
        source: event.source.clone(),
        fault: None,
        population: None,
        region: None,
    };
    match &event.kind {
        EventKind::FaultInjecting(fault)
        | EventKind::FaultActive(fault)
        | EventKind::FaultUnproven(fault)
        | EventKind::FaultHealing(fault)
        | EventKind::FaultHealed(fault)
        | EventKind::FaultNotHealed(fault)
        | EventKind::FaultFailed(fault) => line.fault = Some(fault.to_string()),
        EventKind::FaultGiven(fault) => line.fault = Some(fault.name.to_string()),
        EventKind::HealthChanged { region, .. } | EventKind::RegionServing(region) => {
            line.region = evidence.plan.region_index(region);
        }
        EventKind::SteeringChanged { population, to, .. } => (line.population, line.region) = (Some(*population), *to),
        EventKind::ServedByStarted { population, region } => {
            (line.population, line.region) = (Some(*population), Some(*region));
        }
        _ => {}
    }
    line
}

fn derived(evidence: &Evidence<'_>, fault: &FaultFinding) -> Vec<EventLine> {
    let line = |at: RunTime, tag, event: &str, text: String, population: Option<usize>| EventLine {
        at,
        tag,
        event: event.to_owned(),
        text,
        source: "verdict".to_owned(),
        fault: Some(fault.name.clone()),
        population,
        region: None,
    };
    let mut lines = Vec::new();
    for one in &fault.recovery {
        let who = format!("{} {}s", evidence.population_name(one.population), one.class);
        let population = Some(one.population);
        lines.extend(one.impact.map(|at| line(at, EventTag::Fault, "impact", format!("first {who} fail"), population)));
        let recovered = one.recovered.filter(|_| one.state == RecoveryState::Recovered);
        lines.extend(
            recovered.map(|at| line(at, EventTag::Recover, "recovered", format!("{who} {}", one.text), population)),
        );
    }
    let shifted = fault.mark(MarkKind::Shifted).and_then(|mark| mark.at).zip(fault.focus);
    lines.extend(shifted.map(|(at, focus)| {
        let text = format!("{} are served elsewhere", evidence.population_name(focus));
        line(at, EventTag::Shifted, "shifted", text, Some(focus))
    }));
    for one in fault.failback.iter().filter(|one| one.moved) {
        let text = || format!("{} {}", evidence.population_name(one.population), one.text);
        let population = Some(one.population);
        lines.extend(one.failed_back.map(|at| line(at, EventTag::Failback, "failed-back", text(), population)));
    }
    lines
}

/// Loss is known when the final reads are.
fn lost(evidence: &Evidence<'_>, ledger: &LedgerFinding) -> Option<EventLine> {
    let ended = evidence.events.iter().find(|event| event.kind == EventKind::FinalReadsEnded);
    let at = ended.map_or(evidence.timeline.end, |event| event.at);
    (ledger.lost > 0).then(|| EventLine {
        at,
        tag: EventTag::Lost,
        event: "writes-lost".to_owned(),
        text: format!("{} lost", words::counted(ledger.lost, "acknowledged write")),
        source: "verdict".to_owned(),
        fault: None,
        population: None,
        region: None,
    })
}
