//! The one sentence and the second one, from a fixed list of forms, the same in page, report, terminal and JSON.
//!
//! The first says what a person on a bridge call asks first: did failover work, how long did it take, what was lost. The
//! second says for whom, how the others were, and whether the numbers can be trusted.

use crate::{
    evidence::Evidence,
    findings::{
        Conclusion, Experience, FaultFinding, LedgerFinding, Length, Neighbour, ObjectiveFinding, Operations, Recovery,
        RecoveryState, TrustFinding, Verdict,
    },
    rules::fault::taken,
    words,
};
use plan::resolved::ObjectiveKind;

/// What the sentences are made from.
pub(crate) struct Told<'a> {
    pub(crate) verdict: Verdict,
    pub(crate) objectives: &'a [ObjectiveFinding],
    pub(crate) trust: &'a [TrustFinding],
    pub(crate) faults: &'a [FaultFinding],
    pub(crate) experience: &'a [Experience],
    pub(crate) neighbours: &'a [Neighbour],
    pub(crate) ledger: Option<&'a LedgerFinding>,
}

/// The one sentence.
pub(crate) fn first(evidence: &Evidence<'_>, told: &Told<'_>) -> String {
    let (main, is_good) = if told.faults.iter().any(FaultFinding::was_injected) {
        failover(evidence, told)
    } else {
        without_fault(evidence, told)
    };
    let Some(rest) = rest(told, is_good) else { return format!("{main}.") };
    // Bad news after good news is a "but", everything else goes on.
    let link = if is_good == rest.is_good { " and" } else { ", but" };
    format!("{main}{link} {}.", rest.text)
}

