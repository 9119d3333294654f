use std::time::Duration;

use proptest::prelude::*;

use super::CheckKind;
use super::check::finding;
use super::health::{Health, State, Thresholds};
use super::prober::ProbeSettings;

const THRESHOLDS: Thresholds = Thresholds { to_unhealthy: 3, to_healthy: 2 };

fn state(letter: char) -> State {
    match letter {
        '+' => State::Serving,
        '-' => State::Failing,
        'p' => State::Passive,
        'd' => State::Draining,
        other => panic!("no state {other}"),
    }
}

#[test]
fn a_target_falls_and_rises_only_after_enough_results_in_a_row_and_its_own_word_counts_at_once() {
    // (why, findings, what each changes the state to; `.` is no change)
    let cases = [
        ("the first success counts", "+", "+"),
        ("the first failure counts", "-", "-"),
        ("three failures in a row", "+--+---", "+.....-"),
        ("two successes in a row", "-+-++", "-...+"),
        ("down and up and down", "+---++---", "+..-.+..-"),
        ("draining is believed at once", "+d", "+d"),
        ("and so is its end", "+d+", "+d+"),
        ("passive is believed at once", "+p+", "+p+"),
        ("also of one that failed", "+---p+", "+..-p+"),
        ("a passive one that fails needs as many as any", "p---", "p..-"),
        ("failures before a word are forgotten", "+--d+--", "+..d+.."),
    ];
    for (why, findings, changes) in cases {
        let mut health = Health::default();
        assert!(!health.is_serving(), "nobody is sent to a target that nobody has looked at");
        for (found, change) in findings.chars().zip(changes.chars()) {
            let expected = (change != '.').then(|| state(change));
            assert_eq!(health.record(state(found), THRESHOLDS), expected, "{why}: {findings}");
        }
        let last = changes.chars().rev().find(|change| *change != '.').map(state);
        assert_eq!(health.state(), last, "{why}");
        assert_eq!(health.is_serving(), last == Some(State::Serving), "{why}");
    }
}

#[test]
fn an_answer_is_read_for_what_the_target_says_of_itself() {
    // (status, body, state, part of the reason)
    let cases = [
        (200, r#"{"status":"ok"}"#, State::Serving, ""),
        (200, "", State::Serving, ""),
        (503, r#"{"status":"passive","reason":"no writer"}"#, State::Passive, "no writer"),
        (503, r#"{"status":"passive"}"#, State::Passive, "passive"),
        (503, r#"{"status":"draining"}"#, State::Draining, "draining"),
        (200, r#"{"status":"draining"}"#, State::Draining, "draining"),
        (503, r#"{"status":"failing","reason":"storage"}"#, State::Failing, "status 503: storage"),
        (500, r#"{"status":"passive"}"#, State::Failing, "status 500"),
        (404, "<html>", State::Failing, "status 404: no reason given"),
    ];
    for (status, body, expected, part) in cases {
        let found = finding(status, body.as_bytes());
        assert_eq!(found.state, expected, "{status} {body}");
        assert!(found.reason.unwrap_or_default().contains(part), "{status} {body}");
    }
}

proptest! {
    #[test]
    fn the_jitter_keeps_within_its_share_and_can_be_repeated(seed: u64, number: u64, percent in 0..=50_u32) {
        let interval = Duration::from_millis(1000);
        let address = ([127, 0, 0, 1], 1).into();
        let settings = ProbeSettings {
            address, tls: None, kind: CheckKind::Deep, interval, timeout: interval, jitter_percent: percent, seed,
        };
        let wait = settings.wait(number);
        prop_assert_eq!(wait, settings.wait(number));
        let bound = Duration::from_millis(u64::from(percent) * 10 + 1);
        prop_assert!(wait + bound >= interval && wait <= interval + bound, "{:?}", wait);
    }
}
