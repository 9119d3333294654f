//! Counts within and out of bounds.

use super::*;
use crate::history::story::story;

fn judged(lines: &str) -> (usize, u64) {
    let operations = story(lines);
    let found = check(&History::of(&operations));
    (found.breaches.len(), found.undecided)
}

#[test]
fn a_count_lies_between_what_was_certain_and_what_was_possible() {
    let cases = [
        ("both are counted", "1.0 eu 10 20 +1\n 2.0 us 10 20 +2\n 9.0 eu 90 95 c2 f", (0, 0)),
        ("one is lost", "1.0 eu 10 20 +1\n 2.0 us 10 20 +2\n 9.0 eu 90 95 c1 f", (1, 0)),
        ("one is counted twice", "1.0 eu 10 20 +1\n 2.0 us 10 20 +2\n 9.0 eu 90 95 c3 f", (1, 0)),
        ("an unknown one may count", "1.0 eu 10 20 +1\n 2.0 us 10 20 +2 ?\n 9.0 eu 90 95 c2 f", (0, 0)),
        ("or not", "1.0 eu 10 20 +1\n 2.0 us 10 20 +2 ?\n 9.0 eu 90 95 c1 f", (0, 0)),
        ("a refused one may not", "1.0 eu 10 20 +1\n 2.0 us 10 20 +2 !\n 9.0 eu 90 95 c2 f", (1, 0)),
        ("a removed one is gone", "1.0 eu 10 20 +1\n 1.1 eu 30 40 -1\n 9.0 eu 90 95 c0 f", (0, 0)),
        ("a removed one counts still", "1.0 eu 10 20 +1\n 1.1 eu 30 40 -1\n 9.0 eu 90 95 c1 f", (1, 0)),
        ("a removal of unknown outcome leaves both", "1.0 eu 10 20 +1\n 1.1 eu 30 40 -1 ?\n 9.0 eu 90 95 c1 f", (0, 0)),
        ("one of another session may not have met it", "1.0 eu 10 20 +1\n 2.0 eu 30 40 -1\n 9.0 eu 90 95 c1 f", (0, 0)),
        ("nor one in another region", "1.0 eu 10 20 +1\n 1.1 us 30 40 -1\n 9.0 eu 90 95 c1 f", (0, 0)),
        ("or may have", "1.0 eu 10 20 +1\n 1.1 us 30 40 -1\n 9.0 eu 90 95 c0 f", (0, 0)),
        ("nor one of an add that may come later", "1.0 eu 10 20 +1 ?\n 1.1 eu 30 40 -1\n 9.0 eu 90 95 c1 f", (0, 0)),
        ("a read before the end may lag", "1.0 eu 10 20 +1\n 2.0 us 30 40 c0\n 9.0 eu 90 95 c1 f", (0, 0)),
        ("but counts nothing that nobody added", "1.0 eu 10 20 +1\n 2.0 us 30 40 c2\n 9.0 eu 90 95 c1 f", (1, 0)),
        ("and not less than nothing", "1.0 eu 10 20 +1\n 2.0 us 30 40 c-1\n 9.0 eu 90 95 c1 f", (1, 0)),
        ("nobody counted in the end", "1.0 eu 10 20 +1\n 2.0 us 30 40 c1", (0, 1)),
        ("the end has no number", "1.0 eu 10 20 +1\n 9.0 us 90 95 c f", (0, 1)),
    ];
    for (what, lines, expected) in cases {
        assert_eq!(judged(lines), expected, "{what}");
    }
}
