//! The scorecard and the promises while a run goes on.
//!
//! A row is open until the run is judged, but for what can't be mended any more: a recovery that took longer than its limit is broken.
//! What is not measured says so; nothing is ever an empty field or a zero that nobody counted.

use super::faults::{Found, OutageNow, WELL_AFTER};
use crate::{
    findings::{FaultFinding, Findings, Length, Recovery, RecoveryState, Span, Verdict},
    rules::fault::taken,
    words,
};
use plan::resolved::{Objective, ObjectiveKind, ResolvedPlan};
use std::time::Duration;
use units::RunTime;

const NOT_MEASURED: &str = "not measured";

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Kept.
    Pass,
    /// Broken.
    Fail,
    /// Can't be told.
    Inconclusive,
    /// Not decided yet.
    Open,
}

/// A row of the scorecard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreRow {
    /// `recovery time`, `data loss`, `error budget`, `blast radius`, `other regions`, `failback`, `trust`.
    pub name: &'static str,
    /// Measured, with its error; `not measured` where it isn't.
    pub value: String,
    /// The promise; empty: none.
    pub limit: String,
    /// The mark.
    pub mark: Mark,
    /// Where the evidence lies.
    pub evidence: Option<Span>,
}

/// A promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromiseRow {
    /// Its name in the plan.
    pub name: String,
    /// Where it holds; empty: everywhere.
    pub scope: String,
    /// Measured; `not measured` where it isn't.
    pub value: String,
    /// The limit.
    pub limit: String,
    /// The mark.
    pub mark: Mark,
    /// Why, in words.
    pub reason: String,
    /// Where the evidence lies.
    pub evidence: Option<Span>,
}

/// What the rows are made from, while the run goes on.
pub(super) struct SoFar<'a> {
    pub(super) plan: &'a ResolvedPlan,
    pub(super) found: &'a Found,
    /// Until when this is known.
    pub(super) until: RunTime,
    pub(super) doubts: &'a [String],
    pub(super) is_reading_back: bool,
}

