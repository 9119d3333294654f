//! Several runs of one plan, seen as one: recovery times as a distribution over all of them, and two of them held against each other.
//!
//! One drill is one sample: where in the interval of a health check it fell was chance. [`several`] makes a distribution of
//! the recovery times of each origin and class, over the times of all runs, by the rules of the times of one run
//! (`rules::recovery_times`). It refuses runs whose plans differ in what makes recovery times what they are (`alike`): seeds,
//! names, promises and limits of trust may differ. A run whose recovery can't be trusted counts as one of which it can't be told.
//!
//! [`trend()`] sets the worst recovery time of each of them in a row, from the oldest to the newest, for whoever looks at a list of runs.
//!
//! `changes` says from which run on recovery times are other ones, of both.
//!
//! [`beside()`] says of two runs, number by number, whether the second is better, worse, within noise or not comparable.

mod alike;
mod beside;
mod changes;
mod scorecard;
mod trend;
mod value;

pub use beside::beside;
pub use changes::Times;
pub use trend::{POINTS_MAX, Point, Trend, trend};
pub use value::{
    Beside, BesideRow, BesideScore, ChangeState, Changes, Difference, FORMAT, Fared, RunChange, RunLine, Runs,
    StreamChanges,
};

use crate::{
    Findings, Verdict,
    findings::{FaultFinding, Recovery, RecoveryState, RecoveryTimes},
    rules::recovery_times::{Named, of_fault},
    words,
};
use changes::Timed;
use plan::resolved::ResolvedPlan;
use record::Recording;

/// A run that was judged.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// What it is called among the others: its folder.
    pub name: &'a str,
    /// What was recorded.
    pub recording: &'a Recording,
    /// What that shows.
    pub findings: &'a Findings,
}

/// Several runs of one plan as one. Of exactly two the second is also held against the first.
///
/// # Errors
/// The first run whose plan differs from the first one's in what matters, with what differs.
///
/// # Panics
/// Without a run.
pub fn several(runs: &[Judged<'_>]) -> Result<Runs, Difference> {
    let first = runs.first().expect("there is a run");
    for run in &runs[1..] {
        let what = alike::differences(&first.recording.plan, &run.recording.plan);
        if !what.is_empty() {
            let (one, other) = (first.name.to_owned(), run.name.to_owned());
            return Err(Difference { one, other, what: what.into_iter().map(str::to_owned).collect() });
        }
    }
    let verdict = runs.iter().map(|run| run.findings.summary.verdict).fold(Verdict::Pass, Verdict::merge);
    let count = |wanted: Verdict| runs.iter().filter(|run| run.findings.summary.verdict == wanted).count() as u64;
    let ended: Vec<String> =
        [(Verdict::Pass, "passed"), (Verdict::Inconclusive, "inconclusive"), (Verdict::Fail, "failed")]
            .into_iter()
            .filter(|(verdict, _)| count(*verdict) > 0)
            .map(|(verdict, word)| format!("{} {word}", words::count(count(verdict))))
            .collect();
    Ok(Runs {
        format: FORMAT.to_owned(),
        plan: first.findings.run.name.clone(),
        populations: first.findings.run.populations.iter().map(|population| population.name.clone()).collect(),
        verdict,
        runs: runs.iter().map(line).collect(),
        recovery_times: recovery_times(runs),
        changes: changes(runs),
        beside: if let [before, now] = runs { Some(beside(before, now)) } else { None },
        text: format!("{}: {}", words::counted(runs.len() as u64, "run"), words::list(&ended)),
    })
}

/// Whether runs of two plans can be seen as one: only seeds, names, promises, stop guards and limits of trust differ.
#[must_use]
pub fn are_of_one_plan(one: &ResolvedPlan, other: &ResolvedPlan) -> bool {
    alike::differences(one, other).is_empty()
}

fn line(run: &Judged<'_>) -> RunLine {
    let findings = run.findings;
    RunLine {
        name: run.name.to_owned(),
        started_unix_us: findings.run.started_unix_us,
        seed: findings.run.seed.clone(),
        verdict: findings.summary.verdict,
        sentence: findings.summary.sentence.clone(),
        is_trusted: is_trusted(findings, "recovery"),
    }
}

/// Whether nothing that is known of a run's measurement spoils what it says of a topic.
fn is_trusted(findings: &Findings, topic: &str) -> bool {
    let spoils = |rule: &&crate::findings::TrustFinding| {
        rule.verdict != Verdict::Pass && rule.spoils.iter().any(|spoilt| spoilt == topic)
    };
    !findings.trust.iter().any(|rule| spoils(&rule))
}

fn changes(runs: &[Judged<'_>]) -> Changes {
    let times: Vec<Times> = runs.iter().map(|run| Times::of(run.findings)).collect();
    let started = |run: &Judged<'_>| run.findings.run.started_unix_us;
    let timed =
        runs.iter().zip(&times).map(|(run, times)| Timed { name: run.name, started_unix_us: started(run), times });
    changes::changes(&timed.collect::<Vec<Timed<'_>>>())
}

fn recovery_times(runs: &[Judged<'_>]) -> Vec<RecoveryTimes> {
    let mut faults: Vec<&FaultFinding> = Vec::new();
    for fault in runs.iter().flat_map(|run| &run.findings.faults) {
        if !faults.iter().any(|known| known.fault == fault.fault) {
            faults.push(fault);
        }
    }
    let of = |first: &FaultFinding| {
        let times = runs.iter().flat_map(|run| {
            let is_trusted = is_trusted(run.findings, "recovery");
            let own = run.findings.faults.iter().filter(|fault| fault.fault == first.fault);
            own.map(move |fault| {
                let recoveries = fault.recovery.iter().cloned();
                let recoveries = recoveries.map(|one| if is_trusted { one } else { untold(one) });
                (format!("{}: {}", run.name, fault.name), recoveries.collect::<Vec<Recovery>>())
            })
        });
        let times: Vec<(String, Vec<Recovery>)> = times.collect();
        let named: Vec<Named<'_>> = times.iter().map(|(name, own)| (name.clone(), own.as_slice())).collect();
        of_fault(&first.fault, u64::from(first.outages) * runs.len() as u64, &named)
    };
    faults.into_iter().flat_map(of).collect()
}

/// One of which nothing is known, since its run can't be trusted.
fn untold(one: Recovery) -> Recovery {
    Recovery { state: RecoveryState::Undecided, time: None, at_least: None, ..one }
}
