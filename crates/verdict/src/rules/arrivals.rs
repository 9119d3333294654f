//! Whether arrivals came as the plan wanted them: so many, and spread like that.
//!
//! A recording has no time of each single arrival. It has, per second and population, how many were *intended*: started, dropped
//! and never sent ones together. Each such count is held against the plan's rate over that second:
//!
//! - *Regular*: of evenly spaced arrivals a stretch holds the expected number, one more or one less. More than [`REGULAR_AWAY_MAX`]
//!   away is a mistake, with no chance in it.
//! - *Poisson*: how many there are in all, and how they vary from second to second ([`crate::statistics::dispersion`]). Both are
//!   tested to either side for each population, at [`FALSE_ALARM`] for all of them together: that is the chance that a run without
//!   fault is blamed. What follows from the seed is drawn once: the same plan with the same seed is blamed always or never.
//!
//! It sees shares that were generated twice or by nobody, bunches and combs of a second and longer. It can't see what is
//! shorter than a second, nor when a request really left: how late each one was is the send lag's to say.
//!
//! Looked at are whole seconds of the load of which everything is known: none that an agent didn't tell, and of a run that was cut
//! short not the last ones. A second in which the clocks of agents elsewhere leave open how many were due (a step of the rate) is
//! left out. A closed load has no arrivals of its own, and one that somebody held is not the plan's: nothing is said of either.

use crate::{
    evidence::{Evidence, start_of},
    statistics::dispersion::{Stretch, dispersion, p_count, sums},
    words,
};
use plan::resolved::{Arrivals, LoadModel};
use std::time::Duration;
use units::RunTime;

/// The chance that the arrivals of a run are called not the plan's although they are.
pub(crate) const FALSE_ALARM: f64 = 1e-5;
/// How far a stretch of regular arrivals may be from the expected number: one for each end of it.
pub(crate) const REGULAR_AWAY_MAX: f64 = 2.0;
/// Seconds before the end of a run that was cut short, of which not everything may have been told.
const UNTOLD_SECONDS: u64 = 2;
/// The most that clocks may change what is expected in a second, in standard deviations of a Poisson count.
const CLOCK_SHARE_MAX: f64 = 0.1;
/// How well the load's start is known on one machine.
const CLOCK_MIN: Duration = Duration::from_millis(1);

/// What the counts of all populations say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Came {
    /// No second could be looked at.
    Unknown,
    /// They are regular: so far away is the worst stretch.
    Regular { away: f64, doubt: Option<String> },
    /// They are a Poisson process: the chance of the oddest number, in the family of all of them.
    Poisson { p: f64, doubt: Option<String> },
}

impl Came {
    /// Why they are not the plan's.
    pub(crate) fn doubt(&self) -> Option<&str> {
        match self {
            Self::Unknown => None,
            Self::Regular { doubt, .. } | Self::Poisson { doubt, .. } => doubt.as_deref(),
        }
    }
}

/// How arrivals came; `None`: the plan has no arrivals of its own.
pub(crate) fn arrivals(evidence: &Evidence<'_>) -> Option<Came> {
    if matches!(evidence.plan.load.model, LoadModel::Closed) {
        return None;
    }
    let seconds = whole_seconds(evidence);
    let populations: Vec<(String, Vec<Stretch>)> = (0..evidence.plan.populations.len())
        .map(|population| (evidence.population_name(population), stretches(evidence, population, &seconds)))
        .filter(|(_, stretches)| sums(stretches).1 > 0.0)
        .collect();
    if populations.is_empty() {
        return Some(Came::Unknown);
    }
    Some(match evidence.plan.load.arrivals {
        Arrivals::Regular => regular(&populations),
        Arrivals::Poisson => poisson(&populations),
    })
}

/// Seconds that lie in the load as a whole, and of which everything is known.
fn whole_seconds(evidence: &Evidence<'_>) -> Vec<u64> {
    let timeline = &evidence.timeline;
    let Some(started) = timeline.load_started else { return Vec::new() };
    let planned = started + evidence.plan.load_duration();
    let is_cut = timeline.aborted.is_some() || !evidence.recording.integrity.complete;
    let known = timeline.load_ended.unwrap_or(timeline.end).min(timeline.aborted.unwrap_or(timeline.end));
    let until = if is_cut { known.second().saturating_sub(UNTOLD_SECONDS) } else { known.second() };
    let seconds = started.as_micros().div_ceil(1_000_000)..until.min(planned.second());
    let gaps = evidence.coverage.gaps(seconds.clone());
    seconds.filter(|second| !gaps.iter().any(|gap| (gap.from..=gap.to).contains(second))).collect()
}

/// What was counted and what was expected, second by second.
fn stretches(evidence: &Evidence<'_>, population: usize, seconds: &[u64]) -> Vec<Stretch> {
    let started = evidence.timeline.load_started.unwrap_or_default();
    let share = evidence.plan.populations[population].share.fraction();
    let bound = evidence.places.clock_bound.max(CLOCK_MIN);
    let due = |at: RunTime, later: Duration| share * evidence.plan.load.due((at + later).saturating_since(started));
    let expected = |second: u64, later| due(start_of(second + 1), later) - due(start_of(second), later);
    let stretch = |second: &u64| {
        let here = expected(*second, Duration::ZERO);
        let shifted = expected(*second, bound);
        let is_sure = (shifted - here).abs() <= CLOCK_SHARE_MAX * here.sqrt();
        let counted = evidence.requests.arrivals.get(&(*second, population)).map_or(0, |one| one.intended);
        is_sure.then_some(Stretch { counted, expected: here })
    };
    seconds.iter().filter_map(stretch).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn regular(populations: &[(String, Vec<Stretch>)]) -> Came {
    let away = |one: &Stretch| (one.counted as f64 - one.expected).abs();
    let mut worst = (0.0, None);
    for (name, stretches) in populations {
        for one in stretches {
            if away(one) > worst.0 {
                let told = || {
                    let (counted, planned) = (words::count(one.counted), number(one.expected));
                    format!(
                        "the arrivals of {name} are not the plan's: {counted} in a second that was to have {planned}"
                    )
                };
                worst = (away(one), (away(one) > REGULAR_AWAY_MAX).then(told));
            }
        }
    }
    Came::Regular { away: worst.0, doubt: worst.1 }
}

fn poisson(populations: &[(String, Vec<Stretch>)]) -> Came {
    let mut tests: Vec<(f64, String)> = Vec::new();
    for (name, stretches) in populations {
        let (counted, expected) = sums(stretches);
        let told = format!("{name}: {} where {} were expected", words::count(counted), number(expected));
        tests.push((p_count(counted, expected), told));
        if let Some(found) = dispersion(stretches) {
            let index = words::times(found.index);
            tests.push((
                found.p,
                format!("{name}: they vary {index} as much from second to second as chance makes them"),
            ));
        }
    }
    let family = tests.len() as f64;
    let oddest = tests.into_iter().min_by(|one, other| one.0.total_cmp(&other.0));
    let (p, what) = oddest.expect("each population has its test");
    let p = (p * family).min(1.0);
    Came::Poisson { p, doubt: (p < FALSE_ALARM).then(|| format!("the arrivals are not the plan's: {what}")) }
}

fn number(expected: f64) -> String {
    if expected < 1_000.0 { words::decimal(expected) } else { words::count(expected.round() as u64) }
}
