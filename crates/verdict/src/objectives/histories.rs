//! "At most so many violations of a property" and "what reads lacked was at most so old".
//!
//! What could not be decided may be broken as well: where that could break the promise, it is inconclusive. So is a property that
//! was never put to the test: nobody deleted anything, no session read what it had written.

use super::{Found, Judgement, worst};
use crate::{
    evidence::Evidence,
    findings::{PropertyFinding, Quantity, Scope, Span, Verdict},
    rules::history,
    words,
};
use plan::resolved::Property;
use std::time::Duration;

pub(super) fn violations(found: &Found<'_>, property: Property, max: u64) -> Judgement {
    let name = property.as_str().replace('-', " ");
    let mut judgement = Judgement {
        verdict: Verdict::Inconclusive,
        promise: match (property, max) {
            (Property::Linearizability, _) => "every register is linearizable".to_owned(),
            (_, 0) => format!("{name}: never broken"),
            _ => format!("{name}: broken at most {}", words::counted(max, "time")),
        },
        measured: Quantity::not_measured(),
        limit: Quantity::number(max, "violation"),
        limit_is_most: true,
        reason: "the plan has no ledger: nothing was done that could be held against it".to_owned(),
        scope: Scope { text: "the ledger's sessions".to_owned(), ..Scope::default() },
        evidence: None,
    };
    let Some(found) = found.history.and_then(|history| history.property(property)) else { return judgement };
    judgement.reason.clone_from(&found.text);
    if found.checked == 0 {
        return judgement;
    }
    judgement.measured = Quantity::number(found.broken, "violation");
    judgement.evidence = first(found);
    judgement.verdict = if found.broken > max {
        let example = found.violations.first().map_or("", |violation| violation.text.as_str());
        judgement.reason = format!("{}: {example}", found.text);
        Verdict::Fail
    } else if found.undecided > 0 && found.broken + found.undecided > max {
        Verdict::Inconclusive
    } else {
        Verdict::Pass
    };
    judgement
}

/// Where the first violation lies.
fn first(found: &PropertyFinding) -> Option<Span> {
    let operations = &found.violations.first()?.operations;
    let from = operations.iter().map(|one| one.sent).min()?;
    let to = operations.iter().map(|one| one.done).max()?;
    Some(Span { from, to })
}

/// The worst region and part of the run counts; one without enough reads for the percentile decides nothing.
pub(super) fn staleness(evidence: &Evidence<'_>, percentile: f64, max: Duration) -> Judgement {
    let mut judgement = Judgement {
        verdict: Verdict::Inconclusive,
        promise: format!("p{percentile} of the age of what reads lacked is at most {}", words::duration(max)),
        measured: Quantity::not_measured(),
        limit: Quantity::seconds(max.into(), words::duration(max)),
        limit_is_most: true,
        reason: "no session of the ledger read anything".to_owned(),
        scope: Scope { text: "the ledger's sessions".to_owned(), ..Scope::default() },
        evidence: None,
    };
    let cases = history::ages(evidence, percentile).into_iter().map(|(region, period, age)| {
        let verdict = match age.value {
            Some(value) if value.0 > max => Verdict::Fail,
            Some(_) => Verdict::Pass,
            None => Verdict::Inconclusive,
        };
        let size = age.value.map_or(0.0, |value| value.as_secs_f64());
        (verdict, size, (region, period, age))
    });
    if let Some((verdict, (region, period, age))) = worst(cases.collect()) {
        let who = evidence.region_name(region);
        judgement.verdict = verdict;
        judgement.reason = format!("reads answered by {who} {}: {}", period.as_str(), age.text);
        if let Some(value) = age.value {
            judgement.measured = Quantity::seconds(value, words::duration_against(value.0, max));
        }
    }
    judgement
}
