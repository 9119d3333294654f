//! Writes on both sides of a cut.

use super::*;
use crate::history::story::story;

fn judged(lines: &str) -> (u64, usize, u64) {
    let operations = story(lines);
    let cut = Cut { from: RunTime::from_micros(100), to: RunTime::from_micros(200), side: vec![0] };
    let history = History::of(&operations);
    let found = check(&history, std::slice::from_ref(&cut));
    (found.checked, found.breaches.len(), taken_inside(&history, &[cut]))
}

#[test]
fn a_key_is_split_when_both_sides_take_its_writes() {
    let cases = [
        ("both sides", "1.0 eu 110 120 w1\n 2.0 us 150 160 w2", (1, 1, 1)),
        ("one side", "2.0 us 110 120 w1\n 3.0 us 150 160 w2", (1, 0, 0)),
        ("the cut-off side alone", "1.0 eu 110 120 w1", (1, 0, 1)),
        ("two keys", "k1 1.0 eu 110 120 w1\n k2 2.0 us 150 160 w2", (2, 0, 1)),
        ("before the cut", "1.0 eu 90 99 w1\n 2.0 us 150 160 w2", (1, 0, 0)),
        ("begun before it", "1.0 eu 90 120 w1\n 2.0 us 150 160 w2", (1, 0, 0)),
        ("not acknowledged", "1.0 eu 110 120 w1 ?\n 2.0 us 150 160 w2", (1, 0, 0)),
        ("read only", "1.0 eu 110 120 r1\n 2.0 us 150 160 w2", (1, 0, 0)),
        ("nothing during the cut", "1.0 eu 10 20 w1", (0, 0, 0)),
    ];
    for (what, lines, expected) in cases {
        assert_eq!(judged(lines), expected, "{what}");
    }
}
