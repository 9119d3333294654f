//! One match over the catalogue: which file does what a fault of the plan says.

use crate::{Environment, FaultError, Proof, command::Command, links::Links, region_loss::RegionLoss};
use plan::resolved::{Fault, FaultKind, ResolvedPlan};
use std::time::Duration;

/// What injects, proves and heals one fault.
pub(crate) enum Actuator {
    RegionLoss(RegionLoss),
    Links(Links),
    Command(Box<Command>),
}

impl Actuator {
    pub(crate) fn new(fault: &Fault, plan: &ResolvedPlan) -> Self {
        match &fault.kind {
            FaultKind::RegionLoss { region } => Self::RegionLoss(RegionLoss::new(region.clone())),
            FaultKind::RegionIsolated { .. } | FaultKind::Partition { .. } | FaultKind::LinkDelay { .. } => {
                Self::Links(Links::new(fault, plan))
            }
            FaultKind::Command { hook, .. } => Self::Command(Box::new(Command::new(hook.clone(), fault.lease))),
        }
    }

    pub(crate) async fn inject(&mut self, environment: &Environment) -> Result<(), FaultError> {
        match self {
            Self::RegionLoss(fault) => fault.inject(environment).await,
            Self::Links(fault) => fault.inject(environment).await,
            Self::Command(fault) => fault.inject(environment).await,
        }
    }

    pub(crate) async fn verify_effect(&self, environment: &Environment, within: Duration) -> Result<Proof, FaultError> {
        match self {
            Self::RegionLoss(fault) => fault.verify_effect(environment, within).await,
            Self::Links(fault) => fault.verify_effect(environment, within).await,
            Self::Command(fault) => fault.verify_effect(within).await,
        }
    }

    pub(crate) async fn heal(&mut self, environment: &Environment) -> Result<(), FaultError> {
        match self {
            Self::RegionLoss(fault) => fault.heal(environment).await,
            Self::Links(fault) => fault.heal(environment).await,
            Self::Command(fault) => fault.heal().await,
        }
    }

    pub(crate) async fn verify_removal(
        &self,
        environment: &Environment,
        within: Duration,
    ) -> Result<Proof, FaultError> {
        match self {
            Self::RegionLoss(fault) => fault.verify_removal(environment, within).await,
            Self::Links(fault) => fault.verify_removal(environment, within).await,
            Self::Command(fault) => fault.verify_removal(within).await,
        }
    }

    /// Renews the lease with whoever applies the fault outside of this process.
    pub(crate) async fn renew(&self, environment: &Environment) -> Result<(), FaultError> {
        match self {
            Self::RegionLoss(_) => Ok(()),
            Self::Links(fault) => fault.renew(environment).await,
            Self::Command(fault) => fault.renew().await,
        }
    }
}
