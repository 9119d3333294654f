//! The plan of a step: the same plan with its load times a factor.
//!
//! Arrivals, sessions or users per second are multiplied, stage by stage; times, journeys, paths and probes stay. `users_max` grows
//! with the load and doesn't shrink, so that the bound is no nearer at a larger load than it is in the plan.

use plan::resolved::{LoadModel, Objective, ObjectiveKind, ResolvedPlan, ResponseLimit, Stage, StopGuard};
use std::time::Duration;
use units::{Rate, Share};

/// The default guard looks back so far …
const GUARD_WINDOW: Duration = Duration::from_secs(5);
/// … and half of the users may not fail …
const GUARD_FAILED_MAX: u32 = 500_000;
/// … or wait for so many times what is promised.
const GUARD_TIMES: u32 = 4;
/// As many users as a plan can ask for.
const USERS_MAX: f64 = 1_000_000.0;

/// A plan whose knee can't be looked for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScaleError {
    /// Nothing can break.
    #[error("the plan promises nothing that load alone could break")]
    NothingPromised,
    /// Nothing is lost.
    #[error("none of the plan's faults loses a region")]
    NothingLost,
    /// So much load can't be written down.
    #[error("{factor} times the plan's load is more than a billion per second")]
    TooMuch {
        /// The factor.
        factor: f64,
    },
}

/// The plan that is scaled. Without its faults, promises about faults are taken away with them; without a stop guard of its own, and
/// without faults, it gets the default one.
///
/// With faults there is no default guard: what a fault breaks says nothing about load.
///
/// # Errors
/// [`ScaleError::NothingPromised`] when no objective is left.
pub fn basis(mut plan: ResolvedPlan, with_faults: bool) -> Result<ResolvedPlan, ScaleError> {
    if !with_faults {
        plan.faults.clear();
        plan.objectives.retain(|objective| !is_about_faults(objective));
    }
    if plan.objectives.is_empty() {
        return Err(ScaleError::NothingPromised);
    }
    if plan.stop_guard.is_none() && plan.faults.is_empty() {
        plan.stop_guard = Some(default_guard(&plan.objectives));
    }
    Ok(plan)
}

/// The plan with its load times `factor`.
///
/// # Errors
/// [`ScaleError::TooMuch`] beyond what a rate can be.
pub fn scaled(plan: &ResolvedPlan, factor: f64) -> Result<ResolvedPlan, ScaleError> {
    let times = |rate: Rate| Rate::per_second(rate.value() * factor).ok_or(ScaleError::TooMuch { factor });
    let mut plan = plan.clone();
    plan.name = format!("{} ×{factor}", plan.name);
    for stage in &mut plan.load.stages {
        match stage {
            Stage::Constant { rate, .. } => *rate = times(*rate)?,
            Stage::Linear { from, to, .. } | Stage::Exponential { from, to, .. } => {
                (*from, *to) = (times(*from)?, times(*to)?);
            }
        }
    }
    let users = f64::from(plan.load.connections.users_max) * factor;
    let of_shape = if plan.load.model == LoadModel::Closed { peak(&plan) } else { 0.0 };
    #[expect(clippy::cast_sign_loss, reason = "a number of users is above zero")]
    let users_max = users.min(USERS_MAX).max(of_shape).ceil() as u32;
    plan.load.connections.users_max = users_max.max(plan.load.connections.users_max);
    Ok(plan)
}

/// The highest value of the load's shape: per second, or users in the closed model.
#[must_use]
pub fn peak(plan: &ResolvedPlan) -> f64 {
    let highest = plan.load.stages.iter().map(|stage| match stage {
        Stage::Constant { rate, .. } => rate.value(),
        Stage::Linear { from, to, .. } | Stage::Exponential { from, to, .. } => from.value().max(to.value()),
    });
    highest.fold(0.0, f64::max)
}

/// A load in the words of the plan's model: `283/s`, `40 users`, `12 sessions/s`.
#[must_use]
pub fn words(model: LoadModel, load: f64) -> String {
    let digits = if load < 10.0 { 2 } else { usize::from(load < 100.0) };
    let mut number = format!("{load:.digits$}");
    if number.contains('.') {
        number.truncate(number.trim_end_matches('0').trim_end_matches('.').len());
    }
    match model {
        LoadModel::Open => format!("{number}/s"),
        LoadModel::Closed => format!("{load:.0} users"),
        LoadModel::PartlyOpen { .. } => format!("{number} sessions/s"),
    }
}

fn is_about_faults(objective: &Objective) -> bool {
    matches!(
        objective.kind,
        ObjectiveKind::RecoveryTime { .. } | ObjectiveKind::Failback { .. } | ObjectiveKind::ColdReturn { .. }
    )
}

/// Half of the requests failing, or half of the successes slower than several times what is promised: that doesn't mend itself
/// under the same load.
fn default_guard(objectives: &[Objective]) -> StopGuard {
    let limits = objectives.iter().filter_map(|objective| match objective.kind {
        ObjectiveKind::ResponseTime { max, .. } => Some(max),
        _ => None,
    });
    StopGuard {
        failed_max: Share::from_parts_per_million(GUARD_FAILED_MAX),
        response_time: limits.max().map(|max| ResponseLimit { percentile: 50.0, max: max * GUARD_TIMES }),
        window: GUARD_WINDOW,
    }
}
