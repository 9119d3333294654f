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

/// Random numbers in 0.0..1.0, always the same.
fn chance() -> impl FnMut() -> f64 {
    let (seed, mut count) = (units::Seed::new(17), 0);
    move || {
        count += 1;
        (seed.derive_number(count).value() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// k-staleness of PBS (Bailis et al., VLDB 2012): of three copies each write goes to one, and each read asks one. P(one of the last k
/// versions) = 1 − (2/3)^k, exactly: 0.333, 0.556, 0.704 (k = 3), 0.868 (k = 5), 0.983 (k = 10).
#[test]
fn versions_behind_are_those_of_quorums_that_do_not_meet() {
    const WRITES: u64 = 6_000;
    let mut chance = chance();
    let mut copy = || (chance() * 3.0) as usize;
    let (mut copies, mut lines) = ([0_u64; 3], String::new());
    for value in 1..=WRITES {
        copies[copy()] = value;
        let shown = copies[copy()];
        let at = value * 100;
        let shown = if shown == 0 { "-".to_owned() } else { shown.to_string() };
        lines += &format!("1.{value} eu {at} {} w{value}\n2.{value} us {} {} r{shown}\n", at + 10, at + 20, at + 30);
    }
    let lacks = lacks(&lines);
    for (k, expected) in [(1, 0.333), (2, 0.556), (3, 0.704), (5, 0.868), (10, 0.983)] {
        let share = lacks.iter().filter(|(_, versions)| *versions < k).count() as f64 / WRITES as f64;
        assert!((share - expected).abs() < 0.02, "one of the last {k}: {share}, expected {expected}");
    }
}

/// t-visibility of PBS with the fits of its authors for LNKD-DISK, in ms one way: a write reaches a copy after W, 0.38 Pareto (1.05, 1.51)
/// and else exponential (0.183); every other message takes 0.9122 Pareto (0.235, 10) and else exponential (1.66). Three copies, one has
/// to answer writes and one reads. Fresh right after the acknowledgement are 43.7 % of the reads (the paper has 43.9), and 99.9 % after
/// 49.5 ms (the paper has 45.5). What the ledger measures must be that.
#[test]
fn a_ledger_measures_how_fresh_partial_quorums_are() {
    const TRIES: u64 = 6_000;
    let mut chance = chance();
    let pareto = |scale: f64, shape: f64, drawn: f64| scale / (1.0 - drawn).powf(1.0 / shape);
    let exponential = |rate: f64, drawn: f64| -(1.0 - drawn).ln() / rate;
    let mut fresh_after = |wait: f64| {
        let mut lines = String::new();
        for key in 1..=TRIES {
            let mut drawn = |share: f64, (scale, shape): (f64, f64), rate: f64| {
                if chance() < share { pareto(scale, shape, chance()) } else { exponential(rate, chance()) }
            };
            let written: [f64; 3] = std::array::from_fn(|_| drawn(0.38, (1.05, 1.51), 0.183));
            let mut other = || drawn(0.9122, (0.235, 10.0), 1.66);
            let acknowledged = written.iter().map(|written| written + other()).fold(f64::INFINITY, f64::min);
            let asked = acknowledged + wait;
            let answers = written.map(|written| {
                let (there, back) = (other(), other());
                (there + back, asked + there >= written)
            });
            let (took, is_fresh) =
                answers.into_iter().min_by(|one, other| one.0.total_cmp(&other.0)).unwrap_or_default();
            // Written at 10 µs: nothing was there before.
            let micros = |millis: f64| (millis * 1e3) as u64 + 10;
            let (asked, shown) = (micros(asked) + 1, if is_fresh { "1" } else { "-" });
            let (done, answered) = (micros(acknowledged), asked + (took * 1e3) as u64);
            lines +=
                &format!("k{key} {key}.0 eu 10 {done} w1\nk{key} {}.0 us {asked} {answered} r{shown}\n", key + TRIES);
        }
        lacks(&lines).iter().filter(|(age, _)| *age == 0).count() as f64 / TRIES as f64
    };
    let found = fresh_after(0.0);
    assert!((found - 0.437).abs() < 0.02, "right after: {found}");
    let found = fresh_after(49.5);
    assert!((found - 0.999).abs() < 0.002, "49.5 ms later: {found}");
}
