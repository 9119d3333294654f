//! "Share of the users of a region that is hit who are never led elsewhere, at most this" (`definitions.md`: DNS and steering).
//!
//! See `rules::steering`. Per fault and population that had to move, and the worst counts.

use super::{Found, Judgement};
use crate::{
    evidence::Evidence,
    findings::{Quantity, Scope, Verdict},
    words,
};
use units::Share;

pub(super) fn judge(evidence: &Evidence<'_>, found: &Found<'_>, max: Share) -> Judgement {
    let limit = max.fraction();
    let cases = found.faults.iter().flat_map(|fault| fault.steering.iter().map(move |one| (fault, one)));
    let cases = cases.filter(|(_, one)| one.had_to_move);
    let cases = cases.map(|(fault, one)| {
        let verdict = match one.never_moved {
            None => Verdict::Inconclusive,
            Some(share) if share <= limit => Verdict::Pass,
            Some(_) => Verdict::Fail,
        };
        (verdict, one.never_moved.unwrap_or(-1.0), (fault, one))
    });
    let limit_text = words::share(limit);
    let mut judgement = Judgement {
        promise: format!("at most {limit_text} of the users of a region that is hit never move"),
        ..Judgement::unknown(
            Quantity::share(limit, limit_text),
            "no fault took a population's home away, so nobody had to move",
        )
    };
    if let Some((verdict, (fault, one))) = super::worst(cases.collect()) {
        let who = evidence.population_name(one.population);
        judgement.verdict = verdict;
        judgement.reason = format!("{who}: {}", one.text);
        if let Some(share) = one.never_moved {
            judgement.measured = Quantity::share(share, words::share_against(share, limit));
        }
        judgement.scope = Scope {
            text: format!("{who}, {}", fault.name),
            population: Some(one.population),
            fault: Some(fault.name.clone()),
            ..Scope::default()
        };
    }
    judgement
}
