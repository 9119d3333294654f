//! Deletes that stay, that come back, and of which nothing is known.

use super::*;
use crate::history::story::story;

fn judged(lines: &str) -> (u64, usize, u64) {
    let operations = story(lines);
    let found = check(&History::of(&operations));
    (found.checked, found.breaches.len(), found.undecided)
}

#[test]
fn a_delete_is_for_ever() {
    let cases = [
        ("it stays away", "1.0 eu 10 20 w7\n 1.1 eu 30 40 x\n 9.0 us 90 95 r- f", (1, 0, 0)),
        ("it is there in the end", "1.0 eu 10 20 w7\n 1.1 eu 30 40 x\n 9.0 us 90 95 r7 f", (1, 1, 0)),
        (
            "it was gone for a session, and returned",
            "1.0 eu 10 20 w7\n 1.1 eu 30 40 x\n 2.0 us 50 55 r-\n 2.1 us 60 65 r7\n 9.0 us 90 95 r- f",
            (1, 1, 0),
        ),
        (
            "it is still there for a while: late, not back",
            "1.0 eu 10 20 w7\n 1.1 eu 30 40 x\n 2.0 us 50 55 r7\n 9.0 us 90 95 r- f",
            (1, 0, 0),
        ),
        (
            "gone for one session, still there for another",
            "1.0 eu 10 20 w7\n 1.1 eu 30 40 x\n 2.0 us 50 55 r-\n 3.0 us 60 65 r7\n 9.0 us 90 95 r- f",
            (1, 0, 0),
        ),
        (
            "gone in one region, still there in another",
            "1.0 eu 10 20 w7\n 1.1 eu 30 40 x\n 2.0 eu 50 55 r-\n 2.1 us 60 65 r7\n 9.0 us 90 95 r- f",
            (1, 0, 0),
        ),
        ("nobody looked in the end", "1.0 eu 10 20 w7\n 1.1 eu 30 40 x\n 2.0 us 50 55 r7", (1, 0, 1)),
        ("written again", "1.0 eu 10 20 w7\n 1.1 eu 30 40 x\n 1.2 eu 45 50 w8\n 9.0 us 90 95 r8 f", (0, 0, 0)),
        ("a write beside it", "1.0 eu 10 35 w7\n 2.1 eu 30 40 x\n 9.0 us 90 95 r7 f", (0, 0, 0)),
        ("the delete's outcome is unknown", "1.0 eu 10 20 w7\n 1.1 eu 30 40 x ?\n 9.0 us 90 95 r7 f", (0, 0, 0)),
    ];
    for (what, lines, expected) in cases {
        assert_eq!(judged(lines), expected, "{what}");
    }
}
