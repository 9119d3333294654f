//! Cycles by their names.

use super::*;
use crate::history::{model, story::story};
use proptest::prelude::*;

fn names(lines: &str) -> Vec<&'static str> {
    let operations = story(lines);
    check(&History::of(&operations)).breaches.into_iter().filter_map(|breach| breach.anomaly).collect()
}

#[test]
fn a_cycle_has_the_name_of_its_edges() {
    let cases: [(&str, &str, &[&str]); 9] = [
        ("one copy", "1.0 eu 10 20 a1\n 2.0 us 30 35 l1\n 1.1 eu 40 50 a2\n 2.1 us 60 65 l1,2", &[]),
        ("a read that is behind is no cycle by itself", "1.0 eu 10 20 a1\n 2.0 us 30 35 l\n 3.0 eu 30 35 l1", &[]),
        ("two orders of writes", "1.0 eu 10 20 a1\n 2.0 us 10 20 a2\n 3.0 eu 30 35 l1,2\n 4.0 us 30 35 l2,1", &["G0"]),
        (
            "a session's writes the other way round",
            "1.0 eu 10 20 a1\n 1.1 us 30 40 a2\n 3.0 eu 50 55 l2,1",
            &["G0-process"],
        ),
        ("a hole", "1.0 eu 10 20 a1\n 2.0 us 10 20 a2\n 3.0 us 30 35 l2\n 4.0 eu 40 45 l1,2", &["G-single"]),
        (
            "back in time",
            "1.0 eu 10 20 a1\n 2.0 eu 30 35 l1\n 2.1 us 40 45 l\n 9.0 eu 90 95 l1 f",
            &["G-single-process"],
        ),
        (
            "an append of unknown outcome may take effect after the session's next operation",
            "1.0 eu 10 20 a1 ?\n 1.1 eu 30 40 l\n 9.0 us 90 95 l1 f",
            &[],
        ),
        ("a session reads what it appends later", "1.0 eu 10 20 l1\n 1.1 eu 30 40 a1", &["G1c-process"]),
        (
            "two keys, each read before the other's append was there",
            "k1 1.0 eu 10 20 a1\n k2 1.1 eu 30 40 l\n k2 2.0 us 10 20 a2\n k1 2.1 us 30 40 l\n k1 9.0 eu 90 95 l1 f\n k2 9.1 eu 96 99 l2 f",
            &["G2"],
        ),
    ];
    for (what, lines, expected) in cases {
        assert_eq!(names(lines), expected, "{what}");
    }
}

#[test]
fn a_cycle_shows_no_more_operations_than_it_has() {
    let operations = story("1.0 eu 10 20 a1\n 2.0 eu 30 35 l1\n 2.1 us 40 45 l\n 3.0 eu 50 55 l1\n 9.0 eu 90 95 l1 f");
    let found = check(&History::of(&operations));
    let shown: Vec<_> = found.breaches[0].operations.iter().map(|one| (one.session, one.turn)).collect();
    assert_eq!(shown, [(1, 0), (2, 0), (2, 1)]);
}

/// Every edge by looking at every pair, and whether an operation comes before itself.
fn slow(operations: &[LedgerOperation]) -> bool {
    let count = operations.len();
    let mut before = vec![vec![false; count]; count];
    let history = History::of(operations);
    let key: Vec<&LedgerOperation> = history.keys().next().map(<[_]>::to_vec).unwrap_or_default();
    let shown = reads(&key);
    let longest = longest(&shown).map(|(_, values)| values.clone()).unwrap_or_default();
    let place = |one: &LedgerOperation| one.turn as usize;
    let append = |value: u64| operations.iter().find(|one| appended(one) == Some(value)).map(place);
    for (read, values) in &shown {
        for pair in values.windows(2) {
            if let (Some(first), Some(second)) = (append(pair[0]), append(pair[1])) {
                before[first][second] = true;
            }
        }
        for &value in values {
            // Whatever is shown was appended before the read.
            if let Some(append) = append(value) {
                before[append][place(read)] = true;
            }
        }
        for value in longest.iter().filter(|value| !values.contains(value)) {
            if let Some(append) = append(*value) {
                before[place(read)][append] = true;
            }
        }
    }
    for one in operations.iter().filter(|one| is_acknowledged(one)) {
        for other in operations.iter().filter(|other| other.session == one.session && other.turn > one.turn) {
            before[place(one)][place(other)] = true;
        }
    }
    for middle in 0..count {
        for from in 0..count {
            for to in 0..count {
                before[from][to] |= before[from][middle] && before[middle][to];
            }
        }
    }
    (0..count).any(|one| before[one][one])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_cycle_is_found_exactly_where_something_comes_before_itself(steps in model::steps(20), copies in 1..3_usize) {
        let operations = model::list(&steps, copies);
        let found = check(&History::of(&operations));
        prop_assert_eq!(!found.breaches.is_empty(), slow(&operations));
        prop_assert!(copies > 1 || found.breaches.is_empty(), "one copy has no cycle");
    }
}
