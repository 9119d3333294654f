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
    rules::{fault::taken, trust::brief},
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
    let main = if told.faults.iter().any(FaultFinding::was_injected) {
        failover(evidence, told)
    } else {
        without_fault(evidence, told)
    };
    let Some(rest) = rest(told, main.news) else { return format!("{}.", main.text) };
    // Bad news after good news is a "but", and good news after bad news; everything else goes on.
    let link = if (main.news == News::Good) == (rest.news == News::Good) { " and" } else { ", but" };
    format!("{}{link} {}.", main.text, rest.text)
}

/// The second sentence.
pub(crate) fn second(evidence: &Evidence<'_>, told: &Told<'_>) -> String {
    let mut parts = vec![who_was_hit(evidence, told)];
    parts.extend(others(told));
    let broken = told.trust.iter().find(|rule| rule.verdict != Verdict::Pass);
    let doubt = |rule: &TrustFinding| format!("not to be trusted: {}", brief(&rule.text));
    parts.push(broken.map_or_else(|| "data trusted".to_owned(), doubt));
    format!("{}.", parts.join("; "))
}

/// A clause of the sentence.
struct Clause {
    text: String,
    news: News,
}

/// What kind of news a clause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    Good,
    Bad,
    /// It can't be told.
    Open,
}

impl News {
    fn of(self, text: impl Into<String>) -> Clause {
        Clause { text: text.into(), news: self }
    }
}

fn failover(evidence: &Evidence<'_>, told: &Told<'_>) -> Clause {
    let all = told.faults.iter().flat_map(|fault| fault.recovery.iter().map(move |one| (fault, one)));
    let hit = all.filter(|(_, one)| one.impact.is_some());
    let worst = hit.max_by_key(|(_, one)| (rank(one), taken(one), limit(evidence, one).is_some()));
    let limit = worst.and_then(|(_, worst)| limit(evidence, worst));
    let limit_text = limit.map_or_else(String::new, |limit| format!(" (limit {})", words::duration(limit.0)));
    let Some((fault, worst)) = worst else {
        let undecided =
            told.faults.iter().flat_map(|fault| &fault.recovery).find(|one| one.state == RecoveryState::Undecided);
        return match undecided {
            Some(one) => News::Open.of(format!("It can't be told whether failover worked: {}", one.text)),
            None => News::Good.of("No user was affected by the fault"),
        };
    };
    let time =
        limit.map_or_else(|| words::duration(taken(worst).0), |limit| words::duration_against(taken(worst).0, limit.0));
    let who = evidence.population_name(worst.population);
    let [worked, took, not, can] = if is_failover(fault, worst) {
        ["Failover worked in", "Failover took", "Failover did not work", "failover worked"]
    } else {
        [
            "Users were well again after",
            "Users were well again only after",
            "Users were not well again",
            "users were well again",
        ]
    };
    match worst.state {
        RecoveryState::Recovered if limit.is_none_or(|limit| taken(worst) <= limit) => {
            News::Good.of(format!("{worked} {time}{limit_text}"))
        }
        RecoveryState::Recovered => News::Bad.of(format!("{took} {time}{limit_text}")),
        RecoveryState::NotRecovered => News::Bad.of(format!("{not}: {who} still failed {time} after the first impact")),
        _ => News::Open.of(format!("It can't be told whether {can}: for {who} {}", worst.text)),
    }
}

/// Whether the recovery is one by failover, or should have been. Who keeps the region and waits until it works again sees none.
fn is_failover(fault: &FaultFinding, recovery: &Recovery) -> bool {
    let moved = fault.failback.iter().any(|one| one.population == recovery.population && one.moved);
    let had_to = fault.steering.iter().any(|one| one.population == recovery.population && one.had_to_move);
    moved || (had_to && recovery.state != RecoveryState::Recovered)
}

/// How bad: recovered, can't be told, not recovered.
fn rank(one: &Recovery) -> u8 {
    match one.state {
        RecoveryState::NotAffected | RecoveryState::Recovered => 0,
        RecoveryState::Undecided => 1,
        RecoveryState::NotRecovered => 2,
    }
}

/// The smallest limit on such a recovery: a promise to readers says nothing of writes.
fn limit(evidence: &Evidence<'_>, recovery: &Recovery) -> Option<Length> {
    let name = evidence.population_name(recovery.population);
    let limits = evidence.plan.objectives.iter().filter_map(|objective| match &objective.kind {
        ObjectiveKind::RecoveryTime { max, class, population } => {
            let is_meant = class.is_none_or(|class| class.as_str() == recovery.class)
                && population.as_ref().is_none_or(|population| population.as_str() == name);
            is_meant.then_some(Length(*max))
        }
        _ => None,
    });
    limits.min()
}

