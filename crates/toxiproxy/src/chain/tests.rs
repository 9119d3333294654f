//! What each toxic does, on times that are values.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use crate::model::{Fields, ToxicText};
use proptest::prelude::*;
use serde_json::{Value, json};

fn toxic(number: u64, body: &Value) -> Arc<Toxic> {
    Arc::new(Toxic::new(number, ToxicText::read(Fields::of(body).unwrap(), Duration::ZERO).unwrap()))
}

fn changed(toxic: &Toxic, attributes: &Value) -> Arc<Toxic> {
    let body = json!({ "attributes": attributes });
    Arc::new(toxic.changed(Fields::of(&body).unwrap(), Duration::ZERO).unwrap())
}

fn ms(number: u64) -> Duration {
    Duration::from_millis(number)
}

fn chain(toxics: &[Arc<Toxic>]) -> Chain {
    let mut chain = Chain::new(Direction::Downstream, Seed::new(1));
    chain.replace(toxics, Duration::ZERO);
    chain
}

fn one(word: &str, attributes: &Value) -> (Arc<Toxic>, Chain) {
    let toxic = toxic(1, &json!({"type": word, "attributes": attributes}));
    let chain = chain(std::slice::from_ref(&toxic));
    (toxic, chain)
}

/// All that has come out by then: bytes, and an end.
fn out(chain: &mut Chain, now: Duration) -> (Vec<u8>, Option<Ending>) {
    let mut bytes = Vec::new();
    loop {
        chain.turn(now);
        match chain.front() {
            Some(Front::Data(data)) => {
                bytes.extend_from_slice(&data);
                chain.advance(data.len());
            }
            Some(Front::End(ending)) => return (bytes, Some(ending)),
            None => return (bytes, None),
        }
    }
}

fn push(chain: &mut Chain, text: &'static str, now: Duration) {
    chain.push(Bytes::from_static(text.as_bytes()), now);
}

#[test]
fn latency_counts_from_the_arrival_and_adds_up() {
    let toxics = [
        toxic(1, &json!({"type": "latency", "attributes": {"latency": 100}})),
        toxic(2, &json!({"type": "latency", "name": "second", "attributes": {"latency": 50}})),
    ];
    let mut chain = chain(&toxics);
    push(&mut chain, "a", ms(0));
    push(&mut chain, "b", ms(20));
    assert_eq!(chain.turn(ms(20)), Some(ms(100)));
    assert_eq!(out(&mut chain, ms(149)).0, b"");
    // Looked at late, the second one is not later for it.
    assert_eq!(out(&mut chain, ms(150)).0, b"a");
    assert_eq!(out(&mut chain, ms(169)).0, b"");
    assert_eq!(out(&mut chain, ms(170)).0, b"b");
}

#[test]
fn jitter_is_uniform_around_the_latency_and_keeps_the_order() {
    let (_, mut chain) = one("latency", &json!({"latency": 100, "jitter": 40}));
    let (mut least, mut most) = (ms(10_000), ms(0));
    for number in 0..400 {
        let began = ms(number * 1_000);
        push(&mut chain, "a", began);
        let at = chain.turn(began).unwrap() - began;
        (least, most) = (least.min(at), most.max(at));
        assert_eq!(out(&mut chain, began + at).0, b"a");
    }
    assert!(least >= ms(60) && least < ms(63), "{least:?}");
    assert!(most < ms(140) && most > ms(137), "{most:?}");
}

#[test]
fn latency_does_not_delay_an_end_that_nothing_waits_before() {
    let (_, mut chain) = one("latency", &json!({"latency": 100}));
    push(&mut chain, "a", ms(0));
    chain.end(Ending::Source, ms(1));
    assert_eq!(out(&mut chain, ms(99)), (vec![], None));
    assert_eq!(out(&mut chain, ms(100)), (b"a".to_vec(), Some(Ending::Source)));
}

#[test]
fn bandwidth_is_in_slices_of_at_most_100_ms_and_0_blocks() {
    let (limit, mut chain) = one("bandwidth", &json!({"rate": 10}));
    chain.push(Bytes::from(vec![7; 2_500]), ms(0));
    chain.end(Ending::Source, ms(0));
    assert_eq!(out(&mut chain, ms(99)).0.len(), 0);
    assert_eq!(out(&mut chain, ms(100)).0.len(), 1_000, "a KB is 1000 bytes");
    assert_eq!(out(&mut chain, ms(249)).0.len(), 1_000, "looked at late, nothing is late");
    assert_eq!(out(&mut chain, ms(250)), (vec![7; 500], Some(Ending::Source)));
    let (_, mut chain) = one("bandwidth", &json!({"rate": 0}));
    push(&mut chain, "a", ms(0));
    assert_eq!(chain.turn(ms(1_000_000)), None);
    chain.replace(&[changed(&limit, &json!({"rate": 1}))], ms(1_000));
    assert_eq!(out(&mut chain, ms(1_001)).0, b"a", "and goes on when there is a rate again");
}

