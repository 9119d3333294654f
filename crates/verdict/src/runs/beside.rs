//! One run held against an earlier one, number by number: better, worse, within noise, or not comparable.
//!
//! - *Failures and response times while faults are in effect*: the test of the blast radius (`rules::blast_radius`), with the
//!   earlier run in the place of the baseline. Seconds resemble their neighbours, so errors come from a block bootstrap, and a
//!   difference has to be significant in the family of all populations and numbers. The control is the same test between
//!   the two baselines: where those differ already, another machine or another day is being measured, and the number is not comparable.
//! - *Times* (recovery, failback): where a fault falls in the interval of the health checks, and how old the DNS answers are then, is
//!   chance. So one time each differs only by more than both error bounds, an interval of checks and the life of an answer together
//!   (of an attached service ten seconds stand for what the plan doesn't know). A failback ends with the last visitors of elsewhere,
//!   and when they came is chance too: each has half of the time from the first at home to all of them as a further bound. With four times and more on each side ranks
//!   decide at 5 % (Mann and Whitney), and fewer than that are held to the former between their extremes.
//! - *Lost writes*: the test of two proportions, at 5 % to each side.
//!
//! A number that either run can't be trusted with is not comparable, nor is one that either run can't tell.

use super::{
    Judged, alike, is_trusted,
    scorecard::scorecard,
    value::{Beside, BesideRow, Fared},
};
use crate::{
    evidence::Evidence,
    findings::{
        Answer, Failback, FaultFinding, Findings, Length, MarkKind, Measure, PhaseName, Quantity, Recovery,
        RecoveryState,
    },
    rules::blast_radius::{Tested, margin_text, two_runs, value_text},
    statistics::{
        mann_whitney::mann_whitney,
        proportions::{Failures, p_more},
    },
    words,
};
use plan::resolved::{ResolvedPlan, Target};
use std::{collections::BTreeMap, time::Duration};

/// Stands for what a plan doesn't know of an attached service.
const UNKNOWN: Duration = Duration::from_secs(10);
/// Times on each side from which on their ranks say something at 5 %.
const RANKS_MIN: usize = 4;
/// Significance to each side.
const ALPHA: f64 = 0.05;

/// Holds `now` against `before`.
#[must_use]
pub fn beside(before: &Judged<'_>, now: &Judged<'_>) -> Beside {
    let differences = alike::differences(&before.recording.plan, &now.recording.plan);
    let mut rows = Vec::new();
    if differences.is_empty() {
        let chance = chance(&now.recording.plan);
        rows.extend(times(before.findings, now.findings, &RECOVERY, chance));
        rows.extend(requests(before, now));
        rows.extend(lost(before.findings, now.findings));
        rows.extend(times(before.findings, now.findings, &FAILBACK, chance));
    }
    let active = |findings: &Findings| {
        let marks = findings.faults.iter().filter_map(|fault| fault.mark(MarkKind::Active)?.at);
        marks.min()
    };
    Beside {
        differences: differences.iter().map(|what| (*what).to_owned()).collect(),
        scorecard: scorecard(before.findings, now.findings, &differences, &rows),
        aligned: active(before.findings).zip(active(now.findings)).map(|(before, now)| [before, now]),
        text: told(&differences, &rows),
        rows,
    }
}

fn told(differences: &[&str], rows: &[BesideRow]) -> String {
    if !differences.is_empty() {
        return format!("not comparable: {}", differ(differences));
    }
    let count = |fared: Fared| rows.iter().filter(|row| row.fared == fared).count() as u64;
    let all = [Fared::Worse, Fared::Better, Fared::WithinNoise, Fared::NotComparable];
    let parts = all.into_iter().filter(|fared| count(*fared) > 0);
    let parts: Vec<String> = parts.map(|fared| format!("{} {}", words::count(count(fared)), fared.label())).collect();
    if parts.is_empty() { "there is nothing to compare".to_owned() } else { parts.join(", ") }
}

/// What the plans of two runs differ in, in words.
pub(super) fn differ(differences: &[&str]) -> String {
    let what: Vec<String> = differences.iter().map(|what| (*what).to_owned()).collect();
    format!("the plans differ in {}", words::list(&what))
}

