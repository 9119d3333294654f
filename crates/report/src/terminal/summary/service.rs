//! What the service did about its faults and what that cost its users, in a line: what is bad first, as much as there is room for.

use crate::{
    facts::Facts,
    terminal::{Style, letters, line::Line},
};
use verdict::{
    findings::{FaultFinding, RecoveryTimes, StabilityState},
    words,
};

/// Attempts per request from which on retries are worth a word (`definitions.md`: a budget of 10 %).
const ATTEMPTS_WORTH_SAYING: f64 = 1.1;
/// The most faults whose recovery times are shown.
const REPEATED_MAX: usize = 2;

/// A part of the line; what is bad comes first.
struct Part {
    is_bad: bool,
    text: String,
}

fn good(text: impl Into<String>) -> Part {
    Part { is_bad: false, text: text.into() }
}

fn bad(text: impl Into<String>) -> Part {
    Part { is_bad: true, text: text.into() }
}

/// The line, and one more per fault that came more than once.
pub(super) fn service(facts: &Facts<'_>, style: &Style) -> Vec<String> {
    let injected: Vec<&FaultFinding> = facts.findings.faults.iter().filter(|fault| fault.was_injected()).collect();
    if injected.is_empty() {
        return Vec::new();
    }
    let mut parts = vec![noticed(&injected), stability(&injected)];
    parts.extend(never_moved(&injected));
    parts.extend(costs(facts));
    parts.sort_by_key(|part| !part.is_bad);
    let mut text = String::from("  service");
    for (index, part) in parts.iter().enumerate() {
        let longer = format!("{text}{} {}", if index == 0 { " " } else { " |" }, part.text);
        if letters::width(&letters::clean(&longer, style)) > style.columns() {
            break;
        }
        text = longer;
    }
    let mut lines = vec![Line::plain(&text).render(style)];
    lines.extend(repeated(facts).iter().map(|text| Line::plain(text).render(style)));
    lines
}

fn noticed(faults: &[&FaultFinding]) -> Part {
    if let Some(missed) = faults.iter().find(|fault| fault.detection.missed == Some(true)) {
        return bad(format!("MISSED {}", missed.name));
    }
    let slowest = faults.iter().map(|fault| fault.detection.after).collect::<Option<Vec<_>>>();
    match slowest.and_then(|all| all.into_iter().max()) {
        Some(slowest) => good(format!("noticed in {}", words::duration(slowest.0))),
        None if faults.iter().all(|fault| fault.detection.missed == Some(false)) => good("not all noticed"),
        None => good("noticing not measured"),
    }
}

fn stability(faults: &[&FaultFinding]) -> Part {
    let states = || faults.iter().map(|fault| fault.stability.as_ref().map(|found| found.state));
    if states().any(|state| state == Some(StabilityState::Metastable)) {
        bad("METASTABLE")
    } else if states().any(|state| state == Some(StabilityState::StillBad)) {
        bad("STILL BAD after the fault")
    } else if states().all(|state| state == Some(StabilityState::Stable)) {
        good("stable")
    } else {
        good("stability can't be told")
    }
}

/// `None`: nobody had to move.
fn never_moved(faults: &[&FaultFinding]) -> Option<Part> {
    let had_to_move = faults.iter().flat_map(|fault| &fault.steering).filter(|one| one.had_to_move);
    let shares: Vec<Option<f64>> = had_to_move.map(|one| one.never_moved).collect();
    let known = shares.iter().copied().flatten().max_by(f64::total_cmp);
    match known {
        Some(worst) if worst >= 0.5 => Some(bad(format!("never moved {}", words::share(worst)))),
        Some(worst) => Some(good(format!("never moved {}", words::share(worst)))),
        None => (!shares.is_empty()).then(|| good("moving not measured")),
    }
}

fn costs(facts: &Facts<'_>) -> Vec<Part> {
    let findings = facts.findings;
    let alarms = findings.false_alarms.len() as u64;
    let attempts = findings.amplification.iter().filter_map(|one| one.worst).max_by(f64::total_cmp);
    let budget = findings.error_budgets.iter().map(|one| one.spent).max_by(f64::total_cmp);
    let everybody = findings.uptime.iter().find(|one| one.population.is_none()).and_then(|one| one.uptime);
    let mut parts = Vec::new();
    parts.extend((alarms > 0).then(|| bad(words::counted(alarms, "false alarm"))));
    let attempts = attempts.filter(|attempts| *attempts > ATTEMPTS_WORTH_SAYING);
    parts.extend(attempts.map(|attempts| good(format!("{} attempts", words::decimal(attempts)))));
    parts.extend(everybody.map(|share| good(format!("user-uptime {}", words::share(share)))));
    parts.extend(budget.map(|spent| good(format!("budget {}", words::share(spent)))));
    parts
}

/// The worst population and class of each fault that came more than once.
fn repeated(facts: &Facts<'_>) -> Vec<String> {
    let all = &facts.findings.recovery_times;
    let mut worst: Vec<&RecoveryTimes> = Vec::new();
    for one in all {
        let rank = |one: &RecoveryTimes| (one.not_recovered, one.undecided, one.longest);
        match worst.iter_mut().find(|other| other.fault == one.fault) {
            Some(other) if rank(one) > rank(other) => *other = one,
            Some(_) => {}
            None => worst.push(one),
        }
    }
    let told = |one: &RecoveryTimes| {
        format!("  {}: {} {}s, {}", one.fault, facts.population(one.population), one.class, one.text)
    };
    worst.into_iter().take(REPEATED_MAX).map(told).collect()
}
