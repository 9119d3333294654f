//! Two scorecards beside each other: what became of each row, out of the numbers that belong to it.
//!
//! A row is as bad as the worst of its numbers. It is *better* only when some are better and none of the others is worse or unknown:
//! what can't be told could have become worse. Where no number is tested (a run has one blast radius, and nothing says how much of it is
//! chance), two equal texts are within noise, and two different ones are not comparable.

use super::{
    beside::differ,
    value::{BesideRow, BesideScore, Fared},
};
use crate::{findings::Findings, live, words};

/// What a scorecard says where nothing was measured.
const NOT_MEASURED: &str = "not measured";

/// Row by row, in the order of the scorecard. Where the plans differ no row is comparable.
pub(super) fn scorecard(
    before: &Findings,
    now: &Findings,
    differences: &[&str],
    rows: &[BesideRow],
) -> Vec<BesideScore> {
    let (earlier, later) = (live::judged(before), live::judged(now));
    let score = |(was, is): (&live::ScoreRow, &live::ScoreRow)| {
        let own: Vec<&BesideRow> = rows.iter().filter(|row| row.score == is.name).collect();
        let (fared, text) = match differences {
            [] if own.is_empty() => untested(is.name, &was.value, &is.value),
            [] => of_rows(&own),
            _ => (Fared::NotComparable, differ(differences)),
        };
        let name = is.name.to_owned();
        BesideScore { name, before: was.value.clone(), now: is.value.clone(), fared, text: format!("{text}.") }
    };
    earlier.iter().zip(&later).map(score).collect()
}

/// What the numbers of a row come to, and why: the first of those that decide it.
fn of_rows(rows: &[&BesideRow]) -> (Fared, String) {
    let worst_first = [Fared::Worse, Fared::NotComparable, Fared::Better, Fared::WithinNoise];
    let fared = worst_first.into_iter().find(|fared| rows.iter().any(|row| row.fared == *fared));
    let fared = fared.expect("there is a row");
    let deciding: Vec<&&BesideRow> = rows.iter().filter(|row| row.fared == fared).collect();
    let first = deciding[0];
    let whom = if first.what == first.score { first.whom.clone() } else { format!("{}, {}", first.whom, first.what) };
    let likewise = match deciding.len() as u64 - 1 {
        0 => String::new(),
        1 => format!("; 1 more is {} too", fared.label()),
        more => format!("; {} more are {} too", words::count(more), fared.label()),
    };
    (fared, format!("{whom}: {}{likewise}", first.text))
}

fn untested(name: &str, before: &str, now: &str) -> (Fared, String) {
    match (name, before == now) {
        (_, true) if now == NOT_MEASURED => (Fared::NotComparable, "neither run measured it".to_owned()),
        (_, true) => (Fared::WithinNoise, "the same in both runs".to_owned()),
        ("trust", false) => (Fared::NotComparable, "what is not trusted can't be compared".to_owned()),
        _ => (Fared::NotComparable, "a run has one such number, and nothing says how much of it is chance".to_owned()),
    }
}
