//! The link's model: delay lines, bandwidth, slow start, retransmission, drift, overlays.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use proptest::prelude::*;
use units::Seed;

const MS: u64 = 1_000_000;

fn at_ms(ms: u64) -> LinkTime {
    LinkTime::from_nanos(ms * MS)
}

fn megabits(count: u64) -> Bandwidth {
    Bandwidth::from_bits_per_second(count * 1_000_000).unwrap()
}

fn road<'a>(way: &'a Way, shared: &'a Bottleneck) -> Road<'a> {
    let drift = Drift::new(Seed::new(7));
    Road { way, shared, drift, round_trip: way.delay * 2, access: None, window: 1 << 20 }
}

/// Pushes all bytes; gives the parts.
fn push_all(line: &mut DelayLine, now: LinkTime, bytes: usize, road: &Road<'_>) -> Vec<Passage> {
    let mut rest = bytes;
    let mut parts = Vec::new();
    while rest > 0 {
        let passage = line.push(now, rest, road);
        assert!(
            passage.bytes > 0 && passage.bytes <= rest,
            "a push makes progress and takes no more than it was given"
        );
        rest -= passage.bytes;
        parts.push(passage);
    }
    parts
}

#[test]
fn a_message_comes_out_after_the_one_way_delay() {
    let way = Way { delay: Duration::from_millis(35), ..Way::default() };
    let passage = DelayLine::default().push(at_ms(100), 500, &road(&way, &Bottleneck::default()));
    assert_eq!(passage, Passage { bytes: 500, release: at_ms(135) });
}

#[test]
fn a_shorter_delay_never_lets_later_bytes_overtake() {
    let shared = Bottleneck::default();
    let slow = Way { delay: Duration::from_millis(300), ..Way::default() };
    let fast = Way { delay: Duration::from_millis(1), ..Way::default() };
    let mut line = DelayLine::default();
    assert_eq!(line.push(at_ms(0), 1, &road(&slow, &shared)).release, at_ms(300));
    assert_eq!(line.push(at_ms(10), 1, &road(&fast, &shared)).release, at_ms(300));
    assert_eq!(line.push(at_ms(299), 1, &road(&fast, &shared)).release, at_ms(300));
    assert_eq!(line.push(at_ms(300), 1, &road(&fast, &shared)).release, at_ms(301));
}

#[test]
fn a_black_hole_takes_bytes_and_gives_no_instant() {
    let way = Way { state: State::BlackHole, ..Way::default() };
    let passage = DelayLine::default().push(at_ms(5), 9, &road(&way, &Bottleneck::default()));
    assert_eq!(passage, Passage { bytes: 9, release: LinkTime::NEVER });
}

#[test]
fn slow_start_sends_ten_segments_then_doubles() {
    // science: bytes sent after 1, 2, 3, 4, 5 round trips with a segment of 1,448 bytes.
    let sent_after = [14_480, 43_440, 101_360, 217_200, 448_880];
    let way = Way { delay: Duration::from_millis(50), ..Way::default() };
    let shared = Bottleneck::default();
    let parts = push_all(&mut DelayLine::default(), at_ms(0), 448_880, &road(&way, &shared));
    let mut sum = 0;
    for (round, (part, expected)) in parts.iter().zip(sent_after).enumerate() {
        sum += part.bytes;
        assert_eq!(sum, expected, "after round {}", round + 1);
        assert_eq!(part.release, at_ms(50 + 100 * round as u64));
    }
    assert_eq!(parts.len(), sent_after.len());
}

#[test]
fn the_window_limits_the_rate_to_window_over_round_trip() {
    // science: 1.05 MB at 191 ms gives 44 Mbit/s.
    let way = Way { delay: Duration::from_micros(95_500), ..Way::default() };
    let shared = Bottleneck::default();
    let road = Road { window: 1_050_000, ..road(&way, &shared) };
    let mut line = DelayLine::default();
    // Seven rounds of growth, then forty of a full window.
    let total = INITIAL_WINDOW_BYTES as usize * 127 + 40 * 1_050_000;
    let parts = push_all(&mut line, at_ms(0), total, &road);
    let skipped = parts.iter().take(8).map(|part| part.bytes).sum::<usize>();
    let first = parts[7].release;
    let seconds = parts.last().unwrap().release.saturating_since(first).as_secs_f64();
    let megabits = (total - skipped) as f64 * 8.0 / 1e6 / seconds;
    assert!((megabits - 44.0).abs() < 0.1, "{megabits}");
}

