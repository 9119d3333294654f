//! Linearizable or not: known histories, and every order tried.

use super::*;
use crate::history::{model, story::story};
use proptest::prelude::*;

fn answer(operations: &[LedgerOperation]) -> Answer {
    let history = History::of(operations);
    let key: Vec<&LedgerOperation> = history.keys().next().map(<[_]>::to_vec).unwrap_or_default();
    linearizable(&relevant(&key), &mut STEPS_MAX.clone())
}

#[test]
fn known_histories_have_known_answers() {
    let cases = [
        ("a read sees the last write", "1.0 eu 10 20 w1\n 2.0 us 30 40 r1", true),
        ("a stale read after the acknowledgement", "1.0 eu 10 20 w1\n 2.0 us 30 40 r-", false),
        ("a read beside the write sees the old", "1.0 eu 10 50 w1\n 2.0 us 30 40 r-", true),
        ("or the new", "1.0 eu 10 50 w1\n 2.0 us 30 40 r1", true),
        ("but once it was seen it stays", "1.0 eu 10 50 w1\n 2.0 us 20 25 r1\n 3.0 eu 30 40 r-", false),
        (
            "two writes beside each other, seen in one order",
            "1.0 eu 10 50 w1\n 2.0 us 10 50 w2\n 3.0 eu 60 65 r2\n 4.0 eu 70 75 r2",
            true,
        ),
        ("and in both", "1.0 eu 10 50 w1\n 2.0 us 10 50 w2\n 3.0 eu 60 65 r2\n 4.0 eu 70 75 r1", false),
        ("an unknown write may take effect late", "1.0 eu 10 20 w1 ?\n 2.0 us 30 40 r-\n 2.1 us 50 60 r1", true),
        ("and then it has", "1.0 eu 10 20 w1 ?\n 2.0 us 30 40 r1\n 2.1 us 50 60 r-", false),
        ("an unknown write may never take effect", "1.0 eu 10 20 w1 ?\n 2.0 us 30 40 r-\n 2.1 us 50 60 r-", true),
        ("a refused write did nothing", "1.0 eu 10 20 w1 !\n 2.0 us 30 40 r-", true),
        ("and is not to be seen", "1.0 eu 10 20 w1 !\n 2.0 us 30 40 r1", false),
        ("a delete leaves nothing", "1.0 eu 10 20 w1\n 1.1 eu 30 40 x\n 2.0 us 50 60 r-", true),
        ("a delete that is not seen", "1.0 eu 10 20 w1\n 1.1 eu 30 40 x\n 2.0 us 50 60 r1", false),
        ("an operation that begins as another ends overlaps it", "1.0 eu 10 20 w1\n 2.0 us 20 30 r-", true),
    ];
    for (what, lines, expected) in cases {
        assert_eq!(answer(&story(lines)) == Answer::Yes, expected, "{what}");
    }
}

#[test]
fn without_budget_the_answer_is_unknown_and_never_yes() {
    let operations = story("1.0 eu 10 50 w1\n 2.0 us 10 50 w2\n 3.0 eu 60 65 r2");
    let key: Vec<&LedgerOperation> = operations.iter().collect();
    assert_eq!(linearizable(&key, &mut 2), Answer::Unknown);
    assert_eq!(linearizable(&key, &mut 100), Answer::Yes);
}

#[test]
fn a_proof_is_as_short_as_it_can_be() {
    let operations = story(
        "1.0 eu 10 20 w1\n 2.0 eu 22 25 r1\n 1.1 eu 30 40 w2\n 2.1 us 45 50 r2\n 3.0 us 55 60 r1\n 3.1 us 70 80 r2\n 1.2 eu 90 95 w3",
    );
    let found = check(&History::of(&operations));
    let shown: Vec<_> = found.breaches[0].operations.iter().map(|one| (one.session, one.turn)).collect();
    assert_eq!(shown, [(1, 0), (1, 1), (3, 0)], "w1, w2, and a read of 1 behind both");
}

/// Whether some order of the operations explains what they saw, by trying all of them.
fn some_order_explains(operations: &[&LedgerOperation]) -> bool {
    fn goes_on(left: &[&LedgerOperation], state: Option<u64>) -> bool {
        if left.iter().all(|one| !is_acknowledged(one)) {
            return true;
        }
        left.iter().enumerate().any(|(place, next)| {
            let is_first = left.iter().all(|other| !is_acknowledged(other) || begun(next) <= other.done);
            let mut rest = left.to_vec();
            rest.remove(place);
            is_first && effect(next, state).is_some_and(|state| goes_on(&rest, state))
        })
    }
    goes_on(operations, None)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_search_says_what_trying_every_order_says(steps in model::steps(9), copies in 1..3_usize) {
        let operations = model::register(&steps, copies);
        let all: Vec<&LedgerOperation> = operations.iter().collect();
        let expected = some_order_explains(&all);
        prop_assert_eq!(answer(&operations) == Answer::Yes, expected);
        prop_assert!(copies > 1 || expected, "one copy is linearizable");
    }
}
