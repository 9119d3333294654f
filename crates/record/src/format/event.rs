//! Events as written.

use crate::{Event, EventKind};
use plan::resolved::Fault;
use serde::{Deserialize, Serialize};
use units::{FaultName, RegionName, RunTime};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EventFormat {
    at_us: u64,
    what: KindFormat,
    text: String,
    source: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum KindFormat {
    LoadStarted,
    LoadEnded,
    BaselineStarted,
    LoadHeld { from_us: u64, how: String },
    HoldEnded { from_us: u64 },
    FaultGiven { fault: Box<Fault> },
    FaultInjecting { fault: FaultName },
    FaultActive { fault: FaultName },
    FaultUnproven { fault: FaultName },
    FaultHealing { fault: FaultName },
    FaultHealed { fault: FaultName },
    FaultNotHealed { fault: FaultName },
    FaultFailed { fault: FaultName },
    HealthChanged { region: RegionName, healthy: bool },
    SteeringChanged { population: usize, from: Option<usize>, to: Option<usize> },
    ServedByStarted { population: usize, region: usize },
    DefectOn { defect: String },
    RegionServing { region: RegionName },
    GeneratorSaturated { saturated: bool },
    QuietStarted,
    FinalReadsStarted,
    FinalReadsEnded,
    StopGuard,
    Aborted,
    Note,
    RunEnded,
}

impl From<&Event> for EventFormat {
    fn from(event: &Event) -> Self {
        Self {
            at_us: event.at.as_micros(),
            what: (&event.kind).into(),
            text: event.text.clone(),
            source: event.source.clone(),
        }
    }
}

impl From<EventFormat> for Event {
    fn from(format: EventFormat) -> Self {
        Self {
            at: RunTime::from_micros(format.at_us),
            kind: format.what.into(),
            text: format.text,
            source: format.source,
        }
    }
}

impl From<&EventKind> for KindFormat {
    fn from(kind: &EventKind) -> Self {
        match kind.clone() {
            EventKind::LoadStarted => Self::LoadStarted,
            EventKind::LoadEnded => Self::LoadEnded,
            EventKind::BaselineStarted => Self::BaselineStarted,
            EventKind::LoadHeld { from, how } => Self::LoadHeld { from_us: from.as_micros(), how },
            EventKind::HoldEnded { from } => Self::HoldEnded { from_us: from.as_micros() },
            EventKind::FaultGiven(fault) => Self::FaultGiven { fault },
            EventKind::FaultInjecting(fault) => Self::FaultInjecting { fault },
            EventKind::FaultActive(fault) => Self::FaultActive { fault },
            EventKind::FaultUnproven(fault) => Self::FaultUnproven { fault },
            EventKind::FaultHealing(fault) => Self::FaultHealing { fault },
            EventKind::FaultHealed(fault) => Self::FaultHealed { fault },
            EventKind::FaultNotHealed(fault) => Self::FaultNotHealed { fault },
            EventKind::FaultFailed(fault) => Self::FaultFailed { fault },
            EventKind::HealthChanged { region, healthy } => Self::HealthChanged { region, healthy },
            EventKind::SteeringChanged { population, from, to } => Self::SteeringChanged { population, from, to },
            EventKind::ServedByStarted { population, region } => Self::ServedByStarted { population, region },
            EventKind::DefectOn(defect) => Self::DefectOn { defect },
            EventKind::RegionServing(region) => Self::RegionServing { region },
            EventKind::GeneratorSaturated(saturated) => Self::GeneratorSaturated { saturated },
            EventKind::QuietStarted => Self::QuietStarted,
            EventKind::FinalReadsStarted => Self::FinalReadsStarted,
            EventKind::FinalReadsEnded => Self::FinalReadsEnded,
            EventKind::StopGuard => Self::StopGuard,
            EventKind::Aborted => Self::Aborted,
            EventKind::Note => Self::Note,
            EventKind::RunEnded => Self::RunEnded,
        }
    }
}

impl From<KindFormat> for EventKind {
    fn from(format: KindFormat) -> Self {
        match format {
            KindFormat::LoadStarted => Self::LoadStarted,
            KindFormat::LoadEnded => Self::LoadEnded,
            KindFormat::BaselineStarted => Self::BaselineStarted,
            KindFormat::LoadHeld { from_us, how } => Self::LoadHeld { from: RunTime::from_micros(from_us), how },
            KindFormat::HoldEnded { from_us } => Self::HoldEnded { from: RunTime::from_micros(from_us) },
            KindFormat::FaultGiven { fault } => Self::FaultGiven(fault),
            KindFormat::FaultInjecting { fault } => Self::FaultInjecting(fault),
            KindFormat::FaultActive { fault } => Self::FaultActive(fault),
            KindFormat::FaultUnproven { fault } => Self::FaultUnproven(fault),
            KindFormat::FaultHealing { fault } => Self::FaultHealing(fault),
            KindFormat::FaultHealed { fault } => Self::FaultHealed(fault),
            KindFormat::FaultNotHealed { fault } => Self::FaultNotHealed(fault),
            KindFormat::FaultFailed { fault } => Self::FaultFailed(fault),
            KindFormat::HealthChanged { region, healthy } => Self::HealthChanged { region, healthy },
            KindFormat::SteeringChanged { population, from, to } => Self::SteeringChanged { population, from, to },
            KindFormat::ServedByStarted { population, region } => Self::ServedByStarted { population, region },
            KindFormat::DefectOn { defect } => Self::DefectOn(defect),
            KindFormat::RegionServing { region } => Self::RegionServing(region),
            KindFormat::GeneratorSaturated { saturated } => Self::GeneratorSaturated(saturated),
            KindFormat::QuietStarted => Self::QuietStarted,
            KindFormat::FinalReadsStarted => Self::FinalReadsStarted,
            KindFormat::FinalReadsEnded => Self::FinalReadsEnded,
            KindFormat::StopGuard => Self::StopGuard,
            KindFormat::Aborted => Self::Aborted,
            KindFormat::Note => Self::Note,
            KindFormat::RunEnded => Self::RunEnded,
        }
    }
}
