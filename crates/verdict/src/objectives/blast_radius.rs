//! "Share of the users whom no fault was aimed at and who were affected all the same, at most this" (`definitions.md`).
//!
//! See `rules::blast_radius`. Populations with too little data could be affected: when they together with the affected ones could
//! break the promise, it is inconclusive. Where every population's home was a target there is nobody to be spared, and nothing is
//! shown.

use super::{Found, Judgement};
use crate::{
    evidence::Evidence,
    findings::{Conclusion, Neighbour, Quantity, Scope, Verdict},
    words,
};
use units::Share;

pub(super) fn judge(evidence: &Evidence<'_>, found: &Found<'_>, max: Share) -> Judgement {
    let limit = max.fraction();
    let limit_text = format!("{} of the users", words::share(limit));
    let mut judgement = Judgement {
        promise: format!("at most {limit_text} whom no fault is aimed at are affected"),
        ..Judgement::unknown(
            Quantity::share(limit, limit_text),
            "no fault was injected, or every population's home was a target",
        )
    };
    let Some(radius) = found.blast_radius else { return judgement };
    let those = |conclusion: Conclusion| -> Vec<&Neighbour> {
        found.neighbours.iter().filter(|one| one.conclusion == conclusion).collect()
    };
    let told = |list: &[&Neighbour]| {
        let each = list.iter().map(|one| format!("{}: {}", evidence.population_name(one.population), one.text));
        each.collect::<Vec<_>>().join("; ")
    };
    let (affected, unknown) = (those(Conclusion::Affected), those(Conclusion::NotEnoughData));
    judgement.measured = Quantity::share(radius.affected_users, words::share_against(radius.affected_users, limit));
    judgement.scope = Scope { text: "users whom no fault was aimed at".to_owned(), ..Scope::default() };
    judgement.evidence = evidence.timeline.fault_windows().next();
    (judgement.verdict, judgement.reason) = if radius.affected_users > limit {
        (Verdict::Fail, told(&affected))
    } else if radius.affected_users + radius.undecided_users > limit {
        (Verdict::Inconclusive, told(&unknown))
    } else {
        (Verdict::Pass, radius.text.clone())
    };
    judgement
}
