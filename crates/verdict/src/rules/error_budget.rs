//! What such an outage costs of the month's error budget, and when whoever is on call would have been told.
//!
//! Spent = failing share × length ÷ ((1 − target) × 30 days), as if the run were a part of an otherwise perfect month at this
//! load. The target is the strictest that an objective names for the population (`error_budget`, `burn_rate` or
//! `availability`); where none does, 99.9 % is assumed, and that is said.
//!
//! Alerts are the SRE Workbook's (see [`crate::statistics::burn_rate`]). A test has no three days: windows are scaled so that ten
//! hours of production are the length of what is measured, never stretched, and at least a second. In a drill of an hour "1 h" is
//! 6 minutes. An alert whose long window is longer than the run isn't judged.

use crate::{
    evidence::Evidence,
    findings::{BurnAlert, ErrorBudget, Length, Operations, PhaseName},
    statistics::burn_rate::{Alert, STANDARD, Second, first_alarm},
    words,
};
use plan::resolved::ObjectiveKind;
use std::time::Duration;

const MONTH: Duration = Duration::from_secs(30 * 86_400);
/// What is promised where nothing is.
const TARGET_ASSUMED: f64 = 0.999;
/// What the length of the run stands for.
const PRODUCTION: Duration = Duration::from_secs(10 * 3_600);

/// The budget of every population that made requests.
pub(crate) fn error_budgets(evidence: &Evidence<'_>) -> Vec<ErrorBudget> {
    (0..evidence.plan.populations.len()).filter_map(|population| of(evidence, population)).collect()
}

fn of(evidence: &Evidence<'_>, population: usize) -> Option<ErrorBudget> {
    let target = target(evidence, population);
    let seconds = seconds(evidence, population);
    let (target, is_assumed) = (target.unwrap_or(TARGET_ASSUMED), target.is_none());
    let (failed, all) = seconds.iter().fold((0, 0), |sum, (_, second)| (sum.0 + second.0, sum.1 + second.1));
    let failing = super::experience::share(failed, all)?;
    let outage = seconds
        .iter()
        .filter(|(second, _)| matches!(evidence.timeline.phase_of(*second), Some(PhaseName::Fault | PhaseName::After)));
    let in_outage: u64 = outage.map(|(_, (failed, _))| *failed).sum();
    let length = Duration::from_secs(seconds.len() as u64);
    let spent = spent(failing, length, target);
    let counts: Vec<Second> = seconds.iter().map(|(_, second)| *second).collect();
    let first = seconds.first().map_or(0, |(second, _)| *second);
    let alerts = STANDARD.iter().filter_map(|one| alert(one, &counts, first, target)).collect();
    let assumed = if is_assumed { ", assumed" } else { "" };
    Some(ErrorBudget {
        population,
        target,
        is_assumed,
        failing,
        spent,
        spent_by_outage: super::experience::share(in_outage, failed).map_or(0.0, |share| share * spent),
        alerts,
        text: format!("{} of 30 days' budget at {}{assumed}", words::share(spent), words::share(target)),
    })
}

/// The part of thirty days' budget that a population has spent so far, and what is promised for the month; `None`: it made no request.
pub(crate) fn spent_so_far(evidence: &Evidence<'_>, population: usize) -> Option<(f64, f64)> {
    let target = target(evidence, population).unwrap_or(TARGET_ASSUMED);
    let tenths = evidence.requests.tenths;
    let counts = evidence
        .stream(population, Operations::All)
        .counts(tenths.index(evidence.timeline.measured_from)..evidence.end_tenth());
    let failing = super::experience::share(counts.failed, counts.requests())?;
    let length = evidence.timeline.measured_until.saturating_since(evidence.timeline.measured_from);
    Some((spent(failing, length, target), target))
}

/// The part of thirty days' budget that so large a failing share spends in that time.
pub(crate) fn spent(failing: f64, length: Duration, target: f64) -> f64 {
    let budget = (1.0 - target) * MONTH.as_secs_f64();
    if budget > 0.0 { failing * length.as_secs_f64() / budget } else { f64::INFINITY * failing }
}

/// Failed requests and all of them, by second that is measured.
pub(crate) fn seconds(evidence: &Evidence<'_>, population: usize) -> Vec<(u64, Second)> {
    let stream = evidence.stream(population, Operations::All);
    let tenths = evidence.requests.tenths;
    let measured = evidence.timeline.measured_seconds().filter(|second| evidence.timeline.phase_of(*second).is_some());
    let counted = measured.filter_map(|second| tenths.of_second(second).map(|at| (second, stream.counts(at..at + 10))));
    counted.map(|(second, counts)| (second, (counts.failed, counts.requests()))).collect()
}

/// The strictest target that an objective names for it.
fn target(evidence: &Evidence<'_>, population: usize) -> Option<f64> {
    let name = &evidence.plan.populations[population].name;
    let targets = evidence.plan.objectives.iter().filter_map(|objective| match &objective.kind {
        ObjectiveKind::Availability { min, population, .. } => Some((min, population)),
        ObjectiveKind::ErrorBudget { target, population, .. } | ObjectiveKind::BurnRate { target, population, .. } => {
            Some((target, population))
        }
        _ => None,
    });
    let its = targets.filter(|(_, population)| population.as_ref().is_none_or(|only| only == name));
    its.map(|(target, _)| target.fraction()).filter(|target| *target < 1.0).max_by(f64::total_cmp)
}

/// A window of production in this run.
pub(crate) fn scaled(window: Duration, length: Duration) -> Duration {
    let factor = (length.as_secs_f64() / PRODUCTION.as_secs_f64()).min(1.0);
    window.mul_f64(factor).max(Duration::from_secs(1))
}

fn alert(alert: &Alert, seconds: &[Second], first: u64, target: f64) -> Option<BurnAlert> {
    let length = Duration::from_secs(seconds.len() as u64);
    let (long, short) = (scaled(alert.long, length), scaled(alert.short, length));
    if long > length {
        return None;
    }
    let whole = |window: Duration| usize::try_from(window.as_secs()).unwrap_or(usize::MAX);
    let fired = first_alarm(seconds, target, alert.factor, whole(long), whole(short));
    let fired = fired.map(|end| crate::evidence::start_of(first + end as u64));
    let what = if alert.is_page { "page" } else { "ticket" };
    let windows =
        format!("{}× over {} ({} in production)", alert.factor, words::duration(long), words::duration(alert.long));
    let text = if fired.is_some() { format!("{what}: {windows}") } else { format!("no {what}: below {windows}") };
    Some(BurnAlert {
        factor: alert.factor,
        production_long: Length(alert.long),
        long: Length(long),
        short: Length(short),
        is_page: alert.is_page,
        fired,
        text,
    })
}