/// The second sentence.
pub(crate) fn second(evidence: &Evidence<'_>, told: &Told<'_>) -> String {
    let mut parts = vec![who_was_hit(evidence, told)];
    parts.extend(others(told));
    let broken = told.trust.iter().find(|rule| rule.verdict != Verdict::Pass);
    parts.push(broken.map_or_else(|| "data trusted".to_owned(), |rule| format!("not to be trusted: {}", rule.text)));
    let text = format!("{}.", parts.join("; "));
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A clause, and whether it is good news.
struct Clause {
    text: String,
    is_good: bool,
}

fn failover(evidence: &Evidence<'_>, told: &Told<'_>) -> (String, bool) {
    let all = told.faults.iter().flat_map(|fault| &fault.recovery);
    let worst = all.filter(|one| one.impact.is_some()).max_by_key(|one| (rank(one), taken(one)));
    let limit = limit(evidence);
    let limit_text = limit.map_or_else(String::new, |limit| format!(" (limit {})", words::duration(limit.0)));
    let Some(worst) = worst else {
        let undecided =
            told.faults.iter().flat_map(|fault| &fault.recovery).find(|one| one.state == RecoveryState::Undecided);
        return match undecided {
            Some(one) => (format!("It can't be told whether failover worked: {}", one.text), false),
            None => ("No user was affected by the fault".to_owned(), true),
        };
    };
    let time =
        limit.map_or_else(|| words::duration(taken(worst).0), |limit| words::duration_against(taken(worst).0, limit.0));
    let who = evidence.population_name(worst.population);
    match worst.state {
        RecoveryState::Recovered if limit.is_none_or(|limit| taken(worst) <= limit) => {
            (format!("Failover worked in {time}{limit_text}"), true)
        }
        RecoveryState::Recovered => (format!("Failover took {time}{limit_text}"), false),
        RecoveryState::NotRecovered => {
            (format!("Failover did not work: {who} still failed {time} after the first impact"), false)
        }
        _ => (format!("It can't be told whether failover worked: for {who} {}", worst.text), false),
    }
}

/// How bad: recovered, can't be told, not recovered.
fn rank(one: &Recovery) -> u8 {
    match one.state {
        RecoveryState::NotAffected | RecoveryState::Recovered => 0,
        RecoveryState::Undecided => 1,
        RecoveryState::NotRecovered => 2,
    }
}

/// The smallest limit on recovery.
fn limit(evidence: &Evidence<'_>) -> Option<Length> {
    let limits = evidence.plan.objectives.iter().filter_map(|objective| match objective.kind {
        ObjectiveKind::RecoveryTime { max, .. } => Some(Length(max)),
        _ => None,
    });
    limits.min()
}

fn without_fault(evidence: &Evidence<'_>, told: &Told<'_>) -> (String, bool) {
    let whole = || told.experience.iter().filter(|one| one.operations == Operations::All);
    let (ok, requests) =
        whole().flat_map(|one| one.phases.last()).fold((0, 0), |sum, phase| (sum.0 + phase.ok, sum.1 + phase.requests));
    match crate::rules::experience::share(ok, requests) {
        None => ("No request was made, so nothing can be told".to_owned(), false),
        Some(share) => {
            let planned = if evidence.plan.faults.is_empty() { "Without a fault" } else { "No fault was injected;" };
            let good = told.objectives.iter().all(|objective| objective.verdict == Verdict::Pass);
            (format!("{planned} {} of {} succeeded", words::share(share), words::counted(requests, "request")), good)
        }
    }
}

/// What else is the most important: lost writes, then diverged ones, then another broken promise, then doubt, then peace.
fn rest(told: &Told<'_>, is_good: bool) -> Option<Clause> {
    let bad = |text: String| Some(Clause { text, is_good: false });
    let ledger = told.ledger;
    if let Some(lost) = ledger.map(|ledger| ledger.lost).filter(|lost| *lost > 0) {
        let were = if lost == 1 { "was" } else { "were" };
        return bad(format!("{} {were} lost", words::counted(lost, "acknowledged write")));
    }
    if let Some(diverged) = ledger.map(|ledger| ledger.diverged).filter(|diverged| *diverged > 0) {
        let are = if diverged == 1 { "is" } else { "are" };
        return bad(format!("{} {are} not the same everywhere", words::counted(diverged, "acknowledged write")));
    }
    let said = |objective: &&ObjectiveFinding| objective.kind == "recovery-time" && !is_good;
    let failed = told.objectives.iter().find(|objective| objective.verdict == Verdict::Fail && !said(objective));
    if let Some(failed) = failed {
        return bad(format!("{} was broken: {} (limit {})", failed.name, failed.measured.text, failed.limit.text));
    }
    if told.verdict == Verdict::Inconclusive {
        let rule = told.trust.iter().find(|rule| rule.verdict != Verdict::Pass).map(|rule| rule.text.clone());
        let objective = told.objectives.iter().find(|objective| objective.verdict == Verdict::Inconclusive);
        let why = rule.or_else(|| objective.map(|objective| format!("{}: {}", objective.name, objective.reason)));
        return bad(match why {
            Some(why) => format!("it proves nothing: {why}"),
            None => "it proves nothing: the plan promises nothing".to_owned(),
        });
    }
    let settled = ledger.filter(|ledger| ledger.acknowledged > 0 && ledger.unproven == 0);
    settled.map(|ledger| Clause {
        text: format!("none of {} was lost", words::counted(ledger.acknowledged, "acknowledged write")),
        is_good: true,
    })
}

fn who_was_hit(evidence: &Evidence<'_>, told: &Told<'_>) -> String {
    let hit = told.experience.iter().filter(|one| one.operations == Operations::All);
    let mut hit: Vec<(Length, &Experience)> =
        hit.filter_map(|one| one.affected.map(|span| (span.length(), one))).collect();
    hit.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    let Some((length, worst)) = hit.first() else { return "no population was hit".to_owned() };
    let who = evidence.population_name(worst.population);
    let also = match hit.len() - 1 {
        0 => String::new(),
        1 => " and one other population".to_owned(),
        others => format!(" and {others} other populations"),
    };
    let (length, down) = (words::duration(length.0), words::duration(worst.down.0));
    format!("{who} users{also} hit for {length} (down {down})")
}

fn others(told: &Told<'_>) -> Option<String> {
    let count = |wanted: Conclusion| told.neighbours.iter().filter(|one| one.conclusion == wanted).count();
    let all = told.neighbours.len();
    if all == 0 {
        return None;
    }
    let (fine, affected) = (count(Conclusion::Unaffected), count(Conclusion::Affected));
    let mut text = format!("{fine} of {all} other {} fine", if all == 1 { "population" } else { "populations" });
    if affected > 0 {
        text = format!("{text}, {affected} affected");
    }
    let unknown = all - fine - affected;
    if unknown > 0 {
        text = format!("{text}, {unknown} with too little data");
    }
    Some(text)
}
