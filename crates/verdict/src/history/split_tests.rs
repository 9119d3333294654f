//! Writes on both sides of a cut.

use super::*;
use crate::history::story::story;

fn judged(lines: &str) -> (u64, usize, u64) {
    let operations = story(lines);
    let (from, to) = (RunTime::from_micros(100), RunTime::from_micros(200));
    let cut = Cut { from, to, side: vec![0], apart: vec![(0, 1)] };
    let history = History::of(&operations);
    let found = check(&history, std::slice::from_ref(&cut));
    (found.checked, found.breaches.len(), taken_inside(&history, &[cut]))
}

#[test]
fn a_key_is_split_when_regions_take_turns_that_cannot_reach_each_other() {
    let cases = [
        ("turns", "1.0 eu 110 120 w1\n 2.0 us 130 140 w2\n 1.1 eu 150 160 w3", (1, 1, 2)),
        ("the other's turns", "2.0 us 110 120 w1\n 1.0 eu 130 140 w2\n 2.1 us 150 160 w3", (1, 1, 1)),
        (
            "turns beside each other",
            "1.0 eu 110 120 w1\n 2.0 us 112 122 w2\n 1.1 eu 150 160 w3\n 2.1 us 152 162 w4",
            (1, 1, 2),
        ),
        ("taken over once", "1.0 eu 110 120 w1\n 1.1 eu 121 125 w3\n 2.0 us 150 160 w2\n 2.1 us 170 175 w4", (1, 0, 2)),
        ("taken over while a write is under way", "1.0 eu 110 140 w1\n 2.0 us 130 150 w2", (1, 0, 1)),
        ("one side", "2.0 us 110 120 w1\n 3.0 us 150 160 w2", (1, 0, 0)),
        ("the cut-off side alone", "1.0 eu 110 120 w1", (1, 0, 1)),
        ("two keys", "k1 1.0 eu 110 120 w1\n k2 2.0 us 130 140 w2\n k1 1.1 eu 150 160 w3", (2, 0, 2)),
        ("before the cut", "1.0 eu 90 99 w1\n 2.0 us 130 140 w2\n 1.1 eu 150 160 w3", (1, 0, 1)),
        ("begun before it", "1.0 eu 90 120 w1\n 2.0 us 130 140 w2\n 1.1 eu 150 160 w3", (1, 0, 1)),
        ("after it", "1.0 eu 110 120 w1\n 2.0 us 130 140 w2\n 1.1 eu 190 200 w3", (1, 0, 1)),
        ("not acknowledged", "1.0 eu 110 120 w1 ?\n 2.0 us 130 140 w2\n 1.1 eu 150 160 w3", (1, 0, 1)),
        ("read only", "1.0 eu 110 120 r1\n 2.0 us 130 140 w2\n 1.1 eu 150 160 w3", (1, 0, 1)),
        ("nothing during the cut", "1.0 eu 10 20 w1", (0, 0, 0)),
    ];
    for (what, lines, expected) in cases {
        assert_eq!(judged(lines), expected, "{what}");
    }
}

#[test]
fn who_reaches_both_sides_is_on_none() {
    let operations = story("1.0 eu 110 120 w1\n 2.0 us 130 140 w2\n 1.1 eu 150 160 w3");
    let (from, to) = (RunTime::from_micros(100), RunTime::from_micros(200));
    let cut = Cut { from, to, side: vec![0], apart: vec![(0, 2)] };
    assert_eq!(check(&History::of(&operations), &[cut]).breaches, []);
}