/// By how much two equal outages differ by chance.
fn chance(plan: &ResolvedPlan) -> Duration {
    match &plan.target {
        Target::Chirp(chirp) => chirp.health_interval + chirp.dns_ttl,
        Target::Attached { .. } => UNKNOWN,
    }
}

/// One time of a stream in one run, or why it has none.
#[derive(Debug, Clone)]
struct Taken {
    /// With its error bound.
    time: Option<(Duration, Duration)>,
    /// It surely never ended while it was watched.
    never: bool,
    text: String,
}

/// A kind of time.
struct Kind {
    what: &'static str,
    topic: &'static str,
    /// Of a fault: whose they are, and what each took.
    of: fn(&Findings, &FaultFinding) -> Vec<(String, Taken)>,
}

const RECOVERY: Kind = Kind { what: "recovery time", topic: "recovery", of: recoveries };
const FAILBACK: Kind = Kind { what: "failback", topic: "failback", of: failbacks };

fn recoveries(findings: &Findings, fault: &FaultFinding) -> Vec<(String, Taken)> {
    let who = |one: &Recovery| format!("{}, {}s", findings.run.populations[one.population].name, one.class);
    let taken = |one: &Recovery| Taken {
        time: one.time.map(|time| (time.0, one.error.unwrap_or_default().0)),
        never: one.state == RecoveryState::NotRecovered,
        text: one.text.clone(),
    };
    fault.recovery.iter().map(|one| (who(one), taken(one))).collect()
}

fn failbacks(findings: &Findings, fault: &FaultFinding) -> Vec<(String, Taken)> {
    const ERROR: Duration = Duration::from_millis(100);
    // Between the first at home and all of them users end their visits elsewhere: the last of them is an extreme, so it varies most.
    let leaving = |one: &Failback| match (one.first_home, one.failed_back) {
        (Some(first), Some(all)) => Duration::from_micros(all.as_micros().saturating_sub(first.as_micros())) / 2,
        _ => Duration::ZERO,
    };
    let taken = |one: &Failback| Taken {
        time: one.time.map(|time| (time.0, ERROR + leaving(one))),
        never: one.time.is_none() && one.at_least.is_some(),
        text: one.text.clone(),
    };
    let who = |one: &Failback| findings.run.populations[one.population].name.clone();
    fault.failback.iter().map(|one| (who(one), taken(one))).collect()
}

/// The times of each stream, over the times that a fault came in the run. Where nobody was hit in either run there is no row.
fn times(before: &Findings, now: &Findings, kind: &Kind, chance: Duration) -> Vec<BesideRow> {
    let of = |findings: &Findings| {
        let mut streams: BTreeMap<(String, String), Vec<Taken>> = BTreeMap::new();
        for fault in &findings.faults {
            for (who, taken) in (kind.of)(findings, fault) {
                streams.entry((fault.fault.clone(), who)).or_default().push(taken);
            }
        }
        streams
    };
    let (earlier, later) = (of(before), of(now));
    let is_zero = |taken: &Taken| taken.time.is_some_and(|(time, _)| time.is_zero());
    let hit = earlier.iter().filter(|(stream, taken)| {
        let others = later.get(*stream).map(Vec::as_slice).unwrap_or_default();
        !taken.iter().chain(others).all(is_zero)
    });
    hit.map(|((fault, who), taken)| {
        let others = later.get(&(fault.clone(), who.clone())).map(Vec::as_slice).unwrap_or_default();
        let (fared, text) = match untrusted(before, now, kind.topic) {
            Some(why) => (Fared::NotComparable, why),
            None => compare(taken, others, chance),
        };
        let whom = format!("{who}, {fault}");
        let what = kind.what.to_owned();
        BesideRow { score: what.clone(), what, whom, before: summed(taken), now: summed(others), fared, text }
    })
    .collect()
}

fn untrusted(before: &Findings, now: &Findings, topic: &str) -> Option<String> {
    let which = match (is_trusted(before, topic), is_trusted(now, topic)) {
        (true, true) => return None,
        (false, true) => "the earlier run",
        (true, false) => "the later run",
        (false, false) => "either run",
    };
    Some(format!("what {which} says of it can't be trusted"))
}

