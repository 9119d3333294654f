//! A deployment to ask: one or more regions on an engine.

use std::ops::Deref;

use crate::lab::{Lab, LabPlan};

/// What a region keeps its data in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// redb, in the region's own process.
    Embedded,
}

/// The region that a case talks to if it needs only one.
pub(crate) const EU: &str = "eu-west-1";

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
        }
    }
}

impl Deref for Deployment {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        &self.lab
    }
}