#[test]
fn a_shared_bandwidth_is_one_for_all_connections() {
    for (shared, second_at) in [(false, 100), (true, 200)] {
        let toxic = toxic(1, &json!({"type": "bandwidth", "attributes": {"rate": 10, "shared": shared}}));
        let mut chains = [chain(std::slice::from_ref(&toxic)), chain(std::slice::from_ref(&toxic))];
        for chain in &mut chains {
            chain.push(Bytes::from(vec![7; 1_000]), ms(0));
        }
        assert_eq!(chains[0].turn(ms(0)), Some(ms(100)));
        assert_eq!(chains[1].turn(ms(0)), Some(ms(second_at)), "shared: {shared}");
    }
}

#[test]
fn slow_close_delays_only_the_end() {
    let (_, mut chain) = one("slow_close", &json!({"delay": 100}));
    push(&mut chain, "a", ms(0));
    chain.end(Ending::Source, ms(10));
    assert_eq!(out(&mut chain, ms(109)), (b"a".to_vec(), None));
    assert_eq!(out(&mut chain, ms(110)).1, Some(Ending::Source));
}

#[test]
fn each_chunk_puts_the_close_of_a_timeout_off_and_is_dropped() {
    let (_, mut chain) = one("timeout", &json!({"timeout": 100}));
    assert_eq!(chain.turn(ms(0)), Some(ms(100)));
    push(&mut chain, "a", ms(90));
    assert_eq!(out(&mut chain, ms(189)), (vec![], None));
    assert_eq!(out(&mut chain, ms(190)), (vec![], Some(Ending::Closed)));
    let (_, mut chain) = one("timeout", &json!({"timeout": 0}));
    push(&mut chain, "a", ms(0));
    assert_eq!(chain.turn(ms(1_000_000)), None, "0 never closes");
}

#[test]
fn removing_a_timeout_closes_a_connection_that_it_acted_on_and_no_other() {
    for (toxicity, ending) in [(1, Some(Ending::Closed)), (0, None)] {
        let timeout = toxic(1, &json!({"type": "timeout", "toxicity": toxicity}));
        let mut chain = chain(&[timeout]);
        chain.replace(&[], ms(1));
        assert_eq!(out(&mut chain, ms(1)).1, ending, "toxicity {toxicity}");
    }
}

#[test]
fn reset_peer_waits_for_the_first_chunk_and_lets_go_when_it_is_removed() {
    let (_, mut chain) = one("reset_peer", &json!({"timeout": 100}));
    assert_eq!(chain.turn(ms(500)), None);
    push(&mut chain, "a", ms(1_000));
    assert_eq!(out(&mut chain, ms(1_099)), (vec![], None));
    assert_eq!(out(&mut chain, ms(1_100)), (vec![], Some(Ending::Reset)));
    let (_, mut chain) = one("reset_peer", &json!({"timeout": 100}));
    push(&mut chain, "a", ms(0));
    chain.turn(ms(0));
    chain.replace(&[], ms(50));
    assert_eq!(out(&mut chain, ms(50)), (b"a".to_vec(), None));
}

#[test]
fn a_slicer_cuts_within_its_sizes_with_its_delay_between() {
    let (_, mut chain) = one("slicer", &json!({"average_size": 100, "size_variation": 20, "delay": 500}));
    chain.push(Bytes::from(vec![7; 1_000]), ms(0));
    let (mut now, mut sizes) = (ms(0), Vec::new());
    while sizes.iter().sum::<usize>() < 1_000 {
        sizes.push(out(&mut chain, now).0.len());
        now += Duration::from_micros(500);
    }
    let (last, whole) = sizes.split_last().unwrap();
    assert!(*last <= 120 && whole.iter().all(|size| (80..=120).contains(size)), "{sizes:?}");
}

#[test]
fn limit_data_closes_after_its_bytes() {
    let cases: [(u64, &[&str], &str); 4] =
        [(5, &["abc", "def"], "abcde"), (3, &["abc"], "abc"), (0, &["abc"], ""), (9, &["abc"], "abc")];
    for (bytes, chunks, passed) in cases {
        let (_, mut chain) = one("limit_data", &json!({ "bytes": bytes }));
        for chunk in chunks {
            push(&mut chain, chunk, ms(0));
        }
        let ending = (bytes < 9).then_some(Ending::Closed);
        assert_eq!(out(&mut chain, ms(0)), (passed.as_bytes().to_vec(), ending), "limit {bytes}");
    }
    let (limit, mut chain) = one("limit_data", &json!({"bytes": 5}));
    push(&mut chain, "abc", ms(0));
    out(&mut chain, ms(0));
    chain.replace(&[changed(&limit, &json!({"bytes": 2}))], ms(1));
    assert_eq!(out(&mut chain, ms(1)).1, None, "a lowered limit waits for the next chunk");
    push(&mut chain, "d", ms(2));
    assert_eq!(out(&mut chain, ms(2)), (vec![], Some(Ending::Closed)));
}