impl SoFar<'_> {
    /// The scorecard.
    pub(super) fn rows(&self) -> Vec<ScoreRow> {
        vec![
            self.recovery(),
            self.data_loss(),
            self.error_budget(),
            self.blast_radius(),
            self.other_regions(),
            self.failback(),
            self.trust(),
        ]
    }

    /// The promises: broken ones first.
    pub(super) fn promises(&self) -> Vec<PromiseRow> {
        let mut rows: Vec<PromiseRow> = self.plan.objectives.iter().map(|objective| self.promise(objective)).collect();
        rows.sort_by_key(|row| row.mark != Mark::Fail);
        rows
    }

    fn promise(&self, objective: &Objective) -> PromiseRow {
        let row = match objective.kind {
            ObjectiveKind::RecoveryTime { class: None, population: None, .. } => Some(self.recovery()),
            ObjectiveKind::Failback { population: None, .. } => Some(self.failback()),
            _ => None,
        };
        let (value, mark, evidence) =
            row.map_or_else(|| (NOT_MEASURED.to_owned(), Mark::Open, None), |row| (row.value, row.mark, row.evidence));
        let reason = if mark == Mark::Fail { "it took longer already" } else { "decided when the run is judged" };
        PromiseRow {
            name: objective.name.clone(),
            scope: String::new(),
            value,
            limit: limit_of(&objective.kind),
            mark,
            reason: reason.to_owned(),
            evidence,
        }
    }

    fn recovery(&self) -> ScoreRow {
        let limit = shortest(self.plan, |kind| match kind {
            ObjectiveKind::RecoveryTime { max, .. } => Some(*max),
            _ => None,
        });
        let all = self.found.outages.iter().flat_map(|outage| &outage.recoveries);
        let worst = all.filter(|one| one.impact.is_some()).max_by_key(|one| self.taken(one));
        let Some(worst) = worst else {
            let value = if self.found.outages.is_empty() { NOT_MEASURED } else { "no user affected so far" };
            return row("recovery time", value.to_owned(), limit.map(words::duration), Mark::Open, None);
        };
        let time = self.taken(worst).0;
        let text = limit.map_or_else(|| words::duration(time), |limit| words::duration_against(time, limit));
        let who = &self.plan.populations[worst.population].name;
        let value = match worst.error.filter(|_| worst.recovered.is_some()) {
            // In seconds, as in the verdict.
            Some(error) => format!("{text} ±{} s {who}", words::decimal(error.0.as_secs_f64())),
            None if self.looks_well(worst) => format!("{text} if it holds, {who}"),
            None => format!("{text} so far, {who}"),
        };
        let bound = worst.error.unwrap_or_default().0;
        let is_broken = limit.is_some_and(|limit| time > limit + bound);
        let evidence = worst.impact.map(|from| Span { from, to: worst.recovered.unwrap_or(self.until) });
        row("recovery time", value, limit.map(words::duration), broken(is_broken), evidence)
    }

    /// How long a recovery has taken for sure: what looks good, and not for a whole window yet, may hold.
    fn taken(&self, one: &Recovery) -> Length {
        one.time.or(one.at_least).unwrap_or_else(|| self.since_impact(one))
    }

    fn looks_well(&self, one: &Recovery) -> bool {
        self.since_impact(one).0 >= self.taken(one).0 + WELL_AFTER
    }

    fn since_impact(&self, one: &Recovery) -> Length {
        one.impact.map_or_else(Length::default, |impact| Length::between(impact, self.until))
    }

    fn data_loss(&self) -> ScoreRow {
        let limit = self.plan.objectives.iter().find_map(|objective| match objective.kind {
            ObjectiveKind::LostWrites { max } => Some(words::counted(max, "write")),
            _ => None,
        });
        let value = match (self.plan.ledger.is_some(), self.is_reading_back) {
            (false, _) => NOT_MEASURED.to_owned(),
            (true, false) => format!("{NOT_MEASURED} yet"),
            (true, true) => format!("{NOT_MEASURED} yet: writes are being read back"),
        };
        row("data loss", value, limit, Mark::Open, None)
    }

    fn error_budget(&self) -> ScoreRow {
        let limit = self.plan.objectives.iter().find_map(|objective| match objective.kind {
            ObjectiveKind::ErrorBudget { max, .. } => Some(words::share(max.fraction())),
            _ => None,
        });
        let spent = self.found.spent.iter().enumerate().filter_map(|(population, spent)| Some((population, (*spent)?)));
        let worst = spent.max_by(|one, other| one.1.0.total_cmp(&other.1.0));
        let value = worst.map_or_else(
            || NOT_MEASURED.to_owned(),
            |(population, (spent, target))| {
                let (spent, target) = (words::share(spent), words::share(target));
                format!("{spent} of 30 d at {target} {}", self.plan.populations[population].name)
            },
        );
        row("error budget", value, limit, Mark::Open, self.found.measured)
    }

    /// Populations whose home no fault was aimed at, and those of them that were affected.
    fn neighbours(&self) -> (Vec<usize>, Vec<usize>) {
        let is_aimed_at =
            |home: usize| self.found.outages.iter().any(|outage: &OutageNow| outage.targets.contains(&home));
        let homes = self.found.homes.iter().enumerate();
        let others: Vec<usize> = homes
            .filter(|(_, home)| home.is_some_and(|home| !is_aimed_at(home)))
            .map(|(population, _)| population)
            .collect();
        let affected = others.iter().copied().filter(|one| self.found.impact[*one].is_some()).collect();
        (others, affected)
    }

    fn blast_radius(&self) -> ScoreRow {
        let limit = self.plan.objectives.iter().find_map(|objective| match objective.kind {
            ObjectiveKind::BlastRadius { max } => Some(words::share(max.fraction())),
            _ => None,
        });
        let (others, affected) = self.neighbours();
        if self.found.outages.is_empty() || others.is_empty() {
            return row("blast radius", NOT_MEASURED.to_owned(), limit, Mark::Open, None);
        }
        let users = |of: &[usize]| of.iter().map(|one| self.plan.populations[*one].share.fraction()).sum::<f64>();
        let share = users(&affected) / users(&others).max(f64::MIN_POSITIVE);
        row("blast radius", format!("{} of other users failed so far", words::share(share)), limit, Mark::Open, None)
    }

    fn other_regions(&self) -> ScoreRow {
        let (others, affected) = self.neighbours();
        let value = if self.found.outages.is_empty() || others.is_empty() {
            NOT_MEASURED.to_owned()
        } else {
            format!("{} of {} without failures", others.len() - affected.len(), others.len())
        };
        row("other regions", value, None, Mark::Open, None)
    }

    fn failback(&self) -> ScoreRow {
        let limit = shortest(self.plan, |kind| match kind {
            ObjectiveKind::Failback { max, .. } => Some(*max),
            _ => None,
        });
        let moved = self.found.outages.iter().flat_map(|outage| &outage.failbacks).filter(|one| one.moved);
        let worst = moved.max_by_key(|one| one.time.or(one.at_least));
        let (value, is_broken) = match worst.map(|one| (one.time, one.at_least)) {
            None => (NOT_MEASURED.to_owned(), false),
            Some((Some(time), _)) => (words::duration(time.0), limit.is_some_and(|limit| time.0 > limit)),
            Some((None, Some(at_least))) => {
                (format!("{} so far", words::duration(at_least.0)), limit.is_some_and(|limit| at_least.0 > limit))
            }
            Some((None, None)) => (format!("{NOT_MEASURED} yet"), false),
        };
        row("failback", value, limit.map(words::duration), broken(is_broken), None)
    }

    fn trust(&self) -> ScoreRow {
        match self.doubts.first() {
            None => row("trust", "ok so far".to_owned(), None, Mark::Open, None),
            Some(doubt) => row("trust", doubt.clone(), None, Mark::Inconclusive, None),
        }
    }
}

