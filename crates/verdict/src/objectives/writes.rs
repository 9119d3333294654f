//! "Acknowledged writes that no final read shows anywhere" and "… in some regions and not in others", at most so many.
//!
//! A write whose fate the final reads left open is not lost, but could be: when the open ones together with the lost ones
//! could break the promise, it is inconclusive. Without an acknowledged write nothing was at stake, and nothing is shown.

use super::{Found, Judgement};
use crate::{
    findings::{LedgerFinding, Length, Quantity, Scope, Verdict},
    words,
};

pub(super) fn lost(found: &Found<'_>, max: u64) -> Judgement {
    let promise = match max {
        0 => "no acknowledged write is lost".to_owned(),
        _ => format!("at most {} lost", words::counted(max, "acknowledged write")),
    };
    judge(
        found,
        max,
        promise,
        "lost",
        |ledger| (ledger.lost, ledger.unproven_unseen),
        |ledger| {
            let age = ledger.measured_loss.iter().map(|loss| loss.loss).max().filter(|loss| *loss > Length::default());
            let groups: Vec<String> = ledger.loss_groups.iter().map(|group| group.text.clone()).collect();
            (age.map(|age| words::duration(age.0)), words::list(&groups))
        },
    )
}

pub(super) fn diverged(found: &Found<'_>, max: u64) -> Judgement {
    let promise = match max {
        0 => "every acknowledged write is either everywhere or nowhere".to_owned(),
        _ => format!("at most {} present in some places only", words::counted(max, "acknowledged write")),
    };
    judge(
        found,
        max,
        promise,
        "present in some places only",
        |ledger| (ledger.diverged, ledger.unproven),
        |ledger| {
            let first = ledger.diverged_writes.first();
            let example =
                first.map(|write| format!("{} is missing for {}", write.write.value, words::list(&write.absent_for)));
            (None, example.unwrap_or_default())
        },
    )
}

fn judge(
    found: &Found<'_>,
    max: u64,
    promise: String,
    what: &str,
    counts: impl Fn(&LedgerFinding) -> (u64, u64),
    details: impl Fn(&LedgerFinding) -> (Option<String>, String),
) -> Judgement {
    let mut judgement = Judgement {
        verdict: Verdict::Inconclusive,
        promise,
        measured: Quantity::not_measured(),
        limit: Quantity::number(max, "write"),
        limit_is_most: true,
        reason: "the plan has no ledger: nothing was written that could be found again".to_owned(),
        scope: Scope { text: "acknowledged probe writes".to_owned(), ..Scope::default() },
        evidence: None,
    };
    let Some(ledger) = found.ledger else { return judgement };
    if ledger.acknowledged == 0 {
        judgement.reason = "no probe write was acknowledged, so nothing was at stake".to_owned();
        return judgement;
    }
    let (count, open) = counts(ledger);
    let (age, detail) = details(ledger);
    judgement.measured = Quantity::number(count, "write");
    if let Some(age) = age {
        judgement.measured.text = format!("{}, {age}", judgement.measured.text);
    }
    let of = words::counted(ledger.acknowledged, "acknowledged write");
    (judgement.verdict, judgement.reason) = if count > max {
        (Verdict::Fail, format!("{} of {of} {what}: {detail}", words::count(count)))
    } else if open > 0 && count + open > max {
        let example = ledger.unproven_writes.first().map_or("", |write| write.reason.as_str());
        let complete = if ledger.final_reads_complete { "" } else { "the final reads did not run to their end; " };
        (Verdict::Inconclusive, format!("{} of {of} could not be settled: {complete}{example}", words::count(open)))
    } else {
        (Verdict::Pass, format!("{} of {of} {what}", words::count(count)))
    };
    judgement
}
