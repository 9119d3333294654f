//! What the end shows of acknowledged changes.

use super::*;
use crate::history::story::story;

/// Breaches: lost updates, monotonic writes, writes follow reads; and what is undecided.
fn broken(lines: &str) -> (usize, usize, usize, u64) {
    let operations = story(lines);
    let found = check(&History::of(&operations));
    let count = |tested: &Tested<'_>| tested.breaches.len();
    (
        count(&found.lost_updates),
        count(&found.monotonic_writes),
        count(&found.writes_follow_reads),
        found.lost_updates.undecided,
    )
}

#[test]
fn the_end_says_which_promise_was_broken() {
    let cases = [
        ("the last write is there", "1.0 eu 10 20 w7\n 1.1 eu 30 40 w8\n 9.0 eu 90 95 r8 f", (0, 0, 0, 0)),
        ("of overlapping writes either may be", "1.0 eu 10 25 w7\n 2.0 us 20 40 w8\n 9.0 eu 90 95 r7 f", (0, 0, 0, 0)),
        ("an older write of another session", "1.0 eu 10 20 w7\n 2.0 us 30 40 w8\n 9.0 eu 90 95 r7 f", (1, 0, 0, 0)),
        ("nothing at all", "1.0 eu 10 20 w7\n 9.0 eu 90 95 r- f", (1, 0, 0, 0)),
        ("an older write of the same session", "1.0 eu 10 20 w7\n 1.1 us 30 40 w8\n 9.0 eu 90 95 r7 f", (0, 1, 0, 0)),
        (
            "the cause without its effect",
            "1.0 eu 10 20 w7\n 2.0 us 22 25 r7\n 2.1 us 30 40 w8\n 9.0 eu 90 95 r7 f",
            (0, 0, 1, 0),
        ),
        (
            "a write of unknown outcome may be gone",
            "1.0 eu 10 20 w7\n 2.0 us 30 40 w8 ?\n 9.0 eu 90 95 r7 f",
            (0, 0, 0, 0),
        ),
        ("nobody looked in the end", "1.0 eu 10 20 w7\n 2.0 us 30 40 r-", (0, 0, 0, 1)),
        (
            "two readers, one of them behind for ever",
            "1.0 eu 10 20 w7\n 9.0 eu 90 95 r7 f\n 8.0 us 90 95 r- f",
            (1, 0, 0, 0),
        ),
        ("the delete is the last change", "1.0 eu 10 20 w7\n 2.0 us 30 40 x\n 9.0 eu 90 95 r- f", (0, 0, 0, 0)),
        ("an append is there", "1.0 eu 10 20 a7\n 9.0 eu 90 95 l7 f", (0, 0, 0, 0)),
        ("an append is nowhere", "1.0 eu 10 20 a7\n 2.0 us 30 40 a8\n 9.0 eu 90 95 l8 f", (1, 0, 0, 0)),
        (
            "an append that some final read shows",
            "1.0 eu 10 20 a7\n 8.0 us 90 95 l f\n 9.0 eu 90 95 l7 f",
            (0, 0, 0, 0),
        ),
        ("nobody read the list in the end", "1.0 eu 10 20 a7\n 2.0 us 30 40 l", (0, 0, 0, 1)),
    ];
    for (what, lines, expected) in cases {
        assert_eq!(broken(lines), expected, "{what}");
    }
}
