//! A deployment to ask: one or more regions on an engine.

use std::ops::Deref;

use crate::lab::{Lab, LabPlan};
use crate::programs;

/// What a region keeps its data in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// redb, in the region's own process.
    Embedded,
    /// A PostgreSQL server beside the region.
    Postgres,
}

/// The region that a case talks to if it needs only one.
pub(crate) use crate::lab::EU;

/// Regions that serve. Dropping it ends everything that it started.
pub(crate) struct Deployment {
    lab: Lab,
}

impl Deployment {
    /// One region.
    pub(crate) fn single(engine: Engine) -> Self {
        Self::with(engine, &LabPlan::default())
    }

    /// What the plan says, on this engine.
    pub(crate) fn with(engine: Engine, plan: &LabPlan<'_>) -> Self {
        match engine {
            Engine::Embedded => Self { lab: Lab::serving(plan) },
            Engine::Postgres => {
                assert_eq!(plan.regions.len(), 1, "more than one region needs a model with a lease");
                let top = format!("engine = \"postgres\"\nmodel = \"single-region\"\n{}", plan.top);
                let limits = format!("{}\n[postgres]\nbin = {:?}", plan.limits, programs::postgres());
                Self { lab: Lab::serving(&LabPlan { top: &top, limits: &limits, ..*plan }) }
            }
        }
    }
}

impl Deref for Deployment {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        &self.lab
    }
}