fn row(name: &'static str, value: String, limit: Option<String>, mark: Mark, evidence: Option<Span>) -> ScoreRow {
    ScoreRow { name, value, limit: limit.unwrap_or_default(), mark, evidence }
}

fn broken(is_broken: bool) -> Mark {
    if is_broken { Mark::Fail } else { Mark::Open }
}

fn shortest(plan: &ResolvedPlan, of: impl Fn(&ObjectiveKind) -> Option<Duration>) -> Option<Duration> {
    plan.objectives.iter().filter_map(|objective| of(&objective.kind)).min()
}

/// A limit in words.
fn limit_of(kind: &ObjectiveKind) -> String {
    match kind {
        ObjectiveKind::RecoveryTime { max, .. }
        | ObjectiveKind::Failback { max, .. }
        | ObjectiveKind::ColdReturn { max, .. }
        | ObjectiveKind::DetectionTime { max }
        | ObjectiveKind::Staleness { max, .. }
        | ObjectiveKind::ResponseTime { max, .. } => words::duration(*max),
        ObjectiveKind::LostWrites { max } | ObjectiveKind::DivergedWrites { max } => words::counted(*max, "write"),
        ObjectiveKind::Violations { max, .. } => words::counted(*max, "violation"),
        ObjectiveKind::Availability { min, .. }
        | ObjectiveKind::Uptime { min, .. }
        | ObjectiveKind::Consistency { min, .. } => words::share(min.fraction()),
        ObjectiveKind::ErrorBudget { max, .. }
        | ObjectiveKind::NeverMoved { max }
        | ObjectiveKind::BlastRadius { max } => words::share(max.fraction()),
        ObjectiveKind::BurnRate { max, .. } | ObjectiveKind::RetryAmplification { max, .. } => words::times(*max),
        ObjectiveKind::NotMetastable => "comes back by itself".to_owned(),
    }
}

