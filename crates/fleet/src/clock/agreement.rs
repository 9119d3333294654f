//! Several clocks that should show the same: which of them does not, and what the others say together.
//!
//! ```text
//!    dublin   ├────────┤                         each: an offset with its bound
//!    tokyo        ├─────────┤
//!    sydney                        ├──────┤      wrong by 500 ms
//!    together     ├────┤                         where at least n − f of n agree
//! ```
//!
//! Marzullo (1984): with at most `f` wrong clocks of `n`, the truth is in a place that at least `n − f` of the
//! intervals cover. Such places may lie apart (a wide interval that meets two that don't meet each other), and then
//! nobody knows in which of them the truth is. So what is answered spans all of them, and only who has no part in
//! that span is named as wrong. Naming more would be guessing: of two that contradict each other, either may be the one.
//!
//! What this is for: times of day of agents' machines, which should agree with the controller's and between each
//! other (a run compares no times of day, but people compare its time with their logs), and the same clock's offset
//! as several others see it.

use super::filter::Estimate;
use super::reading::Offset;
use std::time::Duration;

/// What most of several clocks say together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement<'a> {
    /// The truth is in here, if no more are wrong than were allowed to be.
    pub estimate: Estimate,
    /// Those that are wrong then, in the order in which they were given.
    pub excluded: Vec<&'a str>,
}

/// How many of that many clocks may be wrong and the others still be a majority.
#[must_use]
pub fn wrong_max(clocks: usize) -> usize {
    clocks.saturating_sub(1) / 2
}

/// What clocks say together if at most `wrong_max` of them are wrong; none when more than that must be, or when there is
/// no clock.
#[must_use]
pub fn agree<'a>(claims: &[(&'a str, Estimate)], wrong_max: usize) -> Option<Agreement<'a>> {
    let enough = claims.len().saturating_sub(wrong_max).max(1);
    let (low, high) = span(claims, enough)?;
    let is_apart = |estimate: &Estimate| {
        let (from, to) = ends(estimate);
        to < low || from > high
    };
    let excluded = claims.iter().filter(|(_, estimate)| is_apart(estimate)).map(|(name, _)| *name).collect();
    let middle = (low + high).div_euclid(2);
    let bound = Duration::from_nanos(u64::try_from(high - middle).unwrap_or(u64::MAX));
    let middle = i64::try_from(middle).unwrap_or(if middle < 0 { i64::MIN } else { i64::MAX });
    Some(Agreement { estimate: Estimate { offset: Offset::from_nanos(middle), bound }, excluded })
}

/// From the first to the last place that at least `enough` intervals cover. Ends belong to their interval.
fn span(claims: &[(&str, Estimate)], enough: usize) -> Option<(i128, i128)> {
    let intervals: Vec<(i128, i128)> = claims.iter().map(|(_, estimate)| ends(estimate)).collect();
    let covered = |place: i128| intervals.iter().filter(|(from, to)| (*from..=*to).contains(&place)).count() >= enough;
    // Coverage rises only where an interval begins and falls only after one ends.
    let low = intervals.iter().map(|(from, _)| *from).filter(|place| covered(*place)).min()?;
    let high = intervals.iter().map(|(_, to)| *to).filter(|place| covered(*place)).max()?;
    Some((low, high))
}

/// The least and the most that the estimate allows, in nanoseconds.
fn ends(estimate: &Estimate) -> (i128, i128) {
    let offset = i128::from(estimate.offset.as_nanos());
    let bound = i128::try_from(estimate.bound.as_nanos()).unwrap_or(i128::from(u64::MAX));
    (offset - bound, offset + bound)
}

#[cfg(test)]
mod tests {
    //! Clocks that agree, one that doesn't, and cases where nobody can say which.
    use super::*;
    use proptest::prelude::*;

    fn ms(offset: i64, bound: u64) -> Estimate {
        Estimate { offset: Offset::from_nanos(offset * 1_000_000), bound: Duration::from_millis(bound) }
    }

    #[test]
    fn the_wrong_one_is_excluded_only_when_it_is_known_which() {
        type Claims = Vec<(&'static str, Estimate)>;
        type Expected = Option<(Estimate, Vec<&'static str>)>;
        let cases: [(&str, Claims, Expected); 6] = [
            (
                "one of three is wrong by 500 ms",
                vec![("dublin", ms(0, 30)), ("tokyo", ms(10, 30)), ("sydney", ms(500, 40))],
                Some((ms(5, 25), vec!["sydney"])),
            ),
            ("all agree", vec![("dublin", ms(0, 10)), ("tokyo", ms(0, 30))], Some((ms(0, 10), vec![]))),
            (
                "a wide one meets two that contradict each other: either may be right",
                vec![("wide", ms(0, 100)), ("left", ms(-90, 5)), ("right", ms(90, 5))],
                Some((ms(0, 95), vec![])),
            ),
            ("two that contradict each other", vec![("left", ms(-90, 5)), ("right", ms(90, 5))], None),
            ("three that all contradict each other", vec![("a", ms(0, 1)), ("b", ms(9, 1)), ("c", ms(20, 1))], None),
            ("nobody", vec![], None),
        ];
        for (sentence, claims, expected) in cases {
            let found = agree(&claims, wrong_max(claims.len()));
            let expected = expected.map(|(estimate, excluded)| Agreement { estimate, excluded });
            assert_eq!(found, expected, "{sentence}");
        }
    }

    proptest! {
        /// Right ones contain the truth; wrong ones are anywhere. The truth is inside, and no right one is excluded.
        #[test]
        fn the_truth_is_inside_and_nobody_who_is_right_is_excluded(
            truth in -1000_i64..1000,
            right in prop::collection::vec((-100_i64..100, 0_u64..50), 1..8),
            wrong in prop::collection::vec((-3000_i64..3000, 0_u64..300), 0..8),
        ) {
            let wrong = &wrong[..wrong.len().min(right.len() - 1)];
            let mut claims: Vec<(&str, Estimate)> = right
                .iter()
                .map(|(off, more)| ("right", ms(truth + off, off.unsigned_abs() + more)))
                .collect();
            claims.extend(wrong.iter().map(|(offset, bound)| ("wrong", ms(*offset, *bound))));
            let found = agree(&claims, wrong_max(claims.len())).expect("most are right, so they meet");
            let (low, high) = ends(&found.estimate);
            prop_assert!((low..=high).contains(&i128::from(truth * 1_000_000)));
            prop_assert!(!found.excluded.contains(&"right"), "{found:?}");
        }
    }
}
