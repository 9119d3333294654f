//! Blast radius: "share of users/regions/ops outside the declared target whose SLIs changed against the control window"
//! (`definitions.md`). Here: populations whose home was not a target, their failing share and their response times (median, p95,
//! p99) while faults were in effect, against the baseline.
//!
//! It takes two answers, *different* and *same enough*, and a third where there is not enough data (`science.md` §6): see
//! [`mod@test`]. Numbers of seconds that resemble their neighbours are known less well than they look, so that their errors come
//! from a block bootstrap: see [`side`].
//!
//! - *The control*: the same test between the two halves of the baseline. Where a number differs from itself, a difference of
//!   it proves nothing. It takes a baseline of half a minute.
//! - *Steady state*: the baseline begins where its response times have become steady (MSER-5). One that never did is no
//!   baseline, and nothing is compared with it. One that is shorter than half a minute is taken as it is.
//! - *A population* is affected when any of its numbers is worse, unaffected when every one is the same or better, and else
//!   there is not enough data, with the numbers that lack it.

mod side;
mod test;

use super::{experience::response, percentile::percentile};
use crate::{
    evidence::{Evidence, Latencies, seconds_of},
    findings::{Answer, BlastRadius, Comparison, Conclusion, Control, Measure, Neighbour, Operations, PhaseName},
    statistics::{
        bootstrap::DRAWS,
        steady_state::{SteadyState, steady_state},
    },
    words,
};
use side::{Second, Side};
use std::{collections::BTreeSet, time::Duration};
use test::Pair;
pub(crate) use test::Tested;

/// A population that is compared: its baseline from where it was steady, and the time of the faults.
struct Compared {
    population: usize,
    baseline: Vec<Second>,
    fault: Vec<Second>,
    steady: SteadyState,
}

/// Populations whose home was no target of any fault, in order of populations, with what they add up to; `None` without a
/// fault or without such a population.
pub(crate) fn blast_radius(evidence: &Evidence<'_>) -> Option<(Vec<Neighbour>, BlastRadius)> {
    evidence.timeline.fault_windows().next()?;
    let targets: BTreeSet<usize> =
        (0..evidence.timeline.outages.len()).flat_map(|outage| evidence.targets(outage)).collect();
    let is_neighbour = |population: &usize| evidence.homes[*population].is_some_and(|home| !targets.contains(&home));
    let populations: Vec<usize> = (0..evidence.plan.populations.len()).filter(is_neighbour).collect();
    if populations.is_empty() {
        return None;
    }
    let latencies = Latencies::of(&evidence.recording.entries, &populations);
    let compared: Vec<Compared> =
        populations.iter().map(|population| gather(evidence, &latencies, *population)).collect();
    let seed = evidence.plan.seed.derive("blast radius");
    let margins = &evidence.plan.trust.margins;
    let controls = test::test(&halves(&compared), margins, seed.derive("control"), DRAWS);
    let tested = test::test(&sides(&compared), margins, seed, DRAWS);
    let neighbours: Vec<Neighbour> = compared.iter().map(|one| neighbour(evidence, one, &tested, &controls)).collect();
    let radius = radius(evidence, &neighbours, &tested, &controls);
    Some((neighbours, radius))
}

fn gather(evidence: &Evidence<'_>, latencies: &Latencies, population: usize) -> Compared {
    let of = |phase: PhaseName| seconds(evidence, latencies, population, phase);
    let mut baseline = of(PhaseName::Baseline);
    let medians: Vec<f64> = baseline.iter().filter_map(median).collect();
    let steady = steady_state(&medians);
    if let SteadyState::From(first) = steady {
        baseline.drain(..first.min(baseline.len()));
    }
    Compared { population, baseline, fault: of(PhaseName::Fault), steady }
}

/// What a population met in each second of a part of the run.
fn seconds(evidence: &Evidence<'_>, latencies: &Latencies, population: usize, phase: PhaseName) -> Vec<Second> {
    let stream = evidence.stream(population, Operations::All);
    let tenths = evidence.requests.tenths;
    let seconds = evidence.timeline.measured_seconds();
    let of_phase = seconds.filter(|second| evidence.timeline.phase_of(*second) == Some(phase));
    let counted = of_phase.filter_map(|second| tenths.of_second(second).map(|at| (second, at)));
    counted
        .map(|(second, at)| {
            let counts = stream.counts(at..at + 10);
            let cells = latencies.cells(population, second);
            Second { failed: counts.failed, requests: counts.requests(), cells }
        })
        .collect()
}

