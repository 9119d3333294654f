//! The order in which everything is judged.

use crate::{
    evidence::{Evidence, Freshness},
    findings::{
        Amplification, BlastRadius, ErrorBudget, FORMAT, FalseAlarm, FaultFinding, Findings, GeneratorFinding,
        LoadFinding, Neighbour, ObjectiveFinding, Reason, RecordingDamage, RecordingFinding, Series, Summary,
        TrustFinding, UserUptime, Verdict,
    },
    guard::Guard,
    objectives::{self, Found},
    rules::{
        amplification, blast_radius, detection, error_budget, errors, experience, fault, generator, history, ledger,
        load, recovery_times, together, trust, uptime,
    },
    telling::{events, fine, notes, run, sentence, series},
};
use plan::resolved::Objective;
use record::Recording;

/// Damages that are listed.
const DAMAGES_MAX: usize = 100;

/// Judges a recording, also one that is damaged or ends early. The same recording gives the same findings.
#[must_use]
pub fn judge(recording: &Recording) -> Findings {
    judge_guarded(recording, &mut Guard::default())
}

pub(crate) fn judge_guarded(recording: &Recording, guard: &mut Guard) -> Findings {
    let evidence = &gathered(recording, guard);
    let faults = faults(evidence, guard);
    let experience = guard.check("experience", |_| Vec::new(), || experience::experience(evidence, &faults));
    let recovery_times = guard.check("recovery times", |_| Vec::new(), || recovery_times::recovery_times(&faults));
    let together = guard.check("together", |_| Vec::new(), || together::together(evidence, &experience));
    let users = users(evidence, guard);
    let errors = guard.check("errors", |_| Vec::new(), || errors::errors(evidence));
    let ledger = guard.check("ledger", |_| None, || ledger::ledger(evidence));
    let history = history::history(evidence, guard);
    let load = guard.check("load", |_| LoadFinding::unknown(), || load::load(evidence));
    let generator = guard.check("generator", |_| GeneratorFinding::unknown(), || generator::generator(evidence));
    let series = guard.check(
        "series",
        |_| Series::none(),
        || Series { fine: fine::fine(evidence, &faults), ..series::series(evidence) },
    );
    let lines = guard.check("events", |_| Vec::new(), || events::events(evidence, &faults, ledger.as_ref()));
    // Objectives are judged with what trust says of everything but their own crashes, which then count as well.
    let rules = trust::trust(evidence, &load, &generator, &faults, guard.crashed());
    let found = Found {
        faults: &faults,
        ledger: ledger.as_ref(),
        history: history.as_ref(),
        neighbours: &users.neighbours,
        blast_radius: users.blast_radius.as_ref(),
        amplification: &users.amplification,
    };
    let objectives = judge_objectives(evidence, &found, &rules, &recording.plan.objectives, guard);
    let rules = trust::trust(evidence, &load, &generator, &faults, guard.crashed());
    let trust: Vec<TrustFinding> = rules.into_iter().map(|rule| rule.finding).collect();
    let (verdict, reasons) = overall(&objectives, &trust);
    let told = sentence::Told {
        verdict,
        objectives: &objectives,
        trust: &trust,
        faults: &faults,
        experience: &experience,
        neighbours: &users.neighbours,
        ledger: ledger.as_ref(),
    };
    let summary = summary(evidence, &told, reasons);
    Findings {
        format: FORMAT.to_owned(),
        run: run::run(evidence),
        summary,
        objectives,
        trust,
        faults,
        recovery_times,
        experience,
        together,
        neighbours: users.neighbours,
        blast_radius: users.blast_radius,
        amplification: users.amplification,
        false_alarms: users.false_alarms,
        uptime: users.uptime,
        error_budgets: users.error_budgets,
        errors,
        ledger,
        history,
        load,
        generator,
        recording: recording_finding(evidence),
        defects_on: notes::defects_on(evidence),
        events: lines,
        series,
        notes: notes::notes(evidence),
    }
}

/// What is known of the run, with what only a check of its own can tell.
fn gathered<'a>(recording: &'a Recording, guard: &mut Guard) -> Evidence<'a> {
    let mut evidence = Evidence::gather(recording);
    let fresh = || Freshness::of(&evidence.history, &evidence.timeline);
    evidence.freshness = guard.check("freshness", |_| Freshness::default(), fresh);
    evidence
}