/// The scorecard of a judged run.
#[must_use]
pub fn judged(findings: &Findings) -> Vec<ScoreRow> {
    vec![
        judged_recovery(findings),
        of_objective(findings, "data loss", "lost-writes", findings.ledger.as_ref().map(|ledger| ledger.text.clone())),
        judged_budget(findings),
        of_objective(
            findings,
            "blast radius",
            "blast-radius",
            findings.blast_radius.as_ref().map(|one| one.text.clone()),
        ),
        judged_others(findings),
        of_objective(findings, "failback", "failback", judged_failback(findings)),
        judged_trust(findings),
    ]
}

/// The promises of a judged run, in the order of the findings: failed first, then inconclusive, then passed.
#[must_use]
pub fn promises(findings: &Findings) -> Vec<PromiseRow> {
    let row = |one: &crate::findings::ObjectiveFinding| PromiseRow {
        name: one.name.clone(),
        scope: one.scope.text.clone(),
        value: one.measured.text.clone(),
        limit: one.limit.text.clone(),
        mark: one.verdict.into(),
        reason: one.reason.clone(),
        evidence: one.evidence,
    };
    findings.objectives.iter().map(row).collect()
}

impl From<Verdict> for Mark {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Inconclusive => Self::Inconclusive,
            Verdict::Fail => Self::Fail,
        }
    }
}

/// A row of the promises of that kind, the worst of them; where there is none, what was found without a limit.
fn of_objective(findings: &Findings, name: &'static str, kind: &str, otherwise: Option<String>) -> ScoreRow {
    match findings.objectives.iter().find(|one| one.kind == kind) {
        Some(one) => {
            row(name, one.measured.text.clone(), Some(one.limit.text.clone()), one.verdict.into(), one.evidence)
        }
        None => row(name, otherwise.unwrap_or_else(|| NOT_MEASURED.to_owned()), None, Mark::Open, None),
    }
}

fn judged_recovery(findings: &Findings) -> ScoreRow {
    let all = findings.faults.iter().flat_map(|fault: &FaultFinding| &fault.recovery);
    let worst = all.filter(|one| one.impact.is_some()).max_by_key(|one| taken(one));
    let found = worst.map(|one| match one.state {
        RecoveryState::Recovered => words::duration(taken(one).0),
        _ => one.text.clone(),
    });
    let otherwise = found.or_else(|| (!findings.faults.is_empty()).then(|| "no user was affected".to_owned()));
    of_objective(findings, "recovery time", "recovery-time", otherwise)
}

fn judged_budget(findings: &Findings) -> ScoreRow {
    let worst = findings.error_budgets.iter().max_by(|one, other| one.spent.total_cmp(&other.spent));
    of_objective(findings, "error budget", "error-budget", worst.map(|one| one.text.clone()))
}

fn judged_failback(findings: &Findings) -> Option<String> {
    let all = findings.faults.iter().flat_map(|fault| &fault.failback).filter(|one| one.moved);
    all.max_by_key(|one| one.time.or(one.at_least)).map(|one| one.text.clone())
}

fn judged_others(findings: &Findings) -> ScoreRow {
    let (all, count) =
        (findings.neighbours.len(), |wanted| findings.neighbours.iter().filter(|one| one.conclusion == wanted).count());
    let value = match all {
        0 => NOT_MEASURED.to_owned(),
        _ => {
            let (fine, affected) =
                (count(crate::findings::Conclusion::Unaffected), count(crate::findings::Conclusion::Affected));
            match all - fine - affected {
                0 => format!("{fine} of {all} fine, {affected} affected"),
                unknown => format!("{fine} of {all} fine, {affected} affected, {unknown} with too little data"),
            }
        }
    };
    row("other regions", value, None, Mark::Open, None)
}

fn judged_trust(findings: &Findings) -> ScoreRow {
    let broken = findings.trust.iter().filter(|rule| rule.verdict != Verdict::Pass);
    let broken: Vec<String> = broken.map(|rule| rule.rule.clone()).collect();
    match broken[..] {
        [] => row("trust", "ok".to_owned(), None, Mark::Pass, None),
        _ => row("trust", format!("not met: {}", words::list(&broken)), None, Mark::Inconclusive, None),
    }
}