fn without_fault(evidence: &Evidence<'_>, told: &Told<'_>) -> Clause {
    let whole = || told.experience.iter().filter(|one| one.operations == Operations::All);
    let (ok, requests) =
        whole().flat_map(|one| one.phases.last()).fold((0, 0), |sum, phase| (sum.0 + phase.ok, sum.1 + phase.requests));
    match crate::rules::experience::share(ok, requests) {
        None => News::Open.of("No request was made, so nothing can be told"),
        Some(share) => {
            let planned = if evidence.plan.faults.is_empty() { "Without a fault" } else { "No fault was injected;" };
            // Whether the share is good is for the promises to say.
            News::Good.of(format!(
                "{planned} {} of {} succeeded",
                words::share(share),
                words::counted(requests, "request")
            ))
        }
    }
}

/// What else is the most important: a run that its stop guard ended, then lost writes, then diverged ones, then another broken promise, then doubt, then peace.
fn rest(told: &Told<'_>, main: News) -> Option<Clause> {
    if let Some(guard) = told.objectives.iter().find(|one| one.kind == "stop-guard") {
        return Some(News::Bad.of(format!("the stop guard ended the run: {}", guard.measured.text)));
    }
    let ledger = told.ledger;
    if let Some(lost) = ledger.map(|ledger| ledger.lost).filter(|lost| *lost > 0) {
        let were = if lost == 1 { "was" } else { "were" };
        return Some(News::Bad.of(format!("{} {were} lost", words::counted(lost, "acknowledged write"))));
    }
    if let Some(diverged) = ledger.map(|ledger| ledger.diverged).filter(|diverged| *diverged > 0) {
        let are = if diverged == 1 { "is" } else { "are" };
        let writes = words::counted(diverged, "acknowledged write");
        return Some(News::Bad.of(format!("{writes} {are} not the same everywhere")));
    }
    // The main clause has said what became of recovery.
    let is_said = |objective: &ObjectiveFinding| objective.kind == "recovery-time" && main != News::Good;
    let first = |verdict| told.objectives.iter().find(|one| one.verdict == verdict && !is_said(one));
    if let Some(failed) = first(Verdict::Fail) {
        let (name, measured, limit) = (&failed.name, &failed.measured.text, &failed.limit.text);
        return Some(News::Bad.of(format!("{name} was broken: {measured} (limit {limit})")));
    }
    match told.verdict {
        Verdict::Inconclusive => doubt(told, first(Verdict::Inconclusive)).filter(|_| main != News::Open),
        _ => {
            let settled = ledger.filter(|ledger| ledger.acknowledged > 0 && ledger.unproven == 0)?;
            let writes = words::counted(settled.acknowledged, "acknowledged write");
            Some(News::Good.of(format!("none of {writes} was lost")))
        }
    }
}

/// Why it is inconclusive.
fn doubt(told: &Told<'_>, objective: Option<&ObjectiveFinding>) -> Option<Clause> {
    if let Some(rule) = told.trust.iter().find(|rule| rule.verdict != Verdict::Pass) {
        return Some(News::Open.of(format!("the measurement can't be trusted: {}", brief(&rule.text))));
    }
    if told.objectives.is_empty() {
        return Some(News::Open.of("the plan promises nothing, so nothing was kept"));
    }
    objective.map(|one| News::Open.of(format!("{} can't be told: {}", one.name, one.reason)))
}

fn who_was_hit(evidence: &Evidence<'_>, told: &Told<'_>) -> String {
    let hit = told.experience.iter().filter(|one| one.operations == Operations::All);
    let mut hit: Vec<(Length, &Experience)> =
        hit.filter(|one| one.affected.is_some()).map(|one| (one.affected_for, one)).collect();
    hit.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    let Some((length, worst)) = hit.first() else { return "No population was hit".to_owned() };
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
    let noun = if all == 1 { "population" } else { "populations" };
    let (fine, affected) = (count(Conclusion::Unaffected), count(Conclusion::Affected));
    let unknown = all - fine - affected;
    if unknown == all {
        return Some(format!("{all} other {noun}: too little data to tell"));
    }
    let mut text = format!("{fine} of {all} other {noun} fine");
    if affected > 0 {
        text = format!("{text}, {affected} affected");
    }
    if unknown > 0 {
        text = format!("{text}, {unknown} with too little data");
    }
    Some(text)
}
