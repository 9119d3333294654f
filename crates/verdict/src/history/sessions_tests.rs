//! A session's own promises: good, bad and undecidable histories, and a comparison of all pairs.

use super::*;
use crate::history::{
    model::{self, is_older},
    story::story,
};
use proptest::prelude::*;
use record::WriteOutcome;

/// Breaches of read-your-writes and of monotonic reads.
fn broken(lines: &str) -> (usize, usize) {
    let operations = story(lines);
    let found = check(&History::of(&operations));
    (found.read_your_writes.breaches.len(), found.monotonic_reads.breaches.len())
}

#[test]
fn each_guarantee_is_caught_and_no_other() {
    let cases = [
        ("a session reads what it wrote", "1.0 eu 10 20 w7\n 1.1 eu 30 40 r7", (0, 0)),
        ("its own write is not there", "1.0 eu 10 20 w7\n 1.1 us 30 40 r-", (1, 0)),
        ("an older write is there instead", "2.0 us 1 5 w6\n 1.0 eu 10 20 w7\n 1.1 us 30 40 r6", (1, 0)),
        ("a newer write is there instead", "1.0 eu 10 20 w7\n 2.0 us 21 25 w8\n 1.1 us 30 40 r8", (0, 0)),
        ("a write that overlaps has no order", "2.0 us 1 15 w6\n 1.0 eu 10 20 w7\n 1.1 us 30 40 r6", (0, 0)),
        ("an own write of unknown outcome promises nothing", "1.0 eu 10 20 w7 ?\n 1.1 us 30 40 r-", (0, 0)),
        ("a refused one neither", "1.0 eu 10 20 w7 !\n 1.1 us 30 40 r-", (0, 0)),
        ("what may still take effect is not older", "2.0 us 1 5 w6 ?\n 1.0 eu 10 20 w7\n 1.1 us 30 40 r6", (0, 0)),
        (
            "what somebody saw had taken effect",
            "2.0 us 1 5 w6 ?\n 3.0 us 6 8 r6\n 1.0 eu 10 20 w7\n 1.1 us 30 40 r6",
            (1, 0),
        ),
        (
            "nothing is there, and somebody's delete may be why",
            "1.0 eu 10 20 w7\n 2.0 us 15 35 x\n 1.1 us 30 40 r-",
            (0, 0),
        ),
        ("nothing is there, and the delete was before", "2.0 us 1 5 x\n 1.0 eu 10 20 w7\n 1.1 us 30 40 r-", (1, 0)),
        (
            "a session goes back in time",
            "2.0 eu 10 20 w7\n 2.1 eu 25 30 w8\n 1.0 eu 40 45 r8\n 1.1 us 50 55 r7",
            (0, 1),
        ),
        ("what was seen is gone", "2.0 eu 10 20 w7\n 1.0 eu 40 45 r7\n 1.1 us 50 55 r-", (0, 1)),
        ("another session may be behind", "2.0 eu 10 20 w7\n 1.0 eu 40 45 r7\n 3.0 us 50 55 r-", (0, 0)),
        ("an own append is not there", "1.0 eu 10 20 a7\n 1.1 us 30 40 l", (1, 0)),
        ("an own append is there", "1.0 eu 10 20 a7\n 1.1 us 30 40 l5,7", (0, 0)),
        ("an entry that was seen is gone", "1.0 eu 10 20 l5,7\n 1.1 us 30 40 l7", (0, 1)),
        ("a follower need not see it at once", "1.0 eu 10 20 a7\n 1.1 us 30 40 d", (0, 0)),
        ("but never loses it again", "1.0 eu 10 20 d7\n 1.1 us 30 40 d", (0, 1)),
    ];
    for (what, lines, expected) in cases {
        assert_eq!(broken(lines), expected, "{what}");
    }
}

#[test]
fn a_breach_shows_its_operations_in_order() {
    let operations = story("2.0 us 1 5 w6\n 1.0 eu 10 20 w7\n 1.1 us 30 40 r6");
    let found = check(&History::of(&operations)).read_your_writes;
    let shown: Vec<_> = found.breaches[0].operations.iter().map(|one| (one.session, one.turn)).collect();
    assert_eq!((found.checked, shown), (1, vec![(2, 0), (1, 0), (1, 1)]));
}

/// All pairs of every session: how many reads break each guarantee.
fn slow(operations: &[LedgerOperation]) -> (usize, usize) {
    let reads = operations.iter().filter(|one| one.action.is_read());
    let (mut own, mut seen) = (0, 0);
    for read in reads {
        let before = || operations.iter().filter(|one| one.session == read.session && one.turn < read.turn);
        let mut mine = before().filter(|one| !one.action.is_read() && one.outcome == WriteOutcome::Acknowledged);
        own += usize::from(mine.next_back().is_some_and(|write| is_older(operations, read, write)));
        let shown = before().filter_map(|one| match one.action {
            LedgerAction::Read { value: Some(value) } => {
                operations.iter().find(|one| one.action == LedgerAction::Write { value })
            }
            _ => None,
        });
        seen += usize::from(shown.into_iter().any(|write| is_older(operations, read, write)));
    }
    (own, seen)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn registers_are_judged_as_all_pairs_say(steps in model::steps(24), copies in 1..3_usize) {
        let operations = model::register(&steps, copies);
        let found = check(&History::of(&operations));
        let counts = (found.read_your_writes.breaches.len(), found.monotonic_reads.breaches.len());
        prop_assert_eq!(counts, slow(&operations));
        prop_assert!(copies > 1 || counts == (0, 0), "one copy keeps every promise");
    }

    #[test]
    fn lists_are_judged_as_all_pairs_say(steps in model::steps(24), copies in 1..3_usize) {
        let operations = model::list(&steps, copies);
        let (mut own, mut seen) = (0, 0);
        for read in &operations {
            let LedgerAction::List { values, .. } = &read.action else { continue };
            let before = || operations.iter().filter(|one| one.session == read.session && one.turn < read.turn);
            own += usize::from(before().any(|one| is_acknowledged(one) && appended(one).is_some_and(|value| !values.contains(&value))));
            seen += usize::from(before().any(|one| matches!(&one.action, LedgerAction::List { values: earlier, .. } if earlier.iter().any(|value| !values.contains(value)))));
        }
        let found = check(&History::of(&operations));
        prop_assert_eq!((found.read_your_writes.breaches.len(), found.monotonic_reads.breaches.len()), (own, seen));
        prop_assert!(copies > 1 || (own, seen) == (0, 0), "one copy keeps every promise");
    }
}
