#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use proptest::prelude::*;

fn of(micros: impl IntoIterator<Item = u64>) -> Histogram {
    let mut histogram = Histogram::new();
    micros.into_iter().for_each(|micros| histogram.record(Duration::from_micros(micros)));
    histogram
}

/// The same with a counter for each bucket.
fn dense_of(micros: impl IntoIterator<Item = u64>) -> Histogram {
    let mut histogram = Histogram(Form::Dense(Box::new(Packed::default().to_dense())));
    micros.into_iter().for_each(|micros| histogram.record(Duration::from_micros(micros)));
    histogram
}

fn is_packed(histogram: &Histogram) -> bool {
    matches!(&histogram.0, Form::Packed(_))
}

#[test]
fn one_of_few_buckets_has_no_others() {
    assert!(is_packed(&of((1..=255).chain(1..=255).chain([70_000]))), "the same bucket again is no other");
    assert!(!is_packed(&of(1..=257)), "many are found faster with a counter for each");
    assert_eq!(of(1..=257), dense_of(1..=257));
    let mut merged = of(1..=128);
    merged.merge(&of(129..=256));
    assert!(is_packed(&merged));
    merged.merge(&of([5]));
    assert!(!is_packed(&merged), "it might be one too many");
    assert_eq!(merged, dense_of((1..=256).chain([5])));
}

#[test]
fn a_cleared_one_is_as_new() {
    for mut histogram in [of([5, 70_000]), of(1..=300)] {
        histogram.clear();
        assert!(histogram.is_empty() && histogram.max().is_none());
        histogram.record(Duration::from_micros(9));
        assert_eq!(histogram, of([9]));
    }
}

#[test]
fn a_percentile_takes_as_many_samples_as_the_order_statistic_says() {
    for (percent, needed) in [(50.0, 5), (90.0, 29), (95.0, 59), (99.0, 299), (99.9, 2_995), (99.99, 29_956)] {
        assert_eq!(Histogram::samples_needed(percent), needed, "p{percent}");
        let short = of(1..needed);
        assert_eq!(short.len(), needed - 1);
        assert_eq!(short.percentile(percent), None, "one sample too few for p{percent}");
        let enough = of(1..=needed);
        assert!(enough.percentile(percent).is_some(), "just enough samples for p{percent}");
    }
}

#[test]
fn low_percentiles_need_as_many_as_their_mirror_image() {
    assert_eq!(Histogram::samples_needed(1.0), Histogram::samples_needed(99.0));
}

#[test]
fn a_percentile_is_the_value_of_its_rank() {
    let histogram = of(1..=1_000);
    for (percent, micros) in [(50.0, 500), (99.0, 990), (99.9, 999), (0.1, 1)] {
        assert_eq!(histogram.value_at(percent), Some(Duration::from_micros(micros)), "p{percent} of 1..=1000 µs");
    }
    assert_eq!(histogram.value_at_rank(1), Some(Duration::from_micros(1)));
    assert_eq!(histogram.value_at_rank(1_000), Some(Duration::from_micros(1_000)));
    assert_eq!(histogram.value_at_rank(0), None);
    assert_eq!(histogram.value_at_rank(1_001), None);
}

#[test]
fn an_empty_one_has_no_value() {
    let empty = Histogram::new();
    assert_eq!((empty.percentile(50.0), empty.value_at(50.0), empty.max(), empty.mean()), (None, None, None, None));
    assert_eq!(empty.count_above(Duration::ZERO), 0);
}

#[test]
fn the_open_loop_example_of_a_stalled_server_comes_out_as_computed() {
    // 100/s for 200 s, 1 ms of service, the server stalls from 100 s to 200 s: a request intended at t ≥ 100 s is
    // answered at 200 s. True mean 25.0 s, p75 50.0 s, p99 98.0 s.
    let histogram = of((0..20_000_u64).map(|index| {
        let intended_ms = index * 10;
        if intended_ms < 100_000 { 1_000 } else { (200_000 - intended_ms) * 1_000 }
    }));
    let seconds = |value: Option<Duration>| value.unwrap().as_secs_f64();
    for (measured, expected) in [
        (seconds(histogram.mean()), 25.0),
        (seconds(histogram.percentile(75.0)), 50.0),
        (seconds(histogram.percentile(99.0)), 98.0),
    ] {
        assert!((measured - expected).abs() <= expected * 0.002, "{measured} s instead of {expected} s");
    }
}

