#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use plan::resolved::ResponseLimit;
use record::{Interval, Outcome};
use units::Share;

fn at(millis: u64) -> RunTime {
    RunTime::from(Duration::from_millis(millis))
}

/// A guard over three seconds, for a load that started at 2 s; a request is over 10 s after it was intended.
fn watch(failed_max: Option<&str>, p90_max_ms: Option<u64>) -> Watch {
    let guard = StopGuard {
        failed_max: failed_max.map(|share| share.parse::<Share>().unwrap()),
        response_time: p90_max_ms.map(|max| ResponseLimit { percentile: 90.0, max: Duration::from_millis(max) }),
        window: Duration::from_secs(3),
    };
    let over_after = Duration::from_secs(10);
    let mut watch = Watch { guard, over_after, load_started: None, seconds: BTreeMap::new() };
    watch.begin(at(2_000));
    watch
}

/// So many requests of one second.
fn requests(second: u64, outcome: Outcome, count: u32, response_ms: u64) -> Entry {
    let mut interval = Interval::empty(second, 0, Some(0), 0, outcome);
    (0..count).for_each(|_| interval.add(at(second * 1_000), 1, Duration::from_millis(response_ms)));
    Entry::Interval(interval)
}

#[test]
fn more_failures_than_allowed_are_told_with_their_numbers() {
    let mut watch = watch(Some("50%"), None);
    watch.take(&requests(5, Outcome::Ok, 10, 4), at(6_100));
    watch.take(&requests(5, Outcome::Refused, 10, 4), at(6_200));
    assert_eq!(watch.exceeded(at(6_300)), None, "the limit itself is allowed");
    watch.take(&requests(6, Outcome::Timeout, 1, 4), at(7_000));
    let exceeded = watch.exceeded(at(7_100)).unwrap();
    assert_eq!(exceeded, "52.4% of 21 requests failed within 3s, limit 50%");
}

#[test]
fn what_is_older_than_the_window_does_not_count() {
    let mut watch = watch(Some("50%"), None);
    watch.take(&requests(5, Outcome::Refused, 100, 4), at(6_999));
    assert!(watch.exceeded(at(8_999)).is_some(), "the third second, counted with its own");
    assert_eq!(watch.exceeded(at(9_000)), None);
    watch.take(&requests(8, Outcome::Ok, 100, 4), at(9_000));
    assert_eq!(watch.seconds.len(), 1, "what is past is not kept");
}

#[test]
fn the_load_must_be_as_old_as_the_window() {
    let mut watch = watch(Some("50%"), None);
    watch.take(&requests(3, Outcome::Refused, 100, 4), at(4_500));
    assert_eq!(watch.exceeded(at(4_999)), None);
    assert!(watch.exceeded(at(5_000)).is_some());
    watch.load_started = None;
    assert_eq!(watch.exceeded(at(5_000)), None, "nothing was meant to be sent yet");
}

#[test]
fn few_requests_say_nothing() {
    let mut failing = watch(Some("50%"), None);
    failing.take(&requests(5, Outcome::Refused, 19, 4), at(6_000));
    assert_eq!(failing.exceeded(at(6_000)), None);
    let mut slow = watch(None, Some(100));
    slow.take(&requests(5, Outcome::Ok, 28, 900), at(6_000));
    assert_eq!(slow.exceeded(at(6_000)), None, "a p90 takes 29 samples");
    slow.take(&requests(5, Outcome::Ok, 1, 900), at(6_000));
    assert!(slow.exceeded(at(6_000)).is_some());
}

#[test]
fn slow_successes_are_told_and_slow_failures_are_not() {
    let mut watch = watch(None, Some(100));
    watch.take(&requests(5, Outcome::Ok, 95, 40), at(6_000));
    watch.take(&requests(5, Outcome::Timeout, 95, 9_000), at(6_000));
    assert_eq!(watch.exceeded(at(6_000)), None);
    watch.take(&requests(5, Outcome::Ok, 12, 800), at(6_500));
    let exceeded = watch.exceeded(at(6_600)).unwrap();
    assert_eq!(exceeded, "p90 of the response time was 800ms within 3s, limit 100ms");
}

#[test]
fn agents_add_up_and_what_comes_too_late_does_not_count() {
    let mut watch = watch(Some("50%"), None);
    watch.take(&requests(20, Outcome::Ok, 60, 4), at(21_000));
    watch.take(&requests(20, Outcome::Refused, 30, 4).by_agent(1), at(21_000));
    // A link that was cut brings what it kept: a request of second 9 was over at 20 s.
    watch.take(&requests(9, Outcome::Refused, 900, 4), at(21_000));
    assert_eq!(watch.exceeded(at(21_000)), None);
    watch.take(&requests(11, Outcome::Refused, 31, 4).by_agent(2), at(21_000));
    assert_eq!(watch.exceeded(at(21_000)).unwrap(), "50.4% of 121 requests failed within 3s, limit 50%");
}
