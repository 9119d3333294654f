//! Entries that can't be.

use super::*;
use crate::history::story::story;

/// Name of a history, its lines, and what must be found.
type Case = (&'static str, &'static str, (usize, Vec<Option<&'static str>>));

fn judged(lines: &str) -> (usize, Vec<Option<&'static str>>) {
    let operations = story(lines);
    let found = check(&History::of(&operations));
    let names = found.impossible.breaches.iter().map(|breach| breach.anomaly).collect();
    (found.duplicates.breaches.len(), names)
}

#[test]
fn one_append_is_one_entry() {
    let cases: [Case; 6] = [
        ("each once", "1.0 eu 10 20 a7\n 1.1 eu 30 40 a8\n 2.0 us 50 60 l7,8", (0, vec![])),
        ("one twice, and told once", "1.0 eu 10 20 a7\n 2.0 us 50 60 l7,7\n 2.1 us 70 80 l7,7", (1, vec![])),
        ("a refused one", "1.0 eu 10 20 a7 !\n 2.0 us 50 60 l7", (0, vec![Some("G1a")])),
        ("one of unknown outcome", "1.0 eu 10 20 a7 ?\n 2.0 us 50 60 l7", (0, vec![])),
        ("one that nobody appended", "1.0 eu 10 20 a7\n 2.0 us 50 60 l7,9", (0, vec![None])),
        ("others' entries", "1.0 eu 10 20 a7\n 2.0 us 50 60 l0,7,0", (0, vec![])),
    ];
    for (what, lines, expected) in cases {
        assert_eq!(judged(lines), expected, "{what}");
    }
}
