//! What coordinated omission hides, by the numbers: latency counts from when a request should have been sent (Tene; wrk2's README).
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use record::Histogram;
use std::time::Duration;

const SERVICE: Duration = Duration::from_millis(1);

/// Response times of a plan of `per_second` for so many seconds, of a server that stands still from one second to another.
fn by_plan(per_second: u64, seconds: u64, stall: (f64, f64)) -> Histogram {
    let mut response = Histogram::new();
    for number in 0..per_second * seconds {
        let intended = number as f64 / per_second as f64;
        let waits = if (stall.0..stall.1).contains(&intended) { stall.1 - intended } else { 0.0 };
        response.record(Duration::from_secs_f64(waits) + SERVICE);
    }
    response
}

fn seconds(found: Option<Duration>) -> f64 {
    found.unwrap().as_secs_f64()
}

/// 100 a second for 200 s, the second half stands still: the true mean is 25.0 s, p75 50.0, p99 98.0 and p99.99 99.99 s. Whoever waits
/// for each answer before the next request makes 10,001 of them, with a mean of 10.99 ms and a p99.99 of 1 ms.
#[test]
fn a_stall_of_half_of_the_time_is_half_of_the_answers() {
    let truth = by_plan(100, 200, (100.0, 200.0));
    assert_eq!(truth.len(), 20_000);
    for (percent, expected) in [(75.0, 50.0), (99.0, 98.0), (99.99, 99.99)] {
        let found = seconds(truth.value_at(percent));
        assert!((found / expected - 1.0).abs() < 0.002, "p{percent}: {found} s, expected {expected}");
    }
    let mean = seconds(truth.mean());
    assert!((mean - 25.0).abs() < 0.05, "mean {mean} s");
    let mut naive = Histogram::new();
    (0..10_000).for_each(|_| naive.record(SERVICE));
    naive.record(Duration::from_secs(100));
    let (mean, high) = (seconds(naive.mean()), seconds(naive.value_at(99.99)));
    assert!((mean - 0.010_99).abs() < 0.000_05 && (high - 0.001).abs() < 0.000_01, "mean {mean} s, p99.99 {high} s");
}

/// One pause of 1.4 s in 30 s meets 4.7 % of the requests: the p99 is above a second. Of those who wait for their answers, 100
/// connections, only 100 requests meet it, and the p99 knows nothing of it.
#[test]
fn a_pause_is_in_the_p99_of_the_plan_and_not_in_that_of_who_waits() {
    let truth = by_plan(2_000, 30, (10.0, 11.4));
    let hit = truth.count_above(Duration::from_millis(2)) as f64 / truth.len() as f64;
    assert!((hit - 0.047).abs() < 0.001, "{hit} of the requests");
    assert!(truth.percentile(99.0).unwrap() >= Duration::from_secs(1), "{:?}", truth.percentile(99.0));
    let mut naive = Histogram::new();
    (0..2_000 * 28).for_each(|_| naive.record(SERVICE));
    (0..100).for_each(|_| naive.record(Duration::from_millis(1_400)));
    assert!(naive.percentile(99.0).unwrap() < Duration::from_millis(20), "{:?}", naive.percentile(99.0));
}

/// A percentile takes ln 0.05 ÷ ln p samples, for only then is the largest of them above it in 95 of 100 cases.
#[test]
fn a_percentile_takes_as_many_samples_as_the_books_say() {
    for (percent, samples) in [(99.0, 299), (99.9, 2_995), (99.99, 29_956)] {
        assert_eq!(Histogram::samples_needed(percent), samples, "p{percent}");
    }
}
