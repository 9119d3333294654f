//! Ages and versions behind.

use super::*;
use crate::history::story::story;

/// Name of a history, its lines, and what each read lacks.
type Case = (&'static str, &'static str, &'static [(u128, u64)]);

/// Age in microseconds and versions behind, read by read.
fn lacks(lines: &str) -> Vec<(u128, u64)> {
    let operations = story(lines);
    let mut lacks = Vec::new();
    check(&History::of(&operations), |lack| lacks.push((begun(lack.read), lack.age.as_micros(), lack.versions)));
    lacks.sort_unstable();
    lacks.into_iter().map(|(_, age, versions)| (age, versions)).collect()
}

#[test]
fn the_age_is_that_of_the_first_thing_lacked() {
    let cases: [Case; 10] = [
        ("the newest is there", "1.0 eu 10 20 w1\n 2.0 us 50 60 r1", &[(0, 0)]),
        ("one version behind", "1.0 eu 10 20 w1\n 2.0 us 50 60 r-", &[(30, 1)]),
        ("two versions behind", "1.0 eu 10 20 w1\n 1.1 eu 25 30 w2\n 2.0 us 50 60 r-", &[(30, 2)]),
        ("the older of two is there", "1.0 eu 10 20 w1\n 1.1 eu 25 30 w2\n 2.0 us 50 60 r1", &[(20, 1)]),
        ("a write under way is not owed", "1.0 eu 10 55 w1\n 2.0 us 50 60 r-", &[(0, 0)]),
        ("nor one of unknown outcome", "1.0 eu 10 20 w1 ?\n 2.0 us 50 60 r-", &[(0, 0)]),
        ("what is lost is not late", "1.0 eu 10 20 w1\n 2.0 us 50 60 r-\n 9.0 us 90 95 r- f", &[(0, 0)]),
        (
            "an append is lacked",
            "1.0 eu 10 20 a1\n 1.1 eu 25 30 a2\n 2.0 us 50 60 l\n 2.1 us 70 80 l1",
            &[(30, 2), (40, 1)],
        ),
        ("a lost append is not late", "1.0 eu 10 20 a1\n 2.0 us 50 60 l\n 9.0 us 90 95 l f", &[(0, 0)]),
        ("a delivery is late", "1.0 eu 10 20 a1\n 2.0 us 50 60 d\n 9.0 us 90 95 d1 f", &[(30, 1)]),
    ];
    for (what, lines, expected) in cases {
        assert_eq!(lacks(lines), expected, "{what}");
    }
}
