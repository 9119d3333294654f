//! Shares sum to exactly the whole. Counted in parts per million, so that nothing is lost to rounding.

use crate::{
    mistakes::{Code, Collector, Mistake},
    read::collections::List,
    text::population::PopulationText,
};
use units::Share;

/// The share of each population, in order: as written, or an equal part of what the others leave.
///
/// `None` when one can't be read, or when they don't sum to the whole; the latter adds a mistake.
pub(crate) fn resolve(list: &List<PopulationText>, mistakes: &mut Collector<'_>) -> Option<Vec<Share>> {
    let fields: Vec<_> = list.items.iter().map(|item| &item.value.share).collect();
    if !list.complete || fields.iter().any(|share| share.is_bad()) {
        return None;
    }
    for item in &list.items {
        if let Some(share) = item.value.share.written().filter(|share| share.value == Share::NONE) {
            let mistake = Mistake::new(Code::OutOfRange, share.span, "a population without any share of the load");
            mistakes.add(mistake.hint("write a share above 0%, or remove the population"));
        }
    }
    let written: Vec<_> = fields.iter().filter_map(|share| share.written()).collect();
    let sum: u64 = written.iter().map(|share| u64::from(share.value.parts_per_million())).sum();
    let open = fields.len() - written.len();
    let whole = u64::from(Share::WHOLE.parts_per_million());
    let fits = if open == 0 { sum == whole } else { sum + open as u64 <= whole };
    if !fits {
        let span = written.last().expect("shares that don't fit were written").span;
        let mistake = if open == 0 {
            Mistake::new(Code::Shares, span, format!("the shares sum to {}, not to 100%", percent(sum)))
        } else {
            let message = format!("the shares sum to {}, which leaves nothing to those without one", percent(sum));
            Mistake::new(Code::Shares, span, message)
        };
        let hint = match sum.checked_sub(whole) {
            _ if open > 0 => "lower the others, or remove the populations without `share`".to_owned(),
            Some(over) => format!("{} are too much", percent(over)),
            None => {
                format!("{} are missing; a population without `share` gets what the others leave", percent(whole - sum))
            }
        };
        mistakes.add(mistake.hint(hint));
        return None;
    }
    let left = Share::from_parts_per_million(u32::try_from(whole - sum).ok()?)?;
    let mut rest = equal(left, open).into_iter();
    fields.iter().map(|share| share.written().map(|share| share.value).or_else(|| rest.next())).collect()
}

/// `share` in that many parts which differ by at most one part per million, larger ones first.
pub(crate) fn equal(share: Share, parts: usize) -> Vec<Share> {
    let all = share.parts_per_million();
    let count = u32::try_from(parts).expect("a plan has fewer populations");
    (0..count)
        .map(|index| all / count + u32::from(index < all % count))
        .map(|part| Share::from_parts_per_million(part).expect("a part is less than the whole"))
        .collect()
}

/// Parts per million as a percentage; above 100 % too.
fn percent(parts: u64) -> String {
    let decimals = format!("{:04}", parts % 10_000);
    let decimals = decimals.trim_end_matches('0');
    let point = if decimals.is_empty() { "" } else { "." };
    format!("{}{point}{decimals}%", parts / 10_000)
}