fn faults(evidence: &Evidence<'_>, guard: &mut Guard) -> Vec<FaultFinding> {
    let found = |outage: usize| {
        let name = format!("fault {}", evidence.outage_name(outage));
        guard.check(&name, |_| None, || Some(fault::fault(evidence, outage)))
    };
    (0..evidence.timeline.outages.len()).filter_map(found).collect()
}

fn summary(evidence: &Evidence<'_>, told: &sentence::Told<'_>, reasons: Vec<Reason>) -> Summary {
    Summary {
        verdict: told.verdict,
        sentence: sentence::first(evidence, told),
        second_sentence: sentence::second(evidence, told),
        reasons,
    }
}

/// What the users of each population met, beside the faults' own time lines.
struct Users {
    neighbours: Vec<Neighbour>,
    blast_radius: Option<BlastRadius>,
    amplification: Vec<Amplification>,
    false_alarms: Vec<FalseAlarm>,
    uptime: Vec<UserUptime>,
    error_budgets: Vec<ErrorBudget>,
}

fn users(evidence: &Evidence<'_>, guard: &mut Guard) -> Users {
    let blast_radius = guard.check("blast radius", |_| None, || blast_radius::blast_radius(evidence));
    let (neighbours, blast_radius) = blast_radius.map_or((Vec::new(), None), |(each, sum)| (each, Some(sum)));
    Users {
        neighbours,
        blast_radius,
        amplification: guard.check("amplification", |_| Vec::new(), || amplification::amplification(evidence)),
        false_alarms: guard.check("false alarms", |_| Vec::new(), || detection::false_alarms(evidence)),
        uptime: guard.check("uptime", |_| Vec::new(), || uptime::uptime(evidence)),
        error_budgets: guard.check("error budgets", |_| Vec::new(), || error_budget::error_budgets(evidence)),
    }
}

/// Every promise, failed first, and before them the stop guard if it ended the run; one whose check crashes is inconclusive and leaves the others intact.
fn judge_objectives(
    evidence: &Evidence<'_>,
    found: &Found<'_>,
    rules: &[trust::Trust],
    promised: &[Objective],
    guard: &mut Guard,
) -> Vec<ObjectiveFinding> {
    let guarded = guard.check("stop guard", |_| None, || objectives::stop_guard::judge(evidence, rules));
    let judge = |objective: &Objective| {
        let name = format!("objective {}", objective.name);
        let crashed = |message: &str| objectives::crashed(objective, message);
        guard.check(&name, crashed, || objectives::judge(evidence, found, rules, objective))
    };
    let mut objectives: Vec<ObjectiveFinding> = guarded.into_iter().chain(promised.iter().map(judge)).collect();
    objectives::sort(&mut objectives);
    objectives
}

/// The worst of everything, and why it isn't better. A plan without promises proves nothing, so it can't pass.
fn overall(objectives: &[ObjectiveFinding], trust: &[TrustFinding]) -> (Verdict, Vec<Reason>) {
    let of_objectives = objectives.iter().map(|objective| Reason {
        verdict: objective.verdict,
        about: objective.name.clone(),
        text: objective.reason.clone(),
    });
    let of_trust =
        trust.iter().map(|rule| Reason { verdict: rule.verdict, about: rule.rule.clone(), text: rule.text.clone() });
    let nothing = objectives.is_empty().then(|| Reason {
        verdict: Verdict::Inconclusive,
        about: "objectives".to_owned(),
        text: "the plan promises nothing, so nothing can be kept".to_owned(),
    });
    let mut reasons: Vec<Reason> = of_objectives.chain(of_trust).chain(nothing).collect();
    let verdict = reasons.iter().map(|reason| reason.verdict).fold(Verdict::Pass, Verdict::merge);
    reasons.retain(|reason| reason.verdict != Verdict::Pass);
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.verdict));
    (verdict, reasons)
}

fn recording_finding(evidence: &Evidence<'_>) -> RecordingFinding {
    let integrity = &evidence.recording.integrity;
    let damages = integrity.damages.iter().take(DAMAGES_MAX).map(|damage| RecordingDamage {
        file: damage.file.clone(),
        line: damage.line,
        what: damage.what.clone(),
    });
    RecordingFinding {
        complete: integrity.complete,
        aborted: evidence.timeline.aborted.is_some(),
        damages: damages.collect(),
        damage_count: integrity.damages.len() as u64 + integrity.damages_omitted,
        entries: evidence.recording.entries.len() as u64,
    }
}

#[cfg(test)]
mod tests;
