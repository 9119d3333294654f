//! What is in a list and where it is delivered.

use super::*;
use crate::history::story::story;

fn judged(lines: &str) -> (u64, usize, u64) {
    let operations = story(lines);
    let found = check(&History::of(&operations));
    (found.checked, found.breaches.len(), found.undecided)
}

#[test]
fn what_is_in_the_list_is_delivered() {
    let cases = [
        ("it is", "1.0 eu 10 20 a7\n 9.0 eu 90 95 l7 f\n 9.1 eu 96 99 d7 f", (1, 0, 0)),
        ("it never was", "1.0 eu 10 20 a7\n 9.0 eu 90 95 l7 f\n 9.1 eu 96 99 d f", (1, 1, 0)),
        ("what is lost is not missed again", "1.0 eu 10 20 a7\n 9.0 eu 90 95 l f\n 9.1 eu 96 99 d f", (0, 0, 0)),
        ("nobody looked there in the end", "1.0 eu 10 20 a7\n 2.0 us 30 40 d\n 9.0 eu 90 95 l7 f", (1, 0, 1)),
        ("the plan delivers nothing", "1.0 eu 10 20 a7\n 9.0 eu 90 95 l7 f", (0, 0, 0)),
        ("an unknown append owes nothing", "1.0 eu 10 20 a7 ?\n 9.0 eu 90 95 l7 f\n 9.1 eu 96 99 d f", (0, 0, 0)),
    ];
    for (what, lines, expected) in cases {
        assert_eq!(judged(lines), expected, "{what}");
    }
}