#[test]
fn after_a_pause_the_window_starts_small_again() {
    let way = Way { delay: Duration::from_millis(50), ..Way::default() };
    let shared = Bottleneck::default();
    let mut line = DelayLine::default();
    push_all(&mut line, at_ms(0), 400_000, &road(&way, &shared));
    let soon = push_all(&mut line, at_ms(600), 100_000, &road(&way, &shared));
    assert_eq!(soon.len(), 1, "the window has grown");
    let late = push_all(&mut line, at_ms(60_000), 100_000, &road(&way, &shared));
    assert_eq!(late.first().unwrap().bytes, INITIAL_WINDOW_BYTES as usize, "after a minute it is the initial one");
}

#[test]
fn streams_share_a_links_bandwidth() {
    let way = Way { bandwidth: Some(megabits(8)), ..Way::default() };
    let shared = Bottleneck::default();
    let mut lines = [DelayLine::default(); 4];
    let releases: Vec<_> =
        lines.iter_mut().map(|line| line.push(at_ms(0), 1_000, &road(&way, &shared)).release).collect();
    assert_eq!(releases, [at_ms(1), at_ms(2), at_ms(3), at_ms(4)], "8 Mbit/s is a kilobyte per millisecond");
}

#[test]
fn a_users_own_access_limits_that_user_only() {
    let way = Way { delay: Duration::from_millis(10), ..Way::default() };
    let shared = Bottleneck::default();
    let slow = Road { access: Some(megabits(8)), ..road(&way, &shared) };
    let (mut one, mut other) = (DelayLine::default(), DelayLine::default());
    assert_eq!(one.push(at_ms(0), 5_000, &slow).release, at_ms(15));
    assert_eq!(one.push(at_ms(0), 5_000, &slow).release, at_ms(20));
    assert_eq!(other.push(at_ms(0), 5_000, &road(&way, &shared)).release, at_ms(10));
}

#[test]
fn an_end_of_stream_waits_for_order_and_not_for_bandwidth() {
    let way = Way { delay: Duration::from_millis(5), bandwidth: Some(megabits(8)), ..Way::default() };
    let shared = Bottleneck::default();
    let mut line = DelayLine::default();
    assert_eq!(line.push(at_ms(0), 0, &road(&way, &shared)).release, at_ms(5));
    assert_eq!(line.push(at_ms(0), 1_000, &road(&way, &shared)).release, at_ms(6));
    assert_eq!(line.push(at_ms(0), 0, &road(&way, &shared)).release, at_ms(6));
}

#[test]
fn retransmissions_double() {
    let rtt = Duration::from_millis(100);
    // (the hole ends after ms, the segment gets through after ms)
    let cases = [(0, 300), (300, 300), (301, 900), (901, 2_100), (30_000, 38_100)];
    for (ends, expected) in cases {
        assert_eq!(next_retransmission(at_ms(0), at_ms(ends), rtt), Some(at_ms(expected)), "hole of {ends} ms");
    }
    assert_eq!(next_retransmission(at_ms(0), gives_up(at_ms(0), rtt), rtt), None);
    assert!(gives_up(at_ms(0), rtt) > at_ms(900_000), "Linux tries for about a quarter of an hour");
    assert!(gives_up(at_ms(0), rtt) < at_ms(1_100_000));
}

#[test]
fn syns_are_sent_again_after_1_3_7_15_31_63_seconds_and_given_up_at_127() {
    let seconds: Vec<u64> = (0..=CONNECT_ATTEMPTS_MAX).map(|attempt| connect_attempt(attempt).as_secs()).collect();
    assert_eq!(seconds, [0, 1, 3, 7, 15, 31, 63, 127]);
}

#[test]
fn drift_is_zero_half_of_the_time_and_one_at_its_90th_percentile() {
    let drift = Drift::new(Seed::new(11));
    let mut values: Vec<f64> = (0..40_000).map(|step| drift.at(at_ms(step * 2_500))).collect();
    values.sort_by(f64::total_cmp);
    let quantile = |part: f64| values[(values.len() as f64 * part) as usize];
    assert!(quantile(0.47) < f64::EPSILON, "{}", quantile(0.47));
    assert!((quantile(0.9) - 1.0).abs() < 0.05, "{}", quantile(0.9));
    assert!(values.iter().all(|value| (0.0..=2.0).contains(value)));
}

#[test]
fn drift_is_slow() {
    let drift = Drift::new(Seed::new(3));
    for step in 0..10_000 {
        let change = drift.at(at_ms(step * 100 + 100)) - drift.at(at_ms(step * 100));
        assert!(change.abs() < 0.15, "{change} in 100 ms");
    }
}

#[test]
fn a_path_is_halved_per_way() {
    let path = Path {
        round_trip: Duration::from_millis(70),
        jitter: Duration::from_millis(4),
        up: Some(megabits(1)),
        down: Some(megabits(2)),
        basis: plan::resolved::PathBasis::Chosen,
    };
    let link = Link::from_path(&path);
    assert_eq!(link.round_trip(), path.round_trip);
    assert_eq!(link.forward, link.backward);
    assert_eq!(link.forward.jitter, Duration::from_millis(2));
    assert_eq!(link.forward.bandwidth, None, "access is the stream's, not the link's");
}