fn compare(before: &[Taken], now: &[Taken], chance: Duration) -> (Fared, String) {
    let unknown =
        |taken: &[Taken]| taken.iter().find(|one| one.time.is_none() && !one.never).map(|one| one.text.clone());
    if let Some(why) = unknown(before) {
        return (Fared::NotComparable, format!("the earlier run can't tell: {why}"));
    }
    if let Some(why) = unknown(now) {
        return (Fared::NotComparable, format!("the later run can't tell: {why}"));
    }
    if before.is_empty() || now.is_empty() {
        return (Fared::NotComparable, "one of the runs has none".to_owned());
    }
    let never = |taken: &[Taken]| taken.iter().filter(|one| one.never).count();
    match (never(before), never(now)) {
        (0, 0) => {}
        (0, _) => return (Fared::Worse, "it never ended in the later run".to_owned()),
        (_, 0) => return (Fared::Better, "it never ended in the earlier run".to_owned()),
        _ => return (Fared::WithinNoise, "it never ended in either run".to_owned()),
    }
    let seconds = |taken: &[Taken]| -> Vec<f64> {
        taken.iter().filter_map(|one| one.time).map(|(time, _)| time.as_secs_f64()).collect()
    };
    let (earlier, later) = (seconds(before), seconds(now));
    if earlier.len() >= RANKS_MIN && later.len() >= RANKS_MIN {
        let ranks = mann_whitney(&earlier, &later).filter(|ranks| ranks.p < ALPHA);
        return match ranks {
            Some(ranks) if ranks.superiority > 0.5 => (Fared::Worse, format!("longer, by ranks: p {:.3}", ranks.p)),
            Some(ranks) => (Fared::Better, format!("shorter, by ranks: p {:.3}", ranks.p)),
            None => (Fared::WithinNoise, "their ranks may be chance".to_owned()),
        };
    }
    by_extremes(before, now, chance)
}

/// So few times differ when the nearest of them do, by more than their errors and chance.
fn by_extremes(before: &[Taken], now: &[Taken], chance: Duration) -> (Fared, String) {
    let known = |taken: &[Taken]| -> Vec<(Duration, Duration)> { taken.iter().filter_map(|one| one.time).collect() };
    let (earlier, later) = (known(before), known(now));
    let longest = |times: &[(Duration, Duration)]| times.iter().max().copied().unwrap_or_default();
    let shortest = |times: &[(Duration, Duration)]| times.iter().min().copied().unwrap_or_default();
    let apart = |low: (Duration, Duration), high: (Duration, Duration)| {
        let noise = low.1 + high.1 + chance;
        (high.0.saturating_sub(low.0) > noise).then_some(noise)
    };
    if let Some(noise) = apart(longest(&earlier), shortest(&later)) {
        return (Fared::Worse, format!("longer by more than chance explains ({})", words::duration(noise)));
    }
    if let Some(noise) = apart(longest(&later), shortest(&earlier)) {
        return (Fared::Better, format!("shorter by more than chance explains ({})", words::duration(noise)));
    }
    let noise = longest(&earlier).1 + longest(&later).1 + chance;
    (Fared::WithinNoise, format!("up to {} are chance", words::duration(noise)))
}

fn summed(taken: &[Taken]) -> Quantity {
    let known: Vec<Duration> = taken.iter().filter_map(|one| one.time).map(|(time, _)| time).collect();
    let worst = known.iter().max().copied();
    match (worst, taken) {
        (Some(time), [_]) => Quantity::seconds(Length(time), words::duration(time)),
        (Some(time), _) => {
            let least = known.iter().min().copied().unwrap_or_default();
            let text = format!("{} to {}, {} times", words::duration(least), words::duration(time), known.len());
            Quantity::seconds(Length(time), text)
        }
        (None, _) if taken.iter().any(|one| one.never) => Quantity::text("never"),
        (None, _) => Quantity::not_measured(),
    }
}

