//! The variants of a plan in which one region is lost, each another.
//!
//! A plan says *how* a region is lost: which fault, when, for how long, proven how. Here it is said *which* region, one after
//! the other, with everything else of the plan as it is.
//!
//! | the plan's first fault that loses a region | is carried to |
//! |---|---|
//! | `region-loss`, `region-paused`, `region-isolated` | every region of the target |
//! | `command` with a `region` | nowhere, for only its author knows how to break another region: each such fault is one variant |

use crate::scale::ScaleError;
use plan::{
    fault::{Fault, FaultKind, RegionIsolated, RegionLoss, RegionPaused, Repeat},
    resolved::ResolvedPlan,
};
use units::RegionName;

/// A plan in which one region is lost.
#[derive(Debug, Clone, PartialEq)]
pub struct Loss {
    /// Which region.
    pub region: RegionName,
    /// The plan, with this loss as its only fault.
    pub plan: ResolvedPlan,
}

/// A plan for each region that can be lost, in the target's order; never empty.
///
/// # Errors
/// [`ScaleError::NothingLost`] when none of the plan's faults loses a region.
pub fn losses(plan: &ResolvedPlan) -> Result<Vec<Loss>, ScaleError> {
    let template = plan.faults.iter().find(|fault| carried(&fault.kind, &RegionName::from("any")).is_some());
    let faults: Vec<(RegionName, Fault)> = match template {
        Some(template) => {
            let regions = plan.regions.iter().map(|region| region.name.clone());
            let on = |region: RegionName| carried(&template.kind, &region).map(|kind| once(template, region, kind));
            regions.filter_map(on).collect()
        }
        None => plan.faults.iter().filter_map(own).collect(),
    };
    if faults.is_empty() {
        return Err(ScaleError::NothingLost);
    }
    let with = |(region, fault)| Loss { region, plan: ResolvedPlan { faults: vec![fault], ..plan.clone() } };
    Ok(faults.into_iter().map(with).collect())
}

/// The same fault on this region; `None`: it doesn't lose a region, or can't be carried to another.
fn carried(kind: &FaultKind, region: &RegionName) -> Option<FaultKind> {
    match kind {
        FaultKind::RegionLoss(_) => Some(RegionLoss::of(region.clone()).into()),
        FaultKind::RegionPaused(_) => Some(RegionPaused { regions: vec![region.clone()] }.into()),
        FaultKind::RegionIsolated(isolated) => {
            Some(RegionIsolated { region: region.clone(), ..isolated.clone() }.into())
        }
        _ => None,
    }
}

/// It comes once: a load survives a loss or doesn't, and the second time shows nothing new.
fn once(template: &Fault, region: RegionName, kind: FaultKind) -> (RegionName, Fault) {
    let name = format!("lose-{region}").as_str().into();
    (region, Fault { name, kind, repeat: Repeat::default(), ..template.clone() })
}

/// A fault of the user's own that says which region it hurts.
fn own(fault: &Fault) -> Option<(RegionName, Fault)> {
    match &fault.kind {
        FaultKind::Command(command) => command.region.clone().map(|region| (region, fault.clone())),
        _ => None,
    }
}