#[test]
fn values_out_of_range_count_at_its_ends() {
    let mut histogram = Histogram::new();
    histogram.record(Duration::ZERO);
    histogram.record(Duration::from_secs(100_000));
    assert_eq!(histogram.value_at_rank(1), Some(Duration::from_micros(1)));
    let longest = histogram.max().unwrap().as_secs_f64();
    assert!((3_600.0..3_604.0).contains(&longest), "an hour, to 0.1 %: {longest}");
}

#[test]
fn the_longest_possible_one_survives_its_text_form() {
    let histogram = of([1, 3_600_000_000]);
    assert_eq!(Histogram::from_text(&histogram.to_text()).unwrap(), histogram);
}

#[test]
fn texts_that_are_no_histogram_are_refused_with_the_reason() {
    let good = STANDARD.decode(of([5, 70_000]).to_text()).unwrap();
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        STANDARD.encode(bytes)
    };
    let mut most_negative = good.clone();
    most_negative.truncate(40);
    most_negative[4..8].copy_from_slice(&9_u32.to_be_bytes());
    most_negative.extend([0xff; 9]);
    let mut cut = good.clone();
    cut.truncate(40);
    cut[4..8].copy_from_slice(&1_u32.to_be_bytes());
    cut.push(0x80);
    let cases = [
        ("%%%".to_owned(), "Invalid symbol"),
        (STANDARD.encode(b"short"), "shorter than a header"),
        (changed(3, 4), "not the uncompressed V2 form"),
        (changed(4, 0xff), "another length"),
        (changed(15, 5), "three digits"),
        (changed(16, 1), "microseconds"),
        (changed(24, 0xff), "up to an hour"),
        (STANDARD.encode(most_negative), "out of range"),
        (changed(39, 1), "microseconds"),
        (STANDARD.encode(cut), "inside of a number"),
    ];
    for (text, reason) in cases {
        let error = Histogram::from_text(&text).unwrap_err().to_string();
        assert!(error.contains(reason), "{error:?} should name {reason:?}");
    }
}

proptest! {
    #[test]
    fn text_and_back_is_the_same(values in prop::collection::vec(1_u64..4_000_000_000, 0..200)) {
        let histogram = of(values);
        let back = Histogram::from_text(&histogram.to_text()).unwrap();
        prop_assert_eq!(&back, &histogram);
        prop_assert_eq!(back.len(), histogram.len());
        prop_assert_eq!(back.max(), histogram.max());
    }

    #[test]
    fn a_merged_percentile_is_that_of_the_union(
        left in prop::collection::vec(1_u64..10_000_000, 1..200),
        right in prop::collection::vec(1_u64..10_000_000, 1..200),
        percent in 1.0_f64..99.9,
    ) {
        let mut merged = of(left.clone());
        merged.merge(&of(right.clone()));
        let union = of(left.iter().chain(&right).copied());
        prop_assert_eq!(merged.len(), union.len());
        prop_assert_eq!(merged.value_at(percent), union.value_at(percent));
        let mut exact: Vec<u64> = left.into_iter().chain(right).collect();
        exact.sort_unstable();
        let rank = (percent / 100.0 * exact.len() as f64).ceil().max(1.0) as usize;
        let truth = exact[rank - 1] as f64;
        let value = merged.value_at(percent).unwrap().as_micros() as f64;
        prop_assert!((value - truth).abs() <= truth * 0.001 + 1.0, "{} instead of {}", value, truth);
    }

    #[test]
    fn merging_is_order_independent(
        left in prop::collection::vec(1_u64..10_000_000, 0..50),
        right in prop::collection::vec(1_u64..10_000_000, 0..50),
    ) {
        let (mut one, mut other) = (of(left.clone()), of(right.clone()));
        one.merge(&of(right));
        other.merge(&of(left));
        prop_assert_eq!(one.len(), other.len());
        prop_assert!(one.buckets().eq(other.buckets()));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let _ = Histogram::from_text(&STANDARD.encode(&bytes));
    }

    #[test]
    fn no_payload_makes_it_panic(payload in prop::collection::vec(prop_oneof![Just(0xff_u8), any::<u8>()], 0..60)) {
        let mut bytes = STANDARD.decode(of([5, 70_000]).to_text()).unwrap();
        bytes.truncate(40);
        bytes[4..8].copy_from_slice(&(payload.len() as u32).to_be_bytes());
        bytes.extend(payload);
        let _ = Histogram::from_text(&STANDARD.encode(&bytes));
    }
}