/// What users met while faults were in effect.
fn requests(before: &Judged<'_>, now: &Judged<'_>) -> Vec<BesideRow> {
    let (earlier, later) = (Evidence::gather(before.recording), Evidence::gather(now.recording));
    let tested = two_runs(&earlier, &later, PhaseName::Fault);
    let controls = two_runs(&earlier, &later, PhaseName::Baseline);
    tested
        .iter()
        .zip(&controls)
        .map(|(one, control)| {
            let topic = if one.measure == Measure::Failing { "availability" } else { "latency" };
            let (fared, text) = match untrusted(before.findings, now.findings, topic) {
                Some(why) => (Fared::NotComparable, why),
                None => answer(one, control),
            };
            let quantity =
                |number: Option<f64>| number.map_or_else(Quantity::not_measured, |number| quantity(one, number));
            BesideRow {
                score: score(one, now.findings).to_owned(),
                what: format!("{} in the fault", one.measure.label()),
                whom: later.population_name(one.population),
                before: quantity(one.before),
                now: quantity(one.after),
                fared,
                text,
            }
        })
        .collect()
}

/// The row of the scorecard that a number of a population belongs to.
fn score(one: &Tested, now: &Findings) -> &'static str {
    let is_other = now.neighbours.iter().any(|other| other.population == one.population);
    match (is_other, one.measure) {
        (true, _) => "other regions",
        (false, Measure::Failing) => "error budget",
        (false, _) => "",
    }
}

fn quantity(one: &Tested, number: f64) -> Quantity {
    let text = value_text(one.measure, number);
    let unit = if one.measure == Measure::Failing { "share" } else { "s" };
    Quantity { text, value: Some(number), unit: unit.to_owned(), error: None }
}

fn answer(one: &Tested, control: &Tested) -> (Fared, String) {
    let differs = |answer: Answer| matches!(answer, Answer::Worse | Answer::Better);
    match (one.answer, &one.why) {
        (answer, _) if differs(answer) && differs(control.answer) => {
            (Fared::NotComparable, "the baselines of the two runs differ already".to_owned())
        }
        (Answer::Worse, _) => (Fared::Worse, "higher, and not by chance".to_owned()),
        (Answer::Better, _) => (Fared::Better, "lower, and not by chance".to_owned()),
        (Answer::Same, _) => (Fared::WithinNoise, format!("the same within {}", margin_text(one))),
        (Answer::NotEnoughData, Some(why)) => (Fared::NotComparable, why.clone()),
        (Answer::NotEnoughData, None) => (Fared::WithinNoise, "what differs may be chance".to_owned()),
    }
}

/// Acknowledged writes that were lost.
fn lost(before: &Findings, now: &Findings) -> Option<BesideRow> {
    let (earlier, later) = (before.ledger.as_ref()?, now.ledger.as_ref()?);
    let of = |ledger: &crate::findings::LedgerFinding| Failures { failed: ledger.lost, requests: ledger.acknowledged };
    let more = p_more(of(earlier), of(later));
    let (fared, text) = match (untrusted(before, now, "data-loss"), more) {
        (Some(why), _) => (Fared::NotComparable, why),
        (None, None) => (Fared::NotComparable, "nothing was acknowledged".to_owned()),
        (None, Some(_)) if earlier.unproven_unseen + later.unproven_unseen > 0 => {
            (Fared::NotComparable, "of some writes it can't be told whether they are lost".to_owned())
        }
        (None, Some(p)) if p < ALPHA => (Fared::Worse, "more are lost, and not by chance".to_owned()),
        (None, Some(p)) if p > 1.0 - ALPHA => (Fared::Better, "fewer are lost, and not by chance".to_owned()),
        (None, Some(_)) if earlier.lost + later.lost == 0 => (Fared::WithinNoise, "none is lost".to_owned()),
        (None, Some(_)) => (Fared::WithinNoise, "what differs may be chance".to_owned()),
    };
    let quantity = |ledger: &crate::findings::LedgerFinding| {
        let all = words::count(ledger.acknowledged);
        let number = Quantity::number(ledger.lost, "write");
        Quantity { text: format!("{} of {all}", words::count(ledger.lost)), ..number }
    };
    let (before, now) = (quantity(earlier), quantity(later));
    let (what, whom) = ("lost writes".to_owned(), "the ledger".to_owned());
    Some(BesideRow { score: "data loss".to_owned(), what, whom, before, now, fared, text })
}