fn states() -> impl Strategy<Value = State> {
    prop_oneof![Just(State::Up), Just(State::Stall), Just(State::Reject), Just(State::BlackHole)]
}

fn way_overlays() -> impl Strategy<Value = WayOverlay> {
    let limits = (proptest::option::of(60_u32..1_500), proptest::option::of((1_u32..900, 0_u64..50)), 0_u64..90);
    let times = (0_u64..500, 0_u64..50, proptest::option::of(1_u64..100));
    (times, states(), limits).prop_map(|((delay, jitter, bandwidth), state, (mtu, slice, close))| WayOverlay {
        delay: Duration::from_millis(delay),
        jitter: Duration::from_millis(jitter),
        bandwidth: bandwidth.map(megabits),
        state,
        loss: None,
        mtu,
        slice: slice.map(|(bytes, pause)| Slice { bytes, pause: Duration::from_millis(pause) }),
        close_delay: Duration::from_millis(close),
        limit: mtu.map(u64::from),
    })
}

fn overlays() -> impl Strategy<Value = Overlay> {
    (way_overlays(), way_overlays(), 0_u64..50).prop_map(|(forward, backward, connect)| Overlay {
        forward,
        backward,
        connect_delay: Duration::from_millis(connect),
        ..Overlay::default()
    })
}

fn ways() -> impl Strategy<Value = Way> {
    (0_u64..200_000, 0_u64..20_000, 0_u64..500, proptest::option::of(1_u64..50)).prop_map(
        |(delay, jitter, noise, bandwidth)| Way {
            delay: Duration::from_micros(delay),
            jitter: Duration::from_micros(jitter),
            noise: Duration::from_micros(noise),
            bandwidth: bandwidth.map(megabits),
            ..Way::default()
        },
    )
}

proptest! {
    #[test]
    fn overlays_compose_in_any_order(one in overlays(), other in overlays(), third in overlays()) {
        let base = Link::from_round_trip(Duration::from_millis(80));
        let forth = third.over(other.over(one.over(base)));
        let back = one.over(other.over(third.over(base)));
        prop_assert_eq!(forth, back);
        prop_assert_eq!(one.reversed().reversed(), one);
    }

    #[test]
    fn releases_are_in_order_and_never_earlier_than_the_delay(
        // The way changes under the bytes.
        pushes in proptest::collection::vec((0_u64..50_000, 1_usize..200_000, ways()), 1..60),
    ) {
        let shared = Bottleneck::default();
        let mut line = DelayLine::default();
        let (mut now, mut last) = (LinkTime::ORIGIN, LinkTime::ORIGIN);
        for (wait, bytes, way) in &pushes {
            now = now.plus(Duration::from_micros(*wait));
            for part in push_all(&mut line, now, *bytes, &road(way, &shared)) {
                prop_assert!(part.release >= now.plus(way.delay));
                prop_assert!(part.release >= last);
                last = part.release;
            }
        }
    }

    #[test]
    fn no_interval_carries_more_than_the_bandwidth(
        pushes in proptest::collection::vec((0_u64..5_000, 1_usize..50_000, 0_usize..3), 2..80),
        rate in 1_u64..100,
    ) {
        let way = Way { bandwidth: Some(megabits(rate)), ..Way::default() };
        let shared = Bottleneck::default();
        let mut lines = [DelayLine::default(); 3];
        let mut now = LinkTime::ORIGIN;
        let mut parts = Vec::new();
        for (wait, bytes, stream) in &pushes {
            now = now.plus(Duration::from_micros(*wait));
            parts.extend(push_all(&mut lines[*stream], now, *bytes, &road(&way, &shared)));
        }
        parts.sort_by_key(|part| part.release);
        // What leaves after the first release has to fit between it and the last one.
        for (first, start) in parts.iter().enumerate() {
            let mut bytes = 0;
            for part in &parts[first + 1..] {
                bytes += part.bytes;
                let room = part.release.saturating_since(start.release).as_secs_f64() * rate as f64 * 1e6 / 8.0;
                prop_assert!(bytes as f64 <= room + 1.0, "{bytes} bytes in an interval for {room}");
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_releases(pushes in proptest::collection::vec((0_u64..9_000, 1_usize..9_000), 1..20), way in ways()) {
        let run = || {
            let (shared, mut line, mut now) = (Bottleneck::default(), DelayLine::default(), LinkTime::ORIGIN);
            let mut parts = Vec::new();
            for (wait, bytes) in &pushes {
                now = now.plus(Duration::from_micros(*wait));
                parts.extend(push_all(&mut line, now, *bytes, &road(&way, &shared)));
            }
            parts
        };
        prop_assert_eq!(run(), run());
    }
}