proptest! {
    #[test]
    fn a_packed_one_answers_like_one_with_a_counter_for_each_bucket(
        values in prop::collection::vec(1_u64..3_600_000_000, 1..100),
        limit in 1_u64..3_600_000_000,
        percent in 0.1_f64..99.9,
    ) {
        let dense = dense_of(values.clone());
        let packed = of(values.clone());
        prop_assert!(is_packed(&packed) && !is_packed(&dense));
        for text in [packed.to_text(), dense.to_text()] {
            prop_assert_eq!(&Histogram::from_text(&text).unwrap(), &packed);
        }
        prop_assert_eq!(packed.max(), dense.max());
        prop_assert_eq!(packed.mean(), dense.mean());
        prop_assert_eq!(packed.value_at(percent), dense.value_at(percent));
        let limit = Duration::from_micros(limit);
        prop_assert_eq!(packed.count_above(limit), dense.count_above(limit));
        let mut merged = of([7]);
        merged.merge(&packed);
        let mut expected = dense_of([7]);
        expected.merge(&dense);
        prop_assert_eq!(&merged, &expected);
        let mut recorded = packed;
        recorded.record(Duration::from_micros(7));
        prop_assert_eq!(recorded, expected);
    }

    #[test]
    fn what_is_above_a_limit_is_above_it_to_a_thousandth(
        values in prop::collection::vec(1_u64..3_600_000_000, 1..100),
        limit in 1_u64..3_600_000_000,
    ) {
        let above = of(values.clone()).count_above(Duration::from_micros(limit));
        let surely = values.iter().filter(|value| **value as f64 > limit as f64 * 1.001 + 1.0).count() as u64;
        let maybe = values.iter().filter(|value| **value > limit).count() as u64;
        prop_assert!((surely..=maybe).contains(&above), "{} not in {}..={}", above, surely, maybe);
    }
}

proptest! {
    #[test]
    fn the_librarys_own_reader_reads_the_same(values in prop::collection::vec(1_u64..3_600_000_000, 0..100)) {
        let histogram = of(values);
        let ours = Histogram::from_text(&histogram.to_text()).unwrap();
        for text in [histogram.to_text(), ours.to_text()] {
            let bytes = STANDARD.decode(text).unwrap();
            let theirs: Dense =
                hdrhistogram::serialization::Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
            prop_assert_eq!(&ours, &Histogram(Form::Dense(Box::new(theirs))));
        }
    }
}

proptest! {
    #[test]
    fn merging_many_at_once_is_merging_one_by_one(
        lists in prop::collection::vec(prop::collection::vec(1_u64..3_600_000_000, 0..30), 0..6),
    ) {
        let histograms: Vec<Histogram> =
            lists.into_iter().enumerate().map(|(index, list)| if index % 2 == 0 { of(list) } else { dense_of(list) }).collect();
        let mut one_by_one = Histogram::new();
        histograms.iter().for_each(|histogram| one_by_one.merge(histogram));
        let at_once = Histogram::merged(&histograms);
        prop_assert_eq!(&at_once, &one_by_one);
        for rank in 0..=at_once.len() + 1 {
            prop_assert_eq!(at_once.value_at_rank(rank), one_by_one.value_at_rank(rank));
        }
    }
}