/// The same part of two runs of one plan, population by population: the same test, the first run in the place of the baseline.
pub(crate) fn two_runs(before: &Evidence<'_>, now: &Evidence<'_>, phase: PhaseName) -> Vec<Tested> {
    let populations: Vec<usize> = (0..now.plan.populations.len()).collect();
    let of = |evidence: &Evidence<'_>| -> Vec<Side> {
        let latencies = Latencies::of(&evidence.recording.entries, &populations);
        populations.iter().map(|one| Side::of(&seconds(evidence, &latencies, *one, phase))).collect()
    };
    let sides = of(before).into_iter().zip(of(now)).enumerate();
    let pairs: Vec<Pair> = sides.map(|(population, (before, after))| Pair { population, before, after }).collect();
    test::test(&pairs, &now.plan.trust.margins, now.plan.seed.derive("two runs").derive(phase_word(phase)), DRAWS)
}

fn phase_word(phase: PhaseName) -> &'static str {
    match phase {
        PhaseName::Baseline => "baseline",
        PhaseName::Fault => "fault",
        PhaseName::After => "after",
        PhaseName::Whole => "whole",
    }
}

/// The median response time of a second, in seconds; `None` without a success.
fn median(second: &Second) -> Option<f64> {
    let samples: u64 = second.cells.iter().map(|(_, count)| u64::from(*count)).sum();
    let mut below = 0;
    let step = second.cells.iter().find(|(_, count)| {
        below += u64::from(*count);
        below * 2 >= samples
    });
    step.map(|(step, _)| seconds_of(*step))
}

fn sides(compared: &[Compared]) -> Vec<Pair> {
    let steady = compared.iter().filter(|one| one.steady != SteadyState::Never);
    steady
        .map(|one| Pair { population: one.population, before: Side::of(&one.baseline), after: Side::of(&one.fault) })
        .collect()
}

/// The two halves of each baseline.
fn halves(compared: &[Compared]) -> Vec<Pair> {
    let steady = compared.iter().filter(|one| one.steady != SteadyState::Never);
    steady
        .map(|one| {
            let (first, second) = one.baseline.split_at(one.baseline.len() / 2);
            Pair { population: one.population, before: Side::of(first), after: Side::of(second) }
        })
        .collect()
}

fn neighbour(evidence: &Evidence<'_>, compared: &Compared, tested: &[Tested], controls: &[Tested]) -> Neighbour {
    let population = compared.population;
    let (comparisons, doubts): (Vec<Comparison>, Vec<Option<String>>) = Measure::ALL
        .into_iter()
        .filter_map(|measure| {
            let one = find(tested, population, measure)?;
            Some(comparison(one, find(controls, population, measure)))
        })
        .unzip();
    let conclusion = conclude(&comparisons);
    let failing = comparisons.iter().find(|one| one.measure == Measure::Failing);
    let success = |failing: Option<f64>| failing.map(|failing| 1.0 - failing);
    let p99 = |phase| percentile(&response(evidence, population, Operations::All, phase), 99.0);
    let text = match compared.steady {
        SteadyState::Never => {
            "not enough data to tell: its response times never became steady before the first fault".to_owned()
        }
        _ => told(conclusion, &comparisons, &doubts),
    };
    Neighbour {
        population,
        before: success(failing.and_then(|one| one.before)),
        during: success(failing.and_then(|one| one.during)),
        change_low: failing.and_then(|one| one.change_high).map(|change| -change),
        change_high: failing.and_then(|one| one.change_low).map(|change| -change),
        margin: evidence.plan.trust.margins.failing.fraction(),
        conclusion,
        response_p99_before: p99(PhaseName::Baseline),
        response_p99_during: p99(PhaseName::Fault),
        comparisons,
        text,
    }
}

fn find(list: &[Tested], population: usize, measure: Measure) -> Option<&Tested> {
    list.iter().find(|one| one.population == population && one.measure == measure)
}

/// With the reason where it gives no answer.
fn comparison(one: &Tested, control: Option<&Tested>) -> (Comparison, Option<String>) {
    let differs = |answer: Answer| matches!(answer, Answer::Worse | Answer::Better);
    let control = control.map(|control| control.answer);
    let is_void = differs(one.answer) && control.is_some_and(differs);
    let answer = if is_void { Answer::NotEnoughData } else { one.answer };
    let values = values(one);
    let doubt = (answer == Answer::NotEnoughData).then(|| match (is_void, &one.why, &values) {
        (true, ..) => "the baseline differs from itself as much".to_owned(),
        (_, Some(why), _) => why.clone(),
        (_, None, Some(values)) => format!("{values} may be chance"),
        (_, None, None) => "nothing was measured".to_owned(),
    });
    let name = one.measure.label();
    let text = match (answer, &doubt, values) {
        (Answer::Worse, _, Some(values)) => format!("{name} rose from {values}"),
        (Answer::Better, _, Some(values)) => format!("{name} fell from {values}"),
        (_, Some(doubt), _) => format!("{name} can't be told: {doubt}"),
        _ => format!("{name} the same within {}", margin_text(one)),
    };
    let comparison = Comparison {
        measure: one.measure,
        text,
        before: one.before,
        during: one.after,
        change_low: one.interval.map(|(low, _)| low),
        change_high: one.interval.map(|(_, high)| high),
        margin: one.margin,
        p_different: one.p,
        answer,
        control,
    };
    (comparison, doubt)
}

