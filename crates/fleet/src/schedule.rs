//! What is due when, as a pure function of the plan.

use plan::resolved::ResolvedPlan;
use units::RunTime;

/// What the conductor does at a time of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Heal the fault with that index. Comes first, so that one fault can follow another without an overlap.
    Heal(usize),
    /// Say that the baseline begins.
    StartBaseline,
    /// Make ready what the fault with that index needs when it comes.
    Prepare(usize),
    /// Inject the fault with that index.
    Inject(usize),
}

/// All actions of a plan, in order of time. A fault that would outlast the load is healed when the load ends.
#[must_use]
pub fn actions(plan: &ResolvedPlan) -> Vec<(RunTime, Action)> {
    let end = plan.load_duration();
    let faults = plan.faults.iter().enumerate().flat_map(|(index, fault)| {
        let prepared = fault.prepared(plan.seed).map(|at| (at, Action::Prepare(index)));
        let (start, until) = (fault.start(plan.seed), fault.until(plan.seed).min(end));
        prepared.into_iter().chain([(start, Action::Inject(index)), (until, Action::Heal(index))])
    });
    let mut actions: Vec<_> = std::iter::once((plan.warm_up, Action::StartBaseline))
        .chain(faults)
        .map(|(at, action)| (RunTime::from(at), action))
        .collect();
    actions.sort();
    actions
}