#[test]
fn a_stream_is_one_way_or_both() {
    for (stream, acts) in [("upstream", false), ("downstream", true), ("both", true)] {
        let mut chain = chain(&[toxic(1, &json!({"type": "bandwidth", "stream": stream}))]);
        push(&mut chain, "a", ms(0));
        assert_eq!(out(&mut chain, ms(0)).0.is_empty(), acts, "{stream}");
    }
}

#[test]
fn a_chain_that_is_full_takes_no_more() {
    let (_, mut chain) = one("bandwidth", &json!({"rate": 0}));
    let mut count = 0;
    while chain.has_room() {
        chain.push(Bytes::from(vec![7; CHUNK_BYTES_MAX]), ms(0));
        chain.turn(ms(0));
        count += 1;
        assert!(count < 100, "a queue without a limit");
    }
}

/// Something that happens to a chain.
#[derive(Debug, Clone)]
enum Event {
    Push(usize),
    Wait(u64),
    Toggle(usize),
    Change(usize, u64),
    Write(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (1..3_000_usize).prop_map(Event::Push),
        (0..40_u64).prop_map(Event::Wait),
        (0..5_usize).prop_map(Event::Toggle),
        (0..3_usize, 0..60_u64).prop_map(|(which, value)| Event::Change(which, value)),
        (1..2_000_usize).prop_map(Event::Write),
    ]
}

proptest! {
    /// Whatever is added, changed and removed while bytes are on their way: none is lost, none changes places.
    #[test]
    fn nothing_is_lost_or_reordered(events in proptest::collection::vec(event(), 1..80)) {
        let bodies = [
            json!({"type": "latency", "attributes": {"latency": 30, "jitter": 30}}),
            json!({"type": "bandwidth", "attributes": {"rate": 20}}),
            json!({"type": "slicer", "attributes": {"average_size": 50, "size_variation": 40, "delay": 300}}),
            json!({"type": "slow_close", "attributes": {"delay": 50}}),
            json!({"type": "noop"}),
        ];
        let names = ["latency", "rate", "average_size"];
        let (mut toxics, mut numbers): (Vec<Arc<Toxic>>, u64) = (Vec::new(), 0);
        let mut chain = chain(&[]);
        let (mut now, mut pushed, mut came) = (ms(0), 0_u32, Vec::new());
        for event in events {
            match event {
                Event::Push(length) if chain.has_room() => {
                    let bytes: Vec<u8> = (0..length as u32).map(|at| ((pushed + at) % 251) as u8).collect();
                    pushed += length as u32;
                    chain.push(bytes.into(), now);
                }
                Event::Push(_) => {}
                Event::Wait(time) => now += ms(time),
                Event::Toggle(which) => {
                    let word = bodies[which]["type"].as_str().unwrap();
                    match toxics.iter().position(|toxic| toxic.kind().word() == word) {
                        Some(at) => { toxics.remove(at); }
                        None => { numbers += 1; toxics.push(toxic(numbers, &bodies[which])); }
                    }
                    chain.replace(&toxics, now);
                }
                Event::Change(which, value) => {
                    let word = bodies[which]["type"].as_str().unwrap();
                    if let Some(toxic) = toxics.iter_mut().find(|toxic| toxic.kind().word() == word) {
                        *toxic = changed(toxic, &json!({ names[which]: value }));
                        chain.replace(&toxics, now);
                    }
                }
                Event::Write(most) => {
                    chain.turn(now);
                    if let Some(Front::Data(data)) = chain.front() {
                        came.extend_from_slice(&data[..most.min(data.len())]);
                        chain.advance(most.min(data.len()));
                    }
                }
            }
            chain.turn(now);
        }
        chain.replace(&[], now);
        chain.end(Ending::Source, now);
        let (rest, ending) = out(&mut chain, now);
        came.extend(rest);
        let expected: Vec<u8> = (0..pushed).map(|at| (at % 251) as u8).collect();
        prop_assert_eq!(ending, Some(Ending::Source));
        prop_assert!(came == expected, "{} of {} bytes, or in another order", came.len(), expected.len());
    }
}
