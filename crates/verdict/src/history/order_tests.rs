//! Orders that fit and that don't, and effects without their causes.

use super::*;
use crate::history::{model, story::story};
use proptest::prelude::*;

/// Breaches: no order, monotonic writes, writes follow reads.
fn broken(operations: &[LedgerOperation]) -> (usize, usize, usize) {
    let found = check(&History::of(operations));
    (found.one_order.breaches.len(), found.monotonic_writes.breaches.len(), found.writes_follow_reads.breaches.len())
}

#[test]
fn entries_have_one_order_and_causes_come_first() {
    let cases = [
        ("one grows", "1.0 eu 10 20 a1\n 2.0 eu 15 25 a2\n 3.0 eu 30 35 l1\n 3.1 us 40 45 l1,2", (0, 0, 0)),
        ("two orders", "1.0 eu 10 20 a1\n 2.0 eu 15 25 a2\n 3.0 eu 30 35 l1,2\n 4.0 us 30 35 l2,1", (1, 0, 0)),
        (
            "an entry in the middle is missing for now",
            "1.0 eu 10 20 a1\n 2.0 eu 15 25 a2\n 3.0 eu 30 35 l2\n 3.1 us 40 45 l1,2",
            (0, 0, 0),
        ),
        (
            "no order fits three reads",
            "1.0 eu 1 9 a1\n 2.0 eu 1 9 a2\n 3.0 eu 1 9 a3\n 4.0 eu 30 35 l1,2\n 5.0 us 30 35 l2,3\n 6.0 us 30 35 l3,1",
            (1, 0, 0),
        ),
        (
            "a session's second append without its first",
            "1.0 eu 10 20 a1\n 1.1 us 30 40 a2\n 2.0 us 50 60 l2\n 9.0 us 90 95 l1,2 f",
            (0, 1, 0),
        ),
        ("and before it", "1.0 eu 10 20 a1\n 1.1 us 30 40 a2\n 2.0 us 50 60 l2,1", (0, 1, 0)),
        (
            "an answer without what it answers",
            "1.0 eu 10 20 a1\n 2.0 eu 25 30 l1\n 2.1 us 35 40 a2\n 3.0 us 50 60 l2\n 9.0 us 90 95 l1,2 f",
            (0, 0, 1),
        ),
        (
            "what it hadn't read need not be there",
            "1.0 eu 10 20 a1\n 2.1 us 35 40 a2\n 3.0 us 50 60 l2\n 9.0 us 90 95 l1,2 f",
            (0, 0, 0),
        ),
        (
            "a lost cause is a lost update",
            "1.0 eu 10 20 a1\n 1.1 us 30 40 a2\n 2.0 us 50 60 l2\n 9.0 us 90 95 l2 f",
            (0, 0, 0),
        ),
        (
            "a cause of unknown outcome may be gone",
            "1.0 eu 10 20 a1 ?\n 1.1 us 30 40 a2\n 2.0 us 50 60 l2\n 9.0 us 90 95 l1,2 f",
            (0, 0, 0),
        ),
    ];
    for (what, lines, expected) in cases {
        assert_eq!(broken(&story(lines)), expected, "{what}");
    }
}

/// Whether some order of the values agrees with every read, by trying all of them.
fn some_order_fits(lists: &[Vec<u64>]) -> bool {
    fn fits(order: &mut Vec<u64>, left: &BTreeSet<u64>, lists: &[Vec<u64>]) -> bool {
        let agrees = |list: &Vec<u64>| {
            let places: Vec<_> = list.iter().filter_map(|value| order.iter().position(|one| one == value)).collect();
            let first_left = list.iter().position(|value| !order.contains(value)).unwrap_or(list.len());
            places.is_sorted() && list[first_left..].iter().all(|value| !order.contains(value))
        };
        if !lists.iter().all(agrees) {
            return false;
        }
        left.is_empty()
            || left.iter().any(|value| {
                let mut rest = left.clone();
                rest.remove(value);
                order.push(*value);
                let found = fits(order, &rest, lists);
                order.pop();
                found
            })
    }
    let values = lists.iter().flatten().copied().collect();
    fits(&mut Vec::new(), &values, lists)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn an_order_is_missed_exactly_where_none_fits(steps in model::steps(14), copies in 1..3_usize) {
        let operations = model::list(&steps, copies);
        let lists: Vec<Vec<u64>> = operations.iter().filter_map(|one| match &one.action {
            LedgerAction::List { values, .. } => {
                let mut seen = BTreeSet::new();
                Some(values.iter().copied().filter(|value| seen.insert(*value)).collect())
            }
            _ => None,
        }).collect();
        let found = broken(&operations);
        prop_assert_eq!(found.0 == 0, some_order_fits(&lists), "{:?}", lists);
        prop_assert!(copies > 1 || found == (0, 0, 0), "one copy has one order");
    }

    /// The quick way over the longest read says of every read what looking at all of its pairs says.
    #[test]
    fn causes_are_missed_exactly_where_pairs_miss_them(steps in model::steps(16), copies in 1..3_usize) {
        let operations = model::list(&steps, copies);
        let mut slow = 0;
        for read in &operations {
            let LedgerAction::List { values, .. } = &read.action else { continue };
            let place = |value: u64| values.iter().position(|one| *one == value);
            let is_broken = operations.iter().any(|effect| {
                let (Some(shown), turn) = (appended(effect).and_then(place), effect.turn) else { return false };
                let before = operations.iter().filter(|one| one.session == effect.session && one.turn < turn);
                before.flat_map(|one| match &one.action {
                    LedgerAction::Append { value } => vec![*value],
                    LedgerAction::List { values, .. } => values.clone(),
                    _ => Vec::new(),
                }).filter(|cause| operations.iter().any(|one| is_acknowledged(one) && appended(one) == Some(*cause)))
                .any(|cause| place(cause).is_none_or(|cause| cause > shown))
            });
            slow += usize::from(is_broken);
        }
        let (_, own, others) = broken(&operations);
        prop_assert_eq!(own + others, slow);
    }
}