/// `0.1 % to 4 %`, `46 ms to 91 ms`; `None` where one side has no such number.
fn values(one: &Tested) -> Option<String> {
    let value = |number: f64| value_text(one.measure, number);
    one.before.zip(one.after).map(|(before, after)| format!("{} to {}", value(before), value(after)))
}

/// One of the numbers that are compared, in words.
pub(crate) fn value_text(measure: Measure, number: f64) -> String {
    match measure {
        Measure::Failing => words::share(number),
        _ => words::duration(Duration::from_micros((number * 1e6).round().max(0.0) as u64)),
    }
}

pub(crate) fn margin_text(one: &Tested) -> String {
    match one.measure {
        Measure::Failing => format!("{} points", words::points(one.margin)),
        _ => words::duration(Duration::from_secs_f64(one.margin)),
    }
}

fn conclude(comparisons: &[Comparison]) -> Conclusion {
    let is = |wanted: Answer| comparisons.iter().any(|one| one.answer == wanted);
    if is(Answer::Worse) {
        Conclusion::Affected
    } else if comparisons.is_empty() || is(Answer::NotEnoughData) {
        Conclusion::NotEnoughData
    } else {
        Conclusion::Unaffected
    }
}

fn told(conclusion: Conclusion, comparisons: &[Comparison], doubts: &[Option<String>]) -> String {
    match conclusion {
        Conclusion::Affected => {
            let worse = comparisons.iter().filter(|one| one.answer == Answer::Worse);
            format!("affected: {}", words::list(&worse.map(|one| one.text.clone()).collect::<Vec<_>>()))
        }
        Conclusion::Unaffected => "unaffected: nothing got worse by more than the margins".to_owned(),
        Conclusion::NotEnoughData => {
            let mut doubted: Vec<&String> = doubts.iter().flatten().collect();
            doubted.dedup();
            // One reason for all of them is said once.
            if let ([doubt], true) = (doubted.as_slice(), doubts.iter().all(Option::is_some)) {
                return format!("not enough data to tell: {doubt}");
            }
            let each = comparisons.iter().zip(doubts).filter(|(_, doubt)| doubt.is_some());
            let each: Vec<String> = each.map(|(one, _)| one.text.clone()).collect();
            format!("not enough data to tell: {}", each.join("; "))
        }
    }
}

/// What the populations add up to.
fn radius(evidence: &Evidence<'_>, neighbours: &[Neighbour], tested: &[Tested], controls: &[Tested]) -> BlastRadius {
    let users = |wanted: &dyn Fn(&Neighbour) -> bool| -> f64 {
        let those = neighbours.iter().filter(|one| wanted(one));
        // Of nobody it is zero, and not the negative zero that an empty sum is.
        those.map(|one| evidence.plan.populations[one.population].share.fraction()).fold(0.0, |sum, share| sum + share)
    };
    let regions = |wanted: &dyn Fn(&Neighbour) -> bool| -> BTreeSet<usize> {
        neighbours.iter().filter(|one| wanted(one)).filter_map(|one| evidence.homes[one.population]).collect()
    };
    let is_affected = |one: &Neighbour| one.conclusion == Conclusion::Affected;
    let is_unknown = |one: &Neighbour| one.conclusion == Conclusion::NotEnoughData;
    let all = users(&|_| true).max(f64::MIN_POSITIVE);
    let (affected, unknown) = (users(&is_affected) / all, users(&is_unknown) / all);
    let control = control(controls);
    let regions_affected: Vec<usize> = regions(&is_affected).into_iter().collect();
    let regions_compared = regions(&|_| true).len();
    let mut text = format!("{} of the users who were not aimed at were affected", words::share(affected));
    if unknown > 0.0 {
        text = format!("{text}, of {} it can't be told", words::share(unknown));
    }
    BlastRadius {
        populations: neighbours.len(),
        affected_populations: neighbours.iter().filter(|one| is_affected(one)).count(),
        undecided_populations: neighbours.iter().filter(|one| is_unknown(one)).count(),
        affected_users: affected,
        undecided_users: unknown,
        regions: regions_compared,
        affected_regions: regions_affected,
        family: tested.iter().filter(|one| one.p.is_some()).count(),
        control,
        text,
    }
}

fn control(controls: &[Tested]) -> Control {
    let asked: Vec<&Tested> = controls.iter().filter(|one| one.p.is_some()).collect();
    let different = asked.iter().filter(|one| matches!(one.answer, Answer::Worse | Answer::Better)).count();
    let text = match (asked.len(), different) {
        (0, _) => "the baseline is too short to be compared with itself".to_owned(),
        (asked, 0) => format!("the two halves of the baseline differ in none of {asked} numbers"),
        (asked, different) => {
            format!("the two halves of the baseline differ in {different} of {asked} numbers, which are not used")
        }
    };
    Control { compared: asked.len(), different, text }
}
