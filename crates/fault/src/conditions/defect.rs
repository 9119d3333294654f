//! Defect: a defence of Chirp is away for a while.
//!
//! **What happens in the world.** A release, a flag or a hurried change takes a safeguard out: fencing, idempotency keys,
//! the budget of retries. Nothing happens until it is needed.
//!
//! **What is emulated.** Chirp's own code leaves that branch out, in the processes that are named, or in all of them.
//!
//! **Proof.** There is none: a defence that is away is seen only when it is needed. So a plan has to assume it, and the report
//! says so. What the defect breaks is what the verdict has to find.

use super::{Measure, Place, Seeing, Setting};
use plan::fault::Defect;

/// Sees it.
pub(crate) struct DefectMeasure {
    kind: Defect,
}

impl DefectMeasure {
    pub(crate) fn new(kind: Defect) -> Self {
        Self { kind }
    }
}

impl Measure for DefectMeasure {
    fn settings(&self, place: &Place<'_>) -> Vec<Setting> {
        let chirp = place.chirp;
        let addresses: Vec<_> = if self.kind.regions.is_empty() {
            let edges = chirp.edges.iter().flatten();
            chirp.regions.iter().chain(edges).chain([&chirp.steering]).copied().map(Some).collect()
        } else {
            self.kind.regions.iter().map(|region| place.peers(region)).collect()
        };
        addresses.into_iter().map(|address| Setting::whole(address, &self.kind.name, "")).collect()
    }

    fn look_for_effect<'a>(&'a self, _: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async { Err("a defence that is away is seen only when it is needed".to_owned()) })
    }

    fn look_for_removal<'a>(&'a self, _: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async { Err("a defence that is back is seen only when it is needed".to_owned()) })
    }
}
