//! What every fault can do, and one match over the catalogue: which file does what a fault of the plan says.

use crate::{
    Environment, FaultError, Proof,
    command::Command,
    conditions::{
        CertificateMeasure, ClockMeasure, Conditioned, DefectMeasure, DependencyMeasure, DnsMeasure, EvacuationMeasure,
        FanOutMeasure, HealthMeasure, HttpMeasure, KeyMeasure, PressureMeasure, ReplicationMeasure, StorageMeasure,
    },
    deploy::Deployed,
    descriptors::Descriptors,
    links::Links,
    process::OneProcess,
    promotion::Promoting,
    region_loss::RegionLoss,
    region_slow::RegionSlow,
};
use futures_util::future::LocalBoxFuture;
use plan::{
    fault::PressureOn,
    resolved::{Fault, FaultKind, ResolvedPlan},
};
use std::time::Duration;
use units::Share;

/// What injects, proves and heals one fault.
///
/// The keeper calls in this order: `prepare`, for kinds that have a lead ([`FaultKind::lead`]), that long before; `inject`; then `verify_effect`, with `strengthen` before it while the fault rises and after
/// it while it falls; `heal`; `verify_removal`. It renews in between. `heal` comes also when `inject` failed half-way, and may
/// come twice.
pub(crate) trait Actuator: Send {
    /// Makes ready what it needs when it comes; answers what was done, in words.
    fn prepare<'a>(&'a mut self, _: &'a Environment) -> Doing<'a, String> {
        Box::pin(async { Ok(String::new()) })
    }

    /// Breaks it, with the strength that [`Self::strengthen`] was told last; else with all of it.
    fn inject<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()>;

    /// Another strength, for kinds that have one.
    fn strengthen<'a>(&'a mut self, _: plan::fault::Strength, _: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Sees that it has its effect, at full strength.
    fn verify_effect<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof>;

    /// Mends it; harmless when there is nothing to mend.
    fn heal<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()>;

    /// Sees that it is gone.
    fn verify_removal<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof>;

    /// Renews the lease with whoever applies the fault outside of this process.
    fn renew<'a>(&'a self, _: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}

/// Something that an actuator does.
pub(crate) type Doing<'a, T> = LocalBoxFuture<'a, Result<T, FaultError>>;

/// Who acts out `kind`, which is the fault's own or a part of it.
pub(crate) fn actuator(fault: &Fault, kind: &FaultKind, plan: &ResolvedPlan) -> Box<dyn Actuator> {
    match kind {
        FaultKind::RegionLoss(loss) => Box::new(RegionLoss::new(loss)),
        FaultKind::RegionPaused(fault) => Box::new(RegionSlow::new(fault.regions.clone(), Share::NONE)),
        FaultKind::RegionSlow(fault) => Box::new(RegionSlow::new(fault.regions.clone(), fault.speed)),
        FaultKind::RegionIsolated(_)
        | FaultKind::Partition(_)
        | FaultKind::NetworkSplit(_)
        | FaultKind::LinkDelay(_)
        | FaultKind::LinkLoss(_)
        | FaultKind::LinkBandwidth(_)
        | FaultKind::NoisyNeighbour(_)
        | FaultKind::LinkStall(_)
        | FaultKind::LinkMtu(_)
        | FaultKind::LinkBytes(_)
        | FaultKind::ConnectSlow(_)
        | FaultKind::ConnectRefused(_)
        | FaultKind::ConnectionsCut(_) => Box::new(Links::new(fault, kind, plan)),
        FaultKind::Storage(kind) => Conditioned::boxed(fault, StorageMeasure::new(kind.clone())),
        FaultKind::Replication(kind) => Conditioned::boxed(fault, ReplicationMeasure::new(kind.clone())),
        FaultKind::Promotion(kind) => Box::new(Promoting::new(kind.clone())),
        FaultKind::FanOut(kind) => Conditioned::boxed(fault, FanOutMeasure::new(kind.clone())),
        FaultKind::Clock(kind) => Conditioned::boxed(fault, ClockMeasure::new(kind.clone())),
        FaultKind::Dns(kind) => Conditioned::boxed(fault, DnsMeasure::new(kind.clone())),
        FaultKind::Evacuation(kind) => Conditioned::boxed(fault, EvacuationMeasure::new(kind.clone())),
        FaultKind::HealthCheck(kind) => Conditioned::boxed(fault, HealthMeasure::new(kind.clone())),
        FaultKind::Certificate(kind) => Conditioned::boxed(fault, CertificateMeasure::new(kind.clone())),
        FaultKind::Http(kind) => Conditioned::boxed(fault, HttpMeasure::new(kind.clone())),
        FaultKind::Process(kind) => Box::new(OneProcess::new(kind.clone())),
        FaultKind::Pressure(kind) => match kind.on {
            PressureOn::Descriptors { left } => Box::new(Descriptors::new(kind.region.clone(), left)),
            PressureOn::Processor { .. } | PressureOn::Memory { .. } => {
                Conditioned::boxed(fault, PressureMeasure::new(kind.clone()))
            }
        },
        FaultKind::KeyMissing(kind) => Conditioned::boxed(fault, KeyMeasure::new(kind.clone())),
        FaultKind::Dependency(kind) => Conditioned::boxed(fault, DependencyMeasure::new(kind.clone())),
        FaultKind::Deploy(kind) => Box::new(Deployed::new(kind.clone())),
        FaultKind::Defect(kind) => Conditioned::boxed(fault, DefectMeasure::new(kind.clone())),
        FaultKind::Command(command) => Box::new(Command::new(command.hook.clone(), fault.lease)),
    }
}
